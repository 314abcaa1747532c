/* tls.h - TLS 1.3 contexts of servers and clients, certificates and pins.
 *
 * A *pin* is the SHA-256 of the SubjectPublicKeyInfo of a server's
 * certificate (RFC 7469, section 2.4). It travels in room links and in the
 * configuration of clients, so that self-made certificates need no authority:
 * a pinned client accepts exactly that key, whatever else the certificate
 * says. A client without a pin uses the system's trust store and checks the
 * host name.
 */
#ifndef ATR_TLS_H
#define ATR_TLS_H

#include "host/fault.h"

#define ATR_PIN_BYTES 32

typedef struct atr_tls atr_tls;

/* atr_tls_server_open reads a certificate chain and its private key from PEM
 * files. A key file that others may read is refused. Open a new one and hand
 * it to atr_server_set_tls to reload. Returns ATR_ERR_IO (cannot read),
 * ATR_ERR_INPUT (not PEM, or key and certificate do not fit together),
 * ATR_ERR_STATE (key file readable by group or others). */
ATR_MUST_USE atr_err atr_tls_server_open(atr_tls **out, const char *cert_path,
                                         const char *key_path,
                                         atr_fault *fault);

/* atr_tls_client_open makes the context of outgoing connections; `pin` is
 * ATR_PIN_BYTES bytes, or NULL for the system's trust store. */
ATR_MUST_USE atr_err atr_tls_client_open(atr_tls **out, const uint8_t *pin,
                                         atr_fault *fault);

/* atr_tls_ask makes a server ask whoever connects for a certificate. None need
 * be shown, and what is shown is accepted whatever stands in it: the handshake
 * proves that its key is there, and atr_http_request tells the pin of that
 * key, by which the handler decides. */
void atr_tls_ask(atr_tls *server);

/* atr_tls_show makes a client show the certificate of `server` to those that
 * ask. ATR_ERR_IO without memory. */
ATR_MUST_USE atr_err atr_tls_show(atr_tls *client, const atr_tls *server,
                                  atr_fault *fault);

/* atr_tls_close accepts NULL; connections keep what they need of it. */
void atr_tls_close(atr_tls *tls);

/* atr_tls_pin gives the pin of a server context's own certificate. */
void atr_tls_pin(uint8_t pin[ATR_PIN_BYTES], const atr_tls *server);

/* atr_tls_expires_at gives the end of a server certificate in wall clock
 * milliseconds, for a warning in the log. */
uint64_t atr_tls_expires_at(const atr_tls *server);

/* atr_tls_make_cert writes a fresh ECDSA P-256 key (mode 0600) and a
 * self-signed certificate for `name` (a host name or an address; always also
 * "localhost", 127.0.0.1 and ::1), valid for ten years. Neither file may
 * exist: ATR_ERR_STATE. Each is written whole or not at all. */
ATR_MUST_USE atr_err atr_tls_make_cert(const char *cert_path,
                                       const char *key_path, const char *name,
                                       atr_fault *fault);

/* For the other files of host/ only: the OpenSSL context, a connection object
 * of a client that will check pin or host name, and the pin of the certificate
 * that the other side has shown, false when it has shown none. */
struct ssl_ctx_st;
struct ssl_st;
struct ssl_ctx_st *atr_tls_context(const atr_tls *tls);
struct ssl_st *atr_tls_client_ssl(const atr_tls *tls, const char *host);
ATR_MUST_USE bool atr_tls_peer_pin(uint8_t pin[ATR_PIN_BYTES],
                                   const struct ssl_st *ssl);

#endif
