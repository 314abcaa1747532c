/* bench.h - measures and prints one JSON object a line, which tool/bench.py
 * joins into a table and build/bench.json.
 *
 *     static void pair(void *data) { ... }
 *     bench_run("pairing", "portable", 1, pair, &inputs);
 *
 * A time is the median of many batches. Core cycles are time stamp ticks by
 * the ratio of core to time stamp clock, taken right before each measurement
 * with a chain of dependent multiplications (3 cycles each): core cycles
 * repeat from run to run where microseconds drift with the clock.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>

typedef void (*bench_fn)(void *data);

/* bench_run measures `fn(data)`; `n` is the size in the table (attributes,
 * members), 1 where there is none. Returns microseconds a call. */
double bench_run(const char *name, const char *engine, size_t n, bench_fn fn,
                 void *data);

/* bench_per is bench_run for an `fn` that does `times` of them. */
double bench_per(const char *name, const char *engine, size_t n, size_t times,
                 bench_fn fn, void *data);

/* bench_value prints a number measured otherwise, as `unit`. */
void bench_value(const char *name, const char *engine, size_t n,
                 const char *unit, double value);

#endif
