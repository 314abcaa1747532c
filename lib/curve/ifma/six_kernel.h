/* six_kernel.h - what the .inc files here want to see first. */
#ifndef ATR_IFMA_SIX_KERNEL_H
#define ATR_IFMA_SIX_KERNEL_H

#include <immintrin.h>

#include "curve/ifma/constants.h"
#include "curve/ifma/six.h"

#define UNROLL _Pragma("GCC unroll 16")
#define ALWAYS __attribute__((always_inline))
#define LOW52 ((UINT64_C(1) << 52) - 1)

#endif
