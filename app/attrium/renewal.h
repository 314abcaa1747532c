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
#include "app/attrium/person.h"

/* Which key is to be had in place of which. */
typedef struct {
    const char *path;             /* where the one before lies */
    const atr_secret *passphrase; /* under which; NULL or of no bytes: in the
                                     open; so everywhere here */
    uint64_t number;              /* of the period; 0: the present one */
} atr_renewal_of;

/* atr_renewal_fetch asks for it. Returns the exit code, after saying what is
 * wrong: ATR_EXIT_EXPIRED or ATR_EXIT_DENIED when the grant stands no more,
 * ATR_EXIT_FAILED when nothing is kept to renew with. */
int atr_renewal_fetch(atr_keyfile *out, const atr_cli *cli,
                      const atr_renewal_of *key);
int atr_renewal_fetch_identity(atr_idfile *out, const atr_cli *cli,
                               const atr_renewal_of *key);

/* atr_renewal_present is the number of the present period; 0 where there are
 * none. */
uint64_t atr_renewal_present(const atr_authority *authority);

/* atr_renewal_of_person makes the key of `person` one of period `number`, if it
 * is of another, and keeps it in its file when that is the present one. */
int atr_renewal_of_person(atr_person *person, const atr_cli *cli,
                          uint64_t number);

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
uint64_t atr_renewal_until_identity(const atr_idfile *file);

/* atr_renewal_date writes such a time for people, in UTC. */
#define ATR_RENEWAL_DATE_BYTES_MAX 32
void atr_renewal_date(char out[ATR_RENEWAL_DATE_BYTES_MAX], uint64_t unix_s);

#endif
