#include "curve/engine.h"

#include "curve/fp.h"

#ifdef ATR_HAVE_MULX
#include "curve/cpu.h"
#include "curve/pairing_parts.h"

/* All there is to choose: atr_portable_x and atr_mulx_x of each x, and of some
 * atr_ifma_x. */
#define ATR_ENGINE_TWO(X)                                                      \
    X(g1_add)                                                                  \
    X(g1_add_affine)                                                           \
    X(g1_clear_cofactor)                                                       \
    X(g1_dbl)                                                                  \
    X(g1_encode)                                                               \
    X(g1_hash)                                                                 \
    X(g1_in_subgroup_vartime)                                                  \
    X(g1_map)                                                                  \
    X(g1_mul)                                                                  \
    X(g1_mul_vartime)                                                          \
    X(g1_read)                                                                 \
    X(g1_read_any)                                                             \
    X(g1_read_curve)                                                           \
    X(g1_read_wide)                                                            \
    X(g1_read_wide_any)                                                        \
    X(g1_sum_vartime)                                                          \
    X(g1_table_init)                                                           \
    X(g1_table_mul)                                                            \
    X(g1_to_affine)                                                            \
    X(g1_to_affine_many)                                                       \
    X(g2_add)                                                                  \
    X(g2_add_affine)                                                           \
    X(g2_clear_cofactor)                                                       \
    X(g2_dbl)                                                                  \
    X(g2_encode)                                                               \
    X(g2_hash)                                                                 \
    X(g2_in_subgroup_vartime)                                                  \
    X(g2_lines_init)                                                           \
    X(g2_map)                                                                  \
    X(g2_mul)                                                                  \
    X(g2_mul_vartime)                                                          \
    X(g2_read)                                                                 \
    X(g2_read_any)                                                             \
    X(g2_read_wide)                                                            \
    X(g2_read_wide_any)                                                        \
    X(g2_sum_vartime)                                                          \
    X(g2_table_init)                                                           \
    X(g2_table_mul)                                                            \
    X(g2_to_affine)                                                            \
    X(g2_to_affine_many)                                                       \
    X(gt_mul)                                                                  \
    X(gt_pow_vartime)                                                          \
    X(gt_read)                                                                 \
    X(gt_table_init)
#define ATR_ENGINE_THREE(X)                                                    \
    X(gt_pow)                                                                  \
    X(gt_table_pow)                                                            \
    X(pairing)                                                                 \
    X(pairing_final)                                                           \
    X(pairing_miller)                                                          \
    X(pairing_product)
#define ATR_ENGINE_CHOICE(X) ATR_ENGINE_TWO(X) ATR_ENGINE_THREE(X)

#define DECLARE(name)                                                          \
    extern __typeof__(atr_##name) atr_portable_##name;                         \
    extern __typeof__(atr_##name) atr_mulx_##name;
#define MEMBER(name) __typeof__(atr_##name) *name;
#define PORTABLE(name) .name = atr_portable_##name,
#define MULX(name) .name = atr_mulx_##name,

ATR_ENGINE_CHOICE(DECLARE)

typedef struct {
    ATR_ENGINE_CHOICE(MEMBER)
} functions;

static const functions portable = {ATR_ENGINE_CHOICE(PORTABLE)};
static const functions mulx = {ATR_ENGINE_CHOICE(MULX)};

#ifdef ATR_WITH_IFMA
#define DECLARE_IFMA(name) extern __typeof__(atr_##name) atr_ifma_##name;
#define IFMA(name) .name = atr_ifma_##name,

ATR_ENGINE_THREE(DECLARE_IFMA)

static const functions ifma = {ATR_ENGINE_TWO(MULX) ATR_ENGINE_THREE(IFMA)};

static bool has_both(void)
{
    return atr_cpu_has_mulx() && atr_cpu_has_ifma();
}
#endif

typedef struct {
    const char *name;
    bool (*present)(void);
    const functions *functions;
} engine_entry;

static bool always(void)
{
    return true;
}

/* By atr_engine; a later one is faster. */
static const engine_entry engines[] = {
    [ATR_ENGINE_PORTABLE] = {"portable", always, &portable},
    [ATR_ENGINE_BMI2_ADX] = {"mulx", atr_cpu_has_mulx, &mulx},
#ifdef ATR_WITH_IFMA
    [ATR_ENGINE_AVX512_IFMA] = {"ifma", has_both, &ifma},
#endif
};

#define ENGINES (sizeof engines / sizeof engines[0])

/* Null until the first call. All that it may point to is constant, so that
 * nothing but the pointer goes from thread to thread. */
static const engine_entry *chosen;

static const engine_entry *choose(void)
{
    const engine_entry *found = &engines[ENGINES - 1];

    while (!found->present()) {
        found--;
    }
    __atomic_store_n(&chosen, found, __ATOMIC_RELAXED);
    return found;
}

static const engine_entry *in_use(void)
{
    const engine_entry *now = __atomic_load_n(&chosen, __ATOMIC_RELAXED);

    return now != NULL ? now : choose();
}

static const functions *engine(void)
{
    return in_use()->functions;
}

bool atr_engine_use(atr_engine wanted)
{
    if ((size_t)wanted >= ENGINES || !engines[wanted].present()) {
        return false;
    }
    __atomic_store_n(&chosen, &engines[wanted], __ATOMIC_RELAXED);
    return true;
}

const char *atr_engine_name(void)
{
    return in_use()->name;
}

void atr_g1_add(atr_g1 *out, const atr_g1 *a, const atr_g1 *b)
{
    engine()->g1_add(out, a, b);
}

void atr_g1_add_affine(atr_g1 *out, const atr_g1 *a, const atr_g1_affine *b)
{
    engine()->g1_add_affine(out, a, b);
}

void atr_g1_clear_cofactor(atr_g1 *out, const atr_g1 *a)
{
    engine()->g1_clear_cofactor(out, a);
}

void atr_g1_dbl(atr_g1 *out, const atr_g1 *a)
{
    engine()->g1_dbl(out, a);
}

void atr_g1_encode(atr_g1_affine *out, atr_bytes dst, atr_bytes message)
{
    engine()->g1_encode(out, dst, message);
}

void atr_g1_hash(atr_g1_affine *out, atr_bytes dst, atr_bytes message)
{
    engine()->g1_hash(out, dst, message);
}

bool atr_g1_in_subgroup_vartime(const atr_g1_affine *a)
{
    return engine()->g1_in_subgroup_vartime(a);
}

void atr_g1_map(atr_g1 *out, const atr_fp *u)
{
    engine()->g1_map(out, u);
}

void atr_g1_mul(atr_g1 *out, const atr_g1_affine *a, const atr_fr *k)
{
    engine()->g1_mul(out, a, k);
}

void atr_g1_mul_vartime(atr_g1 *out, const atr_g1_affine *a, const atr_fr *k)
{
    engine()->g1_mul_vartime(out, a, k);
}

atr_err atr_g1_read(atr_g1_affine *out, const uint8_t in[ATR_G1_BYTES])
{
    return engine()->g1_read(out, in);
}

atr_err atr_g1_read_any(atr_g1_affine *out, const uint8_t in[ATR_G1_BYTES])
{
    return engine()->g1_read_any(out, in);
}

atr_err atr_g1_read_curve(atr_g1_affine *out, const uint8_t in[ATR_G1_BYTES])
{
    return engine()->g1_read_curve(out, in);
}

atr_err atr_g1_read_wide(atr_g1_affine *out,
                         const uint8_t in[ATR_G1_WIDE_BYTES])
{
    return engine()->g1_read_wide(out, in);
}

atr_err atr_g1_read_wide_any(atr_g1_affine *out,
                             const uint8_t in[ATR_G1_WIDE_BYTES])
{
    return engine()->g1_read_wide_any(out, in);
}

void atr_g1_sum_vartime(atr_g1 *out, const atr_g1_affine *a, const atr_fr *k,
                        size_t count)
{
    engine()->g1_sum_vartime(out, a, k, count);
}

void atr_g1_table_init(atr_g1_table *table, const atr_g1_affine *a)
{
    engine()->g1_table_init(table, a);
}

void atr_g1_table_mul(atr_g1 *out, const atr_g1_table *table, const atr_fr *k)
{
    engine()->g1_table_mul(out, table, k);
}

void atr_g1_to_affine(atr_g1_affine *out, const atr_g1 *a)
{
    engine()->g1_to_affine(out, a);
}

void atr_g1_to_affine_many(atr_g1_affine *out, const atr_g1 *in, size_t count)
{
    engine()->g1_to_affine_many(out, in, count);
}

void atr_g2_add(atr_g2 *out, const atr_g2 *a, const atr_g2 *b)
{
    engine()->g2_add(out, a, b);
}

void atr_g2_add_affine(atr_g2 *out, const atr_g2 *a, const atr_g2_affine *b)
{
    engine()->g2_add_affine(out, a, b);
}

void atr_g2_clear_cofactor(atr_g2 *out, const atr_g2 *a)
{
    engine()->g2_clear_cofactor(out, a);
}

void atr_g2_dbl(atr_g2 *out, const atr_g2 *a)
{
    engine()->g2_dbl(out, a);
}

void atr_g2_encode(atr_g2_affine *out, atr_bytes dst, atr_bytes message)
{
    engine()->g2_encode(out, dst, message);
}

void atr_g2_hash(atr_g2_affine *out, atr_bytes dst, atr_bytes message)
{
    engine()->g2_hash(out, dst, message);
}

bool atr_g2_in_subgroup_vartime(const atr_g2_affine *a)
{
    return engine()->g2_in_subgroup_vartime(a);
}

void atr_g2_lines_init(atr_g2_lines *out, const atr_g2_affine *q)
{
    engine()->g2_lines_init(out, q);
}

void atr_g2_map(atr_g2 *out, const atr_fp2 *u)
{
    engine()->g2_map(out, u);
}

void atr_g2_mul(atr_g2 *out, const atr_g2_affine *a, const atr_fr *k)
{
    engine()->g2_mul(out, a, k);
}

void atr_g2_mul_vartime(atr_g2 *out, const atr_g2_affine *a, const atr_fr *k)
{
    engine()->g2_mul_vartime(out, a, k);
}

atr_err atr_g2_read(atr_g2_affine *out, const uint8_t in[ATR_G2_BYTES])
{
    return engine()->g2_read(out, in);
}

atr_err atr_g2_read_any(atr_g2_affine *out, const uint8_t in[ATR_G2_BYTES])
{
    return engine()->g2_read_any(out, in);
}

atr_err atr_g2_read_wide(atr_g2_affine *out,
                         const uint8_t in[ATR_G2_WIDE_BYTES])
{
    return engine()->g2_read_wide(out, in);
}

atr_err atr_g2_read_wide_any(atr_g2_affine *out,
                             const uint8_t in[ATR_G2_WIDE_BYTES])
{
    return engine()->g2_read_wide_any(out, in);
}

void atr_g2_sum_vartime(atr_g2 *out, const atr_g2_affine *a, const atr_fr *k,
                        size_t count)
{
    engine()->g2_sum_vartime(out, a, k, count);
}

void atr_g2_table_init(atr_g2_table *table, const atr_g2_affine *a)
{
    engine()->g2_table_init(table, a);
}

void atr_g2_table_mul(atr_g2 *out, const atr_g2_table *table, const atr_fr *k)
{
    engine()->g2_table_mul(out, table, k);
}

void atr_g2_to_affine(atr_g2_affine *out, const atr_g2 *a)
{
    engine()->g2_to_affine(out, a);
}

void atr_g2_to_affine_many(atr_g2_affine *out, const atr_g2 *in, size_t count)
{
    engine()->g2_to_affine_many(out, in, count);
}

void atr_gt_mul(atr_gt *out, const atr_gt *a, const atr_gt *b)
{
    engine()->gt_mul(out, a, b);
}

void atr_gt_pow(atr_gt *out, const atr_gt *a, const atr_fr *k)
{
    engine()->gt_pow(out, a, k);
}

void atr_gt_pow_vartime(atr_gt *out, const atr_gt *a, const atr_fr *k)
{
    engine()->gt_pow_vartime(out, a, k);
}

atr_err atr_gt_read(atr_gt *out, const uint8_t in[ATR_GT_BYTES])
{
    return engine()->gt_read(out, in);
}

void atr_gt_table_init(atr_gt_table *table, const atr_gt *a)
{
    engine()->gt_table_init(table, a);
}

void atr_gt_table_pow(atr_gt *out, const atr_gt_table *table, const atr_fr *k)
{
    engine()->gt_table_pow(out, table, k);
}

void atr_pairing(atr_gt *out, const atr_g1_affine *p, const atr_g2_affine *q)
{
    engine()->pairing(out, p, q);
}

void atr_pairing_final(atr_fp12 *out, const atr_fp12 *f)
{
    engine()->pairing_final(out, f);
}

void atr_pairing_miller(atr_fp12 *out, const atr_pair *pairs, size_t count)
{
    engine()->pairing_miller(out, pairs, count);
}

void atr_pairing_product(atr_gt *out, const atr_pair *pairs, size_t count)
{
    engine()->pairing_product(out, pairs, count);
}

#else

bool atr_engine_use(atr_engine wanted)
{
    return wanted == ATR_ENGINE_PORTABLE;
}

const char *atr_engine_name(void)
{
#ifdef ATR_ENGINE_WASM30
    return "wasm30";
#else
    return "portable";
#endif
}

#endif
