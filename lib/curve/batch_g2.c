/* batch_g2.c - many points of G2: batch.inc. */
#include "curve/batch_parts.h"

#ifdef ATR_WITH_IFMA
#include "curve/ifma/engine.h"
#endif

#define ROOM(name) atr_g2_##name
#define ENGINE(name) atr_ifma_g2_##name
#define FIELD(name) atr_fp2_##name
#define POINT atr_g2
#define AFFINE atr_g2_affine
#define TABLE atr_g2_table
#define ELEMENT atr_fp2
#define BYTES ATR_G2_BYTES
#define WEIGH_MAX ATR_G2_WEIGH_MAX
#define MUL_LEAST ATR_G2_MUL_LEAST
#define TABLE_MUL_LEAST ATR_G2_TABLE_MUL_LEAST
#define READ_LEAST ATR_G2_READ_LEAST

#include "curve/batch.inc"
