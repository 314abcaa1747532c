/* fp2.c - Fp2 over the products of fp_mul.c here: curve/names.h. */
#define ATR_ENGINE_MULX
#include "curve/engine.h"

#ifdef ATR_HAVE_MULX
#include "curve/fp2.c"
#endif
