/* holder.h - an attribute key read, checked and ready for use. */
#ifndef ATR_HOLDER_H
#define ATR_HOLDER_H

#include "app/attrium/keyring.h"
#include "proto/enrol.h"
#include "scheme/kem.h"

/* A key ready for use. Large: keep it on the heap. */
typedef struct {
    char path[ATR_PATH_BYTES_MAX];
    atr_secret passphrase; /* it lies under; of no bytes: in the open */
    atr_keyfile file;      /* secret */
    atr_abe abe;
    atr_cache cache; /* lent to `abe` */
    atr_kem kem;
} atr_holder;

/* atr_holder_open reads the key `which`, opened by `sources` when it is under a
 * passphrase. Errors as atr_keyring_find and atr_keyring_read; ATR_ERR_INPUT
 * for a file that is no key, and ATR_ERR_AUTH for a key that does not belong
 * to its authority. */
ATR_MUST_USE atr_err atr_holder_open(atr_holder **out, const char *dir,
                                     const char *which,
                                     const atr_secret_sources *sources,
                                     atr_fault *fault);
void atr_holder_close(atr_holder *holder);

/* atr_holder_save writes the key to its own path again, under `passphrase`, or
 * in the open when that is NULL. */
ATR_MUST_USE atr_err atr_holder_save(const atr_holder *holder,
                                     const atr_secret *passphrase,
                                     atr_fault *fault);

/* atr_holder_public is the public half: from a file of public parameters, by
 * path or by name. The key in it is empty. */
ATR_MUST_USE atr_err atr_holder_public(atr_holder **out, const char *dir,
                                       const char *which, atr_fault *fault);

#endif
