/* add.h - sums and differences mod p, and of products, in assembly, included by
 * curve/fp.h for the mulx engine. They want nothing but the adc, sbb and cmov
 * of any x86-64, but compilers spill their carries or gather the limbs in
 * vectors, and take twice as long.
 *
 * Contracts are those of curve/fp.h; outputs may be inputs, since each limb is
 * read before it is written.
 */
/* clang-format off */
#ifndef ATR_MULX_ADD_H
#define ATR_MULX_ADD_H

/* p, and -1/p mod 2^64, behind one address. */
__attribute__((visibility("hidden"))) extern const uint64_t atr_mulx_modulus[7];

/* Six limbs in registers. */
typedef struct {
    uint64_t t0, t1, t2, t3, t4, t5;
} atr_mulx_six;

#define ATR_MULX_OUTPUTS(t)                                                    \
    [t0] "=&r"((t).t0), [t1] "=&r"((t).t1), [t2] "=&r"((t).t2),                \
        [t3] "=&r"((t).t3), [t4] "=&r"((t).t4), [t5] "=&r"((t).t5)
#define ATR_MULX_CHANGED(t)                                                    \
    [t0] "+&r"((t).t0), [t1] "+&r"((t).t1), [t2] "+&r"((t).t2),                \
        [t3] "+&r"((t).t3), [t4] "+&r"((t).t4), [t5] "+&r"((t).t5)
#define ATR_MULX_SPARE(s)                                                      \
    [s0] "=&r"((s).t0), [s1] "=&r"((s).t1), [s2] "=&r"((s).t2),                \
        [s3] "=&r"((s).t3), [s4] "=&r"((s).t4), [s5] "=&r"((s).t5)

/* t0 .. t5 and six limbs of `from`, at the offsets given. */
#define ATR_MULX_LOW "0", "8", "16", "24", "32", "40"
#define ATR_MULX_HIGH "48", "56", "64", "72", "80", "88"
#define ATR_MULX_CHAIN(...) ATR_MULX_CHAIN_OF(__VA_ARGS__)
#define ATR_MULX_CHAIN_OF(first, next, from, k0, k1, k2, k3, k4, k5)           \
    first " " k0 "(%[" from "]), %[t0]\n\t"                                    \
    next " " k1 "(%[" from "]), %[t1]\n\t"                                     \
    next " " k2 "(%[" from "]), %[t2]\n\t"                                     \
    next " " k3 "(%[" from "]), %[t3]\n\t"                                     \
    next " " k4 "(%[" from "]), %[t4]\n\t"                                     \
    next " " k5 "(%[" from "]), %[t5]\n\t"

#define ATR_MULX_PUT(...) ATR_MULX_PUT_AT(__VA_ARGS__)
#define ATR_MULX_PUT_AT(k0, k1, k2, k3, k4, k5)                                \
    "mov %[t0], " k0 "(%[out])\n\t"                                            \
    "mov %[t1], " k1 "(%[out])\n\t"                                            \
    "mov %[t2], " k2 "(%[out])\n\t"                                            \
    "mov %[t3], " k3 "(%[out])\n\t"                                            \
    "mov %[t4], " k4 "(%[out])\n\t"                                            \
    "mov %[t5], " k5 "(%[out])\n\t"

/* out = a + b or a - b, a limb at a time through one register. */
#define ATR_MULX_THROUGH(instruction, k)                                       \
    "mov " k "(%[a]), %[r]\n\t" instruction " " k "(%[b]), %[r]\n\t"           \
    "mov %[r], " k "(%[out])\n\t"
#define ATR_MULX_LOW_HALF(first, next)                                         \
    ATR_MULX_THROUGH(first, "0")                                               \
    ATR_MULX_THROUGH(next, "8")                                                \
    ATR_MULX_THROUGH(next, "16")                                               \
    ATR_MULX_THROUGH(next, "24")                                               \
    ATR_MULX_THROUGH(next, "32")                                               \
    ATR_MULX_THROUGH(next, "40")
#define ATR_MULX_HIGH_HALF(next)                                               \
    ATR_MULX_THROUGH(next, "48")                                               \
    ATR_MULX_THROUGH(next, "56")                                               \
    ATR_MULX_THROUGH(next, "64")                                               \
    ATR_MULX_THROUGH(next, "72")                                               \
    ATR_MULX_THROUGH(next, "80")                                               \
    ATR_MULX_THROUGH(next, "88")

/* atr_mulx_settle writes t - p, or t where that is below 0; t below 2 p. */
static inline void atr_mulx_settle(uint64_t out[6], atr_mulx_six t)
{
    atr_mulx_six s;

    __asm__ volatile("mov %[t0], %[s0]\n\t"
                     "mov %[t1], %[s1]\n\t"
                     "mov %[t2], %[s2]\n\t"
                     "mov %[t3], %[s3]\n\t"
                     "mov %[t4], %[s4]\n\t"
                     "mov %[t5], %[s5]\n\t"
                     "sub 0(%[p]), %[t0]\n\t"
                     "sbb 8(%[p]), %[t1]\n\t"
                     "sbb 16(%[p]), %[t2]\n\t"
                     "sbb 24(%[p]), %[t3]\n\t"
                     "sbb 32(%[p]), %[t4]\n\t"
                     "sbb 40(%[p]), %[t5]\n\t"
                     "cmovc %[s0], %[t0]\n\t"
                     "cmovc %[s1], %[t1]\n\t"
                     "cmovc %[s2], %[t2]\n\t"
                     "mov %[t0], 0(%[out])\n\t"
                     "cmovc %[s3], %[t3]\n\t"
                     "mov %[t1], 8(%[out])\n\t"
                     "cmovc %[s4], %[t4]\n\t"
                     "mov %[t2], 16(%[out])\n\t"
                     "cmovc %[s5], %[t5]\n\t"
                     "mov %[t3], 24(%[out])\n\t"
                     "mov %[t4], 32(%[out])\n\t"
                     "mov %[t5], 40(%[out])\n\t"
                     : ATR_MULX_CHANGED(t), ATR_MULX_SPARE(s)
                     : [out] "r"(out), [p] "r"(atr_mulx_modulus)
                     : "cc", "memory");
}

/* atr_mulx_lift writes t + p where `below` is all ones, t where it is 0. */
static inline void atr_mulx_lift(uint64_t out[6], atr_mulx_six t,
                                 uint64_t below)
{
    uint64_t s1, s2, s3, s4, s5;

    __asm__ volatile("mov 0(%[p]), %[s1]\n\t"
                     "mov 8(%[p]), %[s2]\n\t"
                     "mov 16(%[p]), %[s3]\n\t"
                     "mov 24(%[p]), %[s4]\n\t"
                     "mov 32(%[p]), %[s5]\n\t"
                     "and %[s0], %[s1]\n\t"
                     "and %[s0], %[s2]\n\t"
                     "and %[s0], %[s3]\n\t"
                     "and %[s0], %[s4]\n\t"
                     "and %[s0], %[s5]\n\t"
                     "and 40(%[p]), %[s0]\n\t"
                     "add %[s1], %[t0]\n\t"
                     "mov %[t0], 0(%[out])\n\t"
                     "adc %[s2], %[t1]\n\t"
                     "mov %[t1], 8(%[out])\n\t"
                     "adc %[s3], %[t2]\n\t"
                     "mov %[t2], 16(%[out])\n\t"
                     "adc %[s4], %[t3]\n\t"
                     "mov %[t3], 24(%[out])\n\t"
                     "adc %[s5], %[t4]\n\t"
                     "mov %[t4], 32(%[out])\n\t"
                     "adc %[s0], %[t5]\n\t"
                     "mov %[t5], 40(%[out])\n\t"
                     : ATR_MULX_CHANGED(t), [s0] "+&r"(below),
                       [s1] "=&r"(s1), [s2] "=&r"(s2), [s3] "=&r"(s3),
                       [s4] "=&r"(s4), [s5] "=&r"(s5)
                     : [out] "r"(out), [p] "r"(atr_mulx_modulus)
                     : "cc", "memory");
}

static inline void atr_fp_add_lazy(atr_fp *out, const atr_fp *a,
                                   const atr_fp *b)
{
    uint64_t r;

    __asm__ volatile(
        ATR_MULX_LOW_HALF("add", "adc")
        : [r] "=&r"(r)
        : [a] "r"(a), [b] "r"(b), [out] "r"(out)
        : "cc", "memory");
}

static inline void atr_fp_add(atr_fp *out, const atr_fp *a, const atr_fp *b)
{
    atr_mulx_six t;

    __asm__ volatile(
        ATR_MULX_CHAIN("mov", "mov", "a", ATR_MULX_LOW)
        ATR_MULX_CHAIN("add", "adc", "b", ATR_MULX_LOW)
        : ATR_MULX_OUTPUTS(t)
        : [a] "r"(a), [b] "r"(b)
        : "cc", "memory");
    atr_mulx_settle(out->limb, t);
}

static inline void atr_fp_sub(atr_fp *out, const atr_fp *a, const atr_fp *b)
{
    atr_mulx_six t;
    uint64_t below;

    __asm__ volatile(
        ATR_MULX_CHAIN("mov", "mov", "a", ATR_MULX_LOW)
        ATR_MULX_CHAIN("sub", "sbb", "b", ATR_MULX_LOW)
        "sbb %[below], %[below]\n\t"
        : ATR_MULX_OUTPUTS(t), [below] "=&r"(below)
        : [a] "r"(a), [b] "r"(b)
        : "cc", "memory");
    atr_mulx_lift(out->limb, t, below);
}

static inline void atr_fp_wide_add(atr_fp_wide *out, const atr_fp_wide *a,
                                   const atr_fp_wide *b)
{
    uint64_t r;

    __asm__ volatile(
        ATR_MULX_LOW_HALF("add", "adc")
        ATR_MULX_HIGH_HALF("adc")
        : [r] "=&r"(r)
        : [a] "r"(a), [b] "r"(b), [out] "r"(out)
        : "cc", "memory");
}

static inline void atr_fp_wide_sub(atr_fp_wide *out, const atr_fp_wide *a,
                                   const atr_fp_wide *b)
{
    uint64_t r;

    __asm__ volatile(
        ATR_MULX_LOW_HALF("sub", "sbb")
        ATR_MULX_HIGH_HALF("sbb")
        : [r] "=&r"(r)
        : [a] "r"(a), [b] "r"(b), [out] "r"(out)
        : "cc", "memory");
}

/* Six limbs of a, then of b and of c added or subtracted; between the halves
 * their carries wait in two registers, all ones or 0. */
#define ATR_MULX_TWO_CHAINS(b0, b1, c0, c1)                                    \
    ATR_MULX_CHAIN("mov", "mov", "a", ATR_MULX_LOW)                            \
    ATR_MULX_CHAIN(b0, b1, "b", ATR_MULX_LOW)                                  \
    "sbb %[s], %[s]\n\t"                                                       \
    ATR_MULX_CHAIN(c0, c1, "c", ATR_MULX_LOW)                                  \
    "sbb %[r], %[r]\n\t"                                                       \
    ATR_MULX_PUT(ATR_MULX_LOW)                                                 \
    ATR_MULX_CHAIN("mov", "mov", "a", ATR_MULX_HIGH)                           \
    "add %[s], %[s]\n\t"                                                       \
    ATR_MULX_CHAIN(b1, b1, "b", ATR_MULX_HIGH)                                 \
    "add %[r], %[r]\n\t"                                                       \
    ATR_MULX_CHAIN(c1, c1, "c", ATR_MULX_HIGH)                                 \
    ATR_MULX_PUT(ATR_MULX_HIGH)

#define ATR_MULX_WIDE_OF_THREE(name, b0, b1, c0, c1)                           \
    static inline void name(atr_fp_wide *out, const atr_fp_wide *a,            \
                            const atr_fp_wide *b, const atr_fp_wide *c)        \
    {                                                                          \
        atr_mulx_six t;                                                        \
        uint64_t r, s;                                                         \
                                                                               \
        __asm__ volatile(                                                      \
            ATR_MULX_TWO_CHAINS(b0, b1, c0, c1)                                \
            : ATR_MULX_OUTPUTS(t), [r] "=&r"(r), [s] "=&r"(s)                  \
            : [a] "r"(a), [b] "r"(b), [c] "r"(c), [out] "r"(out)               \
            : "cc", "memory");                                                 \
    }

ATR_MULX_WIDE_OF_THREE(atr_fp_wide_add_add, "add", "adc", "add", "adc")
ATR_MULX_WIDE_OF_THREE(atr_fp_wide_add_sub, "add", "adc", "sub", "sbb")
ATR_MULX_WIDE_OF_THREE(atr_fp_wide_sub_sub, "sub", "sbb", "sub", "sbb")

#endif
