/* dial.h - a TLS connection being made on the loop; for the other files of
 * host/ only.
 *
 * The addresses of a host are tried one after the other, then comes the TLS
 * handshake. All along `moved` is called when there is something to do: call
 * atr_dial_step from it until the connection is there, and from then on drive
 * `ssl` with atr_dial_again.
 */
#ifndef ATR_DIAL_H
#define ATR_DIAL_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <openssl/ssl.h>

#include "host/fault.h"
#include "host/lookup.h"
#include "host/loop.h"
#include "host/tls.h"

#define ATR_DIAL_HOST_BYTES_MAX 255

typedef struct {
    atr_loop *loop;
    atr_tls *tls; /* of atr_tls_client_open */
    char host[ATR_DIAL_HOST_BYTES_MAX + 1];
    uint16_t port;
    bool is_pinned;
    atr_lookup *lookup; /* under way, or NULL */
    struct event looked_up;
    struct addrinfo *addresses;
    const struct addrinfo *next; /* to be tried */
    int fd;                      /* -1: none */
    SSL *ssl;                    /* NULL until the TCP connection is there */
    struct event readable;
    struct event writable;
    atr_loop_fn *moved;
    void *context;
} atr_dial;

/* atr_dial_init sets up; atr_dial_wipe takes what it set up, and one that is
 * all zero but for `fd` of -1. ATR_ERR_INPUT for a name that cannot stand in
 * a request. */
ATR_MUST_USE atr_err atr_dial_init(atr_dial *dial, atr_loop *loop,
                                   const char *host, uint16_t port,
                                   const uint8_t *pin, atr_fault *fault);
void atr_dial_wipe(atr_dial *dial);

/* atr_dial_resolve finds the addresses, and blocks; atr_dial_start begins with
 * the first of them. atr_dial_begin does both without blocking. Errors as the
 * step's; ATR_ERR_STATE is how it goes well. */
ATR_MUST_USE atr_err atr_dial_resolve(atr_dial *dial, atr_fault *fault);
ATR_MUST_USE atr_err atr_dial_start(atr_dial *dial, atr_fault *fault);
ATR_MUST_USE atr_err atr_dial_begin(atr_dial *dial, atr_fault *fault);

/* atr_dial_step goes on: ATR_OK when the connection is there, ATR_ERR_STATE
 * when it is not yet; ATR_ERR_AUTH for a certificate that is not the pinned
 * or a trusted one, ATR_ERR_IO for the network. */
ATR_MUST_USE atr_err atr_dial_step(atr_dial *dial, atr_fault *fault);

/* atr_dial_again tells, after a call of OpenSSL that gave `got`, whether to
 * call it again when `moved` is; false when the connection is over. */
bool atr_dial_again(atr_dial *dial, int got);

/* atr_dial_rest hears no more of the connection, atr_dial_drop ends it. */
void atr_dial_rest(atr_dial *dial);
void atr_dial_drop(atr_dial *dial);

/* atr_dial_is_plain tells whether `text` may stand in the head of a request:
 * it ends no line of it. */
bool atr_dial_is_plain(const char *text);

#endif
