/* host_ws.c - WebSocket frames from a hostile client, cut anywhere: nothing
 * is given to the room after a broken rule or a close frame, and memory stays
 * within its limits.
 */
#include "host/ws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

typedef struct {
    const atr_ws *ws;
    size_t got;
} room;

static void came(void *context, atr_bytes data)
{
    room *r = context;

    if (r->ws->failed || r->ws->mute || r->ws->peer_code != 0 ||
        data.len == 0) {
        __builtin_trap();
    }
    r->got += data.len;
}

static atr_bytes nothing(void *context)
{
    (void)context;
    return (atr_bytes){NULL, 0};
}

static void sent(void *context, size_t len)
{
    (void)context;
    (void)len;
}

/* The first byte tells where to cut and whether whole messages are echoed. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    atr_ws ws;
    room r = {&ws, 0};
    atr_ws_limits limits = {2000, 8, 4000, false, false};
    atr_ws_streams streams = {&r, came, nothing, sent};
    atr_ws_state state = ATR_WS_FINE;
    size_t piece;
    size_t all = len;

    if (len == 0) {
        return 0;
    }
    limits.echo = data[0] & 1;
    piece = (data[0] >> 1) + 1u;
    data++;
    len--;
    if (atr_ws_open(&ws, NULL, &limits, &streams) != ATR_OK) {
        return 0;
    }
    while (len > 0 && state == ATR_WS_FINE) {
        size_t n = piece < len ? piece : len;

        state = atr_ws_feed(&ws, (atr_bytes){data, n});
        data += n;
        len -= n;
    }
    if (r.got > all || (state == ATR_WS_OVER) == (ws.failed == false &&
                                                  ws.peer_code == 0) ||
        (state == ATR_WS_FINE && ws.unsent_len > limits.unsent_max)) {
        __builtin_trap();
    }
    atr_ws_close(&ws);
    return 0;
}
