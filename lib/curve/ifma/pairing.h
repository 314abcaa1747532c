/* pairing.h - what the ifma engine computes itself: curve/engine.c chooses. */
#ifndef ATR_IFMA_PAIRING_H
#define ATR_IFMA_PAIRING_H

#include "curve/pairing_parts.h"

__typeof__(atr_gt_pow) atr_ifma_gt_pow;
__typeof__(atr_gt_table_pow) atr_ifma_gt_table_pow;
__typeof__(atr_pairing) atr_ifma_pairing;
__typeof__(atr_pairing_product) atr_ifma_pairing_product;
__typeof__(atr_pairing_miller) atr_ifma_pairing_miller;
__typeof__(atr_pairing_final) atr_ifma_pairing_final;

#endif
