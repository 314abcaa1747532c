/* key request --source: evidence for somebody who vouches in place of an
 * administrator (attrium-source(8)). */
#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"
#include "app/attrium/key.h"
#include "app/attrium/node_call.h"
#include "host/process.h"
#include "host/secret.h"

#define TOKEN_BYTES_MAX 40000
#define LOGIN_MS (11 * 60 * 1000) /* the program waits for ten minutes */
#define END_MS 5000

/* The source of that name, as the first node that answers tells of it. */
static int find_source(json_t **out, const atr_cli *cli,
                       const atr_request *request, const char *name)
{
    atr_node_said said[ATR_ISSUE_NODES_MAX] = {0};

    *out = NULL;
    for (size_t i = 0; i < request->node_count; i++) {
        json_t *answer = NULL;
        json_t *source;
        size_t at;
        int status;

        if (atr_node_call(&answer, &status, &said[i], cli,
                          &request->nodes[i].address, "/v1/authority",
                          NULL) != ATR_EXIT_DONE) {
            continue;
        }
        json_array_foreach(json_object_get(answer, "sources"), at, source)
        {
            const char *text =
                json_string_value(json_object_get(source, "name"));

            if (text != NULL && strcmp(text, name) == 0) {
                *out = json_incref(source);
                break;
            }
        }
        json_decref(answer);
        return *out != NULL
                   ? ATR_EXIT_DONE
                   : atr_cli_fail(cli, ATR_EXIT_FAILED,
                                  "the authority has no source called \"%s\"",
                                  name);
    }
    return atr_nodes_failed(cli, said, request->node_count,
                            "no node of the authority answers");
}

static int password_evidence(json_t **out, const atr_cli *cli)
{
    const char *user = atr_cli_value(cli, "user");
    atr_secret_sources sources = {
        .file = atr_cli_value(cli, "password-file"),
        .fd = -1,
        .prompt = "Password: ",
    };
    atr_secret secret = {0};
    atr_fault fault;
    atr_err err;

    if (user == NULL) {
        return atr_cli_usage(cli, "this source wants --user NAME");
    }
    err = atr_secret_read(&secret, &sources, &fault);
    if (err == ATR_OK) {
        *out = json_pack("{s:s, s:s%}", "user", user, "password",
                         (const char *)secret.data, secret.len);
    }
    atr_secret_wipe(&secret);
    if (err != ATR_OK) {
        return atr_cli_fail(
            cli, err == ATR_ERR_STATE ? ATR_EXIT_UNSAFE : ATR_EXIT_FAILED, "%s",
            fault.text);
    }
    return *out != NULL ? ATR_EXIT_DONE
                        : atr_cli_fail(cli, ATR_EXIT_USAGE,
                                       "name and password must be UTF-8");
}

/* The program that opens a browser's way writes the evidence in one line. */
static int login(json_t **out, const atr_cli *cli, const char *const *argv)
{
    const atr_process_options options = {.argv = argv, .pipe_out = true};
    char *line = malloc(TOKEN_BYTES_MAX);
    atr_process process;
    atr_fault fault;
    int code = ATR_EXIT_DONE;

    if (line == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    if (atr_process_start(&process, &options, &fault) != ATR_OK) {
        free(line);
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    if (atr_process_read_line(line, TOKEN_BYTES_MAX, &process, LOGIN_MS) ==
        ATR_OK) {
        *out = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    }
    if (atr_process_wait(&process, END_MS) != ATR_OK) {
        atr_process_end(&process, END_MS);
    }
    atr_wipe(line, TOKEN_BYTES_MAX);
    free(line);
    if (!json_is_object(*out)) {
        code = process.status > 0 && process.status < 256 ? process.status
                                                          : ATR_EXIT_FAILED;
        code = atr_cli_fail(cli, code, "there was no login");
    }
    return code;
}

static int token_evidence(json_t **out, const atr_cli *cli,
                          const atr_request *request, const json_t *source)
{
    const char *dir = getenv("ATTRIUM_LIBEXEC");
    const char *issuer = json_string_value(json_object_get(source, "issuer"));
    const char *client = json_string_value(json_object_get(source, "client"));
    char program[ATR_PATH_BYTES_MAX];
    uint8_t hm[32];
    uint8_t id[32];
    char nonce[65];
    int code = atr_enrolment_hm(hm, cli, &request->authority);

    if (code != ATR_EXIT_DONE) {
        return code;
    }
    if (issuer == NULL || client == NULL || issuer[0] == '-') {
        return atr_cli_fail(cli, ATR_EXIT_NETWORK,
                            "the authority's source is malformed");
    }
    if (atr_path_join(program, dir && dir[0] == '/' ? dir : ATR_LIBEXEC,
                      "attrium-login-oidc") != ATR_OK ||
        !atr_path_exists(program)) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED,
                            "attrium-login-oidc is not installed");
    }
    atr_enrol_request_id(id, hm, &request->enrol.request);
    atr_hex_write(nonce, ATR_BYTES(id));
    return login(out, cli,
                 (const char *const[]){program, issuer, client, nonce, NULL});
}

int atr_key_evidence(json_t **out, const atr_cli *cli,
                     const atr_request *request)
{
    const char *name = atr_cli_value(cli, "source");
    json_t *source = NULL;
    json_t *evidence = NULL;
    const char *kind;
    int code;

    *out = NULL;
    if (name == NULL) {
        return ATR_EXIT_DONE;
    }
    json_set_alloc_funcs(malloc, atr_secret_free);
    if ((code = find_source(&source, cli, request, name)) != ATR_EXIT_DONE) {
        return code;
    }
    kind = json_string_value(json_object_get(source, "kind"));
    if (kind != NULL && strcmp(kind, "ldap") == 0) {
        code = password_evidence(&evidence, cli);
    } else if (kind != NULL && strcmp(kind, "oidc") == 0) {
        code = token_evidence(&evidence, cli, request, source);
    } else {
        code = atr_cli_fail(cli, ATR_EXIT_FAILED,
                            "a source of a kind that is not known here");
    }
    if (code == ATR_EXIT_DONE) {
        *out = json_pack("{s:s, s:O}", "source", name, "evidence", evidence);
    }
    json_decref(evidence);
    json_decref(source);
    return code;
}
