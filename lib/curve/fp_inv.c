/* fp_inv.c - inversion by the binary algorithm of Euclid in constant time
 * (Pornin, "Optimized Binary GCD for Modular Inversion", ePrint 2020/972,
 * algorithm 2): 31 steps at a time on 64-bit approximations, then one update
 * of the long numbers, which are words of 64 bits whatever the limbs of Fp.
 */
#include "curve/fp.h"

#define STEPS 31
#define ROUNDS 25 /* 775 steps; 2 * 381 - 1 are enough */
#define LOW ((UINT64_C(1) << STEPS) - 1)

__extension__ typedef __int128 int128;

static const uint64_t modulus[ATR_FP_WORDS] = ATR_FP_MODULUS;
static const atr_fp r3 = ATR_FP_R3;

/* What the steps did to (a, b): 2^31 (a', b') = (f0 a + g0 b, f1 a + g1 b). */
typedef struct {
    int64_t f0, g0, f1, g1;
} factors;

/* approximate takes 33 bits from the top of `a` and `b`, aligned to the longer
 * of the two, and their 31 low bits. Up to 64 bits it is exact. */
static void approximate(uint64_t out[2], const uint64_t a[6],
                        const uint64_t b[6])
{
    uint64_t high[2] = {0, 0};
    uint64_t next[2] = {0, 0};
    atr_mask found = 0;
    unsigned shift;

    for (int i = 5; i > 0; i--) {
        atr_mask here = ~found & ~atr_mask_is_zero(a[i] | b[i]);

        high[0] = atr_mask_select(here, a[i], high[0]);
        high[1] = atr_mask_select(here, b[i], high[1]);
        next[0] = atr_mask_select(here, a[i - 1], next[0]);
        next[1] = atr_mask_select(here, b[i - 1], next[1]);
        found |= here;
    }
    shift = (unsigned)__builtin_clzll(high[0] | high[1] | 1);
    for (int k = 0; k < 2; k++) {
        uint64_t low = k == 0 ? a[0] : b[0];
        uint64_t top = high[k] << shift | (next[k] >> 1) >> (63 - shift);

        out[k] = atr_mask_select(found, (top & ~LOW) | (low & LOW), low);
    }
}

static void swap(atr_mask mask, uint64_t *a, uint64_t *b)
{
    uint64_t t = mask & (*a ^ *b);

    *a ^= t;
    *b ^= t;
}

/* Where a is odd: order them, subtract, and halve; else halve. The factors lie
 * two in a word, f + 2^32 g: after k steps none is above 2^k or below
 * 1 - 2^k, so that an offset of 2^31 - 1 each takes them apart again. */
#define OFFSET 0x7fffffff7fffffffULL

static void steps(factors *out, uint64_t a, uint64_t b)
{
    uint64_t fg0 = 1;
    uint64_t fg1 = UINT64_C(1) << 32;

    for (int i = 0; i < STEPS; i++) {
        atr_mask odd = atr_mask_from_bit(a & 1);
        atr_carry less = 0;
        atr_mask order;

        (void)atr_limb_sub(a, b, &less);
        order = odd & (0 - (uint64_t)less);
        swap(order, &a, &b);
        swap(order, &fg0, &fg1);
        a = (a - (b & odd)) >> 1;
        fg0 -= fg1 & odd;
        fg1 <<= 1;
    }
    fg0 += OFFSET;
    fg1 += OFFSET;
    out->f0 = (int64_t)(fg0 & UINT32_MAX) - INT32_MAX;
    out->g0 = (int64_t)(fg0 >> 32) - INT32_MAX;
    out->f1 = (int64_t)(fg1 & UINT32_MAX) - INT32_MAX;
    out->g1 = (int64_t)(fg1 >> 32) - INT32_MAX;
}

/* a f, by one product of unsigned numbers: f below 0 stands for f + 2^64. */
static inline int128 product(uint64_t a, int64_t f)
{
    uint64_t excess = a & (uint64_t)(f >> 63);

    return (int128)(((atr_u128)a * (uint64_t)f) - ((atr_u128)excess << 64));
}

/* combine is (f a + g b + q p) / 2^31, which is exact, in two's complement; q
 * is not below 0. Returns the mask of "negative". In line, so that no product
 * is made for a q that is 0; limbs leave one by one, since compilers that
 * gather them in vectors wait for their stores. */
__attribute__((always_inline)) static inline atr_mask
combine(uint64_t out[6], const uint64_t a[6], const uint64_t b[6],
        const int64_t fgq[3])
{
    uint64_t last = 0;
    int128 sum = 0;

    for (int i = 0; i < 6; i++) {
        uint64_t t;

        sum += product(a[i], fgq[0]) + product(b[i], fgq[1]);
        sum += (int128)((atr_u128)modulus[i] * (uint64_t)fgq[2]);
        t = (uint64_t)sum;
        if (i > 0) {
            out[i - 1] = last >> STEPS | t << (64 - STEPS);
        }
        last = t;
        sum >>= 64;
    }
    out[5] = last >> STEPS | (uint64_t)sum << (64 - STEPS);
    return atr_mask_from_bit((uint64_t)sum >> 63);
}

/* a' = |f a + g b| / 2^31; f and g take its sign. */
static void next_number(uint64_t out[6], const uint64_t a[6],
                        const uint64_t b[6], int64_t *f, int64_t *g)
{
    const int64_t fgq[3] = {*f, *g, 0};
    atr_mask minus = combine(out, a, b, fgq);
    atr_carry carry = 0;

    for (int i = 0; i < 6; i++) {
        out[i] = atr_limb_add(out[i] ^ minus, i == 0 ? minus & 1 : 0, &carry);
    }
    *f = (int64_t)(((uint64_t)*f ^ minus) - minus);
    *g = (int64_t)(((uint64_t)*g ^ minus) - minus);
}

/* u' = (f u + g v) / 2^31 mod p, with the multiple q p that makes it exact:
 * between -p and 2 p before the last step. */
static void next_coefficient(uint64_t out[6], const uint64_t u[6],
                             const uint64_t v[6], int64_t f, int64_t g)
{
    uint64_t low = u[0] * (uint64_t)f + v[0] * (uint64_t)g;
    const int64_t fgq[3] = {f, g, (int64_t)(low * ATR_FP_INVERSE & LOW)};
    uint64_t t[6];
    uint64_t less[6];
    atr_mask minus = combine(t, u, v, fgq);
    atr_carry borrow = 0;
    atr_carry carry = 0;

    for (int i = 0; i < 6; i++) {
        t[i] = atr_limb_add(t[i], modulus[i] & minus, &carry);
    }
    for (int i = 0; i < 6; i++) {
        less[i] = atr_limb_sub(t[i], modulus[i], &borrow);
    }
    minus = 0 - (uint64_t)borrow;
    for (int i = 0; i < 6; i++) {
        out[i] = atr_mask_select(minus, t[i], less[i]);
    }
}

/* Kept: a = in u and b = in v mod p. At the end b is 1 (or p, for in = 0). */
void atr_fp_inv(atr_fp *out, const atr_fp *in)
{
    uint64_t a[6];
    uint64_t b[6] = ATR_FP_MODULUS;
    uint64_t u[6] = {1};
    uint64_t v[6] = {0};

    atr_fp_words(a, in);
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t near[2];
        uint64_t a_next[6];
        uint64_t b_next[6];
        uint64_t u_next[6];
        factors m;

        approximate(near, a, b);
        steps(&m, near[0], near[1]);
        next_number(a_next, a, b, &m.f0, &m.g0);
        next_number(b_next, a, b, &m.f1, &m.g1);
        next_coefficient(u_next, u, v, m.f0, m.g0);
        next_coefficient(v, u, v, m.f1, m.g1);
        memcpy(u, u_next, sizeof u);
        memcpy(a, a_next, sizeof a);
        memcpy(b, b_next, sizeof b);
    }
    /* v is 1 / (x R); two factors R make Montgomery form of 1 / x */
    atr_fp_of_words(out, v);
    atr_fp_mul(out, out, &r3);
    atr_wipe(a, sizeof a);
    atr_wipe(b, sizeof b);
    atr_wipe(u, sizeof u);
    atr_wipe(v, sizeof v);
}
