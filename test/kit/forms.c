#include "kit/forms.h"

#include "curve/fp12.h"
#include "curve/pairing_parts.h"

/* FORMS is forms_portable or forms_wasm30. */

static atr_fp number(const uint8_t *in, size_t i)
{
    atr_fp out;

    if (atr_fp_read(&out, in + 48 * i) != ATR_OK) {
        memset(&out, 0, sizeof out);
    }
    return out;
}

static atr_fp2 number2(const uint8_t *in, size_t i)
{
    return (atr_fp2){number(in, 2 * i), number(in, 2 * i + 1)};
}

static atr_fp12 number12(const uint8_t *in, size_t i)
{
    atr_fp2 c[6];

    for (size_t k = 0; k < 6; k++) {
        c[k] = number2(in, 6 * i + k);
    }
    return (atr_fp12){{c[0], c[1], c[2]}, {c[3], c[4], c[5]}};
}

static atr_fr scalar(const uint8_t *in, size_t i)
{
    atr_fr out;

    atr_fr_reduce(&out, in + 48 * i);
    return out;
}

static void put(uint8_t **out, const atr_fp *a)
{
    atr_fp_write(*out, a);
    *out += 48;
}

static void put2(uint8_t **out, const atr_fp2 *a)
{
    put(out, &a->c0);
    put(out, &a->c1);
}

static void put6(uint8_t **out, const atr_fp6 *a)
{
    put2(out, &a->c0);
    put2(out, &a->c1);
    put2(out, &a->c2);
}

static void put12(uint8_t **out, const atr_fp12 *a)
{
    put6(out, &a->c0);
    put6(out, &a->c1);
}

static void put_mask(uint8_t **out, atr_mask mask)
{
    **out = (uint8_t)mask;
    *out += 1;
}

static void put_truth(uint8_t **out, bool truth)
{
    put_mask(out, truth);
}

/* A function of `in`, which writes where *out points and moves it. */
#define FUNCTION(name)                                                         \
    static void name##_of(uint8_t **out, const uint8_t *in);                   \
    static size_t name(uint8_t *out, const uint8_t *in)                        \
    {                                                                          \
        uint8_t *end = out;                                                    \
                                                                               \
        name##_of(&end, in);                                                   \
        return (size_t)(end - out);                                            \
    }                                                                          \
    static void name##_of(uint8_t **out, const uint8_t *in)

FUNCTION(fp_sums)
{
    const atr_fp a = number(in, 0);
    const atr_fp b = number(in, 1);
    atr_fp x;

    atr_fp_add(&x, &a, &b);
    put(out, &x);
    atr_fp_sub(&x, &a, &b);
    put(out, &x);
    atr_fp_dbl(&x, &a);
    put(out, &x);
    atr_fp_neg(&x, &a);
    put(out, &x);
    atr_fp_half(&x, &a);
    put(out, &x);
    atr_fp_select(&x, atr_fp_is_high(&a), &a, &b);
    put(out, &x);
    put_mask(out, atr_fp_is_zero(&a));
    put_mask(out, atr_fp_is_odd(&a));
    put_mask(out, atr_fp_is_high(&a));
    put_mask(out, atr_fp_equal(&a, &b));
}

/* Plain products, and those of sums left below 2 p; sums of products. */
FUNCTION(fp_products)
{
    atr_fp_wide s;
    atr_fp_wide t;
    atr_fp n[4];
    atr_fp x;
    atr_fp y;

    for (size_t i = 0; i < 4; i++) {
        n[i] = number(in, i);
    }
    atr_fp_mul(&x, &n[0], &n[1]);
    put(out, &x);
    atr_fp_sqr(&x, &n[0]);
    put(out, &x);
    atr_fp_two_products(&x, &n[0], &n[1], &n[2], &n[3], false);
    put(out, &x);
    atr_fp_two_products(&x, &n[0], &n[1], &n[2], &n[3], true);
    put(out, &x);
    atr_fp_add_lazy(&x, &n[0], &n[1]);
    atr_fp_add_lazy(&y, &n[2], &n[3]);
    atr_fp_mul_wide(&s, &x, &y);
    atr_fp_mul_wide(&t, &n[0], &n[2]);
    atr_fp_mul(&x, &x, &y);
    put(out, &x);
    atr_fp_reduce(&x, &s);
    put(out, &x);
    atr_fp_wide_sub(&s, &s, &t);
    atr_fp_reduce(&x, &s);
    put(out, &x);
    atr_fp_wide_sub(&t, &t, &s);
    atr_fp_reduce(&x, &t);
    put(out, &x);
    atr_fp_wide_add(&t, &t, &s);
    atr_fp_reduce(&x, &t);
    put(out, &x);
    atr_fp_wide_add_add(&s, &s, &t, &t); /* below 6 p^2 */
    atr_fp_reduce(&x, &s);
    put(out, &x);
    atr_fp_wide_sub_sub(&s, &t, &s, &t);
    atr_fp_wide_add_sub(&s, &s, &s, &t); /* above -13 p^2 */
    atr_fp_wide_fold(&s);
    atr_fp_reduce(&x, &s);
    put(out, &x);
}

FUNCTION(fp_powers)
{
    const atr_fp a = number(in, 0);
    atr_fp x;

    atr_fp_inv(&x, &a);
    put(out, &x);
    put_mask(out, atr_fp_sqrt(&x, &a));
    put(out, &x);
    atr_fp_pow_root(&x, &a);
    put(out, &x);
}

/* 64 bytes mod p, and 48 that may be p and more. */
FUNCTION(fp_bytes)
{
    uint8_t large[48];
    atr_fp x;

    atr_fp_read_wide(&x, in + 40);
    put(out, &x);
    memcpy(large, in, sizeof large);
    large[0] |= 0x18;
    put_truth(out, atr_fp_read(&x, large) == ATR_OK);
    put(out, &x);
}

FUNCTION(fp2_all)
{
    const atr_fp2 a = number2(in, 0);
    const atr_fp2 b = number2(in, 1);
    const atr_fp2 c = number2(in, 2);
    const atr_fp2 d = number2(in, 3);
    atr_fp2 x;

    atr_fp2_mul(&x, &a, &b);
    put2(out, &x);
    atr_fp2_sqr(&x, &a);
    put2(out, &x);
    atr_fp2_mul_xi(&x, &a);
    put2(out, &x);
    atr_fp2_two_products(&x, &a, &b, &c, &d, false);
    put2(out, &x);
    atr_fp2_two_products(&x, &a, &b, &c, &d, true);
    put2(out, &x);
    atr_fp2_inv(&x, &a);
    put2(out, &x);
    put_mask(out, atr_fp2_sqrt(&x, &a));
    put_mask(out, atr_fp2_is_high(&a));
    put_mask(out, atr_fp2_is_odd(&a));
    atr_fp2_sqr(&x, &a);
    put_mask(out, atr_fp2_sqrt(&x, &x));
    put2(out, &x);
}

FUNCTION(fp12_products)
{
    const atr_fp12 a = number12(in, 0);
    const atr_fp12 b = number12(in, 1);
    const atr_fp12_line line = {b.c0.c0, b.c0.c1, b.c1.c0};
    atr_fp12 x;

    atr_fp6_mul(&x.c0, &a.c0, &b.c0);
    atr_fp6_sqr(&x.c1, &a.c1);
    put12(out, &x);
    atr_fp12_mul(&x, &a, &b);
    put12(out, &x);
    atr_fp12_sqr(&x, &a);
    put12(out, &x);
    atr_fp12_mul_line(&x, &a, &line);
    put12(out, &x);
}

FUNCTION(fp12_powers)
{
    atr_fp12 a = number12(in, 0);
    atr_fp12 x;

    atr_fp12_inv(&x, &a);
    put12(out, &x);
    atr_fp12_conj(&a, &a);
    atr_fp12_mul(&a, &a, &x);
    atr_fp12_frobenius2(&x, &a);
    atr_fp12_mul(&a, &a, &x);
    atr_fp12_cyclotomic_sqr(&x, &a);
    put12(out, &x);
    atr_fp12_cyclotomic_pow_x(&x, &a);
    put12(out, &x);
    atr_fp12_frobenius(&x, &a);
    put12(out, &x);
}

static void put_g1(uint8_t **out, const atr_g1 *a)
{
    put(out, &a->x);
    put(out, &a->y);
    put(out, &a->z);
}

static void put_g2(uint8_t **out, const atr_g2 *a)
{
    put2(out, &a->x);
    put2(out, &a->y);
    put2(out, &a->z);
}

FUNCTION(g1_all)
{
    const atr_bytes message = {in, FORMS_IN};
    const atr_fr k = scalar(in, 0);
    const atr_fp u = number(in, 1);
    static atr_g1_table table;
    uint8_t bytes[ATR_G1_BYTES];
    atr_g1_affine p;
    atr_g1_affine q;
    atr_g1 x;
    atr_g1 y;

    atr_g1_hash(&p, ATR_LITERAL("forms"), message);
    atr_g1_mul(&x, &p, &k);
    put_g1(out, &x);
    atr_g1_mul_vartime(&y, &p, &k);
    put_g1(out, &y);
    atr_g1_add(&x, &x, &y);
    atr_g1_dbl(&x, &x);
    put_g1(out, &x);
    atr_g1_table_init(&table, &p);
    atr_g1_table_mul(&x, &table, &k);
    put_g1(out, &x);
    atr_g1_map(&x, &u);
    put_g1(out, &x);
    atr_g1_to_affine(&p, &x);
    put_truth(out, atr_g1_in_subgroup_vartime(&p));
    atr_g1_write(bytes, &p);
    put_truth(out, atr_g1_read_any(&q, bytes) == ATR_OK);
    put_mask(out, atr_g1_affine_equal(&p, &q));
}

FUNCTION(g2_all)
{
    const atr_bytes message = {in, FORMS_IN};
    const atr_fr k = scalar(in, 0);
    const atr_fp2 u = number2(in, 1);
    uint8_t bytes[ATR_G2_BYTES];
    atr_g2_affine p;
    atr_g2_affine q;
    atr_g2 x;
    atr_g2 y;

    atr_g2_hash(&p, ATR_LITERAL("forms"), message);
    atr_g2_mul(&x, &p, &k);
    put_g2(out, &x);
    atr_g2_mul_vartime(&y, &p, &k);
    put_g2(out, &y);
    atr_g2_add(&x, &x, &y);
    atr_g2_dbl(&x, &x);
    put_g2(out, &x);
    atr_g2_map(&x, &u);
    put_g2(out, &x);
    atr_g2_to_affine(&p, &x);
    put_truth(out, atr_g2_in_subgroup_vartime(&p));
    atr_g2_write(bytes, &p);
    put_truth(out, atr_g2_read_any(&q, bytes) == ATR_OK);
    put_mask(out, atr_g2_affine_equal(&p, &q));
}

FUNCTION(pairings)
{
    static atr_g2_lines lines;
    const atr_fr k = scalar(in, 0);
    atr_g1_affine p;
    atr_g2_affine q;
    const atr_pair pairs[2] = {{&p, &q, NULL}, {&p, &q, &lines}};
    atr_g1 p_of;
    atr_g2 q_of;
    atr_fp12 f;
    atr_gt e;

    atr_g1_mul(&p_of, &atr_g1_generator, &k);
    atr_g1_to_affine(&p, &p_of);
    atr_g2_mul(&q_of, &atr_g2_generator, &k);
    atr_g2_to_affine(&q, &q_of);
    atr_g2_lines_init(&lines, &q);
    atr_pairing_miller(&f, pairs, 2);
    atr_pairing_final(&f, &f);
    put12(out, &f);
    atr_pairing(&e, &p, &q);
    atr_gt_write(*out, &e);
    *out += ATR_GT_BYTES;
    atr_gt_pow(&e, &atr_gt_generator, &k);
    atr_gt_write(*out, &e);
    *out += ATR_GT_BYTES;
}

static const forms_function all[] = {
    {"fp_sums", fp_sums, false},
    {"fp_products", fp_products, false},
    {"fp_powers", fp_powers, false},
    {"fp_bytes", fp_bytes, false},
    {"fp2", fp2_all, false},
    {"fp12_products", fp12_products, false},
    {"fp12_powers", fp12_powers, false},
    {"g1", g1_all, true},
    {"g2", g2_all, true},
    {"pairings", pairings, true},
};

const forms_function *FORMS(size_t *count)
{
    *count = sizeof all / sizeof all[0];
    return all;
}
