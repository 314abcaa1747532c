#include "app/attrium/compare/stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "app/attrium/compare/forms.h"
#include "app/attrium/visit.h"
#include "host/entropy.h"

#define MEMORY_MAX ((size_t)2 << 30)

const char *const atr_op_names[ATR_OPS] = {
    "powers",   "inverses", "products", "x25519", "signs",
    "verifies", "encaps",   "decaps",   "g1",     "g2",
    "gt",       "pairings", "hashes",
};

/* The bytes of a broadcast are held once. */
typedef struct {
    uint32_t holders;
    size_t len;
    uint8_t bytes[];
} packet;

struct letter {
    double at_ms;
    uint64_t number; /* of equal times the earlier posted comes first */
    uint32_t from, to, depth;
    packet *packet;
};

/* The heap ------------------------------------------------------------------
 */

static bool before(const letter *a, const letter *b)
{
    return a->at_ms < b->at_ms ||
           (a->at_ms == b->at_ms && a->number < b->number);
}

static void swap(letter *a, letter *b)
{
    letter kept = *a;

    *a = *b;
    *b = kept;
}

static atr_err push(atr_stage *stage, const letter *in)
{
    size_t i = stage->waiting;

    if (i == stage->room) {
        size_t room = stage->room == 0 ? 1024 : 2 * stage->room;
        letter *grown = realloc(stage->heap, room * sizeof *grown);

        if (grown == NULL) {
            return ATR_ERR_LIMIT;
        }
        stage->heap = grown;
        stage->room = room;
    }
    stage->heap[i] = *in;
    stage->waiting++;
    for (; i != 0 && before(&stage->heap[i], &stage->heap[(i - 1) / 2]);
         i = (i - 1) / 2) {
        swap(&stage->heap[i], &stage->heap[(i - 1) / 2]);
    }
    return ATR_OK;
}

static letter pop(atr_stage *stage)
{
    letter *heap = stage->heap;
    letter first = heap[0];
    size_t n = --stage->waiting;
    size_t i = 0;

    heap[0] = heap[n];
    for (;;) {
        size_t child = 2 * i + 1;

        if (child + 1 < n && before(&heap[child + 1], &heap[child])) {
            child++;
        }
        if (child >= n || !before(&heap[child], &heap[i])) {
            return first;
        }
        swap(&heap[child], &heap[i]);
        i = child;
    }
}

static void let_go(packet *p)
{
    if (--p->holders == 0) {
        free(p);
    }
}

static packet *pack(atr_bytes bytes)
{
    packet *p = malloc(sizeof *p + bytes.len);

    if (p != NULL) {
        p->holders = 1;
        p->len = bytes.len;
        memcpy(p->bytes, bytes.data, bytes.len);
    }
    return p;
}

/* Seats ---------------------------------------------------------------------
 */

atr_err atr_stage_open(atr_stage *stage, const atr_method *method,
                       uint32_t most, double latency_ms, double mbit_per_s)
{
    atr_err err;

    memset(stage, 0, sizeof *stage);
    stage->method = method;
    stage->most = most;
    stage->latency_ms = latency_ms;
    stage->bytes_per_ms = mbit_per_s * 1e6 / 8 / 1e3;
    stage->mem = atr_heap(MEMORY_MAX);
    atr_entropy_rng(&stage->rng);
    stage->party = calloc(most, sizeof *stage->party);
    stage->record = calloc(most, sizeof *stage->record);
    err = stage->party == NULL || stage->record == NULL
              ? ATR_ERR_LIMIT
              : method->open(stage, most);
    if (err != ATR_OK) {
        atr_stage_close(stage);
    }
    return err;
}

static void unseat(atr_stage *stage, uint32_t i)
{
    stage->method->wipe(stage->party[i]);
    free(stage->party[i]);
}

void atr_stage_clear(atr_stage *stage)
{
    while (stage->waiting != 0) {
        let_go(stage->heap[--stage->waiting].packet);
    }
    while (stage->count != 0) {
        unseat(stage, --stage->count);
    }
}

void atr_stage_close(atr_stage *stage)
{
    if (stage->method == NULL) {
        return;
    }
    atr_stage_clear(stage);
    stage->method->close(stage);
    free(stage->heap);
    free(stage->party);
    free(stage->record);
    atr_rng_wipe(&stage->rng);
    memset(stage, 0, sizeof *stage);
}

/* The seat at the end; `stage->count` counts it in already. */
static atr_err seat(atr_stage *stage, uint32_t i)
{
    atr_err err = ATR_ERR_LIMIT;

    stage->party[i] = calloc(1, stage->method->party_bytes);
    if (stage->party[i] != NULL) {
        err = stage->method->enter(stage->party[i], stage, i);
    }
    return err;
}

atr_err atr_stage_fill(atr_stage *stage, uint32_t n)
{
    stage->count = n;
    for (uint32_t i = 0; i < n; i++) {
        atr_err err = seat(stage, i);

        if (err != ATR_OK) {
            stage->count = stage->party[i] == NULL ? i : i + 1;
            return err;
        }
    }
    return ATR_OK;
}

atr_err atr_stage_prepare(atr_stage *stage)
{
    return stage->method->prepare(stage);
}

/* A step --------------------------------------------------------------------
 */

static double cpu_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static atr_err post(atr_stage *stage, letter *in, packet *p)
{
    atr_err err;

    in->number = stage->posted++;
    in->packet = p;
    err = push(stage, in);
    p->holders += err == ATR_OK;
    return err;
}

/* One message of party `from` leaves over its line. */
static atr_err send(atr_stage *stage, uint32_t from,
                    const atr_group_message *message)
{
    atr_seat_record *record = &stage->record[from];
    packet *p = pack(message->body);
    letter out = {.from = from, .depth = record->depth + 1};
    bool all = message->to == ATR_GROUP_ALL;
    atr_err err = p == NULL ? ATR_ERR_LIMIT : ATR_OK;

    if (record->line_ms < record->free_ms) {
        record->line_ms = record->free_ms;
    }
    record->line_ms += (double)message->body.len / stage->bytes_per_ms;
    out.at_ms = record->line_ms + stage->latency_ms;
    for (uint32_t to = 0; to < stage->count && err == ATR_OK; to++) {
        if (all ? to != from : to == message->to) {
            out.to = to;
            err = post(stage, &out, p);
        }
    }
    if (p != NULL) {
        let_go(p);
    }
    stage->messages++;
    record->sent += message->body.len;
    return err;
}

static atr_err collect(atr_stage *stage, uint32_t i)
{
    atr_group_message message;
    atr_err err = ATR_OK;

    while (err == ATR_OK && stage->method->next(stage->party[i], &message)) {
        err = send(stage, i, &message);
        stage->method->sent(stage->party[i]);
    }
    return err;
}

/* What the log kept goes to the newcomer, over a line of its own. */
static atr_err replay(atr_stage *stage)
{
    uint32_t to = stage->count - 1;
    letter out = {.to = to, .at_ms = stage->latency_ms};
    atr_err err = ATR_OK;

    for (uint32_t i = 0; i < to && err == ATR_OK; i++) {
        atr_bytes kept = stage->method->logged(stage, i);
        packet *p = pack(kept);

        out.from = i;
        out.at_ms += (double)kept.len / stage->bytes_per_ms;
        err = p == NULL ? ATR_ERR_LIMIT : post(stage, &out, p);
        if (p != NULL) {
            let_go(p);
        }
    }
    return err;
}

static void account(atr_seat_record *record, double start_ms, double took_ms)
{
    record->free_ms =
        (record->free_ms > start_ms ? record->free_ms : start_ms) + took_ms;
    record->cpu_ms += took_ms;
}

static atr_err begin_all(atr_stage *stage, atr_group_step step, uint32_t who)
{
    atr_err err = ATR_OK;

    for (uint32_t i = 0; i < stage->count; i++) {
        memset(&stage->record[i], 0, sizeof stage->record[i]);
        stage->method->cost(&stage->record[i].before, stage->party[i]);
    }
    for (uint32_t i = 0; i < stage->count && err == ATR_OK; i++) {
        double from = cpu_ms();

        err = stage->method->begin(stage->party[i], stage, step, who);
        account(&stage->record[i], 0, cpu_ms() - from);
        if (err == ATR_OK) {
            err = collect(stage, i);
        }
    }
    return err;
}

static atr_err deliver(atr_stage *stage)
{
    letter now = pop(stage);
    atr_seat_record *record = &stage->record[now.to];
    atr_bytes body = {now.packet->bytes, now.packet->len};
    double from = cpu_ms();
    atr_err err = stage->method->recv(stage->party[now.to], now.from, body);

    account(record, now.at_ms, cpu_ms() - from);
    record->received += now.packet->len;
    record->depth = record->depth > now.depth ? record->depth : now.depth;
    stage->rounds = stage->rounds > now.depth ? stage->rounds : now.depth;
    let_go(now.packet);
    return err == ATR_OK ? collect(stage, now.to) : err;
}

/* Everybody's key is that of party 0, and not `old`. */
static bool all_agree(const atr_stage *stage,
                      const uint8_t old[ATR_GROUP_KEY_BYTES])
{
    uint8_t first[ATR_GROUP_KEY_BYTES];
    uint8_t key[ATR_GROUP_KEY_BYTES];
    bool agree = stage->method->key(first, stage->party[0]) &&
                 !atr_secret_equal(first, old, sizeof first);

    for (uint32_t i = 1; i < stage->count && agree; i++) {
        agree = stage->method->key(key, stage->party[i]) &&
                atr_secret_equal(first, key, sizeof key);
    }
    atr_wipe(first, sizeof first);
    atr_wipe(key, sizeof key);
    return agree;
}

#define LARGER(a, b) ((a) > (b) ? (a) : (b))

static void sum_up(atr_compare_row *out, const atr_stage *stage)
{
    for (uint32_t i = 0; i < stage->count; i++) {
        const atr_seat_record *record = &stage->record[i];
        atr_ops ops;

        out->sent += record->sent;
        out->received += record->received;
        out->sent_max = LARGER(out->sent_max, record->sent);
        out->received_max = LARGER(out->received_max, record->received);
        out->cpu_ms += record->cpu_ms;
        out->cpu_max_ms = LARGER(out->cpu_max_ms, record->cpu_ms);
        out->path_ms = LARGER(out->path_ms, record->free_ms);
        stage->method->cost(&ops, stage->party[i]);
        for (size_t k = 0; k < ATR_OPS; k++) {
            uint64_t spent = ops.of[k] - record->before.of[k];

            out->ops.of[k] += spent;
            out->ops_max.of[k] = LARGER(out->ops_max.of[k], spent);
        }
    }
    out->rounds = stage->rounds;
    out->messages = stage->messages;
}

static atr_err check_form(atr_compare_row *row, atr_stage *stage,
                          atr_group_step step)
{
    const char *wrong;
    atr_form form;

    if (stage->method->form == NULL ||
        !stage->method->form(&form, stage, step)) {
        return ATR_OK;
    }
    wrong = atr_form_differs(&form, row);
    if (wrong != NULL) {
        snprintf(stage->fault, sizeof stage->fault,
                 "%s are not as the formula says", wrong);
        return ATR_ERR_AUTH;
    }
    row->is_checked = true;
    return ATR_OK;
}

/* Seats a newcomer, or unseats a leaver. */
static atr_err change_seats(atr_stage *stage, atr_group_step step, uint32_t who)
{
    if (step == ATR_GROUP_JOIN) {
        uint32_t last = stage->count++;
        atr_err err = seat(stage, last);

        stage->count = stage->party[last] == NULL ? last : last + 1;
        return err;
    }
    if (step == ATR_GROUP_LEAVE) {
        unseat(stage, who);
        stage->count--;
        memmove(&stage->party[who], &stage->party[who + 1],
                (stage->count - who) * sizeof *stage->party);
    }
    return ATR_OK;
}

static atr_err play(atr_stage *stage, atr_group_step step, uint32_t who)
{
    atr_err err = change_seats(stage, step, who);

    stage->rounds = 0;
    stage->messages = 0;
    if (err == ATR_OK) {
        err = begin_all(stage, step, who);
    }
    if (err == ATR_OK && step == ATR_GROUP_JOIN &&
        stage->method->logged != NULL) {
        err = replay(stage);
    }
    while (err == ATR_OK && stage->waiting != 0) {
        err = deliver(stage);
    }
    return err;
}

atr_err atr_stage_step(atr_compare_row *out, atr_stage *stage,
                       atr_group_step step, uint32_t who)
{
    uint8_t old[ATR_GROUP_KEY_BYTES] = {0};
    atr_err err;

    memset(out, 0, sizeof *out);
    memset(stage->fault, 0, sizeof stage->fault);
    if (step != ATR_GROUP_SETUP) {
        (void)stage->method->key(old, stage->party[0]);
    }
    out->method = stage->method->name;
    out->step = step;
    err = play(stage, step, who);
    if (err == ATR_OK && !all_agree(stage, old)) {
        snprintf(stage->fault, sizeof stage->fault,
                 "the parties do not hold one new key");
        err = ATR_ERR_AUTH;
    }
    out->n = step == ATR_GROUP_JOIN ? stage->count - 1 : stage->count;
    if (err == ATR_OK) {
        sum_up(out, stage);
        err = check_form(out, stage, step);
    }
    atr_wipe(old, sizeof old);
    if (err != ATR_OK && stage->fault[0] == '\0') {
        snprintf(stage->fault, sizeof stage->fault, "%s", atr_err_text(err));
    }
    return err;
}
