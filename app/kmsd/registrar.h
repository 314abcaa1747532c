/* registrar.h - the key by which an administrator signs what is said about
 * requests, as it lies in a file: in the node's directory, or elsewhere.
 *
 *     registrar.key = "ATRREGI" version(1) seed(32)     0600, perhaps under a
 *                                                       passphrase (locked.h)
 */
#ifndef ATR_REGISTRAR_H
#define ATR_REGISTRAR_H

#include "app/locked_file.h"
#include "sym/ed25519.h"

#define ATR_NODE_REGISTRAR "registrar.key"

typedef struct {
    uint8_t vk[ATR_ED25519_PUBLIC_BYTES];
    uint8_t secret[ATR_ED25519_SECRET_BYTES];
} atr_registrar;

/* atr_registrar_make writes a new key to `path`, under `passphrase` unless it
 * is empty. ATR_ERR_STATE when something is there. */
ATR_MUST_USE atr_err atr_registrar_make(atr_registrar *out, const char *path,
                                        atr_bytes passphrase, atr_rng *rng,
                                        atr_fault *fault);

/* atr_registrar_is_locked tells whether the key wants a passphrase. */
ATR_MUST_USE atr_err atr_registrar_is_locked(bool *out, const char *path,
                                             atr_fault *fault);

/* atr_registrar_open reads one; errors as atr_locked_file_read. */
ATR_MUST_USE atr_err atr_registrar_open(atr_registrar *out, const char *path,
                                        atr_bytes passphrase, atr_fault *fault);
void atr_registrar_wipe(atr_registrar *registrar);

#endif
