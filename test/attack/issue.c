/* Attacks on issuance by several nodes. */
#include "kit/abe.h"

static atr_fr shares[3];
static atr_issue_public pub;
static atr_rng rng;

static authority *fabeo(void)
{
    return authority_of(ATR_SCHEME_FABEO);
}

static int setup(void **state)
{
    (void)state;
    kit_rng(&rng, 71);
    atr_issue_deal(shares, &pub, &fabeo()->alpha, 3, 2, &rng);
    return 0;
}

static void partial_of(atr_abe_key *out, size_t node, const char *attrs)
{
    atr_attrs set;

    attrs_of(&set, attrs);
    atr_abe_keygen(out, &fabeo()->abe, &shares[node - 1], &set, &rng);
}

/* Each component of a partial key spoilt: the node is named. */
static void a_node_that_cheats_is_named(void **state)
{
    atr_abe_key part[2];
    atr_abe_key good;
    atr_abe_key key;
    atr_attrs asked;
    uint8_t cheat;

    (void)state;
    attrs_of(&asked, "ONE, TWO");
    partial_of(&part[0], 1, "ONE, TWO");
    partial_of(&part[1], 3, "ONE, TWO");
    for (size_t bad = 0; bad < 2; bad++) {
        const atr_issue_partial chosen[2] = {{1, &part[0]}, {3, &part[1]}};

        good = part[bad];
        for (size_t at = 0; at < 5; at++) {
            part[bad] = good;
            if (at == 0) {
                g2_plus(&part[bad].k1, &good.k1, &atr_g2_generator);
                atr_abe_key_ready(&part[bad]);
            } else if (at == 1) {
                g1_plus(&part[bad].k3, &good.k3, &atr_g1_generator);
            } else if (at < 4) {
                g1_plus(&part[bad].k2[at - 2], &good.k2[at - 2],
                        &atr_g1_generator);
            } else { /* a good key for less than was asked for */
                attrs_of(&part[bad].attrs, "ONE");
            }
            assert_int_equal(atr_issue_combine(&key, &cheat, &fabeo()->abe,
                                               &pub, &asked, chosen, 2, &rng),
                             ATR_ERR_AUTH);
            assert_int_equal(cheat, bad == 0 ? 1 : 3);
            assert_int_equal(key.attrs.count, 0);
        }
        part[bad] = good;
        assert_int_equal(atr_issue_combine(&key, &cheat, &fabeo()->abe, &pub,
                                           &asked, chosen, 2, &rng),
                         ATR_OK);
    }
}

/* Commitments that do not belong to the mpk: every partial is good, the whole
 * is not, and nobody in particular is to blame. */
static void a_false_dealing_is_seen_at_the_end(void **state)
{
    atr_issue_public other_pub;
    atr_fr other[3];
    atr_abe_key part[2];
    const atr_issue_partial chosen[2] = {{1, &part[0]}, {2, &part[1]}};
    atr_abe_key key;
    atr_attrs asked;
    atr_fr alpha;
    uint8_t cheat;

    (void)state;
    atr_fr_random(&alpha, &rng);
    atr_issue_deal(other, &other_pub, &alpha, 3, 2, &rng);
    attrs_of(&asked, "ONE");
    for (size_t i = 0; i < 2; i++) {
        atr_abe_keygen(&part[i], &fabeo()->abe, &other[i], &asked, &rng);
    }
    assert_int_equal(atr_issue_combine(&key, &cheat, &fabeo()->abe, &other_pub,
                                       &asked, chosen, 2, &rng),
                     ATR_ERR_AUTH);
    assert_int_equal(cheat, 0);
}

/* Lagrange at 0 for the nodes 1 and 2: weights 2 and -1. */
static void mix(atr_abe_key *out, const atr_abe_key *one,
                const atr_abe_key *two, const char *attrs)
{
    const atr_fr plus = atr_fr_of(2);
    atr_fr minus = atr_fr_of(1);
    atr_g2_affine g2[2];
    atr_g1_affine g1[2];

    atr_fr_neg(&minus, &minus);
    memset(out, 0, sizeof *out);
    attrs_of(&out->attrs, attrs);
    g2_times(&g2[0], &one->k1, &plus);
    g2_times(&g2[1], &two->k1, &minus);
    g2_plus(&out->k1, &g2[0], &g2[1]);
    atr_abe_key_ready(out);
    g1_times(&g1[0], &one->k3, &plus);
    g1_times(&g1[1], &two->k3, &minus);
    g1_plus(&out->k3, &g1[0], &g1[1]);
    for (size_t i = 0; i < out->attrs.count; i++) {
        size_t a = atr_attrs_find(&one->attrs, &out->attrs.attr[i]);
        size_t b = atr_attrs_find(&two->attrs, &out->attrs.attr[i]);

        memset(g1, 0, sizeof g1);
        if (a < one->attrs.count) {
            g1_times(&g1[0], &one->k2[a], &plus);
        }
        if (b < two->attrs.count) {
            g1_times(&g1[1], &two->k2[b], &minus);
        }
        g1_plus(&out->k2[i], &g1[0], &g1[1]);
    }
}

static atr_err check(const atr_abe_key *key)
{
    return atr_abe_key_check(&fabeo()->abe, &fabeo()->abe.mpk.a, key, &rng);
}

/* Of one issuance the attributes X, Y; of another Y, Z: together a key for Y
 * alone. */
static void two_issuances_give_the_intersection(void **state)
{
    atr_abe_key one;
    atr_abe_key two;
    atr_abe_key key;

    (void)state;
    partial_of(&one, 1, "X, Y");
    partial_of(&two, 2, "Y, Z");
    mix(&key, &one, &two, "Y");
    assert_int_equal(check(&key), ATR_OK);
    mix(&key, &one, &two, "X, Y");
    assert_int_equal(check(&key), ATR_ERR_AUTH);
    mix(&key, &one, &two, "Y, Z");
    assert_int_equal(check(&key), ATR_ERR_AUTH);
    mix(&key, &one, &two, "X, Y, Z");
    assert_int_equal(check(&key), ATR_ERR_AUTH);
}

static void one_partial_is_no_key(void **state)
{
    atr_abe_key part;

    (void)state;
    for (size_t node = 1; node <= 3; node++) {
        partial_of(&part, node, "X");
        assert_int_equal(check(&part), ATR_ERR_AUTH);
    }
}

/* After a new dealing of the same alpha, old and new shares do not mix. */
static void shares_of_two_dealings_do_not_mix(void **state)
{
    atr_issue_public pub2;
    atr_fr shares2[3];
    atr_abe_key one;
    atr_abe_key two;
    atr_abe_key key;
    atr_attrs set;

    (void)state;
    atr_issue_deal(shares2, &pub2, &fabeo()->alpha, 3, 2, &rng);
    attrs_of(&set, "X");
    partial_of(&one, 1, "X");
    atr_abe_keygen(&two, &fabeo()->abe, &shares2[1], &set, &rng);
    mix(&key, &one, &two, "X");
    assert_int_equal(check(&key), ATR_ERR_AUTH);
    atr_abe_keygen(&one, &fabeo()->abe, &shares2[0], &set, &rng);
    mix(&key, &one, &two, "X");
    assert_int_equal(check(&key), ATR_OK);
}

/* Nothing public is a point of G1 or G2 with alpha or a share in it: what is
 * public is GT elements, and their size says so. */
static void public_values_are_of_gt(void **state)
{
    uint8_t bytes[4096];
    atr_builder builder = atr_builder_of(bytes, sizeof bytes);

    (void)state;
    atr_issue_public_build(&builder, &pub);
    assert_int_equal(builder.len, 2 + 3 * ATR_GT_BYTES);
    assert_int_equal(ATR_MPK_BYTES, 1 + ATR_GT_BYTES);
    for (size_t j = 0; j < 3; j++) {
        atr_gt expected;

        atr_gt_pow(&expected, &atr_gt_generator, &shares[j]);
        assert_true(gt_same(&expected, &pub.a[j]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_that_cheats_is_named),
        cmocka_unit_test(a_false_dealing_is_seen_at_the_end),
        cmocka_unit_test(two_issuances_give_the_intersection),
        cmocka_unit_test(one_partial_is_no_key),
        cmocka_unit_test(shares_of_two_dealings_do_not_mix),
        cmocka_unit_test(public_values_are_of_gt),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
