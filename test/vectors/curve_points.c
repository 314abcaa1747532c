/* curve_points.c - encodings of points and scalars from outside, and plain
 * multiplication.
 */
#include "kit/curve.h"

/* --- [i] generator, four encodings (zkcrypto) --- */

typedef void (*line_fn)(size_t i, const char *hex);

static size_t each_line(const char *file, line_fn fn)
{
    char path[1024];
    size_t len;
    size_t lines = 0;
    char *text;
    char *save = NULL;

    kit_vectors_path(path, sizeof path, file);
    text = (char *)kit_read(path, &len);
    for (char *line = strtok_r(text, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        char *hex = strchr(line, ' ');

        assert_non_null(hex);
        fn(strtoul(line, NULL, 10), hex + 1);
        lines++;
    }
    free(text);
    return lines;
}

static void g1_line(size_t i, const char *hex)
{
    atr_fr k = atr_fr_of(i);
    uint8_t out[ATR_G1_WIDE_BYTES];
    atr_g1 point;
    atr_g1_affine want;
    atr_g1_affine got;
    bool wide = strlen(hex) == 2 * ATR_G1_WIDE_BYTES;

    atr_g1_mul(&point, &atr_g1_generator, &k);
    atr_g1_to_affine(&want, &point);
    assert_int_equal(g1_read_hex(&got, hex), ATR_OK);
    assert_g1_affine(&got, &want);
    if (wide) {
        atr_g1_write_wide(out, &want);
    } else {
        atr_g1_write(out, &want);
    }
    assert_hex(out, wide ? ATR_G1_WIDE_BYTES : ATR_G1_BYTES, hex);
}

static void g2_line(size_t i, const char *hex)
{
    atr_fr k = atr_fr_of(i);
    uint8_t out[ATR_G2_WIDE_BYTES];
    atr_g2 point;
    atr_g2_affine want;
    atr_g2_affine got;
    bool wide = strlen(hex) == 2 * ATR_G2_WIDE_BYTES;

    atr_g2_mul_vartime(&point, &atr_g2_generator, &k);
    atr_g2_to_affine(&want, &point);
    assert_int_equal(g2_read_hex(&got, hex), ATR_OK);
    assert_g2_affine(&got, &want);
    if (wide) {
        atr_g2_write_wide(out, &want);
    } else {
        atr_g2_write(out, &want);
    }
    assert_hex(out, wide ? ATR_G2_WIDE_BYTES : ATR_G2_BYTES, hex);
}

static void test_zkcrypto(void **state)
{
    (void)state;
    assert_true(each_line("points-zkcrypto/g1_compressed.txt", g1_line) > 600);
    assert_true(each_line("points-zkcrypto/g1_uncompressed.txt", g1_line) >
                600);
    assert_true(each_line("points-zkcrypto/g2_compressed.txt", g2_line) > 600);
    assert_true(each_line("points-zkcrypto/g2_uncompressed.txt", g2_line) >
                600);
}

/* --- points that must be refused --- */

static void test_invalid_points(void **state)
{
    json_t *root = kit_vectors("invalid-bls/points.json");
    json_t *cases = json_object_get(root, "cases");
    size_t i;
    json_t *c;

    (void)state;
    json_array_foreach(cases, i, c)
    {
        const char *hex = kit_text(c, "hex");
        const char *expect = kit_text(c, "expect");
        bool wide = strcmp(kit_text(c, "form"), "uncompressed") == 0;
        size_t len = strlen(hex) / 2;
        bool identity;
        atr_err err;

        if (strcmp(kit_text(c, "group"), "G1") == 0) {
            atr_g1_affine p;

            err = g1_read_hex(&p, hex);
            identity = atr_g1_affine_is_identity_vartime(&p);
            err = len == (wide ? ATR_G1_WIDE_BYTES : ATR_G1_BYTES)
                      ? err
                      : ATR_ERR_INPUT;
        } else {
            atr_g2_affine p;

            err = g2_read_hex(&p, hex);
            identity = atr_g2_affine_is_identity_vartime(&p);
            err = len == (wide ? ATR_G2_WIDE_BYTES : ATR_G2_BYTES)
                      ? err
                      : ATR_ERR_INPUT;
        }
        if ((err == ATR_OK) != (strcmp(expect, "reject") != 0)) {
            fail_msg("%s: %s", kit_text(c, "id"), kit_text(c, "why"));
        }
        assert_int_equal(err != ATR_OK || strcmp(expect, "infinity") == 0,
                         identity);
    }
    assert_true(i > 100);
    json_decref(root);
}

static void test_deserialization(void **state)
{
    json_t *root = kit_vectors("bls12-381-tests/deserialization_G1.json");
    size_t i;
    json_t *v;

    (void)state;
    json_array_foreach(root, i, v)
    {
        const json_t *in = json_object_get(v, "input");
        const char *hex = kit_text(in, "pubkey");
        atr_g1_affine p;
        bool read = strlen(hex) % 2 == 0 && g1_read_hex(&p, hex) == ATR_OK;

        if (read != json_is_true(json_object_get(v, "output"))) {
            fail_msg("%s", kit_text(v, "name"));
        }
    }
    assert_true(i > 5);
    json_decref(root);
    root = kit_vectors("bls12-381-tests/deserialization_G2.json");
    json_array_foreach(root, i, v)
    {
        const json_t *in = json_object_get(v, "input");
        const char *hex = kit_text(in, "signature");
        atr_g2_affine p;
        bool read = strlen(hex) % 2 == 0 && g2_read_hex(&p, hex) == ATR_OK;

        if (read != json_is_true(json_object_get(v, "output"))) {
            fail_msg("%s", kit_text(v, "name"));
        }
    }
    assert_true(i > 5);
    json_decref(root);
}

/* Lines of one compressed value each, of either group. */
static size_t lines_of(char *out[], size_t cap, char **memory, const char *file)
{
    char path[1024];
    size_t len;
    size_t count = 0;
    char *save = NULL;

    kit_vectors_path(path, sizeof path, file);
    *memory = (char *)kit_read(path, &len);
    for (char *line = strtok_r(*memory, "\n", &save);
         line != NULL && count < cap; line = strtok_r(NULL, "\n", &save)) {
        out[count++] = line;
    }
    return count;
}

static void test_cardano_serde(void **state)
{
    char *line[8];
    char *memory;
    size_t count =
        lines_of(line, 8, &memory, "cardano-cip0381/serde_test_vectors.txt");

    (void)state;
    assert_int_equal(count, 8);
    for (size_t i = 0; i < 4; i++) {
        atr_g1_affine p;
        atr_g2_affine q;

        assert_int_equal(g1_read_hex(&p, line[i]), ATR_ERR_INPUT);
        assert_int_equal(g2_read_hex(&q, line[4 + i]), ATR_ERR_INPUT);
    }
    free(memory);
}

#define CARDANO_SCALAR                                                         \
    "40df499974f62e2f268cd5096b0d952073900054122ffce0a27c9d96932891a5"

/* P, Q, P + Q, P - Q, [s]Q, -P of each group. */
static void test_cardano_operations(void **state)
{
    char *line[12];
    char *memory;
    size_t count = lines_of(line, 12, &memory,
                            "cardano-cip0381/ec_operations_test_vectors.txt");
    atr_fr s = fr_of_hex(CARDANO_SCALAR);
    atr_g1_affine a[6];
    atr_g2_affine b[6];
    atr_g1 p;
    atr_g1 q;
    atr_g1_affine pa;
    atr_g2 v;
    atr_g2 w;
    atr_g2_affine va;

    (void)state;
    assert_int_equal(count, 12);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(g1_read_hex(&a[i], line[i]), ATR_OK);
        assert_int_equal(g2_read_hex(&b[i], line[6 + i]), ATR_OK);
    }
    atr_g1_from_affine(&p, &a[0]);
    atr_g1_from_affine(&q, &a[1]);
    atr_g1_add(&p, &p, &q);
    atr_g1_to_affine(&pa, &p);
    assert_g1_affine(&pa, &a[2]);
    atr_g1_neg(&q, &q);
    atr_g1_from_affine(&p, &a[0]);
    atr_g1_add(&p, &p, &q);
    atr_g1_to_affine(&pa, &p);
    assert_g1_affine(&pa, &a[3]);
    atr_g1_mul(&p, &a[1], &s);
    atr_g1_to_affine(&pa, &p);
    assert_g1_affine(&pa, &a[4]);
    atr_g1_affine_neg(&pa, &a[0]);
    assert_g1_affine(&pa, &a[5]);

    atr_g2_from_affine(&v, &b[0]);
    atr_g2_from_affine(&w, &b[1]);
    atr_g2_add(&v, &v, &w);
    atr_g2_to_affine(&va, &v);
    assert_g2_affine(&va, &b[2]);
    atr_g2_neg(&w, &w);
    atr_g2_from_affine(&v, &b[0]);
    atr_g2_add(&v, &v, &w);
    atr_g2_to_affine(&va, &v);
    assert_g2_affine(&va, &b[3]);
    atr_g2_mul(&v, &b[1], &s);
    atr_g2_to_affine(&va, &v);
    assert_g2_affine(&va, &b[4]);
    atr_g2_affine_neg(&va, &b[0]);
    assert_g2_affine(&va, &b[5]);
    free(memory);
}

/* --- scalars --- */

static void scalar_case(const char *hex, bool canonical)
{
    uint8_t bytes[ATR_FR_BYTES];
    uint8_t back[ATR_FR_BYTES];
    atr_fr k;
    atr_err err;

    if (strlen(hex) != 2 * ATR_FR_BYTES) { /* our callers count the bytes */
        assert_false(canonical);
        return;
    }
    assert_int_equal(kit_unhex(bytes, sizeof bytes, hex), sizeof bytes);
    err = atr_fr_read(&k, bytes);
    assert_int_equal(err, canonical ? ATR_OK : ATR_ERR_INPUT);
    atr_fr_write(back, &k);
    if (canonical) {
        assert_memory_equal(back, bytes, sizeof back);
    } else {
        assert_true(atr_fr_is_zero(&k));
    }
}

static void test_scalars(void **state)
{
    json_t *root = kit_vectors("invalid-bls/scalars.json");
    json_t *cases = json_object_get(root, "cases");
    size_t i;
    json_t *c;

    (void)state;
    json_array_foreach(cases, i, c)
    {
        scalar_case(kit_text(c, "hex_be32"),
                    json_is_true(json_object_get(c, "canonical")));
    }
    assert_true(i > 5);
    json_decref(root);
    root = kit_vectors("ibe-bf/scalar_be32.json");
    cases = json_object_get(root, "cases");
    json_array_foreach(cases, i, c)
    {
        scalar_case(kit_text(c, "hex"),
                    json_is_true(json_object_get(c, "valid")));
    }
    assert_true(i > 3);
    json_decref(root);
}

/* --- multiplication (Sage) --- */

static void g1_products(const char *file)
{
    json_t *root = kit_vectors(file);
    json_t *vectors = json_object_get(root, "vectors");
    static atr_g1_table table;
    size_t i;
    json_t *v;

    json_array_foreach(vectors, i, v)
    {
        const json_t *p = json_object_get(v, "P");
        const json_t *q = json_object_get(v, "Q");
        atr_g1_affine in = {fp_of_hex(kit_text(p, "x")),
                            fp_of_hex(kit_text(p, "y"))};
        atr_g1_affine want = {fp_of_hex(kit_text(q, "x")),
                              fp_of_hex(kit_text(q, "y"))};
        atr_fr k = fr_of_hex(kit_text(v, "scalar"));
        atr_g1 out[4];
        atr_g1_affine got[4];

        atr_g1_mul(&out[0], &in, &k);
        atr_g1_mul_vartime(&out[1], &in, &k);
        atr_g1_sum_vartime(&out[2], &in, &k, 1);
        atr_g1_table_init(&table, &in);
        atr_g1_table_mul(&out[3], &table, &k);
        atr_g1_to_affine_many(got, out, 4);
        for (int n = 0; n < 4; n++) {
            assert_g1_affine(&got[n], &want);
        }
    }
    assert_true(i > 20);
    json_decref(root);
}

static atr_fp2 member(const json_t *point, const char *name)
{
    const json_t *c = json_object_get(point, name);

    return (atr_fp2){fp_of_hex(kit_text(c, "c0")),
                     fp_of_hex(kit_text(c, "c1"))};
}

static void g2_products(const char *file)
{
    json_t *root = kit_vectors(file);
    json_t *vectors = json_object_get(root, "vectors");
    static atr_g2_table table;
    size_t i;
    json_t *v;

    json_array_foreach(vectors, i, v)
    {
        const json_t *p = json_object_get(v, "P");
        const json_t *q = json_object_get(v, "Q");
        atr_g2_affine in = {member(p, "x"), member(p, "y")};
        atr_g2_affine want = {member(q, "x"), member(q, "y")};
        atr_fr k = fr_of_hex(kit_text(v, "scalar"));
        atr_g2 out[4];
        atr_g2_affine got[4];

        atr_g2_mul(&out[0], &in, &k);
        atr_g2_mul_vartime(&out[1], &in, &k);
        atr_g2_sum_vartime(&out[2], &in, &k, 1);
        atr_g2_table_init(&table, &in);
        atr_g2_table_mul(&out[3], &table, &k);
        atr_g2_to_affine_many(got, out, 4);
        for (int n = 0; n < 4; n++) {
            assert_g2_affine(&got[n], &want);
        }
    }
    assert_true(i > 20);
    json_decref(root);
}

static void test_products(void **state)
{
    static const char *const bits[] = {"32", "64", "128", "255"};

    (void)state;
    for (int i = 0; i < 4; i++) {
        char file[100];

        snprintf(file, sizeof file,
                 "scalarmul-sage/tv_BLS12_381_scalar_mul_G1_%sbit.json",
                 bits[i]);
        g1_products(file);
        snprintf(file, sizeof file,
                 "scalarmul-sage/tv_BLS12_381_scalar_mul_G2_%sbit.json",
                 bits[i]);
        g2_products(file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zkcrypto),
        cmocka_unit_test(test_invalid_points),
        cmocka_unit_test(test_deserialization),
        cmocka_unit_test(test_cardano_serde),
        cmocka_unit_test(test_cardano_operations),
        cmocka_unit_test(test_scalars),
        cmocka_unit_test(test_products),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
