/* curve_batch.c - many at once against one after another, with each engine;
 * and the field of the eight-way engine against that of one item.
 */
#include "kit/kit.h"

#include "curve/batch.h"
#include "curve/constants.h"
#include "curve/weighing.h"
#ifdef ATR_WITH_IFMA
#include "curve/ifma/engine.h"
#include "kit/lanes.h"
#endif

#define ROOM(name) atr_g1_##name
#define POINT atr_g1
#define AFFINE atr_g1_affine
#define TABLE atr_g1_table
#define ELEMENT atr_fp
#define BYTES ATR_G1_BYTES
#define GROUP "G1"

/* (0, 2), of order 3: identities among its multiples. Its coordinates in
 * Montgomery form are set by main. */
static atr_g1_affine small_order;

static void weigh_all(atr_g1 out[8], const atr_g1_affine *a,
                      const atr_weight *weights, size_t count)
{
    static atr_weighing w;

    atr_weighing_begin(&w);
    atr_weighing_add_vartime(&w, a, weights, count, NULL);
    atr_weighing_sum_vartime(out, &w);
}

#define WEIGH weigh_all

#include "curve_batch.inc"

/* --- weights --- */

/* What curve/weight.h says, by multiplications. */
static void weight_values(void **state)
{
    atr_fr theta = number(ATR_CURVE_X);
    const atr_fr eight = number(8);

    (void)state;
    atr_fr_sqr(&theta, &theta);
    for (int round = 0; round < 50; round++) {
        atr_weight weight;
        atr_fr want = {{0}};
        atr_fr got;

        atr_weight_draw(&weight, &rng);
        for (size_t i = ATR_WEIGHT_DIGITS; i-- > 0;) {
            const unsigned n = weight.digit[i];
            atr_fr digit = number(n == 0 ? 0 : n < 7 ? 1 : n < 13 ? 2 : 4);

            assert_true(n < 16);
            for (unsigned k = 0; n > 0 && k < (n - 1) % 6; k++) {
                atr_fr_mul(&digit, &digit, &theta);
            }
            atr_fr_mul(&want, &want, &eight);
            atr_fr_add(&want, &want, &digit);
        }
        atr_weight_fr_vartime(&got, &weight);
        assert_true(atr_fr_equal(&got, &want) != 0);
    }
}

/* --- sums --- */

#define TERMS 130 /* more than the lanes take together */

static void check_sum(const atr_g1_affine *a, const atr_fr *k, size_t n)
{
    atr_g1 got;
    atr_g1 want;

    atr_g1_sum_many_vartime(&got, a, k, n);
    atr_g1_sum_vartime(&want, a, k, n);
    assert_true(atr_g1_equal(&got, &want));
    assert_true(atr_g1_is_identity(&got) == atr_g1_is_identity(&want));
    atr_g1_sum_many(&got, a, k, n);
    assert_true(atr_g1_equal(&got, &want));
}

static void sum(atr_batch_engine engine)
{
    atr_g1_affine a[TERMS];
    atr_fr k[TERMS];

    use(engine);
    for (size_t n = 0; n <= TERMS; n += n < MANY ? 1 : 11) {
        points(a, n);
        scalars(k, n);
        check_sum(a, k, n);
        for (size_t i = 0; i < n; i++) {
            atr_fr_weight(&k[i], &rng);
        }
        check_sum(a, k, n);
    }
}

/* Terms that meet in one lane: the same again and again, and what takes it
 * away; also as powers of one another. */
static void sum_met(atr_batch_engine engine)
{
    atr_g1_affine a[64];
    atr_fr k[64];

    use(engine);
    for (int round = 0; round < 20; round++) {
        atr_g1_affine p[2] = {random_point(), {{{0}}, {{0}}}};
        uint64_t small = atr_rng_below_vartime(&rng, 12);

        atr_g1_affine_neg(&p[1], &p[0]);
        atr_fr_random(&k[0], &rng);
        for (size_t i = 0; i < 64; i++) {
            bool minus = atr_rng_below_vartime(&rng, 2);

            a[i] = p[minus];
            k[i] = round % 2 ? k[0] : number(small);
            if (round % 5 == 4) {
                k[i] = number(atr_rng_below_vartime(&rng, 6));
            }
        }
        for (size_t n = 8; n <= 64; n += 8) {
            check_sum(a, k, n);
        }
    }
}

/* --- hashes --- */

static void hash(atr_batch_engine engine)
{
    uint8_t text[MANY][40];
    atr_bytes messages[MANY];
    atr_g1_affine out[MANY];

    use(engine);
    for (size_t n = 0; n <= MANY; n++) {
        for (size_t i = 0; i < n; i++) {
            atr_rng_bytes(&rng, text[i], sizeof text[i]);
            messages[i] = (atr_bytes){
                text[i], atr_rng_below_vartime(&rng, sizeof text[i])};
        }
        atr_g1_hash_many(out, ATR_LITERAL("ATR-TEST-BATCH"), messages, n);
        for (size_t i = 0; i < n; i++) {
            atr_g1_affine want;

            atr_g1_hash(&want, ATR_LITERAL("ATR-TEST-BATCH"), messages[i]);
            assert_memory_equal(&out[i], &want, sizeof want);
        }
    }
}

/* --- the parts of the eight-way engine --- */

#ifdef ATR_WITH_IFMA

static void ifma_products(void **state)
{
    const atr_fp scale = kit_montgomery();

    (void)state;
    use(ATR_BATCH_IFMA);
    for (int round = 0; round < 400; round++) {
        atr_fp8 a[4];
        atr_fp8 mul_out;
        atr_fp8 sqr_out;
        atr_fp8 sum_out;

        for (int i = 0; i < 4; i++) {
            kit_lanes_any(&a[i], 13, &rng);
        }
        atr_fp8_mul(&mul_out, &a[0], &a[1]);
        atr_fp8_sqr(&sqr_out, &a[0]);
        atr_fp8_mul_add(&sum_out, &a[0], &a[1], &a[2], &a[3]);
        kit_check_below(&mul_out, 2);
        kit_check_below(&sqr_out, 2);
        kit_check_below(&sum_out, 2);
        for (int lane = 0; lane < 8; lane++) {
            atr_fp x[4];
            atr_fp got;
            atr_fp t;

            for (int i = 0; i < 4; i++) {
                x[i] = kit_lane(&a[i], lane);
            }
            atr_fp_sqr(&t, &x[0]);
            atr_fp_mul(&t, &t, &scale);
            got = kit_lane(&sqr_out, lane);
            assert_true(atr_fp_equal(&t, &got));
            atr_fp_mul(&t, &x[0], &x[1]);
            atr_fp_mul(&t, &t, &scale);
            got = kit_lane(&mul_out, lane);
            assert_true(atr_fp_equal(&t, &got));
            atr_fp_two_products(&t, &x[0], &x[1], &x[2], &x[3], false);
            atr_fp_mul(&t, &t, &scale);
            got = kit_lane(&sum_out, lane);
            assert_true(atr_fp_equal(&t, &got));
        }
    }
}

static void ifma_canonical(void **state)
{
    static const struct {
        uint64_t times;
        int64_t more;
    } cases[] = {{0, 0}, {0, 1}, {1, -2}, {1, -1}, {1, 0}, {1, 1}, {2, -3}};

    (void)state;
    use(ATR_BATCH_IFMA);
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        atr_fp8 a;
        atr_fp8 b;
        atr_fp8 t;

        kit_lanes_near_p(&a, cases[c].times, cases[c].more);
        atr_fp8_canonical(&t, &a);
        kit_lanes_near_p(&b, 0, 0);
        for (int lane = 0; lane < 8; lane++) {
            atr_fp want = kit_lane(&a, lane);
            atr_fp got = kit_lane(&t, lane);
            uint8_t bytes[ATR_FP_BYTES];
            uint64_t top;

            assert_true(atr_fp_equal(&want, &got));
            atr_fp_write(bytes, &want);
            top = atr_limb_read(bytes) >> 44;
            assert_int_equal(t.limb[7][lane], top); /* below p */
            assert_int_equal(atr_fp8_is_zero(&a) >> lane & 1,
                             atr_fp_is_zero(&want) & 1);
            want = kit_lane(&b, lane);
            assert_int_equal(atr_fp8_equal(&a, &b) >> lane & 1,
                             atr_fp_equal(&want, &got) & 1);
        }
    }
}

static void ifma_exchange(void **state)
{
    atr_fp in[8];
    atr_fp out[8];
    atr_fp8 a;

    (void)state;
    use(ATR_BATCH_IFMA);
    for (int round = 0; round < 50; round++) {
        uint8_t odd = 0;

        for (int l = 0; l < 8; l++) {
            uint8_t wide[ATR_FP_WIDE_BYTES] = {0};

            atr_rng_bytes(&rng, wide, l < 4 ? sizeof wide : 0);
            atr_fp_read_wide(&in[l], wide); /* 0 from the fifth on */
        }
        in[5] = atr_fp_of(1);
        atr_fp_neg(&in[6], &in[5]);
        for (int l = 0; l < 8; l++) {
            odd |= (uint8_t)((atr_fp_is_odd(&in[l]) & 1) << l);
        }
        atr_fp8_load(&a, in, sizeof in[0]);
        kit_check_below(&a, 2);
        atr_fp8_store(out, sizeof out[0], &a);
        assert_memory_equal(in, out, sizeof in);
        assert_int_equal(atr_fp8_is_odd(&a), odd);
        assert_int_equal(atr_fp8_is_zero(&a) & 0x90, 0x90);
        atr_fp8_pow_root(&a, &a, 1);
        kit_check_below(&a, 2);
        atr_fp8_store(out, sizeof out[0], &a);
        for (int l = 0; l < 8; l++) {
            atr_fp want;

            atr_fp_pow_root(&want, &in[l]);
            assert_true(atr_fp_equal(&out[l], &want));
        }
    }
}

/* Field elements that the SWU map takes into the kernel of the isogeny, and
 * their hash share is the identity: one by x1, one by x2 (RFC 9380, 6.6.2). */
static atr_fp into_kernel(bool second)
{
    static const char *const hex[2] = {
        "146850b3bdc2495ed73bb803dfaa951a88abff0acb5c7aea"
        "c52b48f3c808e87ce3885b98ce916e17caef21a6cbc6b598",
        "0a92437e90bc473049ab549b4c4a145feb4fb5cd39f7ee85"
        "c11fa62a8f5317220b398be420ca5d8364d460f6ee1efd29"};
    uint8_t bytes[ATR_FP_BYTES];
    atr_fp out;
    atr_g1 p;

    kit_unhex(bytes, sizeof bytes, hex[second]);
    assert_int_equal(atr_fp_read(&out, bytes), ATR_OK);
    atr_g1_map(&p, &out);
    assert_true(atr_g1_is_identity(&p));
    return out;
}

/* The field elements where the simplified SWU map has an exception, Z u^2 = 0
 * and Z u^2 = -1, and equal, opposite and random ones: the sum of two maps. */
static void ifma_map(void **state)
{
    atr_fp u[16];
    atr_g1 out[8];
    atr_fp t = atr_fp_of(11);

    (void)state;
    use(ATR_BATCH_IFMA);
    for (int l = 0; l < 16; l++) {
        uint8_t wide[ATR_FP_WIDE_BYTES];

        atr_rng_bytes(&rng, wide, sizeof wide);
        atr_fp_read_wide(&u[l], wide);
    }
    u[0] = (atr_fp){{0}};
    u[9] = (atr_fp){{0}};
    u[2] = u[10] = (atr_fp){{0}};
    u[11] = u[3];
    atr_fp_neg(&u[12], &u[4]);
    u[6] = into_kernel(false);
    u[7] = into_kernel(false);
    u[15] = into_kernel(true);
    atr_fp_inv(&t, &t);
    atr_fp_neg(&t, &t);
    if (atr_fp_sqrt(&u[5], &t)) {
        atr_fp_neg(&u[13], &u[5]);
    }
    atr_ifma_g1_map(out, u);
    for (int l = 0; l < 8; l++) {
        atr_g1 p;
        atr_g1 q;

        atr_g1_map(&p, &u[l]);
        atr_g1_map(&q, &u[8 + l]);
        atr_g1_add(&p, &p, &q);
        atr_g1_clear_cofactor(&p, &p);
        assert_true(atr_g1_equal(&p, &out[l]));
    }
}

#else

static void ifma_products(void **state)
{
    (void)state;
    print_message("# built without the eight-way engine\n");
    skip();
}

#define ifma_canonical ifma_products
#define ifma_exchange ifma_products
#define ifma_map ifma_products

#endif

BOTH(mul)
BOTH(table_mul)
BOTH(sum)
BOTH(sum_met)
BOTH(read_all)
BOTH(read_bad)
BOTH(read_vectors)
BOTH(weigh)
BOTH(weigh_met)
BOTH(hash)

static void engine_is_told(void **state)
{
    (void)state;
    assert_true(atr_batch_engine_set(ATR_BATCH_PORTABLE));
    assert_int_equal(atr_batch_engine_in_use(), ATR_BATCH_PORTABLE);
    assert_false(atr_batch_engine_set((atr_batch_engine)0));
    assert_false(atr_batch_engine_set((atr_batch_engine)7));
    assert_int_equal(atr_batch_engine_in_use(), ATR_BATCH_PORTABLE);
    assert_string_equal(atr_batch_engine_name(ATR_BATCH_PORTABLE), "portable");
    assert_string_equal(atr_batch_engine_name(ATR_BATCH_IFMA), "ifma");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ifma_products),
        cmocka_unit_test(ifma_canonical),
        cmocka_unit_test(ifma_exchange),
        cmocka_unit_test(ifma_map),
        cmocka_unit_test(mul_portable),
        cmocka_unit_test(mul_ifma),
        cmocka_unit_test(table_mul_portable),
        cmocka_unit_test(table_mul_ifma),
        cmocka_unit_test(weight_values),
        cmocka_unit_test(sum_portable),
        cmocka_unit_test(sum_ifma),
        cmocka_unit_test(sum_met_portable),
        cmocka_unit_test(sum_met_ifma),
        cmocka_unit_test(read_all_portable),
        cmocka_unit_test(read_all_ifma),
        cmocka_unit_test(read_bad_portable),
        cmocka_unit_test(read_bad_ifma),
        cmocka_unit_test(read_vectors_portable),
        cmocka_unit_test(read_vectors_ifma),
        cmocka_unit_test(weigh_portable),
        cmocka_unit_test(weigh_ifma),
        cmocka_unit_test(weigh_met_portable),
        cmocka_unit_test(weigh_met_ifma),
        cmocka_unit_test(hash_portable),
        cmocka_unit_test(hash_ifma),
        cmocka_unit_test(engine_is_told),
    };

    small_order.y = atr_fp_of(2);
    return cmocka_run_group_tests(tests, seed_once, NULL);
}
