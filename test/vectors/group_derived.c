/* Key exchange vectors on BLS12-381 made with noble-curves: the formula of
 * Burmester and Desmedt in G1, with the products of lib/kex/bd.c, and the
 * three-party exchange of Joux (ANTS 2000). */
#include "curve/g1.h"
#include "curve/pairing.h"
#include "kit/kit.h"

#define PARTIES_MAX 16

static void read_scalar(atr_fr *out, const json_t *text)
{
    uint8_t bytes[ATR_FR_BYTES];

    assert_int_equal(kit_unhex(bytes, sizeof bytes, json_string_value(text)),
                     32);
    assert_int_equal(atr_fr_read(out, bytes), ATR_OK);
}

typedef struct {
    size_t n;
    atr_fr x[PARTIES_MAX];
    atr_g1 z[PARTIES_MAX];
    atr_g1 each[PARTIES_MAX]; /* X */
} exchange;

static void check_point(const atr_g1 *got, const char *hex)
{
    uint8_t bytes[ATR_G1_BYTES];
    atr_g1_affine affine;

    atr_g1_to_affine(&affine, got);
    atr_g1_write(bytes, &affine);
    assert_hex(bytes, sizeof bytes, hex);
}

static void power(atr_g1 *out, const atr_g1 *a, const atr_fr *k)
{
    atr_g1_affine affine;

    atr_g1_to_affine(&affine, a);
    atr_g1_mul(out, &affine, k);
}

/* z_{i-1}^{n x_i} and the partial products of X_i, X_{i+1}, .. */
static void key_of_party(atr_g1 *out, const exchange *e, size_t i)
{
    atr_g1 partial = e->each[i];
    atr_fr times = atr_fr_of(e->n);

    atr_fr_mul(&times, &times, &e->x[i]);
    power(out, &e->z[(i + e->n - 1) % e->n], &times);
    atr_g1_add(out, out, &partial);
    for (size_t k = 1; k < e->n - 1; k++) {
        atr_g1_add(&partial, &partial, &e->each[(i + k) % e->n]);
        atr_g1_add(out, out, &partial);
    }
}

static void check_exchange(const json_t *entry)
{
    exchange e = {.n = (size_t)kit_int(entry, "n")};
    const json_t *secrets = json_object_get(entry, "secrets_be32");
    const json_t *z = json_object_get(entry, "z_g1");
    const json_t *each = json_object_get(entry, "X_g1");

    assert_true(e.n <= PARTIES_MAX);
    for (size_t i = 0; i < e.n; i++) {
        read_scalar(&e.x[i], json_array_get(secrets, i));
        atr_g1_mul(&e.z[i], &atr_g1_generator, &e.x[i]);
        check_point(&e.z[i], json_string_value(json_array_get(z, i)));
    }
    for (size_t i = 0; i < e.n; i++) {
        atr_g1 ratio;

        atr_g1_neg(&ratio, &e.z[(i + e.n - 1) % e.n]);
        atr_g1_add(&ratio, &ratio, &e.z[(i + 1) % e.n]);
        power(&e.each[i], &ratio, &e.x[i]);
        check_point(&e.each[i], json_string_value(json_array_get(each, i)));
    }
    for (size_t i = 0; i < e.n; i++) {
        atr_g1 key;

        key_of_party(&key, &e, i);
        check_point(&key, kit_text(entry, "key_g1"));
    }
}

static void burmester_desmedt_in_g1(void **state)
{
    json_t *file = kit_vectors("group-key-derived/burmester_desmedt_g1.json");
    json_t *cases = json_object_get(file, "cases");

    (void)state;
    assert_true(json_array_size(cases) >= 4);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        check_exchange(json_array_get(cases, i));
    }
    json_decref(file);
}

/* e(b g1, c g2)^a, for each party from the others' public points. */
static void check_joux(const json_t *entry)
{
    const json_t *publics = json_object_get(entry, "public");

    for (size_t i = 0; i < 3; i++) {
        const json_t *b = json_array_get(publics, (i + 1) % 3);
        const json_t *c = json_array_get(publics, (i + 2) % 3);
        uint8_t bytes[ATR_GT_BYTES];
        atr_g1_affine p;
        atr_g2_affine q;
        atr_gt shared;
        atr_fr x;

        read_scalar(&x,
                    json_array_get(json_object_get(entry, "secrets_be32"), i));
        kit_unhex(bytes, sizeof bytes, kit_text(b, "g1"));
        assert_int_equal(atr_g1_read(&p, bytes), ATR_OK);
        kit_unhex(bytes, sizeof bytes, kit_text(c, "g2"));
        assert_int_equal(atr_g2_read(&q, bytes), ATR_OK);
        atr_pairing(&shared, &p, &q);
        atr_gt_pow(&shared, &shared, &x);
        atr_gt_write(bytes, &shared);
        assert_hex(bytes, sizeof bytes,
                   kit_text(entry, "shared_gt_natural_hex"));
    }
}

static void joux(void **state)
{
    json_t *file = kit_vectors("group-key-derived/joux.json");
    json_t *cases = json_object_get(file, "cases");

    (void)state;
    assert_true(json_array_size(cases) >= 4);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        check_joux(json_array_get(cases, i));
    }
    json_decref(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(burmester_desmedt_in_g1),
        cmocka_unit_test(joux),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
