/* The list of generations in the configuration of a hall. */
#include "kit/kit.h"

#include "app/halld/generations.h"

#define ONES "1111111111111111111111111111111111111111111111111111111111111111"
#define TWOS "2222222222222222222222222222222222222222222222222222222222222222"

static uint32_t of(const char *list, int byte)
{
    uint8_t hm[32];

    memset(hm, byte, sizeof hm);
    return atr_generations_of(list, hm);
}

static void each_authority_has_its_own(void **state)
{
    static const char list[] = " " ONES "=7, " TWOS "=4294967295\t";

    (void)state;
    assert_int_equal(atr_generations_check(list), ATR_OK);
    assert_int_equal(of(list, 0x11), 7);
    assert_true(of(list, 0x22) == UINT32_MAX);
    assert_int_equal(of(list, 0x33), 0);
    assert_int_equal(atr_generations_check(""), ATR_OK);
    assert_int_equal(of("", 0x11), 0);
}

static void anything_else_is_refused(void **state)
{
    static const char *const wrong[] = {
        ONES,
        ONES "=",
        ONES "=x",
        ONES "=1x",
        ONES " =1",
        ONES "=-1",
        ONES "=4294967296",
        "=1",
        "1=1",
        ONES "1=1",
        ONES "=1;2",
        ONES "=99999999999999999999999999",
        ONES "=1 " TWOS,
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(atr_generations_check(wrong[i]), ATR_ERR_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_authority_has_its_own),
        cmocka_unit_test(anything_else_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
