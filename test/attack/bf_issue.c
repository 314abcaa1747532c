/* Attacks on identity keys from several nodes: 2 of 3. */
#include "kit/ibe.h"

#include "scheme/bf_issue.h"

static ibe_authority authority;
static atr_fr shares[3];
static atr_bf_issue_public pub;
static atr_identity alice;
static atr_identity bob;
static atr_rng rng;

static int setup(void **state)
{
    (void)state;
    ibe_authority_init(&authority, 1051);
    kit_rng(&rng, 1052);
    atr_bf_issue_deal(shares, &pub, &authority.s, 3, 2, &rng);
    alice = identity_of("alice@example.org", 0);
    bob = identity_of("bob@example.org", 0);
    return 0;
}

static atr_bf_key partial_of(size_t node, const atr_identity *id)
{
    atr_bf_key out;

    atr_bf_extract(&out, &authority.bf, &shares[node - 1], id);
    return out;
}

static atr_g1_affine times(const atr_g1_affine *a, const atr_fr *k)
{
    atr_g1_affine out;
    atr_g1 point;

    atr_g1_mul(&point, a, k);
    atr_g1_to_affine(&out, &point);
    return out;
}

static atr_g1_affine plus(const atr_g1_affine *a, const atr_g1_affine *b)
{
    atr_g1_affine out;
    atr_g1 sum;

    atr_g1_from_affine(&sum, a);
    atr_g1_add_affine(&sum, &sum, b);
    atr_g1_to_affine(&out, &sum);
    return out;
}

/* What the library would not do: Lagrange at 0 for the nodes 1 and 2, weights
 * 2 and -1, whatever the partials are of. */
static atr_bf_key mix(const atr_bf_key *one, const atr_bf_key *two,
                      const atr_identity *claimed)
{
    const atr_fr weight[2] = {atr_fr_of(2), atr_fr_of(1)};
    const atr_g1_affine a = times(&one->d, &weight[0]);
    atr_g1_affine b = times(&two->d, &weight[1]);
    atr_bf_key out = {.id = *claimed};

    atr_g1_affine_neg(&b, &b);
    out.d = plus(&a, &b);
    return out;
}

static void a_node_that_cheats_is_named(void **state)
{
    atr_bf_key part[2] = {partial_of(1, &alice), partial_of(3, &alice)};
    const atr_bf_issue_partial chosen[2] = {{1, &part[0]}, {3, &part[1]}};
    atr_bf_key key;
    uint8_t cheat;

    (void)state;
    for (size_t bad = 0; bad < 2; bad++) {
        const atr_bf_key good = part[bad];
        const atr_bf_key lies[3] = {
            {.id = alice, .d = plus(&good.d, &atr_g1_generator)},
            {.id = bob, .d = good.d}, /* Alice's, called Bob's */
            partial_of(bad == 0 ? 1 : 3, &bob),
        };

        for (size_t i = 0; i < 3; i++) {
            part[bad] = lies[i];
            assert_int_equal(atr_bf_issue_combine(&key, &cheat, &authority.bf,
                                                  &pub, &alice, chosen, 2),
                             ATR_ERR_AUTH);
            assert_int_equal(cheat, bad == 0 ? 1 : 3);
            assert_int_equal(key.id.len, 0);
        }
        part[bad] = good;
        assert_int_equal(atr_bf_issue_combine(&key, &cheat, &authority.bf, &pub,
                                              &alice, chosen, 2),
                         ATR_OK);
    }
}

/* Commitments that do not belong to the mpk: every partial is good, the whole
 * is not, and nobody in particular is to blame. */
static void a_false_dealing_is_seen_at_the_end(void **state)
{
    atr_bf_issue_public other_pub;
    atr_fr other[3];
    atr_bf_key part[2];
    const atr_bf_issue_partial chosen[2] = {{1, &part[0]}, {2, &part[1]}};
    atr_bf_key key;
    uint8_t cheat;
    atr_fr s;

    (void)state;
    atr_fr_random(&s, &rng);
    atr_bf_issue_deal(other, &other_pub, &s, 3, 2, &rng);
    for (size_t i = 0; i < 2; i++) {
        atr_bf_extract(&part[i], &authority.bf, &other[i], &alice);
    }
    assert_int_equal(atr_bf_issue_combine(&key, &cheat, &authority.bf,
                                          &other_pub, &alice, chosen, 2),
                     ATR_ERR_AUTH);
    assert_int_equal(cheat, 0);
    assert_int_equal(key.id.len, 0);
}

static void partials_of_two_identities_do_not_combine(void **state)
{
    const atr_bf_key one = partial_of(1, &alice);
    const atr_bf_key two = partial_of(2, &alice);
    const atr_bf_key other = partial_of(2, &bob);
    const atr_bf_issue_partial chosen[2] = {{1, &one}, {2, &other}};
    atr_bf_key key;
    uint8_t cheat;

    (void)state;
    assert_int_equal(atr_bf_issue_combine(&key, &cheat, &authority.bf, &pub,
                                          &alice, chosen, 2),
                     ATR_ERR_AUTH);
    assert_int_equal(cheat, 2);
    /* And where nobody looks at the names, the algebra refuses. */
    key = mix(&one, &other, &alice);
    assert_int_equal(atr_bf_key_check(&authority.bf, &key), ATR_ERR_AUTH);
    key = mix(&one, &other, &bob);
    assert_int_equal(atr_bf_key_check(&authority.bf, &key), ATR_ERR_AUTH);
    key = mix(&one, &two, &alice); /* the mixture itself is right */
    assert_int_equal(atr_bf_key_check(&authority.bf, &key), ATR_OK);
}

/* Another period is another identity: a key does not outlive its own. */
static void partials_of_two_periods_do_not_combine(void **state)
{
    const atr_identity later = identity_of("alice@example.org", 1);
    const atr_bf_key one = partial_of(1, &alice);
    const atr_bf_key two = partial_of(2, &later);
    atr_bf_key key = mix(&one, &two, &later);

    (void)state;
    assert_int_equal(atr_bf_key_check(&authority.bf, &key), ATR_ERR_AUTH);
    key = mix(&one, &two, &alice);
    assert_int_equal(atr_bf_key_check(&authority.bf, &key), ATR_ERR_AUTH);
}

static void one_partial_is_no_key(void **state)
{
    (void)state;
    for (size_t node = 1; node <= 3; node++) {
        const atr_bf_key part = partial_of(node, &alice);

        assert_int_equal(atr_bf_key_check(&authority.bf, &part), ATR_ERR_AUTH);
    }
}

/* After a new dealing of the same s, old and new shares do not mix. */
static void shares_of_two_dealings_do_not_mix(void **state)
{
    atr_bf_issue_public pub2;
    atr_fr shares2[3];
    atr_bf_key one = partial_of(1, &alice);
    atr_bf_key two;
    atr_bf_key key;

    (void)state;
    atr_bf_issue_deal(shares2, &pub2, &authority.s, 3, 2, &rng);
    atr_bf_extract(&two, &authority.bf, &shares2[1], &alice);
    key = mix(&one, &two, &alice);
    assert_int_equal(atr_bf_key_check(&authority.bf, &key), ATR_ERR_AUTH);
    atr_bf_extract(&one, &authority.bf, &shares2[0], &alice);
    key = mix(&one, &two, &alice);
    assert_int_equal(atr_bf_key_check(&authority.bf, &key), ATR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_node_that_cheats_is_named),
        cmocka_unit_test(a_false_dealing_is_seen_at_the_end),
        cmocka_unit_test(partials_of_two_identities_do_not_combine),
        cmocka_unit_test(partials_of_two_periods_do_not_combine),
        cmocka_unit_test(one_partial_is_no_key),
        cmocka_unit_test(shares_of_two_dealings_do_not_mix),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
