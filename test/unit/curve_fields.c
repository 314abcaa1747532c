/* curve_fields.c - the laws of Fr, Fp, Fp2 and Fp12, at random elements and at
 * the edges: 0, 1, p - 1, and limbs full of ones or zeros.
 */
#include "kit/curve.h"

static const atr_fp fp_zero = {{0}};
static const atr_fp fp_one = ATR_FP_ONE;
static const atr_fp modulus = {ATR_FP_LIMBS};
static const uint64_t modulus_words[ATR_FP_WORDS] = ATR_FP_MODULUS;

#ifdef ATR_ENGINE_WASM30
#define FULL ATR_WASM30_MASK /* a limb of ones */
#else
#define FULL UINT64_MAX
#endif
#define LAST (ATR_FP_COUNT - 1)
#define EDGES (7 + LAST)

/* Elements whose limbs, in Montgomery form, are extreme. */
static atr_fp edge(size_t i)
{
    atr_fp out = fp_zero;

    if (i == 0) {
        return out;
    }
    if (i == 1) {
        out = fp_one;
    } else if (i == 2) {
        atr_fp_neg(&out, &fp_one);
    } else if (i < 6) { /* p - 1, p - 2, p - 3 as limbs */
        out = modulus;
        out.limb[0] -= (uint8_t)(i - 2);
    } else if (i < 6 + LAST) {
        out.limb[i - 6] = FULL;
    } else {
        for (int k = 0; k < LAST; k++) {
            out.limb[k] = FULL;
        }
        out.limb[LAST] = modulus.limb[LAST] - 1;
    }
    return out;
}

static atr_fp fp_random(atr_rng *rng)
{
    uint8_t bytes[ATR_FP_WIDE_BYTES];
    atr_fp out;

    if (atr_rng_below_vartime(rng, 4) == 0) {
        return edge((size_t)atr_rng_below_vartime(rng, EDGES));
    }
    atr_rng_bytes(rng, bytes, sizeof bytes);
    atr_fp_read_wide(&out, bytes);
    return out;
}

static atr_fp2 fp2_random(atr_rng *rng)
{
    return (atr_fp2){fp_random(rng), fp_random(rng)};
}

static atr_fp6 fp6_random(atr_rng *rng)
{
    return (atr_fp6){fp2_random(rng), fp2_random(rng), fp2_random(rng)};
}

static atr_fp12 fp12_random(atr_rng *rng)
{
    return (atr_fp12){fp6_random(rng), fp6_random(rng)};
}

#define assert_fp(a, b) assert_true(atr_fp_equal((a), (b)))
#define assert_fp2(a, b) assert_true(atr_fp2_equal((a), (b)))

static void is_reduced(const atr_fp *a)
{
    uint64_t words[ATR_FP_WORDS];
    atr_carry borrow = 0;

    for (int i = 0; i < ATR_FP_COUNT; i++) {
        assert_true(a->limb[i] <= FULL);
    }
    atr_fp_words(words, a);
    for (int i = 0; i < ATR_FP_WORDS; i++) {
        (void)atr_limb_sub(words[i], modulus_words[i], &borrow);
    }
    assert_int_equal(borrow, 1);
}

/* Three ways to one product. */
static void products_agree(const atr_fp *a, const atr_fp *b)
{
    atr_fp_wide wide;
    atr_fp x;
    atr_fp y;

    atr_fp_mul(&x, a, b);
    is_reduced(&x);
    atr_fp_mul(&y, b, a);
    assert_fp(&x, &y);
    atr_fp_mul_wide(&wide, a, b);
    atr_fp_reduce(&y, &wide);
    is_reduced(&y);
    assert_fp(&x, &y);
    atr_fp_two_products(&y, a, b, a, b, true);
    assert_true(atr_fp_is_zero(&y));
    atr_fp_two_products(&y, a, b, a, b, false);
    atr_fp_dbl(&x, &x);
    assert_fp(&x, &y);
    atr_fp_sqr(&x, a);
    atr_fp_mul(&y, a, a);
    assert_fp(&x, &y);
}

static void laws_of_fp(const atr_fp *a, const atr_fp *b, const atr_fp *c)
{
    atr_fp x;
    atr_fp y;
    atr_fp z;

    products_agree(a, b);
    atr_fp_add(&x, b, c); /* a (b + c) = a b + a c */
    is_reduced(&x);
    atr_fp_mul(&x, &x, a);
    atr_fp_mul(&y, a, b);
    atr_fp_mul(&z, a, c);
    atr_fp_add(&y, &y, &z);
    assert_fp(&x, &y);
    atr_fp_two_products(&y, a, b, a, c, false);
    assert_fp(&x, &y);
    atr_fp_mul(&x, a, b); /* (a b) c = a (b c) */
    atr_fp_mul(&x, &x, c);
    atr_fp_mul(&y, b, c);
    atr_fp_mul(&y, a, &y);
    assert_fp(&x, &y);
    atr_fp_sub(&x, a, b); /* (a - b) + b = a, -(-a) = a, 2 (a / 2) = a */
    is_reduced(&x);
    atr_fp_add(&x, &x, b);
    assert_fp(&x, a);
    atr_fp_neg(&x, a);
    is_reduced(&x);
    atr_fp_add(&y, &x, a);
    assert_true(atr_fp_is_zero(&y));
    atr_fp_half(&x, a);
    is_reduced(&x);
    atr_fp_dbl(&x, &x);
    assert_fp(&x, a);
    x = *a; /* outputs may be inputs */
    atr_fp_mul(&x, &x, &x);
    atr_fp_sqr(&y, a);
    assert_fp(&x, &y);
}

static void test_fp(void **state)
{
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (size_t i = 0; i < EDGES; i++) {
        for (size_t j = 0; j < EDGES; j++) {
            atr_fp a = edge(i);
            atr_fp b = edge(j);
            atr_fp c = fp_random(&rng);

            laws_of_fp(&a, &b, &c);
        }
    }
    for (int i = 0; i < 2000; i++) {
        atr_fp a = fp_random(&rng);
        atr_fp b = fp_random(&rng);
        atr_fp c = fp_random(&rng);

        laws_of_fp(&a, &b, &c);
    }
}

static void roots_of_fp(const atr_fp *a)
{
    atr_fp x;
    atr_fp y;
    atr_mask square;

    atr_fp_inv(&x, a);
    atr_fp_mul(&y, &x, a);
    assert_fp(&y, atr_fp_is_zero(a) ? &fp_zero : &fp_one);
    square = atr_fp_sqrt(&x, a);
    atr_fp_sqr(&y, &x);
    if (!square) {
        atr_fp_neg(&y, &y);
    }
    assert_fp(&y, a);
    atr_fp_sqr(&y, a); /* a^2 has the root a or -a */
    assert_true(atr_fp_sqrt(&x, &y));
    atr_fp_neg(&y, &x);
    assert_true(atr_fp_equal(&x, a) || atr_fp_equal(&y, a));
    if (!atr_fp_is_zero(a)) { /* of a and -a exactly one is above (p - 1)/2 */
        atr_fp_neg(&y, a);
        assert_true(atr_fp_is_high(a) != atr_fp_is_high(&y));
        assert_true(atr_fp_is_odd(a) != atr_fp_is_odd(&y));
    }
}

/* Where halvings alone bring a number to 1, factors become as large as they
 * can, and p shifted has the quotients of p in another order. */
static void test_fp_inverse_of_shifts(void **state)
{
    static const uint64_t p[ATR_FP_WORDS] = ATR_FP_MODULUS;

    (void)state;
    for (int k = 1; k < 381; k++) {
        uint64_t power[ATR_FP_WORDS] = {0};
        uint64_t shifted[ATR_FP_WORDS] = {0};
        const uint64_t *words[2] = {power, shifted};

        power[k / 64] = UINT64_C(1) << k % 64;
        for (int i = 0; i + k / 64 < ATR_FP_WORDS; i++) {
            uint64_t next =
                i + k / 64 + 1 < ATR_FP_WORDS ? p[i + k / 64 + 1] : 0;

            shifted[i] = p[i + k / 64] >> k % 64 | (next << 1) << (63 - k % 64);
        }
        for (int i = 0; i < 2; i++) {
            atr_fp a;
            atr_fp x;

            atr_fp_of_words(&a, words[i]);
            atr_fp_inv(&x, &a);
            atr_fp_mul(&x, &x, &a);
            assert_fp(&x, &fp_one);
        }
    }
}

static void test_fp_roots(void **state)
{
    atr_rng rng;
    atr_fp all[20];
    atr_fp spare[20];

    (void)state;
    kit_rng(&rng, kit_seed());
    for (size_t i = 0; i < EDGES; i++) {
        atr_fp a = edge(i);

        roots_of_fp(&a);
    }
    for (int i = 0; i < 100; i++) {
        atr_fp a = fp_random(&rng);

        roots_of_fp(&a);
    }
    for (size_t i = 0; i < 20; i++) {
        do {
            all[i] = fp_random(&rng);
        } while (atr_fp_is_zero(&all[i]));
    }
    for (size_t count = 0; count <= 20; count += 5) {
        atr_fp inverses[20];
        atr_fp one;

        memcpy(inverses, all, sizeof all);
        atr_fp_inv_many(inverses, spare, count);
        for (size_t i = 0; i < count; i++) {
            atr_fp_mul(&one, &inverses[i], &all[i]);
            assert_fp(&one, &fp_one);
        }
    }
}

/* What is read is written the same; p and above is refused. */
static void test_fp_bytes(void **state)
{
    uint8_t bytes[ATR_FP_BYTES];
    uint8_t back[ATR_FP_BYTES];
    atr_rng rng;
    atr_fp a;
    atr_fp b;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < 200; i++) {
        a = fp_random(&rng);
        atr_fp_write(bytes, &a);
        assert_int_equal(atr_fp_read(&b, bytes), ATR_OK);
        assert_fp(&a, &b);
    }
    for (uint64_t over = 0; over < 5; over++) {
        for (int i = 0; i < 6; i++) {
            atr_limb_write(bytes + 8 * i, modulus_words[5 - i]);
        }
        bytes[47] = (uint8_t)(bytes[47] + over - 2); /* p - 2 .. p + 2 */
        assert_int_equal(atr_fp_read(&a, bytes),
                         over < 2 ? ATR_OK : ATR_ERR_INPUT);
        atr_fp_write(back, &a);
        if (over < 2) {
            assert_memory_equal(back, bytes, sizeof back);
        } else {
            assert_true(atr_fp_is_zero(&a));
        }
    }
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(atr_fp_read(&a, bytes), ATR_ERR_INPUT);
}

/* The largest numbers that products take, and sums of as many products
 * of p - 1 as may be reduced, and folded. */
static void test_fp_bounds(void **state)
{
    const atr_fp plain_one = {{1}};
    atr_fp_wide sum = {{0}};
    atr_fp_wide less = {{0}};
    atr_fp_wide wide;
    atr_fp last = modulus; /* p - 1 as limbs */
    atr_fp any;
    atr_fp x;
    atr_fp y;
    atr_fp z;

    (void)state;
    last.limb[0] -= 1;
    for (int i = 0; i < ATR_FP_COUNT; i++) {
        any.limb[i] = FULL;
    }
    atr_fp_mul(&x, &any, &last); /* (R - 1) b / R is b - b / R */
    atr_fp_mul(&y, &last, &plain_one);
    atr_fp_sub(&y, &last, &y);
    assert_fp(&x, &y);
    is_reduced(&x);

    atr_fp_sqr(&y, &last);
    atr_fp_add_lazy(&any, &last, &last); /* 2 p - 2 */
    atr_fp_mul_wide(&wide, &any, &any);
    atr_fp_reduce(&x, &wide);
    atr_fp_mul(&z, &any, &any);
    assert_fp(&x, &z);
    is_reduced(&x);
    atr_fp_dbl(&z, &y);
    atr_fp_dbl(&z, &z);
    assert_fp(&x, &z);

    atr_fp_mul_wide(&wide, &last, &last);
    z = (atr_fp){{0}};
    for (int i = 1; i <= 19; i++) {
        atr_fp_wide s;
        atr_fp_wide t;

        atr_fp_wide_add(&sum, &sum, &wide);
        atr_fp_wide_sub(&less, &less, &wide);
        atr_fp_add(&z, &z, &y);
        s = sum;
        t = less;
        if (i > 9) {
            atr_fp_wide_fold(&s);
            atr_fp_wide_fold(&t);
        }
        atr_fp_reduce(&x, &s);
        assert_fp(&x, &z);
        is_reduced(&x);
        atr_fp_reduce(&x, &t);
        atr_fp_add(&x, &x, &z);
        assert_fp(&x, &fp_zero);
    }
}

static void test_fp2(void **state)
{
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < 500; i++) {
        atr_fp2 a = fp2_random(&rng);
        atr_fp2 b = fp2_random(&rng);
        const atr_fp2 u = {fp_zero, fp_one};
        const atr_fp2 xi = {fp_one, fp_one};
        atr_fp2 x;
        atr_fp2 y;
        atr_fp s;
        atr_fp t;

        atr_fp2_mul(&x, &a, &b); /* the schoolbook */
        atr_fp_mul(&s, &a.c0, &b.c0);
        atr_fp_mul(&t, &a.c1, &b.c1);
        atr_fp_sub(&y.c0, &s, &t);
        atr_fp_mul(&s, &a.c0, &b.c1);
        atr_fp_mul(&t, &a.c1, &b.c0);
        atr_fp_add(&y.c1, &s, &t);
        assert_fp2(&x, &y);
        atr_fp2_sqr(&x, &a);
        atr_fp2_mul(&y, &a, &a);
        assert_fp2(&x, &y);
        atr_fp2_mul_xi(&x, &a);
        atr_fp2_mul(&y, &a, &xi);
        assert_fp2(&x, &y);
        atr_fp2_sqr(&x, &u); /* u^2 = -1 */
        atr_fp_neg(&s, &fp_one);
        assert_fp(&x.c0, &s);
        assert_true(atr_fp_is_zero(&x.c1));
        if (i < 100) {
            atr_fp2_inv(&x, &a);
            atr_fp2_mul(&x, &x, &a);
            assert_true(atr_fp2_is_zero(&a) || atr_fp_equal(&x.c0, &fp_one));
            assert_true(atr_fp_is_zero(&x.c1));
            atr_fp2_sqr(&y, &a);
            assert_true(atr_fp2_sqrt(&x, &y));
            atr_fp2_sqr(&x, &x);
            assert_fp2(&x, &y);
            atr_fp2_mul_xi(&y, &y); /* xi is no square */
            assert_true(atr_fp2_is_zero(&y) || !atr_fp2_sqrt(&x, &y));
        }
    }
}

/* Every square of an element with one coordinate 0 has a root. */
static void test_fp2_roots_of_edges(void **state)
{
    (void)state;
    for (size_t i = 0; i < EDGES; i++) {
        for (int which = 0; which < 2; which++) {
            atr_fp2 a = {which ? fp_zero : edge(i), which ? edge(i) : fp_zero};
            atr_fp2 x;

            assert_true(atr_fp2_sqrt(&x, &a) || which == 1);
            atr_fp2_sqr(&a, &a);
            assert_true(atr_fp2_sqrt(&x, &a));
            atr_fp2_sqr(&x, &x);
            assert_fp2(&x, &a);
        }
    }
}

static void test_fp12(void **state)
{
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < 100; i++) {
        atr_fp12 a = fp12_random(&rng);
        atr_fp12 b = fp12_random(&rng);
        atr_fp12 c = fp12_random(&rng);
        atr_fp12_line line = {a.c0.c0, a.c0.c1, a.c1.c1};
        atr_fp12 x;
        atr_fp12 y;

        atr_fp12_mul(&x, &a, &b); /* (a b) c = a (c b) */
        atr_fp12_mul(&x, &x, &c);
        atr_fp12_mul(&y, &c, &b);
        atr_fp12_mul(&y, &a, &y);
        assert_true(atr_fp12_equal(&x, &y));
        atr_fp12_sqr(&x, &a);
        atr_fp12_mul(&y, &a, &a);
        assert_true(atr_fp12_equal(&x, &y));
        atr_fp12_inv(&x, &a);
        atr_fp12_mul(&x, &x, &a);
        atr_fp12_one(&y);
        assert_true(atr_fp12_equal(&x, &y));
        memset(&c, 0, sizeof c); /* the sparse product is a product */
        c.c0.c0 = line.l0;
        c.c0.c1 = line.l1;
        c.c1.c1 = line.l4;
        atr_fp12_mul(&x, &b, &c);
        atr_fp12_mul_line(&y, &b, &line);
        assert_true(atr_fp12_equal(&x, &y));
        atr_fp12_frobenius(&x, &a); /* a homomorphism, of order 12 */
        atr_fp12_frobenius(&y, &b);
        atr_fp12_mul(&x, &x, &y);
        atr_fp12_mul(&y, &a, &b);
        atr_fp12_frobenius(&y, &y);
        assert_true(atr_fp12_equal(&x, &y));
        x = a;
        for (int k = 0; k < 6; k++) {
            atr_fp12_frobenius(&x, &x);
        }
        atr_fp12_conj(&y, &a);
        assert_true(atr_fp12_equal(&x, &y));
        atr_fp12_frobenius2(&y, &x);
        atr_fp12_frobenius(&x, &x);
        atr_fp12_frobenius(&x, &x);
        assert_true(atr_fp12_equal(&x, &y));
    }
}

static void laws_of_fr(const atr_fr *a, const atr_fr *b, const atr_fr *c)
{
    const atr_fr zero = atr_fr_of(0);
    const atr_fr one = atr_fr_of(1);
    atr_fr x;
    atr_fr y;
    atr_fr z;
    uint8_t bytes[ATR_FR_BYTES];

    atr_fr_add(&x, b, c);
    atr_fr_mul(&x, &x, a);
    atr_fr_mul(&y, a, b);
    atr_fr_mul(&z, a, c);
    atr_fr_add(&y, &y, &z);
    assert_true(atr_fr_equal(&x, &y));
    atr_fr_sub(&x, a, b);
    atr_fr_add(&x, &x, b);
    assert_true(atr_fr_equal(&x, a));
    atr_fr_neg(&x, a);
    atr_fr_add(&x, &x, a);
    assert_true(atr_fr_is_zero(&x));
    atr_fr_inv(&x, a);
    atr_fr_mul(&x, &x, a);
    assert_true(atr_fr_equal(&x, atr_fr_is_zero(a) ? &zero : &one));
    atr_fr_sqr(&x, a);
    atr_fr_mul(&y, a, a);
    assert_true(atr_fr_equal(&x, &y));
    atr_fr_write(bytes, a);
    assert_int_equal(atr_fr_read(&x, bytes), ATR_OK);
    assert_true(atr_fr_equal(&x, a));
    atr_fr_select(&x, UINT64_MAX, a, b);
    assert_true(atr_fr_equal(&x, a));
    atr_fr_select(&x, 0, a, b);
    assert_true(atr_fr_equal(&x, b));
}

/* The cyclotomic subgroup: squarings, and the power that takes most of them
 * compressed, of random elements and of 1. */
static void test_cyclotomic(void **state)
{
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < 10; i++) {
        atr_fp12 a = fp12_random(&rng);
        atr_fp12 x;
        atr_fp12 y;

        atr_fp12_inv(&x, &a); /* a^((p^6 - 1)(p^2 + 1)) */
        atr_fp12_conj(&a, &a);
        atr_fp12_mul(&a, &a, &x);
        atr_fp12_frobenius2(&x, &a);
        atr_fp12_mul(&a, &a, &x);
        if (i == 0) {
            atr_fp12_one(&a);
        }
        atr_fp12_cyclotomic_sqr(&x, &a);
        atr_fp12_sqr(&y, &a);
        assert_true(atr_fp12_equal(&x, &y));
        x = a;
        for (int k = 62; k >= 0; k--) {
            atr_fp12_sqr(&x, &x);
            if (ATR_CURVE_X >> k & 1) {
                atr_fp12_mul(&x, &x, &a);
            }
        }
        atr_fp12_cyclotomic_pow_x(&y, &a);
        assert_true(atr_fp12_equal(&x, &y));
        atr_fp12_cyclotomic_pow_x(&a, &a);
        assert_true(atr_fp12_equal(&x, &a));
    }
}

static void test_fr(void **state)
{
    atr_rng rng;
    atr_fr edges[4];

    (void)state;
    kit_rng(&rng, kit_seed());
    edges[0] = atr_fr_of(0);
    edges[1] = atr_fr_of(1);
    edges[2] = atr_fr_of(UINT64_MAX);
    atr_fr_neg(&edges[3], &edges[1]);
    for (int i = 0; i < 500; i++) {
        atr_fr k[3];

        for (int n = 0; n < 3; n++) {
            if (atr_rng_below_vartime(&rng, 4) == 0) {
                k[n] = edges[atr_rng_below_vartime(&rng, 4)];
            } else {
                atr_fr_random(&k[n], &rng);
            }
        }
        laws_of_fr(&k[0], &k[1], &k[2]);
    }
}

/* 48 bytes mod r: (high 2^256 + low) by field operations; and a polynomial
 * by its powers. */
static void test_fr_reduce_and_eval(void **state)
{
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < 200; i++) {
        uint8_t bytes[ATR_FR_WIDE_BYTES];
        const atr_fr shift = atr_fr_of(256);
        atr_fr sum = atr_fr_of(0);
        atr_fr got;
        atr_fr poly[5];
        atr_fr power = atr_fr_of(1);
        atr_fr x;
        atr_fr t;

        atr_rng_bytes(&rng, bytes, sizeof bytes);
        if (i == 0) {
            memset(bytes, 0xff, sizeof bytes);
        }
        for (size_t k = 0; k < sizeof bytes; k++) {
            t = atr_fr_of(bytes[k]);
            atr_fr_mul(&sum, &sum, &shift);
            atr_fr_add(&sum, &sum, &t);
        }
        atr_fr_reduce(&got, bytes);
        assert_true(atr_fr_equal(&got, &sum));

        x = atr_fr_of((uint64_t)i);
        sum = atr_fr_of(0);
        for (int k = 0; k < 5; k++) {
            atr_fr_random(&poly[k], &rng);
            atr_fr_mul(&t, &poly[k], &power);
            atr_fr_add(&sum, &sum, &t);
            atr_fr_mul(&power, &power, &x);
        }
        atr_fr_eval(&got, poly, 5, (uint64_t)i);
        assert_true(atr_fr_equal(&got, &sum));
    }
}

/* The numbers of RFC 9380, K.1, are in test/vectors; here its limits: a long
 * tag is not the tag itself, and the length is part of the input. */
static void test_fr_hash(void **state)
{
    uint8_t dst[300];
    atr_fr a;
    atr_fr b;

    (void)state;
    memset(dst, 'd', sizeof dst);
    atr_fr_hash(&a, (atr_bytes){dst, 255}, ATR_LITERAL("m"));
    atr_fr_hash(&b, (atr_bytes){dst, 256}, ATR_LITERAL("m"));
    assert_false(atr_fr_equal(&a, &b));
    atr_fr_hash(&a, ATR_LITERAL("d"), ATR_LITERAL("m"));
    atr_fr_hash(&b, ATR_LITERAL("dm"), ATR_LITERAL(""));
    assert_false(atr_fr_equal(&a, &b));
}

int main(void)
{
#ifdef ENGINE
    if (!atr_engine_use(ENGINE)) {
        print_message("# no such engine here: skipped\n");
        return 77;
    }
#endif
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fp),
        cmocka_unit_test(test_fp_inverse_of_shifts),
        cmocka_unit_test(test_fp_roots),
        cmocka_unit_test(test_fp_bytes),
        cmocka_unit_test(test_fp_bounds),
        cmocka_unit_test(test_fp2),
        cmocka_unit_test(test_fp2_roots_of_edges),
        cmocka_unit_test(test_fp12),
        cmocka_unit_test(test_cyclotomic),
        cmocka_unit_test(test_fr),
        cmocka_unit_test(test_fr_reduce_and_eval),
        cmocka_unit_test(test_fr_hash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
