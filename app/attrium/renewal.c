#include "app/attrium/renewal.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* The request beside the key: NAME.renewal beside NAME.key. */
static atr_err load(atr_request *out, const char *path, atr_fault *fault)
{
    static const char from[] = ".key";
    static const char to[] = ".renewal";
    char renewal[ATR_PATH_BYTES_MAX + sizeof to];
    size_t len = strlen(path);

    if (len < sizeof from ||
        strcmp(path + len - (sizeof from - 1), from) != 0) {
        return atr_fault_set(fault, ATR_ERR_IO,
                             "nothing is kept to renew \"%s\" with", path);
    }
    snprintf(renewal, sizeof renewal, "%.*s%s", (int)(len - sizeof from + 1),
             path, to);
    if (!atr_path_exists(renewal)) {
        return atr_fault_set(fault, ATR_ERR_IO,
                             "nothing is kept to renew \"%s\" with", path);
    }
    return atr_request_load(out, renewal, fault);
}

static int fetch(atr_keyfile *out, const atr_cli *cli,
                 const atr_request *request)
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
            code = atr_enrolment_combine(out, cli, request, enrolment);
            break;
        case ATR_ENROLMENT_WAITING:
            code = atr_cli_fail(cli, ATR_EXIT_FAILED,
                                "the request waits for approval");
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

int atr_renewal_fetch(atr_keyfile *out, const atr_cli *cli, const char *path,
                      uint64_t number)
{
    atr_request *request = calloc(1, sizeof *request);
    atr_fault fault = {{0}};
    int code;

    memset(out, 0, sizeof *out);
    if (request == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    if (load(request, path, &fault) != ATR_OK) {
        code = atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    } else if (request->node_count == 0) {
        code = atr_cli_fail(cli, ATR_EXIT_FAILED,
                            "\"%s\" came without a network; ask again with "
                            "\"attrium key request\"",
                            path);
    } else {
        request->period = number;
        code = fetch(out, cli, request);
    }
    if (code != ATR_EXIT_DONE) {
        atr_keyfile_wipe(out);
    }
    atr_request_wipe(request);
    free(request);
    return code;
}

atr_err atr_renewal_save(const char *path, const atr_keyfile *file,
                         atr_fault *fault)
{
    uint8_t *bytes = malloc(ATR_KEYFILE_BYTES_MAX);
    atr_builder builder = atr_builder_of(bytes, ATR_KEYFILE_BYTES_MAX);
    atr_err err;

    if (bytes == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    atr_keyfile_build(&builder, file);
    err = atr_keyring_save(path, &atr_keyring_attributes,
                           atr_builder_bytes(&builder), NULL, fault);
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
