#include "curve/ifma/fp2x8.h"

#include "curve/ifma/columns.h"

/* a0 + a1, a factor. */
ATR_ALWAYS void settle_sum(atr_fp8 *out, const atr_fp2x8 *a)
{
    atr_loose_settle_factor(
        out, atr_loose_add(atr_loose_of(&a->c0), atr_loose_of(&a->c1)));
}

/* What was stored is not kept in registers, of which a product needs all. */
#define IN_MEMORY __asm__ volatile("" ::: "memory")

/* Karatsuba: with low = a0 b0 and high = a1 b1, c0 = low - high goes to memory
 * and c1 = (a0 + a1)(b0 + b1) - low - high stays in registers. */
ATR_ALWAYS void product(atr_columns *c1, atr_fp8_wide *c0, const atr_fp2x8 *a,
                        const atr_fp2x8 *b)
{
    const __m512i zero = _mm512_setzero_si512();
    atr_loose factor = atr_loose_of(&b->c0);
    atr_fp8 s;
    atr_fp8 t;

    atr_columns_clear(c1);
    atr_columns_product(c1, &a->c0, &factor);
    atr_columns_store(c0, c1);
    settle_sum(&s, a);
    settle_sum(&t, b);
    IN_MEMORY;
    factor = atr_loose_of(&b->c1);
    atr_columns_clear(c1);
    atr_columns_product(c1, &a->c1, &factor);
    ATR_EACH_COLUMN
    {
        __m512i low = _mm512_load_si512(c0->column[i]);

        _mm512_store_si512(c0->column[i], _mm512_sub_epi64(low, c1->c[i]));
        c1->c[i] = _mm512_sub_epi64(_mm512_sub_epi64(zero, low), c1->c[i]);
    }
    factor = atr_loose_of(&t);
    atr_columns_product(c1, &s, &factor);
}

/* c0 = (a0 + a1)(a0 - a1), to memory, and c1 = 2 a0 a1; a1 may be a sum, so
 * that 2^12 p is added to the difference. Three squares would be 40
 * multiplications fewer and take as long: what is around them is more. */
ATR_ALWAYS void square(atr_columns *c1, atr_fp8_wide *c0, const atr_fp2x8 *a)
{
    atr_loose factor;
    atr_fp8 s;
    atr_fp8 d;

    settle_sum(&s, a);
    atr_loose_settle_factor(
        &d,
        atr_loose_add(atr_loose_sub(atr_loose_of(&a->c0), atr_loose_of(&a->c1)),
                      atr_loose_shift(atr_loose_all(atr_ifma_slack), 4)));
    factor = atr_loose_of(&s);
    atr_columns_clear(c1);
    atr_columns_product(c1, &d, &factor);
    atr_columns_store(c0, c1);
    atr_loose_settle_factor(&s, atr_loose_shift(atr_loose_of(&a->c0), 1));
    factor = atr_loose_of(&a->c1);
    atr_columns_clear(c1);
    atr_columns_product(c1, &s, &factor);
}

void atr_fp2x8_mul_wide(atr_fp2x8_wide *out, const atr_fp2x8 *a,
                        const atr_fp2x8 *b)
{
    atr_columns t;

    product(&t, &out->c0, a, b);
    atr_columns_store(&out->c1, &t);
}

void atr_fp2x8_sqr_wide(atr_fp2x8_wide *out, const atr_fp2x8 *a)
{
    atr_columns t;

    square(&t, &out->c0, a);
    atr_columns_store(&out->c1, &t);
}

void atr_fp2x8_reduce(atr_fp2x8 *out, const atr_fp2x8_wide *a)
{
    atr_columns t;

    atr_columns_load(&t, &a->c0);
    atr_columns_reduce_signed(&out->c0, &t);
    atr_columns_load(&t, &a->c1);
    atr_columns_reduce_signed(&out->c1, &t);
}

ATR_ALWAYS atr_loose sum(const atr_fp8_wide *const *plus, int pluses,
                         const atr_fp8_wide *const *minus, int minuses)
{
    atr_columns t;

    ATR_EACH_COLUMN
    {
        t.c[i] = _mm512_load_si512(plus[0]->column[i]);
        for (int k = 1; k < pluses; k++) {
            t.c[i] =
                _mm512_add_epi64(t.c[i], _mm512_load_si512(plus[k]->column[i]));
        }
        for (int k = 0; k < minuses; k++) {
            t.c[i] = _mm512_sub_epi64(t.c[i],
                                      _mm512_load_si512(minus[k]->column[i]));
        }
    }
    return atr_columns_fold(&t);
}

static int count_of(const atr_fp8_wide *const *terms)
{
    int n = 0;

    while (terms[n] != NULL) {
        n++;
    }
    return n;
}

/* Code for each shape that occurs: its additions are done column by column, as
 * the reduction comes to them, and cost next to nothing. */
#define SHAPE(pluses, minuses)                                                 \
    case 8 * (pluses) + (minuses):                                             \
        return sum(plus, pluses, minus, minuses);

ATR_ALWAYS atr_loose sum_of(const atr_fp8_wide *const *plus,
                            const atr_fp8_wide *const *minus)
{
    int pluses = count_of(plus);
    int minuses = count_of(minus);

    switch (8 * pluses + minuses) {
        SHAPE(1, 1)
        SHAPE(1, 2)
        SHAPE(1, 3)
        SHAPE(2, 0)
        SHAPE(2, 1)
        SHAPE(2, 2)
        SHAPE(2, 3)
        SHAPE(2, 4)
        SHAPE(3, 0)
        SHAPE(3, 3)
        SHAPE(3, 5)
        SHAPE(4, 0)
        SHAPE(4, 2)
        SHAPE(5, 3)
        SHAPE(6, 0)
    default:
        return sum(plus, pluses, minus, minuses);
    }
}

/* x is above -p / 2 and below 2 p, and `a` below 3, 268 or 1566 p: 2 a is then
 * below 2^8, 2^10 or 2^12 p, which are added. The results are below 268, 1566
 * and 7234 p. The digits of x are below 2^60, three times them below 2^62. */
void atr_fp8_sum_step(atr_fp8 *out, const atr_fp8_wide *const *plus,
                      const atr_fp8_wide *const *minus, const atr_fp8 *a,
                      atr_step step)
{
    const atr_loose x = sum_of(plus, minus);
    atr_loose t;

    if (step.sign == 0) {
        atr_loose_settle(out, atr_loose_add(x, atr_loose_all(atr_ifma_p)));
        return;
    }
    t = atr_loose_shift(atr_loose_all(atr_ifma_slack), 2 * step.since);
    t = atr_loose_add(t, atr_loose_triple(x));
    if (step.sign > 0) {
        t = atr_loose_add(t, atr_loose_shift(atr_loose_of(a), 1));
    } else {
        t = atr_loose_sub(t, atr_loose_shift(atr_loose_of(a), 1));
    }
    if (step.reduces) {
        atr_loose_settle_reduced(out, t);
    } else {
        atr_loose_settle(out, t);
    }
}

void atr_fp8_sum(atr_fp8 *out, const atr_fp8_wide *const *plus,
                 const atr_fp8_wide *const *minus)
{
    atr_fp8_sum_step(out, plus, minus, NULL, ATR_STEP_NONE);
}

/* Part 1 of a product or square is positive. */
void atr_fp2x8_mul(atr_fp2x8 *out, const atr_fp2x8 *a, const atr_fp2x8 *b)
{
    atr_fp8_wide c0;
    atr_columns t;

    product(&t, &c0, a, b);
    atr_columns_reduce(&out->c1, &t);
    atr_columns_load(&t, &c0);
    atr_columns_reduce_signed(&out->c0, &t);
}

void atr_fp2x8_sqr(atr_fp2x8 *out, const atr_fp2x8 *a)
{
    atr_fp8_wide c0;
    atr_columns t;

    square(&t, &c0, a);
    atr_columns_reduce(&out->c1, &t);
    atr_columns_load(&t, &c0);
    atr_columns_reduce_signed(&out->c0, &t);
}

void atr_fp2x8_mul_fp(atr_fp2x8 *out, const atr_fp2x8 *a, const atr_fp8 *b)
{
    const atr_fp8 k = *b;

    atr_fp8_mul(&out->c0, &a->c0, &k);
    atr_fp8_mul(&out->c1, &a->c1, &k);
}

void atr_fp2x8_mul_add(atr_fp2x8 *out, const atr_fp2x8 *a, const atr_fp2x8 *b,
                       const atr_fp2x8 *c, const atr_fp2x8 *d)
{
    atr_fp2x8_wide s;
    atr_fp2x8_wide t;

    atr_fp2x8_mul_wide(&s, a, b);
    atr_fp2x8_mul_wide(&t, c, d);
    atr_fp8_sum(&out->c0, ATR_TERMS(&s.c0, &t.c0), ATR_NO_TERMS);
    atr_fp8_sum(&out->c1, ATR_TERMS(&s.c1, &t.c1), ATR_NO_TERMS);
}

void atr_fp2x8_mul_sub(atr_fp2x8 *out, const atr_fp2x8 *a, const atr_fp2x8 *b,
                       const atr_fp2x8 *c, const atr_fp2x8 *d)
{
    atr_fp2x8_wide s;
    atr_fp2x8_wide t;

    atr_fp2x8_mul_wide(&s, a, b);
    atr_fp2x8_mul_wide(&t, c, d);
    atr_fp8_sum(&out->c0, ATR_TERMS(&s.c0), ATR_TERMS(&t.c0));
    atr_fp8_sum(&out->c1, ATR_TERMS(&s.c1), ATR_TERMS(&t.c1));
}

/* conj(a) / (a0^2 + a1^2) */
void atr_fp2x8_inv(atr_fp2x8 *out, const atr_fp2x8 *a)
{
    atr_fp8 norm;
    atr_fp8 minus;

    atr_fp8_mul_add(&norm, &a->c0, &a->c0, &a->c1, &a->c1);
    atr_fp8_inv(&norm, &norm);
    atr_fp8_neg(&minus, &a->c1);
    atr_fp8_mul(&out->c0, &a->c0, &norm);
    atr_fp8_mul(&out->c1, &minus, &norm);
    atr_wipe(&norm, sizeof norm);
    atr_wipe(&minus, sizeof minus);
}

uint8_t atr_fp2x8_is_zero(const atr_fp2x8 *a)
{
    return atr_fp8_is_zero(&a->c0) & atr_fp8_is_zero(&a->c1);
}

uint8_t atr_fp2x8_equal(const atr_fp2x8 *a, const atr_fp2x8 *b)
{
    return atr_fp8_equal(&a->c0, &b->c0) & atr_fp8_equal(&a->c1, &b->c1);
}

void atr_fp2x8_all(atr_fp2x8 *out, const uint64_t a[2][8])
{
    atr_fp8_all(&out->c0, a[0]);
    atr_fp8_all(&out->c1, a[1]);
}

void atr_fp2x8_load(atr_fp2x8 *out, const atr_fp2 *in, size_t stride)
{
    atr_fp8_load(&out->c0, &in->c0, stride);
    atr_fp8_load(&out->c1, &in->c1, stride);
}

void atr_fp2x8_store(atr_fp2 *out, size_t stride, const atr_fp2x8 *a)
{
    atr_fp8_store(&out->c0, stride, &a->c0);
    atr_fp8_store(&out->c1, stride, &a->c1);
}

void atr_fp2x8_add(atr_fp2x8 *out, const atr_fp2x8 *a, const atr_fp2x8 *b)
{
    atr_fp8_add(&out->c0, &a->c0, &b->c0);
    atr_fp8_add(&out->c1, &a->c1, &b->c1);
}

void atr_fp2x8_sub(atr_fp2x8 *out, const atr_fp2x8 *a, const atr_fp2x8 *b)
{
    atr_fp8_sub(&out->c0, &a->c0, &b->c0);
    atr_fp8_sub(&out->c1, &a->c1, &b->c1);
}

void atr_fp2x8_neg(atr_fp2x8 *out, const atr_fp2x8 *a)
{
    atr_fp8_neg(&out->c0, &a->c0);
    atr_fp8_neg(&out->c1, &a->c1);
}

void atr_fp2x8_conj(atr_fp2x8 *out, const atr_fp2x8 *a)
{
    out->c0 = a->c0;
    atr_fp8_neg(&out->c1, &a->c1);
}

void atr_fp2x8_mul_xi(atr_fp2x8 *out, const atr_fp2x8 *a)
{
    const atr_loose c0 = atr_loose_of(&a->c0);
    const atr_loose c1 = atr_loose_of(&a->c1);

    atr_loose_settle(&out->c0, atr_loose_add(c0, atr_loose_neg(c1)));
    atr_loose_settle(&out->c1, atr_loose_add(c0, c1));
}

void atr_fp2x8_select(atr_fp2x8 *out, uint8_t mask, const atr_fp2x8 *yes,
                      const atr_fp2x8 *no)
{
    atr_fp8_select(&out->c0, mask, &yes->c0, &no->c0);
    atr_fp8_select(&out->c1, mask, &yes->c1, &no->c1);
}
