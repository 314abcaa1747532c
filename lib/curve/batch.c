#include "curve/batch.h"

#include "curve/batch_parts.h"

/* The engine: one atomic number. */

#ifdef ATR_WITH_IFMA

typedef struct {
    uint32_t a, b, c, d;
} cpuid_words;

static cpuid_words cpuid(uint32_t leaf, uint32_t part)
{
    cpuid_words out;

    __asm__ volatile("cpuid"
                     : "=a"(out.a), "=b"(out.b), "=c"(out.c), "=d"(out.d)
                     : "a"(leaf), "c"(part));
    return out;
}

/* Which registers the operating system saves: XCR0. */
static uint32_t saved_state(void)
{
    uint32_t low;
    uint32_t high;

    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

#define OSXSAVE (UINT32_C(1) << 27) /* leaf 1, ecx */
/* Leaf 7, ebx: AVX512 F, DQ, IFMA, BW, VL. */
#define NEEDED                                                                 \
    (UINT32_C(1) << 16 | UINT32_C(1) << 17 | UINT32_C(1) << 21 |               \
     UINT32_C(1) << 30 | UINT32_C(1) << 31)
#define ZMM_STATE 0xe6u /* SSE, AVX, opmask, both halves of zmm */

static bool has_ifma(void)
{
    if (cpuid(0, 0).a < 7 || !(cpuid(1, 0).c & OSXSAVE)) {
        return false;
    }
    return (cpuid(7, 0).b & NEEDED) == NEEDED &&
           (saved_state() & ZMM_STATE) == ZMM_STATE;
}

#else

static bool has_ifma(void)
{
    return false;
}

#endif

static int engine; /* 0 until asked; every thread finds the same */

atr_batch_engine atr_batch_engine_in_use(void)
{
    int now = __atomic_load_n(&engine, __ATOMIC_RELAXED);

    if (now == 0) {
        now = has_ifma() ? ATR_BATCH_IFMA : ATR_BATCH_PORTABLE;
        __atomic_store_n(&engine, now, __ATOMIC_RELAXED);
    }
    return (atr_batch_engine)now;
}

bool atr_batch_engine_set(atr_batch_engine wanted)
{
    if (wanted != ATR_BATCH_PORTABLE &&
        (wanted != ATR_BATCH_IFMA || !has_ifma())) {
        return false;
    }
    __atomic_store_n(&engine, (int)wanted, __ATOMIC_RELAXED);
    return true;
}

const char *atr_batch_engine_name(atr_batch_engine of)
{
    return of == ATR_BATCH_IFMA ? "ifma" : "portable";
}

size_t atr_batch_share(size_t count)
{
    return atr_batch_engine_in_use() == ATR_BATCH_IFMA ? count : 0;
}

size_t atr_batch_share_from(size_t count, size_t least)
{
    size_t rest = count % 8;

    return atr_batch_share(rest < least ? count - rest : count);
}
