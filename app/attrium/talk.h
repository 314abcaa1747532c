/* talk.h - a pipe of proto/pipe.h over a connection: what stands on one
 * descriptor goes to the peer, what the peer says to another.
 *
 * Nothing is read before the peer is confirmed, and nothing is written that is
 * not authenticated. One record waits in each direction, so whoever does not
 * read makes the other wait. It is over when both have said their last word
 * and the connection has ended; before that, every end is a failure.
 */
#ifndef ATR_TALK_H
#define ATR_TALK_H

#include "host/loop.h"
#include "host/tcp.h"
#include "proto/pipe.h"

typedef struct atr_talk atr_talk;

/* Where bytes come from and go to; none of them is closed. */
typedef struct {
    int network; /* non-blocking */
    int input;
    int output;
} atr_talk_ends;

typedef struct {
    void *context;
    /* The peer is confirmed: from here on input is read. */
    void (*opened)(void *context);
    /* The peer has said its last word, and all it said is written. */
    void (*heard)(void *context);
    /* It is over: ATR_OK; ATR_ERR_AUTH (forged, cut off, or the peer meant
     * somebody else), ATR_ERR_IO (the network, and the peer was done),
     * ATR_ERR_STATE (input or output). Nothing is called after this. */
    void (*over)(void *context, atr_err err, const char *text);
} atr_talk_handler;

/* atr_talk_open begins to move bytes between `pipe` (lent) and the ends.
 * Nothing is called before the loop runs. ATR_ERR_IO, ATR_ERR_LIMIT. */
ATR_MUST_USE atr_err atr_talk_open(atr_talk **out, atr_loop *loop,
                                   atr_pipe *pipe, const atr_talk_ends *ends,
                                   const atr_talk_handler *handler);
void atr_talk_close(atr_talk *talk);

#endif
