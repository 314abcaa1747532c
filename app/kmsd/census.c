#include "app/kmsd/census.h"

#include <stdlib.h>

#include "host/clock.h"

#define PAUSE_MS 5      /* between slices */
#define STALE_MS 60000  /* grants end by themselves too */
#define TALLY_FIRST 256 /* attributes there is room for at first */

/* Attributes as they come, and their order. One too many is not counted, which
 * makes a bound lower, not wrong. */
typedef struct {
    uint64_t people;
    size_t count;
    size_t cap;
    atr_holding *each;
    uint16_t *order; /* indices of `each` by attribute */
} tally;

_Static_assert(ATR_HOLDERS_MAX <= UINT16_MAX, "an index fits");

struct atr_census {
    atr_loop *loop;
    atr_timer *timer;
    atr_ledger *ledger;
    bool counting;
    uint8_t after[ATR_LEDGER_ID_BYTES]; /* counted up to here */
    uint64_t seq;     /* newest statement when this count began */
    atr_time done_at; /* of the last one */
    tally tally;
    atr_holding *told; /* what the page says, sorted */
    size_t told_count;
    size_t len;
    uint8_t page[ATR_HOLDERS_BYTES_MAX];
};

/* --- counting ------------------------------------------------------------- */

static bool grow(tally *t)
{
    const size_t cap = t->cap != 0 ? 2 * t->cap : TALLY_FIRST;
    atr_holding *each = realloc(t->each, cap * sizeof *each);
    uint16_t *order;

    if (each) {
        t->each = each;
    }
    order = each ? realloc(t->order, cap * sizeof *order) : NULL;
    if (!order) {
        return false;
    }
    t->order = order;
    t->cap = cap;
    return true;
}

/* Where `attr` stands in the order, or is to stand. */
static size_t place_of(const tally *t, const atr_attr *attr)
{
    size_t from = 0;
    size_t to = t->count;

    while (from < to) {
        const size_t middle = from + (to - from) / 2;

        if (atr_attr_compare(&t->each[t->order[middle]].attr, attr) < 0) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return from;
}

static void count_holder(tally *t, const atr_attr *attr)
{
    const size_t at = place_of(t, attr);

    if (at < t->count && atr_attr_equal(&t->each[t->order[at]].attr, attr)) {
        t->each[t->order[at]].people++;
        return;
    }
    if (t->count == ATR_HOLDERS_MAX || (t->count == t->cap && !grow(t))) {
        return;
    }
    memmove(&t->order[at + 1], &t->order[at],
            (t->count - at) * sizeof t->order[0]);
    t->order[at] = (uint16_t)t->count;
    t->each[t->count++] = (atr_holding){*attr, 1};
}

typedef struct {
    atr_census *census;
    uint64_t now; /* wall clock, ms */
    size_t seen;
} slice;

static bool stands(const atr_grant *grant, uint64_t now)
{
    return (grant->state == ATR_GRANT_APPROVED ||
            grant->state == ATR_GRANT_ISSUED) &&
           (grant->expires_at == 0 || grant->expires_at > now);
}

static atr_err count_grant(void *context, const atr_grant *grant)
{
    slice *s = context;
    tally *t = &s->census->tally;
    atr_enrol_request request;

    s->seen++;
    memcpy(s->census->after, grant->id, sizeof s->census->after);
    if (!stands(grant, s->now) ||
        atr_enrol_request_read(&request, grant->request) != ATR_OK ||
        request.kind != ATR_ENROL_ATTRIBUTES) {
        return ATR_OK;
    }
    t->people++;
    for (size_t i = 0; i < request.attrs.count; i++) {
        count_holder(t, &request.attrs.attr[i]);
    }
    return ATR_OK;
}

/* --- pages ---------------------------------------------------------------- */

static void publish(atr_census *c)
{
    atr_holding *sorted = calloc(c->tally.count + 1, sizeof *sorted);
    atr_builder b = atr_builder_of(c->page, sizeof c->page);

    free(c->told);
    c->told = sorted;
    c->told_count = c->len = 0;
    if (!sorted) {
        return;
    }
    for (size_t i = 0; i < c->tally.count; i++) {
        sorted[i] = c->tally.each[c->tally.order[i]];
        sorted[i].people = atr_crowd_below(sorted[i].people);
    }
    atr_holders_build(&b, atr_crowd_above(c->tally.people), sorted,
                      c->tally.count);
    c->len = b.len;
    c->told_count = c->tally.count;
}

atr_bytes atr_census_page(const atr_census *census)
{
    return (atr_bytes){census->page, census->len};
}

static int compare_told(const void *attr, const void *holding)
{
    return atr_attr_compare(attr, &((const atr_holding *)holding)->attr);
}

uint32_t atr_census_shown(const atr_census *census, const char *attribute)
{
    const atr_bytes text = {(const uint8_t *)attribute, strlen(attribute)};
    uint32_t least = ATR_CROWD_MAX;
    atr_attrs attrs;

    if (census->len == 0 || atr_attrs_parse(&attrs, text, NULL) != ATR_OK) {
        return 0;
    }
    for (size_t i = 0; i < attrs.count; i++) { /* a number has several */
        const atr_holding *told =
            bsearch(&attrs.attr[i], census->told, census->told_count,
                    sizeof *told, compare_told);
        const uint32_t people = told ? told->people : 0;

        least = people < least ? people : least;
    }
    return least;
}

/* --- when ----------------------------------------------------------------- */

static void end(atr_census *c, atr_err err)
{
    c->counting = false;
    c->done_at = atr_loop_now(c->loop);
    if (err == ATR_OK) {
        publish(c);
    } else {
        c->len = 0;
    }
    atr_timer_set(c->timer, c->done_at + ATR_CENSUS_EVERY_MS);
}

static void count_on(atr_census *c)
{
    slice s = {c, atr_clock_wall_ms(), 0};
    const atr_err err =
        atr_ledger_from(c->ledger, c->after, ATR_CENSUS_SLICE, count_grant, &s);

    if (err != ATR_OK || s.seen < ATR_CENSUS_SLICE) {
        end(c, err);
    } else {
        atr_timer_set(c->timer, atr_loop_now(c->loop) + PAUSE_MS);
    }
}

static void look(void *context)
{
    atr_census *c = context;
    const bool is_stale =
        c->len == 0 || atr_loop_now(c->loop) >= c->done_at + STALE_MS;
    uint64_t last;
    atr_err err = ATR_OK;

    if (!c->counting) {
        if ((err = atr_ledger_last(&last, c->ledger)) != ATR_OK) {
            end(c, err);
            return;
        }
        if (last == c->seq && !is_stale) {
            atr_timer_set(c->timer,
                          atr_loop_now(c->loop) + ATR_CENSUS_EVERY_MS);
            return;
        }
        c->counting = true;
        c->seq = last;
        c->tally.people = c->tally.count = 0;
        memset(c->after, 0, sizeof c->after);
    }
    count_on(c);
}

atr_err atr_census_open(atr_census **out, atr_loop *loop, atr_ledger *ledger)
{
    atr_census *c = calloc(1, sizeof *c);

    *out = NULL;
    if (!c) {
        return ATR_ERR_IO;
    }
    c->loop = loop;
    c->ledger = ledger;
    if (atr_timer_open(&c->timer, loop, look, c) != ATR_OK) {
        free(c);
        return ATR_ERR_IO;
    }
    atr_timer_set(c->timer, 0);
    *out = c;
    return ATR_OK;
}

void atr_census_close(atr_census *census)
{
    if (census) {
        atr_timer_close(census->timer);
        free(census->tally.each);
        free(census->tally.order);
        free(census->told);
        free(census);
    }
}
