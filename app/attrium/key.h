/* key.h - what key_request.c, key_fetch.c and key_offline.c share. */
#ifndef ATR_KEY_H
#define ATR_KEY_H

#include "app/attrium/enrolment.h"
#include "app/attrium/keyring.h"

/* What a key is asked for: the part of a request that people choose. */
typedef struct {
    atr_enrol_kind kind;
    atr_attrs attrs;
    atr_identity identity;
} atr_wanted;

/* atr_key_draw begins a request for it. */
void atr_key_draw(atr_enrol *enrol, const atr_wanted *wanted);

/* atr_key_prepare makes a request without a network and writes it to a file.
 * Returns the exit code, as the ones below. */
int atr_key_prepare(atr_request *request, const atr_cli *cli, const char *name,
                    const atr_wanted *wanted);

/* atr_key_is_there refuses a name that a key has already, unless forced; one
 * that a key of the other kind has in any case. */
int atr_key_is_there(const atr_cli *cli, const char *name, atr_enrol_kind kind);

/* atr_key_check_authority shows the fingerprint, and compares it with the one
 * that is expected. */
int atr_key_check_authority(const atr_cli *cli, const atr_request *request,
                            atr_enrol_kind kind);

/* atr_key_report tells id and state of a request; `path` is where the key is,
 * or NULL while there is none. */
int atr_key_report(const atr_cli *cli, const char *name,
                   const atr_request *request, const char *state,
                   const char *path);

/* atr_key_find_request is the name of the request that is meant: `given`, or
 * the only one that is under way when that is NULL. */
int atr_key_find_request(char name[ATR_PROFILE_NAME_BYTES_MAX + 1],
                         const atr_cli *cli, const char *given);

/* atr_key_evidence gets what --source wants, or NULL without that option: an
 * object for atr_enclosed. */
int atr_key_evidence(json_t **out, const atr_cli *cli,
                     const atr_request *request);

/* atr_key_wait_time reads --wait and --timeout: 0 for not at all. */
int atr_key_wait_time(uint64_t *limit_ms, const atr_cli *cli);

/* atr_key_collect looks again and again until the request is decided, or
 * `limit_ms` are over; once with a limit of 0. */
int atr_key_collect(const atr_cli *cli, const char *name,
                    atr_request *request, uint64_t limit_ms);

#endif
