#include "curve/cpu.h"

#include "curve/engine.h"

#if defined(ATR_HAVE_MULX) || defined(ATR_WITH_IFMA)

typedef struct {
    uint32_t a, b, c, d;
} cpuid_words;

static cpuid_words cpuid(uint32_t leaf)
{
    cpuid_words out;

    __asm__ volatile("cpuid"
                     : "=a"(out.a), "=b"(out.b), "=c"(out.c), "=d"(out.d)
                     : "a"(leaf), "c"(0));
    return out;
}

/* Leaf 0 tells how many there are; leaf 7, ebx, has the instructions. */
static bool has_all(uint32_t bits)
{
    return cpuid(0).a >= 7 && (cpuid(7).b & bits) == bits;
}

#endif

#ifdef ATR_HAVE_MULX

#define MULX (UINT32_C(1) << 8 | UINT32_C(1) << 19) /* BMI2, ADX */

/* They use the registers that every system saves. */
bool atr_cpu_has_mulx(void)
{
    return has_all(MULX);
}

#else

bool atr_cpu_has_mulx(void)
{
    return false;
}

#endif

#ifdef ATR_WITH_IFMA

#define OSXSAVE (UINT32_C(1) << 27) /* leaf 1, ecx */
/* AVX-512 F, DQ, IFMA, BW, VL. */
#define IFMA                                                                   \
    (UINT32_C(1) << 16 | UINT32_C(1) << 17 | UINT32_C(1) << 21 |               \
     UINT32_C(1) << 30 | UINT32_C(1) << 31)
#define ZMM_STATE 0xe6u /* SSE, AVX, opmask, both halves of zmm */

/* Which registers the operating system saves: XCR0. */
static uint32_t saved_state(void)
{
    uint32_t low;
    uint32_t high;

    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

bool atr_cpu_has_ifma(void)
{
    return has_all(IFMA) && (cpuid(1).c & OSXSAVE) &&
           (saved_state() & ZMM_STATE) == ZMM_STATE;
}

#else

bool atr_cpu_has_ifma(void)
{
    return false;
}

#endif
