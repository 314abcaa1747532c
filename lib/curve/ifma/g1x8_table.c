/* Eight powers of the fixed base at once, in constant time: the digits of the
 * scalars choose from the table only through masks, and all is read each time.
 */
#include "curve/ifma/engine.h"
#include "curve/ifma/g1x8.h"
#include "curve/ifma/loose.h"
#include "curve/scalar.h"

/* A signed digit of each lane. */
typedef struct {
    _Alignas(64) uint64_t magnitude[8];
    uint8_t negative; /* a bit a lane */
} digits8;

/* Negates the lanes of `mask`. */
static void negate(atr_fp8 *y, uint8_t mask)
{
    atr_fp8 minus;

    atr_fp8_neg(&minus, y);
    atr_fp8_select(y, mask, &minus, y);
}

/* One row of a table in the form of the engine: lane j of `x` is the x of
 * column j. */
typedef struct {
    atr_fp8 x, y;
} table_row;

_Static_assert(ATR_G1_TABLE_COLS == 8, "a row of the table fills the lanes");

/* Adds (digit) P of each lane, P .. 8 P being the columns of `row`, which all
 * lanes share. */
static void add_entry(atr_g1x8 *sum, const table_row *row, const digits8 *digit)
{
    const __m512i magnitude = _mm512_load_si512(digit->magnitude);
    atr_loose x = atr_loose_of(&row->x);
    atr_loose y = atr_loose_of(&row->y);
    __m512i any = _mm512_setzero_si512();
    __mmask8 finite;
    atr_g1x8 next;
    atr_fp8 tx;
    atr_fp8 ty;

    for (uint64_t col = 0; col < ATR_G1_TABLE_COLS; col++) {
        __mmask8 it = _mm512_cmpeq_epi64_mask(magnitude, atr_all(col + 1));

        ATR_EACH_DIGIT
        {
            x.d[i] =
                _mm512_mask_mov_epi64(x.d[i], it, atr_all(row->x.limb[i][col]));
            y.d[i] =
                _mm512_mask_mov_epi64(y.d[i], it, atr_all(row->y.limb[i][col]));
        }
    }
    ATR_EACH_DIGIT
    {
        any = _mm512_or_si512(any, _mm512_or_si512(x.d[i], y.d[i]));
        _mm512_store_si512(tx.limb[i], x.d[i]);
        _mm512_store_si512(ty.limb[i], y.d[i]);
    }
    negate(&ty, digit->negative);
    atr_g1x8_add_finite(&next, sum, &tx, &ty);
    /* A lane with the digit 0 took some entry and drops what it made; so does
     * one that took the identity, which is (0, 0) in a table. */
    finite = _mm512_test_epi64_mask(magnitude, magnitude);
    finite &= _mm512_test_epi64_mask(any, any);
    atr_g1x8_select(sum, finite, &next, sum);
    atr_wipe(&next, sizeof next);
    atr_wipe(&tx, sizeof tx);
    atr_wipe(&ty, sizeof ty);
}

static void table_mul(atr_g1 out[8], const table_row rows[ATR_G1_TABLE_ROWS],
                      const atr_fr k[8])
{
    uint64_t number[8][4];
    digits8 digit;
    atr_g1x8 sum;

    for (int l = 0; l < 8; l++) {
        atr_fr_limbs(number[l], &k[l]);
    }
    atr_g1x8_identity(&sum);
    for (size_t half = 2; half-- > 0;) {
        for (size_t i = 0; i < ATR_G1_TABLE_ROWS; i++) {
            digit.negative = 0;
            for (int l = 0; l < 8; l++) {
                atr_mask negative;

                digit.magnitude[l] =
                    atr_scalar_booth(&negative, number[l], 4, 2 * i + half, 4);
                digit.negative |= (uint8_t)(negative & 1u << l);
            }
            add_entry(&sum, &rows[i], &digit);
        }
        for (int b = 0; half > 0 && b < 4; b++) {
            atr_g1x8_dbl(&sum, &sum);
        }
    }
    atr_g1x8_store(out, &sum);
    atr_wipe(number, sizeof number);
    atr_wipe(&digit, sizeof digit);
    atr_wipe(&sum, sizeof sum);
}

/* A coordinate of the columns of a row, 0 as 0 and not as p. */
static void load_canonical(atr_fp8 *out, const atr_fp *in)
{
    atr_fp8_load(out, in, sizeof(atr_g1_affine));
    atr_fp8_canonical(out, out);
}

void atr_ifma_g1_table_mul(atr_g1 *out, const atr_g1_table *table,
                           const atr_fr *k, size_t count)
{
    table_row rows[ATR_G1_TABLE_ROWS];
    atr_fr k8[ATR_LANES] = {0};
    atr_g1 out8[ATR_LANES];

    for (size_t i = 0; i < ATR_G1_TABLE_ROWS; i++) {
        const atr_g1_affine *row = table->entry[i];

        load_canonical(&rows[i].x, &row[0].x);
        load_canonical(&rows[i].y, &row[0].y);
    }
    for (size_t i = 0; i < count; i += ATR_LANES) {
        size_t n = count - i < ATR_LANES ? count - i : ATR_LANES;

        memcpy(k8, k + i, n * sizeof *k);
        table_mul(out8, rows, k8);
        memcpy(out + i, out8, n * sizeof *out);
    }
    atr_wipe(k8, sizeof k8);
    atr_wipe(out8, sizeof out8);
    atr_ifma_clear();
}
