/* The machine of all methods: doc/scheme/group.md. */
#include "kex/group.h"

#include <assert.h>

#include "base/bytes.h"
#include "kex/group_method.h"
#include "sym/hash.h"

/* kind(1) epoch(4), then the points, then a signature where there is one. */
#define HEAD_BYTES 5
/* In front of each message that waits: to(4) length(4). */
#define ENVELOPE_BYTES 8

#define KINDS_MAX 8

static const atr_group_method *const methods[ATR_GROUP_METHODS] = {
    [ATR_GROUP_GDH1] = &atr_group_gdh1, [ATR_GROUP_GDH2] = &atr_group_gdh2,
    [ATR_GROUP_GDH3] = &atr_group_gdh3, [ATR_GROUP_BD] = &atr_group_bd,
    [ATR_GROUP_BCP] = &atr_group_bcp,   [ATR_GROUP_HYBRID] = &atr_group_hybrid,
};

const char *atr_group_method_name(atr_group_method_id id)
{
    return methods[id]->name;
}

void atr_group_identity_init(atr_group_identity *out, atr_rng *rng)
{
    uint8_t seed[32];

    atr_rng_bytes(rng, seed, sizeof seed);
    ATR_SECRET(seed, sizeof seed);
    atr_ed25519_keypair(out->known.vk, out->sk, seed);
    atr_wipe(seed, sizeof seed);
    atr_rng_bytes(rng, out->dh, sizeof out->dh);
    ATR_SECRET(out->dh, sizeof out->dh);
    atr_x25519_public(out->known.dh, out->dh);
    ATR_PUBLIC(&out->known, sizeof out->known);
}

void atr_group_identity_wipe(atr_group_identity *identity)
{
    if (identity != NULL) {
        atr_wipe(identity, sizeof *identity);
    }
}

/* Memory ------------------------------------------------------------------ */

static size_t points_len(const atr_group *group, uint32_t parties)
{
    return group->method->room(parties) * sizeof *group->points;
}

static void free_tables(atr_group *group)
{
    atr_mem_free(group->mem, group->roster,
                 group->room * sizeof *group->roster);
    atr_mem_free(group->mem, group->points, points_len(group, group->room));
    atr_mem_free(group->mem, group->seen, group->room);
}

/* Makes tables for `parties`, more than there were, and carries over what the
 * present ones hold; or nothing changes. */
static atr_err grow_tables(atr_group *group, uint32_t parties)
{
    atr_group to = *group;

    to.room = parties;
    to.roster = atr_mem_alloc(group->mem, parties * sizeof *to.roster);
    to.points = atr_mem_alloc(group->mem, points_len(group, parties));
    to.seen = atr_mem_alloc(group->mem, parties);
    if (to.roster == NULL || to.points == NULL || to.seen == NULL) {
        free_tables(&to);
        return ATR_ERR_LIMIT;
    }
    if (group->room != 0) {
        memcpy(to.roster, group->roster, group->room * sizeof *to.roster);
        memcpy(to.points, group->points, points_len(group, group->room));
        free_tables(group);
    }
    *group = to;
    return ATR_OK;
}

atr_err atr_group_init(atr_group *out, const atr_group_setup *setup,
                       atr_mem *mem, atr_rng *rng)
{
    memset(out, 0, sizeof *out);
    if (setup->count < 2 || setup->count > ATR_GROUP_PARTIES_MAX) {
        return ATR_ERR_LIMIT;
    }
    if (setup->self >= setup->count ||
        memcmp(&setup->roster[setup->self], &setup->identity->known,
               sizeof setup->identity->known) != 0) {
        return ATR_ERR_INPUT;
    }
    out->method = methods[setup->method];
    out->mem = mem;
    out->rng = rng;
    if (grow_tables(out, setup->count) != ATR_OK) {
        memset(out, 0, sizeof *out);
        return ATR_ERR_LIMIT;
    }
    out->count = setup->count;
    out->identity = *setup->identity;
    memcpy(out->session, setup->session, sizeof out->session);
    memcpy(out->roster, setup->roster, setup->count * sizeof *out->roster);
    out->self = setup->self;
    out->epoch = setup->epoch;
    return ATR_OK;
}

void atr_group_wipe(atr_group *group)
{
    if (group != NULL && group->mem != NULL) {
        free_tables(group);
        atr_queue_wipe(&group->out, group->mem);
        atr_wipe(group, sizeof *group);
    }
}

static atr_err fail(atr_group *group, atr_err err)
{
    group->state = ATR_GROUP_FAILED;
    atr_wipe(&group->x, sizeof group->x);
    atr_wipe(group->key, sizeof group->key);
    atr_queue_wipe(&group->out, group->mem);
    return err;
}

/* Context and key --------------------------------------------------------- */

void atr_group_context(uint8_t out[ATR_GROUP_CONTEXT_BYTES],
                       const atr_group *group)
{
    const char *name = group->method->name;
    atr_hash hash;

    atr_hash_init(&hash);
    atr_hash_field(&hash, ATR_LITERAL("ATR1/GKE/context"));
    atr_hash_field(&hash, (atr_bytes){(const uint8_t *)name, strlen(name)});
    atr_hash_field(&hash, ATR_BYTES(group->session));
    atr_hash_u32(&hash, group->epoch);
    atr_hash_field(&hash, (atr_bytes){(const uint8_t *)group->roster,
                                      group->count * sizeof *group->roster});
    atr_hash_final(&hash, out);
}

void atr_group_finish(atr_group *group, uint8_t shared[32],
                      atr_bytes transcript)
{
    uint8_t context[ATR_GROUP_CONTEXT_BYTES];
    uint8_t digest[ATR_HASH_BYTES];
    atr_hash hash;

    atr_group_context(context, group);
    atr_hash_init(&hash);
    atr_hash_field(&hash, ATR_BYTES(context));
    atr_hash_field(&hash, transcript);
    atr_hash_final(&hash, digest);
    atr_kdf(group->key, sizeof group->key, "ATR1/GKE/key",
            (atr_bytes){shared, 32}, ATR_BYTES(digest));
    atr_wipe(shared, 32);
    group->state = ATR_GROUP_KEYED;
}

void atr_group_raise(atr_group *group, atr_ristretto *out,
                     const atr_ristretto *a)
{
    atr_ristretto_mul(out, a, &group->x);
    group->cost.powers++;
}

void atr_group_raise_all(atr_group *group, atr_ristretto *points,
                         uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        atr_group_raise(group, &points[i], &points[i]);
    }
}

/* Messages ---------------------------------------------------------------- */

/* What a signature is over: H(enc("ATR1/GKE/sign", context) from message).
 * To whom a message goes follows from its kind and its sender. */
static void digest_message(uint8_t out[ATR_HASH_BYTES], const atr_group *group,
                           uint32_t from, atr_bytes message)
{
    uint8_t context[ATR_GROUP_CONTEXT_BYTES];
    atr_hash hash;

    atr_group_context(context, group);
    atr_hash_init(&hash);
    atr_hash_field(&hash, ATR_LITERAL("ATR1/GKE/sign"));
    atr_hash_field(&hash, ATR_BYTES(context));
    atr_hash_u32(&hash, from);
    atr_hash_field(&hash, message);
    atr_hash_final(&hash, out);
}

/* Signs the first `len` bytes of a message, behind them. */
static void sign(atr_group *group, uint8_t *message, size_t len)
{
    uint8_t digest[ATR_HASH_BYTES];

    digest_message(digest, group, group->self, (atr_bytes){message, len});
    atr_ed25519_sign(message + len, group->identity.sk, ATR_BYTES(digest));
    group->cost.signs++;
}

atr_err atr_group_say_bytes(atr_group *group, uint32_t to, uint8_t kind,
                            atr_bytes body)
{
    size_t sig = group->method->is_signed ? ATR_ED25519_SIG_BYTES : 0;
    size_t len = HEAD_BYTES + body.len;
    uint8_t *at =
        atr_queue_space(&group->out, group->mem, ENVELOPE_BYTES + len + sig);
    atr_builder builder = atr_builder_of(at, ENVELOPE_BYTES + len);

    if (at == NULL) {
        return ATR_ERR_LIMIT;
    }
    atr_build_u32(&builder, to);
    atr_build_u32(&builder, (uint32_t)(len + sig));
    atr_build_u8(&builder, kind);
    atr_build_u32(&builder, group->epoch);
    atr_build_bytes(&builder, body);
    assert(atr_builder_end(&builder) == ATR_OK);
    if (sig != 0) {
        sign(group, at + ENVELOPE_BYTES, len);
    }
    ATR_PUBLIC(at, ENVELOPE_BYTES + len + sig);
    atr_queue_added(&group->out, ENVELOPE_BYTES + len + sig);
    return ATR_OK;
}

atr_err atr_group_say(atr_group *group, uint32_t to, uint8_t kind,
                      const atr_ristretto *points, uint32_t count)
{
    return atr_group_say_bytes(
        group, to, kind,
        (atr_bytes){(const uint8_t *)points, count * sizeof *points});
}

bool atr_group_next(const atr_group *group, atr_group_message *out)
{
    atr_bytes waiting = atr_queue_bytes(&group->out);
    atr_reader reader = atr_reader_of(waiting);

    if (waiting.len == 0) {
        return false;
    }
    out->to = atr_read_u32(&reader);
    out->body = atr_read_field(&reader);
    return true;
}

void atr_group_sent(atr_group *group)
{
    atr_group_message first;

    if (atr_group_next(group, &first)) {
        atr_queue_take(&group->out, group->mem,
                       ENVELOPE_BYTES + first.body.len);
    }
}

/* A message taken apart. */
typedef struct {
    uint8_t kind;
    uint32_t epoch;
    atr_bytes body;
    atr_bytes whole; /* without the signature */
    atr_bytes sig;
} parts;

static atr_err read_parts(parts *out, const atr_group *group, atr_bytes message)
{
    size_t sig = group->method->is_signed ? ATR_ED25519_SIG_BYTES : 0;
    atr_reader reader = atr_reader_of(message);

    if (message.len < HEAD_BYTES + sig) {
        return ATR_ERR_INPUT;
    }
    out->whole = (atr_bytes){message.data, message.len - sig};
    out->kind = atr_read_u8(&reader);
    out->epoch = atr_read_u32(&reader);
    out->body = atr_read_view(&reader, message.len - HEAD_BYTES - sig);
    out->sig = atr_read_view(&reader, sig);
    return atr_reader_end(&reader);
}

static atr_err verify(atr_group *group, uint32_t from, const parts *message)
{
    uint8_t digest[ATR_HASH_BYTES];

    if (!group->method->is_signed) {
        return ATR_OK;
    }
    group->cost.verifies++;
    digest_message(digest, group, from, message->whole);
    return atr_ed25519_verify(message->sig.data, group->roster[from].vk,
                              ATR_BYTES(digest));
}

static atr_err take_points(atr_group *group, uint32_t from,
                           const parts *message)
{
    atr_err (*read)(atr_ristretto *, const uint8_t *) =
        group->method->takes_identity ? atr_ristretto_read_any
                                      : atr_ristretto_read;
    atr_reader reader = atr_reader_of(message->body);
    uint32_t span[2] = {0, 0};
    atr_err err = ATR_OK;

    if (!group->method->expects(group, message->kind, from, span)) {
        return ATR_ERR_STATE;
    }
    if (message->body.len != span[1] * sizeof *group->points) {
        return ATR_ERR_INPUT;
    }
    for (uint32_t i = 0; i < span[1] && err == ATR_OK; i++) {
        atr_bytes point = atr_read_view(&reader, ATR_RISTRETTO_BYTES);

        err = read(&group->points[span[0] + i], point.data);
    }
    return err == ATR_OK ? group->method->arrived(group, message->kind, from)
                         : err;
}

static atr_err take(atr_group *group, uint32_t from, atr_bytes message)
{
    parts got;
    atr_err err;
    uint8_t bit;

    if ((err = read_parts(&got, group, message)) != ATR_OK) {
        return err;
    }
    if (got.kind >= KINDS_MAX || got.epoch != group->epoch ||
        from >= group->count || from == group->self) {
        return ATR_ERR_STATE;
    }
    bit = (uint8_t)(1u << got.kind);
    if ((group->seen[from] & bit) != 0) {
        return ATR_ERR_STATE;
    }
    if ((err = verify(group, from, &got)) != ATR_OK) {
        return err;
    }
    group->seen[from] |= bit;
    return group->method->take != NULL
               ? group->method->take(group, got.kind, from, got.body)
               : take_points(group, from, &got);
}

atr_err atr_group_recv(atr_group *group, uint32_t from, atr_bytes message)
{
    atr_err err = group->state == ATR_GROUP_WORKING ? take(group, from, message)
                                                    : ATR_ERR_STATE;

    return err == ATR_OK ? ATR_OK : fail(group, err);
}

/* Steps ------------------------------------------------------------------- */

static atr_err add_party(atr_group *group, const atr_group_public *newcomer)
{
    if (newcomer == NULL) { /* it is this party, in the roster already */
        return group->self == group->count - 1 ? ATR_OK : ATR_ERR_STATE;
    }
    if (group->count == ATR_GROUP_PARTIES_MAX ||
        (group->count == group->room &&
         grow_tables(group, group->count + 1) != ATR_OK)) {
        return ATR_ERR_LIMIT;
    }
    group->roster[group->count++] = *newcomer;
    return ATR_OK;
}

/* The first `count` points stand for a party each, and close up too. */
static atr_err drop_party(atr_group *group, uint32_t who)
{
    uint32_t behind;

    if (who >= group->count || who == group->self) {
        return ATR_ERR_STATE;
    }
    if (group->count == 2) {
        return ATR_ERR_LIMIT;
    }
    behind = group->count - who - 1;
    memmove(&group->roster[who], &group->roster[who + 1],
            behind * sizeof *group->roster);
    memmove(&group->points[who], &group->points[who + 1],
            behind * sizeof *group->points);
    group->self -= group->self > who;
    group->count--;
    return ATR_OK;
}

static bool can_begin(const atr_group *group, atr_group_step step,
                      const atr_group_public *newcomer)
{
    bool first =
        step == ATR_GROUP_SETUP || (step == ATR_GROUP_JOIN && newcomer == NULL);

    return group->state == (first ? ATR_GROUP_IDLE : ATR_GROUP_KEYED);
}

atr_err atr_group_begin(atr_group *group, atr_group_step step,
                        const atr_group_public *newcomer, uint32_t who)
{
    atr_err err = can_begin(group, step, newcomer) ? ATR_OK : ATR_ERR_STATE;

    if (err == ATR_OK && step == ATR_GROUP_JOIN) {
        err = add_party(group, newcomer);
    }
    if (err == ATR_OK && step == ATR_GROUP_LEAVE) {
        err = drop_party(group, who);
    }
    if (err != ATR_OK) {
        return err;
    }
    group->step = group->method->can_change ? step : ATR_GROUP_SETUP;
    group->state = ATR_GROUP_WORKING;
    group->epoch++;
    group->awaited = 0;
    memset(group->seen, 0, group->room);
    if (group->step == ATR_GROUP_SETUP) {
        memset(group->points, 0, points_len(group, group->room));
    }
    atr_wipe(group->key, sizeof group->key);
    if (group->step == ATR_GROUP_SETUP ||
        (step == ATR_GROUP_JOIN && newcomer == NULL)) {
        atr_ristretto_scalar_random(&group->x, group->rng);
    }
    err = group->method->begin(group);
    return err == ATR_OK ? ATR_OK : fail(group, err);
}
