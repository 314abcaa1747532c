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

void cast_init(cast *out, bool is_real, uint64_t seed)
{
    static const char *const sets[CAST_KEYS] = {
        "ONE TWO", "THREE FOUR", "ONE FOUR FIVE", "THREE ONE TWO", "FIVE",
    };
    uint8_t bytes[ATR_SEED_BYTES] = {0};
    atr_fr alpha;
    atr_mpk mpk;
    atr_rng rng;

    memset(out, 0, sizeof *out);
    memcpy(bytes, &seed, sizeof seed);
    atr_rng_init(&rng, bytes);
    must(atr_policy_parse(&out->policy, ATR_LITERAL(CAST_POLICY), NULL) ==
         ATR_OK);
    if (is_real) {
        out->abe = calloc(1, sizeof *out->abe);
        atr_abe_setup(&alpha, &mpk, ATR_SCHEME_FABEO, &rng);
        must(out->abe != NULL && atr_abe_init(out->abe, &mpk) == ATR_OK);
        atr_mpk_write(out->mpk, &mpk);
        out->kem = atr_kem_of(out->abe);
    } else {
        atr_rng_bytes(&rng, out->context.secret, 32);
        standin_mpk(out->mpk);
        out->kem = standin_of(&out->context);
    }
    for (size_t i = 0; i < CAST_KEYS; i++) {
        atr_attrs *attrs = calloc(1, sizeof *attrs);

        out->keys[i] = calloc(1, sizeof *out->keys[i]);
        must(attrs != NULL && out->keys[i] != NULL);
        attrs_of(attrs, sets[i]);
        if (is_real) {
            atr_abe_keygen(out->keys[i], out->abe, &alpha, attrs, &rng);
        } else {
            out->keys[i]->attrs = *attrs;
        }
        free(attrs);
    }
}

void cast_free(cast *out)
{
    for (size_t i = 0; i < CAST_KEYS; i++) {
        free(out->keys[i]);
    }
    free(out->abe);
    memset(out, 0, sizeof *out);
}
