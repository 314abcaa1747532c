/* The schemes: keys, their check and bytes, headers, the public check. */
#include "kit/abe.h"

static const uint8_t schemes[] = {ATR_SCHEME_FABEO, ATR_SCHEME_W11};

#define EACH_SCHEME(a)                                                         \
    for (size_t round_ = 0; round_ < 2; round_++)                              \
        for (authority *a = authority_of(schemes[round_]); a != NULL; a = NULL)

static void schemes_have_ids_and_names(void **state)
{
    (void)state;
    assert_ptr_equal(atr_scheme_by_id(1), &atr_scheme_fabeo);
    assert_ptr_equal(atr_scheme_by_id(2), &atr_scheme_w11);
    assert_null(atr_scheme_by_id(0));
    assert_null(atr_scheme_by_id(3));
    assert_ptr_equal(atr_scheme_by_name(bytes_of("fabeo")), &atr_scheme_fabeo);
    assert_ptr_equal(atr_scheme_by_name(bytes_of("w11")), &atr_scheme_w11);
    assert_null(atr_scheme_by_name(bytes_of("w1")));
    assert_null(atr_scheme_by_name(bytes_of("")));
}

static void public_keys_survive_their_bytes(void **state)
{
    uint8_t bytes[ATR_MPK_BYTES];
    uint8_t again[ATR_MPK_BYTES];
    atr_mpk mpk;

    (void)state;
    EACH_SCHEME(a)
    {
        atr_mpk_write(bytes, &a->abe.mpk);
        assert_int_equal(atr_mpk_read(&mpk, bytes), ATR_OK);
        atr_mpk_write(again, &mpk);
        assert_memory_equal(bytes, again, sizeof bytes);
        bytes[0] = 3;
        assert_int_equal(atr_mpk_read(&mpk, bytes), ATR_ERR_INPUT);
        bytes[0] = 0;
        assert_int_equal(atr_mpk_read(&mpk, bytes), ATR_ERR_INPUT);
    }
}

static void an_mpk_off_the_group_is_refused(void **state)
{
    uint8_t bytes[ATR_MPK_BYTES] = {ATR_SCHEME_FABEO};
    atr_mpk mpk;
    atr_gt one;

    (void)state;
    assert_int_equal(atr_mpk_read(&mpk, bytes), ATR_ERR_INPUT); /* zero */
    atr_gt_one(&one);
    atr_gt_write(bytes + 1, &one);
    assert_int_equal(atr_mpk_read(&mpk, bytes), ATR_ERR_INPUT);
    bytes[48] = 2; /* in Fp, of another order */
    assert_int_equal(atr_mpk_read(&mpk, bytes), ATR_ERR_INPUT);
    atr_mpk_write(bytes, &authority_of(ATR_SCHEME_FABEO)->abe.mpk);
    bytes[300] ^= 1;
    assert_int_equal(atr_mpk_read(&mpk, bytes), ATR_ERR_INPUT);
}

static void an_unknown_scheme_is_no_authority(void **state)
{
    static atr_abe abe;
    atr_mpk mpk = authority_of(ATR_SCHEME_FABEO)->abe.mpk;

    (void)state;
    mpk.scheme = 9;
    assert_int_equal(atr_abe_init(&abe, &mpk), ATR_ERR_INPUT);
}

static void fingerprints_and_bases_are_of_one_authority(void **state)
{
    static authority other;
    authority *fabeo = authority_of(ATR_SCHEME_FABEO);
    authority *w11 = authority_of(ATR_SCHEME_W11);
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 7);
    authority_init(&other, ATR_SCHEME_FABEO, &rng);
    assert_memory_not_equal(other.abe.hm, fabeo->abe.hm, 32);
    assert_false(g1_same(&other.abe.base, &fabeo->abe.base));
    authority_init(&other, ATR_SCHEME_W11, &rng);
    assert_memory_not_equal(other.abe.hm, w11->abe.hm, 32);
    assert_true(g1_same(&other.abe.base, &w11->abe.base)); /* one for all */
}

static void good_keys_pass_their_check(void **state)
{
    static const char *const lists[] = {"", "ONE", "ONE, TWO, THREE",
                                        "hr_manager, hr_intern, age#8=42"};
    atr_abe_key key;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 11);
    EACH_SCHEME(a)
    {
        for (size_t i = 0; i < 4; i++) {
            key_of(&key, a, lists[i], &rng);
            assert_int_equal(
                atr_abe_key_check(&a->abe, &a->abe.mpk.a, &key, &rng), ATR_OK);
        }
    }
}

/* Many keys of different sizes: each is the one that it would be alone. */
static void many_keys_are_as_each(void **state)
{
    static const char *const lists[] = {"ONE", "", "A, B, C, age#8=42",
                                        "ONE, TWO"};
    static atr_abe_key many[ATR_ABE_KEYS_TOGETHER];
    static atr_abe_key one;
    static atr_attrs attrs[ATR_ABE_KEYS_TOGETHER];
    const atr_abe_key *keys[ATR_ABE_KEYS_TOGETHER];
    atr_abe_asked items[ATR_ABE_KEYS_TOGETHER];
    atr_rng rng;
    atr_rng again;

    (void)state;
    EACH_SCHEME(a)
    {
        for (size_t count = 0; count <= ATR_ABE_KEYS_TOGETHER;
             count = 2 * count + (count < 2)) {
            kit_rng(&rng, 12);
            kit_rng(&again, 12);
            for (size_t i = 0; i < count; i++) {
                attrs_of(&attrs[i], lists[i % 4]);
                items[i] = (atr_abe_asked){&attrs[i], &rng, &many[i]};
                keys[i] = &many[i];
            }
            atr_abe_keygen_many(items, count, &a->abe, &a->alpha);
            for (size_t i = 0; i < count; i++) {
                atr_abe_keygen(&one, &a->abe, &a->alpha, &attrs[i], &again);
                assert_memory_equal(&one, &many[i], sizeof one);
            }
            assert_int_equal(
                atr_abe_keys_check(&a->abe, &a->abe.mpk.a, keys, count, &rng),
                ATR_OK);
        }
    }
}

/* Whatever is wrong with one of many keys is found among them, also where the
 * errors of two would cancel. */
static void one_wrong_key_among_many(void **state)
{
    static atr_abe_key key[4];
    static atr_abe_key good[4];
    const atr_abe_key *keys[4] = {&key[0], &key[1], &key[2], &key[3]};
    atr_g1_affine swapped;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 13);
    EACH_SCHEME(a)
    {
        for (size_t i = 0; i < 4; i++) {
            key_of(&good[i], a, "ONE, TWO", &rng);
        }
        for (size_t wrong = 0; wrong < 7; wrong++) {
            memcpy(key, good, sizeof key);
            switch (wrong) {
            case 0:
                break;
            case 1: /* the product of all stays */
                swapped = key[0].k3;
                key[0].k3 = key[3].k3;
                key[3].k3 = swapped;
                break;
            case 2:
                swapped = key[1].k2[0];
                key[1].k2[0] = key[1].k2[1];
                key[1].k2[1] = swapped;
                break;
            case 3:
                key[2].k2[1] = key[1].k2[1];
                break;
            case 4:
                key[3].k1 = key[2].k1;
                atr_abe_key_ready(&key[3]);
                break;
            case 5:
                attrs_of(&key[2].attrs, "ONE, TOO");
                break;
            default: /* r = 0: nothing but the secret */
                memset(&key[3], 0, sizeof key[3]);
                atr_abe_key_ready(&key[3]);
                break;
            }
            assert_int_equal(
                atr_abe_keys_check(&a->abe, &a->abe.mpk.a, keys, 4, &rng),
                wrong ? ATR_ERR_AUTH : ATR_OK);
        }
        assert_int_equal(
            atr_abe_keys_check(&a->abe, &atr_gt_generator, keys, 3, &rng),
            ATR_ERR_AUTH);
    }
}

static void keys_survive_their_bytes(void **state)
{
    static uint8_t bytes[ATR_ABE_KEY_BYTES_MAX];
    static atr_abe_key key;
    static atr_abe_key again;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 12);
    EACH_SCHEME(a)
    {
        atr_builder builder = atr_builder_of(bytes, sizeof bytes);
        atr_bytes all;

        key_of(&key, a, "ONE, TWO, THREE", &rng);
        atr_abe_key_build(&builder, &key);
        assert_int_equal(atr_builder_end(&builder), ATR_OK);
        all = atr_builder_bytes(&builder);
        assert_int_equal(atr_abe_key_read(&again, all), ATR_OK);
        assert_memory_equal(&again, &key, sizeof key);
        for (size_t len = 0; len < all.len; len++) {
            atr_bytes cut = {all.data, len};

            assert_int_equal(atr_abe_key_read(&again, cut), ATR_ERR_INPUT);
            assert_int_equal(again.attrs.count, 0);
        }
        bytes[all.len] = 0;
        all.len++;
        assert_int_equal(atr_abe_key_read(&again, all), ATR_ERR_INPUT);
    }
}

static void a_key_with_the_identity_is_refused(void **state)
{
    static const size_t at[] = {0, ATR_G2_BYTES};
    static uint8_t bytes[ATR_ABE_KEY_BYTES_MAX];
    static atr_abe_key key;
    authority *a = authority_of(ATR_SCHEME_FABEO);
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 13);
    key_of(&key, a, "ONE", &rng);
    for (size_t i = 0; i < 2; i++) {
        atr_builder builder = atr_builder_of(bytes, sizeof bytes);

        atr_abe_key_build(&builder, &key);
        memset(bytes + at[i], 0, i == 0 ? ATR_G2_BYTES : ATR_G1_BYTES);
        bytes[at[i]] = 0xc0;
        assert_int_equal(atr_abe_key_read(&key, atr_builder_bytes(&builder)),
                         ATR_ERR_INPUT);
        key_of(&key, a, "ONE", &rng);
    }
}

/* The sizes of the crypto notes, section 4, without the 32 bytes of d. */
static void headers_have_the_documented_size(void **state)
{
    static const struct {
        const char *policy;
        size_t fabeo;
        size_t w11;
    } cases[] = {
        {"a", 240, 240},
        {"a and b and c and d and e", 432, 816},
        {"a and b and c and d and e and f and g and h and i and j", 672, 1536},
        {"a and (a or b)", 432, 528}, /* tau = 2 */
    };
    atr_policy policy;
    atr_policy_rows rows;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        policy_of(&policy, cases[i].policy);
        atr_policy_rows_of(&rows, &policy);
        assert_int_equal(atr_scheme_fabeo.header_len(&rows), cases[i].fabeo);
        assert_int_equal(atr_scheme_w11.header_len(&rows), cases[i].w11);
    }
}

/* A header again from nothing but the equations of the scheme pages. */
static void headers_follow_the_equations(void **state)
{
    static uint8_t header[CAPSULE_BYTES_MAX];
    atr_policy policy;
    atr_policy_rows rows;
    atr_rng coins;

    (void)state;
    policy_of(&policy, "2 of (a, b, c) and (a or d)");
    atr_policy_rows_of(&rows, &policy);
    EACH_SCHEME(a)
    {
        bool fabeo = a->abe.mpk.scheme == ATR_SCHEME_FABEO;
        size_t twists = fabeo ? 2 : 5;
        atr_fr s;
        atr_fr share[5];
        atr_fr e[5];
        atr_gt z;
        atr_gt expected;

        kit_rng(&coins, 14);
        scheme_encap(header, &z, a, &policy, &coins);
        kit_rng(&coins, 14);
        atr_fr_random(&s, &coins);
        atr_share_split(share, &s, &policy, &coins);
        for (size_t j = 0; j < twists; j++) {
            atr_fr_random(&e[j], &coins);
        }
        atr_gt_pow(&expected, &a->abe.mpk.a, &s);
        assert_true(gt_same(&z, &expected));
        for (size_t j = 0; j <= twists; j++) {
            uint8_t bytes[ATR_G2_BYTES];
            atr_g2_affine point;

            g2_times(&point, &atr_g2_generator, j == 0 ? &s : &e[j - 1]);
            atr_g2_write(bytes, &point);
            assert_memory_equal(bytes, header + j * ATR_G2_BYTES, sizeof bytes);
        }
        for (size_t i = 0; i < 5; i++) {
            uint8_t bytes[ATR_G1_BYTES];
            atr_g1_affine hashed;
            atr_g1_affine point;
            atr_fr k = fabeo ? e[rows.occurrence[i]] : e[i];

            if (!fabeo) {
                atr_fr_neg(&k, &k);
            }
            atr_abe_attr_point(&hashed, &a->abe,
                               atr_policy_row(&policy, &rows, i));
            g1_times(&hashed, &hashed, &k);
            g1_times(&point, &a->abe.base, &share[i]);
            g1_plus(&point, &point, &hashed);
            atr_g1_write(bytes, &point);
            assert_memory_equal(
                bytes, header + (1 + twists) * ATR_G2_BYTES + i * ATR_G1_BYTES,
                sizeof bytes);
        }
    }
}

static void honest_headers_pass_the_public_check(void **state)
{
    static const char *const texts[] = {
        "a",
        "a and b",
        "a or b",
        "2 of (a, b, c)",
        "a and (a or b)",
        "3 of (a, b and c, a or d, a, 2 of (e, f, g))",
        "age#8 >= 18"};
    static uint8_t header[CAPSULE_BYTES_MAX];
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 15);
    EACH_SCHEME(a)
    {
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
            atr_policy policy;
            atr_policy_rows rows;
            atr_gt z;

            policy_of(&policy, texts[i]);
            atr_policy_rows_of(&rows, &policy);
            scheme_encap(header, &z, a, &policy, &rng);
            assert_int_equal(
                a->abe.scheme->check(
                    &a->abe, &policy,
                    (atr_bytes){header, a->abe.scheme->header_len(&rows)},
                    &rng),
                ATR_OK);
        }
    }
}

/* Every point of a header, replaced by another good point. */
static void every_changed_point_fails_the_public_check(void **state)
{
    static uint8_t header[CAPSULE_BYTES_MAX];
    uint8_t saved[ATR_G2_BYTES];
    uint8_t g1[ATR_G1_BYTES];
    uint8_t g2[ATR_G2_BYTES];
    atr_policy policy;
    atr_policy_rows rows;
    atr_rng rng;
    atr_gt z;

    (void)state;
    kit_rng(&rng, 16);
    policy_of(&policy, "2 of (a, b, a and c)");
    atr_policy_rows_of(&rows, &policy);
    atr_g1_write(g1, &atr_g1_generator);
    atr_g2_write(g2, &atr_g2_generator);
    EACH_SCHEME(a)
    {
        size_t len = a->abe.scheme->header_len(&rows);
        size_t heads = (len - rows.count * ATR_G1_BYTES) / ATR_G2_BYTES;
        size_t at = 0;

        scheme_encap(header, &z, a, &policy, &rng);
        for (size_t i = 0; i < heads + rows.count; i++) {
            size_t size = i < heads ? ATR_G2_BYTES : ATR_G1_BYTES;

            memcpy(saved, header + at, size);
            memcpy(header + at, i < heads ? g2 : g1, size);
            assert_int_equal(a->abe.scheme->check(&a->abe, &policy,
                                                  (atr_bytes){header, len},
                                                  &rng),
                             ATR_ERR_AUTH);
            memcpy(header + at, saved, size);
            at += size;
        }
        assert_int_equal(at, len);
        assert_int_equal(a->abe.scheme->check(&a->abe, &policy,
                                              (atr_bytes){header, len}, &rng),
                         ATR_OK);
        assert_int_equal(a->abe.scheme->check(&a->abe, &policy,
                                              (atr_bytes){header, len - 1},
                                              &rng),
                         ATR_ERR_AUTH);
    }
}

static void a_wiped_key_is_zero(void **state)
{
    static const atr_abe_key zero;
    atr_abe_key key;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 17);
    key_of(&key, authority_of(ATR_SCHEME_FABEO), "a", &rng);
    atr_abe_key_wipe(&key);
    assert_memory_equal(&key, &zero, sizeof key);
    atr_abe_key_wipe(&key);
    atr_abe_key_wipe(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schemes_have_ids_and_names),
        cmocka_unit_test(public_keys_survive_their_bytes),
        cmocka_unit_test(an_mpk_off_the_group_is_refused),
        cmocka_unit_test(an_unknown_scheme_is_no_authority),
        cmocka_unit_test(fingerprints_and_bases_are_of_one_authority),
        cmocka_unit_test(good_keys_pass_their_check),
        cmocka_unit_test(many_keys_are_as_each),
        cmocka_unit_test(one_wrong_key_among_many),
        cmocka_unit_test(keys_survive_their_bytes),
        cmocka_unit_test(a_key_with_the_identity_is_refused),
        cmocka_unit_test(headers_have_the_documented_size),
        cmocka_unit_test(headers_follow_the_equations),
        cmocka_unit_test(honest_headers_pass_the_public_check),
        cmocka_unit_test(every_changed_point_fails_the_public_check),
        cmocka_unit_test(a_wiped_key_is_zero),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
