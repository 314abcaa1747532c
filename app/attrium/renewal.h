/* renewal.h - the key of another period, from the grant that a key came from.
 *
 * The request, with its secret, stays beside the key (profile.h); the nodes of
 * the authority issue for it again as long as the grant stands. A key under a
 * passphrase has it under the same one: else whoever copies both files would
 * get the next key with it.
 */
#ifndef ATR_RENEWAL_H
#define ATR_RENEWAL_H

#include "app/attrium/enrolment.h"
#include "app/attrium/holder.h"

/* atr_renewal_fetch asks for the key of period `number`, or with 0 of the
 * present one, in place of the one in `path`, which lies under `passphrase`
 * (NULL or of no bytes: in the open; so everywhere here). Returns the exit
 * code, after saying what is wrong: ATR_EXIT_EXPIRED or ATR_EXIT_DENIED when
 * the grant stands no more, ATR_EXIT_FAILED when nothing is kept to renew with.
 */
int atr_renewal_fetch(atr_keyfile *out, const atr_cli *cli, const char *path,
                      const atr_secret *passphrase, uint64_t number);

/* atr_renewal_save writes it over the one in `path`. */
ATR_MUST_USE atr_err atr_renewal_save(const char *path, const atr_keyfile *file,
                                      const atr_secret *passphrase,
                                      atr_fault *fault);

/* atr_renewal_lock puts what the key in `path` is renewed with, if anything is
 * kept, under another passphrase than `old`. To be called before the key is:
 * where only this was done, the same again goes on. */
ATR_MUST_USE atr_err atr_renewal_lock(const char *path, const atr_secret *old,
                                      const atr_secret *passphrase,
                                      atr_fault *fault);

/* atr_renewal_until is when `file` ends, in seconds since 1970; 0: never. */
uint64_t atr_renewal_until(const atr_keyfile *file);

/* atr_renewal_date writes such a time for people, in UTC. */
#define ATR_RENEWAL_DATE_BYTES_MAX 32
void atr_renewal_date(char out[ATR_RENEWAL_DATE_BYTES_MAX], uint64_t unix_s);

#endif
