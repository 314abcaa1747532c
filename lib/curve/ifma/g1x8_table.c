/* Eight powers of a fixed base of G1 at once. */
#include "curve/ifma/engine.h"
#include "curve/ifma/g1x8.h"
#include "curve/ifma/loose.h"
#include "curve/scalar.h"

#define FIELD(name) atr_fp8_##name
#define ELEMENT atr_fp8
#define PARTS 1
#define PART(a, n) (a)
#define GROUP(name) atr_g1x8_##name
#define POINTS atr_g1x8
#define POINT atr_g1
#define AFFINE atr_g1_affine
#define TABLE atr_g1_table
#define ROWS ATR_G1_TABLE_ROWS

#include "curve/ifma/table.inc"

void atr_ifma_g1_table_mul(atr_g1 *out, const atr_g1_table *table,
                           const atr_fr *k, size_t count)
{
    table_mul_many(out, table, k, count);
}

void atr_ifma_g1_table_mul_one(atr_g1 *out, const atr_g1_table *table,
                               const atr_fr *k)
{
    table_mul_one(out, table, k);
}
