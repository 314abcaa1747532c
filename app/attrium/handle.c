#include "app/attrium/handle.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"
#include "app/attrium/args.h"
#include "app/attrium/sanitise.h"
#include "app/attrium/visit.h"
#include "policy/policy_text.h"
#include "proto/frame.h"

void atr_handle_name(char out[ATR_HANDLE_NAME_BYTES_MAX], uint32_t number,
                     atr_bytes nick)
{
    size_t len = atr_sanitise(out, ATR_HANDLE_NAME_BYTES_MAX - 12, nick);

    snprintf(out + len, ATR_HANDLE_NAME_BYTES_MAX - len, "#%u", number);
}

void atr_handle_mark(char out[65], const atr_member *member)
{
    uint8_t mark[32];

    out[0] = 0;
    if (atr_member_key_mark(member, mark)) {
        atr_hex_write(out, ATR_BYTES(mark));
    }
}

int atr_handle_exit(const atr_event *event)
{
    if (event->refusal == ATR_REFUSAL_DENIED) {
        return ATR_EXIT_DENIED;
    }
    if (event->refusal == ATR_REFUSAL_CROWD) {
        return ATR_EXIT_UNSAFE;
    }
    if (event->refusal != 0) {
        return ATR_EXIT_NETWORK;
    }
    switch (event->why) {
    case ATR_OK:
        return ATR_EXIT_DONE;
    case ATR_ERR_POLICY:
    case ATR_ERR_STATE: /* a room of another authority */
        return ATR_EXIT_DENIED;
    case ATR_ERR_AUTH:
    case ATR_ERR_INPUT:
        return ATR_EXIT_CORRUPT;
    default:
        return ATR_EXIT_FAILED;
    }
}

/* ---- lines ---- */

typedef struct {
    char *out;
    const atr_member *member;
    const atr_event *event;
    bool colour;
} line;

static void say(const line *l, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void say(const line *l, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(l->out, ATR_HANDLE_LINE_BYTES_MAX, format, args);
    va_end(args);
}

/* The policy of the room; free it. */
static char *policy_text(const atr_room_descriptor *room)
{
    char *text = malloc(ATR_POLICY_TEXT_BYTES_MAX);

    if (text != NULL && atr_policy_format(text, ATR_POLICY_TEXT_BYTES_MAX,
                                          &room->policy) != ATR_OK) {
        snprintf(text, ATR_POLICY_TEXT_BYTES_MAX, "(too long to show)");
    }
    return text;
}

static bool line_room(const line *l)
{
    const atr_room_descriptor *room = l->event->descriptor;
    char name[3 * ATR_ROOM_NAME_BYTES_MAX + 1];
    char *policy = policy_text(room);

    atr_sanitise(name, sizeof name, (atr_bytes){room->name, room->name_len});
    say(l, "-- room \"%s\", for: %.8000s", name, policy != NULL ? policy : "?");
    free(policy);
    return true;
}

static bool line_refused(const line *l)
{
    const atr_event *event = l->event;

    if (event->refusal == ATR_REFUSAL_CROWD) {
        say(l, "-- not entered: %s; --force enters all the same",
            atr_refusal_text(event->refusal));
    } else if (event->refusal != 0) {
        say(l, "-- the hall refuses: %s", atr_refusal_text(event->refusal));
    } else if (event->why == ATR_ERR_POLICY) {
        say(l, "-- this key does not satisfy the room's policy");
    } else if (event->why == ATR_ERR_STATE) {
        say(l, "-- the room belongs to another authority than this key");
    } else {
        say(l, "-- the room cannot be entered: %s", atr_err_text(event->why));
    }
    return true;
}

/* Who was here before the period turned needs no announcement. */
static bool line_joined(const line *l)
{
    char name[ATR_HANDLE_NAME_BYTES_MAX];

    if (l->event->again) {
        return false;
    }
    atr_handle_name(name, l->event->member, l->event->nick);
    say(l, l->event->mine ? "-- you are here, as %s" : "-- %s is here", name);
    return true;
}

static bool line_left(const line *l)
{
    char name[ATR_HANDLE_NAME_BYTES_MAX];

    atr_handle_name(name, l->event->member, l->event->nick);
    say(l, l->event->lost ? "-- %s was lost" : "-- %s left", name);
    return true;
}

static bool line_keyed(const line *l)
{
    size_t count = atr_member_count(l->member);
    char mark[65];
    char shown[24] = "none";

    atr_handle_mark(mark, l->member);
    if (mark[0] != 0) {
        snprintf(shown, sizeof shown, "%.4s %.4s %.4s %.4s", mark, mark + 4,
                 mark + 8, mark + 12);
    }
    say(l, "-- epoch %llu: %zu member%s, key mark %s",
        (unsigned long long)l->event->epoch, count, count == 1 ? "" : "s",
        shown);
    return true;
}

static bool line_nick(const line *l)
{
    char name[ATR_HANDLE_NAME_BYTES_MAX];

    atr_handle_name(name, l->event->member, l->event->nick);
    say(l, "-- #%u is now called %s", l->event->member, name);
    return true;
}

static bool line_text(const line *l)
{
    const atr_event *event = l->event;
    char name[ATR_HANDLE_NAME_BYTES_MAX];
    char *text = malloc(3 * ATR_TEXT_BYTES_MAX + 1);
    unsigned tint = event->vk != NULL ? 31 + event->vk[0] % 6 : 37;

    if (text == NULL) {
        return false;
    }
    atr_handle_name(name, event->member, event->nick);
    atr_sanitise(text, 3 * ATR_TEXT_BYTES_MAX + 1, event->text);
    if (l->colour) {
        say(l, "\033[%um%s%s\033[0m: %s", tint, name,
            event->mine ? " [you]" : "", text);
    } else {
        say(l, "%s%s: %s", name, event->mine ? " [you]" : "", text);
    }
    free(text);
    return true;
}

static bool line_sent(const line *l)
{
    (void)l;
    return false; /* one's own text is shown as the room has it */
}

static bool line_turn(const line *l)
{
    say(l, "-- period %llu begins; everybody comes in again",
        (unsigned long long)l->event->period.number);
    return true;
}

static bool line_key(const line *l)
{
    say(l, "-- the room is in period %llu, and this key is of another",
        (unsigned long long)l->event->period.number);
    return true;
}

static bool line_closed(const line *l)
{
    if (l->event->refusal != 0) {
        say(l, "-- the hall closes the room to us: %s",
            atr_refusal_text(l->event->refusal));
    } else if (l->event->why != ATR_OK) {
        say(l, "-- the room is over for us: %s", atr_err_text(l->event->why));
    } else {
        say(l, "-- you left");
    }
    return true;
}

/* ---- objects ---- */

typedef struct {
    json_t *out;
    const atr_member *member;
    const atr_event *event;
} object;

static void set(const object *o, const char *name, json_t *value)
{
    json_object_set_new(o->out, name, value);
}

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static void object_member(const object *o)
{
    set(o, "member", number(o->event->member));
    set(o, "nick", atr_args_text(o->event->nick));
    if (o->event->vk != NULL) {
        set(o, "pseudonym", atr_args_hex(o->event->vk, 32));
    }
    set(o, "mine", json_boolean(o->event->mine));
}

static void object_room(const object *o)
{
    const atr_room_descriptor *room = o->event->descriptor;
    char *policy = policy_text(room);

    set(o, "name", atr_args_text((atr_bytes){room->name, room->name_len}));
    set(o, "policy", json_string(policy != NULL ? policy : "?"));
    set(o, "authority", atr_args_hex(room->hm, 32));
    set(o, "min_crowd", number(room->min_crowd));
    free(policy);
}

/* Both ends: why, and whether a key is held. */
static void object_end(const object *o)
{
    static const char *const words[] = {
        [ATR_OK] = "none",         [ATR_ERR_INPUT] = "malformed",
        [ATR_ERR_LIMIT] = "limit", [ATR_ERR_POLICY] = "policy",
        [ATR_ERR_AUTH] = "forged", [ATR_ERR_STATE] = "other-authority",
        [ATR_ERR_IO] = "network",
    };
    char mark[65];

    atr_handle_mark(mark, o->member);
    set(o, "why",
        json_string(o->event->refusal == ATR_REFUSAL_DENIED  ? "denied"
                    : o->event->refusal == ATR_REFUSAL_CROWD ? "crowd"
                    : o->event->refusal != 0                 ? "hall"
                                             : words[o->event->why]));
    if (o->event->refusal != 0) {
        set(o, "message", json_string(atr_refusal_text(o->event->refusal)));
    }
    set(o, "holds_key", json_boolean(mark[0] != 0));
    set(o, "unsent", number(atr_member_waiting(o->member)));
}

static void object_joined(const object *o)
{
    object_member(o);
    set(o, "again", json_boolean(o->event->again));
}

static void object_left(const object *o)
{
    object_member(o);
    set(o, "lost", json_boolean(o->event->lost));
}

static void object_keyed(const object *o)
{
    char mark[65];

    atr_handle_mark(mark, o->member);
    set(o, "epoch", number(o->event->epoch));
    set(o, "confirmed", number(o->event->count));
    set(o, "members", number(atr_member_count(o->member)));
    set(o, "mark", json_string(mark));
}

static void object_text(const object *o)
{
    object_member(o);
    set(o, "seq", number(o->event->seq));
    set(o, "epoch", number(o->event->epoch));
    set(o, "text", atr_args_text(o->event->text));
}

static void object_sent(const object *o)
{
    set(o, "number", number(o->event->number));
    set(o, "seq", number(o->event->seq));
}

static void object_period(const object *o)
{
    set(o, "period", number(o->event->period.number));
    set(o, "generation", number(o->event->period.generation));
}

/* ---- the table ---- */

static const struct {
    const char *name;
    bool (*show)(const line *l);
    void (*fill)(const object *o);
} kinds[] = {
    [ATR_EVENT_ROOM] = {"room", line_room, object_room},
    [ATR_EVENT_REFUSED] = {"refused", line_refused, object_end},
    [ATR_EVENT_JOINED] = {"joined", line_joined, object_joined},
    [ATR_EVENT_LEFT] = {"left", line_left, object_left},
    [ATR_EVENT_KEYED] = {"keyed", line_keyed, object_keyed},
    [ATR_EVENT_NICK] = {"nick", line_nick, object_member},
    [ATR_EVENT_TEXT] = {"text", line_text, object_text},
    [ATR_EVENT_SENT] = {"sent", line_sent, object_sent},
    [ATR_EVENT_TURN] = {"turn", line_turn, object_period},
    [ATR_EVENT_KEY] = {"key-wanted", line_key, object_period},
    [ATR_EVENT_CLOSED] = {"closed", line_closed, object_end},
};

bool atr_handle_line(char out[ATR_HANDLE_LINE_BYTES_MAX],
                     const atr_member *member, const atr_event *event,
                     bool colour)
{
    line l = {out, member, event, colour};

    out[0] = 0;
    return kinds[event->kind].show(&l);
}

json_t *atr_handle_json(const atr_member *member, const atr_event *event)
{
    object o = {json_object(), member, event};

    set(&o, "event", json_string(kinds[event->kind].name));
    kinds[event->kind].fill(&o);
    return o.out;
}
