#include "host/ws.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <wslay/wslay.h>

#define RECORD_BYTES 16384 /* of a TLS record, RFC 8446 section 5.1 */
#define HEAD_BYTES_MAX 14  /* of a frame: 2, length 8, mask 4 */
#define READ_BYTES_MAX 65536 /* a turn, then others have theirs; */
#define READS_MAX 256        /* and records, which may be small */
#define CODE_PROTOCOL 1002
#define CODE_UNSUPPORTED 1003
#define CODE_TOO_BIG 1009
#define CODE_POLICY 1008

/* One thread: one buffer for what is read and one for what is built. */
static uint8_t read_buffer[RECORD_BYTES];
static uint8_t frame_buffer[RECORD_BYTES];

static atr_err keep(atr_ws *ws, atr_bytes bytes)
{
    size_t need = ws->unsent_len + bytes.len;

    if (need > ws->unsent_cap) {
        size_t cap = need < 512 ? 512 : need + need / 2;
        uint8_t *more = realloc(ws->unsent, cap);

        if (more == NULL) {
            return ATR_ERR_LIMIT;
        }
        ws->unsent = more;
        ws->unsent_cap = cap;
    }
    if (bytes.len > 0) {
        memcpy(ws->unsent + ws->unsent_len, bytes.data, bytes.len);
    }
    ws->unsent_len += bytes.len;
    return ATR_OK;
}

static ssize_t take_in(wslay_event_context_ptr frames, uint8_t *out,
                       size_t cap, int flags, void *context)
{
    atr_ws *ws = context;
    size_t len = ws->in.len < cap ? ws->in.len : cap;

    (void)flags;
    if (len == 0) {
        wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
        return -1;
    }
    memcpy(out, ws->in.data, len);
    ws->in.data += len;
    ws->in.len -= len;
    return (ssize_t)len;
}

static ssize_t give_out(wslay_event_context_ptr frames, const uint8_t *data,
                        size_t len, int flags, void *context)
{
    atr_ws *ws = context;

    (void)flags;
    if (keep(ws, (atr_bytes){data, len}) != ATR_OK) {
        wslay_event_set_error(frames, WSLAY_ERR_CALLBACK_FAILURE);
        return -1;
    }
    return (ssize_t)len;
}

static int make_mask(wslay_event_context_ptr frames, uint8_t *out, size_t len,
                     void *context)
{
    (void)frames;
    (void)context;
    return RAND_bytes(out, (int)len) == 1 ? 0 : -1;
}

static void refuse(atr_ws *ws, uint16_t code)
{
    ws->failed = true;
    ws->mute = true;
    (void)wslay_event_queue_close(ws->frames, code, NULL, 0);
    wslay_event_shutdown_read(ws->frames);
}

/* Frames are counted because wslay keeps a piece of memory for each. */
static void frame_begins(wslay_event_context_ptr frames,
                         const struct wslay_event_on_frame_recv_start_arg *arg,
                         void *context)
{
    atr_ws *ws = context;

    (void)frames;
    ws->in_data = (arg->opcode & 8) == 0;
    if (arg->opcode == WSLAY_CONNECTION_CLOSE && arg->payload_length == 1) {
        refuse(ws, CODE_PROTOCOL); /* half a code; wslay lets it pass */
    }
    if (!ws->in_data) {
        return;
    }
    if (arg->opcode != WSLAY_CONTINUATION_FRAME) {
        ws->fragments = 0;
        ws->message_len = 0;
    }
    ws->fragments++;
    ws->message_len += arg->payload_length;
    if (arg->opcode == WSLAY_TEXT_FRAME && !ws->limits->echo) {
        refuse(ws, CODE_UNSUPPORTED);
    } else if (ws->fragments > ws->limits->fragments_max) {
        refuse(ws, CODE_POLICY);
    } else if (arg->payload_length > ws->limits->message_max ||
               ws->message_len > ws->limits->message_max) {
        refuse(ws, CODE_TOO_BIG);
    }
}

static void chunk_came(wslay_event_context_ptr frames,
                       const struct wslay_event_on_frame_recv_chunk_arg *arg,
                       void *context)
{
    atr_ws *ws = context;

    (void)frames;
    if (ws->in_data && !ws->mute && !ws->limits->echo &&
        arg->data_length > 0) {
        ws->streams.data(ws->streams.context,
                         (atr_bytes){arg->data, arg->data_length});
    }
}

/* Moves wslay's own frames (pongs, closes, echoes) to what is unsent. */
static bool collect(atr_ws *ws)
{
    return !wslay_event_want_write(ws->frames) ||
           wslay_event_send(ws->frames) == 0;
}

static void message_came(wslay_event_context_ptr frames,
                         const struct wslay_event_on_msg_recv_arg *arg,
                         void *context)
{
    atr_ws *ws = context;

    if (arg->opcode == WSLAY_CONNECTION_CLOSE) {
        ws->peer_code = arg->status_code != 0 ? arg->status_code
                                              : WSLAY_CODE_NO_STATUS_RCVD;
        ws->mute = true;
    } else if (ws->limits->echo && !wslay_is_ctrl_frame(arg->opcode)) {
        struct wslay_event_msg back = {arg->opcode, arg->msg, arg->msg_length};

        (void)wslay_event_queue_msg(frames, &back);
        (void)collect(ws); /* a close frame would overtake it */
    }
}

atr_err atr_ws_open(atr_ws *ws, SSL *ssl, const atr_ws_limits *limits,
                    const atr_ws_streams *streams)
{
    static const struct wslay_event_callbacks callbacks = {
        take_in,    give_out, make_mask,   frame_begins,
        chunk_came, NULL,     message_came};
    int failed;

    memset(ws, 0, sizeof *ws);
    ws->ssl = ssl;
    ws->limits = limits;
    ws->streams = *streams;
    failed = limits->is_client
                 ? wslay_event_context_client_init(&ws->frames, &callbacks, ws)
                 : wslay_event_context_server_init(&ws->frames, &callbacks,
                                                   ws);
    if (failed != 0) {
        ws->frames = NULL;
        return ATR_ERR_LIMIT;
    }
    wslay_event_config_set_no_buffering(ws->frames, !limits->echo);
    wslay_event_config_set_max_recv_msg_length(ws->frames,
                                               limits->message_max);
    return ATR_OK;
}

void atr_ws_close(atr_ws *ws)
{
    if (ws->frames != NULL) {
        wslay_event_context_free(ws->frames);
    }
    free(ws->unsent);
    memset(ws, 0, sizeof *ws);
}

atr_err atr_ws_queue(atr_ws *ws, atr_bytes bytes)
{
    return keep(ws, bytes);
}

atr_ws_state atr_ws_feed(atr_ws *ws, atr_bytes in)
{
    int failed;

    ws->in = in;
    failed = wslay_event_recv(ws->frames);
    ws->in = (atr_bytes){NULL, 0};
    if (failed != 0 || !collect(ws) ||
        ws->unsent_len > ws->limits->unsent_max) {
        return ATR_WS_LOST;
    }
    if (!wslay_event_get_read_enabled(ws->frames)) {
        ws->failed |= !wslay_event_get_close_received(ws->frames);
        ws->mute = true;
        return ATR_WS_OVER;
    }
    return ATR_WS_FINE;
}

atr_ws_state atr_ws_read(atr_ws *ws)
{
    size_t sum = 0;

    for (int i = 0; i < READS_MAX && sum < READ_BYTES_MAX; i++) {
        atr_ws_state state;
        int got;

        ERR_clear_error();
        got = SSL_read(ws->ssl, read_buffer, sizeof read_buffer);
        if (got <= 0) {
            int why = SSL_get_error(ws->ssl, got);

            return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE
                       ? ATR_WS_FINE
                       : ATR_WS_LOST;
        }
        sum += (size_t)got;
        state = atr_ws_feed(ws, (atr_bytes){read_buffer, (size_t)got});
        if (state != ATR_WS_FINE) {
            return state;
        }
    }
    return SSL_has_pending(ws->ssl) ? ATR_WS_MORE : ATR_WS_FINE;
}

/* Writes one record at most. *put is 0 when the network takes no more. */
static bool write_record(atr_ws *ws, atr_bytes bytes, size_t *put)
{
    int got;
    int why;

    ERR_clear_error();
    got = SSL_write(ws->ssl, bytes.data,
                    (int)(bytes.len < RECORD_BYTES ? bytes.len
                                                   : RECORD_BYTES));
    *put = got > 0 ? (size_t)got : 0;
    if (got > 0) {
        return true;
    }
    why = SSL_get_error(ws->ssl, got);
    return why == SSL_ERROR_WANT_WRITE || why == SSL_ERROR_WANT_READ;
}

static atr_ws_state flush_unsent(atr_ws *ws)
{
    size_t at = 0;
    atr_ws_state state = ATR_WS_FINE;

    while (at < ws->unsent_len && state == ATR_WS_FINE) {
        size_t put = 0;

        if (!write_record(ws, (atr_bytes){ws->unsent + at,
                                          ws->unsent_len - at}, &put)) {
            state = ATR_WS_LOST;
        } else if (put == 0) {
            state = ATR_WS_BLOCKED;
        }
        at += put;
    }
    ws->unsent_len -= at;
    if (ws->unsent_len > 0 && at > 0) {
        memmove(ws->unsent, ws->unsent + at, ws->unsent_len);
    }
    if (ws->unsent_len == 0) {
        free(ws->unsent);
        ws->unsent = NULL;
        ws->unsent_cap = 0;
    }
    return state;
}

/* RFC 6455 section 5.2: FIN and binary, length, mask of a client, payload. */
static atr_bytes build_frame(const atr_ws *ws, atr_bytes payload)
{
    uint8_t *at = frame_buffer;
    uint8_t masked = ws->limits->is_client ? 0x80 : 0;

    *at++ = 0x82;
    if (payload.len < 126) {
        *at++ = (uint8_t)(masked | payload.len);
    } else { /* a record holds less than 2^16 */
        *at++ = masked | 126;
        *at++ = (uint8_t)(payload.len >> 8);
        *at++ = (uint8_t)payload.len;
    }
    if (masked != 0) {
        uint8_t mask[4] = {0};

        (void)make_mask(NULL, mask, sizeof mask, NULL);
        memcpy(at, mask, sizeof mask);
        at += sizeof mask;
        for (size_t i = 0; i < payload.len; i++) {
            at[i] = payload.data[i] ^ mask[i % 4];
        }
    } else {
        memcpy(at, payload.data, payload.len);
    }
    return (atr_bytes){frame_buffer, (size_t)(at - frame_buffer) + payload.len};
}

/* Once a record is begun it belongs to this side of the connection, sent or
 * kept: the handler may forget it. */
static atr_ws_state flush_stream(atr_ws *ws)
{
    for (;;) {
        atr_bytes out = ws->streams.outgoing(ws->streams.context);
        atr_bytes frame;
        size_t put = 0;

        if (out.len == 0) {
            return ATR_WS_FINE;
        }
        if (out.len > RECORD_BYTES - HEAD_BYTES_MAX) {
            out.len = RECORD_BYTES - HEAD_BYTES_MAX;
        }
        frame = build_frame(ws, out);
        if (!write_record(ws, frame, &put)) {
            return ATR_WS_LOST;
        }
        if (put < frame.len &&
            keep(ws, (atr_bytes){frame.data + put, frame.len - put}) !=
                ATR_OK) {
            return ATR_WS_LOST;
        }
        ws->streams.sent(ws->streams.context, out.len);
        if (put < frame.len) {
            return ATR_WS_BLOCKED;
        }
    }
}

atr_ws_state atr_ws_flush(atr_ws *ws)
{
    atr_ws_state state;

    if (!collect(ws)) {
        return ATR_WS_LOST;
    }
    state = flush_unsent(ws);
    if (state != ATR_WS_FINE || wslay_event_get_close_sent(ws->frames)) {
        return state;
    }
    if (!ws->limits->echo) {
        state = flush_stream(ws);
    }
    if (state == ATR_WS_FINE && ws->hang_up != 0) {
        (void)wslay_event_queue_close(ws->frames, ws->hang_up, NULL, 0);
        state = collect(ws) ? flush_unsent(ws) : ATR_WS_LOST;
    }
    return state;
}

void atr_ws_ping(atr_ws *ws)
{
    struct wslay_event_msg ping = {WSLAY_PING, NULL, 0};

    (void)wslay_event_queue_msg(ws->frames, &ping);
    (void)collect(ws);
}

bool atr_ws_said_goodbye(const atr_ws *ws)
{
    return wslay_event_get_close_sent(ws->frames) && ws->unsent_len == 0;
}

static bool is_key(const char *key)
{
    uint8_t raw[ATR_WS_KEY_BYTES];

    return strlen(key) == ATR_WS_KEY_BYTES &&
           strspn(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                       "0123456789+/") == ATR_WS_KEY_BYTES - 2 &&
           strcmp(key + ATR_WS_KEY_BYTES - 2, "==") == 0 &&
           EVP_DecodeBlock(raw, (const unsigned char *)key,
                           ATR_WS_KEY_BYTES) == 18;
}

atr_err atr_ws_accept(char out[ATR_WS_ACCEPT_BYTES], const char *key)
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char text[ATR_WS_KEY_BYTES + sizeof guid];
    uint8_t digest[20];

    memset(out, 0, ATR_WS_ACCEPT_BYTES);
    if (!is_key(key)) {
        return ATR_ERR_INPUT;
    }
    memcpy(text, key, ATR_WS_KEY_BYTES);
    memcpy(text + ATR_WS_KEY_BYTES, guid, sizeof guid);
    if (EVP_Digest(text, sizeof text - 1, digest, NULL, EVP_sha1(), NULL) !=
        1) {
        return ATR_ERR_INPUT;
    }
    (void)EVP_EncodeBlock((unsigned char *)out, digest, sizeof digest);
    return ATR_OK;
}
