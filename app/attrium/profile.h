/* profile.h - what the command keeps between runs: keys, requests under way,
 * and the authorities they come from.
 *
 *     data/keys/NAME.key        an attribute key, 0600
 *     data/keys/NAME.request    a request under way, with its secret, 0600
 *     data/authorities/NAME.authority   public parameters
 *     data/rooms/ID.admin    the creator's signing key of a room, 0600
 *
 * The directory follows --dir, ATTRIUM_HOME, or the XDG variables.
 */
#ifndef ATR_PROFILE_H
#define ATR_PROFILE_H

#include "host/file.h"
#include "host/secret.h"
#include "proto/enrol.h"
#include "scheme/kem.h"

#define ATR_PROFILE_NAME_BYTES_MAX 64

typedef enum {
    ATR_PROFILE_KEY,
    ATR_PROFILE_REQUEST,
    ATR_PROFILE_AUTHORITY,
    ATR_PROFILE_ROOM
} atr_profile_kind;

/* atr_profile_is_name tells whether `name` may name a key: letters, digits,
 * ".", "_" and "-", not beginning with "." or "-". */
bool atr_profile_is_name(const char *name);

/* atr_profile_path gives the file of `name`; `dir` is --dir or NULL. With
 * `make` its directory is made. */
ATR_MUST_USE atr_err atr_profile_path(char out[ATR_PATH_BYTES_MAX],
                                      const char *dir, atr_profile_kind kind,
                                      const char *name, bool make,
                                      atr_fault *fault);

/* atr_profile_write writes bytes armoured, over what is there. */
ATR_MUST_USE atr_err atr_profile_write(const char *path, const char *label,
                                       atr_bytes bytes, unsigned mode,
                                       atr_fault *fault);

/* The names of a kind that are there, sorted; free with atr_names_free. */
typedef struct {
    char **name;
    size_t count;
} atr_names;

ATR_MUST_USE atr_err atr_profile_list(atr_names *out, const char *dir,
                                      atr_profile_kind kind,
                                      atr_fault *fault);
void atr_names_free(atr_names *names);

/* A key ready for use. Large: keep it on the heap. */
typedef struct {
    char path[ATR_PATH_BYTES_MAX];
    bool was_locked;  /* it lies under a passphrase */
    atr_keyfile file; /* secret */
    atr_abe abe;
    atr_kem kem;
} atr_identity;

/* atr_identity_open reads the key `which`: a path (it holds "/" or names a
 * file), the name of a key, or NULL for the only key or the one called
 * "default". A key under a passphrase is opened by one of `sources`, or not
 * at all when that is NULL. ATR_ERR_IO when there is none, ATR_ERR_STATE for a
 * file that others may read or when no source has the passphrase,
 * ATR_ERR_LIMIT when several keys could be meant, ATR_ERR_INPUT for a file
 * that is no key, ATR_ERR_AUTH for a wrong passphrase, and for a key that
 * does not belong to its authority. */
ATR_MUST_USE atr_err atr_identity_open(atr_identity **out, const char *dir,
                                       const char *which,
                                       const atr_secret_sources *sources,
                                       atr_fault *fault);
void atr_identity_close(atr_identity *identity);

/* atr_identity_look tells whether the key `which` is under a passphrase,
 * without opening it; errors of reading as above. */
ATR_MUST_USE atr_err atr_identity_look(bool *locked, const char *dir,
                                       const char *which, atr_fault *fault);

/* atr_identity_save writes the key to its own path again, under `passphrase`,
 * or in the open when that is NULL. */
ATR_MUST_USE atr_err atr_identity_save(const atr_identity *identity,
                                       const atr_secret *passphrase,
                                       atr_fault *fault);

/* atr_identity_public is the public half: from a file of public parameters,
 * by path or by name. The key in it is empty. */
ATR_MUST_USE atr_err atr_identity_public(atr_identity **out, const char *dir,
                                         const char *which, atr_fault *fault);

#endif
