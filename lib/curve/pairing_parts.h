/* pairing_parts.h - the two halves of a pairing, for measurements and tests.
 */
#ifndef ATR_PAIRING_PARTS_H
#define ATR_PAIRING_PARTS_H

#include "curve/pairing.h"

/* atr_pairing_miller is the Miller loop of all pairs, without those that have
 * an identity. Engines differ by a factor that the other half removes. */
void atr_pairing_miller(atr_fp12 *out, const atr_pair *pairs, size_t count);

/* atr_pairing_final is f^(3 (p^12 - 1) / r); f is not 0. */
void atr_pairing_final(atr_fp12 *out, const atr_fp12 *f);

/* atr_pairing_final_many is out[i] = atr_pairing_final of f[i] (batch.h). */
void atr_pairing_final_many(atr_fp12 *out, const atr_fp12 *f, size_t count);

#endif
