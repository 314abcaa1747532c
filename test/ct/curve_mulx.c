/* curve_mulx.c - ct/curve.c over the mulx engine, called by its own names:
 * valgrind runs it, though its processor says nothing of ADX.
 */
#define ATR_ENGINE_MULX
#include "curve/names.h"

#include "ct/curve.c"
