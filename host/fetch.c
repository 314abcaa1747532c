#include "host/fetch.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/dial.h"
#include "host/head.h"

#define BODY_MAX_DEFAULT (1u << 20)
#define REQUEST_BYTES_MAX                                                      \
    (ATR_FETCH_PATH_BYTES_MAX + ATR_DIAL_HOST_BYTES_MAX + 64)
#define FIRST_ROOM 4096

typedef enum {
    RESTING,  /* with a connection or without */
    DIALLING,
    ASKING,   /* the request is being sent */
    READING,  /* the answer */
    REPORTING /* the timer tells `done` next */
} fetch_state;

struct atr_fetch {
    atr_loop *loop;
    atr_dial dial;
    atr_timer *timer;
    atr_fetch_fn *done;
    void *context;
    size_t body_max;
    fetch_state state;
    bool reused; /* the connection has served before: it may be stale */
    char request[REQUEST_BYTES_MAX];
    size_t request_len;
    size_t request_sent;
    uint8_t *in; /* head and body as they come */
    size_t in_len;
    size_t in_cap;
    size_t head_len; /* 0: not all there yet */
    size_t body_len;
    bool last; /* the server closes after this answer */
    int status;
    atr_err err;
    char text[ATR_FAULT_BYTES_MAX];
};

static void step(void *context);

static void forget_answer(atr_fetch *fetch)
{
    free(fetch->in);
    fetch->in = NULL;
    fetch->in_len = fetch->in_cap = 0;
    fetch->head_len = fetch->body_len = 0;
    fetch->status = 0;
    fetch->last = false;
}

static void end(atr_fetch *fetch, atr_err err, const char *text)
{
    (void)snprintf(fetch->text, sizeof fetch->text, "%s", text);
    fetch->err = err;
    fetch->state = REPORTING;
    if (err != ATR_OK || fetch->last) {
        atr_dial_drop(&fetch->dial);
    }
    atr_timer_set(fetch->timer, 0);
}

static void begin(atr_fetch *fetch)
{
    atr_fault fault = {""};
    atr_err err;

    forget_answer(fetch);
    fetch->request_sent = 0;
    fetch->reused = fetch->dial.ssl != NULL;
    if (fetch->reused) {
        fetch->state = ASKING;
        step(fetch);
        return;
    }
    fetch->state = DIALLING;
    err = atr_dial_begin(&fetch->dial, &fault);
    if (err != ATR_ERR_STATE) {
        end(fetch, err, fault.text);
    }
}

/* The connection is over. One that was kept may have been closed by the other
 * side before it heard of this request, which then goes out once more. */
static void lost(atr_fetch *fetch)
{
    if (fetch->reused && fetch->in_len == 0) {
        atr_dial_drop(&fetch->dial);
        begin(fetch);
    } else {
        end(fetch, ATR_ERR_IO, "the server hung up");
    }
}

static void step_dial(atr_fetch *fetch)
{
    atr_fault fault = {""};
    atr_err err = atr_dial_step(&fetch->dial, &fault);

    if (err == ATR_OK) {
        fetch->state = ASKING;
        step(fetch);
    } else if (err != ATR_ERR_STATE) {
        end(fetch, err, fault.text);
    }
}

static void step_ask(atr_fetch *fetch)
{
    int got;

    ERR_clear_error();
    got = SSL_write(fetch->dial.ssl, fetch->request + fetch->request_sent,
                    (int)(fetch->request_len - fetch->request_sent));
    if (got > 0) {
        fetch->request_sent += (size_t)got;
        if (fetch->request_sent == fetch->request_len) {
            fetch->state = READING;
        }
        step(fetch);
    } else if (!atr_dial_again(&fetch->dial, got)) {
        lost(fetch);
    }
}

/* Room for a head, then for what the head has said. */
static bool make_room(atr_fetch *fetch)
{
    size_t cap = fetch->head_len > 0 ? fetch->head_len + fetch->body_len + 1
                 : fetch->in_cap == 0 ? FIRST_ROOM
                                      : ATR_HEAD_BYTES_MAX + 1;
    uint8_t *more;

    if (fetch->in_len < fetch->in_cap) {
        return true;
    }
    more = realloc(fetch->in, cap);
    if (more == NULL || cap <= fetch->in_cap) {
        fetch->in = more != NULL ? more : fetch->in;
        return false;
    }
    fetch->in = more;
    fetch->in_cap = cap;
    return true;
}

static void read_head(atr_fetch *fetch)
{
    atr_head head;
    size_t used = 0;
    uint64_t len = 0;
    unsigned coded = 0;
    unsigned count = 0;
    atr_err err =
        atr_head_parse(&head, &used, (atr_bytes){fetch->in, fetch->in_len});

    if (err == ATR_ERR_STATE) {
        return;
    }
    if (err == ATR_OK) {
        (void)atr_head_value(&coded, &head, "Transfer-Encoding");
        err = atr_head_length(&len, &head);
    }
    if (err != ATR_OK || coded != 0 || head.status < 200) {
        end(fetch, ATR_ERR_INPUT, "the answer is not HTTP as it should be");
    } else if (len > fetch->body_max) {
        end(fetch, ATR_ERR_LIMIT, "the answer is too large");
    } else {
        fetch->status = head.status;
        fetch->last = atr_head_is(atr_head_value(&count, &head, "Connection"),
                                  "close");
        fetch->head_len = used;
        fetch->body_len = (size_t)len;
    }
}

static void take_bytes(atr_fetch *fetch)
{
    size_t whole;

    if (fetch->head_len == 0) {
        read_head(fetch);
    }
    whole = fetch->head_len + fetch->body_len;
    if (fetch->state == READING && fetch->head_len > 0 &&
        fetch->in_len >= whole) {
        end(fetch, fetch->in_len == whole ? ATR_OK : ATR_ERR_INPUT,
            fetch->in_len == whole ? "" : "more came than was asked for");
    }
}

static void step_read(atr_fetch *fetch)
{
    while (fetch->state == READING) {
        int got;

        if (!make_room(fetch)) {
            end(fetch, ATR_ERR_LIMIT, "the answer is too large");
            return;
        }
        ERR_clear_error();
        got = SSL_read(fetch->dial.ssl, fetch->in + fetch->in_len,
                       (int)(fetch->in_cap - fetch->in_len));
        if (got <= 0) {
            if (!atr_dial_again(&fetch->dial, got)) {
                lost(fetch);
            }
            return;
        }
        fetch->in_len += (size_t)got;
        take_bytes(fetch);
    }
}

/* Between answers a server has nothing to say but that it closes. */
static void step_rest(atr_fetch *fetch)
{
    uint8_t byte;
    int got = 0;

    if (fetch->dial.ssl != NULL) {
        ERR_clear_error();
        got = SSL_read(fetch->dial.ssl, &byte, 1);
        if (got > 0 || !atr_dial_again(&fetch->dial, got)) {
            atr_dial_drop(&fetch->dial);
        }
    }
}

static void step(void *context)
{
    static void (*const steps[])(atr_fetch *) = {[RESTING] = step_rest,
                                                 [DIALLING] = step_dial,
                                                 [ASKING] = step_ask,
                                                 [READING] = step_read,
                                                 [REPORTING] = step_rest};
    atr_fetch *fetch = context;

    atr_loop_touch(fetch->loop);
    steps[fetch->state](fetch);
}

/* The answer is handed out of the fetch, which `done` may close. */
static void report(atr_fetch *fetch)
{
    uint8_t *in = fetch->in;
    atr_bytes body = {NULL, 0};
    char text[sizeof fetch->text];

    if (fetch->err == ATR_OK) {
        body = (atr_bytes){in + fetch->head_len, fetch->body_len};
    }
    memcpy(text, fetch->text, sizeof text);
    fetch->in = NULL;
    fetch->state = RESTING;
    fetch->done(fetch->context, fetch->err, fetch->status, body, text);
    free(in);
}

static void on_timer(void *context)
{
    atr_fetch *fetch = context;

    if (fetch->state == REPORTING) {
        report(fetch);
    } else if (fetch->state != RESTING) {
        end(fetch, ATR_ERR_IO, "took too long");
    }
}

atr_err atr_fetch_open(atr_fetch **out, atr_loop *loop,
                       const atr_fetch_options *options, atr_fetch_fn *done,
                       void *context, atr_fault *fault)
{
    atr_fetch *fetch = calloc(1, sizeof *fetch);
    atr_err err;

    *out = NULL;
    if (fetch == NULL) {
        return atr_fault_set(fault, ATR_ERR_IO, "fetch: out of memory");
    }
    fetch->loop = loop;
    fetch->done = done;
    fetch->context = context;
    fetch->body_max = options->body_max ? options->body_max : BODY_MAX_DEFAULT;
    err = atr_dial_init(&fetch->dial, loop, options->host, options->port,
                        options->pin, fault);
    if (err == ATR_OK && options->own != NULL) {
        err = atr_tls_show(fetch->dial.tls, options->own, fault);
    }
    if (err == ATR_OK &&
        atr_timer_open(&fetch->timer, loop, on_timer, fetch) != ATR_OK) {
        err = atr_fault_set(fault, ATR_ERR_IO, "fetch: out of memory");
    }
    if (err != ATR_OK) {
        atr_fetch_close(fetch);
        return err;
    }
    fetch->dial.moved = step;
    fetch->dial.context = fetch;
    *out = fetch;
    return ATR_OK;
}

atr_err atr_fetch_get(atr_fetch *fetch, const char *path, uint32_t limit_ms)
{
    const char *host = fetch->dial.host;
    bool v6 = strchr(host, ':') != NULL;
    int len;

    if (fetch->state != RESTING) {
        return ATR_ERR_STATE;
    }
    if (path[0] != '/' || !atr_dial_is_plain(path) ||
        strlen(path) > ATR_FETCH_PATH_BYTES_MAX) {
        return ATR_ERR_INPUT;
    }
    len = snprintf(fetch->request, sizeof fetch->request,
                   "GET %s HTTP/1.1\r\nHost: %s%s%s:%u\r\n\r\n", path,
                   v6 ? "[" : "", host, v6 ? "]" : "", fetch->dial.port);
    fetch->request_len = (size_t)len;
    atr_timer_set(fetch->timer, atr_loop_now(fetch->loop) + limit_ms);
    begin(fetch);
    return ATR_OK;
}

void atr_fetch_close(atr_fetch *fetch)
{
    if (fetch != NULL) {
        atr_dial_wipe(&fetch->dial);
        if (fetch->timer != NULL) {
            atr_timer_close(fetch->timer);
        }
        free(fetch->in);
        free(fetch);
    }
}
