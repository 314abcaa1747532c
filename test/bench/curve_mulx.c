/* curve_mulx.c - bench/curve.c over the mulx engine. */
#define ATR_ENGINE_MULX
#include "curve/names.h"

#define ENGINE "mulx"
#define ENGINE_IS ATR_ENGINE_BMI2_ADX
#include "bench/curve.c"
