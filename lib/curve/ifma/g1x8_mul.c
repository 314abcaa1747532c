/* Eight multiplications in G1 at once. In constant time: the digits of the
 * scalars choose from tables only through masks, and every row is read each
 * time. */
#include "curve/batch_parts.h"
#include "curve/ifma/columns.h"
#include "curve/ifma/engine.h"
#include "curve/ifma/g1x8.h"
#include "curve/ifma/hex.h"
#include "curve/ifma/hex_constants.h"

#define FIELD(name) atr_fp8_##name
#define ELEMENT atr_fp8
#define PARTS 1
#define PART(a, n) (a)
#define STREAMS 1
/* x^2 (x, y) is (beta x, -y), as in g1.c. */
#define THETA_X atr_ifma_beta
#define THETA2_X atr_ifma_beta2

static void set_one(atr_fp8 *out)
{
    atr_fp8_all(out, atr_ifma_one);
}

static void scale(atr_fp8 *out, const atr_fp8 *a, const atr_fp8 *b)
{
    atr_fp8_mul(out, a, b);
}

/* a b - c d, below 3 p */
static void mul_sub(atr_fp8 *out, const atr_fp8 *a, const atr_fp8 *b,
                    const atr_fp8 *c, const atr_fp8 *d)
{
    atr_loose factor = atr_loose_of(d);
    atr_columns t;

    atr_columns_clear(&t);
    atr_columns_product(&t, c, &factor);
    ATR_EACH_COLUMN
    {
        t.c[i] = _mm512_sub_epi64(_mm512_setzero_si512(), t.c[i]);
    }
    factor = atr_loose_of(b);
    atr_columns_product(&t, a, &factor);
    atr_columns_reduce_signed(out, &t);
}

/* a b - 8 c^2, below 3 p */
static void y_of_double(atr_fp8 *out, const atr_fp8 *a, const atr_fp8 *b,
                        const atr_fp8 *c)
{
    const atr_loose factor = atr_loose_of(b);
    atr_columns t;

    atr_columns_square(&t, c);
    ATR_EACH_COLUMN
    {
        t.c[i] = _mm512_sub_epi64(_mm512_setzero_si512(),
                                  _mm512_slli_epi64(t.c[i], 3));
    }
    atr_columns_product(&t, a, &factor);
    atr_columns_reduce_signed(out, &t);
}

#include "curve/ifma/jacobian.inc"

#define RUN_LEAST 5 /* doublings that make up for going there and back */

/* (X, Y, Z) is (X Z, Y Z^2, Z) in Jacobian coordinates. */
void atr_g1x8_dbl_run(atr_g1x8 *a, int count)
{
    jacobian t;

    if (count < RUN_LEAST) {
        for (int i = 0; i < count; i++) {
            atr_g1x8_dbl(a, a);
        }
        return;
    }
    atr_fp8_mul(&t.x, &a->x, &a->z);
    atr_fp8_sqr(&t.y, &a->z);
    atr_fp8_mul(&t.y, &t.y, &a->y);
    t.z = a->z;
    for (int i = 0; i < count; i++) {
        dbl(&t, &t);
    }
    project(&t);
    *a = (atr_g1x8){t.x, t.y, t.z};
    atr_wipe(&t, sizeof t);
}

/* (beta x, y) = -x^2 (x, y), as in g1.c (Scott, ePrint 2021/1130). The second
 * power by |x| is taken on the curve where the first is affine. */
uint8_t atr_g1x8_in_subgroup(const atr_fp8 *x, const atr_fp8 *y)
{
    spot at = {*x, *y};
    jacobian p;
    atr_fp8 z;
    atr_fp8 zz;
    atr_fp8 t;
    uint8_t same;

    mul_x(&p, &at);
    z = p.z;
    at = (spot){p.x, p.y};
    mul_x(&p, &at);
    atr_fp8_mul(&z, &z, &p.z);
    atr_fp8_sqr(&zz, &z);
    atr_fp8_mul_all(&t, x, atr_ifma_beta);
    atr_fp8_mul(&t, &t, &zz);
    atr_fp8_mul_all(&p.x, &p.x, atr_ifma_one); /* reduced */
    same = atr_fp8_equal(&t, &p.x);
    atr_fp8_mul(&zz, &zz, &z);
    atr_fp8_mul(&t, y, &zz);
    atr_fp8_add(&t, &t, &p.y);
    atr_fp8_mul_all(&t, &t, atr_ifma_one);
    same &= atr_fp8_is_zero(&t);
    return (uint8_t)(same & ~atr_fp8_is_zero(&z));
}

static void load(spot *out, const atr_g1_affine a[8])
{
    atr_fp8_load(&out->x, &a[0].x, sizeof a[0]);
    atr_fp8_load(&out->y, &a[0].y, sizeof a[0]);
}

static void table_init(hex_table *t, const atr_g1_affine a[8])
{
    atr_fp8 h[ATR_HEX_ROWS];
    spot base;

    load(&base, a);
    table_chain(t, h, &base);
    table_level(t, h, NULL);
    atr_wipe(h, sizeof h);
    atr_wipe(&base, sizeof base);
}

static void split(atr_hex *digits, const atr_fr k[8])
{
    atr_hex_number a;
    atr_hex_number b;

    atr_hex_split_g1(&a, &b, k);
    atr_hex_recode(digits, ATR_HEX_DIGITS_G1, &a, &b, 2);
    atr_wipe(&a, sizeof a);
    atr_wipe(&b, sizeof b);
}

static void store(atr_g1 out[8], jacobian *a, const atr_fp8 *z)
{
    atr_fp8_mul(&a->z, &a->z, z);
    project(a);
    atr_fp8_store(&out[0].x, sizeof out[0], &a->x);
    atr_fp8_store(&out[0].y, sizeof out[0], &a->y);
    atr_fp8_store(&out[0].z, sizeof out[0], &a->z);
}

void atr_ifma_g1_mul(atr_g1 out[ATR_LANES], const atr_g1_affine a[ATR_LANES],
                     const atr_fr k[ATR_LANES])
{
    hex_table table;
    atr_hex digits;
    running r;

    split(&digits, k);
    table_init(&table, a);
    sum_digits(&r, &(const spot *){table.row}, &digits, ATR_HEX_DIGITS_G1);
    store(out, &r.sum, &table.z);
    atr_wipe(&table, sizeof table);
    atr_wipe(&digits, sizeof digits);
    atr_wipe(&r, sizeof r);
    atr_ifma_clear();
}

void atr_ifma_g1_mul_vartime(atr_g1 out[ATR_LANES],
                             const atr_g1_affine a[ATR_LANES],
                             const atr_fr k[ATR_LANES])
{
    hex_table table;
    atr_hex digits;
    running r;

    split(&digits, k);
    table_init(&table, a);
    sum_digits(&r, &(const spot *){table.row}, &digits,
               used_vartime(&digits, 1, ATR_HEX_DIGITS_G1));
    store(out, &r.sum, &table.z);
}

/* --- sums of many powers, of public points by public scalars --- */

#define SUM_PART (ATR_IFMA_SUM_MAX / ATR_LANES)

/* Each lane has its own points, whose digits share the doublings. */
typedef struct {
    hex_table table[SUM_PART];
    atr_fp8 h[SUM_PART][ATR_HEX_ROWS];
    atr_hex digits[SUM_PART];
} sum_parts;

/* Where H was 0: a lane that met its own sum doubles the term, one that met
 * the opposite has nothing left. They are told by Y, before the addition. */
static void met_vartime(running *r, uint8_t met, const jacobian *before)
{
    jacobian twice = {r->term.x, r->term.y, {{{0}}}};
    atr_fp8 t;

    atr_fp8_sqr(&t, &before->z);
    atr_fp8_mul(&t, &t, &before->z);
    atr_fp8_mul(&t, &t, &r->term.y);
    atr_fp8_sub(&t, &before->y, &t);
    atr_fp8_mul_all(&t, &t, atr_ifma_one); /* reduced */
    r->started &= (uint8_t)~met;
    met &= atr_fp8_is_zero(&t);
    r->started |= met;
    set_one(&twice.z);
    dbl(&twice, &twice);
    atr_fp8_select(&r->sum.x, met, &twice.x, &r->sum.x);
    atr_fp8_select(&r->sum.y, met, &twice.y, &r->sum.y);
    atr_fp8_select(&r->sum.z, met, &twice.z, &r->sum.z);
}

/* The terms are anybody's, so that equal and opposite points may meet. */
static void add_any_vartime(running *r, const spot *rows,
                            const uint64_t digits[8])
{
    const __m512i digit = _mm512_load_si512(digits);
    const uint8_t some = _mm512_test_epi64_mask(digit, atr_all(ATR_HEX_ROW));
    const jacobian before = r->sum;
    uint8_t met = some & r->started;

    if (some == 0) {
        return;
    }
    add_digit(r, rows, digits);
    met &= atr_fp8_is_zero(&r->sum.z);
    if (met != 0) {
        met_vartime(r, met, &before);
    }
}

/* All tables over one denominator: each begins where the one before it ended,
 * and is brought over what comes after it. */
static void sum_tables(sum_parts *p, const atr_g1_affine *a, const atr_fr *k,
                       size_t parts)
{
    atr_fp8 z;

    set_one(&z);
    for (size_t j = 0; j < parts; j++) {
        spot base;

        split(&p->digits[j], k + ATR_LANES * j);
        load(&base, a + ATR_LANES * j);
        bring(&base, &z);
        table_chain(&p->table[j], p->h[j], &base);
        atr_fp8_mul(&z, &z, &p->table[j].z);
    }
    set_one(&z);
    for (size_t j = parts; j-- > 0;) {
        atr_fp8 own = p->table[j].z;

        table_level(&p->table[j], p->h[j], &z);
        atr_fp8_mul(&z, &z, &own);
    }
    p->table[0].z = z;
}

void atr_ifma_g1_sum_vartime(atr_g1 out[ATR_LANES], const atr_g1_affine *a,
                             const atr_fr *k, size_t count)
{
    size_t parts = count / ATR_LANES;
    running r;
    sum_parts p;

    memset(&r, 0, sizeof r);
    sum_tables(&p, a, k, parts);
    for (size_t i = used_vartime(p.digits, parts, ATR_HEX_DIGITS_G1);
         i-- > 0;) {
        for (size_t j = 0; j < parts; j++) {
            add_any_vartime(&r, p.table[j].row, p.digits[j].digit[i]);
        }
        if (i > 0) {
            dbl_digit(&r);
        }
    }
    store(out, &r.sum, &p.table[0].z);
}

/* --- sums of points under common weights, all of it public --- */

#define ROOM(name) atr_g1_##name
#define AFFINE atr_g1_affine
#define WEIGH_MAX ATR_G1_WEIGH_MAX

#include "curve/ifma/weigh.inc"

/* Adds the sums of the lanes that have one; returns those that met. */
static uint8_t weigh_end(atr_g1 sum[ATR_LANES], running *r)
{
    uint8_t met;
    atr_g1x8 own;
    atr_g1x8 all;

    project(&r->sum);
    met = r->started & atr_fp8_is_zero(&r->sum.z);
    own = (atr_g1x8){r->sum.x, r->sum.y, r->sum.z};
    atr_g1x8_identity(&all);
    atr_g1x8_select(&own, r->started & (uint8_t)~met, &own, &all);
    atr_g1x8_load(&all, sum);
    atr_g1x8_add(&all, &all, &own);
    atr_g1x8_store(sum, &all);
    return met;
}

void atr_ifma_g1_weigh(atr_g1 sum[ATR_WEIGHT_DIGITS][ATR_LANES],
                       uint8_t met[ATR_WEIGHT_DIGITS], const atr_g1_affine *a,
                       const atr_weight *weights, size_t count)
{
    weighing w;

    weigh_load(&w, a, count);
    for (size_t i = 0; i < ATR_WEIGHT_DIGITS; i++) {
        memset(&w.r, 0, sizeof w.r);
        weigh_digit(&w, weights, count, i);
        met[i] = weigh_end(sum[i], &w.r);
    }
    atr_ifma_clear();
}

void atr_ifma_g1_weighed(atr_g1 out[ATR_LANES],
                         const atr_g1 sum[ATR_WEIGHT_DIGITS][ATR_LANES])
{
    atr_g1x8 all;
    atr_g1x8 digit;

    atr_g1x8_identity(&all);
    for (size_t i = ATR_WEIGHT_DIGITS; i-- > 0;) {
        atr_g1x8_dbl_run(&all, ATR_WEIGHT_BITS);
        atr_g1x8_load(&digit, sum[i]);
        atr_g1x8_add(&all, &all, &digit);
    }
    atr_g1x8_store(out, &all);
    atr_ifma_clear();
}

uint8_t atr_ifma_g1_in_subgroup(const atr_g1_affine a[ATR_LANES])
{
    uint8_t good;
    spot at;

    load(&at, a);
    good = atr_g1x8_in_subgroup(&at.x, &at.y);
    atr_ifma_clear();
    return good;
}
