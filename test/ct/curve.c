/* Constant time of lib/curve: scalars, points and elements of GT that are
 * marked secret decide no branch and no address. Each result is checked.
 */
#include "kit/tap.h"

#include "base/rng.h"
#include "curve/pairing.h"

static atr_fr secret_scalar(uint8_t tag)
{
    uint8_t seed[ATR_SEED_BYTES] = {tag};
    atr_rng rng;
    atr_fr k;

    atr_rng_init(&rng, seed);
    atr_fr_random(&k, &rng);
    ATR_SECRET(&k, sizeof k);
    return k;
}

static bool is_true(atr_mask mask)
{
    ATR_PUBLIC(&mask, sizeof mask);
    return mask != 0;
}

static void scalars(void)
{
    atr_fr a = secret_scalar(1);
    atr_fr b = secret_scalar(2);
    uint8_t bytes[ATR_FR_BYTES];
    uint8_t wide[ATR_FR_WIDE_BYTES] = {9};
    atr_fr poly[3] = {a, b, a};
    atr_fr x;
    atr_fr y;

    atr_fr_inv(&x, &a);
    atr_fr_mul(&x, &x, &a);
    atr_fr_mul(&x, &x, &b);
    tap_is(is_true(atr_fr_equal(&x, &b)));
    atr_fr_sub(&x, &a, &b);
    atr_fr_neg(&y, &b);
    atr_fr_add(&y, &y, &a);
    tap_is(is_true(atr_fr_equal(&x, &y)));
    atr_fr_write(bytes, &a);
    tap_is(atr_fr_read(&x, bytes) == ATR_OK);
    tap_is(is_true(atr_fr_equal(&x, &a)));
    atr_fr_eval(&x, poly, 3, 5);
    ATR_SECRET(wide, sizeof wide);
    atr_fr_reduce(&x, wide);
    atr_fr_select(&x, atr_fr_is_zero(&x), &a, &x);
    atr_fr_hash(&y, ATR_LITERAL("ct"), ATR_BYTES(wide));
    tap_is(!is_true(atr_fr_equal(&x, &y)));
}

static void points_of_g1(void)
{
    static atr_g1_table table;
    atr_fr k = secret_scalar(3);
    uint8_t bytes[ATR_G1_BYTES];
    atr_g1_affine base;
    atr_g1_affine flat;
    atr_g1 p;
    atr_g1 q;
    atr_g1 all[3];
    atr_g1_affine many[3];

    atr_g1_hash(&base, ATR_LITERAL("ct"), ATR_LITERAL("base"));
    ATR_SECRET(&base, sizeof base);
    atr_g1_mul(&p, &base, &k);
    atr_g1_table_init(&table, &base);
    atr_g1_table_mul(&q, &table, &k);
    tap_is(is_true(atr_g1_equal(&p, &q)));
    atr_g1_neg(&q, &q);
    atr_g1_add(&q, &q, &p);
    tap_is(is_true(atr_g1_is_identity(&q)));
    atr_g1_dbl(&q, &p);
    atr_g1_to_affine(&flat, &p);
    atr_g1_add_affine(&p, &p, &flat);
    tap_is(is_true(atr_g1_equal(&p, &q)));
    all[0] = p;
    all[1] = q;
    atr_g1_identity(&all[2]);
    ATR_SECRET(all, sizeof all);
    atr_g1_to_affine_many(many, all, 3);
    tap_is(is_true(atr_g1_affine_equal(&many[0], &many[1])));
    atr_g1_write(bytes, &many[0]);
    ATR_PUBLIC(bytes, sizeof bytes);
    tap_is(atr_g1_read(&flat, bytes) == ATR_OK);
}

static void points_of_g2(void)
{
    static atr_g2_table table;
    atr_fr k = secret_scalar(4);
    uint8_t bytes[ATR_G2_BYTES];
    atr_g2_affine base;
    atr_g2_affine flat;
    atr_g2 p;
    atr_g2 q;

    atr_g2_hash(&base, ATR_LITERAL("ct"), ATR_LITERAL("base"));
    ATR_SECRET(&base, sizeof base);
    atr_g2_mul(&p, &base, &k);
    atr_g2_table_init(&table, &base);
    atr_g2_table_mul(&q, &table, &k);
    tap_is(is_true(atr_g2_equal(&p, &q)));
    atr_g2_neg(&q, &q);
    atr_g2_add(&q, &q, &p);
    tap_is(is_true(atr_g2_is_identity(&q)));
    atr_g2_to_affine(&flat, &p);
    atr_g2_write(bytes, &flat);
    ATR_PUBLIC(bytes, sizeof bytes);
    tap_is(atr_g2_read(&flat, bytes) == ATR_OK);
}

/* Messages may be secret: an identity that is hashed to a key. */
static void hashes(void)
{
    uint8_t message[20] = {1};
    atr_g1_affine p;
    atr_g1_affine p2;
    atr_g2_affine q;
    atr_g2_affine q2;

    ATR_SECRET(message, sizeof message);
    atr_g1_hash(&p, ATR_LITERAL("ct"), ATR_BYTES(message));
    atr_g1_encode(&p2, ATR_LITERAL("ct"), ATR_BYTES(message));
    tap_is(!is_true(atr_g1_affine_equal(&p, &p2)));
    atr_g2_hash(&q, ATR_LITERAL("ct"), ATR_BYTES(message));
    atr_g2_encode(&q2, ATR_LITERAL("ct"), ATR_BYTES(message));
    tap_is(!is_true(atr_g2_affine_equal(&q, &q2)));
}

static void pairings(void)
{
    static atr_gt_table table;
    static atr_g2_lines lines;
    atr_fr k = secret_scalar(5);
    uint8_t bytes[ATR_GT_BYTES];
    atr_g1_affine p[2];
    atr_g2_affine q[2];
    atr_g1 g;
    atr_gt e;
    atr_gt f;
    atr_gt inverse;
    const atr_pair pairs[2] = {{&p[0], &q[0], NULL}, {&p[1], &q[1], &lines}};

    atr_g1_mul(&g, &atr_g1_generator, &k);
    atr_g1_to_affine(&p[0], &g);
    p[1] = p[0];
    q[0] = q[1] = atr_g2_generator;
    ATR_SECRET(q, sizeof q);
    atr_pairing(&e, &p[0], &q[0]);
    atr_gt_pow(&f, &atr_gt_generator, &k);
    tap_is(is_true(atr_gt_equal(&e, &f)));
    atr_gt_table_init(&table, &atr_gt_generator);
    ATR_SECRET(&table, sizeof table);
    atr_gt_table_pow(&f, &table, &k);
    tap_is(is_true(atr_gt_equal(&e, &f)));
    atr_gt_mul(&f, &e, &e);
    atr_g2_lines_init(&lines, &q[1]);
    atr_pairing_product(&e, pairs, 2);
    tap_is(is_true(atr_gt_equal(&e, &f)));
    atr_gt_inv(&inverse, &e);
    atr_gt_mul(&e, &e, &inverse);
    tap_is(is_true(atr_gt_is_one(&e)));
    atr_gt_write(bytes, &f);
    ATR_PUBLIC(bytes, sizeof bytes);
    tap_is(bytes[0] < 0x1b);
}

int main(void)
{
    static const tap_test tests[] = {
        {"scalars", scalars},           {"points_of_g1", points_of_g1},
        {"points_of_g2", points_of_g2}, {"hashes", hashes},
        {"pairings", pairings},
    };

    return TAP_RUN(tests);
}
