/* curve_h2c.c - RFC 9380: expansion, both maps, both hashes; and hashes to
 * scalars.
 */
#include "curve/expand.h"
#include "kit/curve.h"

static void g1_file(const char *file, bool random_oracle)
{
    json_t *root = kit_vectors(file);
    json_t *vectors = json_object_get(root, "vectors");
    const char *dst = kit_text(root, "dst");
    size_t i;
    json_t *v;

    assert_int_equal(json_array_size(vectors), 5);
    json_array_foreach(vectors, i, v)
    {
        static const char *const names[2][2] = {{"Q", NULL}, {"Q0", "Q1"}};
        json_t *u = json_object_get(v, "u");
        const json_t *p = json_object_get(v, "P");
        atr_g1_affine want = {fp_of_hex(kit_text(p, "x")),
                              fp_of_hex(kit_text(p, "y"))};
        atr_g1_affine got;

        for (size_t k = 0; k < json_array_size(u); k++) {
            atr_fp e = fp_of_hex(json_string_value(json_array_get(u, k)));
            const json_t *q = json_object_get(v, names[random_oracle][k]);
            atr_g1_affine want_q = {fp_of_hex(kit_text(q, "x")),
                                    fp_of_hex(kit_text(q, "y"))};
            atr_g1 point;

            atr_g1_map(&point, &e);
            atr_g1_to_affine(&got, &point);
            assert_g1_affine(&got, &want_q);
        }
        if (random_oracle) {
            atr_g1_hash(&got, text_bytes(dst), text_bytes(kit_text(v, "msg")));
        } else {
            atr_g1_encode(&got, text_bytes(dst),
                          text_bytes(kit_text(v, "msg")));
        }
        assert_g1_affine(&got, &want);
    }
    json_decref(root);
}

static void g2_file(const char *file, bool random_oracle)
{
    json_t *root = kit_vectors(file);
    json_t *vectors = json_object_get(root, "vectors");
    const char *dst = kit_text(root, "dst");
    size_t i;
    json_t *v;

    assert_int_equal(json_array_size(vectors), 5);
    json_array_foreach(vectors, i, v)
    {
        static const char *const names[2][2] = {{"Q", NULL}, {"Q0", "Q1"}};
        json_t *u = json_object_get(v, "u");
        const json_t *p = json_object_get(v, "P");
        atr_g2_affine want = {fp2_of_hex(kit_text(p, "x")),
                              fp2_of_hex(kit_text(p, "y"))};
        atr_g2_affine got;

        for (size_t k = 0; k < json_array_size(u); k++) {
            atr_fp2 e = fp2_of_hex(json_string_value(json_array_get(u, k)));
            const json_t *q = json_object_get(v, names[random_oracle][k]);
            atr_g2_affine want_q = {fp2_of_hex(kit_text(q, "x")),
                                    fp2_of_hex(kit_text(q, "y"))};
            atr_g2 point;

            atr_g2_map(&point, &e);
            atr_g2_to_affine(&got, &point);
            assert_g2_affine(&got, &want_q);
        }
        if (random_oracle) {
            atr_g2_hash(&got, text_bytes(dst), text_bytes(kit_text(v, "msg")));
        } else {
            atr_g2_encode(&got, text_bytes(dst),
                          text_bytes(kit_text(v, "msg")));
        }
        assert_g2_affine(&got, &want);
    }
    json_decref(root);
}

static void test_g1(void **state)
{
    (void)state;
    g1_file("h2c-rfc9380/BLS12381G1_XMD_SHA-256_SSWU_RO_.json", true);
    g1_file("h2c-rfc9380/BLS12381G1_XMD_SHA-256_SSWU_NU_.json", false);
}

static void test_g2(void **state)
{
    (void)state;
    g2_file("h2c-rfc9380/BLS12381G2_XMD_SHA-256_SSWU_RO_.json", true);
    g2_file("h2c-rfc9380/BLS12381G2_XMD_SHA-256_SSWU_NU_.json", false);
}

static void expand_file(const char *file)
{
    json_t *root = kit_vectors(file);
    json_t *tests = json_object_get(root, "tests");
    const char *dst = kit_text(root, "DST");
    size_t i;
    json_t *t;

    assert_int_equal(json_array_size(tests), 10);
    json_array_foreach(tests, i, t)
    {
        uint8_t out[256];
        size_t len = strtoul(kit_text(t, "len_in_bytes"), NULL, 16);

        assert_true(len <= sizeof out);
        atr_expand_xmd(out, len, text_bytes(dst),
                       text_bytes(kit_text(t, "msg")));
        assert_hex(out, len, kit_text(t, "uniform_bytes"));
    }
    json_decref(root);
}

static void test_expand(void **state)
{
    (void)state;
    expand_file("h2c-rfc9380/expand_message_xmd_SHA256_38.json");
    expand_file("h2c-rfc9380/expand_message_xmd_SHA256_256.json");
}

static void scalar_file(const char *file, bool expand)
{
    char path[1024];
    size_t len;
    size_t lines = 0;
    char *text;

    kit_vectors_path(path, sizeof path, file);
    text = (char *)kit_read(path, &len);
    for (char *at = text; *at != '\0'; lines++) {
        char *end = strchr(at, '\n');
        char *colon = strchr(at, ':');
        uint8_t wide[ATR_FR_WIDE_BYTES] = {0};
        uint8_t bytes[ATR_FR_BYTES];
        size_t message_len = (size_t)(colon - at);
        atr_fr k;

        if (end == NULL) {
            end = at + strlen(at);
        }
        assert_non_null(colon);
        if (expand) {
            atr_fr_hash(
                &k,
                ATR_LITERAL(
                    "QUUX-V01-CS02-with-BLS12381SCALAR_XMD:SHA-256_SSWU_RO_"),
                (atr_bytes){(uint8_t *)at, message_len});
        } else {
            assert_true(message_len <= sizeof wide);
            memcpy(wide + sizeof wide - message_len, at, message_len);
            atr_fr_reduce(&k, wide);
        }
        atr_fr_write(bytes, &k);
        at = *end == '\0' ? end : end + 1;
        *end = '\0';
        assert_hex(bytes, sizeof bytes, colon + 1);
    }
    assert_int_equal(lines, 3);
    free(text);
}

static void test_scalars(void **state)
{
    (void)state;
    scalar_file("hash-to-scalar/bls12-381-scalar-xmd-sha256-test-vectors.txt",
                true);
    scalar_file("hash-to-scalar/bls12-381-scalar-test-vectors.txt", false);
}

static void test_wycheproof_g2(void **state)
{
    json_t *root = kit_vectors("wycheproof/bls_hash_to_g2_test.json");
    json_t *groups = json_object_get(root, "testGroups");
    size_t done = 0;
    size_t i;
    json_t *group;

    (void)state;
    json_array_foreach(groups, i, group)
    {
        json_t *tests = json_object_get(group, "tests");
        size_t k;
        json_t *t;

        json_array_foreach(tests, k, t)
        {
            const char *hex = kit_text(t, "msg");
            uint8_t *message = malloc(strlen(hex) / 2 + 1);
            uint8_t out[ATR_G2_BYTES];
            atr_g2_affine point;
            size_t len = kit_unhex(message, strlen(hex) / 2, hex);

            atr_g2_hash(&point, text_bytes(kit_text(group, "dst")),
                        (atr_bytes){message, len});
            atr_g2_write(out, &point);
            free(message);
            if (strcmp(kit_text(t, "result"), "valid") == 0) {
                assert_hex(out, sizeof out, kit_text(t, "expected"));
                done++;
            } else {
                char text[2 * ATR_G2_BYTES + 1];

                kit_hex(text, out, sizeof out);
                assert_string_not_equal(text, kit_text(t, "expected"));
            }
        }
    }
    assert_true(done > 0);
    json_decref(root);
}

static void test_ethereum_g2(void **state)
{
    json_t *root = kit_vectors("bls12-381-tests/hash_to_G2.json");
    size_t i;
    json_t *v;

    (void)state;
    json_array_foreach(root, i, v)
    {
        const json_t *input = json_object_get(v, "input");
        const json_t *output = json_object_get(v, "output");
        atr_g2_affine want = {fp2_of_hex(kit_text(output, "x")),
                              fp2_of_hex(kit_text(output, "y"))};
        atr_g2_affine got;

        atr_g2_hash(
            &got,
            ATR_LITERAL("QUUX-V01-CS02-with-BLS12381G2_XMD:SHA-256_SSWU_RO_"),
            text_bytes(kit_text(input, "msg")));
        assert_g2_affine(&got, &want);
    }
    assert_true(i > 0);
    json_decref(root);
}

/* Lines: message, tag of 300 bytes, point (CIP-0381). */
static void test_large_tag(void **state)
{
    char path[1024];
    size_t len;
    char *text;
    char *dst_hex;
    char *point;
    uint8_t message[64];
    uint8_t dst[400];
    uint8_t out[ATR_G1_BYTES];
    size_t message_len;
    size_t dst_len;
    atr_g1_affine got;

    (void)state;
    kit_vectors_path(path, sizeof path, "cardano-cip0381/h2c_large_dst.txt");
    text = (char *)kit_read(path, &len);
    dst_hex = strchr(text, '\n');
    *dst_hex++ = '\0';
    point = strchr(dst_hex, '\n');
    *point++ = '\0';
    point[strcspn(point, "\n")] = '\0';
    message_len = kit_unhex(message, sizeof message, text);
    dst_len = kit_unhex(dst, sizeof dst, dst_hex);
    assert_true(dst_len > 255);
    atr_g1_hash(&got, (atr_bytes){dst, dst_len},
                (atr_bytes){message, message_len});
    atr_g1_write(out, &got);
    assert_hex(out, sizeof out, point);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_expand),
        cmocka_unit_test(test_g1),
        cmocka_unit_test(test_g2),
        cmocka_unit_test(test_scalars),
        cmocka_unit_test(test_wycheproof_g2),
        cmocka_unit_test(test_ethereum_g2),
        cmocka_unit_test(test_large_tag),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
