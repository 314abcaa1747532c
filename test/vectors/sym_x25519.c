/* X25519 against RFC 7748, 5.2 and 6.1 (typed in), and Wycheproof's set
 * x25519, every case.
 *
 * Wycheproof's "acceptable" means that RFC 7748 leaves it open. Decided here:
 * public keys on the twist and non-canonical ones are computed as any other
 * (the function needs no check), and a result of all zeros, from a public key
 * of low order, is refused with ATR_ERR_AUTH.
 */
#include "kit/kit.h"

#include "sym/x25519.h"

static const uint8_t zero[ATR_X25519_BYTES];

static void one(const char *secret_hex, const char *public_hex,
                const char *shared_hex, const char *what)
{
    uint8_t secret_key[ATR_X25519_BYTES];
    uint8_t public_key[ATR_X25519_BYTES];
    uint8_t expected[ATR_X25519_BYTES];
    uint8_t shared[ATR_X25519_BYTES];
    atr_err err;

    kit_unhex(secret_key, sizeof secret_key, secret_hex);
    kit_unhex(public_key, sizeof public_key, public_hex);
    kit_unhex(expected, sizeof expected, shared_hex);
    memset(shared, 0xee, sizeof shared);
    err = atr_x25519_shared(shared, secret_key, public_key);
    if (memcmp(expected, zero, sizeof zero) == 0 ? err != ATR_ERR_AUTH
                                                 : err != ATR_OK) {
        fail_msg("%s: %s", what, atr_err_text(err));
    }
    if (memcmp(shared, expected, sizeof shared) != 0) {
        fail_msg("%s: another result", what);
    }
}

static void known(void **state)
{
    static const char alice[] =
        "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
    uint8_t secret_key[ATR_X25519_BYTES];
    uint8_t public_key[ATR_X25519_BYTES];

    (void)state;
    kit_unhex(secret_key, sizeof secret_key, alice);
    atr_x25519_public(public_key, secret_key);
    assert_hex(public_key, sizeof public_key,
               "8520f0098930a754748b7ddcb43ef75a"
               "0dbf3a0d26381af4eba4a98eaa9b4e6a");
    one(alice,
        "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
        "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
        "RFC 7748, 6.1");
}

/* RFC 7748, 5.2: the function applied to its own results. */
static void iterated(void **state)
{
    uint8_t k[ATR_X25519_BYTES] = {9};
    uint8_t u[ATR_X25519_BYTES] = {9};
    uint8_t next[ATR_X25519_BYTES];

    (void)state;
    for (unsigned i = 1; i <= 1000; i++) {
        assert_int_equal(atr_x25519_shared(next, k, u), ATR_OK);
        memcpy(u, k, sizeof u);
        memcpy(k, next, sizeof k);
        if (i == 1) {
            assert_hex(k, sizeof k,
                       "422c8e7a6227d7bca1350b3e2bb7279f"
                       "7897b87bb6854b783c60e80311ae3079");
        }
    }
    assert_hex(k, sizeof k,
               "684cf59ba83309552800ef566f2f4d3c"
               "1c3887c49360e3875f2eb94d99532c51");
}

/* The points of order 1, 2, 4 and 8 and their other encodings give zero with
 * any key: computed by hand from the order, listed in RFC 7748's reference
 * to contributory behaviour. */
static void low_order(void **state)
{
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    };

    (void)state;
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        one("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
            points[i],
            "0000000000000000000000000000000000000000000000000000000000000000",
            points[i]);
    }
}

static void wycheproof(void **state)
{
    json_t *root = kit_vectors("wycheproof/x25519_test.json");
    size_t count = 0;
    size_t g;
    size_t t;
    json_t *group;
    json_t *test;

    (void)state;
    json_array_foreach(json_object_get(root, "testGroups"), g, group)
    {
        json_array_foreach(json_object_get(group, "tests"), t, test)
        {
            char what[128];

            snprintf(what, sizeof what, "tcId %d: %.80s",
                     (int)kit_int(test, "tcId"), kit_text(test, "comment"));
            one(kit_text(test, "private"), kit_text(test, "public"),
                kit_text(test, "shared"), what);
            count++;
        }
    }
    print_message("# %zu cases\n", count);
    assert_int_equal(count, kit_int(root, "numberOfTests"));
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known),
        cmocka_unit_test(iterated),
        cmocka_unit_test(low_order),
        cmocka_unit_test(wycheproof),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
