/* Keys from several nodes. */
#include "kit/abe.h"

static atr_fr shares[ATR_ISSUE_NODES_MAX];
static atr_issue_public pub;
static atr_abe_key part[ATR_ISSUE_NODES_MAX];
static atr_attrs asked;

static const uint8_t schemes[] = {ATR_SCHEME_FABEO, ATR_SCHEME_W11};

static void deal(const authority *a, uint8_t nodes, uint8_t threshold,
                 atr_rng *rng)
{
    atr_issue_deal(shares, &pub, &a->alpha, nodes, threshold, rng);
    attrs_of(&asked, "ONE, TWO, THREE");
    for (size_t j = 0; j < nodes; j++) {
        atr_abe_keygen(&part[j], &a->abe, &shares[j], &asked, rng);
    }
}

static bool opens(const authority *a, const atr_abe_key *key, atr_rng *rng)
{
    static uint8_t capsule[CAPSULE_BYTES_MAX];
    atr_policy policy;
    uint8_t sent[32];
    uint8_t got[32];
    atr_err err;

    policy_of(&policy, "2 of (ONE, TWO, FOUR)");
    atr_kem_encap(capsule, sent, &a->kem, &policy, bytes_of("x"), rng);
    err = atr_kem_decap(
        got, &a->kem, key, &policy, bytes_of("x"),
        (atr_bytes){capsule, atr_kem_capsule_len(&a->kem, &policy)});
    return err == ATR_OK && memcmp(sent, got, 32) == 0;
}

static void one_node_alone_is_an_authority(void **state)
{
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 31);
    for (size_t round = 0; round < 2; round++) {
        authority *a = authority_of(schemes[round]);
        atr_issue_partial partial = {1, &part[0]};
        atr_abe_key key;
        uint8_t cheat;

        deal(a, 1, 1, &rng);
        assert_true(gt_same(&pub.a[0], &a->abe.mpk.a));
        assert_int_equal(atr_issue_public_check(&pub, &a->abe.mpk), ATR_OK);
        assert_int_equal(atr_issue_combine(&key, &cheat, &a->abe, &pub, &asked,
                                           &partial, 1, &rng),
                         ATR_OK);
        assert_int_equal(cheat, 0);
        assert_true(opens(a, &key, &rng));
    }
}

static void every_three_of_five_make_a_key(void **state)
{
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 32);
    for (size_t round = 0; round < 2; round++) {
        authority *a = authority_of(schemes[round]);

        deal(a, 5, 3, &rng);
        assert_int_equal(atr_issue_public_check(&pub, &a->abe.mpk), ATR_OK);
        for (unsigned mask = 0; mask < 32; mask++) {
            atr_issue_partial chosen[5];
            size_t count = 0;
            atr_abe_key key;
            uint8_t cheat;
            atr_err err;

            if (round == 1 && mask != 7 && mask != 21) {
                continue; /* the same code: two subsets are enough */
            }
            for (uint8_t j = 0; j < 5; j++) {
                if ((mask >> j & 1) != 0) {
                    chosen[count++] =
                        (atr_issue_partial){(uint8_t)(j + 1), &part[j]};
                }
            }
            err = atr_issue_combine(&key, &cheat, &a->abe, &pub, &asked, chosen,
                                    count, &rng);
            assert_int_equal(err, count == 3 ? ATR_OK : ATR_ERR_INPUT);
            if (err == ATR_OK) {
                assert_true(opens(a, &key, &rng));
            } else {
                assert_int_equal(key.attrs.count, 0);
            }
        }
    }
}

static void one_node_twice_is_not_two(void **state)
{
    authority *a = authority_of(ATR_SCHEME_FABEO);
    atr_issue_partial chosen[2] = {{1, &part[0]}, {1, &part[0]}};
    atr_abe_key key;
    uint8_t cheat;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 33);
    deal(a, 3, 2, &rng);
    assert_int_equal(
        atr_issue_combine(&key, &cheat, &a->abe, &pub, &asked, chosen, 2, &rng),
        ATR_ERR_INPUT);
    chosen[1].node = 0;
    assert_int_equal(
        atr_issue_combine(&key, &cheat, &a->abe, &pub, &asked, chosen, 2, &rng),
        ATR_ERR_INPUT);
    chosen[1].node = 4;
    assert_int_equal(
        atr_issue_combine(&key, &cheat, &a->abe, &pub, &asked, chosen, 2, &rng),
        ATR_ERR_INPUT);
    chosen[1].node = 2; /* of node 1, under the name of node 2 */
    assert_int_equal(
        atr_issue_combine(&key, &cheat, &a->abe, &pub, &asked, chosen, 2, &rng),
        ATR_ERR_AUTH);
    assert_int_equal(cheat, 2);
}

static void the_commitments_are_of_one_polynomial(void **state)
{
    authority *a = authority_of(ATR_SCHEME_FABEO);
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 34);
    deal(a, 4, 2, &rng);
    assert_int_equal(atr_issue_public_check(&pub, &a->abe.mpk), ATR_OK);
    for (size_t j = 0; j < 4; j++) {
        atr_gt good = pub.a[j];

        atr_gt_mul(&pub.a[j], &good, &atr_gt_generator);
        assert_int_equal(atr_issue_public_check(&pub, &a->abe.mpk),
                         ATR_ERR_AUTH);
        pub.a[j] = good;
    }
    pub.threshold = 1; /* degree 0: all must be A */
    assert_int_equal(atr_issue_public_check(&pub, &a->abe.mpk), ATR_ERR_AUTH);
    pub.threshold = 0;
    assert_int_equal(atr_issue_public_check(&pub, &a->abe.mpk), ATR_ERR_AUTH);
    pub.threshold = 5;
    assert_int_equal(atr_issue_public_check(&pub, &a->abe.mpk), ATR_ERR_AUTH);
    deal(authority_of(ATR_SCHEME_W11), 4, 2, &rng);
    assert_int_equal(atr_issue_public_check(&pub, &a->abe.mpk), ATR_ERR_AUTH);
}

static void the_public_part_survives_its_bytes(void **state)
{
    static uint8_t bytes[2 + 3 * ATR_GT_BYTES + 1];
    atr_builder builder = atr_builder_of(bytes, sizeof bytes);
    authority *a = authority_of(ATR_SCHEME_FABEO);
    atr_issue_public again;
    atr_reader reader;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 35);
    deal(a, 3, 2, &rng);
    atr_issue_public_build(&builder, &pub);
    assert_int_equal(atr_builder_end(&builder), ATR_OK);
    assert_int_equal(builder.len, sizeof bytes - 1);
    reader = atr_reader_of(atr_builder_bytes(&builder));
    assert_int_equal(atr_issue_public_read(&again, &reader), ATR_OK);
    assert_int_equal(atr_reader_end(&reader), ATR_OK);
    assert_memory_equal(&again, &pub, sizeof pub);
    for (size_t len = 0; len < builder.len; len += len < 8 ? 1 : 97) {
        reader = atr_reader_of((atr_bytes){bytes, len});
        assert_int_equal(atr_issue_public_read(&again, &reader), ATR_ERR_INPUT);
    }
    for (unsigned nodes = 0; nodes < 256; nodes += nodes < 5 ? 1 : 50) {
        bytes[0] = (uint8_t)nodes;
        if (nodes != 2 && nodes != 3) { /* 2: trailing bytes, not ours */
            reader = atr_reader_of(atr_builder_bytes(&builder));
            assert_int_equal(atr_issue_public_read(&again, &reader),
                             ATR_ERR_INPUT);
        }
    }
    bytes[0] = 3;
    bytes[1] = 4; /* more than there are */
    reader = atr_reader_of(atr_builder_bytes(&builder));
    assert_int_equal(atr_issue_public_read(&again, &reader), ATR_ERR_INPUT);
    bytes[1] = 0;
    reader = atr_reader_of(atr_builder_bytes(&builder));
    assert_int_equal(atr_issue_public_read(&again, &reader), ATR_ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_node_alone_is_an_authority),
        cmocka_unit_test(every_three_of_five_make_a_key),
        cmocka_unit_test(one_node_twice_is_not_two),
        cmocka_unit_test(the_commitments_are_of_one_polynomial),
        cmocka_unit_test(the_public_part_survives_its_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
