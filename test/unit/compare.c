/* The network and the accountant of `attrium compare`. */
#include "kit/kit.h"

#include "app/attrium/compare/forms.h"
#include "app/attrium/compare/groups.h"
#include "app/attrium/compare/matrix.h"
#include "app/attrium/compare/methods.h"

#define LATENCY_MS 50.0
#define MBIT 8.0 /* a byte takes a microsecond */

static void open_stage(atr_stage *stage, const atr_method *method,
                       uint32_t most)
{
    assert_int_equal(atr_stage_open(stage, method, most, LATENCY_MS, MBIT),
                     ATR_OK);
}

/* Set-up, join, a leave of each place, refresh: one key and the counts of the
 * formulas. */
static void every_method_agrees_and_counts(void **state)
{
    (void)state;
    for (size_t m = 0; m < atr_method_count; m++) {
        for (uint32_t n = 2; n <= 5; n++) {
            atr_compare_row row;
            atr_stage stage;

            open_stage(&stage, atr_methods[m], 8);
            assert_int_equal(atr_stage_fill(&stage, n), ATR_OK);
            assert_int_equal(atr_stage_step(&row, &stage, ATR_GROUP_SETUP, 0),
                             ATR_OK);
            assert_true(row.is_checked);
            assert_int_equal(row.n, n);
            for (uint32_t who = 0; who <= n; who++) {
                assert_int_equal(
                    atr_stage_step(&row, &stage, ATR_GROUP_JOIN, 0), ATR_OK);
                assert_true(row.is_checked);
                assert_int_equal(row.n, n);
                assert_int_equal(
                    atr_stage_step(&row, &stage, ATR_GROUP_LEAVE, who), ATR_OK);
                assert_true(row.is_checked);
                assert_int_equal(row.n, n);
            }
            assert_int_equal(atr_stage_step(&row, &stage, ATR_GROUP_REFRESH, 0),
                             ATR_OK);
            atr_stage_close(&stage);
        }
    }
}

/* What is too large to be set up is prepared, and goes on like the others. */
static void a_prepared_group_changes_like_one_that_was_set_up(void **state)
{
    (void)state;
    for (size_t m = 0; m < atr_method_count; m++) {
        atr_compare_row row;
        atr_stage stage;

        if (atr_methods[m]->prepare == NULL) {
            continue;
        }
        open_stage(&stage, atr_methods[m], 8);
        assert_int_equal(atr_stage_fill(&stage, 4), ATR_OK);
        assert_int_equal(atr_stage_prepare(&stage), ATR_OK);
        for (int step = ATR_GROUP_JOIN; step <= ATR_GROUP_REFRESH; step++) {
            assert_int_equal(
                atr_stage_step(&row, &stage, (atr_group_step)step, 2), ATR_OK);
            assert_true(row.is_checked);
        }
        atr_stage_close(&stage);
    }
}

/* r rounds take r latencies, the bytes of each message on its line, and the
 * processor's time. */
static void time_is_latency_and_bandwidth_and_work(void **state)
{
    (void)state;
    for (size_t m = 0; m < atr_method_count; m++) {
        atr_compare_row row;
        atr_stage stage;

        open_stage(&stage, atr_methods[m], 8);
        assert_int_equal(atr_stage_fill(&stage, 4), ATR_OK);
        assert_int_equal(atr_stage_step(&row, &stage, ATR_GROUP_SETUP, 0),
                         ATR_OK);
        assert_true(row.path_ms >= row.rounds * LATENCY_MS);
        assert_true(row.path_ms <= row.rounds * LATENCY_MS +
                                       (double)row.sent / 1000 + row.cpu_ms);
        assert_true(row.cpu_max_ms <= row.cpu_ms);
        assert_true(row.sent_max <= row.sent && row.sent <= row.received + 1);
        atr_stage_close(&stage);
    }
}

static bool wrong_form(atr_form *out, const atr_stage *stage,
                       atr_group_step step)
{
    atr_form_group(out, ATR_GROUP_BD, step, stage->count);
    out->ops.of[ATR_OP_POWER]++;
    return true;
}

static void a_count_that_is_off_is_told(void **state)
{
    atr_method method = atr_method_bd;
    atr_compare_row row;
    atr_stage stage;

    (void)state;
    method.form = wrong_form;
    open_stage(&stage, &method, 4);
    assert_int_equal(atr_stage_fill(&stage, 3), ATR_OK);
    assert_int_equal(atr_stage_step(&row, &stage, ATR_GROUP_SETUP, 0),
                     ATR_ERR_AUTH);
    assert_string_equal(stage.fault, "powers are not as the formula says");
    atr_stage_close(&stage);
}

static bool one_key_each(uint8_t out[ATR_GROUP_KEY_BYTES], const void *party)
{
    bool is_there = atr_method_bd.key(out, party);

    out[0] ^= ((const atr_group *)party)->self == 1;
    return is_there;
}

static void a_key_that_differs_is_told(void **state)
{
    atr_method method = atr_method_bd;
    atr_compare_row row;
    atr_stage stage;

    (void)state;
    method.key = one_key_each;
    open_stage(&stage, &method, 4);
    assert_int_equal(atr_stage_fill(&stage, 3), ATR_OK);
    assert_int_equal(atr_stage_step(&row, &stage, ATR_GROUP_SETUP, 0),
                     ATR_ERR_AUTH);
    assert_string_equal(stage.fault, "the parties do not hold one new key");
    atr_stage_close(&stage);
}

static void count_progress(void *context, const atr_groups_one *group,
                           size_t before)
{
    size_t *told = context;

    assert_non_null(group);
    assert_int_equal(before, (*told)++);
}

#define GROUPS 12

/* Several at a time give each group its rows, whatever the number of threads;
 * one that fails is named, and ends it. */
static void groups_run_side_by_side(void **state)
{
    static atr_groups_one one[GROUPS];
    atr_method broken = atr_method_bd;

    (void)state;
    broken.form = wrong_form;
    for (uint32_t threads = 1; threads <= GROUPS + 1; threads += 4) {
        size_t told = 0;
        atr_groups groups = {.one = one,
                             .count = GROUPS,
                             .latency_ms = LATENCY_MS,
                             .mbit_per_s = MBIT,
                             .threads = threads,
                             .progress = count_progress,
                             .context = &told};

        for (size_t i = 0; i < GROUPS; i++) {
            one[i] = (atr_groups_one){.method = i % 2 == 0 ? &atr_method_bd
                                                           : &atr_method_gdh2,
                                      .n = (uint32_t)(2 + i % 5)};
        }
        assert_int_equal(atr_groups_run(&groups), ATR_OK);
        assert_int_equal(told, GROUPS);
        for (size_t i = 0; i < GROUPS; i++) {
            assert_int_equal(one[i].count, ATR_GROUPS_STEPS);
            for (size_t k = 0; k < ATR_GROUPS_STEPS; k++) {
                assert_string_equal(one[i].row[k].method, one[i].method->name);
                assert_int_equal(one[i].row[k].step, k);
                assert_int_equal(one[i].row[k].n, one[i].n);
                assert_true(one[i].row[k].is_checked);
            }
        }
        one[GROUPS / 2].method = &broken;
        told = 0;
        assert_int_equal(atr_groups_run(&groups), ATR_ERR_AUTH);
        assert_ptr_equal(groups.failed, &one[GROUPS / 2]);
        assert_string_equal(groups.fault, "powers are not as the formula says");
    }
}

/* Each claim of the matrix names a test or a heading that is there. */
static void the_matrix_points_to_what_is_there(void **state)
{
    const char *source = getenv("ATTRIUM_SOURCE");

    (void)state;
    for (size_t i = 0; i < atr_matrix_rows; i++) {
        for (size_t f = 0; f < ATR_FAMILIES; f++) {
            const char *link = atr_matrix[i].cell[f].link;
            const char *name = strchr(link, '#');
            size_t len = name == NULL ? strlen(link) : (size_t)(name - link);
            char path[1024];
            uint8_t *text;
            size_t text_len;

            assert_true(strlen(atr_matrix[i].cell[f].why) > 8);
            snprintf(path, sizeof path, "%s/%.*s",
                     source != NULL ? source : ".", (int)len, link);
            text = kit_read(path, &text_len);
            if (name != NULL && strstr((const char *)text, name + 1) == NULL) {
                print_error("%s is not there\n", link);
                fail();
            }
            free(text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_agrees_and_counts),
        cmocka_unit_test(a_prepared_group_changes_like_one_that_was_set_up),
        cmocka_unit_test(time_is_latency_and_bandwidth_and_work),
        cmocka_unit_test(a_count_that_is_off_is_told),
        cmocka_unit_test(a_key_that_differs_is_told),
        cmocka_unit_test(groups_run_side_by_side),
        cmocka_unit_test(the_matrix_points_to_what_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
