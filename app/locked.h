/* locked.h - a secret file under a passphrase.
 *
 *     "ATRLOCK" version(1) passes(4) memory(4, KiB) salt(16) nonce(24)
 *     AEAD(k, ad = all before it, secret)        k = Argon2id(passphrase, salt)
 *
 * The secret's own bytes say what it is. A file that does not begin with the
 * mark is not locked.
 */
#ifndef ATR_LOCKED_H
#define ATR_LOCKED_H

#include "base/rng.h"

#define ATR_LOCKED_EXTRA_BYTES (7 + 1 + 4 + 4 + 16 + 24 + 16)

/* atr_locked_is tells whether `file` is locked. */
bool atr_locked_is(atr_bytes file);

/* atr_locked_seal writes secret.len + ATR_LOCKED_EXTRA_BYTES bytes; takes
 * about a second. ATR_ERR_LIMIT when the memory for Argon2id is not there. */
ATR_MUST_USE atr_err atr_locked_seal(uint8_t *out, atr_bytes passphrase,
                                     atr_bytes secret, atr_rng *rng);

/* atr_locked_open writes file.len - ATR_LOCKED_EXTRA_BYTES bytes. Returns
 * ATR_ERR_AUTH for a wrong passphrase or a damaged file, ATR_ERR_INPUT for
 * one that is not locked or asks for absurd work, ATR_ERR_LIMIT. */
ATR_MUST_USE atr_err atr_locked_open(uint8_t *out, atr_bytes passphrase,
                                     atr_bytes file);

#endif
