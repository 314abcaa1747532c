/* Errors, comparisons, masks; and that a wipe stays where the compiler could
 * drop it: a function runs on a stack of the test's own, which is searched
 * afterwards for what the function held.
 */
#include "kit/kit.h"

#include <ucontext.h>

#include "base/mask.h"

static void every_error_has_a_text(void **state)
{
    (void)state;
    for (int err = ATR_OK; err <= ATR_ERR_IO; err++) {
        assert_string_not_equal(atr_err_text((atr_err)err), "unknown error");
        for (int other = ATR_OK; other < err; other++) {
            assert_string_not_equal(atr_err_text((atr_err)err),
                                    atr_err_text((atr_err)other));
        }
    }
    assert_string_equal(atr_err_text((atr_err)(ATR_ERR_IO + 1)),
                        "unknown error");
}

static void comparisons(void **state)
{
    uint8_t a[33] = {0};
    uint8_t b[33] = {0};

    (void)state;
    assert_true(atr_bytes_equal((atr_bytes){NULL, 0}, ATR_LITERAL("")));
    assert_true(atr_bytes_equal(ATR_LITERAL("ab"), ATR_LITERAL("ab")));
    assert_false(atr_bytes_equal(ATR_LITERAL("ab"), ATR_LITERAL("abc")));
    assert_false(atr_bytes_equal(ATR_LITERAL("ab"), ATR_LITERAL("ac")));
    assert_true(atr_secret_equal(NULL, NULL, 0));
    for (size_t bit = 0; bit < 8 * sizeof a; bit++) {
        assert_true(atr_secret_equal(a, b, sizeof a));
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(atr_secret_equal(a, b, sizeof a));
        b[bit / 8] = 0;
    }
}

static void masks(void **state)
{
    static const uint64_t values[] = {0,          1,          2,
                                      1ULL << 32, 1ULL << 63, UINT64_MAX};

    (void)state;
    assert_true(atr_mask_from_bit(1) == UINT64_MAX);
    assert_true(atr_mask_from_bit(0) == 0);
    for (size_t i = 0; i < 6; i++) {
        assert_true(atr_mask_is_zero(values[i]) ==
                    (values[i] == 0 ? UINT64_MAX : 0));
        for (size_t j = 0; j < 6; j++) {
            assert_true(atr_mask_equal(values[i], values[j]) ==
                        (i == j ? UINT64_MAX : 0));
            assert_true(atr_mask_select(UINT64_MAX, values[i], values[j]) ==
                        values[i]);
            assert_true(atr_mask_select(0, values[i], values[j]) == values[j]);
        }
    }
}

/* --- the wipe ----------------------------------------------------------- */

#define STACK_BYTES (256 * 1024)

static uint8_t stack[STACK_BYTES];
static volatile uint8_t sink;
static ucontext_t home;
static ucontext_t away;

/* A pattern that stands nowhere else: computed, never a constant in memory. */
static void fill(uint8_t *secret, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        secret[i] = (uint8_t)(0xa5 ^ (i * 29));
        sink = secret[i];
    }
}

static void holds_and_wipes(void)
{
    uint8_t secret[64];

    fill(secret, sizeof secret);
    atr_wipe(secret, sizeof secret);
}

static void holds_and_leaves(void)
{
    uint8_t secret[64];

    fill(secret, sizeof secret);
    __asm__ volatile("" : : "r"(secret) : "memory");
}

static bool left_on_stack(void (*run)(void))
{
    uint8_t pattern[64];

    memset(stack, 0, sizeof stack);
    getcontext(&away);
    away.uc_stack.ss_sp = stack;
    away.uc_stack.ss_size = sizeof stack;
    away.uc_link = &home;
    makecontext(&away, run, 0);
    swapcontext(&home, &away);
    fill(pattern, sizeof pattern);
    return memmem(stack, sizeof stack, pattern, 16) != NULL;
}

static void wipe_survives_the_compiler(void **state)
{
    (void)state;
    assert_true(left_on_stack(holds_and_leaves)); /* the search finds */
    assert_false(left_on_stack(holds_and_wipes));
    atr_wipe(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_has_a_text),
        cmocka_unit_test(comparisons),
        cmocka_unit_test(masks),
        cmocka_unit_test(wipe_survives_the_compiler),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
