/* Where the network cuts a stream makes no difference: each transcript, cut
 * at every byte, leads to the same answers and the same state.
 */
#include "kit/kit.h"
#include "sim/stage.h"

static stage s;

/* What one side sends and ends up with, however its input arrives. */
typedef struct {
    stage_tape told;
    uint8_t mark[32];
    uint64_t epoch;
    size_t events;
} outcome;

/* A meeting of three on tape; the first speaks, the second leaves. */
static void record(void)
{
    stage_init(&s, false);
    s.keeps_tapes = true;
    for (size_t i = 0; i < 3; i++) {
        stage_come(&s, i, i);
        stage_say(&s, i, "hello");
        stage_play(&s);
    }
    atr_member_leave(s.people[1].member, s.now);
    stage_play(&s);
    s.keeps_tapes = false;
}

static void listen(outcome *out, size_t who, size_t cut, size_t piece)
{
    const stage_tape *tape = &s.people[who].heard;
    stage_person again = {0};
    const uint8_t seed[32] = {1, (uint8_t)who};
    char nick[8];
    atr_member_config config = {
        .kem = &s.cast.kem,
        .secret = s.cast.keys[who],
        .nick = {(uint8_t *)nick,
                 (size_t)snprintf(nick, sizeof nick, "nick%zu", who)}};
    atr_mem mem = stage_mem();

    memcpy(config.room, s.room, 32);
    again.member =
        atr_member_init(malloc(atr_member_size()), &config, &mem, seed, s.now);
    atr_member_opened(again.member, s.now);
    assert_int_equal(atr_member_say(again.member, ATR_LITERAL("hello"),
                                    &(uint64_t){0}, s.now),
                     ATR_OK);
    for (size_t at = 0; at < tape->len;) {
        size_t len = at < cut && at + piece > cut ? cut - at : piece;
        atr_bytes sent;

        len = len < tape->len - at ? len : tape->len - at;
        assert_int_equal(atr_member_recv(again.member,
                                         (atr_bytes){tape->data + at, len},
                                         s.now),
                         ATR_OK);
        at += len;
        sent = atr_member_outgoing(again.member);
        stage_tape_add(&out->told, sent);
        if (sent.len != 0) {
            atr_member_sent(again.member, sent.len);
        }
        stage_take_events(&again);
    }
    out->epoch = atr_member_epoch(again.member);
    (void)atr_member_key_mark(again.member, out->mark);
    out->events = again.texts + 10 * again.joined + 100 * again.keyed +
                  1000 * again.own + 10000 * again.sent + 100000 * again.left;
    atr_member_wipe(again.member);
    free(again.member);
    assert_int_equal(mem.used, 0);
}

static void assert_same(const outcome *a, const outcome *b)
{
    assert_int_equal(a->told.len, b->told.len);
    assert_memory_equal(a->told.data, b->told.data, a->told.len);
    assert_true(a->epoch == b->epoch && a->events == b->events);
    assert_memory_equal(a->mark, b->mark, 32);
}

static void members_do_not_mind_cuts(void **state)
{
    (void)state;
    record();
    for (size_t who = 0; who < 3; who += 2) {
        size_t len = s.people[who].heard.len;
        outcome whole = {0};

        listen(&whole, who, 0, len);
        assert_true(whole.events != 0);
        for (size_t cut = 1; cut <= len; cut++) {
            outcome parts = {0};

            listen(&parts, who, cut == len ? 0 : cut, cut == len ? 1 : len);
            assert_same(&whole, &parts);
            stage_tape_free(&parts.told);
        }
        stage_tape_free(&whole.told);
    }
    stage_free(&s);
}

/* The hall hears a newcomer and its text, cut at `cut`, or in pieces of one
 * byte; everything it says is compared. */
static void speak_to_hall(stage_tape *heard, const stage_tape *told, size_t cut,
                          size_t piece)
{
    stage t;
    atr_err err;

    stage_init(&t, false);
    err = stage_raw(&t, 0, (atr_bytes){NULL, 0}, heard);
    for (size_t at = 0; at < told->len && err == ATR_OK;) {
        size_t len = at < cut && at + piece > cut ? cut - at : piece;

        len = len < told->len - at ? len : told->len - at;
        err = stage_raw(&t, 0, (atr_bytes){told->data + at, len}, heard);
        at += len;
    }
    assert_int_equal(err, ATR_OK);
    stage_free(&t);
}

static void halls_do_not_mind_cuts(void **state)
{
    stage_tape whole = {0};
    stage_tape told = {0};
    stage_tape parts;

    (void)state;
    stage_init(&s, false);
    s.keeps_tapes = true;
    stage_come(&s, 0, 0);
    stage_say(&s, 0, "hello");
    stage_play(&s);
    stage_tape_add(&told,
                   (atr_bytes){s.people[0].told.data, s.people[0].told.len});
    stage_free(&s);

    speak_to_hall(&whole, &told, 0, told.len);
    assert_true(whole.len > 1000);
    for (size_t cut = 1; cut <= told.len; cut++) {
        parts = (stage_tape){0};
        speak_to_hall(&parts, &told, cut == told.len ? 0 : cut,
                      cut == told.len ? 1 : told.len);
        assert_int_equal(parts.len, whole.len);
        stage_tape_free(&parts);
    }
    stage_tape_free(&whole);
    stage_tape_free(&told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_do_not_mind_cuts),
        cmocka_unit_test(halls_do_not_mind_cuts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
