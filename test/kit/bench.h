/* bench.h - measures and prints one JSON object a line, which tool/bench.py
 * joins into a table and build/bench.json.
 *
 *     static void pair(void *data) { ... }
 *     bench_run("pairing", "portable", 1, pair, &inputs);
 *
 * A time is the lower quartile of many batches, in time of the thread alone,
 * so that other work on the machine disturbs it little. Core cycles are that
 * time by the clock rate of the core, taken right before each batch with a
 * chain of dependent multiplications (3 cycles each): they repeat from run to
 * run where microseconds drift with the clock.
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
