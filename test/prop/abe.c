/* Random policies, every subset of attributes: the KEM opens exactly where
 * the policy admits, honest headers pass the public check, and what comes out
 * is what went in. */
#include "kit/abe.h"

static atr_rng rng;

static int seed_all(void **state)
{
    (void)state;
    kit_rng(&rng, kit_seed());
    return 0;
}

static void opens_exactly_where_admitted(const authority *a, size_t policies)
{
    static uint8_t capsule[CAPSULE_BYTES_MAX];
    static atr_abe_key whole;
    size_t opened = 0;

    key_of(&whole, a, "A, B, C, D, E", &rng);
    for (size_t i = 0; i < policies; i++) {
        char text[1024];
        atr_policy policy;
        atr_bytes bytes;
        uint8_t sent[32];

        random_policy(&policy, text, 9, &rng);
        atr_kem_encap(capsule, sent, &a->kem, &policy, bytes_of(text), &rng);
        bytes = (atr_bytes){capsule, atr_kem_capsule_len(&a->kem, &policy)};
        assert_int_equal(
            a->abe.scheme->check(&a->abe, &policy,
                                 (atr_bytes){capsule, bytes.len - 32}, &rng),
            ATR_OK);
        for (unsigned mask = 0; mask < 1u << RANDOM_ATTRS; mask++) {
            uint8_t got[32];
            atr_attrs attrs;
            atr_abe_key key;
            atr_err err;

            subset(&attrs, mask);
            restrict_key(&key, &whole, &attrs);
            err = atr_kem_decap(got, &a->kem, &key, &policy, bytes_of(text),
                                bytes);
            if (err != (atr_policy_admits(&policy, &attrs) ? ATR_OK
                                                           : ATR_ERR_POLICY) ||
                (err == ATR_OK && memcmp(got, sent, 32) != 0)) {
                fail_msg("%s, subset %#x: %d", text, mask, (int)err);
            }
            opened += err == ATR_OK;
        }
    }
    printf("# %zu capsules opened\n", opened);
}

static void fabeo(void **state)
{
    (void)state;
    opens_exactly_where_admitted(authority_of(ATR_SCHEME_FABEO), 20);
}

static void w11(void **state)
{
    (void)state;
    opens_exactly_where_admitted(authority_of(ATR_SCHEME_W11), 20);
}

/* Every capsule made of a random policy and then damaged at random. */
static void damage(const authority *a)
{
    static uint8_t capsule[CAPSULE_BYTES_MAX];
    static atr_abe_key whole;

    key_of(&whole, a, "A, B, C, D, E", &rng);
    for (size_t i = 0; i < 100; i++) {
        char text[1024];
        atr_policy policy;
        uint8_t key[32];
        size_t len;
        size_t at;

        random_policy(&policy, text, 9, &rng);
        atr_kem_encap(capsule, key, &a->kem, &policy, bytes_of("x"), &rng);
        len = atr_kem_capsule_len(&a->kem, &policy);
        at = (size_t)atr_rng_below_vartime(&rng, len);
        capsule[at] ^= (uint8_t)(1 + atr_rng_below_vartime(&rng, 255));
        if (atr_kem_decap(key, &a->kem, &whole, &policy, bytes_of("x"),
                          (atr_bytes){capsule, len}) != ATR_ERR_AUTH) {
            fail_msg("%s opened with byte %zu changed", text, at);
        }
    }
}

static void damaged_capsules_never_open(void **state)
{
    (void)state;
    damage(authority_of(ATR_SCHEME_FABEO));
    damage(authority_of(ATR_SCHEME_W11));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fabeo),
        cmocka_unit_test(w11),
        cmocka_unit_test(damaged_capsules_never_open),
    };

    return cmocka_run_group_tests(tests, seed_all, NULL);
}
