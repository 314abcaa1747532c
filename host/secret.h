/* secret.h - where a passphrase comes from; never from the command line. */
#ifndef ATR_SECRET_H
#define ATR_SECRET_H

#include "host/fault.h"

#define ATR_SECRET_BYTES_MAX 1024

typedef struct {
    uint8_t data[ATR_SECRET_BYTES_MAX]; /* zero-ended as well */
    size_t len;                         /* without line end; at least 1 */
} atr_secret;

/* Tried in this order; the first that is set must give a secret. */
typedef struct {
    const atr_secret *known; /* one that was read before, or NULL */
    const char *file;        /* --passphrase-file, or NULL */
    int fd;                  /* --passphrase-fd, or -1 */
    const char *credential;  /* name in $CREDENTIALS_DIRECTORY, used when that
                                file exists; or NULL */
    const char *prompt;      /* asked on the terminal, echo off; NULL: never */
    bool confirm;            /* ask twice, for a new passphrase */
} atr_secret_sources;

/* atr_secret_read takes the first line of the first source. `$ATTRIUM_ASKPASS`
 * (a program that prints the secret) is tried before the terminal. Returns
 * ATR_ERR_STATE when there is no source, and the fault names the flags that
 * give one; ATR_ERR_IO, ATR_ERR_LIMIT, ATR_ERR_INPUT (empty, or the two
 * differ). */
ATR_MUST_USE atr_err atr_secret_read(atr_secret *out,
                                     const atr_secret_sources *sources,
                                     atr_fault *fault);

/* atr_secret_keep is for one that stays in memory: where that is allowed, it is
 * never written to the disk by paging. */
void atr_secret_keep(const atr_secret *secret);
void atr_secret_wipe(atr_secret *secret);

/* atr_secret_free and atr_secret_realloc are for libraries that let others give
 * them memory, and get secrets to carry: whatever is freed is wiped. The memory
 * is malloc's. */
void atr_secret_free(void *memory);
void *atr_secret_realloc(void *memory, size_t len);

#endif
