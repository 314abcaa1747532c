/* leak.h - does the time tell the scalars?
 *
 * The method of dudect (Reparaz, Balasch and Verbauwhede, DATE 2017): times of
 * one fixed input and of random ones, in random order, the slowest tenth
 * dropped, compared by Welch's t. Fixed is the scalar 0, and in a second row
 * one that was random. Both sorts are copied from tables of one size, so that
 * what happens before a time is taken is the same for them.
 */
#ifndef LEAK_H
#define LEAK_H

#include <stdio.h>
#include <stdlib.h>

#include "curve/fr.h"
#include "kit/bench.h"

#define LEAK_POOL 64
#define LEAK_SAMPLES 2000

typedef struct {
    double count, mean, square; /* the sum of squared differences */
} leak_moments;

static void leak_take(leak_moments *m, double x)
{
    double before = x - m->mean;

    m->count++;
    m->mean += before / m->count;
    m->square += before * (x - m->mean);
}

static int leak_by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static double leak_welch(const uint64_t *times, const uint8_t *is_random)
{
    static uint64_t sorted[LEAK_SAMPLES];
    leak_moments m[2] = {{0, 0, 0}, {0, 0, 0}};
    double spread = 0;
    double difference;

    memcpy(sorted, times, sizeof sorted);
    qsort(sorted, LEAK_SAMPLES, sizeof sorted[0], leak_by_size);
    for (size_t i = 0; i < LEAK_SAMPLES; i++) {
        if (times[i] <= sorted[LEAK_SAMPLES - LEAK_SAMPLES / 10]) {
            leak_take(&m[is_random[i]], (double)times[i]);
        }
    }
    for (int i = 0; i < 2; i++) {
        spread += m[i].square / (m[i].count - 1) / m[i].count;
    }
    difference = m[0].mean - m[1].mean;
    return spread > 0 ? difference * difference / spread : 0;
}

/* The absolute value of t, by Newton's method from its square. */
static double leak_root(double square)
{
    double t = square > 1 ? square : 1;

    for (int i = 0; i < 100; i++) {
        t = (t + square / t) / 2;
    }
    return t;
}

/* Welch's t of fn(data) for scalars of pool[1] and of pool[0]. */
static double leak_of(bench_fn fn, void *data, atr_fr k[8],
                      const atr_fr pool[2][LEAK_POOL])
{
    static uint64_t times[LEAK_SAMPLES];
    static uint8_t is_random[LEAK_SAMPLES];
    const uint8_t seed[ATR_SEED_BYTES] = {9};
    atr_rng rng;

    atr_rng_init(&rng, seed);
    for (size_t n = 0; n < LEAK_SAMPLES; n++) {
        uint64_t choice = atr_rng_below_vartime(&rng, 2 * LEAK_POOL);
        uint64_t from;

        is_random[n] = choice < LEAK_POOL;
        for (size_t i = 0; i < 8; i++) {
            k[i] = pool[choice / LEAK_POOL][(choice + i) % LEAK_POOL];
        }
        from = __builtin_ia32_rdtsc();
        fn(data);
        times[n] = __builtin_ia32_rdtsc() - from;
    }
    return leak_root(leak_welch(times, is_random));
}

/* leak_run prints it for fn(data), which takes the first eight of the LEAK_POOL
 * random scalars at `k`: `name` for the scalar 0, name_fixed for another. */
static void leak_run(const char *name, bench_fn fn, void *data,
                     atr_fr k[LEAK_POOL])
{
    static atr_fr pool[2][LEAK_POOL];
    char fixed[64];

    snprintf(fixed, sizeof fixed, "%s_fixed", name);
    memcpy(pool[0], k, sizeof pool[0]);
    memset(pool[1], 0, sizeof pool[1]);
    bench_value(name, "ifma", 1, "t", leak_of(fn, data, k, pool));
    for (size_t i = 0; i < LEAK_POOL; i++) {
        pool[1][i] = pool[0][0];
    }
    bench_value(fixed, "ifma", 1, "t", leak_of(fn, data, k, pool));
    memcpy(k, pool[0], sizeof pool[0]);
}

#endif
