/* Products of numbers that are chosen, and which of them are cubes: what
 * curve/weighing.h asks. All of it is public. */
#include "curve/ifma/engine.h"
#include "curve/ifma/fp8.h"
#include "curve/ifma/g1x8.h"
#include "curve/ifma/loose.h"

/* The products of each choice of four; [0] is not used. */
typedef struct {
    atr_fp8 of[16];
} four;

static void four_init(four *t, const atr_fp *value)
{
    for (int b = 0; b < 4; b++) {
        atr_fp8_load(&t->of[1 << b], value + ATR_LANES * b, sizeof *value);
        for (int n = 1; n < 1 << b; n++) {
            atr_fp8_mul(&t->of[(1 << b) + n], &t->of[1 << b], &t->of[n]);
        }
    }
}

void atr_ifma_choose(atr_fp (*product)[ATR_LANES], size_t rows,
                     const atr_fp *value, const uint8_t *chosen, size_t fours)
{
    four table[ATR_IFMA_FOURS_MAX];
    atr_fp8 t;

    for (size_t g = 0; g < fours; g++) {
        four_init(&table[g], value + (size_t)4 * ATR_LANES * g);
    }
    for (size_t i = 0; i < rows; i++) {
        atr_fp8_load(&t, product[i], sizeof *product[i]);
        for (size_t g = 0; g < fours; g++) {
            const uint8_t n = chosen[i * fours + g] & 15;

            if (n != 0) {
                atr_fp8_mul(&t, &t, &table[g].of[n]);
            }
        }
        atr_fp8_store(product[i], sizeof *product[i], &t);
    }
    atr_ifma_clear();
}

bool atr_ifma_are_cubes(const atr_fp a[2 * ATR_LANES])
{
    atr_fp8 t[2];
    atr_fp8 one;
    uint8_t good;

    atr_fp8_load(&t[0], a, sizeof *a);
    atr_fp8_load(&t[1], a + ATR_LANES, sizeof *a);
    atr_fp8_pow_third(t, t);
    atr_fp8_all(&one, atr_ifma_one);
    good = atr_fp8_equal(&t[0], &one) & atr_fp8_equal(&t[1], &one);
    atr_ifma_clear();
    return good == 0xff;
}
