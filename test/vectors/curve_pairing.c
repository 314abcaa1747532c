/* curve_pairing.c - values of pairings and elements of GT from outside. */
#include "kit/curve.h"

/* The twelve coordinates of 48 bytes, last first (kilic's order). */
static void reverse(uint8_t out[ATR_GT_BYTES], const uint8_t in[ATR_GT_BYTES])
{
    for (size_t i = 0; i < 12; i++) {
        memcpy(out + 48 * i, in + 48 * (11 - i), 48);
    }
}

static void gt_of_hex(uint8_t out[ATR_GT_BYTES], const char *hex)
{
    assert_int_equal(kit_unhex(out, ATR_GT_BYTES, hex), ATR_GT_BYTES);
}

/* e([k] g1, [k] g2) for k = 1, 2, 3, ..: also as a power of e(g1, g2). */
static void test_kilic(void **state)
{
    char path[1024];
    size_t len;
    size_t lines = 0;
    char *text;
    char *save = NULL;
    static atr_gt_table table;

    (void)state;
    kit_vectors_path(path, sizeof path, "pairing-gt/kilic_gt.txt");
    text = (char *)kit_read(path, &len);
    atr_gt_table_init(&table, &atr_gt_generator);
    for (char *line = strtok_r(text, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        char *hex = strchr(line, ' ');
        atr_fr k = atr_fr_of(strtoul(line, NULL, 10));
        uint8_t bytes[ATR_GT_BYTES];
        uint8_t want[ATR_GT_BYTES];
        atr_g1_affine p;
        atr_g2_affine q;
        atr_g1 g;
        atr_g2 h;
        atr_gt e;

        assert_non_null(hex);
        atr_g1_mul_vartime(&g, &atr_g1_generator, &k);
        atr_g2_mul_vartime(&h, &atr_g2_generator, &k);
        atr_g1_to_affine(&p, &g);
        atr_g2_to_affine(&q, &h);
        atr_pairing(&e, &p, &q);
        gt_of_hex(bytes, hex + 1);
        reverse(want, bytes);
        atr_gt_write(bytes, &e);
        assert_memory_equal(bytes, want, sizeof bytes);

        atr_fr_sqr(&k, &k);
        atr_gt_table_pow(&e, &table, &k);
        atr_gt_write(bytes, &e);
        assert_memory_equal(bytes, want, sizeof bytes);
        if (lines % 8 == 0) {
            atr_gt_pow(&e, &atr_gt_generator, &k);
            atr_gt_write(bytes, &e);
            assert_memory_equal(bytes, want, sizeof bytes);
            atr_gt_pow_vartime(&e, &atr_gt_generator, &k);
            atr_gt_write(bytes, &e);
            assert_memory_equal(bytes, want, sizeof bytes);
            assert_int_equal(atr_gt_read(&e, want), ATR_OK);
        }
        lines++;
    }
    assert_true(lines > 600);
    free(text);
}

static void test_elements(void **state)
{
    json_t *root = kit_vectors("invalid-bls/gt.json");
    size_t i;
    json_t *c;

    (void)state;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        bool member = json_is_true(json_object_get(c, "in_gt")) &&
                      !json_is_true(json_object_get(c, "is_one"));
        uint8_t bytes[ATR_GT_BYTES];
        uint8_t kilic[ATR_GT_BYTES];
        uint8_t back[ATR_GT_BYTES];
        atr_gt e;

        gt_of_hex(bytes, kit_text(c, "natural_hex"));
        gt_of_hex(kilic, kit_text(c, "kilic_hex"));
        reverse(back, kilic);
        assert_memory_equal(back, bytes, sizeof back);
        if ((atr_gt_read(&e, bytes) == ATR_OK) != member) {
            fail_msg("%s", kit_text(c, "why"));
        }
        if (member) {
            atr_gt_write(back, &e);
            assert_memory_equal(back, bytes, sizeof back);
        }
    }
    assert_true(i > 10);
    json_array_foreach(json_object_get(root, "not_canonical_reject"), i, c)
    {
        uint8_t bytes[ATR_GT_BYTES];
        atr_gt e;

        if (strlen(kit_text(c, "natural_hex")) != 2 * ATR_GT_BYTES) {
            continue; /* our callers count the bytes */
        }
        gt_of_hex(bytes, kit_text(c, "natural_hex"));
        assert_int_equal(atr_gt_read(&e, bytes), ATR_ERR_INPUT);
    }
    assert_true(i > 5);
    json_decref(root);
}

static void test_laws(void **state)
{
    json_t *root = kit_vectors("invalid-bls/pairing_laws.json");
    const json_t *x = json_object_get(root, "example");
    const atr_g1_affine identity1 = {{{0}}, {{0}}};
    const atr_g2_affine identity2 = {{{{0}}, {{0}}}, {{{0}}, {{0}}}};
    atr_fr a = fr_of_hex(kit_text(x, "a"));
    atr_fr b = fr_of_hex(kit_text(x, "b"));
    atr_fr ab;
    atr_g1_affine p;
    atr_g2_affine q;
    atr_g1 g;
    atr_g2 h;
    atr_g1_affine ps[3];
    atr_g2_affine qs[3];
    atr_pair pairs[3];
    uint8_t bytes[ATR_GT_BYTES];
    atr_gt e;
    atr_gt f;

    (void)state;
    assert_int_equal(g1_read_hex(&p, kit_text(x, "P")), ATR_OK);
    assert_int_equal(g2_read_hex(&q, kit_text(x, "Q")), ATR_OK);
    atr_g1_mul(&g, &atr_g1_generator, &a);
    atr_g2_mul(&h, &atr_g2_generator, &b);
    atr_g1_to_affine(&ps[0], &g);
    atr_g2_to_affine(&qs[0], &h);
    assert_g1_affine(&ps[0], &p);
    assert_g2_affine(&qs[0], &q);
    atr_pairing(&e, &p, &q);
    atr_gt_write(bytes, &e);
    assert_hex(bytes, sizeof bytes, kit_text(x, "e_natural_hex"));
    atr_fr_mul(&ab, &a, &b);
    atr_gt_pow(&f, &atr_gt_generator, &ab);
    assert_true(atr_gt_equal(&e, &f));

    atr_pairing(&f, &identity1, &q);
    assert_true(atr_gt_is_one(&f));
    atr_pairing(&f, &p, &identity2);
    assert_true(atr_gt_is_one(&f));
    atr_g1_affine_neg(&ps[0], &p); /* e(-P, Q) = e(P, -Q) = e(P, Q)^-1 */
    atr_pairing(&f, &ps[0], &q);
    atr_gt_mul(&f, &f, &e);
    assert_true(atr_gt_is_one(&f));
    atr_g2_affine_neg(&qs[0], &q);
    atr_pairing(&f, &p, &qs[0]);
    atr_gt_mul(&f, &f, &e);
    assert_true(atr_gt_is_one(&f));
    ps[0] = identity1;
    ps[1] = ps[2] = p;
    qs[0] = qs[1] = q;
    atr_g2_affine_neg(&qs[2], &q);
    pairs_of(pairs, ps, qs, 3);
    atr_pairing_product(&f, pairs, 3);
    assert_true(atr_gt_is_one(&f));
    json_decref(root);
}

/* The draft prints the value without the factor 3 of the exponent. */
static void test_draft(void **state)
{
    json_t *root = kit_vectors("pairing-draft/bls12_381.json");
    const json_t *limbs = json_object_get(root, "pairing_output_e");
    atr_fp c[12];
    atr_fp12 e;
    atr_fp12 cube;

    (void)state;
    assert_int_equal(json_array_size(limbs), 12);
    for (size_t i = 0; i < 12; i++) {
        c[i] = fp_of_hex(json_string_value(json_array_get(limbs, i)));
    }
    e = (atr_fp12){{{c[0], c[1]}, {c[2], c[3]}, {c[4], c[5]}},
                   {{c[6], c[7]}, {c[8], c[9]}, {c[10], c[11]}}};
    atr_fp12_sqr(&cube, &e);
    atr_fp12_mul(&cube, &cube, &e);
    assert_false(atr_fp12_equal(&e, &atr_gt_generator.f));
    assert_true(atr_fp12_equal(&cube, &atr_gt_generator.f));
    json_decref(root);
}

static void test_joux(void **state)
{
    json_t *root = kit_vectors("group-key-derived/joux.json");
    size_t i;
    json_t *c;

    (void)state;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        const json_t *secrets = json_object_get(c, "secrets_be32");
        const json_t *public = json_object_get(c, "public");

        for (size_t me = 0; me < 3; me++) { /* each from the two others */
            const json_t *left = json_array_get(public, (me + 1) % 3);
            const json_t *right = json_array_get(public, (me + 2) % 3);
            atr_fr k =
                fr_of_hex(json_string_value(json_array_get(secrets, me)));
            uint8_t bytes[ATR_GT_BYTES];
            atr_g1_affine p;
            atr_g2_affine q;
            atr_gt e;

            assert_int_equal(g1_read_hex(&p, kit_text(left, "g1")), ATR_OK);
            assert_int_equal(g2_read_hex(&q, kit_text(right, "g2")), ATR_OK);
            atr_pairing(&e, &p, &q);
            atr_gt_pow(&e, &e, &k);
            atr_gt_write(bytes, &e);
            assert_hex(bytes, sizeof bytes,
                       kit_text(c, "shared_gt_natural_hex"));
        }
    }
    assert_true(i > 2);
    json_decref(root);
}

/* K_i = [n r_i] z_(i-1) + sum over j of [n - 1 - j] X_(i+j). */
static void test_burmester_desmedt(void **state)
{
    json_t *root = kit_vectors("group-key-derived/burmester_desmedt_g1.json");
    size_t i;
    json_t *c;

    (void)state;
    json_array_foreach(json_object_get(root, "cases"), i, c)
    {
        const json_t *secrets = json_object_get(c, "secrets_be32");
        const json_t *z = json_object_get(c, "z_g1");
        const json_t *x = json_object_get(c, "X_g1");
        size_t n = json_array_size(secrets);

        for (size_t me = 0; me < n; me++) {
            atr_fr r =
                fr_of_hex(json_string_value(json_array_get(secrets, me)));
            atr_fr count = atr_fr_of(n);
            uint8_t bytes[ATR_G1_BYTES];
            atr_g1_affine point;
            atr_g1 sum;

            atr_fr_mul(&r, &r, &count);
            assert_int_equal(
                g1_read_hex(&point, json_string_value(
                                        json_array_get(z, (me + n - 1) % n))),
                ATR_OK);
            atr_g1_mul(&sum, &point, &r);
            for (size_t j = 0; j + 1 < n; j++) {
                atr_fr k = atr_fr_of(n - 1 - j);
                atr_g1 part;

                assert_int_equal(
                    g1_read_hex(&point, json_string_value(
                                            json_array_get(x, (me + j) % n))),
                    ATR_OK);
                atr_g1_mul(&part, &point, &k);
                atr_g1_add(&sum, &sum, &part);
            }
            atr_g1_to_affine(&point, &sum);
            atr_g1_write(bytes, &point);
            assert_hex(bytes, sizeof bytes, kit_text(c, "key_g1"));
        }
    }
    assert_true(i > 2);
    json_decref(root);
}

/* P, aP, bP, (a+b)P, (ab)P and the same of Q. */
static void test_cardano(void **state)
{
    char path[1024];
    size_t len;
    char *text;
    char *save = NULL;
    atr_g1_affine p[5];
    atr_g2_affine q[5];
    atr_gt e[5];

    (void)state;
    kit_vectors_path(path, sizeof path,
                     "cardano-cip0381/pairing_test_vectors.txt");
    text = (char *)kit_read(path, &len);
    for (size_t i = 0; i < 10; i++) {
        const char *line = strtok_r(i == 0 ? text : NULL, "\n", &save);

        assert_non_null(line);
        assert_int_equal(i < 5 ? g1_read_hex(&p[i], line)
                               : g2_read_hex(&q[i - 5], line),
                         ATR_OK);
    }
    free(text);
    atr_pairing(&e[0], &p[1], &q[0]); /* e(aP, Q) = e(P, aQ) */
    atr_pairing(&e[1], &p[0], &q[1]);
    assert_true(atr_gt_equal(&e[0], &e[1]));
    atr_pairing(&e[0], &p[1], &q[2]); /* e(aP, bQ) = .. = e((ab)P, Q) */
    atr_pairing(&e[1], &p[2], &q[1]);
    atr_pairing(&e[2], &p[4], &q[0]);
    atr_pairing(&e[3], &p[0], &q[4]);
    for (int i = 1; i < 4; i++) {
        assert_true(atr_gt_equal(&e[0], &e[i]));
    }
    atr_pairing(&e[0], &p[3], &q[0]); /* e((a+b)P, Q) = e(aP, Q) e(bP, Q) */
    atr_pairing(&e[1], &p[1], &q[0]);
    atr_pairing(&e[2], &p[2], &q[0]);
    assert_false(atr_gt_equal(&e[1], &e[2]));
    atr_gt_mul(&e[1], &e[1], &e[2]);
    assert_true(atr_gt_equal(&e[0], &e[1]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kilic),
        cmocka_unit_test(test_elements),
        cmocka_unit_test(test_laws),
        cmocka_unit_test(test_draft),
        cmocka_unit_test(test_joux),
        cmocka_unit_test(test_burmester_desmedt),
        cmocka_unit_test(test_cardano),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
