/* The derived vectors of ../shared/vectors/shamir: t of n over the scalar field
 * of BLS12-381. Those of RFC 9591 beside them are over other fields. */
#include "kit/kit.h"
#include "policy/shamir.h"

#define SHARES_MAX 16

static atr_fr fr_of(const json_t *text)
{
    uint8_t bytes[ATR_FR_BYTES];
    atr_fr out;

    assert_int_equal(kit_unhex(bytes, sizeof bytes, json_string_value(text)),
                     sizeof bytes);
    assert_int_equal(atr_fr_read(&out, bytes), ATR_OK);
    return out;
}

static size_t all_of(atr_fr *out, const json_t *list)
{
    assert_true(json_array_size(list) <= SHARES_MAX);
    for (size_t i = 0; i < json_array_size(list); i++) {
        out[i] = fr_of(json_array_get(list, i));
    }
    return json_array_size(list);
}

static void one_case(const json_t *c)
{
    const json_t *expected = json_object_get(c, "shares");
    const json_t *subset = json_object_get(c, "subset");
    const size_t n = (size_t)kit_int(c, "n");
    const size_t t = (size_t)kit_int(c, "t");
    const atr_fr secret = fr_of(json_object_get(c, "secret_be32"));
    atr_shamir_share shares[SHARES_MAX];
    atr_shamir_share some[SHARES_MAX];
    uint8_t place[SHARES_MAX];
    atr_fr poly[SHARES_MAX];
    atr_fr weight[SHARES_MAX];
    atr_fr known[SHARES_MAX];
    atr_fr got;

    assert_int_equal(all_of(poly, json_object_get(c, "coefficients_be32")), t);
    assert_int_equal(atr_shamir_split_derand(shares, n, poly, t), ATR_OK);
    assert_int_equal(json_array_size(expected), n);
    for (size_t i = 0; i < n; i++) {
        const json_t *share = json_array_get(expected, i);
        atr_fr y = fr_of(json_object_get(share, "y_be32"));

        assert_int_equal(kit_int(share, "x"), shares[i].place);
        assert_true(atr_fr_equal(&y, &shares[i].value));
    }
    assert_int_equal(json_array_size(subset), t);
    for (size_t i = 0; i < t; i++) {
        place[i] = (uint8_t)json_integer_value(json_array_get(subset, i));
        some[i] = shares[place[i] - 1];
    }
    atr_shamir_weights(weight, place, t, 0);
    assert_int_equal(all_of(known, json_object_get(c, "lagrange_at_zero_be32")),
                     t);
    for (size_t i = 0; i < t; i++) {
        assert_true(atr_fr_equal(&weight[i], &known[i]));
    }
    assert_int_equal(atr_shamir_combine(&got, some, t, t), ATR_OK);
    assert_true(atr_fr_equal(&got, &secret));
    assert_int_equal(atr_shamir_combine(&got, shares, n, t), ATR_OK);
    assert_true(atr_fr_equal(&got, &secret));
}

static void derived(void **state)
{
    json_t *file = kit_vectors("shamir/derived_fr.json");
    const json_t *cases = json_object_get(file, "cases");

    (void)state;
    assert_true(json_array_size(cases) >= 4);
    for (size_t i = 0; i < json_array_size(cases); i++) {
        one_case(json_array_get(cases, i));
    }
    printf("# %zu sharings\n", json_array_size(cases));
    json_decref(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(derived)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
