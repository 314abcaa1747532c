/* Eight powers of a fixed base of G2 at once. */
#include "curve/ifma/engine.h"
#include "curve/ifma/g1x8.h"
#include "curve/ifma/g2x8.h"
#include "curve/ifma/loose.h"
#include "curve/scalar.h"

#define FIELD(name) atr_fp2x8_##name
#define ELEMENT atr_fp2x8
#define PARTS 2
#define PART(a, n) ((n) == 0 ? &(a)->c0 : &(a)->c1)
#define GROUP(name) atr_g2x8_##name
#define POINTS atr_g2x8
#define POINT atr_g2
#define AFFINE atr_g2_affine
#define TABLE atr_g2_table
#define ROWS ATR_G2_TABLE_ROWS

#include "curve/ifma/table.inc"

void atr_ifma_g2_table_mul(atr_g2 *out, const atr_g2_table *table,
                           const atr_fr *k, size_t count)
{
    table_mul_many(out, table, k, count);
}

void atr_ifma_g2_table_mul_one(atr_g2 *out, const atr_g2_table *table,
                               const atr_fr *k)
{
    table_mul_one(out, table, k);
}
