/* Identity keys from several nodes. */
#include "kit/ibe.h"

#include "scheme/bf_issue.h"

static ibe_authority authority;
static uint8_t mpk[ATR_BF_MPK_BYTES];
static atr_fr shares[ATR_ISSUE_NODES_MAX];
static atr_bf_issue_public pub;
static atr_bf_key part[ATR_ISSUE_NODES_MAX];
static atr_identity alice;
static atr_rng rng;

static int setup(void **state)
{
    (void)state;
    ibe_authority_init(&authority, 1041);
    mpk[0] = ATR_BF_ID;
    atr_g2_write(mpk + 1, &authority.bf.p);
    alice = identity_of("alice@example.org", 0);
    kit_rng(&rng, 1042);
    return 0;
}

static void deal(uint8_t nodes, uint8_t threshold)
{
    atr_bf_issue_deal(shares, &pub, &authority.s, nodes, threshold, &rng);
    for (size_t j = 0; j < nodes; j++) {
        atr_bf_extract(&part[j], &authority.bf, &shares[j], &alice);
    }
}

static atr_err combine(atr_bf_key *out, uint8_t *cheat,
                       const atr_bf_issue_partial *chosen, size_t count)
{
    return atr_bf_issue_combine(out, cheat, &authority.bf, &pub, &alice, chosen,
                                count);
}

/* What the whole secret would have made. */
static void expect_whole(const atr_bf_key *key)
{
    atr_bf_key whole;

    atr_bf_extract(&whole, &authority.bf, &authority.s, &alice);
    assert_memory_equal(key, &whole, sizeof whole);
}

static void one_node_alone_is_an_authority(void **state)
{
    const atr_bf_issue_partial partial = {1, &part[0]};
    atr_bf_key key;
    uint8_t cheat;

    (void)state;
    deal(1, 1);
    assert_int_equal(atr_bf_issue_public_check(&pub, mpk), ATR_OK);
    assert_int_equal(combine(&key, &cheat, &partial, 1), ATR_OK);
    assert_int_equal(cheat, 0);
    expect_whole(&key);
}

static void every_three_of_five_make_the_key(void **state)
{
    (void)state;
    deal(5, 3);
    assert_int_equal(atr_bf_issue_public_check(&pub, mpk), ATR_OK);
    for (unsigned mask = 0; mask < 32; mask++) {
        atr_bf_issue_partial chosen[5];
        size_t count = 0;
        atr_bf_key key;
        uint8_t cheat;
        atr_err err;

        for (uint8_t j = 0; j < 5; j++) {
            if ((mask >> j & 1) != 0) {
                chosen[count++] =
                    (atr_bf_issue_partial){(uint8_t)(j + 1), &part[j]};
            }
        }
        err = combine(&key, &cheat, chosen, count);
        assert_int_equal(err, count == 3 ? ATR_OK : ATR_ERR_INPUT);
        if (err == ATR_OK) {
            expect_whole(&key);
        } else {
            assert_int_equal(key.id.len, 0);
        }
    }
}

static void the_most_nodes_there_may_be(void **state)
{
    atr_bf_issue_partial chosen[ATR_ISSUE_NODES_MAX + 1];
    atr_bf_key key;
    uint8_t cheat;

    (void)state;
    deal(ATR_ISSUE_NODES_MAX, ATR_ISSUE_NODES_MAX);
    for (uint8_t j = 0; j < ATR_ISSUE_NODES_MAX; j++) {
        chosen[j] = (atr_bf_issue_partial){(uint8_t)(j + 1), &part[j]};
    }
    chosen[ATR_ISSUE_NODES_MAX] = chosen[0];
    assert_int_equal(combine(&key, &cheat, chosen, ATR_ISSUE_NODES_MAX),
                     ATR_OK);
    expect_whole(&key);
    assert_int_equal(combine(&key, &cheat, chosen, ATR_ISSUE_NODES_MAX + 1),
                     ATR_ERR_INPUT);
}

static void one_node_twice_is_not_two(void **state)
{
    atr_bf_issue_partial chosen[2] = {{1, &part[0]}, {1, &part[0]}};
    atr_bf_key key;
    uint8_t cheat;

    (void)state;
    deal(3, 2);
    assert_int_equal(combine(&key, &cheat, chosen, 2), ATR_ERR_INPUT);
    chosen[1].node = 0;
    assert_int_equal(combine(&key, &cheat, chosen, 2), ATR_ERR_INPUT);
    chosen[1].node = 4;
    assert_int_equal(combine(&key, &cheat, chosen, 2), ATR_ERR_INPUT);
    chosen[1].node = 2; /* of node 1, under the name of node 2 */
    assert_int_equal(combine(&key, &cheat, chosen, 2), ATR_ERR_AUTH);
    assert_int_equal(cheat, 2);
}

static void the_commitments_are_of_one_polynomial(void **state)
{
    uint8_t other[ATR_BF_MPK_BYTES];
    atr_fr s;

    (void)state;
    deal(4, 2);
    assert_int_equal(atr_bf_issue_public_check(&pub, mpk), ATR_OK);
    for (size_t j = 0; j < 4; j++) {
        const atr_g2_affine good = pub.p[j];

        pub.p[j] = atr_g2_generator;
        assert_int_equal(atr_bf_issue_public_check(&pub, mpk), ATR_ERR_AUTH);
        pub.p[j] = good;
    }
    pub.threshold = 1; /* degree 0: all must be P */
    assert_int_equal(atr_bf_issue_public_check(&pub, mpk), ATR_ERR_AUTH);
    pub.threshold = 0;
    assert_int_equal(atr_bf_issue_public_check(&pub, mpk), ATR_ERR_AUTH);
    pub.threshold = 5;
    assert_int_equal(atr_bf_issue_public_check(&pub, mpk), ATR_ERR_AUTH);
    pub.threshold = 2;
    atr_bf_setup(&s, other, &rng);
    assert_int_equal(atr_bf_issue_public_check(&pub, other), ATR_ERR_AUTH);
    other[0] ^= 1;
    assert_int_equal(atr_bf_issue_public_check(&pub, other), ATR_ERR_AUTH);
    assert_int_equal(atr_bf_issue_public_check(&pub, mpk), ATR_OK);
}

static void the_public_part_survives_its_bytes(void **state)
{
    static uint8_t bytes[2 + 3 * ATR_G2_BYTES + 1];
    atr_builder builder = atr_builder_of(bytes, sizeof bytes);
    atr_bf_issue_public again;
    atr_reader reader;

    (void)state;
    deal(3, 2);
    atr_bf_issue_public_build(&builder, &pub);
    assert_int_equal(atr_builder_end(&builder), ATR_OK);
    assert_int_equal(builder.len, sizeof bytes - 1);
    reader = atr_reader_of(atr_builder_bytes(&builder));
    assert_int_equal(atr_bf_issue_public_read(&again, &reader), ATR_OK);
    assert_int_equal(atr_reader_end(&reader), ATR_OK);
    assert_memory_equal(&again, &pub, sizeof pub);
    for (size_t len = 0; len < builder.len; len++) {
        reader = atr_reader_of((atr_bytes){bytes, len});
        assert_int_equal(atr_bf_issue_public_read(&again, &reader),
                         ATR_ERR_INPUT);
        assert_int_equal(again.nodes, 0);
    }
    for (unsigned nodes = 0; nodes < 256; nodes++) {
        bytes[0] = (uint8_t)nodes;
        if (nodes != 2 && nodes != 3) { /* 2: trailing bytes, not ours */
            reader = atr_reader_of(atr_builder_bytes(&builder));
            assert_int_equal(atr_bf_issue_public_read(&again, &reader),
                             ATR_ERR_INPUT);
        }
    }
    bytes[0] = 3;
    for (unsigned threshold = 0; threshold < 256; threshold++) {
        bytes[1] = (uint8_t)threshold;
        reader = atr_reader_of(atr_builder_bytes(&builder));
        assert_int_equal(atr_bf_issue_public_read(&again, &reader),
                         threshold >= 1 && threshold <= 3 ? ATR_OK
                                                          : ATR_ERR_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_node_alone_is_an_authority),
        cmocka_unit_test(every_three_of_five_make_the_key),
        cmocka_unit_test(the_most_nodes_there_may_be),
        cmocka_unit_test(one_node_twice_is_not_two),
        cmocka_unit_test(the_commitments_are_of_one_polynomial),
        cmocka_unit_test(the_public_part_survives_its_bytes),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
