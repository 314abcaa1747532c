/* fp_mul.c - products mod p in 13 limbs of 30 bits: curve/wasm30/add.h tells
 * the representation.
 *
 * Bounds, in units of 2^60, which is more than a product of two limbs; 16 of
 * them fill 64 bits.
 *
 *   - A column of a product sums up to 13 products. With 12 or fewer it is
 *     below 12. With 13, in column 12, two of them have a highest limb as a
 *     factor, which is below 2^24 for numbers below 8 p, and 2^30 for the one
 *     number of any 13 limbs that atr_fp_mul allows: below 12 + 2^-6.
 *   - A column of m p sums m[i] p[j] with m[i] below 2^30: less than the sum
 *     of the limbs of p, which is 6.76 (tool/curve_constants.py).
 *
 * Both together would not fit. So columns of products are parted, before all
 * else, into their low 30 bits and what goes to the next column, and are then
 * below 2^30 + (12 + 2^-6) 2^30 < 14 2^30. The reduction sums, with a sign, a
 * column below 2^58 in absolute value (add.h), 2^59 of the multiple of p that
 * atr_fp_reduce adds, a column of m p, and the carry, which is below 2^33:
 * above -2^59 and below 7.6 2^60 < 2^63.
 */
#include "curve/fp.h"

#ifdef ATR_ENGINE_WASM30

#define N ATR_FP_COUNT
#define MASK ATR_WASM30_MASK

#define UNROLL ATR_WASM30_UNROLL

/* Two functions of 169 products each run faster than one of 338, for which an
 * engine's compiler has not the registers. */
#define OUT_OF_LINE __attribute__((noinline))

static const uint32_t modulus[N] = ATR_FP_LIMBS;

/* The first and the last i of the products a[i] b[k - i] of column k. */
#define FIRST(k) ((k) < N ? 0 : (k)-N + 1)
#define LAST(k) ((k) < N ? (k) : N - 1)

/* part leaves the low 30 bits of each column and moves the others up. */
static inline void part(int64_t out[2 * N], const uint64_t c[2 * N - 1])
{
    out[0] = (int64_t)(c[0] & MASK);
    UNROLL for (int k = 1; k < 2 * N - 1; k++)
    {
        out[k] = (int64_t)((c[k] & MASK) + (c[k - 1] >> 30));
    }
    out[2 * N - 1] = (int64_t)(c[2 * N - 2] >> 30);
}

static OUT_OF_LINE void product(int64_t out[2 * N], const uint32_t a[N],
                                const uint32_t b[N])
{
    uint64_t c[2 * N - 1];

    UNROLL for (int k = 0; k < 2 * N - 1; k++)
    {
        c[k] = 0;
        UNROLL for (int i = FIRST(k); i <= LAST(k); i++)
        {
            c[k] += (uint64_t)a[i] * b[k - i];
        }
    }
    part(out, c);
}

/* Products of different limbs twice, and a square. */
static OUT_OF_LINE void square(int64_t out[2 * N], const uint32_t a[N])
{
    uint64_t c[2 * N - 1];

    UNROLL for (int k = 0; k < 2 * N - 1; k++)
    {
        c[k] = 0;
        UNROLL for (int i = FIRST(k); 2 * i < k; i++)
        {
            c[k] += (uint64_t)a[i] * a[k - i];
        }
        c[k] *= 2;
        if (k % 2 == 0) {
            c[k] += (uint64_t)a[k / 2] * a[k / 2];
        }
    }
    part(out, c);
}

/* One column of c + m p: m[k] is chosen so that the lowest 13 are 0. Returns
 * what the column holds and leaves the carry to the next. */
static inline uint32_t column(int64_t *carry, uint32_t m[N], int64_t c, int k)
{
    int64_t sum = 0;

    UNROLL for (int i = FIRST(k); i < k && i < N; i++)
    {
        sum += (int64_t)m[i] * modulus[k - i];
    }
    sum += c + *carry;
    if (k < N) {
        m[k] = (uint32_t)sum * ATR_FP_INVERSE30 & MASK;
        sum += (int64_t)m[k] * modulus[0];
    }
    *carry = sum >> 30;
    return (uint32_t)sum & MASK;
}

/* (c + m p) / R, where c is in [0, p R): below 2 p. p is subtracted on the
 * way out, and added again where the result is below 0. */
static OUT_OF_LINE void reduce(atr_fp *out, const int64_t c[2 * N])
{
    int64_t carry = 0;
    int32_t less = 0;
    uint32_t m[N];
    uint32_t t[N];

    UNROLL for (int k = 0; k < N; k++)
    {
        (void)column(&carry, m, c[k], k);
    }
    UNROLL for (int k = N; k < 2 * N; k++)
    {
        less += (int32_t)(column(&carry, m, c[k], k) - modulus[k - N]);
        t[k - N] = (uint32_t)less & MASK;
        less >>= 30;
    }
    atr_wasm30_lift(out, t, less);
}

void atr_fp_mul(atr_fp *out, const atr_fp *a, const atr_fp *b)
{
    int64_t c[2 * N];

    product(c, a->limb, b->limb);
    reduce(out, c);
}

void atr_fp_sqr(atr_fp *out, const atr_fp *a)
{
    int64_t c[2 * N];

    square(c, a->limb);
    reduce(out, c);
}

void atr_fp_mul_wide(atr_fp_wide *out, const atr_fp *a, const atr_fp *b)
{
    product(out->column, a->limb, b->limb);
}

/* p R / 2 makes a number of (-p R / 2, p R / 2) one of (0, p R): p 2^29 moved
 * up by 12 limbs, in columns below 2^59. */
void atr_fp_reduce(atr_fp *out, const atr_fp_wide *a)
{
    int64_t c[2 * N];

    memcpy(c, a->column, sizeof c);
    UNROLL for (int i = 0; i < N; i++)
    {
        c[N - 1 + i] += (int64_t)modulus[i] << 29;
    }
    reduce(out, c);
}

void atr_fp_two_products(atr_fp *out, const atr_fp *a, const atr_fp *b,
                         const atr_fp *c, const atr_fp *d, bool minus)
{
    atr_fp_wide s;
    atr_fp_wide t;

    atr_fp_mul_wide(&s, a, b);
    atr_fp_mul_wide(&t, c, d);
    if (minus) {
        atr_fp_wide_sub(&s, &s, &t);
    } else {
        atr_fp_wide_add(&s, &s, &t);
    }
    atr_fp_reduce(out, &s);
}

#endif
