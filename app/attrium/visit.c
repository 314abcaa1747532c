#include "app/attrium/visit.h"

#include <stdio.h>
#include <stdlib.h>

#include "host/client.h"

#define LIMIT_MS 20000

static void *heap_resize(void *context, void *block, size_t old_len,
                         size_t new_len)
{
    (void)context;
    (void)old_len;
    if (new_len == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_len);
}

atr_mem atr_heap(size_t limit)
{
    return (atr_mem){.resize = heap_resize, .limit = limit};
}

const char *atr_refusal_text(uint8_t refusal)
{
    switch (refusal) {
    case ATR_REFUSAL_MALFORMED:
        return "it does not understand this program";
    case ATR_REFUSAL_ORDER:
        return "it did not expect this now";
    case ATR_REFUSAL_NO_ROOM:
        return "there is no such room";
    case ATR_REFUSAL_FULL:
        return "it is full";
    case ATR_REFUSAL_DENIED:
        return "the challenge was not answered";
    case ATR_REFUSAL_SLOW:
        return "it took too long";
    case ATR_REFUSAL_CLOSING:
        return "it is shutting down";
    case ATR_REFUSAL_PERIOD:
        return "the room is in another period";
    case ATR_REFUSAL_CROWD:
        return "it is not known that as many people as the room wants could "
               "be here";
    default:
        return "without a reason";
    }
}

int atr_visit_link(atr_link *out, const atr_cli *cli, const char *text,
                   bool needs_room)
{
    if (text == NULL) {
        return atr_cli_usage(cli, "--hall attrium://HOST:PORT#PIN is needed");
    }
    if (atr_link_parse(out, (atr_bytes){(const uint8_t *)text, strlen(text)}) !=
        ATR_OK) {
        return atr_cli_usage(cli,
                             "\"%s\" is not a link such as "
                             "attrium://HOST:PORT%s#PIN",
                             text, needs_room ? "/ROOM" : "");
    }
    if (needs_room && !out->has_room) {
        return atr_cli_usage(cli, "this link names a hall, but no room");
    }
    return ATR_EXIT_DONE;
}

typedef struct {
    atr_loop *loop;
    atr_client *client;
    atr_visitor *visitor;
    atr_err err; /* of the connection, once it is closed */
    atr_err lie; /* of the visitor */
    bool closed;
    bool late;
    char text[ATR_FAULT_BYTES_MAX];
} visit;

static void on_open(void *context)
{
    visit *v = context;

    atr_client_ready(v->client);
}

static void on_data(void *context, atr_bytes data)
{
    visit *v = context;

    v->lie = atr_visitor_recv(v->visitor, data);
    if (v->lie != ATR_OK || v->visitor->state != ATR_VISIT_WAITING) {
        atr_loop_stop(v->loop);
    } else {
        atr_client_ready(v->client);
    }
}

static void on_closed(void *context, atr_err err, uint16_t code,
                      const char *text)
{
    visit *v = context;

    (void)code;
    v->closed = true;
    v->err = err;
    snprintf(v->text, sizeof v->text, "%s", text != NULL ? text : "");
    atr_loop_stop(v->loop);
}

static atr_bytes on_outgoing(void *context)
{
    visit *v = context;

    return atr_visitor_outgoing(v->visitor);
}

static void on_sent(void *context, size_t len)
{
    visit *v = context;

    atr_visitor_sent(v->visitor, len);
}

static void on_late(void *context)
{
    visit *v = context;

    v->late = true;
    atr_loop_stop(v->loop);
}

static int outcome(const visit *v, const atr_cli *cli)
{
    const atr_visitor *visitor = v->visitor;

    if (visitor->state == ATR_VISIT_DONE) {
        return ATR_EXIT_DONE;
    }
    if (visitor->state == ATR_VISIT_FAILED && visitor->refusal != 0) {
        return atr_cli_fail(cli, ATR_EXIT_NETWORK, "the hall refuses: %s",
                            atr_refusal_text(visitor->refusal));
    }
    if (visitor->state == ATR_VISIT_FAILED || v->lie != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                            "the hall's answer is malformed or forged");
    }
    if (v->late) {
        return atr_cli_fail(cli, ATR_EXIT_NETWORK, "the hall does not answer");
    }
    return atr_cli_fail(cli, atr_cli_exit_of_network(v->err), "%s",
                        v->text[0] != 0 ? v->text
                                        : "the hall closed the connection");
}

static atr_err converse(visit *v, const atr_link *link, atr_fault *fault)
{
    atr_client_options options = {
        .host = link->host,
        .port = link->port,
        .path = "/v1/room",
        .pin = link->has_pin ? link->pin : NULL,
    };
    atr_client_handler handler = {v,         on_open,     on_data,
                                  on_closed, on_outgoing, on_sent};
    atr_timer *timer = NULL;
    atr_err err;

    if ((err = atr_loop_open(&v->loop)) != ATR_OK) {
        return atr_fault_set(fault, err, "no event loop");
    }
    if ((err = atr_client_open(&v->client, v->loop, &options, &handler,
                               fault)) == ATR_OK &&
        (err = atr_timer_open(&timer, v->loop, on_late, v)) == ATR_OK) {
        atr_timer_set(timer, atr_loop_now(v->loop) + LIMIT_MS);
        err = atr_loop_run(v->loop);
    }
    atr_timer_close(timer);
    atr_client_close(v->client);
    atr_loop_close(v->loop);
    return err;
}

int atr_visit_hall(atr_visitor *visitor, const atr_cli *cli,
                   const atr_link *link)
{
    visit v = {.visitor = visitor};
    atr_fault fault = {{0}};
    atr_err err;

    atr_cli_detail(cli, "the hall at %s:%u, %s", link->host,
                   (unsigned)link->port,
                   link->has_pin ? "by its pin" : "by the system's trust");
    err = converse(&v, link, &fault);
    if (err != ATR_OK) {
        return atr_cli_fail(cli, atr_cli_exit_of_network(err), "%s",
                            fault.text[0] != 0 ? fault.text
                                               : atr_err_text(err));
    }
    return outcome(&v, cli);
}
