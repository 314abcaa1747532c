/* keyring.h - key files: found by name, in the open or under a passphrase.
 *
 * Attribute keys and identity keys lie side by side, each kind with its ring:
 * where it looks, and what the bytes are. What is in them is read by holder.h
 * and person.h. A name belongs to one key of both rings.
 */
#ifndef ATR_KEYRING_H
#define ATR_KEYRING_H

#include "app/attrium/profile.h"
#include "host/secret.h"

typedef struct {
    atr_profile_kind kind;
    const char *label;   /* of the armour */
    size_t bytes_max;    /* of a key in the open */
    const char *what;    /* "attribute key" */
    const char *preset;  /* the name a key has when none is said */
    const char *request; /* the command that asks for one */
} atr_keyring;

extern const atr_keyring atr_keyring_attributes;
extern const atr_keyring atr_keyring_identities;

/* atr_keyring_of is the ring that the key `which` is in: by its file, when
 * `which` is a path; by what is there, when it is a name or NULL. */
const atr_keyring *atr_keyring_of(const char *dir, const char *which);

/* atr_keyring_find gives the file of `which`: a path (it holds "/" or names a
 * file), the name of a key, or NULL for the only key or the one of the preset
 * name. ATR_ERR_IO when there is none, ATR_ERR_LIMIT when several keys could
 * be meant. */
ATR_MUST_USE atr_err atr_keyring_find(char path[ATR_PATH_BYTES_MAX],
                                      const atr_keyring *ring, const char *dir,
                                      const char *which, atr_fault *fault);

/* atr_keyring_read reads the bytes of a key, and the passphrase that they lay
 * under, which one of `sources` has; it is of no bytes for a key in the open.
 * ATR_ERR_STATE for a file that others may read, and when no source has the
 * passphrase, or `sources` is NULL; ATR_ERR_INPUT for another file,
 * ATR_ERR_AUTH for a wrong passphrase. */
ATR_MUST_USE atr_err atr_keyring_read(atr_file *out, atr_secret *passphrase,
                                      const atr_keyring *ring, const char *path,
                                      const atr_secret_sources *sources,
                                      atr_fault *fault);

/* atr_keyring_look tells whether the key `which` is under a passphrase,
 * without opening it; errors as above. */
ATR_MUST_USE atr_err atr_keyring_look(bool *locked, const atr_keyring *ring,
                                      const char *dir, const char *which,
                                      atr_fault *fault);

/* atr_keyring_save writes a key over the one in `path`, under `passphrase`, or
 * in the open when that is NULL or of no bytes. */
ATR_MUST_USE atr_err atr_keyring_save(const char *path, const atr_keyring *ring,
                                      atr_bytes key,
                                      const atr_secret *passphrase,
                                      atr_fault *fault);

/* atr_keyring_seal puts a key under a passphrase, which takes about a second:
 * key.len + ATR_LOCKED_EXTRA_BYTES bytes, for atr_keyring_save as they are, in
 * the open. ATR_ERR_LIMIT. */
ATR_MUST_USE atr_err atr_keyring_seal(uint8_t *out, atr_bytes key,
                                      const atr_secret *passphrase,
                                      atr_fault *fault);

#endif
