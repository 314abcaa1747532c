/* clock.h - the two clocks of the operating system. */
#ifndef ATR_CLOCK_H
#define ATR_CLOCK_H

#include "base/base.h"

/* atr_clock_now returns milliseconds of a clock that never goes back. */
atr_time atr_clock_now(void);

/* atr_clock_wall_ms returns milliseconds since 1970 (UTC), for logs and
 * certificates; it may jump. */
uint64_t atr_clock_wall_ms(void);

#endif
