/* Eight multiplications at once, in constant time: the digits of the scalars
 * choose from tables only through masks, and every row is read each time. */
#include "curve/ifma/engine.h"
#include "curve/ifma/g1x8.h"
#include "curve/ifma/loose.h"
#include "curve/scalar.h"

#define WINDOW 5
#define ROWS 16
#define DIGITS (128 / WINDOW + 1)

/* A signed digit of each lane. */
typedef struct {
    _Alignas(64) uint64_t magnitude[8];
    uint8_t negative; /* a bit a lane */
} digits8;

/* The digits of one stream, and the scalars cut in two: k = k0 + k1 x^2, as in
 * g1.c. */
typedef struct {
    uint64_t number[2][8][2]; /* stream, lane, limb */
    digits8 digit[2];
} recoding;

static void split(recoding *r, const atr_fr k[8])
{
    uint64_t d[4];

    for (int l = 0; l < 8; l++) {
        atr_scalar_split(d, &k[l]);
        for (int s = 0; s < 2; s++) {
            uint64_t carry = 0;

            r->number[s][l][0] =
                atr_limb_mul_add(d[2 * s + 1], ATR_CURVE_X, d[2 * s], &carry);
            r->number[s][l][1] = carry;
        }
    }
    atr_wipe(d, sizeof d);
}

static void recode(recoding *r, size_t i)
{
    for (int s = 0; s < 2; s++) {
        r->digit[s].negative = 0;
        for (int l = 0; l < 8; l++) {
            atr_mask negative;

            r->digit[s].magnitude[l] =
                atr_scalar_booth(&negative, r->number[s][l], 2, i, WINDOW);
            r->digit[s].negative |= (uint8_t)(negative & 1u << l);
        }
    }
}

/* Negates the lanes of `mask`. */
static void negate(atr_fp8 *y, uint8_t mask)
{
    atr_fp8 minus;

    atr_fp8_neg(&minus, y);
    atr_fp8_select(y, mask, &minus, y);
}

/* |digit| P from a table of P .. 16 P; the identity for 0. */
static void fetch(atr_g1x8 *out, const atr_g1x8 table[ROWS],
                  const digits8 *digit)
{
    const __m512i magnitude = _mm512_load_si512(digit->magnitude);
    const atr_loose one = atr_loose_all(atr_ifma_one);
    atr_loose x;
    atr_loose y = one;
    atr_loose z;

    ATR_EACH_DIGIT
    {
        x.d[i] = _mm512_setzero_si512();
        z.d[i] = _mm512_setzero_si512();
    }
    for (uint64_t row = 0; row < ROWS; row++) {
        const atr_g1x8 *from = &table[row];
        __mmask8 it = _mm512_cmpeq_epi64_mask(magnitude, atr_all(row + 1));

        ATR_EACH_DIGIT
        {
            x.d[i] = _mm512_mask_load_epi64(x.d[i], it, from->x.limb[i]);
            y.d[i] = _mm512_mask_load_epi64(y.d[i], it, from->y.limb[i]);
            z.d[i] = _mm512_mask_load_epi64(z.d[i], it, from->z.limb[i]);
        }
    }
    ATR_EACH_DIGIT
    {
        _mm512_store_si512(out->x.limb[i], x.d[i]);
        _mm512_store_si512(out->y.limb[i], y.d[i]);
        _mm512_store_si512(out->z.limb[i], z.d[i]);
    }
}

static void multiples(atr_g1x8 table[ROWS], const atr_g1_affine a[8])
{
    atr_g1 p[8];

    for (int l = 0; l < 8; l++) {
        atr_g1_from_affine(&p[l], &a[l]);
    }
    atr_g1x8_load(&table[0], p);
    for (int i = 1; i < ROWS; i++) {
        if (i % 2 == 1) {
            atr_g1x8_dbl(&table[i], &table[i / 2]);
        } else {
            atr_g1x8_add(&table[i], &table[i - 1], &table[0]);
        }
    }
    atr_wipe(p, sizeof p);
}

/* x^2 P is (beta x, -y): the second stream takes from the same table. */
void atr_ifma_g1_mul(atr_g1 out[ATR_LANES], const atr_g1_affine a[ATR_LANES],
                     const atr_fr k[ATR_LANES])
{
    atr_g1x8 table[ROWS];
    recoding r;
    atr_g1x8 sum;
    atr_g1x8 term;

    split(&r, k);
    multiples(table, a);
    atr_g1x8_identity(&sum);
    for (size_t i = DIGITS; i-- > 0;) {
        recode(&r, i);
        fetch(&term, table, &r.digit[0]);
        negate(&term.y, r.digit[0].negative);
        atr_g1x8_add(&sum, &sum, &term);
        fetch(&term, table, &r.digit[1]);
        atr_fp8_mul_all(&term.x, &term.x, atr_ifma_beta);
        negate(&term.y, (uint8_t)~r.digit[1].negative);
        atr_g1x8_add(&sum, &sum, &term);
        for (int b = 0; i > 0 && b < WINDOW; b++) {
            atr_g1x8_dbl(&sum, &sum);
        }
    }
    atr_g1x8_store(out, &sum);
    atr_wipe(table, sizeof table);
    atr_wipe(&r, sizeof r);
    atr_wipe(&sum, sizeof sum);
    atr_wipe(&term, sizeof term);
    atr_ifma_clear();
}

/* --- fixed base --- */

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
