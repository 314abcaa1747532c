/* curve_groups.c - the laws of G1, G2, GT and the pairing at random points,
 * and at those where formulas like to fail: equal, opposite, identity.
 */
#include "kit/curve.h"

static const atr_g1_affine identity1 = {{{0}}, {{0}}};
static const atr_g2_affine identity2 = {{{{0}}, {{0}}}, {{{0}}, {{0}}}};

static atr_fr scalar(atr_rng *rng)
{
    atr_fr k = atr_fr_of(atr_rng_below_vartime(rng, 20));

    switch (atr_rng_below_vartime(rng, 4)) {
    case 0:
        return k; /* 0 to 19 */
    case 1:
        atr_fr_neg(&k, &k); /* r - 19 to r */
        return k;
    default:
        atr_fr_random(&k, rng);
        return k;
    }
}

static atr_g1 point1(atr_rng *rng)
{
    atr_fr k = scalar(rng);
    atr_g1 out;

    atr_g1_mul_vartime(&out, &atr_g1_generator, &k);
    return out;
}

static atr_g2 point2(atr_rng *rng)
{
    atr_fr k = scalar(rng);
    atr_g2 out;

    atr_g2_mul_vartime(&out, &atr_g2_generator, &k);
    return out;
}

static void test_g1_laws(void **state)
{
    atr_rng rng;
    const atr_g1 all_zero = {{{0}}, {{0}}, {{0}}};

    (void)state;
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < 200; i++) {
        atr_g1 a = point1(&rng);
        atr_g1 b = point1(&rng);
        atr_g1 c = point1(&rng);
        atr_g1 x;
        atr_g1 y;
        atr_g1_affine flat;

        atr_g1_add(&x, &a, &b); /* (a + b) + c = a + (c + b) */
        atr_g1_add(&x, &x, &c);
        atr_g1_add(&y, &c, &b);
        atr_g1_add(&y, &a, &y);
        assert_true(atr_g1_equal(&x, &y));
        atr_g1_add(&x, &a, &a); /* doubling by addition */
        atr_g1_dbl(&y, &a);
        assert_true(atr_g1_equal(&x, &y));
        atr_g1_neg(&x, &a); /* opposite */
        atr_g1_add(&x, &x, &a);
        assert_true(atr_g1_is_identity(&x));
        atr_g1_add(&x, &x, &a); /* identity, both sides and both forms */
        assert_true(atr_g1_equal(&x, &a));
        atr_g1_add(&x, &a, &all_zero);
        assert_true(atr_g1_equal(&x, &a));
        atr_g1_add(&x, &all_zero, &a);
        assert_true(atr_g1_equal(&x, &a));
        assert_int_equal(atr_g1_equal(&a, &all_zero) != 0,
                         atr_g1_is_identity(&a) != 0);
        atr_g1_to_affine(&flat, &b);
        atr_g1_add_affine(&x, &a, &flat);
        atr_g1_add(&y, &a, &b);
        assert_true(atr_g1_equal(&x, &y));
        atr_g1_add_affine(&x, &all_zero, &flat);
        assert_true(atr_g1_equal(&x, &b));
        atr_g1_add_affine(&x, &a, &identity1);
        assert_true(atr_g1_equal(&x, &a));
        atr_g1_from_affine(&x, &flat);
        assert_true(atr_g1_equal(&x, &b));
        assert_true(atr_g1_is_identity(&b) || atr_g1_on_curve_vartime(&flat));
        assert_int_equal(atr_g1_equal(&a, &b) != 0, atr_g1_equal(&b, &a) != 0);
    }
}

static void test_g2_laws(void **state)
{
    atr_rng rng;
    const atr_g2 all_zero = {{{{0}}, {{0}}}, {{{0}}, {{0}}}, {{{0}}, {{0}}}};

    (void)state;
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < 100; i++) {
        atr_g2 a = point2(&rng);
        atr_g2 b = point2(&rng);
        atr_g2 c = point2(&rng);
        atr_g2 x;
        atr_g2 y;
        atr_g2_affine flat;

        atr_g2_add(&x, &a, &b);
        atr_g2_add(&x, &x, &c);
        atr_g2_add(&y, &c, &b);
        atr_g2_add(&y, &a, &y);
        assert_true(atr_g2_equal(&x, &y));
        atr_g2_add(&x, &a, &a);
        atr_g2_dbl(&y, &a);
        assert_true(atr_g2_equal(&x, &y));
        atr_g2_neg(&x, &a);
        atr_g2_add(&x, &x, &a);
        assert_true(atr_g2_is_identity(&x));
        atr_g2_add(&x, &x, &a);
        assert_true(atr_g2_equal(&x, &a));
        atr_g2_add(&x, &a, &all_zero);
        assert_true(atr_g2_equal(&x, &a));
        assert_int_equal(atr_g2_equal(&a, &all_zero) != 0,
                         atr_g2_is_identity(&a) != 0);
        atr_g2_to_affine(&flat, &b);
        atr_g2_add_affine(&x, &a, &flat);
        atr_g2_add(&y, &a, &b);
        assert_true(atr_g2_equal(&x, &y));
        atr_g2_add_affine(&x, &all_zero, &flat);
        assert_true(atr_g2_equal(&x, &b));
        atr_g2_add_affine(&x, &a, &identity2);
        assert_true(atr_g2_equal(&x, &a));
    }
}

/* Every multiplication gives what doubling and adding gives. */
static void test_g1_products(void **state)
{
    static atr_g1_table table;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < 40; i++) {
        atr_g1 p = point1(&rng);
        atr_fr k = scalar(&rng);
        uint8_t bytes[ATR_FR_BYTES];
        atr_g1_affine a;
        atr_g1 want;
        atr_g1 got;

        atr_g1_to_affine(&a, &p);
        atr_fr_write(bytes, &k);
        g1_times_plain(&want, &a, bytes, sizeof bytes);
        atr_g1_mul(&got, &a, &k);
        assert_true(atr_g1_equal(&got, &want));
        atr_g1_mul_vartime(&got, &a, &k);
        assert_true(atr_g1_equal(&got, &want));
        if (i % 4 == 0) {
            atr_g1_table_init(&table, &a);
        } else {
            atr_g1_table_mul(&got, &table, &k); /* of an earlier point */
            a = table.entry[0][0];
            g1_times_plain(&want, &a, bytes, sizeof bytes);
            assert_true(atr_g1_equal(&got, &want));
        }
    }
}

static void test_g2_products(void **state)
{
    static atr_g2_table table;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < 40; i++) {
        atr_g2 p = point2(&rng);
        atr_fr k = scalar(&rng);
        uint8_t bytes[ATR_FR_BYTES];
        atr_g2_affine a;
        atr_g2 want;
        atr_g2 got;

        atr_g2_to_affine(&a, &p);
        atr_fr_write(bytes, &k);
        g2_times_plain(&want, &a, bytes, sizeof bytes);
        atr_g2_mul(&got, &a, &k);
        assert_true(atr_g2_equal(&got, &want));
        atr_g2_mul_vartime(&got, &a, &k);
        assert_true(atr_g2_equal(&got, &want));
        if (i % 4 == 0) {
            atr_g2_table_init(&table, &a);
        } else {
            atr_g2_table_mul(&got, &table, &k);
            a = table.entry[0][0];
            g2_times_plain(&want, &a, bytes, sizeof bytes);
            assert_true(atr_g2_equal(&got, &want));
        }
    }
}

/* Sums of products by every path: one, a few, buckets of each width. */
#define TERMS 700

static void test_sums(void **state)
{
    static const size_t counts[] = {0, 1, 3, 4, 5, 31, 32, 70, 250, TERMS};
    static atr_g1_affine p[TERMS];
    static atr_g2_affine q[TERMS];
    static atr_fr k[TERMS];
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (size_t i = 0; i < TERMS; i++) {
        atr_g1 a = point1(&rng);
        atr_g2 b = point2(&rng);

        k[i] = scalar(&rng);
        atr_g1_to_affine(&p[i], &a);
        atr_g2_to_affine(&q[i], &b);
    }
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        atr_g1 want1;
        atr_g2 want2;
        atr_g1 got1;
        atr_g2 got2;

        atr_g1_identity(&want1);
        atr_g2_identity(&want2);
        for (size_t i = 0; i < counts[c]; i++) {
            atr_g1_mul_vartime(&got1, &p[i], &k[i]);
            atr_g1_add(&want1, &want1, &got1);
            atr_g2_mul_vartime(&got2, &q[i], &k[i]);
            atr_g2_add(&want2, &want2, &got2);
        }
        atr_g1_sum_vartime(&got1, p, k, counts[c]);
        assert_true(atr_g1_equal(&got1, &want1));
        atr_g2_sum_vartime(&got2, q, k, counts[c]);
        assert_true(atr_g2_equal(&got2, &want2));
    }
}

/* One inversion for many gives the same as one for each, identities too. */
static void test_to_affine_many(void **state)
{
    atr_g1 p[150];
    atr_g1_affine flat[150];
    atr_g2 q[70];
    atr_g2_affine flat2[70];
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (size_t i = 0; i < 150; i++) {
        p[i] = point1(&rng);
    }
    for (size_t i = 0; i < 70; i++) {
        q[i] = point2(&rng);
    }
    memset(&p[3], 0, sizeof p[3]);
    atr_g1_identity(&p[149]);
    atr_g1_to_affine_many(flat, p, 150);
    atr_g2_to_affine_many(flat2, q, 70);
    for (size_t i = 0; i < 150; i++) {
        atr_g1_affine one;

        atr_g1_to_affine(&one, &p[i]);
        assert_g1_affine(&flat[i], &one);
    }
    for (size_t i = 0; i < 70; i++) {
        atr_g2_affine one;

        atr_g2_to_affine(&one, &q[i]);
        assert_g2_affine(&flat2[i], &one);
    }
    assert_true(atr_g1_affine_is_identity_vartime(&flat[3]));
}

/* e(aP, bQ) = e(P, Q)^(ab), by every power there is; and products. */
static void test_bilinear(void **state)
{
    static atr_gt_table table;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    atr_gt_table_init(&table, &atr_gt_generator);
    for (int i = 0; i < 20; i++) {
        atr_fr a = scalar(&rng);
        atr_fr b = scalar(&rng);
        atr_g1 p;
        atr_g2 q;
        atr_g1_affine pa;
        atr_g2_affine qa;
        atr_gt e;
        atr_gt f;

        atr_g1_mul(&p, &atr_g1_generator, &a);
        atr_g2_mul(&q, &atr_g2_generator, &b);
        atr_g1_to_affine(&pa, &p);
        atr_g2_to_affine(&qa, &q);
        atr_pairing(&e, &pa, &qa);
        atr_fr_mul(&a, &a, &b);
        atr_gt_pow(&f, &atr_gt_generator, &a);
        assert_true(atr_gt_equal(&e, &f));
        atr_gt_pow_vartime(&f, &atr_gt_generator, &a);
        assert_true(atr_gt_equal(&e, &f));
        atr_gt_table_pow(&f, &table, &a);
        assert_true(atr_gt_equal(&e, &f));
        atr_gt_inv(&f, &e);
        atr_gt_mul(&f, &f, &e);
        assert_true(atr_gt_is_one(&f));
        assert_int_equal(atr_gt_is_one(&e) != 0, atr_fr_is_zero(&a) != 0);
    }
}

#define PAIRS 43

/* A product of any count, over the internal chunks, with identities in it and
 * lines for none, one in three, all. */
static void test_pairing_product(void **state)
{
    static const size_t counts[] = {0,  1,  2,  6,  7,  8,    9,
                                    16, 19, 31, 32, 33, PAIRS};
    static atr_g2_lines lines[PAIRS];
    atr_g1_affine p[PAIRS];
    atr_g2_affine q[PAIRS];
    atr_pair pairs[PAIRS];
    atr_gt e[PAIRS];
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (size_t i = 0; i < PAIRS; i++) {
        atr_g1 a = point1(&rng);
        atr_g2 b = point2(&rng);

        atr_g1_to_affine(&p[i], &a);
        atr_g2_to_affine(&q[i], &b);
        if (i == 6) {
            p[i] = identity1;
        }
        if (i == 8) {
            q[i] = identity2;
        }
        atr_pairing(&e[i], &p[i], &q[i]);
        atr_g2_lines_init(&lines[i], &q[i]);
    }
    assert_true(atr_gt_is_one(&e[6]) && atr_gt_is_one(&e[8]));
    pairs_of(pairs, p, q, PAIRS);
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        atr_gt want;
        atr_gt got;

        atr_gt_one(&want);
        for (size_t i = 0; i < counts[c]; i++) {
            atr_gt_mul(&want, &want, &e[i]);
        }
        for (size_t every = 0; every < 4; every += every == 0 ? 1 : 2) {
            for (size_t i = 0; i < PAIRS; i++) {
                bool brings = every != 0 && i % every == 0;

                pairs[i].lines = brings ? &lines[i] : NULL;
            }
            atr_pairing_product(&got, pairs, counts[c]);
            assert_true(atr_gt_equal(&got, &want));
        }
    }
}

#define MIXED 4

/* Every choice of who brings lines gives the product without any: identities
 * on either side with lines and without, one point twice. */
static void test_pairing_mixed(void **state)
{
    static const atr_g2_lines none;
    static atr_g2_lines lines[MIXED];
    atr_g1_affine p[MIXED];
    atr_g2_affine q[MIXED];
    atr_pair pairs[MIXED];
    atr_gt want;
    atr_gt got;
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (size_t identities = 0; identities < 4; identities++) {
        for (size_t i = 0; i < MIXED; i++) {
            atr_g1 a = point1(&rng);
            atr_g2 b = point2(&rng);

            atr_g1_to_affine(&p[i], &a);
            atr_g2_to_affine(&q[i], &b);
        }
        q[3] = q[0];
        if (identities & 1) {
            p[1] = identity1;
        }
        if (identities & 2) {
            q[2] = identity2;
        }
        for (size_t i = 0; i < MIXED; i++) {
            atr_g2_lines_init(&lines[i], &q[i]);
        }
        assert_int_equal(memcmp(&lines[2], &none, sizeof none) == 0,
                         atr_g2_affine_is_identity_vartime(&q[2]));
        pairs_of(pairs, p, q, MIXED);
        atr_pairing_product(&want, pairs, MIXED);
        for (unsigned set = 1; set < 1U << MIXED; set++) {
            for (size_t i = 0; i < MIXED; i++) {
                pairs[i].lines = set >> i & 1 ? &lines[i] : NULL;
            }
            atr_pairing_product(&got, pairs, MIXED);
            assert_true(atr_gt_equal(&got, &want));
        }
    }
}

/* Written points are read again, in both forms; and hashes are points. */
static void test_bytes_round(void **state)
{
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < 50; i++) {
        uint8_t bytes[ATR_G2_WIDE_BYTES];
        atr_g1_affine p;
        atr_g1_affine p2;
        atr_g2_affine q;
        atr_g2_affine q2;

        atr_rng_bytes(&rng, bytes, 8);
        atr_g1_hash(&p, ATR_LITERAL("round"), (atr_bytes){bytes, 8});
        atr_g2_encode(&q, ATR_LITERAL("round"), (atr_bytes){bytes, 8});
        atr_g1_write(bytes, &p);
        assert_int_equal(atr_g1_read(&p2, bytes), ATR_OK);
        assert_g1_affine(&p, &p2);
        atr_g1_write_wide(bytes, &p);
        assert_int_equal(atr_g1_read_wide(&p2, bytes), ATR_OK);
        assert_g1_affine(&p, &p2);
        atr_g2_write(bytes, &q);
        assert_int_equal(atr_g2_read(&q2, bytes), ATR_OK);
        assert_g2_affine(&q, &q2);
        atr_g2_write_wide(bytes, &q);
        assert_int_equal(atr_g2_read_wide(&q2, bytes), ATR_OK);
        assert_g2_affine(&q, &q2);
    }
}

/* The inputs for which the simplified SWU map divides by 0: u = 0, and
 * Z u^2 = -1 where there is such a u. They share x (RFC 9380, 6.6.2). */
static void test_exceptions_of_the_maps(void **state)
{
    atr_fp u = atr_fp_of(0);
    atr_fp2 u2 = {u, u};
    atr_g1 p;
    atr_g1_affine first;
    atr_g1_affine second;
    atr_g2 q;
    atr_g2_affine first2;
    atr_g2_affine second2;

    (void)state;
    atr_g1_map(&p, &u);
    atr_g1_to_affine(&first, &p);
    assert_true(atr_g1_on_curve_vartime(&first));
    atr_g2_map(&q, &u2);
    atr_g2_to_affine(&first2, &q);
    assert_true(atr_g2_on_curve_vartime(&first2));

    u = atr_fp_of(11);
    atr_fp_inv(&u, &u);
    atr_fp_neg(&u, &u);
    if (atr_fp_sqrt(&u, &u)) {
        atr_g1_map(&p, &u);
        atr_g1_to_affine(&second, &p);
        assert_true(atr_fp_equal(&first.x, &second.x));
    }
    u2.c0 = atr_fp_of(2); /* -1 / Z = 1 / (2 + u) */
    u2.c1 = atr_fp_of(1);
    atr_fp2_inv(&u2, &u2);
    if (atr_fp2_sqrt(&u2, &u2)) {
        atr_g2_map(&q, &u2);
        atr_g2_to_affine(&second2, &q);
        assert_true(atr_fp2_equal(&first2.x, &second2.x));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_g1_laws),
        cmocka_unit_test(test_g2_laws),
        cmocka_unit_test(test_g1_products),
        cmocka_unit_test(test_g2_products),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_to_affine_many),
        cmocka_unit_test(test_bilinear),
        cmocka_unit_test(test_pairing_product),
        cmocka_unit_test(test_pairing_mixed),
        cmocka_unit_test(test_bytes_round),
        cmocka_unit_test(test_exceptions_of_the_maps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
