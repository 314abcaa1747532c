/* kernel.h - products and Montgomery reductions mod p with the instructions
 * mulx, adcx and adox of x86-64, which leave each other's flags alone: a row
 * limb times six limbs is summed up by two chains of carries at once.
 *
 * Registers: seven limbs w0 .. w6 are a window on the running sum. A row adds
 * its multiple of six limbs to w0 .. w6; then w0 is done with, and its
 * register is the w6 of the next row. The windows of six rows are therefore
 * the seven registers in turn, as WINDOW0 .. WINDOW5 say. rdx is the factor of
 * a row, lo and hi its products, zero is 0.
 *
 * Bounds: let Y be the sum of the six-limb numbers that rows add between two
 * moves of the window: x y alone, x y and m p, or x y, x' z and m p make Y = y,
 * y + p or y + z + p. A window below 2^384 becomes less than
 * 2^384 + (2^64 - 1) Y, which is below 2^448 for every Y below 2^384: no carry
 * leaves w6, so that each row ends with both carries clear and the next may
 * begin. After the move a window that was at most Y is at most Y again.
 * Here Y is at most 4 p, and 9 p is below 2^384.
 *
 * The flow is the same for all numbers; no address depends on them.
 */
/* clang-format off */
#ifndef ATR_MULX_KERNEL_H
#define ATR_MULX_KERNEL_H

#include "curve/fp.h"

#define ATR_MULX_LIMB(k, w, v)                                                 \
    "mulx " k ", %[lo], %[hi]\n\t"                                             \
    "adcx %[lo], %[" w "]\n\t"                                                 \
    "adox %[hi], %[" v "]\n\t"

/* Where the limb at an offset lies, of p, of y and of the second y. */
#define ATR_MULX_P(at) #at "(%[p])"
#define ATR_MULX_Y(at) #at "(%[y])"
#define ATR_MULX_Y1(at) "48+" #at "(%[y])"

#define ATR_MULX_FIVE(y, w0, w1, w2, w3, w4, w5)                               \
    ATR_MULX_LIMB(y(0), w0, w1)                                                \
    ATR_MULX_LIMB(y(8), w1, w2)                                                \
    ATR_MULX_LIMB(y(16), w2, w3)                                               \
    ATR_MULX_LIMB(y(24), w3, w4)                                               \
    ATR_MULX_LIMB(y(32), w4, w5)

/* The six products of rdx and the limbs of y, to a window that has a w6, and
 * to one that makes it. */
#define ATR_MULX_SIX(y, w0, w1, w2, w3, w4, w5, w6)                            \
    ATR_MULX_FIVE(y, w0, w1, w2, w3, w4, w5)                                   \
    ATR_MULX_LIMB(y(40), w5, w6)                                               \
    "adcx %[zero], %[" w6 "]\n\t"
#define ATR_MULX_SIX_NEW(y, w0, w1, w2, w3, w4, w5, w6)                        \
    ATR_MULX_FIVE(y, w0, w1, w2, w3, w4, w5)                                   \
    "mulx " y(40) ", %[lo], %[" w6 "]\n\t"                                     \
    "adcx %[lo], %[" w5 "]\n\t"                                                \
    "adox %[zero], %[" w6 "]\n\t"                                              \
    "adcx %[zero], %[" w6 "]\n\t"

/* The window plus x y. */
#define ATR_MULX_ROW(x, y, ...)                                                \
    "mov " x ", %%rdx\n\t"                                                     \
    ATR_MULX_SIX_NEW(y, __VA_ARGS__)
#define ATR_MULX_ROW_ON(x, y, ...)                                             \
    "mov " x ", %%rdx\n\t"                                                     \
    ATR_MULX_SIX(y, __VA_ARGS__)

/* The window plus the multiple of p that makes w0 zero; imul leaves carries,
 * and xor clears them. */
#define ATR_MULX_CLEAR(w0, ...)                                                \
    "mov 48(%[p]), %%rdx\n\t"                                                  \
    "imul %[" w0 "], %%rdx\n\t"                                                \
    "xor %k[lo], %k[lo]\n\t"                                                   \
    ATR_MULX_SIX(ATR_MULX_P, w0, __VA_ARGS__)
#define ATR_MULX_CLEAR_NEW(w0, w1, w2, w3, w4, w5, w6)                         \
    "mov %[zero], %[" w6 "]\n\t"                                               \
    ATR_MULX_CLEAR(w0, w1, w2, w3, w4, w5, w6)

/* The first row of a sum: w0 .. w6 = x y. */
#define ATR_MULX_FIRST_LIMB(k, w, v)                                           \
    "mulx " k ", %[lo], %[" v "]\n\t"                                          \
    "adcx %[lo], %[" w "]\n\t"
#define ATR_MULX_FIRST(x)                                                      \
    "xor %k[zero], %k[zero]\n\t"                                               \
    "mov " x ", %%rdx\n\t"                                                     \
    "mulx 0(%[y]), %[r0], %[r1]\n\t"                                           \
    ATR_MULX_FIRST_LIMB("8(%[y])", "r1", "r2")                                 \
    ATR_MULX_FIRST_LIMB("16(%[y])", "r2", "r3")                                \
    ATR_MULX_FIRST_LIMB("24(%[y])", "r3", "r4")                                \
    ATR_MULX_FIRST_LIMB("32(%[y])", "r4", "r5")                                \
    ATR_MULX_FIRST_LIMB("40(%[y])", "r5", "r6")                                \
    "adcx %[zero], %[r6]\n\t"

#define ATR_MULX_WINDOW0 "r0", "r1", "r2", "r3", "r4", "r5", "r6"
#define ATR_MULX_WINDOW1 "r1", "r2", "r3", "r4", "r5", "r6", "r0"
#define ATR_MULX_WINDOW2 "r2", "r3", "r4", "r5", "r6", "r0", "r1"
#define ATR_MULX_WINDOW3 "r3", "r4", "r5", "r6", "r0", "r1", "r2"
#define ATR_MULX_WINDOW4 "r4", "r5", "r6", "r0", "r1", "r2", "r3"
#define ATR_MULX_WINDOW5 "r5", "r6", "r0", "r1", "r2", "r3", "r4"

/* The registers of an assembly. */
#define ATR_MULX_WINDOW                                                        \
    [r0] "=&r"(r0), [r1] "=&r"(r1), [r2] "=&r"(r2), [r3] "=&r"(r3),            \
        [r4] "=&r"(r4), [r5] "=&r"(r5), [r6] "=&r"(r6), [lo] "=&r"(lo),        \
        [hi] "=&r"(hi), [zero] "=&r"(zero)

/* A window is one argument until here. */
#define ATR_MULX_DO(macro, ...) macro(__VA_ARGS__)

/* atr_mulx_opposite is p - a, which for 0 is p. */
static inline void atr_mulx_opposite(atr_fp *out, const atr_fp *a)
{
    atr_carry borrow = 0;

    for (int i = 0; i < 6; i++) {
        out->limb[i] = atr_limb_sub(atr_mulx_modulus[i], a->limb[i], &borrow);
    }
}

/* atr_mulx_product is x y, twelve limbs; out is neither. */
static inline void atr_mulx_product(uint64_t out[12], const uint64_t x[6],
                                    const uint64_t y[6])
{
    uint64_t r0, r1, r2, r3, r4, r5, r6, lo, hi, zero;

    __asm__ volatile(
        ATR_MULX_FIRST("0(%[x])")
        "mov %[r0], 0(%[out])\n\t"
        ATR_MULX_DO(ATR_MULX_ROW, "8(%[x])", ATR_MULX_Y, ATR_MULX_WINDOW1)
        "mov %[r1], 8(%[out])\n\t"
        ATR_MULX_DO(ATR_MULX_ROW, "16(%[x])", ATR_MULX_Y, ATR_MULX_WINDOW2)
        "mov %[r2], 16(%[out])\n\t"
        ATR_MULX_DO(ATR_MULX_ROW, "24(%[x])", ATR_MULX_Y, ATR_MULX_WINDOW3)
        "mov %[r3], 24(%[out])\n\t"
        ATR_MULX_DO(ATR_MULX_ROW, "32(%[x])", ATR_MULX_Y, ATR_MULX_WINDOW4)
        "mov %[r4], 32(%[out])\n\t"
        ATR_MULX_DO(ATR_MULX_ROW, "40(%[x])", ATR_MULX_Y, ATR_MULX_WINDOW5)
        "mov %[r5], 40(%[out])\n\t"
        "mov %[r6], 48(%[out])\n\t"
        "mov %[r0], 56(%[out])\n\t"
        "mov %[r1], 64(%[out])\n\t"
        "mov %[r2], 72(%[out])\n\t"
        "mov %[r3], 80(%[out])\n\t"
        "mov %[r4], 88(%[out])\n\t"
        : ATR_MULX_WINDOW
        : [x] "r"(x), [y] "r"(y), [out] "r"(out)
        : "rdx", "cc", "memory");
}

/* atr_mulx_reduce is low / 2^384 + high mod p, low any six limbs and high
 * below p: six rows clear `low` and leave less than 1 + p, to which `high` is
 * added. */
static inline void atr_mulx_reduce(atr_fp *out, const uint64_t low[6],
                                   const uint64_t high[6])
{
    uint64_t r0, r1, r2, r3, r4, r5, r6, lo, hi, zero;

    __asm__ volatile(
        "xor %k[zero], %k[zero]\n\t"
        "mov 0(%[low]), %[r0]\n\t"
        "mov 8(%[low]), %[r1]\n\t"
        "mov 16(%[low]), %[r2]\n\t"
        "mov 24(%[low]), %[r3]\n\t"
        "mov 32(%[low]), %[r4]\n\t"
        "mov 40(%[low]), %[r5]\n\t"
        ATR_MULX_DO(ATR_MULX_CLEAR_NEW, ATR_MULX_WINDOW0)
        ATR_MULX_DO(ATR_MULX_CLEAR_NEW, ATR_MULX_WINDOW1)
        ATR_MULX_DO(ATR_MULX_CLEAR_NEW, ATR_MULX_WINDOW2)
        ATR_MULX_DO(ATR_MULX_CLEAR_NEW, ATR_MULX_WINDOW3)
        ATR_MULX_DO(ATR_MULX_CLEAR_NEW, ATR_MULX_WINDOW4)
        ATR_MULX_DO(ATR_MULX_CLEAR_NEW, ATR_MULX_WINDOW5)
        "add 0(%[high]), %[r6]\n\t"
        "adc 8(%[high]), %[r0]\n\t"
        "adc 16(%[high]), %[r1]\n\t"
        "adc 24(%[high]), %[r2]\n\t"
        "adc 32(%[high]), %[r3]\n\t"
        "adc 40(%[high]), %[r4]\n\t"
        : ATR_MULX_WINDOW
        : [low] "r"(low), [high] "r"(high), [p] "r"(atr_mulx_modulus)
        : "rdx", "cc", "memory");
    atr_mulx_settle(out->limb, (atr_mulx_six){r6, r0, r1, r2, r3, r4});
}

/* atr_mulx_reduce_signed is t / 2^384 mod p for t below p 2^384 and not below
 * -p 2^384. Its upper half is lifted first, since the rows do not wait for
 * it. */
static inline void atr_mulx_reduce_signed(atr_fp *out, const uint64_t t[12])
{
    uint64_t high[6];

    atr_mulx_lift(high, (atr_mulx_six){t[6], t[7], t[8], t[9], t[10], t[11]},
                  0 - (t[11] >> 63));
    atr_mulx_reduce(out, t, high);
}

#define ATR_MULX_STEP(at, window)                                              \
    ATR_MULX_DO(ATR_MULX_ROW, at "(%[x])", ATR_MULX_Y, window)                 \
    ATR_MULX_DO(ATR_MULX_CLEAR, window)

/* atr_mulx_mul is x y / 2^384 mod p, each row followed by the one that clears
 * its lowest limb. Before the last subtraction it is below x y / 2^384 + p:
 * below 2 p for x any six limbs and y below p, or both below 2 p. */
static inline void atr_mulx_mul(atr_fp *out, const uint64_t x[6],
                                const uint64_t y[6])
{
    uint64_t r0, r1, r2, r3, r4, r5, r6, lo, hi, zero;

    __asm__ volatile(
        ATR_MULX_FIRST("0(%[x])")
        ATR_MULX_DO(ATR_MULX_CLEAR, ATR_MULX_WINDOW0)
        ATR_MULX_STEP("8", ATR_MULX_WINDOW1)
        ATR_MULX_STEP("16", ATR_MULX_WINDOW2)
        ATR_MULX_STEP("24", ATR_MULX_WINDOW3)
        ATR_MULX_STEP("32", ATR_MULX_WINDOW4)
        ATR_MULX_STEP("40", ATR_MULX_WINDOW5)
        : ATR_MULX_WINDOW
        : [x] "r"(x), [y] "r"(y), [p] "r"(atr_mulx_modulus)
        : "rdx", "cc", "memory");
    atr_mulx_settle(out->limb, (atr_mulx_six){r6, r0, r1, r2, r3, r4});
}

#define ATR_MULX_STEP2(at, next, window)                                       \
    ATR_MULX_DO(ATR_MULX_ROW, at "(%[x])", ATR_MULX_Y, window)                 \
    ATR_MULX_DO(ATR_MULX_ROW_ON, next "(%[x])", ATR_MULX_Y1, window)           \
    ATR_MULX_DO(ATR_MULX_CLEAR, window)

/* atr_mulx_two is (x[0] y[0] + x[1] y[1]) / 2^384 mod p for x below 2 p and y
 * at most p: below 1.5 p before the last subtraction. */
static inline void atr_mulx_two(atr_fp *out, const atr_fp x[2],
                                const atr_fp y[2])
{
    uint64_t r0, r1, r2, r3, r4, r5, r6, lo, hi, zero;

    __asm__ volatile(
        ATR_MULX_FIRST("0(%[x])")
        ATR_MULX_DO(ATR_MULX_ROW_ON, "48(%[x])", ATR_MULX_Y1, ATR_MULX_WINDOW0)
        ATR_MULX_DO(ATR_MULX_CLEAR, ATR_MULX_WINDOW0)
        ATR_MULX_STEP2("8", "56", ATR_MULX_WINDOW1)
        ATR_MULX_STEP2("16", "64", ATR_MULX_WINDOW2)
        ATR_MULX_STEP2("24", "72", ATR_MULX_WINDOW3)
        ATR_MULX_STEP2("32", "80", ATR_MULX_WINDOW4)
        ATR_MULX_STEP2("40", "88", ATR_MULX_WINDOW5)
        : ATR_MULX_WINDOW
        : [x] "r"(x), [y] "r"(y), [p] "r"(atr_mulx_modulus)
        : "rdx", "cc", "memory");
    atr_mulx_settle(out->limb, (atr_mulx_six){r6, r0, r1, r2, r3, r4});
}

#endif
