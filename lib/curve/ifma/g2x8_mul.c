/* Eight multiplications in G2 at once. In constant time: the digits of the
 * scalars choose from tables only through masks, and every row is read each
 * time. */
#include "curve/batch_parts.h"
#include "curve/ifma/columns.h"
#include "curve/ifma/engine.h"
#include "curve/ifma/fp2x8.h"
#include "curve/ifma/g1x8.h"
#include "curve/ifma/g2x8.h"
#include "curve/ifma/hex.h"
#include "curve/ifma/hex_constants.h"

#define FIELD(name) atr_fp2x8_##name
#define ELEMENT atr_fp2x8
#define PARTS 2
#define PART(a, n) ((n) == 0 ? &(a)->c0 : &(a)->c1)
#define STREAMS 2
/* x^2 (x, y) is psi^2 (x, y) = (beta^2 x, -y). */
#define THETA_X atr_ifma_beta2
#define THETA2_X atr_ifma_beta

#define scale atr_fp2x8_mul_fp
#define mul_sub atr_fp2x8_mul_sub

static void set_one(atr_fp2x8 *out)
{
    memset(out, 0, sizeof *out);
    atr_fp8_all(&out->c0, atr_ifma_one);
}

/* w = a - 8 b */
ATR_ALWAYS void minus_eight(atr_columns *w, const atr_fp8_wide *a,
                            const atr_fp8_wide *b)
{
    ATR_EACH_COLUMN
    {
        w->c[i] = _mm512_sub_epi64(
            _mm512_load_si512(a->column[i]),
            _mm512_slli_epi64(_mm512_load_si512(b->column[i]), 3));
    }
}

/* a b - 8 c^2 */
static void y_of_double(atr_fp2x8 *out, const atr_fp2x8 *a, const atr_fp2x8 *b,
                        const atr_fp2x8 *c)
{
    atr_fp2x8_wide s;
    atr_fp2x8_wide t;
    atr_columns w;

    atr_fp2x8_mul_wide(&s, a, b);
    atr_fp2x8_sqr_wide(&t, c);
    minus_eight(&w, &s.c0, &t.c0);
    atr_columns_reduce_signed(&out->c0, &w);
    minus_eight(&w, &s.c1, &t.c1);
    atr_columns_reduce_signed(&out->c1, &w);
}

#include "curve/ifma/jacobian.inc"

/* |x| times a point of G2 is -psi of it. */
static void times_x(spot *out, const spot *a)
{
    atr_fp2x8 constant;

    atr_fp2x8_all(&constant, atr_ifma_psi_x);
    atr_fp2x8_conj(&out->x, &a->x);
    atr_fp2x8_mul(&out->x, &out->x, &constant);
    atr_fp2x8_all(&constant, atr_ifma_psi_y);
    atr_fp8_neg(&out->y.c0, &a->y.c0);
    out->y.c1 = a->y.c1;
    atr_fp2x8_mul(&out->y, &out->y, &constant);
}

/* psi(P) = x P, as in g2.c (Scott, ePrint 2021/1130). */
uint8_t atr_g2x8_in_subgroup(const atr_fp2x8 *x, const atr_fp2x8 *y)
{
    spot at = {*x, *y};
    jacobian p;
    atr_fp2x8 zz;
    atr_fp2x8 t;
    uint8_t same;

    mul_x(&p, &at);
    times_x(&at, &at);
    atr_fp2x8_sqr(&zz, &p.z);
    atr_fp2x8_mul(&at.x, &at.x, &zz);
    set_one(&t);
    atr_fp2x8_mul(&p.x, &p.x, &t); /* reduced */
    same = atr_fp2x8_equal(&at.x, &p.x);
    atr_fp2x8_mul(&zz, &zz, &p.z);
    atr_fp2x8_mul(&at.y, &at.y, &zz);
    same &= atr_fp2x8_equal(&at.y, &p.y);
    return (uint8_t)(same & ~atr_fp2x8_is_zero(&p.z));
}

static void load(spot *out, const atr_g2_affine a[8])
{
    atr_fp2x8_load(&out->x, &a[0].x, sizeof a[0]);
    atr_fp2x8_load(&out->y, &a[0].y, sizeof a[0]);
}

/* The rows of the point and of its power by |x|. */
typedef struct {
    hex_table t;
    spot by_x[ATR_HEX_ROWS];
} tables;

/* The norm of Z takes the place of Z, which is times its conjugate: psi takes
 * conjugates, and must find the denominator as it was. */
static void tables_init(tables *out, const atr_g2_affine a[8])
{
    atr_fp2x8 h[ATR_HEX_ROWS];
    atr_fp2x8 conj;
    spot base;

    load(&base, a);
    table_chain(&out->t, h, &base);
    atr_fp2x8_conj(&conj, &out->t.z);
    table_level(&out->t, h, &conj);
    for (int i = 0; i < ATR_HEX_ROWS; i++) {
        times_x(&out->by_x[i], &out->t.row[i]);
    }
    atr_wipe(h, sizeof h);
    atr_wipe(&conj, sizeof conj);
    atr_wipe(&base, sizeof base);
}

static void split(atr_hex digits[STREAMS], const atr_fr k[8])
{
    atr_hex_number a[STREAMS];
    atr_hex_number b[STREAMS];

    atr_hex_split_g2(a, b, k);
    for (int s = 0; s < STREAMS; s++) {
        atr_hex_recode(&digits[s], ATR_HEX_DIGITS_G2, &a[s], &b[s], 1);
    }
    atr_wipe(a, sizeof a);
    atr_wipe(b, sizeof b);
}

static void store(atr_g2 out[8], jacobian *a, const atr_fp2x8 *z)
{
    atr_fp2x8_mul(&a->z, &a->z, z);
    project(a);
    atr_fp2x8_store(&out[0].x, sizeof out[0], &a->x);
    atr_fp2x8_store(&out[0].y, sizeof out[0], &a->y);
    atr_fp2x8_store(&out[0].z, sizeof out[0], &a->z);
}

void atr_ifma_g2_mul(atr_g2 out[ATR_LANES], const atr_g2_affine a[ATR_LANES],
                     const atr_fr k[ATR_LANES])
{
    tables table;
    atr_hex digits[STREAMS];
    running r;

    split(digits, k);
    tables_init(&table, a);
    sum_digits(&r, (const spot *[]){table.t.row, table.by_x}, digits,
               ATR_HEX_DIGITS_G2);
    store(out, &r.sum, &table.t.z);
    atr_wipe(&table, sizeof table);
    atr_wipe(digits, sizeof digits);
    atr_wipe(&r, sizeof r);
    atr_ifma_clear();
}

void atr_ifma_g2_mul_vartime(atr_g2 out[ATR_LANES],
                             const atr_g2_affine a[ATR_LANES],
                             const atr_fr k[ATR_LANES])
{
    tables table;
    atr_hex digits[STREAMS];
    running r;

    split(digits, k);
    tables_init(&table, a);
    sum_digits(&r, (const spot *[]){table.t.row, table.by_x}, digits,
               used_vartime(digits, STREAMS, ATR_HEX_DIGITS_G2));
    store(out, &r.sum, &table.t.z);
}

/* --- sums of points under common weights, all of it public --- */

#define ROOM(name) atr_g2_##name
#define AFFINE atr_g2_affine
#define WEIGH_MAX ATR_G2_WEIGH_MAX

#include "curve/ifma/weigh.inc"

uint8_t atr_ifma_g2_weigh(atr_g2 out[ATR_LANES], const atr_g2_affine *a,
                          const atr_weight *weights, size_t count)
{
    weighing w;
    ELEMENT one;

    memset(&w.r, 0, sizeof w.r);
    weigh_load(&w, a, count);
    for (size_t i = ATR_WEIGHT_DIGITS; i-- > 0;) {
        weigh_digit(&w, weights, count, i);
    }
    set_one(&one);
    store(out, &w.r.sum, &one);
    return (uint8_t)(w.r.started & FIELD(is_zero)(&w.r.sum.z));
}
