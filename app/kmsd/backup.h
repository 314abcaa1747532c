/* backup.h - a node's directory in one file under a passphrase, and back.
 *
 *     "ATRBACK" version(1) = 1
 *     a key of 32 bytes under the passphrase (app/locked.h)
 *     chunk*   STREAM of scheme/sealed.h under that key, of:
 *
 *     entry* end
 *     entry = 1 name-field mode(2) length(8) bytes      end = 0
 *
 * Nothing of a file is believed before its chunk has been authenticated, and a
 * backup is whole only with its last chunk. Files that lie under a passphrase
 * of their own stay under it. Memory is constant.
 */
#ifndef ATR_BACKUP_H
#define ATR_BACKUP_H

#include "host/file.h"

#define ATR_BACKUP_NAME_BYTES_MAX 64

typedef struct atr_backup atr_backup;

/* Writing: create, add each file, finish. atr_backup_drop frees, and deletes
 * what was not finished. ATR_ERR_STATE when `path` is there and `how` says that
 * it must not be, ATR_ERR_IO, ATR_ERR_LIMIT. */
ATR_MUST_USE atr_err atr_backup_create(atr_backup **out, const char *path,
                                       atr_file_how how, atr_bytes passphrase,
                                       atr_fault *fault);
ATR_MUST_USE atr_err atr_backup_add(atr_backup *backup, const char *name,
                                    const char *path, atr_fault *fault);
ATR_MUST_USE atr_err atr_backup_finish(atr_backup *backup, atr_fault *fault);
void atr_backup_drop(atr_backup *backup);

/* atr_backup_extract writes the files of `path` into `dir`, which is there and
 * empty. ATR_ERR_INPUT for what is no backup, ATR_ERR_AUTH for a wrong
 * passphrase and for one that is damaged or cut off, ATR_ERR_LIMIT, ATR_ERR_IO;
 * what was written by then stays for the caller to remove. */
ATR_MUST_USE atr_err atr_backup_extract(const char *path, const char *dir,
                                        atr_bytes passphrase, atr_fault *fault);

#endif
