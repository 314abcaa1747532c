#include "kit/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BATCHES 31
#define BATCH_NS 4000000.0    /* a batch lasts about 4 ms, or one call */
#define TOTAL_NS 2000000000.0 /* and all of them not much more than 2 s */

static double clock_ns(clockid_t clock)
{
    struct timespec now = {0};

    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

/* Time of this thread alone: being interrupted by others does not count. */
static double own_ns(void)
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

/* Core cycles in a nanosecond: 3 for each multiplication of a chain. The best
 * of some short rounds, which are seldom interrupted. */
static double cycles_per_ns(void)
{
#if defined(__x86_64__) || defined(__wasm__)
    const unsigned count = 100000;
    volatile uint64_t start = 3; /* so that no compiler runs the chain */
    double best = 0;

    for (unsigned round = 0; round < 9; round++) {
        uint64_t x = start;
        double from = now_ns();
        double ratio;

        for (unsigned i = 0; i < count; i++) {
            x *= x;
            __asm__ volatile("" : "+r"(x));
        }
        start = x;
        ratio = 3.0 * count / (now_ns() - from);
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

/* The lower quartile: what is measured can only be disturbed upwards. */
static double quartile(double *values, size_t count)
{
    qsort(values, count, sizeof values[0], by_size);
    return values[count / 4];
}

double bench_per(const char *name, const char *engine, size_t n, size_t times,
                 bench_fn fn, void *data)
{
    double ns[BATCHES];
    double cycles[BATCHES];
    double once;
    double us;
    size_t calls;
    size_t done = 0;
    double start = now_ns();

    fn(data); /* warms caches and tables */
    once = now_ns() - start;
    calls = once >= BATCH_NS ? 1 : (size_t)(BATCH_NS / (once + 1)) + 1;
    start = now_ns();
    while (done < BATCHES && (done < 3 || now_ns() - start < TOTAL_NS)) {
        double ratio = cycles_per_ns();
        double from = own_ns();

        for (size_t i = 0; i < calls; i++) {
            fn(data);
        }
        ns[done] = (own_ns() - from) / (double)(calls * times);
        cycles[done] = ns[done] * ratio;
        done++;
    }
    us = quartile(ns, done) / 1000;
    printf("{\"name\": \"%s\", \"engine\": \"%s\", \"n\": %zu, "
           "\"core_cycles\": %.0f, \"us\": %.4f}\n",
           name, engine, n, quartile(cycles, done), us);
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
