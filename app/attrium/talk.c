#include "app/attrium/talk.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRIVED_BYTES 16384

/* A pipe that can be written takes so much without making us wait. */
#define OUTPUT_BYTES PIPE_BUF

struct atr_talk {
    atr_pipe *pipe;
    atr_talk_ends ends;
    atr_talk_handler handler;
    atr_watch *arriving; /* the network has something for us */
    atr_watch *leaving;  /* it takes something */
    atr_watch *input;
    atr_watch *output;
    bool is_open;
    bool has_ended; /* our last word is in the pipe */
    bool has_heard; /* the peer's, and all before it is written */
    bool is_over;
    uint8_t arrived[ARRIVED_BYTES]; /* that the pipe has not taken yet */
    size_t arrived_from;
    size_t arrived_len;
};

static void end(atr_talk *talk, atr_err err, const char *text)
{
    if (!talk->is_over) {
        talk->is_over = true;
        atr_watch_pause(talk->arriving, true);
        atr_watch_pause(talk->leaving, true);
        atr_watch_pause(talk->input, true);
        atr_watch_pause(talk->output, true);
        talk->handler.over(talk->handler.context, err, text);
    }
}

/* Both have said their last word, and nothing is left to be moved. */
static bool is_done(const atr_talk *talk)
{
    return talk->has_ended && atr_pipe_has_ended(talk->pipe) &&
           atr_pipe_outgoing(talk->pipe).len == 0;
}

/* The connection is gone. Both ends close it when both are done; before that
 * something is missing. */
static void lost(atr_talk *talk)
{
    if (is_done(talk)) {
        end(talk, ATR_OK, "");
    } else if (atr_pipe_lost(talk->pipe) == ATR_OK) {
        end(talk, ATR_ERR_IO, "the peer hung up before it had everything");
    } else {
        end(talk, ATR_ERR_AUTH,
            talk->is_open ? "cut off: the connection ended before the peer did"
                          : "the other end hung up unconfirmed: perhaps it "
                            "expects somebody else");
    }
}

/* Gives the pipe what has arrived, as far as it takes it. */
static void take_arrived(atr_talk *talk)
{
    size_t taken = 0;

    if (talk->arrived_len == 0) {
        return;
    }
    if (atr_pipe_recv(talk->pipe, &taken,
                      (atr_bytes){talk->arrived + talk->arrived_from,
                                  talk->arrived_len}) != ATR_OK) {
        end(talk, ATR_ERR_AUTH,
            talk->is_open ? "what came is not what the peer sent"
                          : "the other end is not the peer, or somebody "
                            "stands between");
        return;
    }
    talk->arrived_from += taken;
    talk->arrived_len -= taken;
    if (!talk->is_open && atr_pipe_is_open(talk->pipe)) {
        talk->is_open = true;
        talk->handler.opened(talk->handler.context);
    }
}

/* After anything has moved: what may move next. */
static void settle(atr_talk *talk)
{
    const atr_pipe *pipe = talk->pipe;
    bool is_sending;
    bool is_writing;

    if (!talk->is_over) {
        take_arrived(talk);
    }
    if (talk->is_over) {
        return;
    }
    if (!talk->has_heard && atr_pipe_has_ended(pipe)) {
        talk->has_heard = true;
        talk->handler.heard(talk->handler.context);
    }
    if (is_done(talk)) {
        atr_tcp_end(talk->ends.network);
    }
    is_sending = atr_pipe_outgoing(pipe).len != 0;
    is_writing = atr_pipe_text(pipe).len != 0;
    atr_watch_pause(talk->arriving, talk->arrived_len != 0 || is_writing);
    atr_watch_pause(talk->leaving, !is_sending);
    atr_watch_pause(talk->input,
                    !talk->is_open || talk->has_ended || is_sending);
    atr_watch_pause(talk->output, !is_writing);
}

static void on_arriving(void *context)
{
    atr_talk *talk = context;
    size_t len = 0;
    atr_err err = atr_tcp_read(talk->arrived, &len, sizeof talk->arrived,
                               talk->ends.network);

    if (err == ATR_OK && len > 0) {
        talk->arrived_from = 0;
        talk->arrived_len = len;
        settle(talk);
    } else if (err != ATR_ERR_STATE) {
        lost(talk);
    }
}

static void on_leaving(void *context)
{
    atr_talk *talk = context;
    size_t len = 0;
    atr_err err =
        atr_tcp_write(&len, talk->ends.network, atr_pipe_outgoing(talk->pipe));

    if (err == ATR_OK) {
        atr_pipe_sent(talk->pipe, len);
        settle(talk);
    } else if (err != ATR_ERR_STATE) {
        lost(talk);
    }
}

static void on_input(void *context)
{
    atr_talk *talk = context;
    uint8_t text[ATR_PIPE_TEXT_BYTES_MAX];
    ssize_t got = read(talk->ends.input, text, sizeof text);

    if (got > 0) {
        /* All of it: the pipe is open and has nothing to send. */
        (void)atr_pipe_say(talk->pipe, (atr_bytes){text, (size_t)got});
    } else if (got == 0) {
        talk->has_ended = atr_pipe_end(talk->pipe) == ATR_OK;
    } else if (errno != EAGAIN && errno != EINTR) {
        end(talk, ATR_ERR_STATE, "cannot read the input");
    }
    atr_wipe(text, sizeof text);
    settle(talk);
}

static void on_output(void *context)
{
    atr_talk *talk = context;
    atr_bytes text = atr_pipe_text(talk->pipe);
    ssize_t got =
        write(talk->ends.output, text.data,
              text.len < OUTPUT_BYTES ? text.len : (size_t)OUTPUT_BYTES);

    if (got >= 0) {
        atr_pipe_fetched(talk->pipe, (size_t)got);
        settle(talk);
    } else if (errno != EAGAIN && errno != EINTR) {
        end(talk, ATR_ERR_STATE, "cannot write the output");
    }
}

atr_err atr_talk_open(atr_talk **out, atr_loop *loop, atr_pipe *pipe,
                      const atr_talk_ends *ends,
                      const atr_talk_handler *handler)
{
    atr_talk *talk = calloc(1, sizeof *talk);

    *out = NULL;
    if (talk == NULL) {
        return ATR_ERR_LIMIT;
    }
    talk->pipe = pipe;
    talk->ends = *ends;
    talk->handler = *handler;
    if (atr_watch_open(&talk->arriving, loop, ends->network, on_arriving,
                       talk) != ATR_OK ||
        atr_watch_open_out(&talk->leaving, loop, ends->network, on_leaving,
                           talk) != ATR_OK ||
        atr_watch_open(&talk->input, loop, ends->input, on_input, talk) !=
            ATR_OK ||
        atr_watch_open_out(&talk->output, loop, ends->output, on_output,
                           talk) != ATR_OK) {
        atr_talk_close(talk);
        return ATR_ERR_IO;
    }
    settle(talk);
    *out = talk;
    return ATR_OK;
}

void atr_talk_close(atr_talk *talk)
{
    if (talk != NULL) {
        atr_watch_close(talk->arriving);
        atr_watch_close(talk->leaving);
        atr_watch_close(talk->input);
        atr_watch_close(talk->output);
        atr_wipe(talk, sizeof *talk);
        free(talk);
    }
}
