/* Attacks on FAME and W09, with the check of the policy bypassed. */
#include "kit/cp.h"

static uint64_t seed;

static int setup(void **state)
{
    (void)state;
    seed = kit_seed();
    return 0;
}

/* The rows whose bit is set in `set`, with weight 1. */
static void plan_of(atr_share_plan *plan, size_t rows, unsigned set)
{
    *plan = (atr_share_plan){.all_ones = true};
    for (size_t row = 0; row < rows; row++) {
        if (set >> row & 1) {
            plan->row[plan->count++] = (uint16_t)row;
        }
    }
}

static void force(const cp_authority *a, const cp_key *key,
                  const cp_letter *letter, atr_err expected)
{
    uint8_t got[ATR_KEM_KEY_BYTES];
    atr_policy_rows rows;
    atr_share_plan plan;
    atr_attrs all;

    atr_policy_rows_of(&rows, &letter->policy);
    for (unsigned set = 0; set < 1U << rows.count; set++) {
        plan_of(&plan, rows.count, set);
        assert_int_equal(cp_open(got, a, key, letter, &plan), expected);
    }
    attrs_of(&all, "A, B, C, D"); /* the weights of one who has them all */
    assert_int_equal(atr_share_plan_make(&plan, &letter->policy, &all,
                                         (atr_share_cost){1, 0}),
                     ATR_OK);
    assert_int_equal(cp_open(got, a, key, letter, &plan), expected);
}

/* Every set of rows, against policies that the key does not satisfy. */
static void forced_rows_open_nothing(void **state)
{
    static const char *const policies[] = {
        "A and B", "2 of (A, B, C)", "(A and B) or (C and D)",
        "2 of (A, (B and D), C)", "A and (B or C)"};
    static const char *const sets[] = {"A", "B", "D", "E", "B, D"};
    static cp_key key;
    static cp_letter letter;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    for (unsigned s = 0; s < CP_SCHEMES; s++) {
        const cp_authority *a = cp_authority_of(s, 0);

        for (size_t k = 0; k < 5; k++) {
            cp_key_of(&key, a, sets[k], &rng);
            for (size_t i = 0; i < 5; i++) {
                uint8_t got[ATR_KEM_KEY_BYTES];

                cp_letter_to(&letter, a, policies[i], &rng);
                if (!atr_policy_admits(&letter.policy, cp_attrs(a, &key))) {
                    assert_int_equal(cp_open(got, a, &key, &letter, NULL),
                                     ATR_ERR_POLICY);
                    force(a, &key, &letter, ATR_ERR_AUTH);
                }
            }
        }
    }
}

/* The same is no test unless it opens what it may. */
static void forced_rows_open_what_they_may(void **state)
{
    static cp_key key;
    static cp_letter letter;
    uint8_t got[ATR_KEM_KEY_BYTES];
    atr_share_plan plan;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    for (unsigned s = 0; s < CP_SCHEMES; s++) {
        const cp_authority *a = cp_authority_of(s, 0);

        cp_key_of(&key, a, "A, B", &rng);
        cp_letter_to(&letter, a, "A and B", &rng);
        plan_of(&plan, 2, 3);
        assert_int_equal(cp_open(got, a, &key, &letter, &plan), ATR_OK);
        assert_memory_equal(got, letter.key, sizeof got);
    }
}

/* Two keys, neither of which opens alone: the points of one in the other. */
static void collusion_of_two_keys(void **state)
{
    static cp_key ours;
    static cp_key theirs;
    static cp_letter letter;
    uint8_t got[ATR_KEM_KEY_BYTES];
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    for (unsigned s = 0; s < CP_SCHEMES; s++) {
        const cp_authority *a = cp_authority_of(s, 0);

        cp_key_of(&ours, a, "A", &rng);
        cp_key_of(&theirs, a, "B", &rng);
        cp_letter_to(&letter, a, "A and B", &rng);
        attrs_of(cp_attrs(a, &ours), "A, B");
        cp_take(a, &ours, 1, &theirs, 0);
        assert_int_equal(cp_open(got, a, &ours, &letter, NULL), ATR_ERR_AUTH);
        assert_int_equal(cp_key_check(a, &ours, &rng), ATR_ERR_AUTH);
    }
}

/* The same generator twice does not give two keys that share an exponent. */
static void a_repeated_generator_does_not_make_keys_combine(void **state)
{
    static cp_key one;
    static cp_key two;
    atr_rng rng;

    (void)state;
    for (unsigned s = 0; s < CP_SCHEMES; s++) {
        const cp_authority *a = cp_authority_of(s, 0);
        atr_g1_affine *g1[2][3 + 3 * ATR_ATTRS_MAX];
        atr_g2_affine *g2[2][3];
        size_t count;

        kit_rng(&rng, seed);
        cp_key_of(&one, a, "A, X", &rng);
        kit_rng(&rng, seed);
        cp_key_of(&two, a, "A, Y", &rng);
        cp_key_g1(a, &one, g1[0]);
        count = cp_key_g1(a, &two, g1[1]);
        for (size_t i = 0; i < count; i++) {
            assert_false(atr_g1_affine_equal(g1[0][i], g1[1][i]));
        }
        cp_key_g2(a, &one, g2[0]);
        count = cp_key_g2(a, &two, g2[1]);
        for (size_t i = 0; i < count; i++) {
            assert_false(atr_g2_affine_equal(g2[0][i], g2[1][i]));
        }
    }
}

/* An attribute of a key called by another name. */
static void a_relabelled_attribute(void **state)
{
    static cp_key key;
    static cp_letter letter;
    uint8_t got[ATR_KEM_KEY_BYTES];
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    for (unsigned s = 0; s < CP_SCHEMES; s++) {
        const cp_authority *a = cp_authority_of(s, 0);

        cp_key_of(&key, a, "A, X", &rng);
        cp_letter_to(&letter, a, "A and B", &rng);
        attrs_of(cp_attrs(a, &key), "A, B");
        assert_int_equal(cp_open(got, a, &key, &letter, NULL), ATR_ERR_AUTH);
        assert_int_equal(cp_key_check(a, &key, &rng), ATR_ERR_AUTH);
    }
}

/* K' in the place of an attribute's points, as if "col 1" were one: what a
 * hash without a domain of its own for columns would allow. */
static void the_column_is_no_attribute(void **state)
{
    const cp_authority *a = cp_authority_of(CP_FAME, 0);
    static cp_key key;
    static cp_letter letter;
    uint8_t got[ATR_KEM_KEY_BYTES];
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    cp_key_of(&key, a, "A", &rng);
    cp_letter_to(&letter, a, "A and B", &rng);
    attrs_of(cp_attrs(a, &key), "A, B");
    memcpy(key.fame.ku[1], key.fame.own, sizeof key.fame.own);
    assert_int_equal(cp_open(got, a, &key, &letter, NULL), ATR_ERR_AUTH);
}

/* Policy, context and authority are bound in. */
static void what_it_is_made_to_is_bound(void **state)
{
    static cp_key key;
    static cp_letter letter;
    uint8_t got[ATR_KEM_KEY_BYTES];
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    for (unsigned s = 0; s < CP_SCHEMES; s++) {
        const cp_authority *a = cp_authority_of(s, 0);

        cp_key_of(&key, a, "A", &rng);
        cp_letter_to(&letter, a, "A or B", &rng);
        letter.ad = ATR_LITERAL("contexT");
        assert_int_equal(cp_open(got, a, &key, &letter, NULL), ATR_ERR_AUTH);
        letter.ad = ATR_LITERAL("context");
        assert_int_equal(cp_open(got, a, &key, &letter, NULL), ATR_OK);
        policy_of(&letter.policy, "A or C");
        assert_int_equal(cp_open(got, a, &key, &letter, NULL), ATR_ERR_AUTH);
        cp_letter_to(&letter, cp_authority_of(s, 1), "A or B", &rng);
        assert_int_equal(cp_open(got, a, &key, &letter, NULL), ATR_ERR_AUTH);
    }
}

static void every_byte_of_a_capsule_counts(void **state)
{
    static const uint8_t zero[ATR_KEM_KEY_BYTES];
    static cp_key key;
    static cp_letter letter;
    uint8_t got[ATR_KEM_KEY_BYTES];
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    for (unsigned s = 0; s < CP_SCHEMES; s++) {
        const cp_authority *a = cp_authority_of(s, 0);
        size_t len;

        cp_key_of(&key, a, "A", &rng);
        cp_letter_to(&letter, a, "A or B", &rng);
        for (size_t at = 0; at < letter.len; at++) {
            letter.bytes[at] ^= 0x10;
            assert_int_equal(cp_open(got, a, &key, &letter, NULL),
                             ATR_ERR_AUTH);
            assert_memory_equal(got, zero, sizeof got);
            letter.bytes[at] ^= 0x10;
        }
        len = letter.len;
        for (letter.len = 0; letter.len < len; letter.len += 7) {
            assert_int_equal(cp_open(got, a, &key, &letter, NULL),
                             ATR_ERR_AUTH);
        }
        letter.len = len;
        assert_int_equal(cp_open(got, a, &key, &letter, NULL), ATR_OK);
    }
}

/* Any point of a key changed by its issuer or on the way. */
static void a_bad_key_is_seen(void **state)
{
    static cp_key key;
    atr_g1_affine *g1[3 + 3 * ATR_ATTRS_MAX];
    atr_g2_affine *g2[3];
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    for (unsigned s = 0; s < CP_SCHEMES; s++) {
        const cp_authority *a = cp_authority_of(s, 0);

        cp_key_of(&key, a, "A, B", &rng);
        for (size_t i = 0; i < cp_key_g1(a, &key, g1); i++) {
            atr_g1_affine kept = *g1[i];

            *g1[i] = atr_g1_generator;
            assert_int_equal(cp_key_check(a, &key, &rng), ATR_ERR_AUTH);
            *g1[i] = kept;
        }
        for (size_t i = 0; i < cp_key_g2(a, &key, g2); i++) {
            atr_g2_affine kept = *g2[i];

            *g2[i] = atr_g2_generator;
            cp_key_ready(a, &key);
            assert_int_equal(cp_key_check(a, &key, &rng), ATR_ERR_AUTH);
            *g2[i] = kept;
            cp_key_ready(a, &key);
        }
        assert_int_equal(cp_key_check(a, &key, &rng), ATR_OK);
    }
}

/* An exponent of 0 passes every equation, and shows the master secret. */
static void a_key_without_its_mask_is_seen(void **state)
{
    const cp_authority *w09 = cp_authority_of(CP_W09, 0);
    const cp_authority *fame = cp_authority_of(CP_FAME, 0);
    static cp_key key;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, seed);
    attrs_of(&key.w09.attrs, "A");
    attrs_of(&key.fame.attrs, "A");
    key.w09.k = w09->w09_master.alpha;
    for (size_t l = 0; l < 3; l++) {
        atr_g1 bare;

        atr_g1_mul(&bare, &atr_g1_generator, &fame->fame_master.k[l]);
        atr_g1_to_affine(&key.fame.own[l], &bare);
    }
    cp_key_ready(w09, &key);
    cp_key_ready(fame, &key);
    assert_int_equal(cp_key_check(w09, &key, &rng), ATR_ERR_AUTH);
    assert_int_equal(cp_key_check(fame, &key, &rng), ATR_ERR_AUTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forced_rows_open_nothing),
        cmocka_unit_test(forced_rows_open_what_they_may),
        cmocka_unit_test(collusion_of_two_keys),
        cmocka_unit_test(a_repeated_generator_does_not_make_keys_combine),
        cmocka_unit_test(a_relabelled_attribute),
        cmocka_unit_test(the_column_is_no_attribute),
        cmocka_unit_test(what_it_is_made_to_is_bound),
        cmocka_unit_test(every_byte_of_a_capsule_counts),
        cmocka_unit_test(a_bad_key_is_seen),
        cmocka_unit_test(a_key_without_its_mask_is_seen),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
