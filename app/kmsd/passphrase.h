/* passphrase.h - the options that say where the passphrase of the share and of
 * the registrar's key is. */
#ifndef ATR_KMSD_PASSPHRASE_H
#define ATR_KMSD_PASSPHRASE_H

#include "app/cli.h"
#include "host/secret.h"

#define ATR_KMSD_CREDENTIAL "attrium-kmsd.passphrase"

/* atr_kmsd_passphrase reads it from --passphrase-file, --passphrase-fd, the
 * credential, $ATTRIUM_ASKPASS or the terminal; `is_new` asks twice. Returns 0,
 * or prints the error and returns the exit code. */
int atr_kmsd_passphrase(atr_secret *out, const atr_cli *cli, bool is_new);

/* atr_kmsd_wants_passphrase tells whether a new secret is to have one. */
bool atr_kmsd_wants_passphrase(const atr_cli *cli);

#endif
