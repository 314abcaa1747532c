/* ibake.h - two people, their authority and their exchange, for tests; and
 * what anybody can do: encrypt a message of the exchange to somebody.
 */
#ifndef KIT_IBAKE_H
#define KIT_IBAKE_H

#include "kex/ibake.h"
#include "kit/kit.h"
#include "sym/aead.h"

typedef struct {
    atr_bf_key key;
    atr_bf_recipient at; /* for others to encrypt to */
} person;

typedef struct {
    atr_fr s;
    atr_bf bf;
} town;

static inline void town_init(town *t, uint64_t seed)
{
    uint8_t mpk[ATR_BF_MPK_BYTES];
    atr_rng rng;

    kit_rng(&rng, seed);
    atr_bf_setup(&t->s, mpk, &rng);
    assert_int_equal(atr_bf_init(&t->bf, mpk), ATR_OK);
}

static inline void person_init(person *p, const town *t, const char *name,
                               uint32_t period)
{
    const atr_bytes bytes = {(const uint8_t *)name, strlen(name)};
    atr_identity id;

    assert_int_equal(atr_identity_of(&id, bytes, period), ATR_OK);
    atr_bf_extract(&p->key, &t->bf, &t->s, &id);
    atr_bf_recipient_init(&p->at, &t->bf, &id);
}

/* One exchange, with what was said in it. */
typedef struct {
    atr_ibake i;
    atr_ibake r;
    uint8_t message[4][ATR_IBAKE_MESSAGE_BYTES_MAX];
    size_t len[4];
    atr_ibake before[4]; /* who takes message n, as it was before */
    atr_ibake_keys keys[2];
} exchange;

static inline void exchange_begin(exchange *e, const person *i, const person *r)
{
    memset(e, 0, sizeof *e);
    assert_int_equal(
        atr_ibake_init(&e->i, ATR_IBAKE_INITIATOR, &i->key, &r->at), ATR_OK);
    assert_int_equal(
        atr_ibake_init(&e->r, ATR_IBAKE_RESPONDER, &r->key, &i->at), ATR_OK);
}

/* Runs the exchange as far as message `count` (1 to 4) being sent; with 5 to
 * its end. */
static inline void exchange_run(exchange *e, size_t count, atr_rng *rng)
{
    atr_ibake *turn = &e->i;
    atr_bytes in = {NULL, 0};
    uint8_t none[ATR_IBAKE_MESSAGE_BYTES_MAX];

    for (size_t n = 0; n < count; n++) {
        size_t len = 0;
        uint8_t *out = n < 4 ? e->message[n] : none;

        if (n > 0) {
            e->before[n - 1] = *turn;
        }
        assert_int_equal(in.len, atr_ibake_expects(turn));
        assert_int_equal(atr_ibake_step(turn, out, &len, in, rng), ATR_OK);
        if (n < 4) {
            e->len[n] = len;
        }
        in = (atr_bytes){out, len};
        turn = turn == &e->i ? &e->r : &e->i;
    }
    if (count > 0 && count < 5) { /* who would take the last one */
        e->before[count - 1] = *turn;
    }
}

static inline void exchange_finish(exchange *e)
{
    assert_int_equal(atr_ibake_finish(&e->keys[0], &e->i), ATR_OK);
    assert_int_equal(atr_ibake_finish(&e->keys[1], &e->r), ATR_OK);
}

/* The plain text of a message: identities, then points (NULL for none). */
typedef struct {
    atr_identity i;
    atr_identity r;
    const uint8_t *points[2];
} spoken;

/* Encrypts it to `to`, as anybody can: doc/scheme/ibake.md (1), (2). Returns
 * the length. */
static inline size_t speak(uint8_t *out, const atr_bf_recipient *to,
                           uint8_t number, const spoken *what, atr_rng *rng)
{
    static const uint8_t nonce[ATR_AEAD_NONCE_BYTES];
    uint8_t plain[2 * ATR_IDENTITY_BYTES + 64];
    uint8_t ad_bytes[64];
    uint8_t key[32];
    atr_builder ad = atr_builder_of(ad_bytes, sizeof ad_bytes);
    size_t len = 2 * ATR_IDENTITY_BYTES;

    atr_identity_write(plain, &what->i);
    atr_identity_write(plain + ATR_IDENTITY_BYTES, &what->r);
    for (size_t n = 0; n < 2 && what->points[n] != NULL; n++) {
        memcpy(plain + len, what->points[n], 32);
        len += 32;
    }
    atr_build_field(&ad, ATR_LITERAL("ATR1/IBAKE/message"));
    atr_build_u8(&ad, number);
    atr_bf_encap(out, key, to, atr_builder_bytes(&ad), rng);
    atr_aead_seal(out + ATR_BF_CAPSULE_BYTES, key, nonce, (atr_bytes){NULL, 0},
                  (atr_bytes){plain, len});
    return ATR_BF_CAPSULE_BYTES + len + 16;
}

#endif
