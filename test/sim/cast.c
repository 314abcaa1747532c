#include "sim/cast.h"

#include <stdlib.h>

#include "policy/policy_text.h"

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void attrs_of(atr_attrs *out, const char *text)
{
    must(atr_attrs_parse(out, (atr_bytes){(const uint8_t *)text, strlen(text)},
                         NULL) == ATR_OK);
}

static atr_abe_key *make_key(cast *players, const atr_attrs *attrs)
{
    atr_abe_key *key = calloc(1, sizeof *key);

    must(key != NULL);
    if (players->abe != NULL) {
        atr_abe_keygen(key, players->abe, &players->alpha, attrs,
                       &players->rng);
    } else {
        key->attrs = *attrs;
    }
    return key;
}

void cast_init(cast *out, bool is_real, uint64_t seed)
{
    static const char *const sets[CAST_KEYS] = {
        "ONE TWO", "THREE FOUR", "ONE FOUR FIVE", "THREE ONE TWO", "FIVE",
    };
    uint8_t bytes[ATR_SEED_BYTES] = {0};
    atr_mpk mpk;

    memset(out, 0, sizeof *out);
    memcpy(bytes, &seed, sizeof seed);
    atr_rng_init(&out->rng, bytes);
    must(atr_policy_parse(&out->policy, ATR_LITERAL(CAST_POLICY), NULL) ==
         ATR_OK);
    if (is_real) {
        out->abe = calloc(1, sizeof *out->abe);
        atr_abe_setup(&out->alpha, &mpk, ATR_SCHEME_FABEO, &out->rng);
        must(out->abe != NULL && atr_abe_init(out->abe, &mpk) == ATR_OK);
        atr_mpk_write(out->mpk, &mpk);
        out->kem = atr_kem_of(out->abe);
    } else {
        atr_rng_bytes(&out->rng, out->context.secret, 32);
        standin_mpk(out->mpk);
        out->kem = standin_of(&out->context);
    }
    for (size_t i = 0; i < CAST_KEYS; i++) {
        atr_attrs *attrs = calloc(1, sizeof *attrs);

        must(attrs != NULL);
        attrs_of(attrs, sets[i]);
        out->keys[i] = make_key(out, attrs);
        free(attrs);
    }
}

atr_abe_key *cast_key(cast *players, size_t key, atr_period period)
{
    atr_attrs *attrs = calloc(1, sizeof *attrs);
    atr_abe_key *out;

    must(attrs != NULL);
    *attrs = players->keys[key]->attrs;
    must(atr_attrs_add_period(attrs, period) == ATR_OK);
    out = make_key(players, attrs);
    free(attrs);
    return out;
}

void cast_free(cast *out)
{
    for (size_t i = 0; i < CAST_KEYS; i++) {
        free(out->keys[i]);
    }
    free(out->abe);
    memset(out, 0, sizeof *out);
}
