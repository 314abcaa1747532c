/* add.h - numbers mod p in 13 limbs of 30 bits, for wasm32, included by
 * curve/fp.h for that engine. wasm has products of 64 bits, not of 128, and no
 * carry flag: a product of two limbs here leaves four bits for sums.
 *
 * Representation. A number is the sum of limb[i] 2^(30 i), each limb below
 * 2^30, in Montgomery form with R = 2^390, and reduced: below p. Sums that
 * are left unreduced are below 8 p; any 13 limbs are below R > 630 p.
 *
 * A product that is not yet reduced is the integer that is the sum of
 * column[i] 2^(30 i): columns have signs and take carries only in the
 * reduction, so that sums and differences are limb by limb. Nothing is taken
 * mod p R, and the caller answers for the bounds:
 *
 *   - A product of atr_fp_mul_wide has columns in [0, 14 2^30).
 *   - atr_fp_reduce takes integers above -p R / 2 and below p R / 2, which is
 *     more than 315 p^2, and columns below 2^58 in absolute value.
 *
 * Above the field, what is reduced is at most 17 p^2 in absolute value
 * (curve/fp12.c), and no column is the sum of more than 200: below 2^42.
 *
 * Constant time: no branch and no address depends on a number. Engines compile
 * i64.mul to the multiplication of the processor, which takes the same time
 * for all numbers on those that have 64 bits; wasm itself promises nothing.
 */
#ifndef ATR_WASM30_ADD_H
#define ATR_WASM30_ADD_H

#define ATR_WASM30_MASK 0x3fffffffU

static inline void atr_fp_select(atr_fp *out, atr_mask mask, const atr_fp *yes,
                                 const atr_fp *no)
{
    const uint32_t take = (uint32_t)atr_mask_barrier(mask);

    for (int i = 0; i < ATR_FP_COUNT; i++) {
        out->limb[i] = no->limb[i] ^ (take & (yes->limb[i] ^ no->limb[i]));
    }
}

/* atr_fp_words takes the number as it is, in Montgomery form or not, in words
 * of 64 bits, lowest first; atr_fp_of_words the other way. */
static inline void atr_fp_words(uint64_t out[ATR_FP_WORDS], const atr_fp *a)
{
    memset(out, 0, 8 * ATR_FP_WORDS);
    for (int i = 0; i < ATR_FP_COUNT; i++) {
        const int at = 30 * i / 64;
        const int shift = 30 * i % 64;

        out[at] |= (uint64_t)a->limb[i] << shift;
        if (shift > 34 && at + 1 < ATR_FP_WORDS) {
            out[at + 1] |= (uint64_t)a->limb[i] >> (64 - shift);
        }
    }
}

static inline void atr_fp_of_words(atr_fp *out, const uint64_t in[ATR_FP_WORDS])
{
    for (int i = 0; i < ATR_FP_COUNT; i++) {
        const int at = 30 * i / 64;
        const int shift = 30 * i % 64;
        uint64_t limb = in[at] >> shift;

        if (shift > 34 && at + 1 < ATR_FP_WORDS) {
            limb |= in[at + 1] << (64 - shift);
        }
        out->limb[i] = (uint32_t)limb & ATR_WASM30_MASK;
    }
}

#if defined(__clang__)
#define ATR_WASM30_UNROLL _Pragma("clang loop unroll(full)")
#else
#define ATR_WASM30_UNROLL _Pragma("GCC unroll 26")
#endif

/* Out of line: short programs, whose loops are unrolled, are faster in wasm
 * than copies whose loops are not. */
void atr_fp_add(atr_fp *out, const atr_fp *a, const atr_fp *b);
void atr_fp_sub(atr_fp *out, const atr_fp *a, const atr_fp *b);
/* The sum without reduction: below 2 p for reduced inputs. */
void atr_fp_add_lazy(atr_fp *out, const atr_fp *a, const atr_fp *b);
/* Sums and differences of products, as integers. */
void atr_fp_wide_add(atr_fp_wide *out, const atr_fp_wide *a,
                     const atr_fp_wide *b);
void atr_fp_wide_sub(atr_fp_wide *out, const atr_fp_wide *a,
                     const atr_fp_wide *b);

/* All that is ever reduced fits. */
static inline void atr_fp_wide_fold(atr_fp_wide *a)
{
    (void)a;
}

/* atr_wasm30_lift adds p where `below` is -1, and nothing where it is 0, and
 * drops what leaves the highest limb. */
static inline void atr_wasm30_lift(atr_fp *out, const uint32_t t[ATR_FP_COUNT],
                                   int32_t below)
{
    static const uint32_t p[ATR_FP_COUNT] = ATR_FP_LIMBS;
    const uint32_t mask = (uint32_t)below;
    uint32_t sum = 0;

    ATR_WASM30_UNROLL for (int i = 0; i < ATR_FP_COUNT; i++)
    {
        sum += t[i] + (p[i] & mask);
        out->limb[i] = sum & ATR_WASM30_MASK;
        sum >>= 30;
    }
}

/* atr_fp_half is a / 2: a or a + p, whichever is even, moved by a bit. */
static inline void atr_fp_half(atr_fp *out, const atr_fp *a)
{
    const uint64_t odd = atr_mask_barrier(0 - (uint64_t)(a->limb[0] & 1));
    atr_fp t;

    atr_wasm30_lift(&t, a->limb, (int32_t)odd);
    for (int i = 0; i < ATR_FP_COUNT - 1; i++) {
        out->limb[i] = t.limb[i] >> 1 | (t.limb[i + 1] & 1) << 29;
    }
    out->limb[ATR_FP_COUNT - 1] = t.limb[ATR_FP_COUNT - 1] >> 1;
}

#endif
