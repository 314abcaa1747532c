#include "proto/pipe.h"

#include <assert.h>

#include "sym/aead.h"
#include "sym/hash.h"

#define HEAD_BYTES 2
#define LAST 0x8000

_Static_assert(ATR_PIPE_RECORD_BYTES_MAX ==
                   HEAD_BYTES + ATR_PIPE_TEXT_BYTES_MAX + ATR_AEAD_TAG_BYTES,
               "a record");
_Static_assert(ATR_IBAKE_MESSAGE_BYTES_MAX <= ATR_PIPE_RECORD_BYTES_MAX,
               "a message of the exchange fits where records do");

void atr_pipe_wipe(atr_pipe *pipe)
{
    if (pipe != NULL) {
        atr_wipe(pipe, sizeof *pipe);
        pipe->state = ATR_PIPE_FAILED;
    }
}

static atr_err fail(atr_pipe *pipe)
{
    atr_pipe_wipe(pipe);
    return ATR_ERR_AUTH;
}

/* The exchange ----------------------------------------------------------- */

static void open_pipe(atr_pipe *pipe, atr_ibake_role role)
{
    atr_pipe_way *ways[2] = {&pipe->sending, &pipe->taking};
    atr_ibake_keys keys;
    atr_err err = atr_ibake_finish(&keys, &pipe->meeting);

    assert(err == ATR_OK);
    if (role == ATR_IBAKE_RESPONDER) {
        ways[0] = &pipe->taking;
        ways[1] = &pipe->sending;
    }
    atr_kdf(ways[0]->key, sizeof ways[0]->key, "ATR1/PIPE/initiator",
            ATR_BYTES(keys.session), ATR_BYTES(keys.sid));
    atr_kdf(ways[1]->key, sizeof ways[1]->key, "ATR1/PIPE/responder",
            ATR_BYTES(keys.session), ATR_BYTES(keys.sid));
    memcpy(pipe->sid, keys.sid, sizeof pipe->sid);
    atr_rng_wipe(&pipe->rng);
    pipe->state = ATR_PIPE_OPEN;
    atr_wipe(&keys, sizeof keys);
    atr_wipe_stack();
}

static atr_err meet(atr_pipe *pipe, atr_bytes in)
{
    const atr_ibake_role role = pipe->meeting.role;

    if (atr_ibake_step(&pipe->meeting, pipe->out, &pipe->out_len, in,
                       &pipe->rng) != ATR_OK) {
        return ATR_ERR_AUTH;
    }
    if (pipe->meeting.state == ATR_IBAKE_DONE) {
        open_pipe(pipe, role);
    }
    return ATR_OK;
}

atr_err atr_pipe_init(atr_pipe *pipe, atr_ibake_role role,
                      const atr_bf_key *own, const atr_bf_recipient *peer,
                      const uint8_t seed[ATR_SEED_BYTES])
{
    atr_err err;

    memset(pipe, 0, sizeof *pipe);
    err = atr_ibake_init(&pipe->meeting, role, own, peer);
    if (err == ATR_OK) {
        atr_rng_init(&pipe->rng, seed);
        err = role == ATR_IBAKE_INITIATOR ? meet(pipe, (atr_bytes){NULL, 0})
                                          : ATR_OK;
    }
    if (err != ATR_OK) {
        atr_pipe_wipe(pipe);
    }
    return err;
}

/* Records ---------------------------------------------------------------- */

static void record_nonce(uint8_t nonce[ATR_AEAD_NONCE_BYTES], uint64_t number)
{
    atr_builder builder = atr_builder_of(nonce + 16, 8);

    memset(nonce, 0, 16);
    atr_build_u64(&builder, number);
    assert(atr_builder_end(&builder) == ATR_OK);
}

static uint16_t head_of(const uint8_t *record)
{
    atr_reader reader = atr_reader_of((atr_bytes){record, HEAD_BYTES});

    return atr_read_u16(&reader);
}

static size_t text_len_of(uint16_t head)
{
    return head == LAST ? 0 : head;
}

static void seal_record(atr_pipe *pipe, uint16_t head, const uint8_t *text)
{
    uint8_t nonce[ATR_AEAD_NONCE_BYTES];
    atr_builder builder = atr_builder_of(pipe->out, HEAD_BYTES);

    atr_build_u16(&builder, head);
    record_nonce(nonce, pipe->sending.number++);
    atr_aead_seal(pipe->out + HEAD_BYTES, pipe->sending.key, nonce,
                  atr_builder_bytes(&builder),
                  (atr_bytes){text, text_len_of(head)});
    pipe->out_from = 0;
    pipe->out_len = HEAD_BYTES + text_len_of(head) + ATR_AEAD_TAG_BYTES;
    ATR_PUBLIC(pipe->out, pipe->out_len);
}

static bool may_say(const atr_pipe *pipe)
{
    return pipe->state == ATR_PIPE_OPEN && pipe->out_len == 0 &&
           !pipe->sending.ended && pipe->sending.number != UINT64_MAX;
}

size_t atr_pipe_say(atr_pipe *pipe, atr_bytes text)
{
    size_t len =
        text.len < ATR_PIPE_TEXT_BYTES_MAX ? text.len : ATR_PIPE_TEXT_BYTES_MAX;

    if (len == 0 || !may_say(pipe)) {
        return 0;
    }
    seal_record(pipe, (uint16_t)len, text.data);
    return len;
}

atr_err atr_pipe_end(atr_pipe *pipe)
{
    if (!may_say(pipe)) {
        return ATR_ERR_STATE;
    }
    seal_record(pipe, LAST, NULL);
    pipe->sending.ended = true;
    return ATR_OK;
}

static atr_err take_record(atr_pipe *pipe, atr_bytes record)
{
    const uint16_t head = head_of(record.data);
    uint8_t nonce[ATR_AEAD_NONCE_BYTES];

    record_nonce(nonce, pipe->taking.number++);
    if (atr_aead_unseal(pipe->text, pipe->taking.key, nonce,
                        (atr_bytes){record.data, HEAD_BYTES},
                        (atr_bytes){record.data + HEAD_BYTES,
                                    record.len - HEAD_BYTES}) != ATR_OK) {
        return ATR_ERR_AUTH;
    }
    pipe->text_from = 0;
    pipe->text_len = text_len_of(head);
    pipe->taking.ended = head == LAST;
    return ATR_OK;
}

/* What arrives ----------------------------------------------------------- */

/* How long what is being collected will be, or 0 when it cannot be. */
static size_t whole_len(const atr_pipe *pipe)
{
    uint16_t head;

    if (pipe->state == ATR_PIPE_MEETING) {
        return atr_ibake_expects(&pipe->meeting);
    }
    if (pipe->taking.ended) {
        return 0;
    }
    if (pipe->in_len < HEAD_BYTES) {
        return HEAD_BYTES;
    }
    head = head_of(pipe->in);
    if (head == 0 || (head > ATR_PIPE_TEXT_BYTES_MAX && head != LAST)) {
        return 0;
    }
    return HEAD_BYTES + text_len_of(head) + ATR_AEAD_TAG_BYTES;
}

/* Text is fetched before the next record, and an answer sent before the next
 * message of the exchange. */
static bool must_wait(const atr_pipe *pipe)
{
    return pipe->text_len != 0 ||
           (pipe->state == ATR_PIPE_MEETING && pipe->out_len != 0);
}

static atr_err take_whole(atr_pipe *pipe)
{
    const atr_bytes whole = {pipe->in, pipe->in_len};
    atr_err err = pipe->state == ATR_PIPE_MEETING ? meet(pipe, whole)
                                                  : take_record(pipe, whole);

    pipe->in_len = 0;
    return err;
}

atr_err atr_pipe_recv(atr_pipe *pipe, size_t *taken, atr_bytes in)
{
    *taken = 0;
    if (pipe->state == ATR_PIPE_FAILED) {
        return ATR_ERR_AUTH;
    }
    while (*taken < in.len && !must_wait(pipe)) {
        size_t want = whole_len(pipe);
        size_t part;

        if (want == 0) {
            return fail(pipe);
        }
        part = want - pipe->in_len;
        part = part < in.len - *taken ? part : in.len - *taken;
        memcpy(pipe->in + pipe->in_len, in.data + *taken, part);
        pipe->in_len += part;
        *taken += part;
        want = whole_len(pipe); /* the head may have come */
        if (want == 0 || (pipe->in_len == want && take_whole(pipe) != ATR_OK)) {
            return fail(pipe);
        }
    }
    return ATR_OK;
}

atr_err atr_pipe_lost(atr_pipe *pipe)
{
    return pipe->state == ATR_PIPE_OPEN && pipe->taking.ended ? ATR_OK
                                                              : fail(pipe);
}

/* What leaves ------------------------------------------------------------ */

atr_bytes atr_pipe_outgoing(const atr_pipe *pipe)
{
    return (atr_bytes){pipe->out + pipe->out_from,
                       pipe->out_len - pipe->out_from};
}

void atr_pipe_sent(atr_pipe *pipe, size_t len)
{
    assert(len <= pipe->out_len - pipe->out_from);
    pipe->out_from += len;
    if (pipe->out_from == pipe->out_len) {
        pipe->out_from = 0;
        pipe->out_len = 0;
    }
}

bool atr_pipe_is_open(const atr_pipe *pipe)
{
    return pipe->state == ATR_PIPE_OPEN;
}

atr_bytes atr_pipe_text(const atr_pipe *pipe)
{
    return (atr_bytes){pipe->text + pipe->text_from,
                       pipe->text_len - pipe->text_from};
}

void atr_pipe_fetched(atr_pipe *pipe, size_t len)
{
    assert(len <= pipe->text_len - pipe->text_from);
    atr_wipe(pipe->text + pipe->text_from, len);
    pipe->text_from += len;
    if (pipe->text_from == pipe->text_len) {
        pipe->text_from = 0;
        pipe->text_len = 0;
    }
}

bool atr_pipe_has_ended(const atr_pipe *pipe)
{
    return pipe->state == ATR_PIPE_OPEN && pipe->taking.ended &&
           pipe->text_len == 0;
}
