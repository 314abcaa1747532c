/* curve_fields_mulx.c - unit/curve_fields.c over the mulx engine. */
#define ATR_ENGINE_MULX
#include "curve/names.h"

#define ENGINE ATR_ENGINE_BMI2_ADX
#include "unit/curve_fields.c"
