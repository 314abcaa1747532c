#include "curve/names.h"

#include "curve/gt.h"

#include "curve/scalar.h"

void atr_gt_one(atr_gt *out)
{
    atr_fp12_one(&out->f);
}

void atr_gt_mul(atr_gt *out, const atr_gt *a, const atr_gt *b)
{
    atr_fp12_mul(&out->f, &a->f, &b->f);
}

void atr_gt_inv(atr_gt *out, const atr_gt *a)
{
    atr_fp12_conj(&out->f, &a->f);
}

atr_mask atr_gt_equal(const atr_gt *a, const atr_gt *b)
{
    return atr_fp12_equal(&a->f, &b->f);
}

atr_mask atr_gt_is_one(const atr_gt *a)
{
    atr_fp12 one;

    atr_fp12_one(&one);
    return atr_fp12_equal(&a->f, &one);
}

#define STREAMS 4
#define ROWS 8

/* a^|x|, since a^p = a^x and x is negative. */
static void endomorphism(atr_fp12 *out, const atr_fp12 *a)
{
    atr_fp12_frobenius(out, a);
    atr_fp12_conj(out, out);
}

/* fetch takes a^digit from a table of a, a^2, .. a^8, reading it all. */
static void fetch(atr_fp12 *out, const atr_gt *row, uint64_t magnitude,
                  atr_mask negative)
{
    atr_fp12 inverse;

    atr_fp12_one(out);
    for (uint64_t i = 0; i < ROWS; i++) {
        atr_fp12_select(out, atr_mask_equal(magnitude, i + 1), &row[i].f, out);
    }
    atr_fp12_conj(&inverse, out);
    atr_fp12_select(out, negative, &inverse, out);
}

/* Four digits at a time: the scalar in base |x| (Galbraith, Lin and Scott,
 * EUROCRYPT 2009), windows of four bits. */
void atr_gt_pow(atr_gt *out, const atr_gt *a, const atr_fr *k)
{
    atr_gt table[STREAMS][ROWS];
    uint64_t digits[STREAMS];
    atr_fp12 product;
    atr_fp12 term;

    atr_scalar_split(digits, k);
    table[0][0] = *a;
    for (int i = 1; i < ROWS; i++) {
        atr_gt_mul(&table[0][i], &table[0][i - 1], a);
    }
    for (int s = 1; s < STREAMS; s++) {
        for (int i = 0; i < ROWS; i++) {
            endomorphism(&table[s][i].f, &table[s - 1][i].f);
        }
    }
    atr_fp12_one(&product);
    for (size_t i = 17; i-- > 0;) {
        for (int s = 0; s < STREAMS; s++) {
            atr_mask negative;
            uint64_t magnitude =
                atr_scalar_booth(&negative, &digits[s], 1, i, 4);

            fetch(&term, table[s], magnitude, negative);
            atr_fp12_mul(&product, &product, &term);
        }
        for (int b = 0; i > 0 && b < 4; b++) {
            atr_fp12_cyclotomic_sqr(&product, &product);
        }
    }
    out->f = product;
    atr_wipe(table, sizeof table);
    atr_wipe(digits, sizeof digits);
    atr_wipe(&product, sizeof product);
    atr_wipe(&term, sizeof term);
}

#define NAF_BITS 4
#define NAF_ROWS 4 /* a, a^3, a^5, a^7 */
#define NAF_DIGITS 65

void atr_gt_pow_vartime(atr_gt *out, const atr_gt *a, const atr_fr *k)
{
    atr_fp12 table[STREAMS][NAF_ROWS];
    int8_t naf[STREAMS][NAF_DIGITS];
    size_t used[STREAMS];
    uint64_t digits[STREAMS];
    atr_fp12 product;

    atr_scalar_split(digits, k);
    table[0][0] = a->f;
    atr_fp12_cyclotomic_sqr(&product, &a->f);
    for (int i = 1; i < NAF_ROWS; i++) {
        atr_fp12_mul(&table[0][i], &table[0][i - 1], &product);
    }
    for (int s = 0; s < STREAMS; s++) {
        for (int i = 0; s > 0 && i < NAF_ROWS; i++) {
            endomorphism(&table[s][i], &table[s - 1][i]);
        }
        used[s] = atr_scalar_wnaf_vartime(naf[s], &digits[s], 1, NAF_BITS);
    }
    atr_fp12_one(&product);
    for (size_t i = NAF_DIGITS; i-- > 0;) {
        atr_fp12_cyclotomic_sqr(&product, &product);
        for (int s = 0; s < STREAMS; s++) {
            int digit = i < used[s] ? naf[s][i] : 0;
            atr_fp12 term;

            if (digit != 0) {
                term = table[s][(digit < 0 ? -digit : digit) / 2];
                if (digit < 0) {
                    atr_fp12_conj(&term, &term);
                }
                atr_fp12_mul(&product, &product, &term);
            }
        }
    }
    out->f = product;
}

/* entry[i][j] is a to (j + 1) 256^i. */
void atr_gt_table_init(atr_gt_table *table, const atr_gt *a)
{
    atr_gt base = *a;

    for (int i = 0; i < ATR_GT_TABLE_ROWS; i++) {
        table->entry[i][0] = base;
        for (int j = 1; j < ATR_GT_TABLE_COLS; j++) {
            atr_gt_mul(&table->entry[i][j], &table->entry[i][j - 1], &base);
        }
        for (int b = 0; b < 8; b++) {
            atr_fp12_cyclotomic_sqr(&base.f, &base.f);
        }
    }
    atr_wipe(&base, sizeof base);
}

/* The odd digits of four bits first, then, to the 16th, the even ones. */
void atr_gt_table_pow(atr_gt *out, const atr_gt_table *table, const atr_fr *k)
{
    uint64_t number[4];
    atr_fp12 product;
    atr_fp12 term;

    atr_fr_limbs(number, k);
    atr_fp12_one(&product);
    for (size_t half = 2; half-- > 0;) {
        for (size_t i = 0; i < ATR_GT_TABLE_ROWS; i++) {
            atr_mask negative;
            uint64_t magnitude =
                atr_scalar_booth(&negative, number, 4, 2 * i + half, 4);

            fetch(&term, table->entry[i], magnitude, negative);
            atr_fp12_mul(&product, &product, &term);
        }
        for (int b = 0; half > 0 && b < 4; b++) {
            atr_fp12_cyclotomic_sqr(&product, &product);
        }
    }
    out->f = product;
    atr_wipe(number, sizeof number);
    atr_wipe(&product, sizeof product);
    atr_wipe(&term, sizeof term);
}

static const atr_fp2 *coordinate(const atr_fp12 *f, int i)
{
    const atr_fp6 *half = i < 3 ? &f->c0 : &f->c1;

    return i % 3 == 0 ? &half->c0 : i % 3 == 1 ? &half->c1 : &half->c2;
}

void atr_gt_write(uint8_t out[ATR_GT_BYTES], const atr_gt *a)
{
    for (int i = 0; i < 6; i++) {
        const atr_fp2 *c = coordinate(&a->f, i);

        atr_fp_write(out + 96 * i, &c->c0);
        atr_fp_write(out + 96 * i + 48, &c->c1);
    }
}

/* f^(p^4 - p^2 + 1) = 1 puts f in the cyclotomic subgroup; there f^p = f^x
 * means f^r = 1, since p - x has nothing but r in common with its order
 * (Scott, ePrint 2021/1130, section 6; tool/curve_constants.py checks it). */
static bool in_group_vartime(const atr_fp12 *f)
{
    static const atr_fp12 zero;
    atr_fp12 s;
    atr_fp12 t;

    if (atr_fp12_equal(f, &zero)) {
        return false;
    }
    atr_fp12_frobenius2(&s, f);
    atr_fp12_frobenius2(&t, &s);
    atr_fp12_mul(&t, &t, f);
    if (!atr_fp12_equal(&s, &t)) {
        return false;
    }
    atr_fp12_cyclotomic_pow_x(&s, f);
    endomorphism(&t, f);
    return atr_fp12_equal(&s, &t) != 0;
}

atr_err atr_gt_read(atr_gt *out, const uint8_t in[ATR_GT_BYTES])
{
    atr_fp parts[12];
    atr_err err = ATR_OK;
    atr_gt got;

    for (int i = 0; i < 12 && err == ATR_OK; i++) {
        err = atr_fp_read(&parts[i], in + 48 * i);
    }
    if (err == ATR_OK) {
        got.f = (atr_fp12){
            {{parts[0], parts[1]}, {parts[2], parts[3]}, {parts[4], parts[5]}},
            {{parts[6], parts[7]},
             {parts[8], parts[9]},
             {parts[10], parts[11]}}};
        if (!in_group_vartime(&got.f) || atr_gt_is_one(&got)) {
            err = ATR_ERR_INPUT;
        }
    }
    if (err == ATR_OK) {
        *out = got;
    } else {
        memset(out, 0, sizeof *out);
    }
    return err;
}
