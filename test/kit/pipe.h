/* pipe.h - two pipes with nothing between them, for tests. */
#ifndef KIT_PIPE_H
#define KIT_PIPE_H

#include "kit/ibake.h"
#include "proto/pipe.h"

typedef struct {
    atr_pipe a; /* the initiator */
    atr_pipe b;
} pipes;

static inline void pipes_begin(pipes *p, const person *a, const person *b,
                               atr_rng *rng)
{
    uint8_t seed[ATR_SEED_BYTES];

    atr_rng_bytes(rng, seed, sizeof seed);
    assert_int_equal(
        atr_pipe_init(&p->a, ATR_IBAKE_INITIATOR, &a->key, &b->at, seed),
        ATR_OK);
    atr_rng_bytes(rng, seed, sizeof seed);
    assert_int_equal(
        atr_pipe_init(&p->b, ATR_IBAKE_RESPONDER, &b->key, &a->at, seed),
        ATR_OK);
}

/* Carries what waits in `from` to `to`, at most `piece` bytes. */
static inline size_t carry(atr_pipe *to, atr_pipe *from, size_t piece)
{
    atr_bytes out = atr_pipe_outgoing(from);
    size_t taken;

    out.len = out.len < piece ? out.len : piece;
    assert_int_equal(atr_pipe_recv(to, &taken, out), ATR_OK);
    atr_pipe_sent(from, taken);
    return taken;
}

static inline void pipes_open(pipes *p, size_t piece)
{
    while (carry(&p->b, &p->a, piece) + carry(&p->a, &p->b, piece) != 0) {
    }
    assert_true(atr_pipe_is_open(&p->a) && atr_pipe_is_open(&p->b));
}

/* The record that `from` sends for `text`, which it drops. */
static inline size_t record_of(uint8_t *out, atr_pipe *from, atr_bytes text)
{
    atr_bytes record;

    assert_int_equal(atr_pipe_say(from, text), text.len);
    record = atr_pipe_outgoing(from);
    memcpy(out, record.data, record.len);
    atr_pipe_sent(from, record.len);
    return record.len;
}

static inline void assert_text(atr_pipe *pipe, atr_bytes expected)
{
    atr_bytes text = atr_pipe_text(pipe);

    assert_int_equal(text.len, expected.len);
    assert_memory_equal(text.data, expected.data, text.len);
    atr_pipe_fetched(pipe, text.len);
}

#endif
