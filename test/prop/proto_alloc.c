/* The n-th request for memory fails, for every n: at a member, at the hall.
 * Nothing crashes, nothing leaks, and once there is memory again, whoever
 * reconnects is back in the room and nothing said is lost or said twice.
 */
#include "kit/kit.h"
#include "sim/stage.h"

static stage s;
static kit_heap heap;
static uint32_t period_s; /* of the room; 0: none */

static void reconnect_all(void)
{
    for (size_t i = 0; i < 3; i++) {
        stage_person *p = &s.people[i];

        if (p->member == NULL) {
            continue;
        }
        if (p->err != ATR_OK || p->refused.kind != 0) {
            stage_close(&s, i);
        }
        p->err = ATR_OK;
        p->refused.kind = 0;
        if (!p->is_open) {
            stage_open(&s, i);
        }
    }
}

static atr_period hour(uint64_t n)
{
    return (atr_period){STAGE_UNIX_S / 3600 + n, 0};
}

static void come(size_t who, size_t key)
{
    if (period_s != 0) {
        stage_come_in(&s, who, key, hour(0), false);
        stage_rekey(&s, who, hour(1));
    } else {
        stage_come_mem(&s, who, key);
    }
}

static void meet(void)
{
    for (size_t i = 0; i < 2; i++) {
        stage_wait(&s, 1000);
        stage_say(&s, i, "before");
    }
    stage_wait(&s, 1000);
    if (period_s != 0) { /* who is away for long is put out before */
        reconnect_all();
        stage_wait(&s, 3599000 - s.now);
        reconnect_all();
        stage_wait(&s, 1000);
        stage_say(&s, 0, "after");
        stage_wait(&s, 1000);
    }
}

/* After trouble: every text arrives once, at all. */
static void recover(size_t from)
{
    for (size_t round = 0; round < 12; round++) {
        reconnect_all();
        stage_wait(&s, 3000);
    }
    for (size_t i = from; i < 2; i++) {
        if (!atr_member_is_keyed(s.people[i].member)) {
            print_message("# %zu: err %d open %d epoch %d count %zu\n", i,
                          s.people[i].err, s.people[i].is_open,
                          (int)atr_member_epoch(s.people[i].member),
                          atr_member_count(s.people[i].member));
        }
        assert_true(atr_member_is_keyed(s.people[i].member));
        assert_int_equal(atr_member_waiting(s.people[i].member), 0);
        assert_true(s.people[i].own == s.people[i].sent);
    }
    assert_true(atr_member_epoch(s.people[0].member) ==
                atr_member_epoch(s.people[1].member));
}

static void members_run_out(uint32_t period)
{
    size_t n = 0;
    size_t asked;

    period_s = period;
    do {
        n++;
        stage_init_periods(&s, false, period_s);
        s.people[0].mem = stage_mem();
        come(0, 0);
        heap = (kit_heap){0};
        s.people[1].mem = kit_mem(&heap, SIZE_MAX);
        come(1, 1);
        heap.fail_at = n;
        heap.requests = 0;
        meet();
        asked = heap.requests;
        heap.fail_at = 0;
        recover(0);
        assert_int_equal(s.people[0].texts, 1);
        assert_int_equal(s.people[0].own, period_s != 0 ? 2 : 1);
        assert_int_equal(s.people[1].own, 1);
        stage_free(&s);
        assert_int_equal(heap.blocks, 0);
    } while (asked >= n && n < 2000);
    print_message("# %zu requests\n", n);
    assert_true(n > 20);
}

static void members_run_out_of_memory(void **state)
{
    (void)state;
    members_run_out(0);
}

static void members_run_out_when_it_turns(void **state)
{
    (void)state;
    members_run_out(3600);
}

static void halls_run_out(uint32_t period)
{
    size_t n = 0;
    size_t asked;

    period_s = period;
    do {
        n++;
        stage_init_periods(&s, false, period_s);
        stage_stop_hall(&s);
        heap = (kit_heap){0};
        s.hall_mem = kit_mem(&heap, SIZE_MAX);
        stage_start_hall(&s);
        heap.requests = 0;
        heap.fail_at = n;
        s.may_refuse = true;
        s.people[0].mem = stage_mem();
        s.people[1].mem = stage_mem();
        come(0, 0);
        come(1, 1);
        meet();
        asked = heap.requests;
        heap.fail_at = 0;
        recover(0);
        assert_int_equal(s.people[0].own, period_s != 0 ? 2 : 1);
        assert_int_equal(s.people[1].own, 1);
        stage_free(&s);
        assert_int_equal(heap.blocks, 0);
    } while (asked >= n && n < 2000);
    print_message("# %zu requests\n", n);
    assert_true(n > 20);
}

static void halls_run_out_of_memory(void **state)
{
    (void)state;
    halls_run_out(0);
}

static void halls_run_out_when_it_turns(void **state)
{
    (void)state;
    halls_run_out(3600);
}

static void halls_run_out_while_starting(void **state)
{
    atr_err err = ATR_ERR_LIMIT;

    (void)state;
    period_s = 0;
    stage_init(&s, false);
    stage_come(&s, 0, 0);
    stage_come(&s, 1, 1);
    meet();
    stage_stop_hall(&s);
    for (size_t n = 1; err != ATR_OK; n++) {
        heap = (kit_heap){0};
        s.hall_mem = kit_mem(&heap, SIZE_MAX);
        heap.fail_at = n;
        err = stage_try_hall(&s);
        assert_true(err == ATR_OK || err == ATR_ERR_LIMIT);
        assert_true(err == ATR_OK || heap.blocks == 0);
        assert_true(n < 1000);
    }
    heap.fail_at = 0;
    stage_free(&s);
    assert_int_equal(heap.blocks, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_run_out_of_memory),
        cmocka_unit_test(members_run_out_when_it_turns),
        cmocka_unit_test(halls_run_out_of_memory),
        cmocka_unit_test(halls_run_out_when_it_turns),
        cmocka_unit_test(halls_run_out_while_starting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
