/* The rounds of a ceremony and the envelope of its messages. The equation
 * numbers are those of doc/scheme/dkg.md. */
#include <assert.h>

#include "kex/dkg_parts.h"

#define VERSION 1

static uint16_t dealers(const atr_dkg *dkg)
{
    uint16_t set = 0;

    for (uint8_t i = 1; i <= dkg->nodes; i++) {
        if (dkg->place[i - 1] != 0) {
            set |= atr_dkg_bit(i);
        }
    }
    return set;
}

static uint16_t accused(const atr_dkg *dkg)
{
    uint16_t set = 0;

    for (uint8_t i = 1; i <= dkg->nodes; i++) {
        if (dkg->accusers[i - 1] != 0) {
            set |= atr_dkg_bit(i);
        }
    }
    return set & dkg->standing;
}

static void nothing_more(atr_dkg *dkg)
{
    (void)dkg;
}

typedef struct {
    uint16_t (*speakers)(const atr_dkg *dkg);
    void (*build)(atr_builder *out, const atr_dkg *dkg);
    atr_dkg_fault (*take)(atr_dkg *dkg, uint8_t node, atr_bytes body);
    void (*end)(atr_dkg *dkg); /* once all that is awaited is here */
} round_rules;

static const round_rules rules[ATR_DKG_FAILED] = {
    [ATR_DKG_HELLO] = {atr_dkg_all, atr_dkg_hello_build, atr_dkg_hello_take,
                       nothing_more},
    [ATR_DKG_DEAL] = {dealers, atr_dkg_deal_build, atr_dkg_deal_take,
                      nothing_more},
    [ATR_DKG_COMPLAINT] = {atr_dkg_all, atr_dkg_complaint_build,
                           atr_dkg_complaint_take, atr_dkg_complaint_end},
    [ATR_DKG_ANSWER] = {accused, atr_dkg_answer_build, atr_dkg_answer_take,
                        atr_dkg_answer_end},
    [ATR_DKG_OPEN] = {atr_dkg_all, atr_dkg_open_build, atr_dkg_open_take,
                      atr_dkg_open_end},
    [ATR_DKG_DONE] = {atr_dkg_all, atr_dkg_done_build, atr_dkg_done_take,
                      nothing_more},
};

/* Messages --------------------------------------------------------------- */

typedef struct {
    uint8_t round, node;
    atr_bytes view, body, sig;
} envelope;

static atr_err read_envelope(envelope *out, atr_bytes in)
{
    atr_reader r = atr_reader_of(in);

    if (in.len > ATR_DKG_MESSAGE_BYTES_MAX) {
        return ATR_ERR_LIMIT;
    }
    if (atr_read_u8(&r) != VERSION) {
        atr_reader_fail(&r);
    }
    out->round = atr_read_u8(&r);
    out->node = atr_read_u8(&r);
    out->view = atr_read_view(&r, ATR_HASH_BYTES);
    out->body = atr_read_field(&r);
    out->sig = atr_read_view(&r, ATR_ED25519_SIG_BYTES);
    if (out->round < ATR_DKG_HELLO || out->round > ATR_DKG_DONE ||
        out->node == 0 || out->node > ATR_DKG_NODES_MAX) {
        atr_reader_fail(&r);
    }
    return atr_reader_end(&r);
}

atr_err atr_dkg_peek(atr_dkg_round *round, uint8_t *node, atr_bytes message)
{
    envelope e;
    atr_err err = read_envelope(&e, message);

    *round = err == ATR_OK ? (atr_dkg_round)e.round : (atr_dkg_round)0;
    *node = err == ATR_OK ? e.node : 0;
    return err;
}

/* (2): what a message is, to sign it and to remember it. */
static void digest_of(uint8_t out[ATR_HASH_BYTES], const atr_dkg *dkg,
                      const envelope *e)
{
    const uint8_t who[2] = {e->round, e->node};
    atr_hash hash;

    atr_hash_init(&hash);
    atr_hash_field(&hash, ATR_LITERAL("ATR1/DKG/message"));
    atr_hash_field(&hash, ATR_BYTES(dkg->view[ATR_DKG_HELLO]));
    atr_hash_field(&hash, ATR_BYTES(who));
    atr_hash_field(&hash, e->view);
    atr_hash_field(&hash, e->body);
    atr_hash_final(&hash, out);
}

#define SIGNED_BYTES (4 + 13 + 4 + ATR_HASH_BYTES)

static atr_bytes to_sign(uint8_t memory[SIGNED_BYTES],
                         const uint8_t digest[ATR_HASH_BYTES])
{
    atr_builder b = atr_builder_of(memory, SIGNED_BYTES);

    atr_build_field(&b, ATR_LITERAL("ATR1/DKG/sign"));
    atr_build_field(&b, (atr_bytes){digest, ATR_HASH_BYTES});
    assert(atr_builder_end(&b) == ATR_OK);
    return atr_builder_bytes(&b);
}

static void build_message(atr_builder *out, const atr_dkg *dkg, uint8_t round)
{
    uint8_t memory[SIGNED_BYTES];
    uint8_t digest[ATR_HASH_BYTES];
    envelope e = {.round = round, .node = dkg->self};
    atr_builder len;
    uint8_t *len_at;
    uint8_t *sig;
    size_t from;

    atr_build_u8(out, VERSION);
    atr_build_u8(out, e.round);
    atr_build_u8(out, e.node);
    atr_build_bytes(out, ATR_BYTES(dkg->view[round]));
    len_at = atr_build_space(out, 4);
    from = out->len;
    rules[round].build(out, dkg);
    e.view = ATR_BYTES(dkg->view[round]);
    e.body = (atr_bytes){out->data + from, out->len - from};
    sig = atr_build_space(out, ATR_ED25519_SIG_BYTES);
    if (len_at == NULL || sig == NULL) {
        return;
    }
    len = atr_builder_of(len_at, 4);
    atr_build_u32(&len, (uint32_t)e.body.len);
    digest_of(digest, dkg, &e);
    atr_ed25519_sign(sig, dkg->sk, to_sign(memory, digest));
    ATR_PUBLIC(sig, ATR_ED25519_SIG_BYTES);
}

atr_err atr_dkg_outgoing(atr_builder *out, const atr_dkg *dkg)
{
    const uint16_t own = atr_dkg_bit(dkg->self);

    for (uint8_t r = ATR_DKG_HELLO; r <= dkg->round; r++) {
        if (dkg->round != ATR_DKG_FAILED && (dkg->heard[r] & own) == 0 &&
            (rules[r].speakers(dkg) & own) != 0) {
            build_message(out, dkg, r);
            return atr_builder_end(out);
        }
    }
    return ATR_ERR_STATE;
}

uint16_t atr_dkg_awaited(const atr_dkg *dkg)
{
    if (dkg->round == ATR_DKG_FAILED) {
        return 0;
    }
    return rules[dkg->round].speakers(dkg) & (uint16_t)~dkg->heard[dkg->round];
}

/* Rounds ----------------------------------------------------------------- */

void atr_dkg_fail(atr_dkg *dkg)
{
    dkg->round = ATR_DKG_FAILED;
    atr_wipe(dkg->seed, sizeof dkg->seed);
    atr_wipe(dkg->sk, sizeof dkg->sk);
    atr_wipe(dkg->box_secret, sizeof dkg->box_secret);
    atr_wipe(dkg->poly, sizeof dkg->poly);
    atr_wipe(dkg->dealt, sizeof dkg->dealt);
    atr_wipe(dkg->share, sizeof dkg->share);
    atr_wipe(dkg->blind, sizeof dkg->blind);
}

static void name(atr_dkg *dkg, uint8_t node, atr_dkg_fault fault)
{
    if (dkg->fault[node - 1] == ATR_DKG_FAULT_NONE) {
        dkg->fault[node - 1] = (uint8_t)fault;
    }
}

/* Who was named in a round is out when it ends, so that the order within it
 * does not matter. */
static void settle(atr_dkg *dkg)
{
    for (uint8_t i = 1; i <= dkg->nodes; i++) {
        if (dkg->fault[i - 1] != ATR_DKG_FAULT_NONE) {
            dkg->standing &= (uint16_t)~atr_dkg_bit(i);
        }
    }
}

/* (1): the history that the messages of the next round belong to. What is
 * opened is the same whoever opens it, so it is no part of it. */
static void extend_view(atr_dkg *dkg)
{
    uint8_t *next = dkg->view[dkg->round + 1];
    atr_hash hash;

    if (dkg->round == ATR_DKG_OPEN) {
        memcpy(next, dkg->view[ATR_DKG_OPEN], ATR_HASH_BYTES);
        return;
    }
    atr_hash_init(&hash);
    atr_hash_field(&hash, ATR_LITERAL("ATR1/DKG/view"));
    atr_hash_field(&hash, ATR_BYTES(dkg->view[dkg->round]));
    for (size_t i = 0; i < dkg->nodes; i++) {
        atr_hash_field(&hash, ATR_BYTES(dkg->digest[dkg->round][i]));
    }
    atr_hash_final(&hash, next);
}

static bool is_over(const atr_dkg *dkg)
{
    return atr_dkg_awaited(dkg) == 0 ||
           (dkg->round == ATR_DKG_OPEN &&
            atr_dkg_count(dkg->opened) >= dkg->threshold);
}

static void advance(atr_dkg *dkg)
{
    while (dkg->round < ATR_DKG_DONE && is_over(dkg)) {
        settle(dkg);
        rules[dkg->round].end(dkg);
        if (dkg->round == ATR_DKG_FAILED) {
            return;
        }
        settle(dkg);
        extend_view(dkg);
        dkg->round++;
    }
}

/* A second word of one node in one round: is it another? */
static atr_err heard_again(atr_dkg *dkg, const envelope *e,
                           const uint8_t digest[ATR_HASH_BYTES])
{
    if (memcmp(dkg->digest[e->round][e->node - 1], digest, ATR_HASH_BYTES) ==
        0) {
        return ATR_OK;
    }
    dkg->fault[e->node - 1] = ATR_DKG_FAULT_EQUIVOCATION;
    if (e->round < ATR_DKG_OPEN && dkg->round < ATR_DKG_DONE) {
        atr_dkg_fail(dkg);
    }
    return ATR_ERR_AUTH;
}

static atr_err heard_first(atr_dkg *dkg, const envelope *e,
                           const uint8_t digest[ATR_HASH_BYTES])
{
    const uint16_t bit = atr_dkg_bit(e->node);
    atr_dkg_fault fault;

    if (e->round > dkg->round || (rules[e->round].speakers(dkg) & bit) == 0) {
        return ATR_ERR_STATE;
    }
    if (!atr_bytes_equal(e->view, ATR_BYTES(dkg->view[e->round]))) {
        dkg->differs |= bit;
        return ATR_ERR_STATE;
    }
    fault = rules[e->round].take(dkg, e->node, e->body);
    if (e->round == ATR_DKG_HELLO && fault != ATR_DKG_FAULT_NONE) {
        return ATR_ERR_INPUT; /* it can be sealed nothing */
    }
    if (fault != ATR_DKG_FAULT_NONE) {
        name(dkg, e->node, fault);
    }
    dkg->heard[e->round] |= bit;
    memcpy(dkg->digest[e->round][e->node - 1], digest, ATR_HASH_BYTES);
    advance(dkg);
    return ATR_OK;
}

atr_err atr_dkg_recv(atr_dkg *dkg, atr_bytes message)
{
    uint8_t memory[SIGNED_BYTES];
    uint8_t digest[ATR_HASH_BYTES];
    envelope e;
    atr_err err = read_envelope(&e, message);

    if (err != ATR_OK) {
        return err;
    }
    if (e.node > dkg->nodes) {
        return ATR_ERR_INPUT;
    }
    if (dkg->round == ATR_DKG_FAILED) {
        return ATR_ERR_STATE;
    }
    digest_of(digest, dkg, &e);
    err = atr_ed25519_verify(e.sig.data, dkg->vk[e.node - 1],
                             to_sign(memory, digest));
    if (err != ATR_OK) {
        return err;
    }
    if ((dkg->heard[e.round] & atr_dkg_bit(e.node)) != 0) {
        return heard_again(dkg, &e, digest);
    }
    return heard_first(dkg, &e, digest);
}

void atr_dkg_wipe(atr_dkg *dkg)
{
    if (dkg) {
        atr_wipe(dkg, sizeof *dkg);
    }
}

const char *atr_dkg_fault_text(atr_dkg_fault fault)
{
    static const char *const text[] = {
        [ATR_DKG_FAULT_NONE] = "nothing",
        [ATR_DKG_FAULT_MALFORMED] = "signed a malformed message",
        [ATR_DKG_FAULT_OLD_SHARE] = "did not deal its old share",
        [ATR_DKG_FAULT_COMPLAINTS] = "too many complained about its shares",
        [ATR_DKG_FAULT_ANSWER] = "answered a complaint with a wrong share",
        [ATR_DKG_FAULT_OPENING] = "proved nothing of its new share",
        [ATR_DKG_FAULT_RESULT] = "confirmed another result",
        [ATR_DKG_FAULT_EQUIVOCATION] = "signed two messages in one round",
    };
    const size_t at = (size_t)fault;

    return at < sizeof text / sizeof *text ? text[at] : "unknown";
}
