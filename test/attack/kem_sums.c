/* Many capsules compared by sums: no errors of theirs take each other away,
 * nothing outside the groups passes, and one that is refused harms no other.
 */
#include "curve/batch.h"
#include "kit/cheat.h"
#include "kit/curve.h"

static const uint8_t schemes[] = {ATR_SCHEME_FABEO, ATR_SCHEME_W11};

#define EACH_SCHEME(a)                                                         \
    for (size_t round_ = 0; round_ < 2; round_++)                              \
        for (authority *a = authority_of(schemes[round_]); a != NULL; a = NULL)

#define COUNT                                                                  \
    19          /* so many are compared by sums; rows make part of an eight    \
                 */
#define MANY 70 /* more than are opened at once */
#define POLICY_TEXT "A and (B or C)"
#define UNUSED 2 /* the row of C, which the key lacks */

/* So many rows that the order of 64 times ten is told by sums as well. */
#define LONG_TEXT "A and (B or C or E or F or G or H or I or J or K)"
#define FULL 64

static const authority *who;
static atr_policy policy;
static atr_policy_rows rows;
static atr_abe_key key;
static size_t row_at; /* where the first row stands */
static uint8_t capsule[MANY][2048];
static size_t capsule_len;
static uint8_t sent[MANY][32];
static char ad[MANY][16];
static atr_kem_opening items[MANY];
static atr_rng rng;

static int seed_all(void **state)
{
    (void)state;
    kit_rng(&rng, kit_seed());
    return 0;
}

static void prepare_under(const authority *a, const char *text)
{
    who = a;
    policy_of(&policy, text);
    atr_policy_rows_of(&rows, &policy);
    row_at = a->abe.scheme->header_len(&rows) - rows.count * ATR_G1_BYTES;
    capsule_len = atr_kem_capsule_len(&a->kem, &policy);
    assert_true(capsule_len <= sizeof capsule[0]);
    key_of(&key, a, "A, B, D", &rng);
    for (size_t i = 0; i < MANY; i++) {
        snprintf(ad[i], sizeof ad[i], "item %zu", i);
        atr_kem_encap(capsule[i], sent[i], &a->kem, &policy, bytes_of(ad[i]),
                      &rng);
    }
}

static void prepare(const authority *a)
{
    prepare_under(a, POLICY_TEXT);
}

static void open_with(const atr_kem *kem, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        items[i] = (atr_kem_opening){.ad = bytes_of(ad[i]),
                                     .capsule = {capsule[i], capsule_len}};
    }
    atr_kem_decap_many(items, count, kem, &key, &policy);
}

static void check_item(size_t i, bool good)
{
    static const uint8_t zero[32];

    if (items[i].err != (good ? ATR_OK : ATR_ERR_AUTH)) {
        fail_msg("item %zu", i);
    }
    assert_memory_equal(items[i].key, good ? sent[i] : zero, 32);
}

/* Forging ------------------------------------------------------------------ */

/* What is added to the unused row, and to its twist where it has its own: both
 * stay out of the pairings, so that the capsule opens but for the comparison.
 */
typedef struct {
    atr_g1_affine row;
    atr_g2_affine twist; /* the identity: none */
} error;

static void add_error(uint8_t *header, void *data)
{
    const error *e = data;
    uint8_t *at = header + row_at + UNUSED * ATR_G1_BYTES;
    atr_g1_affine row;
    atr_g2_affine twist;

    assert_int_equal(atr_g1_read(&row, at), ATR_OK);
    g1_plus(&row, &row, &e->row);
    atr_g1_write(at, &row);
    if (!atr_g2_affine_is_identity_vartime(&e->twist)) {
        at = header + (1 + UNUSED) * ATR_G2_BYTES;
        assert_int_equal(atr_g2_read(&twist, at), ATR_OK);
        g2_plus(&twist, &twist, &e->twist);
        atr_g2_write(at, &twist);
    }
}

static void forge(size_t i, error *e)
{
    cheat_making from = {.who = who,
                         .policy = &policy,
                         .ad = ad[i],
                         .change = add_error,
                         .data = e};
    atr_gt z;

    atr_rng_bytes(&rng, from.coins, sizeof from.coins);
    cheat_capsule(capsule[i], &z, &from);
}

/* In the twist too where W11 has one for the row, or in it alone. */
static error any_error(unsigned kind)
{
    error e;

    memset(&e, 0, sizeof e);
    if (kind != 1 || who->abe.mpk.scheme != ATR_SCHEME_W11) {
        e.row = atr_g1_generator;
    }
    if (kind != 0 && who->abe.mpk.scheme == ATR_SCHEME_W11) {
        e.twist = atr_g2_generator;
    }
    return e;
}

static error opposite(const error *e)
{
    error out;

    atr_g1_affine_neg(&out.row, &e->row);
    atr_g2_affine_neg(&out.twist, &e->twist);
    return out;
}

/* Two whose errors have the sum 0: in one eight under the same weight, in one
 * lane, and anywhere else. */
static void errors_that_cancel(void **state)
{
    uint8_t honest[2][sizeof capsule[0]];

    (void)state;
    EACH_SCHEME(a)
    {
        prepare(a);
        for (size_t j = 1; j < COUNT; j++) {
            size_t i = atr_rng_below_vartime(&rng, j);
            error e = any_error((unsigned)j % 3);
            error minus = opposite(&e);

            memcpy(honest[0], capsule[i], sizeof honest[0]);
            memcpy(honest[1], capsule[j], sizeof honest[1]);
            forge(i, &e);
            forge(j, &minus);
            open_with(&a->kem, COUNT);
            for (size_t k = 0; k < COUNT; k++) {
                check_item(k, k != i && k != j);
            }
            memcpy(capsule[i], honest[0], sizeof honest[0]);
            memcpy(capsule[j], honest[1], sizeof honest[1]);
        }
    }
}

static bool says_same(const atr_abe_sums *sums, const atr_abe *abe,
                      const atr_policy *of)
{
    (void)sums, (void)abe, (void)of;
    return true;
}

/* The test of the test above: nothing but the comparison refuses them. */
static void the_comparison_is_what_refuses(void **state)
{
    static authority careless;
    atr_scheme scheme;

    (void)state;
    EACH_SCHEME(a)
    {
        prepare(a);
        scheme = *a->abe.scheme;
        scheme.same = says_same;
        careless = *a;
        careless.abe.scheme = &scheme;
        careless.kem.context = &careless.abe;
        for (unsigned kind = 0; kind < 3; kind++) {
            error e = any_error(kind);

            forge(kind, &e);
        }
        open_with(&careless.kem, COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            assert_int_equal(items[i].err, ATR_OK);
        }
        open_with(&a->kem, COUNT);
        for (size_t i = 0; i < COUNT; i++) {
            check_item(i, i > 2);
        }
    }
}

/* Outside the groups ------------------------------------------------------- */

/* r times a point: what of it lies outside the group of order r. */
static void g1_times_order(atr_g1_affine *out, const atr_g1_affine *a)
{
    atr_g1 sum;

    atr_g1_identity(&sum);
    for (size_t bit = 0; bit < 256; bit++) {
        atr_g1_dbl(&sum, &sum);
        if (kit_order[bit / 8] >> (7 - bit % 8) & 1) {
            atr_g1_add_affine(&sum, &sum, a);
        }
    }
    atr_g1_to_affine(out, &sum);
}

static void g2_times_order(atr_g2_affine *out, const atr_g2_affine *a)
{
    atr_g2 sum;

    atr_g2_identity(&sum);
    for (size_t bit = 0; bit < 256; bit++) {
        atr_g2_dbl(&sum, &sum);
        if (kit_order[bit / 8] >> (7 - bit % 8) & 1) {
            atr_g2_add_affine(&sum, &sum, a);
        }
    }
    atr_g2_to_affine(out, &sum);
}

/* (0, 2), of order 3, which every third weight takes to 1. */
static void order_three(atr_g1_affine *out)
{
    uint8_t two[ATR_FP_BYTES] = {0};

    two[ATR_FP_BYTES - 1] = 2;
    memset(out, 0, sizeof *out);
    assert_int_equal(atr_fp_read(&out->y, two), ATR_OK);
}

/* Points of small order or of the whole cofactor added to what is not paired:
 * random sums would pass some of these, so none may come that far. */
static void what_is_outside_the_groups(void **state)
{
    (void)state;
    EACH_SCHEME(a)
    {
        for (unsigned kind = 0; kind < 6; kind++) {
            const size_t bad = atr_rng_below_vartime(&rng, COUNT);
            atr_g1_affine outside;
            atr_g2_affine outside2;
            error e;

            prepare(a);
            g1_outside(&outside, &rng);
            g2_outside(&outside2, &rng);
            memset(&e, 0, sizeof e);
            if (kind % 2 == 0) {
                g1_times_order(&e.row, &outside);
            } else {
                order_three(&e.row);
            }
            if (kind >= 4 && a->abe.mpk.scheme == ATR_SCHEME_W11) {
                e = any_error(3);
                g2_times_order(&e.twist, &outside2);
            }
            forge(bad, &e);
            open_with(&a->kem, COUNT);
            for (size_t i = 0; i < COUNT; i++) {
                check_item(i, i != bad);
            }
        }
    }
}

/* Where sums tell of the order of all rows, none of another order comes through
 * to the key, alone or with one that takes it away; and with a comparison that
 * refuses nothing, which tells that they are noticed before it. */
static void what_only_sums_ask_for(void **state)
{
    static authority careless;
    const authority *a = authority_of(ATR_SCHEME_FABEO);
    atr_scheme scheme = *a->abe.scheme;
    uint8_t honest[2][sizeof capsule[0]];

    (void)state;
    prepare_under(a, LONG_TEXT);
    scheme.same = says_same;
    careless = *a;
    careless.abe.scheme = &scheme;
    careless.kem.context = &careless.abe;
    for (unsigned kind = 0; kind < 12; kind++) {
        const size_t i = atr_rng_below_vartime(&rng, FULL / 2);
        const size_t j = kind < 6 ? i : i + (kind % 4 < 2 ? 4 : 5);
        error e;

        memset(&e, 0, sizeof e);
        if (kind % 2 == 0) {
            atr_g1_affine outside;

            g1_outside(&outside, &rng);
            g1_times_order(&e.row, &outside);
            g1_plus(&outside, &e.row, &e.row);
            g1_plus(&e.row, &e.row, &outside); /* nothing of order 3 */
        } else {
            order_three(&e.row);
        }
        memcpy(honest[0], capsule[i], sizeof honest[0]);
        memcpy(honest[1], capsule[j], sizeof honest[1]);
        forge(i, &e);
        if (i != j) { /* every fourth capsule is in the same lanes */
            e = opposite(&e);
            forge(j, &e);
        }
        open_with(kind % 3 == 0 ? &a->kem : &careless.kem, FULL);
        for (size_t k = 0; k < FULL; k++) {
            check_item(k, k != i && k != j);
        }
        memcpy(capsule[i], honest[0], sizeof honest[0]);
        memcpy(capsule[j], honest[1], sizeof honest[1]);
    }
    open_with(&careless.kem, FULL);
    for (size_t k = 0; k < FULL; k++) {
        check_item(k, true);
    }
}

/* The weights -------------------------------------------------------------- */

static const atr_scheme *spied;
static uint8_t seen[sizeof((atr_abe_sums *)NULL)->seed];
static size_t spied_count;

static bool spy(const atr_abe_sums *sums, const atr_abe *abe,
                const atr_policy *of)
{
    memcpy(seen, &sums->seed, sizeof seen);
    spied_count++;
    return spied->same(sums, abe, of);
}

/* They are the same for the same batch, and others when anything of any item
 * is another, or the key. */
static void the_weights_depend_on_everything(void **state)
{
    static authority watched;
    atr_scheme scheme;

    (void)state;
    EACH_SCHEME(a)
    {
        uint8_t seeds[6][sizeof seen];

        prepare(a);
        spied = a->abe.scheme;
        scheme = *spied;
        scheme.same = spy;
        watched = *a;
        watched.abe.scheme = &scheme;
        watched.kem.context = &watched.abe;
        spied_count = 0;
        for (size_t i = 0; i < 6; i++) {
            if (i == 2) {
                capsule[COUNT - 1][capsule_len - 1] ^= 1;
            } else if (i == 3) {
                ad[0][0] ^= 1;
            } else if (i == 4) {
                error e = any_error(0);

                forge(COUNT / 2, &e);
            } else if (i == 5) {
                key_of(&key, a, "A, B, D", &rng);
            }
            open_with(&watched.kem, COUNT);
            memcpy(seeds[i], seen, sizeof seen);
        }
        assert_int_equal(spied_count, 6);
        assert_memory_equal(seeds[0], seeds[1], sizeof seen);
        for (size_t i = 2; i < 6; i++) {
            for (size_t part = 0; part < sizeof seen; part += ATR_SEED_BYTES) {
                assert_memory_not_equal(seeds[i] + part, seeds[i - 1] + part,
                                        ATR_SEED_BYTES);
                assert_memory_not_equal(seeds[i] + part,
                                        seeds[i] + (part + ATR_SEED_BYTES) %
                                                       sizeof seen,
                                        ATR_SEED_BYTES);
            }
        }
    }
}

/* Any number --------------------------------------------------------------- */

static void spoil(size_t i)
{
    error e = any_error((unsigned)atr_rng_below_vartime(&rng, 3));

    if (atr_rng_below_vartime(&rng, 2)) {
        forge(i, &e);
    } else {
        capsule[i][atr_rng_below_vartime(&rng, capsule_len)] ^= 4;
    }
}

/* None, one, some or all of more than one batch spoilt, with each engine. */
static void more_than_a_batch(void **state)
{
    static const atr_batch_engine engines[] = {ATR_BATCH_PORTABLE,
                                               ATR_BATCH_IFMA};
    static const unsigned odds[] = {0, 1, 8, 64};

    (void)state;
    for (size_t e = 0; e < 2; e++) {
        if (!atr_batch_engine_set(engines[e])) {
            continue;
        }
        EACH_SCHEME(a)
        {
            for (size_t o = 0; o < 4; o += e == 0 ? 2 : 1) {
                bool bad[MANY] = {false};

                prepare(a);
                for (size_t i = 0; i < MANY; i++) {
                    bad[i] = atr_rng_below_vartime(&rng, 64) < odds[o];
                    if (bad[i]) {
                        spoil(i);
                    }
                }
                open_with(&a->kem, MANY);
                for (size_t i = 0; i < MANY; i++) {
                    check_item(i, !bad[i]);
                }
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_that_cancel),
        cmocka_unit_test(the_comparison_is_what_refuses),
        cmocka_unit_test(what_is_outside_the_groups),
        cmocka_unit_test(what_only_sums_ask_for),
        cmocka_unit_test(the_weights_depend_on_everything),
        cmocka_unit_test(more_than_a_batch),
    };

    return cmocka_run_group_tests(tests, seed_all, NULL);
}
