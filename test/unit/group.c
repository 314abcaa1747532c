/* Group Diffie-Hellman between honest parties: one key, and the counts of the
 * papers (Steiner, Tsudik, Waidner, CCS 1996, table 1; Burmester, Desmedt,
 * EUROCRYPT 1994; crypto notes, 8.2 to 8.4). */
#include "kit/group.h"

static uint64_t seed;

static int setup(void **state)
{
    (void)state;
    seed = kit_seed();
    return 0;
}

static void everybody_computes_one_key(void **state)
{
    (void)state;
    for (unsigned m = 0; m < ATR_GROUP_METHODS; m++) {
        for (uint32_t n = 2; n <= 9; n++) {
            ring r;

            ring_init(&r, (atr_group_method_id)m, n, seed + 100 * m + n);
            assert_int_equal(ring_setup(&r), ATR_OK);
            ring_agrees(&r);
            ring_wipe(&r);
        }
    }
}

/* The key of GDH is g^{x_1 .. x_n} and of BD g^{x_1 x_2 + .. + x_n x_1}:
 * another run with the same exponents, in whatever order the wire has, gives
 * the same key. */
static void the_order_of_arrival_does_not_matter(void **state)
{
    (void)state;
    for (unsigned m = 0; m < ATR_GROUP_METHODS; m++) {
        uint8_t key[ATR_GROUP_KEY_BYTES];
        ring r;

        for (uint64_t weather = 0; weather < 4; weather++) {
            ring_init(&r, (atr_group_method_id)m, 6, seed);
            kit_rng(&r.weather, seed + weather);
            /* exponents are drawn at the beginning: the same each time */
            assert_int_equal(ring_setup(&r), ATR_OK);
            if (weather == 0) {
                memcpy(key, r.party[0].key, sizeof key);
            }
            assert_memory_equal(key, r.party[0].key, sizeof key);
            ring_wipe(&r);
        }
    }
}

typedef struct {
    atr_group_method_id method;
    uint64_t messages, broadcasts, points, powers, inverses, products;
} closed_form;

static void forms_of(closed_form forms[4], uint64_t n)
{
    const closed_form all[4] = {
        {ATR_GROUP_GDH1, 2 * (n - 1), 0, n * (n - 1), (n + 3) * n / 2 - 1, 0,
         0},
        {ATR_GROUP_GDH2, n, 1, (n - 1) * (n + 4) / 2 - 1, (n + 3) * n / 2 - 1,
         0, 0},
        /* 5n - 6 with the inverses, of which the last but one has none */
        {ATR_GROUP_GDH3, 2 * n - 1, 2, 3 * (n - 1), 4 * n - 4, n - 2, 0},
        {ATR_GROUP_BD, 2 * n, 2 * n, 2 * n, 3 * n, 0, n * (2 * n - 1)},
    };

    memcpy(forms, all, sizeof all);
}

static void counts_are_those_of_the_papers(void **state)
{
    (void)state;
    for (uint32_t n = 2; n <= 10; n++) {
        closed_form forms[4];

        forms_of(forms, n);
        for (size_t f = 0; f < 4; f++) {
            atr_group_cost cost;
            ring r;

            ring_init(&r, forms[f].method, n, seed + n);
            assert_int_equal(ring_setup(&r), ATR_OK);
            cost = ring_cost(&r);
            assert_int_equal(r.sent.messages, forms[f].messages);
            assert_int_equal(r.sent.broadcasts, forms[f].broadcasts);
            assert_int_equal(r.sent.points, forms[f].points);
            assert_int_equal(cost.powers, forms[f].powers);
            assert_int_equal(cost.inverses, forms[f].inverses);
            assert_int_equal(cost.products, forms[f].products);
            ring_wipe(&r);
        }
    }
}

/* GDH.1 and 2: party i, from 1, raises i + 1 times and the last one n times.
 * GDH.3: 4 with the inverse, the last but one 2, the last n. BD: 3. */
static void counts_of_one_party(void **state)
{
    enum { N = 7 };
    static const atr_group_method_id lists[] = {ATR_GROUP_GDH1, ATR_GROUP_GDH2};
    ring r;

    (void)state;
    for (size_t m = 0; m < 2; m++) {
        ring_init(&r, lists[m], N, seed);
        assert_int_equal(ring_setup(&r), ATR_OK);
        for (uint32_t i = 1; i < N; i++) {
            assert_int_equal(r.party[i - 1].cost.powers, i + 1);
        }
        assert_int_equal(r.party[N - 1].cost.powers, N);
        ring_wipe(&r);
    }
    ring_init(&r, ATR_GROUP_GDH3, N, seed);
    assert_int_equal(ring_setup(&r), ATR_OK);
    for (uint32_t i = 0; i < N - 2; i++) {
        assert_int_equal(r.party[i].cost.powers + r.party[i].cost.inverses, 4);
    }
    assert_int_equal(r.party[N - 2].cost.powers, 2);
    assert_int_equal(r.party[N - 1].cost.powers, N);
    ring_wipe(&r);
    ring_init(&r, ATR_GROUP_BD, N, seed);
    assert_int_equal(ring_setup(&r), ATR_OK);
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(r.party[i].cost.powers, 3);
    }
    ring_wipe(&r);
}

/* Cliques: a join is two messages, n + 1 powers each for the controller and
 * the newcomer and one for each other; a leave is one message. */
static void a_join_and_a_leave_of_gdh2(void **state)
{
    enum { N = 6 };
    atr_group_cost before[N + 1];
    atr_group leaver;
    ring r;

    (void)state;
    ring_init(&r, ATR_GROUP_GDH2, N, seed);
    assert_int_equal(ring_setup(&r), ATR_OK);
    for (uint32_t i = 0; i < N; i++) {
        before[i] = r.party[i].cost;
    }
    assert_int_equal(ring_join(&r), ATR_OK);
    assert_int_equal(r.sent.messages, 2);
    for (uint32_t i = 0; i < N - 1; i++) {
        assert_int_equal(r.party[i].cost.powers - before[i].powers, 1);
    }
    assert_int_equal(r.party[N - 1].cost.powers - before[N - 1].powers, N + 1);
    assert_int_equal(r.party[N].cost.powers, N + 1);
    before[N] = r.party[N].cost;
    assert_int_equal(ring_leave(&r, 2, &leaver), ATR_OK);
    assert_int_equal(r.sent.messages, 1);
    assert_int_equal(r.party[N - 1].cost.powers - before[N].powers, N);
    atr_group_wipe(&leaver);
    ring_wipe(&r);
}

/* Signatures of Bresson, Chevassut, Pointcheval: n, 1, and 1 + joiners. */
static void signatures_of_bcp(void **state)
{
    enum { N = 5 };
    atr_group leaver;
    uint64_t signs;
    ring r;

    (void)state;
    ring_init(&r, ATR_GROUP_BCP, N, seed);
    assert_int_equal(ring_setup(&r), ATR_OK);
    assert_int_equal(ring_cost(&r).signs, N);
    assert_int_equal(ring_cost(&r).verifies, 2 * (N - 1));
    assert_int_equal(ring_join(&r), ATR_OK);
    assert_int_equal(ring_cost(&r).signs, N + 2);
    signs = r.party[N].cost.signs;
    assert_int_equal(ring_leave(&r, 0, &leaver), ATR_OK);
    assert_int_equal(r.party[N - 1].cost.signs, signs + 1);
    atr_group_wipe(&leaver);
    ring_wipe(&r);
}

/* Any sequence of changes ends with one key that was never there before. */
static void changes_in_any_order_give_fresh_keys(void **state)
{
    enum { STEPS = 24 };
    uint8_t keys[STEPS][ATR_GROUP_KEY_BYTES];
    atr_rng choice;

    (void)state;
    kit_rng(&choice, seed);
    for (unsigned m = 0; m < ATR_GROUP_METHODS; m++) {
        ring r;

        ring_init(&r, (atr_group_method_id)m, 3, seed + m);
        assert_int_equal(ring_setup(&r), ATR_OK);
        for (size_t step = 0; step < STEPS; step++) {
            uint64_t what = atr_rng_below_vartime(&choice, 3);
            atr_group leaver = {0};
            atr_err err;

            if (r.count == 2 || (what == 0 && r.count < RING_MAX)) {
                err = ring_join(&r);
            } else if (what == 1) {
                uint64_t who = atr_rng_below_vartime(&choice, r.count);

                err = ring_leave(&r, (uint32_t)who, &leaver);
            } else {
                err = ring_refresh(&r);
            }
            assert_int_equal(err, ATR_OK);
            ring_agrees(&r);
            memcpy(keys[step], r.party[0].key, sizeof keys[step]);
            for (size_t i = 0; i < step; i++) {
                assert_memory_not_equal(keys[i], keys[step], sizeof keys[i]);
            }
            atr_group_wipe(&leaver);
        }
        ring_wipe(&r);
    }
}

static void groups_too_small_and_too_large(void **state)
{
    static atr_group_public roster[ATR_GROUP_PARTIES_MAX + 1];
    atr_group_setup setup = {.roster = roster, .self = 0};
    atr_group_identity me;
    atr_group group;
    atr_rng rng;
    kit_heap heap = {0};
    atr_mem mem = kit_mem(&heap, 1 << 20);

    (void)state;
    kit_rng(&rng, seed);
    atr_group_identity_init(&me, &rng);
    roster[0] = me.known;
    setup.identity = &me;
    for (uint32_t n = 0; n < 2; n++) {
        setup.count = n;
        assert_int_equal(atr_group_init(&group, &setup, &mem, &rng),
                         ATR_ERR_LIMIT);
    }
    setup.count = ATR_GROUP_PARTIES_MAX + 1;
    assert_int_equal(atr_group_init(&group, &setup, &mem, &rng), ATR_ERR_LIMIT);
    setup.count = 3;
    setup.self = 3;
    assert_int_equal(atr_group_init(&group, &setup, &mem, &rng), ATR_ERR_INPUT);
    setup.self = 1; /* somebody else's place */
    assert_int_equal(atr_group_init(&group, &setup, &mem, &rng), ATR_ERR_INPUT);
    assert_int_equal(heap.blocks, 0);
}

/* Two cannot become one, and the last step must have ended. */
static void steps_out_of_order_change_nothing(void **state)
{
    atr_group_public stranger = {{0}, {0}};
    atr_group *party;
    ring r;

    (void)state;
    ring_init(&r, ATR_GROUP_BCP, 2, seed);
    party = &r.party[0];
    assert_int_equal(atr_group_begin(party, ATR_GROUP_REFRESH, NULL, 0),
                     ATR_ERR_STATE);
    assert_int_equal(atr_group_begin(party, ATR_GROUP_LEAVE, NULL, 1),
                     ATR_ERR_STATE);
    assert_int_equal(atr_group_begin(party, ATR_GROUP_JOIN, &stranger, 0),
                     ATR_ERR_STATE);
    assert_int_equal(ring_setup(&r), ATR_OK);
    assert_int_equal(atr_group_begin(party, ATR_GROUP_SETUP, NULL, 0),
                     ATR_ERR_STATE);
    assert_int_equal(atr_group_begin(party, ATR_GROUP_LEAVE, NULL, 1),
                     ATR_ERR_LIMIT);
    assert_int_equal(atr_group_begin(party, ATR_GROUP_LEAVE, NULL, 0),
                     ATR_ERR_STATE);
    ring_agrees(&r);
    ring_wipe(&r);
}

/* Every request for memory may be refused: an error, and no leak. */
static void memory_runs_out(void **state)
{
    (void)state;
    for (unsigned m = 0; m < ATR_GROUP_METHODS; m++) {
        for (size_t at = 1;; at++) {
            ring r;
            bool failed = false;
            bool refused;

            ring_init(&r, (atr_group_method_id)m, 4, seed);
            r.heap.requests = 0;
            r.heap.fail_at = at;
            for (uint32_t i = 0; i < r.count; i++) {
                failed |= atr_group_begin(&r.party[i], ATR_GROUP_SETUP, NULL,
                                          0) != ATR_OK;
            }
            failed |= ring_run(&r) != ATR_OK;
            refused = r.heap.requests >= at;
            assert_true(refused || !failed);
            if (!failed) { /* a queue may do without */
                ring_agrees(&r);
            }
            ring_wipe(&r);
            if (!refused) {
                break;
            }
            assert_true(at < 200);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_computes_one_key),
        cmocka_unit_test(the_order_of_arrival_does_not_matter),
        cmocka_unit_test(counts_are_those_of_the_papers),
        cmocka_unit_test(counts_of_one_party),
        cmocka_unit_test(a_join_and_a_leave_of_gdh2),
        cmocka_unit_test(signatures_of_bcp),
        cmocka_unit_test(changes_in_any_order_give_fresh_keys),
        cmocka_unit_test(groups_too_small_and_too_large),
        cmocka_unit_test(steps_out_of_order_change_nothing),
        cmocka_unit_test(memory_runs_out),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
