/* key_offline.h - what key_request.c and key_offline.c share. */
#ifndef ATR_KEY_OFFLINE_H
#define ATR_KEY_OFFLINE_H

#include "app/attrium/enrolment.h"

#define ATR_KEY_NAME_PRESET "default"

/* atr_key_prepare makes a request without a network and writes it to a file.
 * Returns the exit code, as the ones below. */
int atr_key_prepare(atr_request *request, const atr_cli *cli, const char *name,
                    const atr_attrs *attrs);

/* atr_key_is_there refuses a name that a key has already, unless forced. */
int atr_key_is_there(const atr_cli *cli, const char *name);

/* atr_key_check_authority shows the fingerprint, and compares it with the one
 * that is expected. */
int atr_key_check_authority(const atr_cli *cli, const atr_request *request);

#endif
