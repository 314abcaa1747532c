/* curve_batch_gt.c - many pairings and powers in GT against one after another,
 * with each engine.
 */
#include "kit/kit.h"

#include "curve/batch.h"
#include "curve/constants.h"
#include "curve/pairing_parts.h"

#define MANY 17 /* two full vectors and a rest of one */
#define WIDTH 5 /* more pairs of an item than share the squarings */

static atr_rng rng;

static int seed_once(void **state)
{
    (void)state;
    kit_rng(&rng, kit_seed());
    return 0;
}

static void use(atr_batch_engine engine)
{
    if (!atr_batch_engine_set(engine)) {
        print_message("# this machine lacks the engine %s\n",
                      atr_batch_engine_name(engine));
        skip();
    }
    assert_int_equal(atr_batch_engine_in_use(), engine);
}

static const size_t counts[] = {0, 1, 2, 3, 7, 8, 9, 16, MANY};

#define EACH_COUNT(n)                                                          \
    for (size_t c = 0, n = 0;                                                  \
         c < sizeof counts / sizeof counts[0] && (n = counts[c], true); c++)

static atr_g1_affine point1(void)
{
    atr_g1_affine out;
    atr_fr k;
    atr_g1 p;

    atr_fr_random(&k, &rng);
    atr_g1_mul_vartime(&p, &atr_g1_generator, &k);
    atr_g1_to_affine(&out, &p);
    return out;
}

static atr_g2_affine point2(void)
{
    atr_g2_affine out;
    atr_fr k;
    atr_g2 p;

    atr_fr_random(&k, &rng);
    atr_g2_mul_vartime(&p, &atr_g2_generator, &k);
    atr_g2_to_affine(&out, &p);
    return out;
}

static bool one_in(uint64_t n)
{
    return atr_rng_below_vartime(&rng, n) == 0;
}

static void points(atr_g1_affine *p, atr_g2_affine *q, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        p[i] = one_in(8) ? (atr_g1_affine){0} : point1();
        q[i] = one_in(8) ? (atr_g2_affine){0} : point2();
    }
}

/* Values of pairings: elements of GT, 1 among them. */
static void elements(atr_gt *a, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        atr_fr k = atr_fr_of(one_in(4) ? 0 : 1);

        if (one_in(2)) {
            atr_fr_random(&k, &rng);
        }
        atr_gt_pow_vartime(&a[i], &atr_gt_generator, &k);
    }
}

/* Scalars where recodings end and signs turn. */
static void scalars(atr_fr *k, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const atr_fr one = atr_fr_of(1);
        atr_fr x = atr_fr_of(ATR_CURVE_X);

        k[i] = atr_fr_of(atr_rng_below_vartime(&rng, 20));
        switch (atr_rng_below_vartime(&rng, 8)) {
        case 0:
            break;
        case 1: /* minus something small */
            atr_fr_neg(&k[i], &k[i]);
            break;
        case 2: /* digits that are all ones: x^n - 1 and near it */
            atr_fr_sub(&k[i], &x, &k[i]);
            break;
        case 3:
            atr_fr_sqr(&x, &x);
            atr_fr_sub(&k[i], &x, &one);
            break;
        case 4:
            k[i] = atr_fr_of(UINT64_MAX);
            break;
        default:
            atr_fr_random(&k[i], &rng);
        }
    }
}

static void same(const atr_gt *got, const atr_gt *want, size_t count)
{
    assert_memory_equal(got, want, count * sizeof *got);
}

static void guard(atr_gt *a)
{
    memset(a, 0x5a, sizeof *a);
}

static void check_guard(const atr_gt *a)
{
    atr_gt want;

    guard(&want);
    same(a, &want, 1);
}

/* --- pairings --- */

static void pairing(atr_batch_engine engine)
{
    atr_g1_affine p[MANY];
    atr_g2_affine q[MANY];
    atr_gt out[MANY + 1];

    use(engine);
    EACH_COUNT(n)
    {
        points(p, q, n);
        guard(&out[n]);
        atr_pairing_many(out, p, q, n);
        check_guard(&out[n]);
        for (size_t i = 0; i < n; i++) {
            atr_gt want;

            atr_pairing(&want, &p[i], &q[i]);
            same(&out[i], &want, 1);
        }
    }
}

/* One identity in every lane, on either side, among seven others. */
static void one_identity(atr_batch_engine engine)
{
    atr_g1_affine p[8];
    atr_g2_affine q[8];
    atr_gt all[8];
    atr_gt out[8];

    use(engine);
    for (size_t i = 0; i < 8; i++) {
        p[i] = point1();
        q[i] = point2();
    }
    atr_pairing_many(all, p, q, 8);
    for (size_t lane = 0; lane < 8; lane++) {
        const atr_g1_affine kept1 = p[lane];
        const atr_g2_affine kept2 = q[lane];

        assert_false(atr_gt_is_one(&all[lane]));
        if (lane % 2 == 0) {
            p[lane] = (atr_g1_affine){0};
        } else {
            q[lane] = (atr_g2_affine){0};
        }
        atr_pairing_many(out, p, q, 8);
        for (size_t i = 0; i < 8; i++) {
            if (i == lane) {
                assert_true(atr_gt_is_one(&out[i]));
            } else {
                same(&out[i], &all[i], 1);
            }
        }
        p[lane] = kept1;
        q[lane] = kept2;
    }
}

/* e(P^a, Q^b) = e(P, Q)^(a b), both sides in batches. */
static void bilinear(atr_batch_engine engine)
{
    atr_g1_affine p[8];
    atr_g2_affine q[8];
    atr_fr k[8];
    atr_gt left[8];
    atr_gt right[8];

    use(engine);
    for (size_t i = 0; i < 8; i++) {
        p[i] = point1();
        q[i] = point2();
    }
    atr_pairing_many(right, p, q, 8);
    scalars(k, 8);
    atr_gt_pow_many(right, right, k, 8);
    scalars(&k[0], 1);
    for (size_t i = 0; i < 8; i++) {
        atr_fr b;
        atr_g1 s;
        atr_g2 t;

        atr_fr_random(&b, &rng);
        atr_g1_mul(&s, &p[i], &b);
        atr_g1_to_affine(&p[i], &s);
        atr_gt_pow(&right[i], &right[i], &b);
        if (i > 0) {
            atr_g2_mul(&t, &q[i], &k[i]);
            atr_g2_to_affine(&q[i], &t);
        }
    }
    atr_pairing_many(left, p, q, 8);
    same(left + 1, right + 1, 7);
}

typedef struct {
    atr_g1_affine p[MANY * WIDTH];
    atr_g2_affine q[MANY * WIDTH];
    atr_g2_lines lines[WIDTH];
    atr_pair pairs[MANY * WIDTH];
} products;

/* At even places of the products the lines are those of one point, at every
 * fourth with one item that differs. */
static void pairs_of(products *x, size_t width, size_t count)
{
    points(x->p, x->q, width * count);
    for (size_t n = 0; n < width; n++) {
        atr_g2_affine q = one_in(6) ? (atr_g2_affine){0} : point2();

        atr_g2_lines_init(&x->lines[n], &q);
        for (size_t i = 0; i < count; i++) {
            size_t at = i * width + n;

            x->pairs[at] = (atr_pair){&x->p[at], &x->q[at], NULL};
            if (n % 2 == 0 && !(n % 4 == 2 && i == count / 2)) {
                x->q[at] = q;
                x->pairs[at].lines = &x->lines[n];
            }
        }
    }
}

static void product(atr_batch_engine engine)
{
    static products x;
    atr_gt out[MANY + 1];

    use(engine);
    for (size_t width = 0; width <= WIDTH; width++) {
        size_t n = counts[atr_rng_below_vartime(&rng, 9)];

        for (int round = 0; round < 2; round++, n = 8) {
            pairs_of(&x, width, n);
            guard(&out[n]);
            atr_pairing_product_many(out, x.pairs, width, n);
            check_guard(&out[n]);
            for (size_t i = 0; i < n; i++) {
                atr_gt want;

                atr_pairing_product(&want, x.pairs + i * width, width);
                same(&out[i], &want, 1);
            }
        }
    }
}

static void final_exp(atr_batch_engine engine)
{
    atr_fp12 f[MANY];
    atr_fp12 out[MANY];

    use(engine);
    EACH_COUNT(n)
    {
        for (size_t i = 0; i < n; i++) {
            const atr_g1_affine p = point1();
            const atr_pair pair = {&p, &atr_g2_generator, NULL};

            atr_pairing_miller(&f[i], &pair, one_in(5) ? 0 : 1);
        }
        atr_pairing_final_many(out, f, n);
        for (size_t i = 0; i < n; i++) {
            atr_fp12 want;

            atr_pairing_final(&want, &f[i]);
            assert_memory_equal(&out[i], &want, sizeof want);
        }
    }
}

/* --- powers --- */

static void power(atr_batch_engine engine)
{
    atr_gt a[MANY];
    atr_fr k[MANY];
    atr_gt out[MANY + 1];

    use(engine);
    EACH_COUNT(n)
    {
        elements(a, n);
        scalars(k, n);
        guard(&out[n]);
        atr_gt_pow_many(out, a, k, n);
        check_guard(&out[n]);
        for (size_t i = 0; i < n; i++) {
            atr_gt want;

            atr_gt_pow(&want, &a[i], &k[i]);
            same(&out[i], &want, 1);
        }
        atr_gt_pow_many_vartime(a, a, k, n); /* in place */
        same(a, out, n);
    }
}

static void table_power(atr_batch_engine engine)
{
    static atr_gt_table table;
    atr_fr k[MANY];
    atr_gt out[MANY + 1];

    use(engine);
    EACH_COUNT(n)
    {
        atr_gt base;

        elements(&base, 1);
        atr_gt_table_init(&table, &base);
        scalars(k, n);
        guard(&out[n]);
        atr_gt_table_pow_many(out, &table, k, n);
        check_guard(&out[n]);
        for (size_t i = 0; i < n; i++) {
            atr_gt want;

            atr_gt_table_pow(&want, &table, &k[i]);
            same(&out[i], &want, 1);
        }
    }
}

/* The power of one table alone, for digits of every row and size. */
static void table_power_alone(atr_batch_engine engine)
{
    static atr_gt_table table;
    atr_fr k = atr_fr_of(1);

    use(engine);
    atr_gt_table_init(&table, &atr_gt_generator);
    for (int i = 0; i < 64; i++) {
        const atr_fr times = atr_fr_of(atr_rng_below_vartime(&rng, 16));
        atr_gt got;
        atr_gt want;
        atr_fr t;

        atr_fr_mul(&t, &k, &times);
        atr_gt_table_pow_many(&got, &table, &t, 1);
        atr_gt_table_pow(&want, &table, &t);
        same(&got, &want, 1);
        for (int b = 0; b < 4; b++) {
            atr_fr_add(&k, &k, &k);
        }
    }
}

/* --- both engines --- */

#define BOTH(name)                                                             \
    static void name##_portable(void **state)                                  \
    {                                                                          \
        (void)state;                                                           \
        name(ATR_BATCH_PORTABLE);                                              \
    }                                                                          \
    static void name##_ifma(void **state)                                      \
    {                                                                          \
        (void)state;                                                           \
        name(ATR_BATCH_IFMA);                                                  \
    }
#define RUN(name)                                                              \
    cmocka_unit_test(name##_portable), cmocka_unit_test(name##_ifma)

BOTH(pairing)
BOTH(one_identity)
BOTH(bilinear)
BOTH(product)
BOTH(final_exp)
BOTH(power)
BOTH(table_power)
BOTH(table_power_alone)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN(pairing),     RUN(one_identity),
        RUN(bilinear),    RUN(product),
        RUN(power),       RUN(final_exp),
        RUN(table_power), RUN(table_power_alone),
    };

    return cmocka_run_group_tests(tests, seed_once, NULL);
}
