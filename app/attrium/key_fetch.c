/* key fetch: how a request stands, and the key once it is approved. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "app/armour.h"
#include "app/attrium/args.h"
#include "app/attrium/commands.h"
#include "app/attrium/key.h"
#include "host/clock.h"

#define WAIT_MS_MAX (24ull * 3600 * 1000)

static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

int atr_key_report(const atr_cli *cli, const char *name,
                   const atr_request *request, const char *state,
                   const char *path)
{
    const atr_enrol_kind kind = request->enrol.request.kind;
    uint8_t fingerprint[32];
    uint8_t hm[32];
    uint8_t id[32];
    char text[65];
    json_t *out;
    int code = atr_enrolment_hm(hm, cli, &request->authority);

    if (code != ATR_EXIT_DONE ||
        (code = atr_enrolment_fingerprint(fingerprint, cli, &request->authority,
                                          kind)) != ATR_EXIT_DONE) {
        return code;
    }
    atr_enrol_request_id(id, hm, &request->enrol.request);
    atr_hex_write(text, ATR_BYTES(id));
    if (!cli->json) {
        if (path == NULL) {
            printf("%s\n", text);
        } else {
            atr_cli_note(cli, "the key is in \"%s\"", path);
        }
        return fflush(stdout) == 0 ? ATR_EXIT_DONE : ATR_EXIT_FAILED;
    }
    out = atr_cli_document();
    json_object_set_new(out, "name", json_string(name));
    json_object_set_new(out, "id", json_string(text));
    json_object_set_new(out, "state", json_string(state));
    json_object_set_new(out, "fingerprint",
                        atr_args_hex(fingerprint, sizeof fingerprint));
    if (path != NULL) {
        json_object_set_new(out, "file", json_string(path));
    }
    return atr_cli_print_json(cli, out);
}

static int denied(const atr_cli *cli, const atr_enrolment *enrolment)
{
    return atr_cli_fail(
        cli, ATR_EXIT_DENIED, "the authority denies this request%s%s",
        enrolment->reason[0] != 0 ? ": " : "", enrolment->reason);
}

/* Sleeps until the next look; false when interrupted. */
static bool rest(uint32_t ms)
{
    struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};

    while (!interrupted && nanosleep(&time, &time) != 0 && errno == EINTR) {
    }
    return !interrupted;
}

/* The bundle that the request is looked for by is another one now. */
static int keep(int code, const atr_cli *cli, const char *name,
                const atr_request *request)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_fault fault = {{0}};

    if (atr_profile_path(path, atr_cli_value(cli, "dir"), ATR_PROFILE_REQUEST,
                         name, false, &fault) == ATR_OK &&
        atr_request_save(request, path, &fault) == ATR_OK) {
        return code;
    }
    return code == ATR_EXIT_DONE
               ? atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text)
               : code;
}

/* Looks again and again until the request is decided, or `limit_ms` are over.
 * With a limit of 0 it looks once. */
int atr_key_collect(const atr_cli *cli, const char *name,
                    atr_request *request, uint64_t limit_ms)
{
    atr_enrolment *enrolment = calloc(1, sizeof *enrolment);
    atr_time end = atr_clock_now() + limit_ms;
    char path[ATR_PATH_BYTES_MAX];
    uint32_t pause = 200;
    int code;

    if (enrolment == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    for (;;) {
        code = atr_enrolment_look(enrolment, cli, request);
        if (code != ATR_EXIT_DONE ||
            (enrolment->state != ATR_ENROLMENT_WAITING &&
             enrolment->state != ATR_ENROLMENT_APART)) {
            break;
        }
        if (atr_clock_now() + pause > end) {
            code = atr_enrolment_waits(cli, enrolment);
            break;
        }
        if (!rest(pause)) {
            code = atr_cli_fail(cli, ATR_EXIT_INTERRUPTED,
                                "interrupted; \"attrium key fetch %s\" goes on",
                                name);
            break;
        }
        pause = pause < 2000 ? pause * 2 : 2000;
    }
    if (request->follows) {
        code = keep(code, cli, name, request);
    }
    if (code == ATR_EXIT_DONE && enrolment->state == ATR_ENROLMENT_DENIED) {
        code = denied(cli, enrolment);
    } else if (code == ATR_EXIT_DONE &&
               enrolment->state == ATR_ENROLMENT_EXPIRED) {
        code = atr_enrolment_expired(cli);
    } else if (code == ATR_EXIT_DONE &&
               enrolment->state == ATR_ENROLMENT_WITHDRAWN) {
        code = atr_enrolment_withdrawn(cli);
    } else if (code == ATR_EXIT_DONE) {
        code = atr_enrolment_finish(path, cli, name, request, enrolment);
        if (code == ATR_EXIT_DONE) {
            code = atr_key_report(cli, name, request, "issued", path);
        }
    }
    atr_enrolment_wipe(enrolment);
    free(enrolment);
    return code;
}

/* --wait and --timeout: how long to wait, 0 for not at all. */
int atr_key_wait_time(uint64_t *limit_ms, const atr_cli *cli)
{
    uint64_t seconds = WAIT_MS_MAX / 1000;
    struct sigaction action = {.sa_handler = on_interrupt};

    if (!atr_cli_number(&seconds, cli, "timeout", 1, WAIT_MS_MAX / 1000)) {
        return ATR_EXIT_USAGE;
    }
    *limit_ms = atr_cli_has(cli, "wait") || atr_cli_has(cli, "timeout")
                    ? seconds * 1000
                    : 0;
    if (*limit_ms != 0) {
        sigaction(SIGINT, &action, NULL);
    }
    return ATR_EXIT_DONE;
}

int atr_key_find_request(char name[ATR_PROFILE_NAME_BYTES_MAX + 1],
                         const atr_cli *cli, const char *given)
{
    atr_names names = {0};
    atr_fault fault = {{0}};
    int code = ATR_EXIT_DONE;

    if (given != NULL) {
        if (!atr_profile_is_name(given)) {
            return atr_cli_usage(cli, "that cannot be the name of a request");
        }
        strcpy(name, given);
        return ATR_EXIT_DONE;
    }
    if (atr_profile_list(&names, atr_cli_value(cli, "dir"), ATR_PROFILE_REQUEST,
                         &fault) != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    if (names.count == 1) {
        strcpy(name, names.name[0]);
    } else if (names.count == 0) {
        code = atr_cli_fail(cli, ATR_EXIT_FAILED, "no request is under way");
    } else {
        code = atr_cli_usage(cli, "%zu requests are under way; name one",
                             names.count);
    }
    atr_names_free(&names);
    return code;
}

int atr_key_fetch(const atr_cli *cli)
{
    const char *given = cli->operand_count > 0 ? cli->operands[0] : NULL;
    char name[ATR_PROFILE_NAME_BYTES_MAX + 1];
    char path[ATR_PATH_BYTES_MAX];
    atr_request *request;
    atr_fault fault = {{0}};
    uint64_t limit_ms = 0;
    atr_err err;
    int code;

    if ((code = atr_key_find_request(name, cli, given)) != ATR_EXIT_DONE ||
        (code = atr_key_wait_time(&limit_ms, cli)) != ATR_EXIT_DONE) {
        return code;
    }
    if ((request = calloc(1, sizeof *request)) == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    err = atr_profile_path(path, atr_cli_value(cli, "dir"), ATR_PROFILE_REQUEST,
                           name, false, &fault);
    if (err == ATR_OK) {
        err = atr_request_load(request, path, &fault);
    }
    if (err != ATR_OK) {
        code = atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
    } else if (request->node_count == 0) {
        code = atr_cli_fail(cli, ATR_EXIT_FAILED,
                            "this request was made offline; \"attrium key "
                            "import\" takes its answer");
    } else {
        code = atr_key_collect(cli, name, request, limit_ms);
    }
    atr_request_wipe(request);
    free(request);
    return code;
}
