/* chat_room.c - what the room and the connection tell. */
#include <stdlib.h>

#include "app/attrium/chat.h"
#include "app/attrium/handle.h"
#include "app/attrium/sanitise.h"
#include "host/clock.h"
#include "proto/frame.h"

static bool is_foreign(const atr_chat *chat)
{
    return chat->has_room && (chat->room.scheme != chat->holder->kem.scheme ||
                              memcmp(chat->room.hm, chat->holder->kem.hm,
                                     sizeof chat->room.hm) != 0);
}

/* The attributes would do, but not in this period. */
static bool is_out_of_time(atr_chat *chat, json_t *object)
{
    atr_period period;
    atr_attrs missing;

    atr_chat_lacks(&missing, chat);
    if (missing.count > 0 || !atr_member_period(chat->member, &period)) {
        return false;
    }
    atr_chat_print(chat,
                   "-- there is no key for period %llu; "
                   "\"attrium key list\" shows which there are",
                   (unsigned long long)period.number);
    json_object_set_new(object, "why", json_string("period"));
    return true;
}

static void explain_refusal(atr_chat *chat, json_t *object)
{
    atr_attrs missing = {0};
    char *text;

    if (!is_foreign(chat) && is_out_of_time(chat, object)) {
        return;
    }

    if (is_foreign(chat)) {
        atr_chat_print(chat, "-- the room belongs to another authority than "
                             "your key");
        json_object_set_new(object, "why", json_string("other-authority"));
        return;
    }
    atr_chat_lacks(&missing, chat);
    text = atr_args_attrs_text(&missing);
    atr_chat_print(chat, "-- your key lacks: %s", text != NULL ? text : "?");
    free(text);
    json_object_set_new(object, "missing", atr_args_attrs_json(&missing));
}

/* A hall that denies a key which satisfies the policy is at fault itself. */
static int exit_of(const atr_chat *chat, const atr_event *event)
{
    atr_attrs missing = {0};

    if (event->refusal == ATR_REFUSAL_DENIED) {
        if (chat->has_room) {
            atr_chat_lacks(&missing, chat);
        }
        return missing.count > 0 ? ATR_EXIT_DENIED : ATR_EXIT_NETWORK;
    }
    return atr_handle_exit(event);
}

/* Once, quietly: for how long the keys serve. */
static void tell_period(atr_chat *chat)
{
    atr_period period;
    uint64_t end;
    uint64_t now = atr_clock_wall_ms() / 1000;
    uint64_t left;

    if (chat->told_period || !atr_member_period(chat->member, &period)) {
        return;
    }
    chat->told_period = true;
    end = atr_period_end(period.number, chat->room.period_s);
    left = end > now ? end - now : 0;
    atr_chat_print(chat, "-- the period turns in %llu %s",
                   (unsigned long long)(left >= 172800 ? left / 86400
                                        : left >= 7200 ? left / 3600
                                        : left >= 120  ? left / 60
                                                       : left),
                   left >= 172800 ? "days"
                   : left >= 7200 ? "hours"
                   : left >= 120  ? "minutes"
                                  : "seconds");
}

static bool is_passing(uint8_t refusal)
{
    return refusal == ATR_REFUSAL_CLOSING || refusal == ATR_REFUSAL_SLOW ||
           refusal == ATR_REFUSAL_PERIOD;
}

static void take_event(atr_chat *chat, const atr_event *event)
{
    json_t *object = atr_handle_json(chat->member, event);

    if (event->kind == ATR_EVENT_ROOM) {
        chat->room = *event->descriptor;
        chat->has_room = true;
        if (!is_foreign(chat)) {
            atr_chat_ask_crowd(chat);
        }
    }
    if (chat->mode != ATR_CHAT_JSON &&
        atr_handle_line(chat->line, chat->member, event, chat->colour) &&
        !(event->kind == ATR_EVENT_CLOSED && event->why != ATR_OK)) {
        atr_chat_put_line(chat, chat->line);
    }
    if (event->kind == ATR_EVENT_REFUSED && event->why == ATR_ERR_POLICY) {
        explain_refusal(chat, object);
    }
    atr_chat_emit(chat, object);
    if (event->kind == ATR_EVENT_KEY) {
        atr_chat_renew(chat, event->period);
    }
    if (event->kind == ATR_EVENT_KEYED || event->kind == ATR_EVENT_TURN) {
        atr_chat_in_period(chat);
    }
    if (event->kind == ATR_EVENT_KEYED) {
        tell_period(chat);
    }
    if (event->kind == ATR_EVENT_REFUSED &&
        event->refusal == ATR_REFUSAL_PERIOD) {
        atr_conn_retry(chat->conn);
    }
    if (event->kind == ATR_EVENT_KEYED) {
        chat->is_in = true;
        if (chat->quitting) {
            atr_timer_set(chat->patience,
                          atr_loop_now(chat->loop) + ATR_CHAT_PATIENCE_MS);
        }
    }
    if ((event->kind == ATR_EVENT_REFUSED && !is_passing(event->refusal)) ||
        event->kind == ATR_EVENT_CLOSED) {
        atr_chat_fail(chat, exit_of(chat, event));
        atr_chat_count_unsent(chat);
        atr_conn_end(chat->conn);
    }
}

void atr_chat_moved(void *context)
{
    atr_chat *chat = context;
    atr_event event;

    while (!chat->ended && atr_member_next(chat->member, &event)) {
        take_event(chat, &event);
    }
    if (!chat->ended) {
        atr_chat_try_to_leave(chat);
        atr_chat_throttle(chat);
    }
}

static void on_lost(atr_chat *chat, const atr_conn_change *change)
{
    char text[256];

    atr_sanitise(
        text, sizeof text,
        (atr_bytes){(const uint8_t *)change->text, strlen(change->text)});
    atr_chat_print(chat, "-- no connection (%s); trying again in %.1f s",
                   text[0] != 0 ? text : "closed",
                   (double)change->retry_ms / 1000);
    atr_chat_emit(chat,
                  json_pack("{s:s,s:s,s:i}", "event", "disconnected", "message",
                            text, "retry_ms", (int)change->retry_ms));
}

static void on_over(atr_chat *chat, const atr_conn_change *change)
{
    char text[256];

    if (change->err != ATR_OK) {
        atr_sanitise(
            text, sizeof text,
            (atr_bytes){(const uint8_t *)change->text, strlen(change->text)});
        atr_chat_fail(chat, change->err == ATR_ERR_AUTH ? ATR_EXIT_CORRUPT
                                                        : ATR_EXIT_NETWORK);
        atr_chat_count_unsent(chat);
        atr_chat_complain(chat, "the hall is given up: %s",
                          text[0] != 0 ? text : atr_err_text(change->err));
    }
    atr_chat_end(chat);
}

void atr_chat_changed(void *context, const atr_conn_change *change)
{
    atr_chat *chat = context;

    switch (change->state) {
    case ATR_CONN_CONNECTING:
        break;
    case ATR_CONN_OPEN:
        atr_chat_print(chat, "-- connected");
        atr_chat_emit(chat, json_pack("{s:s}", "event", "connected"));
        break;
    case ATR_CONN_LOST:
        on_lost(chat, change);
        break;
    case ATR_CONN_OVER:
        on_over(chat, change);
        break;
    }
}
