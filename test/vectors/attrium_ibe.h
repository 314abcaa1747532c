/* attrium_ibe.h - one run of both schemes for identities, of IBAKE and of the
 * pipe from fixed seeds: what tests natively and under wasm compare with
 * attrium_ibe_answers.h. A change there is a change of format.
 */
#ifndef ATTRIUM_IBE_H
#define ATTRIUM_IBE_H

#include "kex/ibake.h"
#include "proto/pipe.h"
#include "scheme/bf.h"
#include "scheme/dse09.h"
#include "sym/hash.h"

typedef struct {
    uint8_t identity[ATR_IDENTITY_BYTES];
    uint8_t bf_mpk[ATR_BF_MPK_BYTES];
    uint8_t bf_hm[32];
    uint8_t bf_key[ATR_BF_KEY_BYTES];
    uint8_t bf_capsule[ATR_BF_CAPSULE_BYTES];
    uint8_t bf_k[32];
    uint8_t dse_hm[32];         /* of an mpk of 1441 bytes */
    uint8_t dse_key_digest[32]; /* of a key of 928 bytes */
    uint8_t dse_capsule[ATR_DSE09_CAPSULE_BYTES];
    uint8_t dse_k[32];
    uint8_t ibake[ATR_IBAKE_M1_BYTES + ATR_IBAKE_M2_BYTES + ATR_IBAKE_M3_BYTES +
                  ATR_IBAKE_M4_BYTES]; /* all four messages */
    uint8_t ibake_sid[32];
    uint8_t ibake_session[32];
    uint8_t pipe[2 + 5 + 16 + 2 + 16]; /* "hello", and the end */
    bool opened; /* both capsules open, both sides agree, the text arrives */
} known_ibe;

static const uint8_t known_coins[32] = {1, 2, 3, 4};

static inline bool known_bf(known_ibe *out, const atr_identity *id,
                            atr_rng *rng)
{
    static atr_bf bf;
    const atr_bytes ad = ATR_LITERAL("known answer");
    atr_bf_recipient to;
    atr_bf_key key;
    uint8_t got[32];
    atr_fr s;

    atr_bf_setup(&s, out->bf_mpk, rng);
    if (atr_bf_init(&bf, out->bf_mpk) != ATR_OK) {
        return false;
    }
    memcpy(out->bf_hm, bf.hm, 32);
    atr_bf_extract(&key, &bf, &s, id);
    atr_bf_key_write(out->bf_key, &key);
    atr_bf_recipient_init(&to, &bf, id);
    atr_bf_encap_derand(out->bf_capsule, out->bf_k, &to, ad, known_coins);
    return atr_bf_decap(got, &bf, &key, ad, ATR_BYTES(out->bf_capsule)) ==
               ATR_OK &&
           memcmp(got, out->bf_k, 32) == 0;
}

static inline bool known_dse09(known_ibe *out, const atr_identity *id,
                               atr_rng *rng)
{
    static atr_dse09 dse;
    static uint8_t mpk[ATR_DSE09_MPK_BYTES];
    static uint8_t bytes[ATR_DSE09_KEY_BYTES];
    const atr_bytes ad = ATR_LITERAL("known answer");
    static atr_dse09_key key;
    atr_rng own;
    atr_dse09_secret msk;
    uint8_t got[32];
    atr_fr once;

    atr_dse09_setup(&msk, mpk, rng);
    if (atr_dse09_init(&dse, mpk) != ATR_OK) {
        return false;
    }
    memcpy(out->dse_hm, dse.hm, 32);
    own = *rng;
    atr_dse09_extract(&key, &dse, &msk, id, &own);
    for (size_t i = 0; i < 5; i++) { /* as keys did before they were hedged: */
        atr_fr_random(&once, rng);   /* the answers after this one stay */
    }
    atr_dse09_key_write(bytes, &key);
    atr_hash_of(out->dse_key_digest, ATR_BYTES(bytes));
    atr_dse09_encap_derand(out->dse_capsule, out->dse_k, &dse, id, ad,
                           known_coins);
    return atr_dse09_decap(got, &dse, &key, ad, ATR_BYTES(out->dse_capsule)) ==
               ATR_OK &&
           memcmp(got, out->dse_k, 32) == 0;
}

/* Two people of the authority with public key `mpk` and secret `s`. */
typedef struct {
    atr_bf bf;
    atr_bf_key key[2];
    atr_bf_recipient at[2];
} known_people;

static inline bool known_meet(known_people *people, atr_rng *rng)
{
    static const char *const names[2] = {"alice@example.org",
                                         "bob@example.org"};
    uint8_t mpk[ATR_BF_MPK_BYTES];
    bool good;
    atr_fr s;

    atr_bf_setup(&s, mpk, rng);
    good = atr_bf_init(&people->bf, mpk) == ATR_OK;
    for (size_t i = 0; i < 2 && good; i++) {
        const atr_bytes name = {(const uint8_t *)names[i], strlen(names[i])};
        atr_identity id;

        good = atr_identity_of(&id, name, 7) == ATR_OK;
        atr_bf_extract(&people->key[i], &people->bf, &s, &id);
        atr_bf_recipient_init(&people->at[i], &people->bf, &id);
    }
    return good;
}

static inline bool known_ibake(known_ibe *out, const known_people *people,
                               atr_rng *rng)
{
    atr_ibake side[2];
    atr_ibake_keys keys[2];
    atr_bytes in = {NULL, 0};
    uint8_t *at = out->ibake;
    uint8_t none[1];
    bool good = true;

    for (size_t i = 0; i < 2; i++) {
        good = good &&
               atr_ibake_init(
                   &side[i], i == 0 ? ATR_IBAKE_INITIATOR : ATR_IBAKE_RESPONDER,
                   &people->key[i], &people->at[1 - i]) == ATR_OK;
    }
    for (size_t n = 0; n < 5 && good; n++) {
        size_t len = 0;

        good = atr_ibake_step(&side[n % 2], n < 4 ? at : none, &len, in, rng) ==
               ATR_OK;
        in = (atr_bytes){at, len};
        at += len;
    }
    good = good && atr_ibake_finish(&keys[0], &side[0]) == ATR_OK &&
           atr_ibake_finish(&keys[1], &side[1]) == ATR_OK &&
           memcmp(&keys[0], &keys[1], sizeof keys[0]) == 0;
    memcpy(out->ibake_sid, keys[0].sid, 32);
    memcpy(out->ibake_session, keys[0].session, 32);
    return good;
}

/* Moves all that waits; returns whether anything did. */
static inline size_t known_carry(atr_pipe *to, atr_pipe *from)
{
    size_t taken = 0;

    if (atr_pipe_recv(to, &taken, atr_pipe_outgoing(from)) != ATR_OK) {
        return 0;
    }
    atr_pipe_sent(from, taken);
    return taken;
}

static inline bool known_pipe(known_ibe *out, const known_people *people)
{
    static atr_pipe a;
    static atr_pipe b;
    const uint8_t seed[2][ATR_SEED_BYTES] = {{1}, {2}};
    bool good = atr_pipe_init(&a, ATR_IBAKE_INITIATOR, &people->key[0],
                              &people->at[1], seed[0]) == ATR_OK &&
                atr_pipe_init(&b, ATR_IBAKE_RESPONDER, &people->key[1],
                              &people->at[0], seed[1]) == ATR_OK;

    while (good && known_carry(&b, &a) + known_carry(&a, &b) != 0) {
    }
    good = good && atr_pipe_say(&a, ATR_LITERAL("hello")) == 5;
    memcpy(out->pipe, atr_pipe_outgoing(&a).data, 23);
    good = good && known_carry(&b, &a) == 23 &&
           atr_bytes_equal(atr_pipe_text(&b), ATR_LITERAL("hello"));
    atr_pipe_fetched(&b, atr_pipe_text(&b).len);
    good = good && atr_pipe_end(&a) == ATR_OK;
    memcpy(out->pipe + 23, atr_pipe_outgoing(&a).data, 18);
    return good && known_carry(&b, &a) == 18 && atr_pipe_has_ended(&b);
}

static inline void known_ibe_compute(known_ibe *out)
{
    const uint8_t seed[ATR_SEED_BYTES] = {'i', 'b', 'e'};
    static known_people people;
    atr_identity id;
    atr_rng rng;

    atr_rng_init(&rng, seed);
    out->opened = atr_identity_of(&id, ATR_LITERAL("alice@example.org"),
                                  20261123) == ATR_OK;
    atr_identity_write(out->identity, &id);
    out->opened = out->opened && known_bf(out, &id, &rng);
    out->opened = out->opened && known_dse09(out, &id, &rng);
    out->opened = out->opened && known_meet(&people, &rng) &&
                  known_ibake(out, &people, &rng) && known_pipe(out, &people);
}

#endif
