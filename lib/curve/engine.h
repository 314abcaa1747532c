/* engine.h - which code computes in the curve. There are three engines, with
 * one representation of numbers at their doors, so that points and tables go
 * from one to the other:
 *
 *   portable   C alone
 *   mulx       x86-64 with BMI2 and ADX: products mod p in lib/curve/mulx/
 *   ifma       AVX-512 IFMA besides: pairings and powers in GT in
 *              lib/curve/ifma/, with the coordinates of one element in the
 *              lanes; the rest is mulx
 *
 * In wasm32 there is nothing to choose: its numbers are in limbs of 30 bits
 * (lib/curve/wasm30/), "wasm30" by name. ATR_ENGINE_WASM30 gives them to other
 * programs, for tests; ATR_NO_WASM30 gives wasm32 the portable ones.
 *
 * The functions of g1.h, g2.h, gt.h and pairing.h take the fastest that the
 * processor has: cpuid is asked at the first call and the answer kept. Threads
 * may race for it, since all of them find the same. The functions of fp.h to
 * fp12.h are always those of the portable engine; names.h tells how the others
 * are named.
 */
#ifndef ATR_ENGINE_H
#define ATR_ENGINE_H

#include "base/base.h"

/* There is a mulx engine to choose. (The build says ATR_WITH_IFMA where there
 * is an ifma engine too.) The assembly is for the System V tables of
 * 64-bit pointers; ATR_NO_MULX leaves it out. */
#if defined(__x86_64__) && defined(__LP64__) && !defined(ATR_NO_MULX) &&       \
    !defined(ATR_ENGINE_WASM30)
#define ATR_HAVE_MULX
#endif

typedef enum {
    ATR_ENGINE_PORTABLE,
    ATR_ENGINE_BMI2_ADX,
    ATR_ENGINE_AVX512_IFMA,
} atr_engine;

/* atr_engine_use is for tests and measurements: the engine from now on, for
 * all threads. False, and no change, where the processor or the build has it
 * not. */
bool atr_engine_use(atr_engine engine);
/* atr_engine_name is "portable", "mulx", "ifma" or "wasm30", whichever is in
 * use. */
const char *atr_engine_name(void);

#endif
