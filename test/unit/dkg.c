/* Ceremonies among honest nodes. */
#include "kit/dkg.h"

static ceremony c, d;

static uint16_t all_of(const ceremony *x)
{
    return (uint16_t)((1U << x->params.nodes) - 1);
}

/* The secret that the shares stand for belongs to the public side. */
static void check_secret(const ceremony *x, uint16_t set)
{
    for (size_t s = 0; s < x->params.secrets; s++) {
        atr_fr secret;
        atr_gt a;
        atr_g2_affine p;

        secret_of(&secret, x, s, set);
        atr_gt_pow(&a, &atr_gt_generator, &secret);
        assert_true(gt_same(&a, &x->node[0].result[s].a[0]));
        g2_times(&p, &atr_g2_generator, &secret);
        assert_true(g2_same(&p, &x->node[0].result[s].p[0]) ==
                    (x->params.group[s] == ATR_DKG_G2));
    }
}

static void a_ceremony_of(uint8_t nodes, uint8_t threshold, uint8_t secrets)
{
    ceremony_new(&c, nodes, threshold, secrets, 40U + nodes);
    ceremony_run(&c, NULL, ATR_DKG_DONE);
    check_result(&c, all_of(&c));
    check_secret(&c, (uint16_t)((1U << threshold) - 1));
    check_secret(&c, (uint16_t)(((1U << threshold) - 1)
                                << (nodes - threshold)));
    for (size_t i = 0; i < nodes; i++) {
        assert_int_equal(c.node[i].agreed, all_of(&c));
        assert_int_equal(c.node[i].qual, all_of(&c));
        assert_int_equal(c.node[i].differs, 0);
        assert_int_equal(c.node[i].fault[i], ATR_DKG_FAULT_NONE);
        assert_int_equal(atr_dkg_awaited(&c.node[i]), 0);
    }
    assert_int_equal(c.count, 5U * nodes); /* nobody is accused */
}

static void one_node_alone(void **state)
{
    (void)state;
    a_ceremony_of(1, 1, 1);
    a_ceremony_of(1, 1, 2);
}

static void two_of_three(void **state)
{
    (void)state;
    a_ceremony_of(3, 2, 2);
}

static void three_of_five(void **state)
{
    (void)state;
    a_ceremony_of(5, 3, 2);
}

static void eight_of_fifteen(void **state)
{
    (void)state;
    a_ceremony_of(15, 8, 1);
}

static void all_must_agree_and_any_may_issue(void **state)
{
    (void)state;
    a_ceremony_of(4, 4, 1);
    a_ceremony_of(4, 1, 1);
}

/* A key by the nodes in `set`, made with the shares of `x`. */
static atr_err issue(atr_abe_key *key, const ceremony *x, unsigned set)
{
    static atr_abe abe;
    static atr_abe_key part[5];
    atr_issue_partial chosen[5];
    size_t count = 0;
    atr_issue_public pub;
    atr_attrs attrs;
    atr_mpk mpk;
    uint8_t cheat;
    atr_rng rng;

    kit_rng(&rng, 50 + set);
    attrs_of(&attrs, "ONE, TWO");
    assert_int_equal(atr_dkg_issue(&pub, &mpk, &x->node[1], 0), ATR_OK);
    assert_int_equal(atr_abe_init(&abe, &mpk), ATR_OK);
    for (uint8_t i = 0; i < x->params.nodes; i++) {
        if ((set >> i & 1) != 0) {
            atr_abe_keygen(&part[i], &abe, &x->node[i].share[0], &attrs, &rng);
            chosen[count++] =
                (atr_issue_partial){(uint8_t)(i + 1), &part[i]};
        }
    }
    return atr_issue_combine(key, &cheat, &abe, &pub, &attrs, chosen, count,
                             &rng);
}

static void every_three_of_five_issue(void **state)
{
    atr_abe_key key;

    (void)state;
    ceremony_new(&c, 5, 3, 1, 41);
    ceremony_run(&c, NULL, ATR_DKG_DONE);
    for (unsigned set = 0; set < 32; set++) {
        assert_int_equal(issue(&key, &c, set),
                         __builtin_popcount(set) == 3 ? ATR_OK : ATR_ERR_INPUT);
    }
}

/* Each node hears what there is in an order of its own, some of it early and
 * some twice. */
static void the_order_does_not_matter(void **state)
{
    uint64_t seed = kit_seed();
    size_t at[3] = {0};
    atr_rng rng;

    (void)state;
    ceremony_new(&c, 3, 2, 2, 42);
    ceremony_run(&c, NULL, ATR_DKG_DONE);
    d = c;
    ceremony_begin(&d);
    kit_rng(&rng, seed);
    while (at[0] + at[1] + at[2] < 3 * c.count) {
        uint8_t i = (uint8_t)atr_rng_below_vartime(&rng, 3);
        const spoken *m = &c.log[atr_rng_below_vartime(&rng, c.count)];
        atr_dkg *dkg = &d.node[i];
        bool new = (dkg->heard[m->round] >> (m->node - 1) & 1) == 0;
        atr_err err = atr_dkg_recv(dkg, spoken_bytes(m));

        assert_int_equal(err, m->round > dkg->round ? ATR_ERR_STATE : ATR_OK);
        at[i] += new && err == ATR_OK;
    }
    for (size_t i = 0; i < 3; i++) {
        assert_memory_equal(&d.node[i].share, &c.node[i].share,
                            sizeof c.node[i].share);
        assert_memory_equal(d.node[i].hash, c.node[i].hash, ATR_HASH_BYTES);
        assert_int_equal(d.node[i].agreed, 7);
    }
}

/* Killed after each message and made again from its seed and what it heard. */
static void after_a_crash_at_every_step(void **state)
{
    static const uint8_t same[5] = {1, 2, 3, 0, 0};
    static atr_dkg again;
    static spoken before, after;

    (void)state;
    for (size_t turn = 0; turn < 2; turn++) {
        if (turn == 0) {
            ceremony_new(&c, 3, 2, 2, 43);
        } else {
            d = c;
            ceremony_reshare(&c, &d, 4, 3, same, 44);
        }
        ceremony_run(&c, NULL, ATR_DKG_DONE);
        node_begin(&c, &c.node[1], 2);
        for (size_t heard = 0; heard < c.count; heard++) {
            bool speaks = speak(&before, &c.node[1]);

            node_begin(&c, &again, 2);
            for (size_t i = 0; i < heard; i++) {
                assert_int_equal(atr_dkg_recv(&again, spoken_bytes(&c.log[i])),
                                 ATR_OK);
            }
            assert_int_equal(speak(&after, &again), speaks);
            if (speaks) {
                assert_int_equal(before.len, after.len);
                assert_memory_equal(before.bytes, after.bytes, before.len);
            }
            assert_memory_equal(&again, &c.node[1], sizeof again);
            assert_int_equal(
                atr_dkg_recv(&c.node[1], spoken_bytes(&c.log[heard])), ATR_OK);
        }
        assert_int_equal(c.node[1].round, ATR_DKG_DONE);
    }
}

static void reshared(uint8_t nodes, uint8_t threshold, const uint8_t *old_node,
                     uint64_t seed)
{
    ceremony_reshare(&d, &c, nodes, threshold, old_node, seed);
    ceremony_run(&d, NULL, ATR_DKG_DONE);
    check_result(&d, all_of(&d));
    check_secret(&d, (uint16_t)((1U << threshold) - 1));
    for (size_t s = 0; s < d.params.secrets; s++) {
        assert_true(gt_same(&d.node[0].result[s].a[0],
                            &c.node[0].result[s].a[0]));
        assert_true(g2_same(&d.node[0].result[s].p[0],
                            &c.node[0].result[s].p[0]));
    }
}

static void a_refresh_keeps_the_secret_and_no_share(void **state)
{
    static const uint8_t same[5] = {1, 2, 3, 4, 5};

    (void)state;
    ceremony_new(&c, 5, 3, 2, 45);
    ceremony_run(&c, NULL, ATR_DKG_DONE);
    reshared(5, 3, same, 46);
    for (size_t i = 0; i < 5; i++) {
        assert_memory_not_equal(&d.node[i].share[0], &c.node[i].share[0],
                                sizeof c.node[i].share[0]);
    }
    c = d; /* and once more, of the new shares */
    reshared(5, 3, same, 47);
}

static void other_nodes_and_other_numbers(void **state)
{
    static const uint8_t lost[5] = {1, 0, 3, 4, 5};
    static const uint8_t moved[3] = {5, 1, 4};
    static const uint8_t grown[7] = {0, 2, 0, 3, 0, 1, 0};

    (void)state;
    ceremony_new(&c, 5, 3, 1, 48);
    ceremony_run(&c, NULL, ATR_DKG_DONE);
    reshared(5, 3, lost, 49); /* a new node 2 */
    reshared(3, 2, moved, 50);
    c = d;
    reshared(7, 5, grown, 51);
}

static void from_one_node_to_five_and_back(void **state)
{
    static const uint8_t first[5] = {1, 0, 0, 0, 0};

    (void)state;
    ceremony_new(&c, 1, 1, 2, 52);
    ceremony_run(&c, NULL, ATR_DKG_DONE);
    reshared(5, 3, first, 53);
    c = d;
    ceremony_reshare(&d, &c, 3, 1, (const uint8_t[3]){1, 2, 3}, 54);
    ceremony_run(&d, NULL, ATR_DKG_DONE);
    check_result(&d, 7);
}

/* One wrong parameter after another. */
static void parameters_that_are_refused(void **state)
{
    static const uint8_t two[3] = {1, 2, 0};
    static atr_dkg dkg;
    static const atr_dkg zero;

    (void)state;
    ceremony_new(&d, 3, 2, 1, 55);
    ceremony_run(&d, NULL, ATR_DKG_DONE);
    ceremony_reshare(&c, &d, 3, 2, two, 56);
    for (unsigned at = 0; at < 20; at++) {
        atr_dkg_params p = params_of(&c, 1);
        atr_fr other = c.old_share[1][0];

        switch (at) {
        case 0: break; /* nothing is wrong */
        case 1: p.kind = (atr_dkg_kind)3; break;
        case 2: p.nodes = 0; break;
        case 3: p.nodes = 16; break;
        case 4: p.threshold = 0; break;
        case 5: p.threshold = 4; break;
        case 6: p.self = 0; break;
        case 7: p.self = 4; break;
        case 8: p.secrets = 0; break;
        case 9: p.secrets = 3; break;
        case 10: p.group[0] = (atr_dkg_group)3; break;
        case 11: p.scheme = 0; break;
        case 12: memcpy(p.vk[2], p.vk[1], 32); break;
        case 13: p.sk = c.sk[1]; break;
        case 14: p.old = NULL; break;
        case 15: p.old_threshold = 0; break;
        case 16: p.old_threshold = 3; break; /* two deal */
        case 17: p.old_node[1] = 1; break;
        case 18: p.old_share = NULL; break;
        default: p.old_share = &other; break;
        }
        assert_int_equal(atr_dkg_init(&dkg, &p, c.seed[0]),
                         at == 0 ? ATR_OK : ATR_ERR_INPUT);
        if (at != 0) {
            assert_memory_equal(&dkg, &zero, sizeof zero);
        }
    }
}

static void no_room_for_a_message(void **state)
{
    static uint8_t bytes[ATR_DKG_MESSAGE_BYTES_MAX];

    (void)state;
    ceremony_new(&c, 3, 2, 1, 57);
    for (size_t cap = 0; cap < ATR_DKG_HEAD_BYTES + 32 + 64; cap++) {
        atr_builder b = atr_builder_of(bytes, cap);

        assert_int_equal(atr_dkg_outgoing(&b, &c.node[0]), ATR_ERR_LIMIT);
    }
}

static void every_fault_has_a_name(void **state)
{
    (void)state;
    for (int f = ATR_DKG_FAULT_NONE; f <= ATR_DKG_FAULT_EQUIVOCATION; f++) {
        for (int g = ATR_DKG_FAULT_NONE; g < f; g++) {
            assert_string_not_equal(atr_dkg_fault_text((atr_dkg_fault)f),
                                    atr_dkg_fault_text((atr_dkg_fault)g));
        }
    }
    assert_string_equal(atr_dkg_fault_text((atr_dkg_fault)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_node_alone),
        cmocka_unit_test(two_of_three),
        cmocka_unit_test(three_of_five),
        cmocka_unit_test(eight_of_fifteen),
        cmocka_unit_test(all_must_agree_and_any_may_issue),
        cmocka_unit_test(every_three_of_five_issue),
        cmocka_unit_test(the_order_does_not_matter),
        cmocka_unit_test(after_a_crash_at_every_step),
        cmocka_unit_test(a_refresh_keeps_the_secret_and_no_share),
        cmocka_unit_test(other_nodes_and_other_numbers),
        cmocka_unit_test(from_one_node_to_five_and_back),
        cmocka_unit_test(parameters_that_are_refused),
        cmocka_unit_test(no_room_for_a_message),
        cmocka_unit_test(every_fault_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
