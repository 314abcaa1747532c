/* curve_bls.c - BLS signatures, written here over lib/curve: a use of hashes,
 * encodings and pairings with many vectors from outside, bad ones included.
 *
 * Most sets have keys in G1 and signatures in G2; one has it the other way.
 */
#include "kit/curve.h"

#define NUL_G1 "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
#define NUL_G2 "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_"
#define POP_G2 "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_"

#define MANY 32

/* Bytes of hexadecimal; free() them. */
typedef struct {
    uint8_t *data;
    size_t len;
} blob;

static blob blob_of(const char *hex)
{
    blob out = {malloc(strlen(hex) / 2 + 1), 0};

    assert_non_null(out.data);
    out.len = kit_unhex(out.data, strlen(hex) / 2, hex);
    return out;
}

static const char *plain(const char *hex)
{
    return strncmp(hex, "0x", 2) == 0 ? hex + 2 : hex;
}

/* A key is a point of G1 other than the identity. */
static bool read_key(atr_g1_affine *out, const char *hex)
{
    return g1_read_hex(out, plain(hex)) == ATR_OK &&
           !atr_g1_affine_is_identity_vartime(out);
}

/* The product of e(key_i, H(message_i)) is e(g1, signature). */
static bool verify(const char *const *keys, const char *const *messages,
                   size_t count, const char *signature, const char *dst)
{
    atr_g1_affine p[MANY + 1];
    atr_g2_affine q[MANY + 1];
    atr_pair pairs[MANY + 1];
    atr_gt e;

    assert_true(count <= MANY);
    if (count == 0 || g2_read_hex(&q[count], plain(signature)) != ATR_OK) {
        return false;
    }
    atr_g1_affine_neg(&p[count], &atr_g1_generator);
    for (size_t i = 0; i < count; i++) {
        blob message = blob_of(messages[i]);
        bool good = read_key(&p[i], keys[i]);

        atr_g2_hash(&q[i], text_bytes(dst),
                    (atr_bytes){message.data, message.len});
        free(message.data);
        if (!good) {
            return false;
        }
    }
    pairs_of(pairs, p, q, count + 1);
    atr_pairing_product(&e, pairs, count + 1);
    return atr_gt_is_one(&e) != 0;
}

static size_t texts(const char **out, const json_t *array)
{
    size_t count = json_array_size(array);

    assert_true(count <= MANY);
    for (size_t i = 0; i < count; i++) {
        out[i] = json_string_value(json_array_get(array, i));
    }
    return count;
}

static void expect(bool got, bool want, const json_t *v, const char *name)
{
    if (got != want) {
        char *text = json_dumps(v, JSON_INDENT(1));

        fail_msg("%s: %s", name, text);
    }
}

/* --- ethereum/bls12-381-tests --- */

static void sign(uint8_t out[ATR_G2_BYTES], const char *secret,
                 const char *message, const char *dst)
{
    atr_fr k = fr_of_hex(secret);
    blob m = blob_of(message);
    atr_g2_affine point;
    atr_g2 product;

    atr_g2_hash(&point, text_bytes(dst), (atr_bytes){m.data, m.len});
    free(m.data);
    atr_g2_mul(&product, &point, &k);
    atr_g2_to_affine(&point, &product);
    atr_g2_write(out, &point);
}

static void test_sign(void **state)
{
    json_t *root = kit_vectors("bls12-381-tests/sign.json");
    size_t i;
    json_t *v;

    (void)state;
    json_array_foreach(root, i, v)
    {
        const json_t *in = json_object_get(v, "input");
        const char *want = json_string_value(json_object_get(v, "output"));
        atr_fr k = fr_of_hex(kit_text(in, "privkey"));
        uint8_t out[ATR_G2_BYTES];

        assert_int_equal(want == NULL, atr_fr_is_zero(&k) != 0);
        if (want != NULL) {
            sign(out, kit_text(in, "privkey"), kit_text(in, "message"), POP_G2);
            assert_hex(out, sizeof out, want);
        }
    }
    assert_true(i > 4);
    json_decref(root);
}

static void test_verify(void **state)
{
    json_t *root = kit_vectors("bls12-381-tests/verify.json");
    size_t i;
    json_t *v;

    (void)state;
    json_array_foreach(root, i, v)
    {
        const json_t *in = json_object_get(v, "input");
        const char *key = kit_text(in, "pubkey");
        const char *message = kit_text(in, "message");

        expect(verify(&key, &message, 1, kit_text(in, "signature"), POP_G2),
               json_is_true(json_object_get(v, "output")), v, "verify");
    }
    assert_true(i > 10);
    json_decref(root);
}

static void test_aggregate_verify(void **state)
{
    json_t *root = kit_vectors("bls12-381-tests/aggregate_verify.json");
    size_t i;
    json_t *v;

    (void)state;
    json_array_foreach(root, i, v)
    {
        const json_t *in = json_object_get(v, "input");
        const char *keys[MANY];
        const char *messages[MANY];
        size_t n = texts(keys, json_object_get(in, "pubkeys"));
        bool same = texts(messages, json_object_get(in, "messages")) == n;

        expect(same &&
                   verify(keys, messages, n, kit_text(in, "signature"), POP_G2),
               json_is_true(json_object_get(v, "output")), v, "aggregate");
    }
    assert_true(i > 2);
    json_decref(root);
    root = kit_vectors("bls12-381-tests/fast_aggregate_verify.json");
    json_array_foreach(root, i, v)
    {
        const json_t *in = json_object_get(v, "input");
        const char *keys[MANY];
        const char *messages[MANY];
        size_t n = texts(keys, json_object_get(in, "pubkeys"));

        for (size_t k = 0; k < n; k++) {
            messages[k] = kit_text(in, "message");
        }
        expect(verify(keys, messages, n, kit_text(in, "signature"), POP_G2),
               json_is_true(json_object_get(v, "output")), v, "fast");
    }
    assert_true(i > 5);
    json_decref(root);
    root = kit_vectors("bls12-381-tests/batch_verify.json");
    json_array_foreach(root, i, v)
    {
        const json_t *in = json_object_get(v, "input");
        const char *keys[MANY];
        const char *messages[MANY];
        const char *signatures[MANY];
        size_t n = texts(keys, json_object_get(in, "pubkeys"));
        bool good = true;

        assert_int_equal(texts(messages, json_object_get(in, "messages")), n);
        assert_int_equal(texts(signatures, json_object_get(in, "signatures")),
                         n);
        for (size_t k = 0; k < n; k++) {
            good &= verify(&keys[k], &messages[k], 1, signatures[k], POP_G2);
        }
        expect(good, json_is_true(json_object_get(v, "output")), v, "batch");
    }
    assert_true(i >= 2);
    json_decref(root);
}

static void test_aggregate(void **state)
{
    json_t *root = kit_vectors("bls12-381-tests/aggregate.json");
    size_t i;
    json_t *v;

    (void)state;
    json_array_foreach(root, i, v)
    {
        const char *all[MANY];
        size_t n = texts(all, json_object_get(v, "input"));
        const char *want = json_string_value(json_object_get(v, "output"));
        uint8_t out[ATR_G2_BYTES];
        atr_g2_affine point;
        atr_g2 sum;

        atr_g2_identity(&sum);
        for (size_t k = 0; k < n; k++) {
            assert_int_equal(g2_read_hex(&point, plain(all[k])), ATR_OK);
            atr_g2_add_affine(&sum, &sum, &point);
        }
        assert_int_equal(want == NULL, n == 0);
        if (want != NULL) {
            atr_g2_to_affine(&point, &sum);
            atr_g2_write(out, &point);
            assert_hex(out, sizeof out, want);
        }
    }
    assert_true(i > 2);
    json_decref(root);
}

/* --- wycheproof --- */

static size_t wycheproof(const char *file)
{
    json_t *root = kit_vectors(file);
    size_t done = 0;
    size_t i;
    json_t *group;

    json_array_foreach(json_object_get(root, "testGroups"), i, group)
    {
        const char *dst = kit_text(group, "ciphersuite");
        const json_t *key = json_object_get(group, "publicKey");
        size_t k;
        json_t *t;

        json_array_foreach(json_object_get(group, "tests"), k, t)
        {
            const char *keys[MANY];
            const char *messages[MANY];
            size_t n = 1;
            bool good = true;

            if (key != NULL) {
                keys[0] = kit_text(key, "pk");
                messages[0] = kit_text(t, "msg");
            } else {
                n = texts(keys, json_object_get(t, "pubkeys"));
                good = texts(messages, json_object_get(t, "messages")) == n;
            }
            good = good && verify(keys, messages, n, kit_text(t, "sig"), dst);
            /* What is "acceptable" may go either way. */
            if (strcmp(kit_text(t, "result"), "acceptable") != 0) {
                expect(good, strcmp(kit_text(t, "result"), "valid") == 0, t,
                       file);
            }
            done++;
        }
    }
    json_decref(root);
    return done;
}

static void test_wycheproof(void **state)
{
    (void)state;
    assert_true(wycheproof("wycheproof/bls_sig_g2_basic_verify_test.json") >
                50);
    assert_true(wycheproof("wycheproof/bls_sig_g2_pop_verify_test.json") > 10);
    assert_true(wycheproof("wycheproof/bls_sig_g2_aggregate_verify_test.json") >
                10);
}

/* --- noble: "secret:message:signature" --- */

static void noble_line(char *line, bool on_g1)
{
    char *message = strchr(line, ':');
    char *signature = message == NULL ? NULL : strchr(message + 1, ':');
    uint8_t out[ATR_G2_BYTES];

    assert_non_null(signature);
    *message++ = '\0';
    *signature++ = '\0';
    if (on_g1) {
        atr_fr k = fr_of_hex(line);
        blob m = blob_of(message);
        atr_g1_affine point;
        atr_g1 product;

        atr_g1_hash(&point, text_bytes(NUL_G1), (atr_bytes){m.data, m.len});
        free(m.data);
        atr_g1_mul(&product, &point, &k);
        atr_g1_to_affine(&point, &product);
        atr_g1_write(out, &point);
        assert_hex(out, ATR_G1_BYTES, signature);
    } else {
        sign(out, line, message, NUL_G2);
        assert_hex(out, ATR_G2_BYTES, signature);
    }
}

static size_t noble(const char *file, bool on_g1)
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
        noble_line(line, on_g1);
        lines++;
    }
    free(text);
    return lines;
}

static void test_noble(void **state)
{
    (void)state;
    assert_true(noble("bls-sig-noble/bls12-381-g1-test-vectors.txt", true) >
                50);
    assert_true(noble("bls-sig-noble/bls12-381-g2-test-vectors.txt", false) >
                50);
}

/* --- CIP-0381: key in G2, augmented message, signature in G1 with the tag of
 * G2 --- */

static void test_cardano(void **state)
{
    static const char message[] = "Random value for test aug. "
                                  "blst is such a blast";
    char path[1024];
    size_t len;
    char *text;
    char *key;
    atr_g1_affine p[2];
    atr_g2_affine q[2];
    atr_pair pairs[2];
    atr_gt e;

    (void)state;
    kit_vectors_path(path, sizeof path,
                     "cardano-cip0381/bls_sig_aug_test_vectors.txt");
    text = (char *)kit_read(path, &len);
    key = strchr(text, '\n');
    assert_non_null(key);
    *key++ = '\0';
    key[strcspn(key, "\n")] = '\0';
    assert_int_equal(g1_read_hex(&p[0], text), ATR_OK);
    assert_int_equal(g2_read_hex(&q[1], key), ATR_OK);
    free(text);
    atr_g2_affine_neg(&q[0], &atr_g2_generator);
    atr_g1_hash(&p[1], text_bytes(NUL_G2), text_bytes(message));
    pairs_of(pairs, p, q, 2);
    atr_pairing_product(&e, pairs, 2);
    assert_true(atr_gt_is_one(&e));
    atr_g1_hash(&p[1], text_bytes(NUL_G2), text_bytes(message + 1));
    atr_pairing_product(&e, pairs, 2);
    assert_false(atr_gt_is_one(&e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sign),
        cmocka_unit_test(test_verify),
        cmocka_unit_test(test_aggregate_verify),
        cmocka_unit_test(test_aggregate),
        cmocka_unit_test(test_wycheproof),
        cmocka_unit_test(test_noble),
        cmocka_unit_test(test_cardano),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
