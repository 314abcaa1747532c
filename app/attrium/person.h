/* person.h - an identity key read, checked and ready for use: who I am. */
#ifndef ATR_PERSON_H
#define ATR_PERSON_H

#include "app/attrium/keyring.h"
#include "proto/enrol.h"

#define ATR_PERSON_TEXT_MAX (ATR_IDENTITY_NAME_BYTES_MAX + 1)

/* Large: keep it on the heap. */
typedef struct {
    char path[ATR_PATH_BYTES_MAX];
    atr_secret passphrase; /* it lies under; of no bytes: in the open */
    atr_idfile file;       /* secret */
    atr_bf bf;
} atr_person;

/* atr_person_open reads the identity key `which`, opened by `sources` when it
 * is under a passphrase; errors as atr_holder_open. */
ATR_MUST_USE atr_err atr_person_open(atr_person **out, const char *dir,
                                     const char *which,
                                     const atr_secret_sources *sources,
                                     atr_fault *fault);
void atr_person_close(atr_person *person);

/* atr_person_write writes a key to `path`, under `passphrase`, or in the open
 * when that is NULL or of no bytes; atr_person_save to its own path again. */
ATR_MUST_USE atr_err atr_person_write(const char *path, const atr_idfile *file,
                                      const atr_secret *passphrase,
                                      atr_fault *fault);
ATR_MUST_USE atr_err atr_person_save(const atr_person *person,
                                     const atr_secret *passphrase,
                                     atr_fault *fault);

/* atr_person_name reads the name of somebody, of no period.
 * ATR_ERR_INPUT and ATR_ERR_LIMIT with a fault that says what a name is;
 * atr_person_text writes it. Names are printable ASCII: safe to show. */
ATR_MUST_USE atr_err atr_person_name(atr_identity *out, const char *text,
                                     atr_fault *fault);
void atr_person_text(char out[ATR_PERSON_TEXT_MAX], const atr_identity *id);

#endif
