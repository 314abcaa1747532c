/* cyclotomic.c - runs of squarings in the cyclotomic subgroup, of which a final
 * exponentiation mostly consists.
 *
 * Granger and Scott, PKC 2010: with a_k the coefficient of w^k they are squares
 * in Fp4 of a + b s = a_k + a_(k+3) s, s = w^3, for k = 0, 1, 2. With
 * P = (a + b)(a + xi b) and Q = a b, six products in Fp2 in all, the square is
 * P - Q - xi Q + 2 Q s. Then
 *   a0, a3 = 3 (P0 - Q0 - xi Q0) - 2 a0, 6 Q0 + 2 a3
 *   a2, a5 = 3 (P1 - Q1 - xi Q1) - 2 a2, 6 Q1 + 2 a5
 *   a4, a1 = 3 (P2 - Q2 - xi Q2) - 2 a4, 6 xi Q2 + 2 a1
 * The first line needs nothing of the others. So a six is arranged as a4, a1,
 * a2, a5 in one half and a0, a3 in the other, and the two are squared apart:
 * the sums of one are computed between the products of the other, where the
 * processor has room for them.
 *
 * Bounds, beyond six.h: what a reduction leaves is taken without carries, with
 * columns of at most 48 halves of 52 bits. Sums of 12 of these and 2 others are
 * below 2^62, what the top digit lacks below 2^10.
 */
#include "curve/ifma/six_kernel.h"
#include "curve/ifma/fp12x1.h"
#include "curve/ifma/six_digit.h"

#define NOINLINE __attribute__((noinline))
#define REAL_PARTS 0x55

/* An element, P and Q in the slots of a pair, and the factors they are the
 * products of. */
typedef struct {
    atr_six e, products, left;
    atr_six_right right;
} running;

/* Where the lanes come from, and which of them are which. */
typedef struct {
    _Alignas(64) uint64_t pair[8]; /* P and Q that make this pair */
    uint64_t product[8];           /* Q, in the first slot */
    uint64_t product_swapped[8];   /* its parts exchanged, where u Q is used */
    uint64_t twice[8];             /* the first slot */
    uint64_t second[8];            /* the second one, in the first */
    uint64_t b_swapped[8];         /* the parts of b exchanged, in the first */
    unsigned first;                /* lanes of the first slot */
    unsigned real;                 /* and of these the real part */
    unsigned has_xi;               /* lanes where u Q is used */
    unsigned plus, minus;          /* with either sign */
} pattern;

static const pattern pattern_low = {
    .pair = {4, 5, 6, 7, 0, 1, 2, 3},
    .product = {6, 7, 0, 0, 2, 3, 0, 0},
    .product_swapped = {7, 6, 7, 6, 3, 2, 0, 0},
    .twice = {0, 1, 0, 1, 4, 5, 4, 5},
    .second = {2, 3, 0, 0, 6, 7, 0, 0},
    .b_swapped = {1, 0, 0, 0, 7, 6, 0, 0},
    .first = 0x33,
    .real = 0x11,
    .has_xi = 0x3f,
    .plus = 0x19,
    .minus = 0x26,
};

static const pattern pattern_high = {
    .pair = {0, 1, 2, 3},
    .product = {2, 3, 0, 0},
    .product_swapped = {3, 2, 0, 0},
    .twice = {0, 1, 0, 1},
    .second = {2, 3, 0, 0},
    .b_swapped = {3, 2, 0, 0},
    .first = 0x3,
    .real = 0x1,
    .has_xi = 0x3,
    .plus = 0x1,
    .minus = 0x2,
};

#include "curve/ifma/six_low.inc"
#include "curve/ifma/cyclotomic.inc"
#include "curve/ifma/six_high.inc"
#include "curve/ifma/cyclotomic.inc"

#include "curve/ifma/six_low.inc"
#include "curve/ifma/cyclotomic_step.inc"
#include "curve/ifma/six_high.inc"
#include "curve/ifma/cyclotomic_step.inc"

/* The order of the slots here, and back. */
#define ORDER ATR_ORDER(4, 1, 2, 5, 0, 3)

static void start(running *r, const atr_six *a)
{
    sums_high high;
    sums_low low;

    for (int k = 0; k < 4; k++) {
        low.carry[k] = _mm512_setzero_si512();
        high.carry[k] = _mm256_setzero_si256();
    }
    for (int i = 0; i < 8; i++) {
        atr_digit d = atr_digit_arrange(atr_digit_of(a, i), ORDER);

        atr_digit_put(&r->e, i, d);
        factors_low(r, &low, i, d.low);
        factors_high(r, &high, i, d.high);
    }
}

/* The sums that are left when nothing is to be multiplied any more. */
static void end(running *r)
{
    sums_low low;

    for (int i = 0; i < 8; i++) {
        combine_low(&low, r, i);
    }
    divide_low(&low);
    for (int i = 0; i < 8; i++) {
        settle_low(r, &low, i);
    }
}

void atr_fp12x1_cyclotomic_sqr(atr_six *out, const atr_six *a, int times)
{
    running r;

    start(&r, a);
    mul_high(&r.products, &r.left, &r.right);
    for (int n = 0; n < times; n++) {
        step_low(&r);
        if (n + 1 < times) {
            step_high(&r);
        }
    }
    end(&r);
    ATR_EACH_DIGIT
    {
        atr_digit_put(out, i, atr_digit_arrange(atr_digit_of(&r.e, i), ORDER));
    }
    atr_wipe(&r, sizeof r);
}
