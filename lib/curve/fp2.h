/* fp2.h - Fp2 = Fp[u] / (u^2 + 1). Constant time; outputs may be inputs. */
#ifndef ATR_FP2_H
#define ATR_FP2_H

#include "curve/fp.h"

#define ATR_FP2_BYTES 96

typedef struct {
    atr_fp c0, c1; /* c0 + c1 u */
} atr_fp2;

typedef struct {
    atr_fp_wide c0, c1; /* a product that is not yet reduced: fp.h */
} atr_fp2_wide;

void atr_fp2_mul(atr_fp2 *out, const atr_fp2 *a, const atr_fp2 *b);
void atr_fp2_sqr(atr_fp2 *out, const atr_fp2 *a);
/* atr_fp2_mul_wide takes parts below 4 p: a0 b0 - a1 b1 and a0 b1 + a1 b0. */
void atr_fp2_mul_wide(atr_fp2_wide *out, const atr_fp2 *a, const atr_fp2 *b);
/* atr_fp2_sqr_wide takes parts below p; its own are between 0 and 2 p^2. */
void atr_fp2_sqr_wide(atr_fp2_wide *out, const atr_fp2 *a);
void atr_fp2_reduce(atr_fp2 *out, const atr_fp2_wide *a);

/* atr_fp2_inv of 0 is 0. */
void atr_fp2_inv(atr_fp2 *out, const atr_fp2 *a);
/* As atr_fp_inv_many. */
void atr_fp2_inv_many(atr_fp2 *all, atr_fp2 *spare, size_t count);
/* atr_fp2_sqrt is a square root of `a` if there is one, which the mask
 * tells. */
atr_mask atr_fp2_sqrt(atr_fp2 *out, const atr_fp2 *a);
/* atr_fp2_sqrt_of_norm finishes a square root: `norm_root` is a square root
 * of a.c0^2 + a.c1^2, and `a` is known to be a square. */
void atr_fp2_sqrt_of_norm(atr_fp2 *out, const atr_fp2 *a,
                          const atr_fp *norm_root);

/* atr_fp2_is_high is the sort of the zkcrypto encoding: that of c1, or of c0
 * where c1 is 0. */
atr_mask atr_fp2_is_high(const atr_fp2 *a);
/* atr_fp2_is_odd is sgn0 of RFC 9380, 4.1. */
atr_mask atr_fp2_is_odd(const atr_fp2 *a);

/* 96 bytes, c1 first, as points are encoded. Reading refuses a coordinate of
 * p and above with ATR_ERR_INPUT. */
ATR_MUST_USE atr_err atr_fp2_read(atr_fp2 *out,
                                  const uint8_t in[ATR_FP2_BYTES]);
void atr_fp2_write(uint8_t out[ATR_FP2_BYTES], const atr_fp2 *a);

static inline void atr_fp2_add(atr_fp2 *out, const atr_fp2 *a, const atr_fp2 *b)
{
    atr_fp_add(&out->c0, &a->c0, &b->c0);
    atr_fp_add(&out->c1, &a->c1, &b->c1);
}

/* Below 2 p, as atr_fp_add_lazy. */
static inline void atr_fp2_add_lazy(atr_fp2 *out, const atr_fp2 *a,
                                    const atr_fp2 *b)
{
    atr_fp_add_lazy(&out->c0, &a->c0, &b->c0);
    atr_fp_add_lazy(&out->c1, &a->c1, &b->c1);
}

static inline void atr_fp2_sub(atr_fp2 *out, const atr_fp2 *a, const atr_fp2 *b)
{
    atr_fp_sub(&out->c0, &a->c0, &b->c0);
    atr_fp_sub(&out->c1, &a->c1, &b->c1);
}

static inline void atr_fp2_dbl(atr_fp2 *out, const atr_fp2 *a)
{
    atr_fp2_add(out, a, a);
}

static inline void atr_fp2_neg(atr_fp2 *out, const atr_fp2 *a)
{
    atr_fp_neg(&out->c0, &a->c0);
    atr_fp_neg(&out->c1, &a->c1);
}

static inline void atr_fp2_half(atr_fp2 *out, const atr_fp2 *a)
{
    atr_fp_half(&out->c0, &a->c0);
    atr_fp_half(&out->c1, &a->c1);
}

/* atr_fp2_conj is a^p. */
static inline void atr_fp2_conj(atr_fp2 *out, const atr_fp2 *a)
{
    out->c0 = a->c0;
    atr_fp_neg(&out->c1, &a->c1);
}

/* atr_fp2_mul_fp is a times a number of Fp. */
static inline void atr_fp2_mul_fp(atr_fp2 *out, const atr_fp2 *a,
                                  const atr_fp *b)
{
    const atr_fp k = *b;

    atr_fp_mul(&out->c0, &a->c0, &k);
    atr_fp_mul(&out->c1, &a->c1, &k);
}

/* atr_fp2_mul_xi is a (1 + u). */
static inline void atr_fp2_mul_xi(atr_fp2 *out, const atr_fp2 *a)
{
    const atr_fp c0 = a->c0;

    atr_fp_sub(&out->c0, &c0, &a->c1);
    atr_fp_add(&out->c1, &c0, &a->c1);
}

static inline void atr_fp2_select(atr_fp2 *out, atr_mask mask,
                                  const atr_fp2 *yes, const atr_fp2 *no)
{
    atr_fp_select(&out->c0, mask, &yes->c0, &no->c0);
    atr_fp_select(&out->c1, mask, &yes->c1, &no->c1);
}

static inline atr_mask atr_fp2_is_zero(const atr_fp2 *a)
{
    return atr_fp_is_zero(&a->c0) & atr_fp_is_zero(&a->c1);
}

static inline atr_mask atr_fp2_equal(const atr_fp2 *a, const atr_fp2 *b)
{
    return atr_fp_equal(&a->c0, &b->c0) & atr_fp_equal(&a->c1, &b->c1);
}

static inline void atr_fp2_wide_add(atr_fp2_wide *out, const atr_fp2_wide *a,
                                    const atr_fp2_wide *b)
{
    atr_fp_wide_add(&out->c0, &a->c0, &b->c0);
    atr_fp_wide_add(&out->c1, &a->c1, &b->c1);
}

static inline void atr_fp2_wide_sub(atr_fp2_wide *out, const atr_fp2_wide *a,
                                    const atr_fp2_wide *b)
{
    atr_fp_wide_sub(&out->c0, &a->c0, &b->c0);
    atr_fp_wide_sub(&out->c1, &a->c1, &b->c1);
}

static inline void atr_fp2_wide_fold(atr_fp2_wide *a)
{
    atr_fp_wide_fold(&a->c0);
    atr_fp_wide_fold(&a->c1);
}

/* atr_fp2_wide_sub_sub is a - b - c. */
static inline void atr_fp2_wide_sub_sub(atr_fp2_wide *out,
                                        const atr_fp2_wide *a,
                                        const atr_fp2_wide *b,
                                        const atr_fp2_wide *c)
{
    atr_fp_wide_sub_sub(&out->c0, &a->c0, &b->c0, &c->c0);
    atr_fp_wide_sub_sub(&out->c1, &a->c1, &b->c1, &c->c1);
}

/* atr_fp2_wide_add_xi is a + b (1 + u); `out` is not b. */
static inline void atr_fp2_wide_add_xi(atr_fp2_wide *out, const atr_fp2_wide *a,
                                       const atr_fp2_wide *b)
{
    atr_fp_wide_add_sub(&out->c0, &a->c0, &b->c0, &b->c1);
    atr_fp_wide_add_add(&out->c1, &a->c1, &b->c0, &b->c1);
}

static inline void atr_fp2_wide_mul_xi(atr_fp2_wide *out, const atr_fp2_wide *a)
{
    const atr_fp_wide c0 = a->c0;

    atr_fp_wide_sub(&out->c0, &c0, &a->c1);
    atr_fp_wide_add(&out->c1, &c0, &a->c1);
}

/* atr_fp2_two_products is a b + c d, or a b - c d, reduced once. */
static inline void atr_fp2_two_products(atr_fp2 *out, const atr_fp2 *a,
                                        const atr_fp2 *b, const atr_fp2 *c,
                                        const atr_fp2 *d, bool minus)
{
    atr_fp2_wide s;
    atr_fp2_wide t;

    atr_fp2_mul_wide(&s, a, b);
    atr_fp2_mul_wide(&t, c, d);
    if (minus) {
        atr_fp2_wide_sub(&s, &s, &t);
    } else {
        atr_fp2_wide_add(&s, &s, &t);
    }
    atr_fp2_reduce(out, &s);
}

#endif
