/* ws.h - a WebSocket on an established TLS connection, either side.
 *
 * For server.c and client.c only. wslay reads frames and keeps the rules of
 * RFC 6455; frames with data are built here, so that all that waits in a turn
 * goes out as one message in one TLS record and one send(2).
 */
#ifndef ATR_WS_H
#define ATR_WS_H

#include "base/base.h"

struct ssl_st;
struct wslay_event_context;

#define ATR_WS_KEY_BYTES 24    /* of Sec-WebSocket-Key, as text */
#define ATR_WS_ACCEPT_BYTES 29 /* of Sec-WebSocket-Accept, with the zero */

typedef struct {
    void *context;
    void (*data)(void *context, atr_bytes data);
    atr_bytes (*outgoing)(void *context);
    void (*sent)(void *context, size_t len);
} atr_ws_streams;

typedef struct {
    size_t message_max;
    uint32_t fragments_max;
    size_t unsent_max; /* bytes kept here, mostly answers to pings */
    bool is_client;
    bool echo; /* whole messages are sent back; text is allowed */
} atr_ws_limits;

typedef struct {
    struct ssl_st *ssl; /* borrowed */
    struct wslay_event_context *frames;
    const atr_ws_limits *limits; /* borrowed */
    atr_ws_streams streams;
    atr_bytes in;        /* what wslay has not yet taken */
    uint8_t *unsent;     /* frames begun but not taken by the network */
    size_t unsent_len;
    size_t unsent_cap;
    uint64_t message_len;
    uint32_t fragments;
    uint16_t hang_up;    /* code of the close frame to send; 0: none */
    uint16_t peer_code;  /* of the close frame that came */
    bool in_data;        /* the frame being read carries data */
    bool mute;           /* no more `data` */
    bool failed;         /* the other side broke a rule */
} atr_ws;

typedef enum {
    ATR_WS_FINE,    /* read: nothing more now; flush: all is sent */
    ATR_WS_MORE,    /* read: bytes are left, call again in a later turn */
    ATR_WS_BLOCKED, /* flush: the network takes no more now */
    ATR_WS_OVER,    /* the streams are over: a close frame came or a rule was
                       broken; flush, then let go */
    ATR_WS_LOST     /* the connection is gone or unusable */
} atr_ws_state;

/* atr_ws_open readies `ws`; the handshake of HTTP is done. `limits` must stay.
 * Returns ATR_ERR_LIMIT when there is no memory. */
ATR_MUST_USE atr_err atr_ws_open(atr_ws *ws, struct ssl_st *ssl,
                                 const atr_ws_limits *limits,
                                 const atr_ws_streams *streams);
void atr_ws_close(atr_ws *ws);

/* atr_ws_queue adds raw bytes before all else that is to be sent: the answer
 * of the handshake. */
ATR_MUST_USE atr_err atr_ws_queue(atr_ws *ws, atr_bytes bytes);

/* atr_ws_feed reads frames that came with the handshake. */
atr_ws_state atr_ws_feed(atr_ws *ws, atr_bytes in);

/* atr_ws_read reads at most a few records from the connection. */
atr_ws_state atr_ws_read(atr_ws *ws);

/* atr_ws_flush sends what waits: FINE, BLOCKED or LOST. */
atr_ws_state atr_ws_flush(atr_ws *ws);

/* atr_ws_ping queues a ping. */
void atr_ws_ping(atr_ws *ws);

/* atr_ws_said_goodbye tells whether our close frame has been sent whole. */
bool atr_ws_said_goodbye(const atr_ws *ws);

/* atr_ws_accept computes Sec-WebSocket-Accept (RFC 6455, section 4.2.2) of a
 * key, or returns ATR_ERR_INPUT when it is not 16 bytes in Base64. */
ATR_MUST_USE atr_err atr_ws_accept(char out[ATR_WS_ACCEPT_BYTES],
                                   const char *key);

#endif
