#include "curve/weighing.h"

#include "curve/batch_parts.h"
#include "curve/constants.h"
#ifdef ATR_WITH_IFMA
#include "curve/ifma/engine.h"
#endif

#define PART (8 * ATR_G1_WEIGH_MAX) /* points taken at a time */
#define FOURS (ATR_G1_WEIGH_MAX / 4)

#ifndef ATR_WITH_IFMA

/* Never called. */
static void atr_ifma_g1_weigh(atr_g1 (*sum)[8], uint8_t *met,
                              const atr_g1_affine *a, const atr_weight *weights,
                              size_t count)
{
    (void)sum, (void)met, (void)a, (void)weights, (void)count;
}

static void atr_ifma_g1_weighed(atr_g1 out[8], const atr_g1 (*sum)[8])
{
    (void)out, (void)sum;
}

static uint8_t atr_ifma_g1_in_subgroup(const atr_g1_affine a[8])
{
    (void)a;
    return 0;
}

static void atr_ifma_choose(atr_fp (*product)[8], size_t rows,
                            const atr_fp *value, const uint8_t *chosen,
                            size_t fours)
{
    (void)product, (void)rows, (void)value, (void)chosen, (void)fours;
}

static bool atr_ifma_are_cubes(const atr_fp a[16])
{
    (void)a;
    return false;
}

#endif

static bool in_lanes(void)
{
    return atr_batch_engine_in_use() == ATR_BATCH_IFMA;
}

void atr_weighing_begin(atr_weighing *w)
{
    const atr_fp one = atr_fp_of(1);

    for (size_t l = 0; l < 8; l++) {
        for (size_t i = 0; i < ATR_WEIGHT_DIGITS; i++) {
            atr_g1_identity(&w->digit[i][l]);
        }
        for (size_t i = 0; i < ATR_WEIGHING_ROWS; i++) {
            w->cube[i][l] = one;
        }
    }
}

/* Digits ------------------------------------------------------------------ */

/* a^(theta^turn): theta (x, y) = (beta x, -y). */
static void rotate(atr_g1_affine *out, const atr_g1_affine *a, unsigned turn)
{
    *out = *a;
    for (unsigned k = turn % 3; k > 0; k--) {
        atr_fp_mul(&out->x, &out->x, &atr_fp_beta);
    }
    if (turn % 2 == 1) {
        atr_fp_neg(&out->y, &out->y);
    }
}

/* Digit `i` of the weights, in lane `l`. */
static void add_digit(atr_weighing *w, const atr_g1_affine *a,
                      const atr_weight *weights, size_t count, size_t i,
                      size_t l)
{
    atr_g1_affine term;
    atr_g1 sum;

    atr_g1_identity(&sum);
    for (unsigned shift = ATR_WEIGHT_BITS; shift-- > 0;) {
        atr_g1_dbl(&sum, &sum);
        for (size_t t = 0; 8 * t + l < count; t++) {
            const uint8_t n = weights[t].digit[i];

            if (n != 0 && atr_weight_shift(n) == shift) {
                rotate(&term, &a[8 * t + l], atr_weight_turn(n));
                atr_g1_add_affine(&sum, &sum, &term);
            }
        }
    }
    atr_g1_add(&w->digit[i][l], &w->digit[i][l], &sum);
}

static void add_digits(atr_weighing *w, const atr_g1_affine *a,
                       const atr_weight *weights, size_t count)
{
    uint8_t left[ATR_WEIGHT_DIGITS];

    memset(left, 0xff, sizeof left);
    if (in_lanes()) {
        atr_ifma_g1_weigh(w->digit, left, a, weights, count);
    }
    for (size_t i = 0; i < ATR_WEIGHT_DIGITS; i++) {
        for (size_t l = 0; l < 8; l++) {
            if (left[i] >> l & 1) {
                add_digit(w, a, weights, count, i, l);
            }
        }
    }
}

/* Cubes ------------------------------------------------------------------- */

/* y - 2, and 1 for what is no point. */
static void values(atr_fp out[PART], const atr_g1_affine *a, size_t count)
{
    const atr_fp one = atr_fp_of(1);
    const atr_fp two = atr_fp_of(2);

    for (size_t i = 0; i < PART; i++) {
        if (i < count && !atr_g1_affine_is_identity_vartime(&a[i])) {
            atr_fp_sub(&out[i], &a[i].y, &two);
        } else {
            out[i] = one;
        }
    }
}

static void choose(atr_fp (*product)[8], size_t rows, const atr_fp *value,
                   const uint8_t *chosen, size_t fours)
{
    if (in_lanes()) {
        atr_ifma_choose(product, rows, value, chosen, fours);
        return;
    }
    for (size_t i = 0; i < rows; i++) {
        for (size_t k = 0; k < 4 * fours; k++) {
            if (chosen[i * fours + k / 4] >> k % 4 & 1) {
                for (size_t l = 0; l < 8; l++) {
                    atr_fp_mul(&product[i][l], &product[i][l],
                               &value[8 * k + l]);
                }
            }
        }
    }
}

static void add_cubes(atr_weighing *w, const atr_g1_affine *a, size_t count,
                      atr_rng *coins)
{
    const size_t fours = (count + 31) / 32;
    uint8_t chosen[ATR_WEIGHING_ROWS * FOURS];
    atr_fp value[PART];

    values(value, a, count);
    atr_rng_bytes(coins, chosen, ATR_WEIGHING_ROWS * fours);
    ATR_PUBLIC(chosen, sizeof chosen);
    choose(w->cube, ATR_WEIGHING_ROWS, value, chosen, fours);
}

/* W, sixteen at a time. */
static bool are_cubes(const atr_weighing *w)
{
    bool good = true;

    for (size_t from = 0; good && from < ATR_WEIGHING_CUBES; from += 16) {
        atr_fp product[16];

        for (size_t i = 0; i < 16; i++) {
            product[i] = w->cube[from + i][0];
            for (size_t l = 1; l < 8; l++) {
                atr_fp_mul(&product[i], &product[i], &w->cube[from + i + l][l]);
            }
        }
        if (in_lanes()) {
            good = atr_ifma_are_cubes(product);
        }
        for (size_t i = 0; good && !in_lanes() && i < 16; i++) {
            good = atr_fp_is_cube(&product[i]) != 0;
        }
    }
    return good;
}

/* Both -------------------------------------------------------------------- */

void atr_weighing_add_vartime(atr_weighing *w, const atr_g1_affine *a,
                              const atr_weight *weights, size_t count,
                              atr_rng *coins)
{
    for (size_t i = 0; i < count; i += PART) {
        size_t n = count - i < PART ? count - i : PART;

        add_digits(w, a + i, weights + i / 8, n);
        if (coins != NULL) {
            add_cubes(w, a + i, n, coins);
        }
    }
}

static bool in_subgroup(const atr_g1_affine a[8])
{
    const bool lanes = in_lanes();
    uint8_t good = lanes ? atr_ifma_g1_in_subgroup(a) : 0;

    for (size_t l = 0; l < 8; l++) {
        bool nothing = atr_g1_affine_is_identity_vartime(&a[l]);

        if (nothing || (!lanes && atr_g1_in_subgroup_vartime(&a[l]))) {
            good |= (uint8_t)(1 << l);
        }
    }
    return good == 0xff;
}

bool atr_weighing_in_subgroup_vartime(const atr_weighing *w)
{
    atr_g1_affine sum[8];
    bool good = are_cubes(w);

    for (size_t i = 0; good && i < ATR_WEIGHT_DIGITS; i++) {
        atr_g1_to_affine_many(sum, w->digit[i], 8);
        good = in_subgroup(sum);
    }
    return good;
}

void atr_weighing_sum_vartime(atr_g1 out[8], const atr_weighing *w)
{
    if (in_lanes()) {
        atr_ifma_g1_weighed(out, w->digit);
        return;
    }
    for (size_t l = 0; l < 8; l++) {
        atr_g1_identity(&out[l]);
        for (size_t i = ATR_WEIGHT_DIGITS; i-- > 0;) {
            for (int b = 0; b < ATR_WEIGHT_BITS; b++) {
                atr_g1_dbl(&out[l], &out[l]);
            }
            atr_g1_add(&out[l], &out[l], &w->digit[i][l]);
        }
    }
}
