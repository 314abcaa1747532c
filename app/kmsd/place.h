/* place.h - where a node listens and who it is there: the options --listen,
 * --host, --cert and --key, which several commands have.
 *
 * The certificate is made at the first need, so a node has its card before it
 * has an authority.
 */
#ifndef ATR_PLACE_H
#define ATR_PLACE_H

#include "app/address.h"
#include "app/cli.h"
#include "app/selfcert.h"

/* Before the option table of a command that has them. */
#define ATR_PLACE_OPTIONS                                                      \
    {"listen", 'l', "ADDRESS:PORT", "default " ATR_KMSD_LISTEN},               \
        {"host", 0, "NAME", "the host name or address that others use"},       \
        {"cert", 0, "FILE", "certificate chain (PEM); default: self-made"},    \
    {                                                                          \
        "key", 0, "FILE", "its private key (PEM)"                              \
    }

typedef struct {
    char listen[ATR_LINK_HOST_MAX + 1]; /* empty: all addresses */
    uint16_t port;
    atr_link address; /* as others reach it */
    atr_selfcert cert;
} atr_place;

/* atr_place_read takes the options; returns 0, or the exit code after saying
 * what is wrong. */
int atr_place_read(atr_place *out, const atr_cli *cli);

/* atr_place_open_tls opens the certificate, which asks clients for theirs, and
 * sets the pin of `place->address`. Errors as atr_selfcert_open. */
ATR_MUST_USE atr_err atr_place_open_tls(atr_tls **out, atr_place *place,
                                        atr_fault *fault);

#endif
