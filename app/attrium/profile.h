/* profile.h - what the command keeps between runs: keys, requests under way,
 * and the authorities they come from.
 *
 *     data/keys/NAME.key        an attribute key, 0600
 *     data/keys/NAME.idkey      an identity key, 0600
 *     data/keys/NAME.request    a request under way, with its secret, 0600
 *     data/keys/NAME.renewal    the request that a key came from, whose grant
 *                               gives the keys of later periods, 0600;
 *                               under a passphrase with the key
 *     data/authorities/NAME.authority   public parameters
 *     data/authorities/FINGERPRINT.nodes   addresses of its nodes (crowd.h)
 *     data/traces/HM.heads      the newest head of each node's log (heads.h)
 *     data/traces/NAME.evidence two heads that do not fit together
 *     data/rooms/ID.admin    the creator's signing key of a room, 0600
 *
 * The directory follows --dir, ATTRIUM_HOME, or the XDG variables.
 */
#ifndef ATR_PROFILE_H
#define ATR_PROFILE_H

#include "host/file.h"

#define ATR_PROFILE_NAME_BYTES_MAX 64

typedef enum {
    ATR_PROFILE_KEY,
    ATR_PROFILE_IDENTITY,
    ATR_PROFILE_REQUEST,
    ATR_PROFILE_RENEWAL,
    ATR_PROFILE_AUTHORITY,
    ATR_PROFILE_NODES,
    ATR_PROFILE_HEADS,
    ATR_PROFILE_EVIDENCE,
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

/* atr_profile_resolve is the file that somebody means by `which`: a path, which
 * holds "/" or cannot be a name; a name; or a file here, when there is nothing
 * of that name. */
ATR_MUST_USE atr_err atr_profile_resolve(char out[ATR_PATH_BYTES_MAX],
                                         const char *dir, atr_profile_kind kind,
                                         const char *which, atr_fault *fault);

/* atr_profile_read reads a file of at most `max` bytes, armoured or not; free
 * with atr_file_wipe. A secret one must be its owner's alone (ATR_ERR_STATE).
 * ATR_ERR_INPUT for other armour. */
ATR_MUST_USE atr_err atr_profile_read(atr_file *out, const char *path,
                                      const char *label, size_t max,
                                      bool is_secret, atr_fault *fault);

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
                                      atr_profile_kind kind, atr_fault *fault);
void atr_names_free(atr_names *names);

#endif
