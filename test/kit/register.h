/* register.h - registrars, a request, and statements of each kind. */
#ifndef KIT_REGISTER_H
#define KIT_REGISTER_H

#include "kit/abe.h"
#include "proto/register.h"

typedef struct {
    uint8_t hm[32];
    atr_registrars registrars;
    uint8_t secret[ATR_REGISTRARS_MAX][ATR_ED25519_SECRET_BYTES];
    uint8_t request[ATR_ENROL_REQUEST_BYTES_MAX];
    size_t request_len;
    uint8_t id[32]; /* of that request */
} register_world;

static inline void register_registrars(register_world *w, uint8_t count,
                                       uint8_t approvals)
{
    memset(&w->registrars, 0, sizeof w->registrars);
    w->registrars.count = count;
    w->registrars.approvals = approvals;
    for (uint8_t i = 0; i < count; i++) {
        uint8_t seed[32];

        memset(seed, 100 + i, sizeof seed);
        atr_ed25519_keypair(w->registrars.vk[i], w->secret[i], seed);
    }
}

/* A request for `attrs` to the authority `hm`, from the seed `seed`. */
static inline void register_request(register_world *w, const char *attrs,
                                    uint64_t seed)
{
    atr_builder b = atr_builder_of(w->request, sizeof w->request);
    static atr_enrol enrol;
    static atr_attrs set;
    atr_rng rng;

    kit_rng(&rng, seed);
    attrs_of(&set, attrs);
    atr_enrol_init(&enrol, &set, &rng);
    atr_enrol_request_build(&b, &enrol.request);
    w->request_len = b.len;
    atr_enrol_request_id(w->id, w->hm, &enrol.request);
}

static inline register_world *register_start(uint8_t count, uint8_t approvals)
{
    static register_world w;

    memset(&w, 0, sizeof w);
    memset(w.hm, 7, sizeof w.hm);
    register_registrars(&w, count, approvals);
    register_request(&w, "ONE, TWO", 71);
    return &w;
}

static inline atr_statement
register_unsigned(const register_world *w, atr_statement_kind kind, uint64_t at)
{
    atr_statement s = {.kind = (uint8_t)kind, .at = at};

    memcpy(s.hm, w->hm, sizeof s.hm);
    if (kind == ATR_STATEMENT_REQUEST) {
        s.request = (atr_bytes){w->request, w->request_len};
        s.text = ATR_LITERAL("please");
    }
    if (kind == ATR_STATEMENT_APPROVE) {
        s.until = ATR_FOR_EVER;
    }
    if (kind == ATR_STATEMENT_DENY) {
        s.text = ATR_LITERAL("no");
    }
    if (kind == ATR_STATEMENT_GENERATION) {
        s.generation = 1;
    } else {
        memcpy(s.id, w->id, sizeof s.id);
    }
    return s;
}

static inline void register_sign(const register_world *w, atr_statement *s,
                                 uint8_t signer)
{
    if (s->kind != ATR_STATEMENT_REQUEST && signer > 0) {
        atr_statement_sign(s, signer, w->secret[signer - 1]);
    }
}

static inline atr_statement register_say(const register_world *w,
                                         atr_statement_kind kind,
                                         uint8_t signer, uint64_t at)
{
    atr_statement s = register_unsigned(w, kind, at);

    register_sign(w, &s, signer);
    return s;
}

static inline atr_err register_verify(const register_world *w,
                                      const atr_statement *s)
{
    return atr_statement_verify(s, w->hm, &w->registrars);
}

/* The state that `count` statements give, each verified as a node would: what
 * is refused does not count. */
static inline atr_grant_state register_state(const register_world *w,
                                             const atr_statement *all,
                                             size_t count, uint64_t now)
{
    atr_standing standing;

    atr_standing_init(&standing, w->id);
    for (size_t i = 0; i < count; i++) {
        if (register_verify(w, &all[i]) == ATR_OK) {
            atr_standing_add(&standing, &all[i]);
        }
    }
    return atr_standing_state(&standing, &w->registrars, 0, now);
}

#endif
