/* key request --offline and key import: a key without a network, by files. */
#include "app/attrium/key.h"

#include <stdlib.h>

#include "app/armour.h"
#include "app/attrium/args.h"
#include "app/attrium/commands.h"

static int take_authority(atr_request *request, const atr_cli *cli)
{
    const char *path = atr_cli_value(cli, "authority");
    atr_holder *holder;
    atr_fault fault = {{0}};
    atr_err err;

    if (path == NULL) {
        return atr_cli_usage(cli, "--authority FILE is needed: the public "
                                  "parameters");
    }
    err = atr_holder_public(&holder, atr_cli_value(cli, "dir"), path, &fault);
    if (err != ATR_OK) {
        return atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    request->authority = holder->file.authority;
    request->node_count = 0;
    atr_holder_close(holder);
    return ATR_EXIT_DONE;
}

/* The request, for others to see. */
static int write_public(const atr_cli *cli, const atr_request *request)
{
    const char *path = atr_cli_value(cli, "output");
    atr_file_how how =
        atr_cli_has(cli, "force") ? ATR_FILE_REPLACE : ATR_FILE_NEW;
    uint8_t *bytes = malloc(ATR_ENROL_REQUEST_BYTES_MAX);
    size_t cap =
        atr_armour_len(ATR_ARMOUR_REQUEST, ATR_ENROL_REQUEST_BYTES_MAX);
    char *text = malloc(cap);
    atr_builder builder = atr_builder_of(bytes, ATR_ENROL_REQUEST_BYTES_MAX);
    atr_draft draft;
    atr_fault fault = {{0}};
    atr_err err = ATR_ERR_LIMIT;

    if (bytes != NULL && text != NULL) {
        atr_enrol_request_build(&builder, &request->enrol.request);
        atr_armour_write(text, ATR_ARMOUR_REQUEST, atr_builder_bytes(&builder));
        err = atr_draft_open(&draft, path != NULL ? path : "-", 0644, how,
                             &fault);
    }
    if (err == ATR_OK) {
        if ((err = atr_draft_write(&draft,
                                   (atr_bytes){(uint8_t *)text, strlen(text)},
                                   &fault)) == ATR_OK) {
            err = atr_draft_commit(&draft, &fault);
        }
        atr_draft_drop(&draft);
    }
    free(text);
    free(bytes);
    return err == ATR_OK
               ? ATR_EXIT_DONE
               : atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
}

int atr_key_prepare(atr_request *request, const atr_cli *cli, const char *name,
                    const atr_wanted *wanted)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_fault fault = {{0}};
    int code;

    if ((code = atr_key_is_there(cli, name, wanted->kind)) != ATR_EXIT_DONE ||
        (code = take_authority(request, cli)) != ATR_EXIT_DONE ||
        (code = atr_key_check_authority(cli, request, wanted->kind)) !=
            ATR_EXIT_DONE) {
        return code;
    }
    if (atr_profile_path(path, atr_cli_value(cli, "dir"), ATR_PROFILE_REQUEST,
                         name, true, &fault) != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    if (atr_path_exists(path) && !atr_cli_has(cli, "force")) {
        return atr_cli_fail(cli, ATR_EXIT_UNSAFE,
                            "a request called \"%s\" is under way; give "
                            "--name, or replace it with -f",
                            name);
    }
    atr_key_draw(&request->enrol, wanted);
    if (atr_request_save(request, path, &fault) != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    return write_public(cli, request);
}

/* ---- import ---- */

/* The answer is bound to its node, so the one that fits is its maker. */
static atr_err open_answer(atr_enrolment *out, const atr_request *request,
                           const uint8_t hm[32], atr_bytes sealed)
{
    for (uint8_t node = 1; node <= request->authority.issue.nodes; node++) {
        if (!atr_enrolment_has(out, node) &&
            atr_enrolment_open(out, request, hm, node, sealed) == ATR_OK) {
            return ATR_OK;
        }
    }
    return ATR_ERR_AUTH;
}

static int take_answer(atr_enrolment *out, const atr_cli *cli,
                       const atr_request *request, const char *path)
{
    size_t cap =
        2 * atr_armour_len(ATR_ARMOUR_PARTIAL, ATR_ENROL_SEALED_BYTES_MAX);
    uint8_t *sealed = malloc(ATR_ENROL_SEALED_BYTES_MAX);
    atr_file file = {0};
    atr_fault fault = {{0}};
    uint8_t hm[32];
    size_t len = 0;
    int code = atr_enrolment_hm(hm, cli, &request->authority);
    atr_err err;

    if (code == ATR_EXIT_DONE && sealed == NULL) {
        code = atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    if (code == ATR_EXIT_DONE &&
        (err = atr_file_read(&file, path, cap, &fault)) != ATR_OK) {
        code = atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    if (code == ATR_EXIT_DONE &&
        (atr_armour_read(sealed, &len, ATR_ENROL_SEALED_BYTES_MAX,
                         ATR_ARMOUR_PARTIAL,
                         (atr_bytes){file.data, file.len}) != ATR_OK ||
         open_answer(out, request, hm, (atr_bytes){sealed, len}) != ATR_OK)) {
        code = atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                            "\"%s\" is not an answer to this request, or "
                            "damaged, or given twice",
                            path);
    }
    atr_file_wipe(&file);
    free(sealed);
    return code;
}

static int import(atr_request *request, atr_enrolment *enrolment,
                  const atr_cli *cli, const char *name)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_fault fault = {{0}};
    int code = ATR_EXIT_DONE;
    atr_err err = atr_profile_path(path, atr_cli_value(cli, "dir"),
                                   ATR_PROFILE_REQUEST, name, false, &fault);

    if (err == ATR_OK) {
        err = atr_request_load(request, path, &fault);
    }
    if (err != ATR_OK) {
        return atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    if (cli->operand_count != request->authority.issue.threshold) {
        return atr_cli_usage(cli,
                             "this authority wants the answers of %u "
                             "nodes",
                             request->authority.issue.threshold);
    }
    for (size_t i = 0; i < cli->operand_count && code == ATR_EXIT_DONE; i++) {
        code = take_answer(enrolment, cli, request, cli->operands[i]);
    }
    if (code == ATR_EXIT_DONE) {
        code = atr_enrolment_finish(path, cli, name, request, enrolment);
    }
    if (code == ATR_EXIT_DONE && cli->json) {
        json_t *out = atr_cli_document();

        json_object_set_new(out, "name", json_string(name));
        json_object_set_new(out, "file", json_string(path));
        code = atr_cli_print_json(cli, out);
    } else if (code == ATR_EXIT_DONE) {
        atr_cli_note(cli, "the key is in \"%s\"", path);
    }
    return code;
}

int atr_key_import(const atr_cli *cli)
{
    char name[ATR_PROFILE_NAME_BYTES_MAX + 1];
    atr_request *request = calloc(1, sizeof *request);
    atr_enrolment *enrolment = calloc(1, sizeof *enrolment);
    int code;

    if (request == NULL || enrolment == NULL) {
        code = atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    } else if ((code = atr_key_find_request(
                    name, cli, atr_cli_value(cli, "name"))) == ATR_EXIT_DONE) {
        code = import(request, enrolment, cli, name);
    }
    atr_request_wipe(request);
    atr_enrolment_wipe(enrolment);
    free(request);
    free(enrolment);
    return code;
}
