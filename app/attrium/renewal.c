#include "app/attrium/renewal.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "host/clock.h"

/* The request beside the key: NAME.renewal beside NAME.key, or NAME.idkey, as a
 * name is that of one key. It gets the same
 * key, so it lies under the same passphrase. */
static const atr_keyring renewals = {
    .kind = ATR_PROFILE_RENEWAL,
    .label = "ATTRIUM RENEWAL",
    .bytes_max = ATR_REQUEST_BYTES_MAX,
    .what = "request to renew a key",
};

#define RENEWAL_PATH_MAX (ATR_PATH_BYTES_MAX + 8)

/* Whether there is one; `out` is empty when there cannot be. */
static bool find(char out[RENEWAL_PATH_MAX], const char *path)
{
    const char *dot = strrchr(path, '.');

    out[0] = 0;
    if (dot == NULL ||
        (strcmp(dot, ".key") != 0 && strcmp(dot, ".idkey") != 0)) {
        return false;
    }
    snprintf(out, RENEWAL_PATH_MAX, "%.*s.renewal", (int)(dot - path), path);
    return atr_path_exists(out);
}

/* One that was there before the key was put under a passphrase is in the open.
 */
static atr_err load(atr_request *out, const char *path,
                    const atr_secret *passphrase, atr_fault *fault)
{
    const atr_secret_sources sources = {.known = passphrase, .fd = -1};
    char renewal[RENEWAL_PATH_MAX];
    atr_secret used = {.len = 0};
    atr_file file = {0};
    atr_err err;

    if (!find(renewal, path)) {
        return atr_fault_set(fault, ATR_ERR_IO,
                             "nothing is kept to renew \"%s\" with", path);
    }
    err = atr_keyring_read(&file, &used, &renewals, renewal,
                           passphrase != NULL ? &sources : NULL, fault);
    if (err == ATR_OK &&
        (err = atr_request_read(out, (atr_bytes){file.data, file.len})) !=
            ATR_OK) {
        atr_fault_set(fault, err, "\"%s\" is a damaged request", renewal);
    }
    atr_secret_wipe(&used);
    atr_file_wipe(&file);
    return err;
}

atr_err atr_renewal_lock(const char *path, const atr_secret *old,
                         const atr_secret *passphrase, atr_fault *fault)
{
    const atr_secret *const tried[] = {old, passphrase};
    char renewal[RENEWAL_PATH_MAX];
    atr_secret used = {.len = 0};
    atr_file file = {0};
    atr_err err = ATR_ERR_AUTH;

    if (!find(renewal, path)) {
        return ATR_OK;
    }
    /* Under the new one already: the last attempt was cut short. */
    for (size_t i = 0; i < 2 && err == ATR_ERR_AUTH; i++) {
        const atr_secret_sources sources = {.known = tried[i], .fd = -1};

        if (tried[i] != NULL) {
            err = atr_keyring_read(&file, &used, &renewals, renewal, &sources,
                                   fault);
        }
    }
    if (err == ATR_OK) {
        err = atr_keyring_save(renewal, &renewals,
                               (atr_bytes){file.data, file.len}, passphrase,
                               fault);
    }
    atr_secret_wipe(&used);
    atr_file_wipe(&file);
    return err;
}

/* By the bundle that holds now. */
static atr_err save(const atr_request *request, const char *path,
                    const atr_secret *passphrase, atr_fault *fault)
{
    uint8_t *bytes = malloc(ATR_REQUEST_BYTES_MAX);
    atr_builder b = atr_builder_of(bytes, ATR_REQUEST_BYTES_MAX);
    char renewal[RENEWAL_PATH_MAX];
    atr_err err = ATR_OK;

    if (bytes == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    atr_request_build(&b, request);
    if (find(renewal, path)) {
        err = atr_keyring_save(renewal, &renewals, atr_builder_bytes(&b),
                               passphrase, fault);
    }
    atr_wipe(bytes, ATR_REQUEST_BYTES_MAX);
    free(bytes);
    return err;
}

/* A key of one kind or the other. */
typedef union {
    atr_keyfile *attributes;
    atr_idfile *identity;
} wanted;

static int combine(wanted out, atr_enrol_kind kind, const atr_cli *cli,
                   const atr_request *request, const atr_enrolment *enrolment)
{
    return kind == ATR_ENROL_IDENTITY
               ? atr_enrolment_identity(out.identity, cli, request, enrolment)
               : atr_enrolment_combine(out.attributes, cli, request, enrolment);
}

static int fetch(wanted out, atr_enrol_kind kind, const atr_cli *cli,
                 atr_request *request)
{
    atr_enrolment *enrolment = calloc(1, sizeof *enrolment);
    int code;

    if (enrolment == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    code = atr_enrolment_look(enrolment, cli, request);
    if (code == ATR_EXIT_DONE) {
        switch (enrolment->state) {
        case ATR_ENROLMENT_READY:
            code = combine(out, kind, cli, request, enrolment);
            break;
        case ATR_ENROLMENT_WAITING:
        case ATR_ENROLMENT_APART:
            code = atr_enrolment_waits(cli, enrolment);
            break;
        case ATR_ENROLMENT_DENIED:
            code = atr_cli_fail(cli, ATR_EXIT_DENIED,
                                "the authority denies this request");
            break;
        case ATR_ENROLMENT_EXPIRED:
            code = atr_enrolment_expired(cli);
            break;
        case ATR_ENROLMENT_WITHDRAWN:
            code = atr_enrolment_withdrawn(cli);
            break;
        }
    }
    atr_enrolment_wipe(enrolment);
    free(enrolment);
    return code;
}

static int renew(wanted out, atr_enrol_kind kind, const atr_cli *cli,
                 const atr_renewal_of *key)
{
    atr_request *request = calloc(1, sizeof *request);
    atr_fault fault = {{0}};
    int code;

    if (request == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    if (load(request, key->path, key->passphrase, &fault) != ATR_OK) {
        code = atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    } else if (request->node_count == 0 ||
               request->enrol.request.kind != kind) {
        code = atr_cli_fail(cli, ATR_EXIT_FAILED,
                            "\"%s\" came without a network; ask again with "
                            "\"attrium key request\"",
                            key->path);
    } else {
        request->period = key->number;
        code = fetch(out, kind, cli, request);
    }
    if (request->follows && code == ATR_EXIT_DONE &&
        save(request, key->path, key->passphrase, &fault) != ATR_OK) {
        code = atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    atr_request_wipe(request);
    free(request);
    return code;
}

int atr_renewal_fetch(atr_keyfile *out, const atr_cli *cli,
                      const atr_renewal_of *key)
{
    const wanted want = {.attributes = out};
    int code;

    memset(out, 0, sizeof *out);
    code = renew(want, ATR_ENROL_ATTRIBUTES, cli, key);
    if (code != ATR_EXIT_DONE) {
        atr_keyfile_wipe(out);
    }
    return code;
}

int atr_renewal_fetch_identity(atr_idfile *out, const atr_cli *cli,
                               const atr_renewal_of *key)
{
    const wanted want = {.identity = out};
    int code;

    memset(out, 0, sizeof *out);
    code = renew(want, ATR_ENROL_IDENTITY, cli, key);
    if (code != ATR_EXIT_DONE) {
        atr_idfile_wipe(out);
    }
    return code;
}

uint64_t atr_renewal_present(const atr_authority *authority)
{
    return authority->period_s != 0
               ? atr_period_number(atr_clock_wall_ms() / 1000,
                                   authority->period_s)
               : 0;
}

/* The same person's, by the same authority. */
static bool is_successor(const atr_person *person, const atr_idfile *file,
                         uint64_t number)
{
    atr_identity id = person->file.key.id;

    id.period = (uint32_t)number;
    return atr_identity_equal(&id, &file->key.id) &&
           atr_bf_key_check(&person->bf, &file->key) == ATR_OK;
}

int atr_renewal_of_person(atr_person *person, const atr_cli *cli,
                          uint64_t number)
{
    const atr_renewal_of key = {person->path, &person->passphrase, number};
    atr_fault fault = {{0}};
    atr_idfile *file;
    int code;

    if (person->file.key.id.period == number) {
        return ATR_EXIT_DONE;
    }
    if ((file = calloc(1, sizeof *file)) == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    code = atr_renewal_fetch_identity(file, cli, &key);
    if (code == ATR_EXIT_DONE && !is_successor(person, file, number)) {
        code = atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                            "what is kept to renew \"%s\" with is of "
                            "somebody else",
                            person->path);
    }
    if (code == ATR_EXIT_DONE) {
        person->file = *file;
        if (number == atr_renewal_present(&person->file.authority) &&
            atr_person_save(person, &person->passphrase, &fault) != ATR_OK) {
            atr_cli_note(cli, "the new key is not kept: %s", fault.text);
        }
    }
    atr_idfile_wipe(file);
    free(file);
    return code;
}

atr_err atr_renewal_save(const char *path, const atr_keyfile *file,
                         const atr_secret *passphrase, atr_fault *fault)
{
    uint8_t *bytes = malloc(ATR_KEYFILE_BYTES_MAX);
    atr_builder builder = atr_builder_of(bytes, ATR_KEYFILE_BYTES_MAX);
    atr_err err;

    if (bytes == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    atr_keyfile_build(&builder, file);
    err = atr_keyring_save(path, &atr_keyring_attributes,
                           atr_builder_bytes(&builder), passphrase, fault);
    atr_wipe(bytes, ATR_KEYFILE_BYTES_MAX);
    free(bytes);
    return err;
}

uint64_t atr_renewal_until(const atr_keyfile *file)
{
    const uint32_t seconds = file->authority.period_s;
    atr_period period;

    return seconds != 0 && atr_attrs_period(&period, &file->key.attrs)
               ? atr_period_end(period.number, seconds)
               : 0;
}

uint64_t atr_renewal_until_identity(const atr_idfile *file)
{
    const uint32_t seconds = file->authority.period_s;

    return seconds != 0 ? atr_period_end(file->key.id.period, seconds) : 0;
}

void atr_renewal_date(char out[ATR_RENEWAL_DATE_BYTES_MAX], uint64_t unix_s)
{
    time_t at = (time_t)unix_s;
    struct tm parts;

    if (unix_s > (uint64_t)INT32_MAX * 64 || gmtime_r(&at, &parts) == NULL ||
        strftime(out, ATR_RENEWAL_DATE_BYTES_MAX, "%Y-%m-%d %H:%M:%S UTC",
                 &parts) == 0) {
        snprintf(out, ATR_RENEWAL_DATE_BYTES_MAX, "?");
    }
}
