/* client.h - one outgoing WebSocket over TLS, on the loop.
 *
 * Never blocks, except that a host name is resolved in atr_client_open. The
 * byte streams work as in server.h: `data` gives what arrives; after
 * atr_client_ready the client takes the bytes of `outgoing` at the end of the
 * turn. Connecting again after `closed` is the caller's: close this one and
 * open another.
 */
#ifndef ATR_CLIENT_H
#define ATR_CLIENT_H

#include "host/fault.h"
#include "host/loop.h"
#include "host/tls.h"

typedef struct atr_client atr_client;

typedef struct {
    const char *host;
    uint16_t port;
    const char *path;     /* "/v1/room" */
    const uint8_t *pin;   /* ATR_PIN_BYTES bytes, or NULL: system trust */
    uint32_t connect_ms;  /* 10 s to be open; zeros are these defaults */
    uint32_t ping_ms;     /* 30 s without a byte until a ping; as long again
                             until the connection counts as lost */
    uint32_t close_ms;    /* 3 s for the other side to close */
    size_t message_max;   /* 16 MiB a message */
    uint32_t fragments_max; /* 1,024 frames a message */
} atr_client_options;

typedef struct {
    void *context;
    void (*open)(void *context); /* upgraded: the streams begin */
    void (*data)(void *context, atr_bytes data);
    /* The connection is over or never came to be; called once, never from
     * within a function of this file. `err` is ATR_OK after an orderly close
     * (`code` is the other side's, 1005 for none), ATR_ERR_AUTH for a
     * certificate that is not the pinned or a trusted one, ATR_ERR_INPUT when
     * the server does not speak WebSocket or breaks its rules, ATR_ERR_IO for
     * the network. `text` says it for people. */
    void (*closed)(void *context, atr_err err, uint16_t code,
                   const char *text);
    atr_bytes (*outgoing)(void *context);
    void (*sent)(void *context, size_t len);
} atr_client_handler;

/* atr_client_open begins to connect. Returns ATR_ERR_IO when the name cannot
 * be resolved; everything later comes as `closed`. */
ATR_MUST_USE atr_err atr_client_open(atr_client **out, atr_loop *loop,
                                     const atr_client_options *options,
                                     const atr_client_handler *handler,
                                     atr_fault *fault);

/* atr_client_ready says that there are outgoing bytes; before `open` they
 * wait. */
void atr_client_ready(atr_client *client);

/* atr_client_hang_up sends what is outgoing, then a close frame; `closed`
 * follows. */
void atr_client_hang_up(atr_client *client, uint16_t code);

/* atr_client_close frees at once, without callbacks; NULL is accepted, and it
 * may be called from `closed`, but not from the other callbacks. */
void atr_client_close(atr_client *client);

#endif
