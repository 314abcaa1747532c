/* Eight powers in GT at once, in constant time: digits choose from tables only
 * through masks and permutations of registers, and every entry is read. */
#include "curve/ifma/engine.h"
#include "curve/ifma/fp12x8.h"
#include "curve/ifma/g1x8.h"
#include "curve/ifma/hex.h"
#include "curve/ifma/hex_constants.h"
#include "curve/ifma/loose.h"
#include "curve/ifma/pairing.h"
#include "curve/scalar.h"

#define WINDOW 4 /* of tables */
#define PARTS 12 /* an atr_fp12x8 is an array of as many atr_fp8 */

_Static_assert(sizeof(atr_fp12x8) == PARTS * sizeof(atr_fp8), "parts");
_Static_assert(sizeof(atr_gt) == PARTS * sizeof(atr_fp), "parts");

/* The inverse in the lanes of `mask`. */
static void invert(atr_fp12x8 *a, uint8_t mask)
{
    atr_fp6x8 minus;

    atr_fp6x8_neg(&minus, &a->c1);
    atr_fp6x8_select(&a->c1, mask, &minus, &a->c1);
}

/* --- any base --- */

/* The power by x^2 is the Frobenius map twice, theta of hex.h: a sixth root of
 * unity. The coefficient of w^k becomes that times zeta^k, zeta a sixth root of
 * unity in Fp, and theta^3 is the inverse. So theta^j is the inverse for an odd
 * j, and by theta^(4 (j mod 3)) the coefficients of w and w^4 get zeta^4 or
 * zeta^2, those of w^2 and w^5 the other one, and two stay. `beta` and `beta2`
 * are the lanes where j mod 3 is 1 and 2. */
static void rotate(atr_fp12x8 *a, uint8_t beta, uint8_t beta2, uint8_t minus)
{
    const uint64_t *second = atr_ifma_frobenius2[2];
    const uint64_t *fourth = atr_ifma_frobenius2[4];
    atr_fp8 one;
    atr_fp8 two;
    atr_fp8 t;

    atr_fp8_all(&one, atr_ifma_one);
    two = one;
    atr_fp8_all(&t, fourth);
    atr_fp8_select(&one, beta, &t, &one);
    atr_fp8_select(&two, beta2, &t, &two);
    atr_fp8_all(&t, second);
    atr_fp8_select(&one, beta2, &t, &one);
    atr_fp8_select(&two, beta, &t, &two);
    atr_fp2x8_mul_fp(&a->c1.c0, &a->c1.c0, &one); /* w */
    atr_fp2x8_mul_fp(&a->c0.c2, &a->c0.c2, &one); /* w^4 */
    atr_fp2x8_mul_fp(&a->c0.c1, &a->c0.c1, &two); /* w^2 */
    atr_fp2x8_mul_fp(&a->c1.c2, &a->c1.c2, &two); /* w^5 */
    invert(a, minus);
    atr_wipe(&one, sizeof one);
    atr_wipe(&two, sizeof two);
}

static uint8_t all_if(bool truth)
{
    return truth ? 0xff : 0;
}

static void powers(atr_fp12x8 table[ATR_HEX_ROWS])
{
    for (int i = 1; i < ATR_HEX_ROWS; i++) {
        const int turn = atr_ifma_hex_turn[i - 1];
        table[i] = table[i - 1];
        rotate(&table[i], all_if(turn % 3 == 1), all_if(turn % 3 == 2),
               all_if(turn % 2 == 1));
        atr_fp12x8_mul(&table[i], &table[i], &table[0]);
    }
}

/* The power by a digit of each lane: every row is read. */
static void fetch(atr_fp12x8 *out, const atr_fp12x8 table[ATR_HEX_ROWS],
                  const uint64_t digit[8])
{
    const __m512i word = _mm512_load_si512(digit);
    const __m512i row = _mm512_and_si512(word, atr_all(ATR_HEX_ROW));
    atr_fp8 *to = (atr_fp8 *)out;

    atr_fp12x8_one(out);
    for (size_t k = 0; k < PARTS; k++) {
        atr_loose t = atr_loose_of(&to[k]);

        for (uint64_t r = 0; r < ATR_HEX_ROWS; r++) {
            const atr_fp8 *from = (const atr_fp8 *)&table[r] + k;
            __mmask8 it = _mm512_cmpeq_epi64_mask(row, atr_all(r + 1));

            ATR_EACH_DIGIT
            {
                t.d[i] = _mm512_mask_load_epi64(t.d[i], it, from->limb[i]);
            }
        }
        ATR_EACH_DIGIT
        {
            _mm512_store_si512(to[k].limb[i], t.d[i]);
        }
    }
    rotate(out, _mm512_test_epi64_mask(word, atr_all(ATR_HEX_BETA)),
           _mm512_test_epi64_mask(word, atr_all(ATR_HEX_BETA2)),
           _mm512_test_epi64_mask(word, atr_all(ATR_HEX_MINUS)));
}

/* k = a0 + b0 x^2 + |x| (a1 + b1 x^2), and a^|x| is the inverse of a^p. Terms
 * of 0 and equal ones are no exception here. */
static void pow_digits(atr_fp12x8 *product, const atr_fp12x8 *table,
                       const atr_hex digits[2])
{
    atr_fp12x8 term;
    atr_fp12x8 other;

    atr_fp12x8_one(product);
    for (size_t i = ATR_HEX_DIGITS_G2; i-- > 0;) {
        fetch(&term, table, digits[1].digit[i]);
        atr_fp12x8_frobenius(&term, &term);
        atr_fp12x8_conj(&term, &term);
        fetch(&other, table, digits[0].digit[i]);
        atr_fp12x8_mul(&term, &term, &other);
        atr_fp12x8_mul(product, product, &term);
        if (i > 0) {
            atr_fp12x8_cyclotomic_sqr(product, ATR_HEX_BITS);
        }
    }
    atr_wipe(&term, sizeof term);
    atr_wipe(&other, sizeof other);
}

void atr_ifma_gt_pow_x8(atr_gt out[ATR_LANES], const atr_gt a[ATR_LANES],
                        const atr_fr k[ATR_LANES])
{
    atr_hex_number low[2];
    atr_hex_number high[2];
    atr_hex digits[2];
    atr_fp12x8 table[ATR_HEX_ROWS];
    atr_fp12x8 product;

    atr_hex_split_g2(low, high, k);
    for (int s = 0; s < 2; s++) {
        atr_hex_recode(&digits[s], ATR_HEX_DIGITS_G2, &low[s], &high[s], 1);
    }
    atr_fp12x8_load(&table[0], &a[0].f, sizeof a[0]);
    powers(table);
    pow_digits(&product, table, digits);
    atr_fp12x8_store(&out[0].f, sizeof out[0], &product);
    atr_wipe(low, sizeof low);
    atr_wipe(high, sizeof high);
    atr_wipe(digits, sizeof digits);
    atr_wipe(table, sizeof table);
    atr_wipe(&product, sizeof product);
    atr_ifma_clear();
}

/* --- fixed base --- */

/* A signed digit of each lane. */
typedef struct {
    _Alignas(64) uint64_t magnitude[8];
    uint8_t negative; /* a bit a lane */
} digits8;

/* Digit i of every lane. */
static void recode(digits8 *digit, uint64_t number[8][4], size_t i)
{
    digit->negative = 0;
    for (size_t l = 0; l < 8; l++) {
        atr_mask negative;

        digit->magnitude[l] =
            atr_scalar_booth(&negative, number[l], 4, i, WINDOW);
        digit->negative |= (uint8_t)(negative & 1u << l);
    }
}

_Static_assert(ATR_GT_TABLE_COLS == 8, "a row of the table fills the lanes");

/* `row` has in lane j the entry of column j: each lane takes the entry of its
 * digit, 1 for the digit 0. A permutation within a register takes the same
 * time whatever it moves. */
static void take(atr_fp12x8 *out, const atr_fp12x8 *row, const digits8 *digit)
{
    const __m512i magnitude = _mm512_load_si512(digit->magnitude);
    const __m512i column = _mm512_sub_epi64(magnitude, atr_all(1));
    const __mmask8 any = _mm512_test_epi64_mask(magnitude, magnitude);
    const atr_fp8 *from = (const atr_fp8 *)row;
    atr_fp8 *to = (atr_fp8 *)out;

    atr_fp12x8_one(out);
    for (size_t k = 0; k < PARTS; k++) {
        ATR_EACH_DIGIT
        {
            _mm512_store_si512(to[k].limb[i],
                               _mm512_mask_permutexvar_epi64(
                                   _mm512_load_si512(to[k].limb[i]), any,
                                   column, _mm512_load_si512(from[k].limb[i])));
        }
    }
    invert(out, digit->negative);
}

/* The odd digits, to the 16th, and the even ones. */
static void join_halves(atr_fp12x8 half[2])
{
    atr_fp12x8_cyclotomic_sqr(&half[1], WINDOW);
    atr_fp12x8_mul(&half[0], &half[0], &half[1]);
}

void atr_ifma_gt_table_pow_x8(atr_gt out[ATR_LANES], const atr_gt_table *table,
                              const atr_fr k[ATR_LANES])
{
    uint64_t number[8][4];
    digits8 digit;
    atr_fp12x8 half[2];
    atr_fp12x8 row;
    atr_fp12x8 term;

    for (int l = 0; l < 8; l++) {
        atr_fr_limbs(number[l], &k[l]);
    }
    for (size_t i = 0; i < ATR_GT_TABLE_ROWS; i++) {
        const atr_gt *entry = table->entry[i];

        atr_fp12x8_load(&row, &entry[0].f, sizeof entry[0]);
        for (size_t h = 0; h < 2; h++) {
            recode(&digit, number, 2 * i + h);
            if (i == 0) {
                take(&half[h], &row, &digit);
            } else {
                take(&term, &row, &digit);
                atr_fp12x8_mul(&half[h], &half[h], &term);
            }
        }
    }
    join_halves(half);
    atr_fp12x8_store(&out[0].f, sizeof out[0], &half[0]);
    atr_wipe(number, sizeof number);
    atr_wipe(&digit, sizeof digit);
    atr_wipe(half, sizeof half);
    atr_wipe(&term, sizeof term);
    atr_ifma_clear();
}

#define SHARE (ATR_GT_TABLE_ROWS / 8) /* rows of the table a lane has */

/* The entry of one row for one digit: all columns are read, whole. */
static void scan(atr_gt *out, const atr_gt *row, uint64_t magnitude)
{
    const __m512i zero = _mm512_setzero_si512();

    for (size_t at = 0; at < sizeof *out; at += 64) {
        __m512i t = zero;

        for (uint64_t col = 0; col < ATR_GT_TABLE_COLS; col++) {
            const uint8_t *from = (const uint8_t *)&row[col] + at;
            __m512i it = atr_all(atr_mask_equal(magnitude, col + 1));

            t = _mm512_or_si512(t,
                                _mm512_and_si512(it, _mm512_loadu_si512(from)));
        }
        _mm512_storeu_si512((uint8_t *)out + at, t);
    }
}

_Static_assert(sizeof(atr_gt) % 64 == 0, "whole vectors");

/* The entries of digit 2 (SHARE l + j) + h of lane l. */
static void share_of(atr_fp12x8 *out, const atr_gt_table *table,
                     const uint64_t number[4], size_t j, size_t h)
{
    atr_gt entry[8];
    atr_fp12x8 one;
    uint8_t none = 0;
    uint8_t negative = 0;

    for (size_t l = 0; l < 8; l++) {
        size_t row = SHARE * l + j;
        atr_mask minus;
        uint64_t magnitude =
            atr_scalar_booth(&minus, number, 4, 2 * row + h, WINDOW);

        scan(&entry[l], table->entry[row], magnitude);
        none |= (uint8_t)(atr_mask_equal(magnitude, 0) & 1u << l);
        negative |= (uint8_t)(minus & 1u << l);
    }
    atr_fp12x8_load(out, &entry[0].f, sizeof entry[0]);
    atr_fp12x8_one(&one);
    atr_fp12x8_select(out, none, &one, out);
    invert(out, negative);
    atr_wipe(entry, sizeof entry);
}

/* Each lane times the one `distance` further. */
static void fold(atr_fp12x8 *a, uint64_t distance)
{
    const __m512i lane = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
    const __m512i other = _mm512_xor_si512(lane, atr_all(distance));
    atr_fp12x8 t;

    for (size_t k = 0; k < PARTS; k++) {
        const atr_fp8 *from = (const atr_fp8 *)a + k;
        atr_fp8 *to = (atr_fp8 *)&t + k;

        ATR_EACH_DIGIT
        {
            _mm512_store_si512(to->limb[i],
                               _mm512_permutexvar_epi64(
                                   other, _mm512_load_si512(from->limb[i])));
        }
    }
    atr_fp12x8_mul(a, a, &t);
    atr_wipe(&t, sizeof t);
}

/* A single power, cut in eight: each lane has an eighth of the rows. */
void atr_ifma_gt_table_pow(atr_gt *out, const atr_gt_table *table,
                           const atr_fr *k)
{
    uint64_t number[4];
    atr_fp12x8 half[2];
    atr_fp12x8 term;
    atr_gt lane[8];

    atr_fr_limbs(number, k);
    for (size_t h = 0; h < 2; h++) {
        share_of(&half[h], table, number, 0, h);
        for (size_t j = 1; j < SHARE; j++) {
            share_of(&term, table, number, j, h);
            atr_fp12x8_mul(&half[h], &half[h], &term);
        }
    }
    join_halves(half);
    fold(&half[0], 4);
    fold(&half[0], 2);
    fold(&half[0], 1);
    atr_fp12x8_store(&lane[0].f, sizeof lane[0], &half[0]);
    *out = lane[0];
    atr_wipe(number, sizeof number);
    atr_wipe(half, sizeof half);
    atr_wipe(&term, sizeof term);
    atr_wipe(lane, sizeof lane);
    atr_ifma_clear();
}
