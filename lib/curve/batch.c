#include "curve/batch.h"

#include "curve/cpu.h"
#include "curve/batch_parts.h"

/* The engine: one atomic number. */

static int engine; /* 0 until asked; every thread finds the same */

atr_batch_engine atr_batch_engine_in_use(void)
{
    int now = __atomic_load_n(&engine, __ATOMIC_RELAXED);

    if (now == 0) {
        now = atr_cpu_has_ifma() ? ATR_BATCH_IFMA : ATR_BATCH_PORTABLE;
        __atomic_store_n(&engine, now, __ATOMIC_RELAXED);
    }
    return (atr_batch_engine)now;
}

bool atr_batch_engine_set(atr_batch_engine wanted)
{
    if (wanted != ATR_BATCH_PORTABLE &&
        (wanted != ATR_BATCH_IFMA || !atr_cpu_has_ifma())) {
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
