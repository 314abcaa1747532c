/* curve_subgroup.c - points and elements an attacker would send.
 *
 * Named after the pitfalls they pin: missing checks on decode (subgroup,
 * curve, identity, range, flags), a fast subgroup check that is wrong outside
 * the subgroup, slow refusal, a hash with a known logarithm, elements of GT of
 * another order, and encodings that are not the only one.
 */
#include "kit/curve.h"

/* --- points outside the subgroup --- */

static bool killed_by_order1(const atr_g1_affine *a)
{
    atr_g1 point;

    g1_times_plain(&point, a, kit_order, sizeof kit_order);
    return atr_g1_is_identity(&point) != 0;
}

static bool killed_by_order2(const atr_g2_affine *a)
{
    atr_g2 point;

    g2_times_plain(&point, a, kit_order, sizeof kit_order);
    return atr_g2_is_identity(&point) != 0;
}

static void refused1(const atr_g1_affine *a)
{
    uint8_t bytes[ATR_G1_WIDE_BYTES];
    atr_g1_affine p;

    atr_g1_write(bytes, a);
    assert_int_equal(atr_g1_read(&p, bytes), ATR_ERR_INPUT);
    assert_true(atr_g1_affine_is_identity_vartime(&p)); /* zero on error */
    assert_int_equal(atr_g1_read_any(&p, bytes), ATR_ERR_INPUT);
    atr_g1_write_wide(bytes, a);
    assert_int_equal(atr_g1_read_wide(&p, bytes), ATR_ERR_INPUT);
    assert_int_equal(atr_g1_read_wide_any(&p, bytes), ATR_ERR_INPUT);
}

static void refused2(const atr_g2_affine *a)
{
    uint8_t bytes[ATR_G2_WIDE_BYTES];
    atr_g2_affine p;

    atr_g2_write(bytes, a);
    assert_int_equal(atr_g2_read(&p, bytes), ATR_ERR_INPUT);
    assert_true(atr_g2_affine_is_identity_vartime(&p));
    assert_int_equal(atr_g2_read_any(&p, bytes), ATR_ERR_INPUT);
    atr_g2_write_wide(bytes, a);
    assert_int_equal(atr_g2_read_wide(&p, bytes), ATR_ERR_INPUT);
    assert_int_equal(atr_g2_read_wide_any(&p, bytes), ATR_ERR_INPUT);
}

/* --- pitfall 2: the fast check against [r]P --- */

static void test_fast_check_outside_the_subgroup(void **state)
{
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < 50; i++) {
        atr_g1_affine p;
        atr_g2_affine q;

        g1_outside(&p, &rng);
        assert_true(atr_g1_on_curve_vartime(&p));
        assert_false(killed_by_order1(&p));
        assert_false(atr_g1_in_subgroup_vartime(&p));
        refused1(&p);
        g2_outside(&q, &rng);
        assert_true(atr_g2_on_curve_vartime(&q));
        assert_false(killed_by_order2(&q));
        assert_false(atr_g2_in_subgroup_vartime(&q));
        refused2(&q);
    }
}

static void test_fast_check_inside_the_subgroup(void **state)
{
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < 20; i++) {
        uint8_t message[8];
        atr_g1_affine p;
        atr_g2_affine q;

        atr_rng_bytes(&rng, message, sizeof message);
        atr_g1_hash(&p, ATR_LITERAL("in"), ATR_BYTES(message));
        atr_g2_hash(&q, ATR_LITERAL("in"), ATR_BYTES(message));
        assert_true(killed_by_order1(&p) && atr_g1_in_subgroup_vartime(&p));
        assert_true(killed_by_order2(&q) && atr_g2_in_subgroup_vartime(&q));
    }
}

/* The cofactor of G1, 3 * 11^2 * 10177^2 * 859267^2 * 52437899^2; the group
 * has all points of the squared orders, so what is left after one factor n
 * would kill them: it is divided by n twice. Big-endian. */
typedef struct {
    unsigned order;
    uint8_t rest[16];
} low_order;

static void divide(uint8_t number[16], unsigned by)
{
    uint64_t left = 0;

    for (size_t i = 0; i < 16; i++) {
        left = left << 8 | number[i];
        number[i] = (uint8_t)(left / by);
        left %= by;
    }
    assert_int_equal(left, 0);
}

static low_order low_order_of(unsigned order)
{
    low_order out = {order,
                     {0x39, 0x6c, 0x8c, 0x00, 0x55, 0x55, 0xe1, 0x56, 0x8c,
                      0x00, 0xaa, 0xab, 0x00, 0x00, 0xaa, 0xab}};

    divide(out.rest, order);
    if (order != 3) {
        divide(out.rest, order);
    }
    return out;
}

static void test_points_of_low_order(void **state)
{
    static const unsigned orders[] = {3, 11, 10177, 859267, 52437899};
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        low_order low = low_order_of(orders[i]);
        unsigned found = 0;

        for (int attempt = 0; attempt < 20 && found < 2; attempt++) {
            atr_fr n = atr_fr_of(low.order);
            uint8_t order[ATR_FR_BYTES];
            atr_g1_affine p;
            atr_g1 point;

            g1_outside(&p, &rng);
            g1_times_plain(&point, &p, kit_order, sizeof kit_order);
            atr_g1_to_affine(&p, &point);
            g1_times_plain(&point, &p, low.rest, sizeof low.rest);
            atr_g1_to_affine(&p, &point);
            if (atr_g1_is_identity(&point)) {
                continue;
            }
            atr_fr_write(order, &n);
            g1_times_plain(&point, &p, order, sizeof order);
            assert_true(atr_g1_is_identity(&point));
            assert_false(atr_g1_in_subgroup_vartime(&p));
            refused1(&p);
            /* hidden in an honest point */
            atr_g1_from_affine(&point, &atr_g1_generator);
            atr_g1_add_affine(&point, &point, &p);
            atr_g1_to_affine(&p, &point);
            assert_false(atr_g1_in_subgroup_vartime(&p));
            refused1(&p);
            found++;
        }
        assert_int_equal(found, 2);
    }
}

/* --- pitfall 1: curve, identity, range, flags --- */

static void test_off_the_curve(void **state)
{
    atr_rng rng;
    uint8_t bytes[ATR_G2_WIDE_BYTES];
    int refused = 0;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < 50; i++) {
        atr_g1_affine p = atr_g1_generator;
        atr_g2_affine q = atr_g2_generator;
        const atr_fp k = atr_fp_of((uint64_t)i + 1);

        atr_fp_add(&p.y, &p.y, &k); /* uncompressed, off by a little */
        assert_false(atr_g1_on_curve_vartime(&p));
        atr_g1_write_wide(bytes, &p);
        assert_int_equal(atr_g1_read_wide(&p, bytes), ATR_ERR_INPUT);
        atr_fp_add(&q.y.c1, &q.y.c1, &k);
        assert_false(atr_g2_on_curve_vartime(&q));
        atr_g2_write_wide(bytes, &q);
        assert_int_equal(atr_g2_read_wide(&q, bytes), ATR_ERR_INPUT);

        atr_rng_bytes(&rng, bytes, ATR_G1_BYTES); /* compressed, any x */
        bytes[0] = (uint8_t)((bytes[0] & 0x2f) | 0x80);
        refused += atr_g1_read(&p, bytes) == ATR_ERR_INPUT;
    }
    assert_int_equal(refused, 50);
}

static void test_identity(void **state)
{
    const uint8_t zero[ATR_G2_WIDE_BYTES] = {0};
    uint8_t bytes[ATR_G2_WIDE_BYTES] = {0};
    atr_g1_affine p;
    atr_g2_affine q;

    (void)state;
    bytes[0] = 0xc0;
    assert_int_equal(atr_g1_read(&p, bytes), ATR_ERR_INPUT);
    assert_int_equal(atr_g1_read_any(&p, bytes), ATR_OK);
    assert_true(atr_g1_affine_is_identity_vartime(&p));
    assert_int_equal(atr_g2_read(&q, bytes), ATR_ERR_INPUT);
    assert_int_equal(atr_g2_read_any(&q, bytes), ATR_OK);
    bytes[0] = 0x40;
    assert_int_equal(atr_g1_read_wide(&p, bytes), ATR_ERR_INPUT);
    assert_int_equal(atr_g1_read_wide_any(&p, bytes), ATR_OK);
    assert_int_equal(atr_g2_read_wide(&q, bytes), ATR_ERR_INPUT);
    assert_int_equal(atr_g2_read_wide_any(&q, bytes), ATR_OK);
    assert_int_equal(atr_g1_read_wide_any(&p, zero), ATR_ERR_INPUT);
    assert_int_equal(atr_g2_read_wide_any(&q, zero), ATR_ERR_INPUT);
    for (size_t i = 0; i < 48; i++) { /* one stray bit anywhere */
        for (int bit = 0; bit < 8; bit++) {
            memset(bytes, 0, sizeof bytes);
            bytes[0] = 0xc0;
            bytes[i] ^= (uint8_t)(1 << bit);
            if (i == 0 && bit >= 6) {
                continue; /* another flag pattern: below */
            }
            assert_int_equal(atr_g1_read_any(&p, bytes), ATR_ERR_INPUT);
            assert_int_equal(atr_g2_read_any(&q, bytes), ATR_ERR_INPUT);
        }
    }
}

/* Of the eight patterns, two are right in each form for a finite point. */
static void test_flags(void **state)
{
    uint8_t g1[ATR_G1_WIDE_BYTES];
    uint8_t g2[ATR_G2_WIDE_BYTES];
    atr_g1_affine p;
    atr_g2_affine q;

    (void)state;
    for (unsigned flags = 0; flags < 8; flags++) {
        bool good = flags == 4 || flags == 5;

        atr_g1_write(g1, &atr_g1_generator);
        g1[0] = (uint8_t)((g1[0] & 0x1f) | flags << 5);
        assert_int_equal(atr_g1_read(&p, g1) == ATR_OK, good);
        atr_g2_write(g2, &atr_g2_generator);
        g2[0] = (uint8_t)((g2[0] & 0x1f) | flags << 5);
        assert_int_equal(atr_g2_read(&q, g2) == ATR_OK, good);
        atr_g1_write_wide(g1, &atr_g1_generator);
        g1[0] = (uint8_t)((g1[0] & 0x1f) | flags << 5);
        assert_int_equal(atr_g1_read_wide(&p, g1) == ATR_OK, flags == 0);
        atr_g2_write_wide(g2, &atr_g2_generator);
        g2[0] = (uint8_t)((g2[0] & 0x1f) | flags << 5);
        assert_int_equal(atr_g2_read_wide(&q, g2) == ATR_OK, flags == 0);
        atr_g1_write_wide(g1, &atr_g1_generator); /* flags on y */
        g1[48] |= (uint8_t)(flags << 5);
        assert_int_equal(atr_g1_read_wide(&p, g1) == ATR_OK, flags == 0);
        atr_g2_write(g2, &atr_g2_generator); /* flags on x.c0 */
        g2[48] |= (uint8_t)(flags << 5);
        assert_int_equal(atr_g2_read(&q, g2) == ATR_OK, flags == 0);
    }
}

/* --- pitfall 6: x + p names the same point in another way --- */

static void add_modulus(uint8_t *bytes)
{
    static const uint64_t modulus[ATR_FP_WORDS] = ATR_FP_MODULUS;
    atr_carry carry = 0;

    for (size_t i = 0; i < 6; i++) {
        uint8_t *at = bytes + 8 * (5 - i);

        atr_limb_write(at, atr_limb_add(atr_limb_read(at), modulus[i], &carry));
    }
}

static void test_coordinates_of_p_and_above(void **state)
{
    static const uint64_t small[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    int finite = 0;

    (void)state;
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++) {
        uint8_t bytes[ATR_GT_BYTES];
        atr_g1_affine p;
        atr_g1 point;
        atr_fp x = atr_fp_of(small[i]);
        atr_err err;

        atr_fp_write(bytes, &x); /* x + p < 2^381: no bit is lost */
        add_modulus(bytes);
        assert_int_equal(atr_fp_read(&x, bytes), ATR_ERR_INPUT);
        bytes[0] |= 0x80;
        err = atr_g1_read(&p, bytes);
        assert_int_equal(err, ATR_ERR_INPUT);

        x = atr_fp_of(i + 1); /* in an honest point: any of its coordinates */
        atr_g1_map(&point, &x);
        atr_g1_clear_cofactor(&point, &point);
        atr_g1_to_affine(&p, &point);
        atr_g1_write_wide(bytes, &p);
        add_modulus(bytes + 48);
        finite += (bytes[48] & 0xe0) == 0;
        assert_int_equal(atr_g1_read_wide(&p, bytes), ATR_ERR_INPUT);
        atr_gt_write(bytes, &atr_gt_generator);
        add_modulus(bytes + 48 * i);
        {
            atr_gt e;

            assert_int_equal(atr_gt_read(&e, bytes), ATR_ERR_INPUT);
        }
    }
    assert_true(finite > 0);
}

/* Each bit of an encoding matters: what is still accepted is another point,
 * and writes the same bytes. */
static void test_every_bit_counts(void **state)
{
    uint8_t good[ATR_G2_BYTES];
    uint8_t bytes[ATR_G2_BYTES];
    uint8_t back[ATR_G2_BYTES];

    (void)state;
    atr_g1_write(good, &atr_g1_generator);
    for (size_t bit = 0; bit < 8 * ATR_G1_BYTES; bit += 5) {
        atr_g1_affine p;

        memcpy(bytes, good, ATR_G1_BYTES);
        bytes[bit / 8] ^= (uint8_t)(1 << (bit % 8));
        if (atr_g1_read(&p, bytes) == ATR_OK) {
            assert_false(atr_g1_affine_equal(&p, &atr_g1_generator));
            atr_g1_write(back, &p);
            assert_memory_equal(back, bytes, ATR_G1_BYTES);
        }
    }
    atr_g2_write(good, &atr_g2_generator);
    for (size_t bit = 0; bit < 8 * ATR_G2_BYTES; bit += 9) {
        atr_g2_affine q;

        memcpy(bytes, good, ATR_G2_BYTES);
        bytes[bit / 8] ^= (uint8_t)(1 << (bit % 8));
        if (atr_g2_read(&q, bytes) == ATR_OK) {
            assert_false(atr_g2_affine_equal(&q, &atr_g2_generator));
            atr_g2_write(back, &q);
            assert_memory_equal(back, bytes, ATR_G2_BYTES);
        }
    }
}

/* --- pitfall 4: a hash is no known multiple of the generator --- */

/* g^hash(message) would be caught here; that no function returns a point with
 * a logarithm anybody knows is a rule of review. */
static void test_hash_is_not_a_power_of_a_hash(void **state)
{
    const atr_bytes dst = ATR_LITERAL("log");
    const atr_bytes message = ATR_LITERAL("message");
    atr_fr k;
    atr_g1_affine p;
    atr_g1 q;
    atr_g2_affine p2;
    atr_g2 q2;
    atr_g1_affine flat;
    atr_g2_affine flat2;

    (void)state;
    atr_fr_hash(&k, dst, message);
    atr_g1_hash(&p, dst, message);
    atr_g1_mul(&q, &atr_g1_generator, &k);
    atr_g1_to_affine(&flat, &q);
    assert_false(atr_g1_affine_equal(&p, &flat));
    atr_g2_hash(&p2, dst, message);
    atr_g2_mul(&q2, &atr_g2_generator, &k);
    atr_g2_to_affine(&flat2, &q2);
    assert_false(atr_g2_affine_equal(&p2, &flat2));
}

/* --- pitfall 9: every byte of the input counts --- */

static void test_hash_reads_every_byte(void **state)
{
    uint8_t message[70] = {0};
    atr_g1_affine first;
    atr_g1_affine p;
    atr_fr k;
    atr_fr l;

    (void)state;
    atr_g1_hash(&first, ATR_LITERAL("b"), ATR_BYTES(message));
    atr_fr_hash(&k, ATR_LITERAL("b"), ATR_BYTES(message));
    for (size_t i = 0; i < sizeof message; i++) {
        message[i] ^= 1;
        atr_g1_hash(&p, ATR_LITERAL("b"), ATR_BYTES(message));
        assert_false(atr_g1_affine_equal(&p, &first));
        atr_fr_hash(&l, ATR_LITERAL("b"), ATR_BYTES(message));
        assert_false(atr_fr_equal(&k, &l));
        message[i] ^= 1;
    }
    atr_g1_hash(&p, ATR_LITERAL("c"), ATR_BYTES(message));
    assert_false(atr_g1_affine_equal(&p, &first));
    atr_g1_hash(&p, ATR_LITERAL("b"), (atr_bytes){message, 69});
    assert_false(atr_g1_affine_equal(&p, &first));
}

/* --- pitfall 5: GT --- */

static void refused_gt(const atr_fp12 *f)
{
    uint8_t bytes[ATR_GT_BYTES];
    atr_gt e;
    const atr_gt zero = {{{{{{0}}, {{0}}}, {{{0}}, {{0}}}, {{{0}}, {{0}}}},
                          {{{{0}}, {{0}}}, {{{0}}, {{0}}}, {{{0}}, {{0}}}}}};

    e.f = *f;
    atr_gt_write(bytes, &e);
    assert_int_equal(atr_gt_read(&e, bytes), ATR_ERR_INPUT);
    assert_true(atr_gt_equal(&e, &zero));
}

static void test_elements_outside_gt(void **state)
{
    atr_rng rng;
    atr_fp12 f;
    atr_fp12 g;
    atr_fp12 one;

    (void)state;
    kit_rng(&rng, kit_seed());
    memset(&f, 0, sizeof f);
    refused_gt(&f);
    atr_fp12_one(&one);
    refused_gt(&one);
    for (int i = 0; i < 20; i++) {
        uint8_t bytes[ATR_FP_WIDE_BYTES];
        atr_fp *c = &f.c0.c0.c0;

        for (int k = 0; k < 12; k++) {
            atr_rng_bytes(&rng, bytes, sizeof bytes);
            atr_fp_read_wide(&c[k], bytes);
        }
        refused_gt(&f); /* any element */
        atr_fp12_inv(&g, &f);
        atr_fp12_conj(&f, &f);
        atr_fp12_mul(&f, &f, &g); /* f^(p^6 - 1): norm 1 over Fp6 */
        refused_gt(&f);
        atr_fp12_frobenius2(&g, &f);
        atr_fp12_mul(&f, &f, &g); /* ^(p^2 + 1): cyclotomic */
        refused_gt(&f);
        atr_fp12_mul(&f, &f, &atr_gt_generator.f); /* hidden in a member */
        refused_gt(&f);
        /* and to the r: of cofactor order; times a member */
        g = f;
        for (int bit = 253; bit >= 0; bit--) {
            atr_fp12_sqr(&g, &g);
            if (kit_order[31 - bit / 8] >> (bit % 8) & 1) {
                atr_fp12_mul(&g, &g, &f);
            }
        }
        refused_gt(&g);
        atr_fp12_mul(&g, &g, &atr_gt_generator.f);
        refused_gt(&g);
    }
}

/* --- pitfall 3: a bad point costs no more than a good one --- */

/* Counted in work, not in time: a refusal ends after one root and one
 * subgroup test at most, because there is no loop over candidates to decode;
 * the bench "g1_parse" has the price. Here: 2,000 bad points, under a second.
 */
static void test_flood_of_bad_points(void **state)
{
    uint8_t bytes[ATR_G1_BYTES];
    atr_g1_affine p;
    atr_rng rng;
    int accepted = 0;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < 2000; i++) {
        atr_rng_bytes(&rng, bytes, sizeof bytes);
        bytes[0] = (uint8_t)((bytes[0] & 0x2f) | 0x80);
        accepted += atr_g1_read(&p, bytes) == ATR_OK;
    }
    assert_int_equal(accepted, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fast_check_outside_the_subgroup),
        cmocka_unit_test(test_fast_check_inside_the_subgroup),
        cmocka_unit_test(test_points_of_low_order),
        cmocka_unit_test(test_off_the_curve),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_coordinates_of_p_and_above),
        cmocka_unit_test(test_every_bit_counts),
        cmocka_unit_test(test_hash_is_not_a_power_of_a_hash),
        cmocka_unit_test(test_hash_reads_every_byte),
        cmocka_unit_test(test_elements_outside_gt),
        cmocka_unit_test(test_flood_of_bad_points),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
