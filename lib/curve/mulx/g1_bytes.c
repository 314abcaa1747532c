/* g1_bytes.c - the bytes of G1 over the products of fp_mul.c here:
 * curve/names.h. */
#define ATR_ENGINE_MULX
#include "curve/engine.h"

#ifdef ATR_HAVE_MULX
#include "curve/g1_bytes.c"
#endif
