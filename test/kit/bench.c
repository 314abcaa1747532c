#include "kit/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#define BATCHES 31
#define BATCH_NS 4000000.0    /* a batch lasts about 4 ms, or one call */
#define TOTAL_NS 2000000000.0 /* and all of them not much more than 2 s */

static double now_ns(void)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Time stamp ticks, or nanoseconds where there is no counter. */
static double ticks(void)
{
#if defined(__x86_64__)
    unsigned core;

    return (double)__rdtscp(&core);
#else
    return now_ns();
#endif
}

/* Core cycles in one tick: 3 cycles for each multiplication of a chain. */
static double cycles_per_tick(void)
{
#if defined(__x86_64__)
    const unsigned count = 200000;
    double best = 0;

    for (unsigned round = 0; round < 5; round++) {
        uint64_t x = 3;
        double from = ticks();
        double ratio;

        for (unsigned i = 0; i < count; i++) {
            __asm__ volatile("imul %0, %0" : "+r"(x));
        }
        ratio = 3.0 * count / (ticks() - from);
        best = ratio > best ? ratio : best;
    }
    return best;
#else
    return 0;
#endif
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof values[0], by_size);
    return values[count / 2];
}

double bench_per(const char *name, const char *engine, size_t n, size_t times,
                 bench_fn fn, void *data)
{
    double ns[BATCHES];
    double cycles[BATCHES];
    double ratio;
    double once;
    double us;
    size_t calls;
    size_t done = 0;
    double start = now_ns();

    fn(data); /* warms caches and tables */
    once = now_ns() - start;
    calls = once >= BATCH_NS ? 1 : (size_t)(BATCH_NS / (once + 1)) + 1;
    ratio = cycles_per_tick();
    start = now_ns();
    while (done < BATCHES && (done < 3 || now_ns() - start < TOTAL_NS)) {
        double from_ns = now_ns();
        double from = ticks();

        for (size_t i = 0; i < calls; i++) {
            fn(data);
        }
        cycles[done] = (ticks() - from) * ratio / (double)(calls * times);
        ns[done] = (now_ns() - from_ns) / (double)(calls * times);
        done++;
    }
    us = median(ns, done) / 1000;
    printf("{\"name\": \"%s\", \"engine\": \"%s\", \"n\": %zu, "
           "\"core_cycles\": %.0f, \"us\": %.4f}\n",
           name, engine, n, median(cycles, done), us);
    fflush(stdout);
    return us;
}

double bench_run(const char *name, const char *engine, size_t n, bench_fn fn,
                 void *data)
{
    return bench_per(name, engine, n, 1, fn, data);
}

void bench_value(const char *name, const char *engine, size_t n,
                 const char *unit, double value)
{
    printf("{\"name\": \"%s\", \"engine\": \"%s\", \"n\": %zu, "
           "\"%s\": %.4f}\n",
           name, engine, n, unit, value);
    fflush(stdout);
}
