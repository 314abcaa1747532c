/* cpu.h - which of the instructions that lib/curve can use the processor has,
 * and the operating system lets it use. Always false where there is no code
 * for them. */
#ifndef ATR_CPU_H
#define ATR_CPU_H

#include "base/base.h"

/* BMI2 and ADX. */
bool atr_cpu_has_mulx(void);
/* AVX-512 F, DQ, IFMA, BW and VL, and the registers zmm saved. */
bool atr_cpu_has_ifma(void);

#endif
