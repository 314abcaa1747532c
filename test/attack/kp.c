/* Attacks on key-policy encryption, with the check of the policy bypassed. */
#include "kit/kp.h"

static uint64_t seed;

static int setup(void **state)
{
    (void)state;
    seed = kit_seed();
    return 0;
}

/* Every set of rows, with the weights of every plan that would do for some
 * set of attributes, against capsules that lack what the policy asks. */
static void forced_rows_open_nothing(void **state)
{
    static const char *const policies[] = {
        "A and B", "(A or B) and (A or C)", "2 of (A, B, C)",
        "(A and B) or (C and D)", "2 of (A, (B and A), C)"};
    static const char *const sets[] = {"A", "B", "C", "D", "E", "B, D"};
    static atr_kp_key key;
    static kp_letter letter;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    for (size_t s = 0; s < KP_SCHEMES; s++) {
        const kp_authority *a = kp_authority_of(s);

        for (size_t i = 0; i < 5; i++) {
            atr_policy_rows rows;

            kp_key_of(&key, a, policies[i], &rng);
            atr_policy_rows_of(&rows, &key.policy);
            for (size_t k = 0; k < 6; k++) {
                uint8_t got[ATR_KP_SHARED_BYTES];

                kp_letter_to(&letter, a, sets[k], &rng);
                if (atr_policy_admits(&key.policy, &letter.attrs)) {
                    continue;
                }
                assert_int_equal(
                    atr_kp_decap(got, &a->kp, &key, &letter.sealed),
                    ATR_ERR_POLICY);
                for (unsigned set = 0; set < 1U << rows.count; set++) {
                    atr_share_plan plan = {.all_ones = true};

                    for (size_t row = 0; row < rows.count; row++) {
                        if (set >> row & 1) {
                            plan.row[plan.count++] = (uint16_t)row;
                        }
                    }
                    assert_int_equal(atr_kp_decap_forced(got, &a->kp, &key,
                                                         &plan, &letter.sealed),
                                     ATR_ERR_AUTH);
                }
            }
        }
    }
}

/* Two keys, neither of which opens alone: rows of one in the other. */
static void collusion_of_two_keys(void **state)
{
    static atr_kp_key ours;
    static atr_kp_key theirs;
    static kp_letter letter;
    atr_share_plan plan;
    uint8_t got[ATR_KP_SHARED_BYTES];
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    for (size_t s = 0; s < KP_SCHEMES; s++) {
        const kp_authority *a = kp_authority_of(s);

        kp_key_of(&ours, a, "A and X", &rng);
        kp_key_of(&theirs, a, "X and B", &rng);
        kp_letter_to(&letter, a, "A, B", &rng);
        ours.k2[1] = theirs.k2[1]; /* A of one, B of the other */
        ours.k1[ours.twists - 1] = theirs.k1[theirs.twists - 1];
        atr_kp_key_ready(&ours);
        ours.policy.steps[1].attr = theirs.policy.steps[1].attr;
        kp_plan_of_all(&plan, &ours.policy);
        assert_int_equal(
            atr_kp_decap_forced(got, &a->kp, &ours, &plan, &letter.sealed),
            ATR_ERR_AUTH);
        assert_int_equal(atr_kp_key_check(&a->kp, &ours, &rng), ATR_ERR_AUTH);
    }
}

/* The same generator twice does not give two keys that share an r. */
static void a_repeated_generator_does_not_make_keys_combine(void **state)
{
    static atr_kp_key one;
    static atr_kp_key two;
    atr_rng rng;

    (void)state;
    for (size_t s = 0; s < KP_SCHEMES; s++) {
        const kp_authority *a = kp_authority_of(s);

        kit_rng(&rng, seed);
        kp_key_of(&one, a, "A and X", &rng);
        kit_rng(&rng, seed);
        kp_key_of(&two, a, "A and Y", &rng);
        assert_false(atr_g2_affine_equal(&one.k1[0], &two.k1[0]));
        assert_false(atr_g1_affine_equal(&one.k2[0], &two.k2[0]));
    }
}

/* A row relabelled to an attribute that the capsule has. */
static void a_relabelled_row(void **state)
{
    static atr_kp_key key;
    static kp_letter letter;
    uint8_t got[ATR_KP_SHARED_BYTES];
    atr_attr b;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    assert_int_equal(atr_attr_name(&b, ATR_LITERAL("B")), ATR_OK);
    for (size_t s = 0; s < KP_SCHEMES; s++) {
        const kp_authority *a = kp_authority_of(s);

        kp_key_of(&key, a, "A and X", &rng);
        kp_letter_to(&letter, a, "A, B", &rng);
        key.policy.steps[1].attr = b; /* "A and B", it says now */
        assert_int_equal(atr_kp_decap(got, &a->kp, &key, &letter.sealed),
                         ATR_ERR_AUTH);
        assert_int_equal(atr_kp_key_check(&a->kp, &key, &rng), ATR_ERR_AUTH);
    }
}

/* The attributes are public, and bound in. */
static void attributes_and_context_are_bound(void **state)
{
    static atr_kp_key key;
    static kp_letter letter;
    atr_kp_sealed changed;
    atr_attrs fewer;
    uint8_t got[ATR_KP_SHARED_BYTES];
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    for (size_t s = 0; s < KP_SCHEMES; s++) {
        const kp_authority *a = kp_authority_of(s);
        const kp_authority *other = kp_authority_of(1 - s);

        kp_key_of(&key, a, "A or B", &rng);
        kp_letter_to(&letter, a, "A, B", &rng);
        changed = letter.sealed;
        changed.ad = ATR_LITERAL("contexT");
        assert_int_equal(atr_kp_decap(got, &a->kp, &key, &changed),
                         ATR_ERR_AUTH);
        changed = letter.sealed; /* B and its point dropped */
        attrs_of(&fewer, "A");
        changed.attrs = &fewer;
        memmove(letter.bytes + 96 + 48, letter.bytes + 96 + 96, 32);
        changed.capsule.len -= 48;
        assert_int_equal(atr_kp_decap(got, &a->kp, &key, &changed),
                         ATR_ERR_AUTH);
        kp_letter_to(&letter, other, "A, B", &rng); /* another authority */
        assert_int_equal(atr_kp_decap(got, &a->kp, &key, &letter.sealed),
                         ATR_ERR_AUTH);
    }
}

static void every_byte_of_a_capsule_counts(void **state)
{
    static atr_kp_key key;
    static kp_letter letter;
    uint8_t got[ATR_KP_SHARED_BYTES];
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    for (size_t s = 0; s < KP_SCHEMES; s++) {
        static const uint8_t zero[ATR_KP_SHARED_BYTES];
        const kp_authority *a = kp_authority_of(s);

        kp_key_of(&key, a, "A", &rng);
        kp_letter_to(&letter, a, "A, B", &rng);
        for (size_t at = 0; at < letter.sealed.capsule.len; at++) {
            letter.bytes[at] ^= 0x10;
            assert_int_equal(atr_kp_decap(got, &a->kp, &key, &letter.sealed),
                             ATR_ERR_AUTH);
            assert_memory_equal(got, zero, sizeof got);
            letter.bytes[at] ^= 0x10;
        }
        for (size_t len = 0; len < letter.sealed.capsule.len; len += 7) {
            atr_kp_sealed cut = letter.sealed;

            cut.capsule.len = len;
            assert_int_equal(atr_kp_decap(got, &a->kp, &key, &cut),
                             ATR_ERR_AUTH);
        }
        assert_int_equal(atr_kp_decap(got, &a->kp, &key, &letter.sealed),
                         ATR_OK);
    }
}

/* A row of a key changed by its issuer or on the way. */
static void a_bad_key_is_seen(void **state)
{
    static atr_kp_key key;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    for (size_t s = 0; s < KP_SCHEMES; s++) {
        const kp_authority *a = kp_authority_of(s);

        for (size_t row = 0; row < 3; row++) {
            kp_key_of(&key, a, "2 of (A, B, A)", &rng);
            key.k2[row] = atr_g1_generator;
            assert_int_equal(atr_kp_key_check(&a->kp, &key, &rng),
                             ATR_ERR_AUTH);
        }
        for (size_t j = 0; j < key.twists; j++) {
            kp_key_of(&key, a, "2 of (A, B, A)", &rng);
            key.k1[j] = atr_g2_generator;
            atr_kp_key_ready(&key);
            assert_int_equal(atr_kp_key_check(&a->kp, &key, &rng),
                             ATR_ERR_AUTH);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forced_rows_open_nothing),
        cmocka_unit_test(collusion_of_two_keys),
        cmocka_unit_test(a_repeated_generator_does_not_make_keys_combine),
        cmocka_unit_test(a_relabelled_row),
        cmocka_unit_test(attributes_and_context_are_bound),
        cmocka_unit_test(every_byte_of_a_capsule_counts),
        cmocka_unit_test(a_bad_key_is_seen),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
