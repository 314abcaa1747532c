/* address.h - where a server is: "https://HOST:PORT#PIN-HEX" for an authority,
 * "HOST:PORT" to listen on. Links to halls and rooms are proto/room.h.
 */
#ifndef ATR_ADDRESS_H
#define ATR_ADDRESS_H

#include "host/fault.h"
#include "proto/room.h"

/* atr_address_parse reads the address of an authority; the pin may be absent
 * (then the system's trust store counts). `out->has_room` is always false.
 * ATR_ERR_INPUT with a fault that says what is wrong. */
ATR_MUST_USE atr_err atr_address_parse(atr_link *out, const char *text,
                                       atr_fault *fault);

/* atr_address_format writes it again: "https://..." */
ATR_MUST_USE atr_err atr_address_format(char out[ATR_LINK_TEXT_MAX],
                                        const atr_link *address);

/* atr_listen_parse reads "ADDRESS:PORT", "[::1]:PORT", ":PORT" (all
 * addresses: `address` is empty) for a listener; the port may be 0. */
ATR_MUST_USE atr_err atr_listen_parse(char address[ATR_LINK_HOST_MAX + 1],
                                      uint16_t *port, const char *text,
                                      atr_fault *fault);

#endif
