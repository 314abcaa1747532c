/* Boneh-Franklin as others deploy it: drand's time lock and MystenLabs' Seal,
 * ../shared/vectors/ibe-bf.
 *
 * Their domains and ways of hashing are not ours, so lib/scheme/bf.c cannot
 * open their ciphertexts; but it is made of the same pieces, and these are
 * compared one by one: the point of an identity, master and identity keys, the
 * check of a key, the values of pairings byte for byte, and, for the time
 * lock, whose hashes are SHA-256, the whole decryption with its check. What
 * Seal does with a pairing (SHA3, its DEM, sharing over GF(2^8)) and the form
 * of its files are not in this library.
 */
#include "kit/curve.h"
#include "sym/hash.h"

/* GT as drand writes it: our twelve coordinates from the last to the first. */
static void write_reversed(uint8_t out[ATR_GT_BYTES], const atr_gt *a)
{
    uint8_t bytes[ATR_GT_BYTES];

    atr_gt_write(bytes, a);
    for (size_t i = 0; i < 12; i++) {
        memcpy(out + 48 * i, bytes + 48 * (11 - i), 48);
    }
}

/* GT as blst writes it: by powers of w, so c0 and c1 by turns. */
static void write_by_w(uint8_t out[ATR_GT_BYTES], const atr_gt *a)
{
    uint8_t bytes[ATR_GT_BYTES];

    atr_gt_write(bytes, a);
    for (size_t i = 0; i < 3; i++) {
        memcpy(out + 192 * i, bytes + 96 * i, 96);
        memcpy(out + 192 * i + 96, bytes + 288 + 96 * i, 96);
    }
}

static size_t unhex(uint8_t *out, size_t cap, const json_t *object,
                    const char *name)
{
    return kit_unhex(out, cap, kit_text(object, name));
}

static void g1_of(atr_g1_affine *out, const json_t *object, const char *name)
{
    uint8_t bytes[ATR_G1_BYTES];

    assert_int_equal(unhex(bytes, sizeof bytes, object, name), sizeof bytes);
    assert_int_equal(atr_g1_read(out, bytes), ATR_OK);
}

static void g2_of(atr_g2_affine *out, const json_t *object, const char *name)
{
    uint8_t bytes[ATR_G2_BYTES];

    assert_int_equal(unhex(bytes, sizeof bytes, object, name), sizeof bytes);
    assert_int_equal(atr_g2_read(out, bytes), ATR_OK);
}

/* e(p1, q1) = e(p2, q2) */
static bool same_pairing(const atr_g1_affine *p1, const atr_g2_affine *q1,
                         const atr_g1_affine *p2, const atr_g2_affine *q2)
{
    atr_gt left;
    atr_gt right;

    atr_pairing(&left, p1, q1);
    atr_pairing(&right, p2, q2);
    return atr_gt_equal(&left, &right) != 0;
}

static bool tlock_key_fits(const json_t *c)
{
    const atr_bytes dst = text_bytes(kit_text(c, "dst"));
    uint8_t id[32];
    atr_g1_affine p[2];
    atr_g2_affine q[2];

    assert_int_equal(unhex(id, sizeof id, c, "identity_hex"), 32);
    if (strcmp(kit_text(c, "master_public_key_group"), "G2") == 0) {
        g2_of(&q[0], c, "master_public_key");
        g1_of(&p[0], c, "private_key");
        atr_g1_hash(&p[1], dst, ATR_BYTES(id));
        return same_pairing(&p[0], &atr_g2_generator, &p[1], &q[0]);
    }
    g1_of(&p[0], c, "master_public_key");
    g2_of(&q[0], c, "private_key");
    atr_g2_hash(&q[1], dst, ATR_BYTES(id));
    return same_pairing(&atr_g1_generator, &q[0], &p[0], &q[1]);
}

static void tlock_private_keys(void **state)
{
    json_t *file = kit_vectors("ibe-bf/tlock_private_keys.json");
    const json_t *cases = json_object_get(file, "cases");

    (void)state;
    assert_true(json_array_size(cases) >= 4);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i);

        assert_int_equal(tlock_key_fits(c),
                         json_is_true(json_object_get(c, "valid")));
    }
    json_decref(file);
}

/* H2 and H4: the start of SHA-256 of a name and what is hashed. */
static void unmask(uint8_t out[16], const uint8_t in[16], const char *name,
                   atr_bytes hashed)
{
    uint8_t digest[32];
    atr_hash hash;

    atr_hash_init(&hash);
    atr_hash_update(&hash, text_bytes(name));
    atr_hash_update(&hash, hashed);
    atr_hash_final(&hash, digest);
    for (size_t i = 0; i < 16; i++) {
        out[i] = in[i] ^ digest[i];
    }
}

/* H3: the first i for which SHA-256(le16(i) || x), a bit cut off, is below r.
 */
static void tlock_h3(atr_fr *out, const uint8_t sigma[16],
                     const uint8_t message[16])
{
    uint8_t x[32];
    uint8_t t[32];
    atr_hash hash;

    atr_hash_init(&hash);
    atr_hash_update(&hash, ATR_LITERAL("IBE-H3"));
    atr_hash_update(&hash, (atr_bytes){sigma, 16});
    atr_hash_update(&hash, (atr_bytes){message, 16});
    atr_hash_final(&hash, x);
    for (unsigned i = 1;; i++) {
        const uint8_t number[2] = {(uint8_t)i, (uint8_t)(i >> 8)};

        assert_true(i < 65535);
        atr_hash_init(&hash);
        atr_hash_update(&hash, ATR_BYTES(number));
        atr_hash_update(&hash, ATR_BYTES(x));
        atr_hash_final(&hash, t);
        t[0] >>= 1;
        if (atr_fr_read(out, t) == ATR_OK) {
            return;
        }
    }
}

/* Decrypts all but the check: sigma, the message, and r. */
static void tlock_open(uint8_t sigma[16], uint8_t message[16], atr_fr *r,
                       const atr_gt *z, const json_t *c)
{
    uint8_t bytes[ATR_GT_BYTES];
    uint8_t v[16];
    uint8_t w[16];

    assert_int_equal(unhex(v, sizeof v, c, "V"), 16);
    assert_int_equal(unhex(w, sizeof w, c, "W"), 16);
    write_reversed(bytes, z);
    unmask(sigma, v, "IBE-H2", ATR_BYTES(bytes));
    unmask(message, w, "IBE-H4", (atr_bytes){sigma, 16});
    tlock_h3(r, sigma, message);
}

static void tlock_fullident(void **state)
{
    json_t *file = kit_vectors("ibe-bf/tlock_fullident.json");
    const json_t *c = json_array_get(json_object_get(file, "cases"), 0);
    const json_t *derived = json_object_get(c, "derived");
    uint8_t id[32];
    uint8_t bytes[ATR_GT_BYTES];
    uint8_t sigma[16];
    uint8_t message[16];
    atr_g2_affine mpk;
    atr_g2_affine u;
    atr_g2_affine again;
    atr_g1_affine d;
    atr_g1_affine q;
    atr_g2 point;
    atr_gt z;
    atr_fr r;

    (void)state;
    assert_int_equal(unhex(id, sizeof id, c, "identity_hex"), 32);
    atr_g1_hash(&q, text_bytes(kit_text(c, "dst")), ATR_BYTES(id));
    atr_g1_write(bytes, &q);
    assert_hex(bytes, ATR_G1_BYTES, kit_text(derived, "Qid"));
    g1_of(&d, c, "private_key_g1");
    g2_of(&mpk, c, "master_public_key_g2");
    assert_true(same_pairing(&d, &atr_g2_generator, &q, &mpk));
    g2_of(&u, c, "U");
    atr_pairing(&z, &d, &u);
    write_reversed(bytes, &z);
    assert_hex(bytes, sizeof bytes, kit_text(derived, "rGid_kilic_hex"));
    tlock_open(sigma, message, &r, &z, c);
    assert_hex(sigma, 16, kit_text(derived, "sigma"));
    assert_hex(message, 16, kit_text(derived, "message"));
    atr_fr_write(bytes, &r);
    assert_hex(bytes, 32, kit_text(derived, "r"));
    atr_g2_mul(&point, &atr_g2_generator, &r);
    atr_g2_to_affine(&again, &point);
    assert_true(atr_g2_affine_equal(&again, &u)); /* the check */
    json_decref(file);
}

/* Made with an older H3: what comes out of the masks is right, and the check
 * refuses it. */
static void tlock_whose_check_fails(void **state)
{
    json_t *file = kit_vectors("ibe-bf/tlock_fullident.json");
    const json_t *c = json_array_get(json_object_get(file, "cases"), 1);
    uint8_t sigma[16];
    uint8_t message[16];
    atr_g2_affine d;
    atr_g1_affine u;
    atr_g1_affine again;
    atr_g1 point;
    atr_gt z;
    atr_fr r;

    (void)state;
    g2_of(&d, c, "private_key_g2");
    g1_of(&u, c, "U");
    atr_pairing(&z, &u, &d);
    tlock_open(sigma, message, &r, &z, c);
    assert_hex(message, 16, kit_text(c, "message_by_xor"));
    atr_g1_mul(&point, &atr_g1_generator, &r);
    atr_g1_to_affine(&again, &point);
    assert_false(atr_g1_affine_equal(&again, &u));
    json_decref(file);
}

static void tlock_values_in_gt(void **state)
{
    json_t *file = kit_vectors("ibe-bf/tlock_fullident.json");
    const json_t *known = json_object_get(file, "gt_kats");
    static const uint8_t zero[16];
    uint8_t bytes[ATR_GT_BYTES];
    uint8_t mask[16];
    atr_gt square;

    (void)state;
    write_reversed(bytes, &atr_gt_generator);
    unmask(mask, zero, "IBE-H2", ATR_BYTES(bytes));
    assert_hex(mask, 16, kit_text(known, "H2_of_e_G1_G2_16"));
    atr_gt_mul(&square, &atr_gt_generator, &atr_gt_generator);
    write_reversed(bytes, &square);
    assert_hex(bytes, sizeof bytes,
               kit_text(known, "GT_generator_squared_kilic"));
    json_decref(file);
}

/* Seal hashes its name and the identity. */
static void seal_point(atr_g1_affine *out, const json_t *file, const json_t *c)
{
    uint8_t message[256];
    const char *prefix = kit_text(file, "id_prefix");
    size_t len = strlen(prefix);

    memcpy(message, prefix, len);
    len += unhex(message + len, sizeof message - len, c, "identity_hex");
    atr_g1_hash(out, text_bytes(kit_text(file, "dst_hash_to_g1")),
                (atr_bytes){message, len});
}

static void seal_extract(void **state)
{
    json_t *file = kit_vectors("ibe-bf/seal_extract.json");
    const json_t *cases = json_object_get(file, "cases");

    (void)state;
    assert_true(json_array_size(cases) >= 4);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i);
        uint8_t bytes[ATR_G2_BYTES];
        atr_g1_affine q;
        atr_g2_affine mpk;
        atr_g1 d;
        atr_g2 p;
        atr_fr s;

        assert_int_equal(unhex(bytes, 32, c, "master_key_be"), 32);
        assert_int_equal(atr_fr_read(&s, bytes), ATR_OK);
        atr_g2_mul(&p, &atr_g2_generator, &s);
        atr_g2_to_affine(&mpk, &p);
        atr_g2_write(bytes, &mpk);
        assert_hex(bytes, ATR_G2_BYTES, kit_text(c, "public_key_g2"));
        seal_point(&q, file, c);
        atr_g1_write(bytes, &q);
        assert_hex(bytes, ATR_G1_BYTES, kit_text(c, "Qid_g1"));
        atr_g1_mul(&d, &q, &s);
        atr_g1_to_affine(&q, &d);
        atr_g1_write(bytes, &q);
        assert_hex(bytes, ATR_G1_BYTES, kit_text(c, "user_secret_key_g1"));
    }
    json_decref(file);
}

static void seal_verify_user_key(void **state)
{
    json_t *file = kit_vectors("ibe-bf/seal_verify_user_key.json");
    const json_t *cases = json_object_get(file, "cases");

    (void)state;
    assert_true(json_array_size(cases) >= 4);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i);
        atr_g1_affine d;
        atr_g1_affine q;
        atr_g2_affine mpk;

        g1_of(&d, c, "user_secret_key_g1");
        g2_of(&mpk, c, "public_key_g2");
        seal_point(&q, file, c);
        assert_int_equal(same_pairing(&d, &atr_g2_generator, &q, &mpk),
                         json_is_true(json_object_get(c, "valid")));
    }
    json_decref(file);
}

static size_t seal_pairings(const json_t *c)
{
    const json_t *parsed = json_object_get(c, "parsed");
    const json_t *derived = json_object_get(c, "derived");
    const json_t *values =
        json_object_get(derived, "pairing_values_blst_order");
    const json_t *keys = json_object_get(c, "user_secret_keys_g1");
    uint8_t bytes[ATR_GT_BYTES];
    atr_g2_affine u;

    if (values == NULL) {
        return 0;
    }
    g2_of(&u, parsed, "nonce_U_g2");
    for (size_t i = 0; i < json_array_size(values); i++) {
        atr_g1_affine d;
        atr_gt z;

        g1_of(&d, json_array_get(keys, i), "usk");
        atr_pairing(&z, &d, &u);
        write_by_w(bytes, &z);
        assert_hex(bytes, sizeof bytes,
                   json_string_value(json_array_get(values, i)));
    }
    return json_array_size(values);
}

/* The pairings inside Seal's ciphertexts, and U from its randomness. */
static void seal_decrypt(void **state)
{
    json_t *file = kit_vectors("ibe-bf/seal_decrypt.json");
    const json_t *cases = json_object_get(file, "cases");
    size_t values = 0;
    size_t nonces = 0;

    (void)state;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i);
        const json_t *derived = json_object_get(c, "derived");
        uint8_t bytes[ATR_G2_BYTES];
        atr_g2_affine u;
        atr_g2_affine expected;
        atr_g2 point;
        atr_fr r;

        values += seal_pairings(c);
        if (json_object_get(derived, "randomness") != NULL &&
            strcmp(kit_text(c, "expect"), "decrypt") == 0) {
            assert_int_equal(unhex(bytes, 32, derived, "randomness"), 32);
            assert_int_equal(atr_fr_read(&r, bytes), ATR_OK);
            atr_g2_mul(&point, &atr_g2_generator, &r);
            atr_g2_to_affine(&u, &point);
            g2_of(&expected, json_object_get(c, "parsed"), "nonce_U_g2");
            assert_true(atr_g2_affine_equal(&u, &expected));
            nonces++;
        }
    }
    printf("# %zu values of pairings, %zu nonces\n", values, nonces);
    assert_true(values >= 4 && nonces >= 2);
    json_decref(file);
}

static void scalars(void **state)
{
    json_t *file = kit_vectors("ibe-bf/scalar_be32.json");
    const json_t *cases = json_object_get(file, "cases");
    size_t read = 0;

    (void)state;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i);
        uint8_t bytes[64];
        atr_fr s;

        if (unhex(bytes, sizeof bytes, c, "hex") == ATR_FR_BYTES) {
            assert_int_equal(atr_fr_read(&s, bytes) == ATR_OK,
                             json_is_true(json_object_get(c, "valid")));
            read++;
        }
    }
    assert_true(read >= 4);
    json_decref(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tlock_private_keys),
        cmocka_unit_test(tlock_fullident),
        cmocka_unit_test(tlock_whose_check_fails),
        cmocka_unit_test(tlock_values_in_gt),
        cmocka_unit_test(seal_extract),
        cmocka_unit_test(seal_verify_user_key),
        cmocka_unit_test(seal_decrypt),
        cmocka_unit_test(scalars),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
