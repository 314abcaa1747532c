/* authorities.h - the key authorities whose nodes a hall asks which generation
 * of their keys is the present one (proto/generation.h), so that a revocation
 * turns its rooms without an administrator's help.
 *
 * They are named by the files of their public parameters, which say who the
 * registrars are, and where the nodes:
 *
 *     FILE, or of an authority of one node, whose file does not say where it
 *     is, FILE=https://HOST:PORT/#PIN; separated by blanks
 *
 * Every node is asked all the time, over a connection that is kept, and one
 * that does not answer more and more rarely (app/pull.h).
 */
#ifndef ATR_HALLD_AUTHORITIES_H
#define ATR_HALLD_AUTHORITIES_H

#include "host/fault.h"
#include "host/log.h"
#include "host/loop.h"

#define ATR_AUTHORITIES_MAX 16

typedef struct atr_authorities atr_authorities;

/* atr_authorities_read reads the files of `list`. ATR_ERR_INPUT for what is no
 * such list or file, for an authority that stands twice, and for more than
 * there may be; ATR_ERR_IO, ATR_ERR_LIMIT; with a fault. */
ATR_MUST_USE atr_err atr_authorities_read(atr_authorities **out,
                                          const char *list, atr_fault *fault);
void atr_authorities_close(atr_authorities *authorities);

typedef struct {
    uint32_t every_ms;
    const atr_log *log;
    const atr_authorities *before; /* what was known already; may be NULL */
    void (*risen)(void *context);  /* atr_authorities_generation says more */
    void *context;
} atr_authorities_options;

/* atr_authorities_ask begins to ask, and goes on until the close. Errors as
 * atr_fetch_open. */
ATR_MUST_USE atr_err atr_authorities_ask(atr_authorities *authorities,
                                         atr_loop *loop,
                                         const atr_authorities_options *options,
                                         atr_fault *fault);

/* atr_authorities_generation is the present one of the authority `hm`, as far
 * as is known; 0 of those that are not asked. NULL is accepted. */
uint32_t atr_authorities_generation(const atr_authorities *authorities,
                                    const uint8_t hm[32]);

typedef struct {
    uint64_t nodes; /* of all that are asked */
    uint64_t up;    /* whose last answer was good */
} atr_authorities_counts;

atr_authorities_counts
atr_authorities_count(const atr_authorities *authorities);

#endif
