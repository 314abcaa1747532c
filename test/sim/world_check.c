/* What must hold, whatever the network does. */
#include <stdio.h>

#include "proto/frame.h"
#include "sim/world_state.h"

/* --- what members tell ---------------------------------------------------- */

bool world_may_read(const world *w, size_t who, uint64_t epoch)
{
    const person *p = &w->people[who];

    return p->is_eligible && epoch < EPOCHS &&
           (!p->is_withdrawn ||
            atr_period_compare(w->period_of[epoch], p->newest_key) <= 0);
}

static void check_key(world *w, size_t who)
{
    const person *p = &w->people[who];
    uint64_t epoch = atr_member_epoch(p->member);
    uint8_t mark[32];

    if (!atr_member_key_mark(p->member, mark)) {
        return;
    }
    if (epoch >= EPOCHS) {
        FAIL(w, "too many epochs");
        return;
    }
    if (!world_may_read(w, who, epoch)) {
        FAIL(w, "%zu holds a key without the attributes", who);
    }
    if (w->has_mark[epoch] && memcmp(w->marks[epoch], mark, 32) != 0) {
        FAIL(w, "two keys in epoch %llu", (unsigned long long)epoch);
    }
    w->has_mark[epoch] = true;
    memcpy(w->marks[epoch], mark, 32);
}

static void note_place(world *w, size_t sender, unsigned k, uint64_t seq)
{
    uint64_t *known = &w->people[sender].seq_of[k];

    if (seq != 0 && *known != 0 && *known != seq) {
        FAIL(w, "text %u of %zu stands twice in the log", k, sender);
    }
    *known = seq != 0 ? seq : *known;
}

static void take_text(world *w, size_t who, const atr_event *event)
{
    person *p = &w->people[who];
    unsigned sender;
    unsigned k;
    char text[64] = {0};

    memcpy(text, event->text.data, event->text.len < 63 ? event->text.len : 63);
    if (sscanf(text, "from %u number %u ", &sender, &k) != 2 ||
        sender >= w->count || k == 0 || k >= WORLD_SAID_MAX) {
        FAIL(w, "%zu read something nobody said", who);
        return;
    }
    if (!world_may_read(w, who, event->epoch)) {
        FAIL(w, "%zu reads without the attributes", who);
    }
    if (p->seen[sender][k]++ != 0) {
        FAIL(w, "%zu read text %u of %u twice", who, k, sender);
    }
    if (k <= p->newest[sender]) {
        FAIL(w, "%zu read text %u of %u too late", who, k, sender);
    }
    if (event->mine != (sender == who)) {
        FAIL(w, "%zu takes a text for another's", who);
    }
    p->newest[sender] = k;
    note_place(w, sender, k, event->seq);
}

static void take_sent(world *w, size_t who, const atr_event *event)
{
    person *p = &w->people[who];

    for (unsigned k = 1; k <= p->said; k++) {
        if (p->number_of[k] == event->number) {
            if (p->acked[k]) {
                FAIL(w, "text %u of %zu was acknowledged twice", k, who);
            }
            p->acked[k] = true;
            note_place(w, who, k, event->seq);
            w->sum->texts++;
            return;
        }
    }
    FAIL(w, "%zu: sent what was never said", who);
}

static void take_refused(world *w, size_t who, const atr_event *event)
{
    person *p = &w->people[who];

    w->sum->refused++;
    if (event->refusal == ATR_REFUSAL_PERIOD && w->period_s != 0) {
        world_hang_up(w, who);
        return;
    }
    if (!p->is_eligible || p->is_withdrawn) {
        if (event->why != ATR_ERR_POLICY && event->why != ATR_ERR_AUTH &&
            event->why != ATR_ERR_STATE) {
            FAIL(w, "%zu is refused as %d", who, event->why);
        }
        p->wants_out = event->why != ATR_ERR_STATE;
    } else if (event->refusal != ATR_REFUSAL_SLOW &&
               event->refusal != ATR_REFUSAL_ORDER) {
        FAIL(w, "%zu is refused: %d, %d", who, event->why, event->refusal);
    }
}

void world_take_events(world *w, size_t who)
{
    person *p = &w->people[who];
    atr_event event;

    check_key(w, who);
    while (w->failure == NULL && atr_member_next(p->member, &event)) {
        world_trace(w,
                    "member %zu: event %d epoch %llu seq %llu number %llu "
                    "member %u why %d refusal %u %.*s",
                    who, (int)event.kind, (unsigned long long)event.epoch,
                    (unsigned long long)event.seq,
                    (unsigned long long)event.number, event.member,
                    (int)event.why, event.refusal, (int)event.text.len,
                    (const char *)event.text.data);
        if (event.kind == ATR_EVENT_TEXT) {
            take_text(w, who, &event);
        } else if (event.kind == ATR_EVENT_SENT) {
            take_sent(w, who, &event);
        } else if (event.kind == ATR_EVENT_REFUSED) {
            take_refused(w, who, &event);
        } else if (event.kind == ATR_EVENT_CLOSED) {
            p->wants_out = true;
        } else if (event.kind == ATR_EVENT_KEY) {
            world_wants_key(w, who, event.period);
        } else if (event.kind == ATR_EVENT_KEYED &&
                   !world_may_read(w, who, event.epoch)) {
            FAIL(w, "%zu is keyed without the attributes", who);
        }
    }
}

/* --- the log -------------------------------------------------------------- */

/* Each record fits the ones before it, and no text stands in an epoch that
 * is over or closed. */
void world_check_log(world *w)
{
    const memstore_room *room = w->store.count != 0 ? w->store.rooms : NULL;

    for (; room != NULL && w->log_at < room->count; w->log_at++) {
        size_t i = w->log_at;
        atr_bytes bytes = {room->records[i].data, room->records[i].len};
        atr_record record;

        if (atr_record_read(&record, bytes) != ATR_OK) {
            FAIL(w, "record %zu is malformed", i + 1);
            return;
        }
        if (record.kind == ATR_RECORD_TURN) {
            w->sum->turns++;
            if (atr_period_compare(record.period, w->period) <= 0) {
                FAIL(w, "record %zu turns back", i + 1);
            }
            w->period = record.period;
        }
        if (record.kind == ATR_RECORD_CONTRIBUTION ||
            record.kind == ATR_RECORD_LEAVE || record.kind == ATR_RECORD_TURN) {
            w->log_epoch++;
            w->log_is_closed = record.kind != ATR_RECORD_CONTRIBUTION;
            w->sum->epochs++;
            w->period_of[w->log_epoch % EPOCHS] = w->period;
        }
        if (record.epoch != w->log_epoch ||
            (record.kind == ATR_RECORD_TEXT && w->log_is_closed)) {
            FAIL(w, "record %zu is out of its epoch", i + 1);
        }
    }
}

/* The first place from which on `vk` is in the room without a break up to the
 * end of the log; 0: it is not. Who is back before the period turns again has
 * made no break. */
static uint64_t here_since(const memstore_room *room, const uint8_t vk[32])
{
    uint64_t since = 0;
    bool is_in = false;

    for (size_t i = 0; i < room->count; i++) {
        atr_bytes bytes = {room->records[i].data, room->records[i].len};
        atr_record record;

        if (atr_record_read(&record, bytes) != ATR_OK) {
            return 0;
        }
        if (record.kind == ATR_RECORD_CONTRIBUTION &&
            memcmp(record.message.data + 8, vk, 32) == 0) {
            since = since == 0 ? i + 1 : since;
            is_in = true;
        }
        if (record.kind == ATR_RECORD_TURN) {
            since = is_in ? since : 0;
            is_in = false;
        }
        if (record.kind == ATR_RECORD_LEAVE && memcmp(record.vk, vk, 32) == 0) {
            since = 0;
            is_in = false;
        }
    }
    return is_in ? since : 0;
}

static bool own_vk(const atr_member *member, uint8_t vk[32])
{
    for (size_t i = 0; i < atr_member_count(member); i++) {
        atr_member_info info;

        atr_member_at(member, i, &info);
        if (info.mine) {
            memcpy(vk, info.vk, 32);
            return true;
        }
    }
    return false;
}

/* Every acknowledged text said while one was here has been read. */
static void check_read(world *w, size_t who)
{
    const person *p = &w->people[who];
    uint8_t vk[32];
    uint64_t since;

    if (!own_vk(p->member, vk)) {
        FAIL(w, "%zu is not in its own room", who);
        return;
    }
    since = here_since(w->store.rooms, vk);
    if (since == 0) {
        FAIL(w, "%zu is in no log", who);
    }
    for (size_t s = 0; s < w->count; s++) {
        for (unsigned k = 1; k <= w->people[s].said; k++) {
            uint64_t seq = w->people[s].seq_of[k];

            if (w->people[s].acked[k] && seq > since && !p->seen[s][k]) {
                FAIL(w, "%zu never read text %u of %zu", who, k, s);
            }
        }
    }
}

static bool is_to_be_in(const world *w, size_t who)
{
    const person *p = &w->people[who];

    return p->member != NULL && p->is_eligible && !p->is_withdrawn;
}

bool world_is_settled(const world *w)
{
    for (size_t i = 0; i < w->count; i++) {
        const person *p = &w->people[i];

        if (is_to_be_in(w, i) &&
            (!atr_member_is_keyed(p->member) ||
             atr_member_last_seq(p->member) != w->store.rooms->count ||
             atr_member_waiting(p->member) != 0)) {
            return false;
        }
    }
    return true;
}

void world_check_end(world *w)
{
    uint64_t epoch = 0;

    for (size_t i = 0; i < w->count; i++) {
        const person *p = &w->people[i];

        if (!is_to_be_in(w, i)) {
            continue;
        }
        epoch = epoch == 0 ? atr_member_epoch(p->member) : epoch;
        if (!atr_member_is_keyed(p->member)) {
            FAIL(w, "%zu waits for the key of epoch %llu", i,
                 (unsigned long long)atr_member_epoch(p->member));
        } else if (atr_member_epoch(p->member) != epoch) {
            FAIL(w, "%zu is in another epoch", i);
        } else if (atr_member_waiting(p->member) != 0) {
            FAIL(w, "%zu waits with %zu texts", i,
                 atr_member_waiting(p->member));
        } else {
            check_read(w, i);
        }
    }
}
