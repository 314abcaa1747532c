/* lookup.h - the addresses of a host name, found in a thread of its own,
 * because getaddrinfo may take as long as the name servers do; for dial.c.
 *
 * `fd` can be read once the answer is there. Whoever comes last, the thread or
 * atr_lookup_close, frees; so a lookup can be given up at any time.
 */
#ifndef ATR_LOOKUP_H
#define ATR_LOOKUP_H

#include "base/base.h"

struct addrinfo;

typedef struct atr_lookup atr_lookup;

/* atr_lookup_open begins; NULL without memory or descriptors. */
atr_lookup *atr_lookup_open(const char *host, uint16_t port);
void atr_lookup_close(atr_lookup *lookup); /* accepts NULL */

int atr_lookup_fd(const atr_lookup *lookup);

/* atr_lookup_take hands out the addresses, to be freed, and returns 0, or the
 * error of getaddrinfo. Only once the descriptor is readable. */
int atr_lookup_take(struct addrinfo **out, atr_lookup *lookup);

/* atr_lookup_now is getaddrinfo for a TCP connection, waited for. `numbers`:
 * only what is an address already, which takes no time. */
int atr_lookup_now(struct addrinfo **out, const char *host, uint16_t port,
                   bool numbers);

#endif
