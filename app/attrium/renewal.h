/* renewal.h - the key of another period, from the grant that a key came from.
 *
 * The request, with its secret, stays beside the key (profile.h); the nodes of
 * the authority issue for it again as long as the grant stands.
 */
#ifndef ATR_RENEWAL_H
#define ATR_RENEWAL_H

#include "app/attrium/enrolment.h"
#include "app/attrium/holder.h"

/* atr_renewal_fetch asks for the key of period `number`, or with 0 of the
 * present one, in place of the one in `path`. Returns the exit code, after
 * saying what is wrong: ATR_EXIT_EXPIRED or ATR_EXIT_DENIED when the grant
 * stands no more, ATR_EXIT_FAILED when nothing is kept to renew with. */
int atr_renewal_fetch(atr_keyfile *out, const atr_cli *cli, const char *path,
                      uint64_t number);

/* atr_renewal_save writes it over the one in `path`. */
ATR_MUST_USE atr_err atr_renewal_save(const char *path, const atr_keyfile *file,
                                      atr_fault *fault);

/* atr_renewal_until is when `file` ends, in seconds since 1970; 0: never. */
uint64_t atr_renewal_until(const atr_keyfile *file);

/* atr_renewal_date writes such a time for people, in UTC. */
#define ATR_RENEWAL_DATE_BYTES_MAX 32
void atr_renewal_date(char out[ATR_RENEWAL_DATE_BYTES_MAX], uint64_t unix_s);

#endif
