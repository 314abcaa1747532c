/* gt.c - constant-time powers in GT with one element in the lanes: the
 * algorithms of curve/gt.c over fp12x1.h. */
#include "curve/engine.h"

#ifdef ATR_HAVE_MULX
#include "curve/ifma/fp12x1.h"
#include "curve/ifma/pairing.h"
#include "curve/scalar.h"

#define STREAMS 4
#define ROWS 8

static void select(atr_six *out, atr_mask mask, const atr_six *yes)
{
    for (int i = 0; i < 8; i++) {
        for (int l = 0; l < 12; l++) {
            out->limb[i][l] ^= (out->limb[i][l] ^ yes->limb[i][l]) & mask;
        }
    }
}

static void invert_if(atr_six *a, atr_mask negative)
{
    atr_six inverse;

    atr_fp12x1_conj(&inverse, a);
    select(a, negative, &inverse);
}

/* Takes a^digit from a table of a, a^2, .. a^8, reading it all. */
static void fetch(atr_six *out, const atr_six row[ROWS], uint64_t magnitude,
                  atr_mask negative)
{
    atr_fp12x1_one(out);
    for (uint64_t i = 0; i < ROWS; i++) {
        select(out, atr_mask_equal(magnitude, i + 1), &row[i]);
    }
    invert_if(out, negative);
}

/* Four digits at a time in base |x|, windows of four bits. */
void atr_ifma_gt_pow(atr_gt *out, const atr_gt *a, const atr_fr *k)
{
    atr_six table[STREAMS][ROWS];
    uint64_t digits[STREAMS];
    atr_six product;
    atr_six term;

    atr_scalar_split(digits, k);
    atr_fp12x1_load(&table[0][0], &a->f);
    for (int i = 1; i < ROWS; i++) {
        atr_fp12x1_mul(&table[0][i], &table[0][i - 1], &table[0][0]);
    }
    for (int s = 1; s < STREAMS; s++) {
        for (int i = 0; i < ROWS; i++) {
            atr_fp12x1_frobenius(&table[s][i], &table[s - 1][i]);
            atr_fp12x1_conj(&table[s][i], &table[s][i]); /* x is negative */
        }
    }
    atr_fp12x1_one(&product);
    for (size_t i = 17; i-- > 0;) {
        for (int s = 0; s < STREAMS; s++) {
            atr_mask negative;
            uint64_t magnitude =
                atr_scalar_booth(&negative, &digits[s], 1, i, 4);

            fetch(&term, table[s], magnitude, negative);
            atr_fp12x1_mul(&product, &product, &term);
        }
        if (i > 0) {
            atr_fp12x1_cyclotomic_sqr(&product, &product, 4);
        }
    }
    atr_fp12x1_store(&out->f, &product);
    atr_wipe(table, sizeof table);
    atr_wipe(digits, sizeof digits);
    atr_wipe(&product, sizeof product);
    atr_wipe(&term, sizeof term);
}
#endif
