/* tcp.h - a plain TCP connection, for what brings its own security.
 *
 * Descriptors are non-blocking, closed on exec, and send at once
 * (TCP_NODELAY); whoever has one closes it.
 */
#ifndef ATR_TCP_H
#define ATR_TCP_H

#include "host/fault.h"

/* atr_tcp_listen listens on an IP address ("": on all), on a port of the
 * system's choice when `*port` is 0, and says which. ATR_ERR_INPUT when it is
 * no address, ATR_ERR_IO. */
ATR_MUST_USE atr_err atr_tcp_listen(int *fd, const char *address,
                                    uint16_t *port, atr_fault *fault);

/* atr_tcp_port is the port a socket is bound to, 0 where there is none. */
uint16_t atr_tcp_port(int fd);

/* atr_tcp_accept takes one connection: ATR_ERR_STATE when nobody waits. */
ATR_MUST_USE atr_err atr_tcp_accept(int *fd, int listener, atr_fault *fault);

/* atr_tcp_connect tries each address of `host`, for `limit_ms` in all; blocks.
 * ATR_ERR_IO. */
ATR_MUST_USE atr_err atr_tcp_connect(int *fd, const char *host, uint16_t port,
                                     uint32_t limit_ms, atr_fault *fault);

/* atr_tcp_read and atr_tcp_write move what can be moved now and say how much:
 * ATR_ERR_STATE for nothing yet, ATR_ERR_IO for a broken connection. The end
 * of the other side reads as ATR_OK and 0 bytes. */
ATR_MUST_USE atr_err atr_tcp_read(uint8_t *out, size_t *len, size_t cap,
                                  int fd);
ATR_MUST_USE atr_err atr_tcp_write(size_t *len, int fd, atr_bytes bytes);

/* atr_tcp_end says that nothing more will be written. */
void atr_tcp_end(int fd);

#endif
