/* kernel.h - products and Montgomery reductions mod p with the instructions
 * mulx, adcx and adox of x86-64, which leave each other's flags alone: a row
 * limb times six limbs is summed up by two chains of carries at once.
 *
 * Registers: seven limbs w0 .. w6 are a window on the running sum. A row adds
 * its multiple of six limbs to w0 .. w6; then w0 is done with, and its
 * register is the w6 of the next row. The windows of six rows are therefore
 * the seven registers in turn, as WINDOW0 .. WINDOW5 say. rdx is the factor of
 * a row, lo and hi its products.
 *
 * Bounds: let Y be the sum of the six-limb numbers that rows add between two
 * moves of the window: x y alone, x y and m p, or x y, x' z and m p make Y = y,
 * y + p or y + z + p. A window below 2^384 becomes less than
 * 2^384 + (2^64 - 1) Y, which is below 2^448 for every Y below 2^384: no carry
 * leaves w6. After the move a window that was at most Y is at most Y again.
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

/* The six products of rdx and the limbs at y, to a window whose flags are
 * clear. */
#define ATR_MULX_SIX(y, w0, w1, w2, w3, w4, w5, w6)                            \
    ATR_MULX_LIMB("0(%[" y "])", w0, w1)                                       \
    ATR_MULX_LIMB("8(%[" y "])", w1, w2)                                       \
    ATR_MULX_LIMB("16(%[" y "])", w2, w3)                                      \
    ATR_MULX_LIMB("24(%[" y "])", w3, w4)                                      \
    ATR_MULX_LIMB("32(%[" y "])", w4, w5)                                      \
    ATR_MULX_LIMB("40(%[" y "])", w5, w6)                                      \
    "mov $0, %k[lo]\n\t"                                                       \
    "adcx %[lo], %[" w6 "]\n\t"

/* The window plus x y; the new limb w6 starts at 0, or goes on. */
#define ATR_MULX_ROW(x, y, w0, w1, w2, w3, w4, w5, w6)                         \
    "mov " x ", %%rdx\n\t"                                                     \
    "xor %k[" w6 "], %k[" w6 "]\n\t"                                           \
    ATR_MULX_SIX(y, w0, w1, w2, w3, w4, w5, w6)
#define ATR_MULX_ROW_ON(x, y, w0, w1, w2, w3, w4, w5, w6)                      \
    "mov " x ", %%rdx\n\t"                                                     \
    "xor %k[lo], %k[lo]\n\t"                                                   \
    ATR_MULX_SIX(y, w0, w1, w2, w3, w4, w5, w6)

/* The window plus the multiple of p that makes w0 zero. */
#define ATR_MULX_CLEAR(w0, w1, w2, w3, w4, w5, w6)                             \
    "mov 48(%[p]), %%rdx\n\t"                                                  \
    "imul %[" w0 "], %%rdx\n\t"                                                \
    "xor %k[lo], %k[lo]\n\t"                                                   \
    ATR_MULX_SIX("p", w0, w1, w2, w3, w4, w5, w6)
#define ATR_MULX_CLEAR_NEW(w0, w1, w2, w3, w4, w5, w6)                         \
    "mov 48(%[p]), %%rdx\n\t"                                                  \
    "imul %[" w0 "], %%rdx\n\t"                                                \
    "xor %k[" w6 "], %k[" w6 "]\n\t"                                           \
    ATR_MULX_SIX("p", w0, w1, w2, w3, w4, w5, w6)

/* The first row of a sum: w0 .. w6 = x y. */
#define ATR_MULX_FIRST_LIMB(k, add, w, v)                                      \
    "mulx " k ", %[lo], %[" v "]\n\t"                                          \
    add " %[lo], %[" w "]\n\t"
#define ATR_MULX_FIRST(x, y)                                                   \
    "mov " x ", %%rdx\n\t"                                                     \
    "mulx 0(%[" y "]), %[r0], %[r1]\n\t"                                       \
    ATR_MULX_FIRST_LIMB("8(%[" y "])", "add", "r1", "r2")                      \
    ATR_MULX_FIRST_LIMB("16(%[" y "])", "adc", "r2", "r3")                     \
    ATR_MULX_FIRST_LIMB("24(%[" y "])", "adc", "r3", "r4")                     \
    ATR_MULX_FIRST_LIMB("32(%[" y "])", "adc", "r4", "r5")                     \
    ATR_MULX_FIRST_LIMB("40(%[" y "])", "adc", "r5", "r6")                     \
    "adc $0, %[r6]\n\t"
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
        [hi] "=&r"(hi)

/* Twelve limbs of t, at the offsets given, into r0 .. r11. */
#define ATR_MULX_TWELVE(first, next, k0, k1, k2, k3, k4, k5, k6, k7, k8, k9,   \
                        k10, k11)                                              \
    first " " k0 "(%[t]), %[r0]\n\t" next " " k1 "(%[t]), %[r1]\n\t"           \
    next " " k2 "(%[t]), %[r2]\n\t" next " " k3 "(%[t]), %[r3]\n\t"            \
    next " " k4 "(%[t]), %[r4]\n\t" next " " k5 "(%[t]), %[r5]\n\t"            \
    next " " k6 "(%[t]), %[r6]\n\t" next " " k7 "(%[t]), %[r7]\n\t"            \
    next " " k8 "(%[t]), %[r8]\n\t" next " " k9 "(%[t]), %[r9]\n\t"            \
    next " " k10 "(%[t]), %[r10]\n\t" next " " k11 "(%[t]), %[r11]\n\t"

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
    uint64_t r0, r1, r2, r3, r4, r5, r6, lo, hi;

    __asm__ volatile(
        ATR_MULX_FIRST("0(%[x])", "y")
        "mov %[r0], 0(%[out])\n\t"
        ATR_MULX_DO(ATR_MULX_ROW, "8(%[x])", "y", ATR_MULX_WINDOW1)
        "mov %[r1], 8(%[out])\n\t"
        ATR_MULX_DO(ATR_MULX_ROW, "16(%[x])", "y", ATR_MULX_WINDOW2)
        "mov %[r2], 16(%[out])\n\t"
        ATR_MULX_DO(ATR_MULX_ROW, "24(%[x])", "y", ATR_MULX_WINDOW3)
        "mov %[r3], 24(%[out])\n\t"
        ATR_MULX_DO(ATR_MULX_ROW, "32(%[x])", "y", ATR_MULX_WINDOW4)
        "mov %[r4], 32(%[out])\n\t"
        ATR_MULX_DO(ATR_MULX_ROW, "40(%[x])", "y", ATR_MULX_WINDOW5)
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

/* atr_mulx_reduce is t / 2^384 mod p for t below p 2^384: six rows clear the
 * lower half and leave less than 1 + p, to which the upper half, below p, is
 * added. */
static inline void atr_mulx_reduce(atr_fp *out, const uint64_t t[12])
{
    uint64_t r0, r1, r2, r3, r4, r5, r6, lo, hi;

    __asm__ volatile(
        "mov 0(%[t]), %[r0]\n\t"
        "mov 8(%[t]), %[r1]\n\t"
        "mov 16(%[t]), %[r2]\n\t"
        "mov 24(%[t]), %[r3]\n\t"
        "mov 32(%[t]), %[r4]\n\t"
        "mov 40(%[t]), %[r5]\n\t"
        ATR_MULX_DO(ATR_MULX_CLEAR_NEW, ATR_MULX_WINDOW0)
        ATR_MULX_DO(ATR_MULX_CLEAR_NEW, ATR_MULX_WINDOW1)
        ATR_MULX_DO(ATR_MULX_CLEAR_NEW, ATR_MULX_WINDOW2)
        ATR_MULX_DO(ATR_MULX_CLEAR_NEW, ATR_MULX_WINDOW3)
        ATR_MULX_DO(ATR_MULX_CLEAR_NEW, ATR_MULX_WINDOW4)
        ATR_MULX_DO(ATR_MULX_CLEAR_NEW, ATR_MULX_WINDOW5)
        "add 48(%[t]), %[r6]\n\t"
        "adc 56(%[t]), %[r0]\n\t"
        "adc 64(%[t]), %[r1]\n\t"
        "adc 72(%[t]), %[r2]\n\t"
        "adc 80(%[t]), %[r3]\n\t"
        "adc 88(%[t]), %[r4]\n\t"
        : ATR_MULX_WINDOW
        : [t] "r"(t), [p] "r"(atr_mulx_modulus)
        : "rdx", "cc", "memory");
    atr_mulx_settle(out->limb, (atr_mulx_six){r6, r0, r1, r2, r3, r4});
}

#define ATR_MULX_STEP(at, window)                                              \
    ATR_MULX_DO(ATR_MULX_ROW, at "(%[x])", "y", window)                        \
    ATR_MULX_DO(ATR_MULX_CLEAR, window)

/* atr_mulx_mul is x y / 2^384 mod p, each row followed by the one that clears
 * its lowest limb. Before the last subtraction it is below x y / 2^384 + p:
 * below 2 p for x any six limbs and y below p, or both below 2 p. */
static inline void atr_mulx_mul(atr_fp *out, const uint64_t x[6],
                                const uint64_t y[6])
{
    uint64_t r0, r1, r2, r3, r4, r5, r6, lo, hi;

    __asm__ volatile(
        ATR_MULX_FIRST("0(%[x])", "y")
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
    ATR_MULX_DO(ATR_MULX_ROW, at "(%[x])", "y", window)                        \
    ATR_MULX_DO(ATR_MULX_ROW_ON, next "(%[x])", "z", window)                   \
    ATR_MULX_DO(ATR_MULX_CLEAR, window)

/* atr_mulx_two is (x[0] y + x[1] z) / 2^384 mod p for x[0] and x[1] below 2 p,
 * y and z at most p: below 1.5 p before the last subtraction. */
static inline void atr_mulx_two(atr_fp *out, const atr_fp x[2],
                                const uint64_t y[6], const uint64_t z[6])
{
    uint64_t r0, r1, r2, r3, r4, r5, r6, lo, hi;

    __asm__ volatile(
        ATR_MULX_FIRST("0(%[x])", "y")
        ATR_MULX_DO(ATR_MULX_ROW_ON, "48(%[x])", "z", ATR_MULX_WINDOW0)
        ATR_MULX_DO(ATR_MULX_CLEAR, ATR_MULX_WINDOW0)
        ATR_MULX_STEP2("8", "56", ATR_MULX_WINDOW1)
        ATR_MULX_STEP2("16", "64", ATR_MULX_WINDOW2)
        ATR_MULX_STEP2("24", "72", ATR_MULX_WINDOW3)
        ATR_MULX_STEP2("32", "80", ATR_MULX_WINDOW4)
        ATR_MULX_STEP2("40", "88", ATR_MULX_WINDOW5)
        : ATR_MULX_WINDOW
        : [x] "r"(x), [y] "r"(y), [z] "r"(z), [p] "r"(atr_mulx_modulus)
        : "rdx", "cc", "memory");
    atr_mulx_settle(out->limb, (atr_mulx_six){r6, r0, r1, r2, r3, r4});
}

/* atr_mulx_middle is out = t[2] - t[0] - t[1], not below 0: the middle of a
 * product by Karatsuba, whose parts lie in a row so that one register points
 * to them. */
static inline void atr_mulx_middle(uint64_t out[12], const atr_fp_wide t[3])
{
    uint64_t r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11;

    __asm__ volatile(
        ATR_MULX_TWELVE("mov", "mov", "192", "200", "208", "216", "224", "232",
                        "240", "248", "256", "264", "272", "280")
        ATR_MULX_TWELVE("sub", "sbb", "0", "8", "16", "24", "32", "40", "48",
                        "56", "64", "72", "80", "88")
        ATR_MULX_TWELVE("sub", "sbb", "96", "104", "112", "120", "128", "136",
                        "144", "152", "160", "168", "176", "184")
        "mov %[r0], 0(%[out])\n\t"
        "mov %[r1], 8(%[out])\n\t"
        "mov %[r2], 16(%[out])\n\t"
        "mov %[r3], 24(%[out])\n\t"
        "mov %[r4], 32(%[out])\n\t"
        "mov %[r5], 40(%[out])\n\t"
        "mov %[r6], 48(%[out])\n\t"
        "mov %[r7], 56(%[out])\n\t"
        "mov %[r8], 64(%[out])\n\t"
        "mov %[r9], 72(%[out])\n\t"
        "mov %[r10], 80(%[out])\n\t"
        "mov %[r11], 88(%[out])\n\t"
        : [r0] "=&r"(r0), [r1] "=&r"(r1), [r2] "=&r"(r2), [r3] "=&r"(r3),
          [r4] "=&r"(r4), [r5] "=&r"(r5), [r6] "=&r"(r6), [r7] "=&r"(r7),
          [r8] "=&r"(r8), [r9] "=&r"(r9), [r10] "=&r"(r10), [r11] "=&r"(r11)
        : [t] "r"(t), [out] "r"(out)
        : "cc", "memory");
}

#endif
