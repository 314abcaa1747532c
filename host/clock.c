#include "host/clock.h"

#include <time.h>

static uint64_t ms_of(clockid_t clock)
{
    struct timespec t = {0};

    (void)clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

atr_time atr_clock_now(void)
{
    return ms_of(CLOCK_MONOTONIC);
}

uint64_t atr_clock_wall_ms(void)
{
    return ms_of(CLOCK_REALTIME);
}
