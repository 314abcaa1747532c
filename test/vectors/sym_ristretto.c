/* ristretto255: RFC 9496, appendix A.1 (multiples of the generator), A.3
 * (encodings to refuse). */
#include "kit/kit.h"
#include "sym/ristretto.h"

static const char *const multiples[] = {
    "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
    "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
    "94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259",
    "da80862773358b466ffadfe0b3293ab3d9fd53c5ea6c955358f568322daf6a57",
    "e882b131016b52c1d3337080187cf768423efccbb517bb495ab812c4160ff44e",
};

static const char *const refused[] = {
    /* not canonical */
    "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "f3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    /* negative */
    "0100000000000000000000000000000000000000000000000000000000000000",
    "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20",
    "c34c4e1826e5d403b78e246e88aa051c36ccf0aafebffe137d148a2bf9104562",
    /* no square */
    "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371",
    "4eac077a713c57b4f4397629a4145982c661f48044dd3f96427d40b147d9742f",
    /* the identity, which is no contribution */
    "0000000000000000000000000000000000000000000000000000000000000000",
};

static void multiples_of_the_generator(void **state)
{
    atr_ristretto sum = atr_ristretto_generator;

    (void)state;
    for (uint32_t k = 1; k <= 5; k++) {
        atr_ristretto_scalar scalar;
        atr_ristretto power;

        atr_ristretto_scalar_of(&scalar, k);
        atr_ristretto_mul(&power, &atr_ristretto_generator, &scalar);
        assert_hex(power.byte, 32, multiples[k - 1]);
        assert_hex(sum.byte, 32, multiples[k - 1]);
        atr_ristretto_add(&sum, &sum, &atr_ristretto_generator);
    }
}

static void what_is_no_point(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        static const atr_ristretto zero;
        uint8_t bytes[ATR_RISTRETTO_BYTES];
        atr_ristretto out;

        memset(&out, 1, sizeof out);
        kit_unhex(bytes, sizeof bytes, refused[i]);
        assert_int_equal(atr_ristretto_read(&out, bytes), ATR_ERR_INPUT);
        assert_memory_equal(&out, &zero, sizeof out);
    }
    for (size_t i = 0; i < 5; i++) {
        uint8_t bytes[ATR_RISTRETTO_BYTES];
        atr_ristretto out;

        kit_unhex(bytes, sizeof bytes, multiples[i]);
        assert_int_equal(atr_ristretto_read(&out, bytes), ATR_OK);
        assert_memory_equal(out.byte, bytes, sizeof bytes);
    }
}

static void laws(void **state)
{
    atr_rng rng;

    (void)state;
    kit_rng(&rng, kit_seed());
    for (size_t i = 0; i < 8; i++) {
        static const atr_ristretto identity;
        atr_ristretto_scalar a;
        atr_ristretto_scalar b;
        atr_ristretto p;
        atr_ristretto q;

        atr_ristretto_scalar_random(&a, &rng);
        atr_ristretto_scalar_random(&b, &rng);
        atr_ristretto_mul(&p, &atr_ristretto_generator, &a);
        atr_ristretto_mul(&p, &p, &b);
        atr_ristretto_scalar_mul(&a, &a, &b);
        atr_ristretto_mul(&q, &atr_ristretto_generator, &a);
        assert_memory_equal(&p, &q, sizeof p);
        atr_ristretto_sub(&q, &p, &q);
        assert_memory_equal(&q, &identity, sizeof q);
        atr_ristretto_scalar_inv(&a, &a);
        atr_ristretto_mul(&p, &p, &a);
        assert_memory_equal(&p, &atr_ristretto_generator, sizeof p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multiples_of_the_generator),
        cmocka_unit_test(what_is_no_point),
        cmocka_unit_test(laws),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
