/* locked_file.h - a secret in a file of its own, for its owner alone, in the
 * open or under a passphrase (locked.h).
 */
#ifndef ATR_LOCKED_FILE_H
#define ATR_LOCKED_FILE_H

#include "app/locked.h"
#include "host/file.h"

#define ATR_LOCKED_FILE_BYTES_MAX 4096

/* atr_locked_file_is tells whether the file, with a secret of `len` bytes,
 * wants a passphrase. Errors as atr_file_read_secret, and ATR_ERR_AUTH when a
 * locked one has another length. */
ATR_MUST_USE atr_err atr_locked_file_is(bool *out, size_t len, const char *path,
                                        atr_fault *fault);

/* atr_locked_file_read gives the `len` bytes of the secret; `passphrase` is not
 * used where there is none. ATR_ERR_AUTH when it is wrong, or the file damaged
 * or of another length. */
ATR_MUST_USE atr_err atr_locked_file_read(uint8_t *out, size_t len,
                                          const char *path,
                                          atr_bytes passphrase,
                                          atr_fault *fault);

/* atr_locked_file_write writes a new file of mode 0600, under `passphrase`
 * unless it is empty. */
ATR_MUST_USE atr_err atr_locked_file_write(const char *path, atr_bytes secret,
                                           atr_bytes passphrase, atr_rng *rng,
                                           atr_fault *fault);

#endif
