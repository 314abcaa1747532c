/* Clients that ask and ask and never read what they are told. */
#include "kit/kit.h"
#include "sim/stage.h"

#define LIMIT 1000000
#define ASKED 100 /* questions in one piece */

static size_t build_look(uint8_t out[37], const uint8_t room[32])
{
    atr_builder builder = atr_builder_of(out, 37);

    atr_build_u32(&builder, 33);
    atr_build_u8(&builder, ATR_FRAME_LOOK);
    atr_build_bytes(&builder, (atr_bytes){room, 32});
    return builder.len;
}

static size_t build_list(uint8_t out[37])
{
    static const uint8_t first[32] = {0};
    size_t len = build_look(out, first);

    out[4] = ATR_FRAME_LIST;
    return len;
}

/* Returns how much the hall holds for the client in the end. */
static size_t ask(stage *s, const uint8_t *question, size_t len)
{
    static uint8_t bytes[ASKED * 37];
    const uint32_t conn = STAGE_RAW;
    size_t most = 0;
    atr_err err = ATR_OK;

    for (size_t i = 0; i < ASKED; i++) {
        memcpy(bytes + i * len, question, len);
    }
    assert_int_equal(atr_hall_opened(s->hall, conn, s->now), ATR_OK);
    for (size_t i = 0; i < 2000 && err == ATR_OK; i++) {
        size_t held;

        err = atr_hall_recv(s->hall, conn, (atr_bytes){bytes, ASKED * len},
                            s->now);
        assert_int_equal(atr_hall_flush(s->hall, s->now), ATR_OK);
        held = atr_hall_outgoing(s->hall, conn).len;
        most = held > most ? held : most;
    }
    assert_int_equal(err, ATR_ERR_LIMIT);
    assert_true(atr_hall_is_over(s->hall, conn));
    assert_true(atr_hall_outgoing(s->hall, conn).len <= LIMIT);
    atr_hall_closed(s->hall, conn, s->now);
    return most;
}

static void who_does_not_read_is_cut(void **state)
{
    static stage s;
    uint8_t question[37];
    atr_hall_stats stats;
    size_t before;

    (void)state;
    stage_init(&s, false);
    stage_stop_hall(&s);
    s.limits.conn_bytes_max = LIMIT;
    stage_start_hall(&s);
    before = s.hall_mem.used;
    assert_true(ask(&s, question, build_look(question, s.room)) <
                LIMIT + ATR_FRAME_BYTES_MAX);
    assert_true(ask(&s, question, build_list(question)) <
                LIMIT + ATR_FRAME_BYTES_MAX);
    atr_hall_stats_of(s.hall, &stats);
    assert_int_equal(stats.cut_slow, 2);
    assert_true(s.hall_mem.used <= before + 4096);
    stage_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_does_not_read_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
