/* key request: asking an authority for an attribute key. */
#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"
#include "app/attrium/args.h"
#include "app/attrium/commands.h"
#include "app/attrium/key.h"
#include "app/attrium/person.h"
#include "host/entropy.h"

/* The addresses of --authority, with --pin where there is one address. */
static int take_addresses(atr_request *request, const atr_cli *cli)
{
    const char *pin = atr_cli_value(cli, "pin");
    const char *text;
    atr_fault fault = {{0}};

    request->node_count = 0;
    while ((text = atr_cli_value_at(cli, "authority", request->node_count)) !=
           NULL) {
        if (request->node_count == ATR_ISSUE_NODES_MAX) {
            return atr_cli_usage(cli, "at most %d nodes", ATR_ISSUE_NODES_MAX);
        }
        if (atr_address_parse(&request->nodes[request->node_count].address,
                              text, &fault) != ATR_OK) {
            return atr_cli_usage(cli, "--authority: %s", fault.text);
        }
        request->node_count++;
    }
    if (request->node_count == 0) {
        return atr_cli_usage(cli, "--authority https://HOST:PORT#PIN is "
                                  "needed");
    }
    if (pin != NULL) {
        atr_link *address = &request->nodes[0].address;

        if (request->node_count != 1 || address->has_pin) {
            return atr_cli_usage(cli, "--pin is for one --authority without "
                                      "a \"#PIN\"");
        }
        if (atr_hex_read(address->pin, sizeof address->pin, pin) != ATR_OK) {
            return atr_cli_usage(cli, "--pin is 64 hexadecimal digits");
        }
        address->has_pin = true;
    }
    return ATR_EXIT_DONE;
}

/* Shows the fingerprint, and compares it with the one that is expected. */
int atr_key_check_authority(const atr_cli *cli, const atr_request *request,
                            atr_enrol_kind kind)
{
    const char *expected = atr_cli_value(cli, "fingerprint");
    char text[ATR_FINGERPRINT_TEXT_MAX];
    uint8_t want[32];
    uint8_t hm[32];
    int code = atr_enrolment_fingerprint(hm, cli, &request->authority, kind);

    if (code != ATR_EXIT_DONE) {
        return code;
    }
    if (expected != NULL && atr_fingerprint_read(want, expected) != ATR_OK) {
        return atr_cli_usage(cli, "--fingerprint is 64 hexadecimal digits");
    }
    atr_fingerprint_write(text, hm);
    if (expected != NULL && memcmp(want, hm, sizeof hm) != 0) {
        return atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                            "the authority's fingerprint is not the expected "
                            "one but %s",
                            text);
    }
    if (!cli->json) {
        atr_cli_note(cli, "%s fingerprint: %s%s",
                     kind == ATR_ENROL_IDENTITY ? "identities" : "authority",
                     text, expected != NULL ? " (as expected)" : "");
    }
    return ATR_EXIT_DONE;
}

static bool same_attrs(const atr_attrs *a, const atr_attrs *b)
{
    for (size_t i = 0; i < a->count && a->count == b->count; i++) {
        if (!atr_attr_equal(&a->attr[i], &b->attr[i])) {
            return false;
        }
    }
    return a->count == b->count;
}

static bool same_wanted(const atr_wanted *a, const atr_enrol_request *b)
{
    return a->kind == b->kind &&
           (a->kind == ATR_ENROL_IDENTITY
                ? atr_identity_equal(&a->identity, &b->identity)
                : same_attrs(&a->attrs, &b->attrs));
}

/* The attributes: of all operands together. */
static int take_attrs(atr_attrs *out, const atr_cli *cli)
{
    size_t len = 1;
    char *text;
    int code;

    for (size_t i = 0; i < cli->operand_count; i++) {
        len += strlen(cli->operands[i]) + 1;
    }
    if ((text = calloc(1, len)) == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    for (size_t i = 0; i < cli->operand_count; i++) {
        strcat(text, cli->operands[i]);
        if (i + 1 < cli->operand_count) {
            strcat(text, " ");
        }
    }
    code = atr_args_attrs(out, cli, "attributes", text);
    free(text);
    return code;
}

static int take_wanted(atr_wanted *out, const atr_cli *cli)
{
    const char *identity = atr_cli_value(cli, "identity");
    atr_fault fault = {{0}};

    if ((identity != NULL) == (cli->operand_count > 0)) {
        return atr_cli_usage(cli, "give attributes, or --identity NAME");
    }
    if (identity == NULL) {
        out->kind = ATR_ENROL_ATTRIBUTES;
        return take_attrs(&out->attrs, cli);
    }
    out->kind = ATR_ENROL_IDENTITY;
    return atr_person_name(&out->identity, identity, &fault) == ATR_OK
               ? ATR_EXIT_DONE
               : atr_cli_usage(cli, "--identity: %s", fault.text);
}

void atr_key_draw(atr_enrol *enrol, const atr_wanted *wanted)
{
    atr_rng rng;

    atr_entropy_rng(&rng);
    if (wanted->kind == ATR_ENROL_IDENTITY) {
        atr_enrol_init_identity(enrol, &wanted->identity, &rng);
    } else {
        atr_enrol_init(enrol, &wanted->attrs, &rng);
    }
    atr_rng_wipe(&rng);
}

/* The nodes that are named are the first of those that were asked; what the
 * authority listed comes after them. */
static bool same_nodes(const atr_request *named, const atr_request *asked)
{
    for (size_t i = 0; i < named->node_count && i < asked->node_count; i++) {
        const atr_link *a = &named->nodes[i].address;
        const atr_link *b = &asked->nodes[i].address;

        if (strcmp(a->host, b->host) != 0 || a->port != b->port) {
            return false;
        }
    }
    return named->node_count <= asked->node_count;
}

/* A request that is there already goes on, when it is the same. */
static int resume(atr_request *request, const atr_cli *cli, const char *path,
                  const atr_wanted *wanted, const char *name)
{
    atr_request *asked = calloc(1, sizeof *asked);
    atr_fault fault = {{0}};
    atr_err err;
    int code;

    if (asked == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    code = take_addresses(asked, cli);
    if (code == ATR_EXIT_DONE &&
        (err = atr_request_load(request, path, &fault)) != ATR_OK) {
        code = atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    if (code == ATR_EXIT_DONE &&
        (!same_wanted(wanted, &request->enrol.request) ||
         !same_nodes(asked, request))) {
        code = atr_cli_fail(cli, ATR_EXIT_UNSAFE,
                            "another request called \"%s\" is under way; "
                            "fetch it, give --name, or replace it with -f",
                            name);
    }
    free(asked);
    if (code == ATR_EXIT_DONE && !cli->json) {
        atr_cli_note(cli, "this request is under way already; sending it "
                          "again");
    }
    return code;
}

/* A new request is on the disk before anybody hears of it. */
static int begin(atr_request *request, const atr_cli *cli, const char *path,
                 const atr_wanted *wanted)
{
    atr_fault fault = {{0}};
    int code;

    if ((code = take_addresses(request, cli)) != ATR_EXIT_DONE ||
        (code = atr_enrolment_meet(request, cli)) != ATR_EXIT_DONE ||
        (code = atr_key_check_authority(cli, request, wanted->kind)) !=
            ATR_EXIT_DONE) {
        return code;
    }
    atr_key_draw(&request->enrol, wanted);
    if (atr_request_save(request, path, &fault) != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    return ATR_EXIT_DONE;
}

int atr_key_is_there(const atr_cli *cli, const char *name, atr_enrol_kind kind)
{
    const char *dir = atr_cli_value(cli, "dir");
    const atr_profile_kind places[2] = {ATR_PROFILE_KEY, ATR_PROFILE_IDENTITY};
    const bool second = kind == ATR_ENROL_IDENTITY;
    char path[ATR_PATH_BYTES_MAX];
    char other[ATR_PATH_BYTES_MAX];
    atr_fault fault = {{0}};

    if (atr_profile_path(path, dir, places[second], name, false, &fault) !=
            ATR_OK ||
        atr_profile_path(other, dir, places[!second], name, false, &fault) !=
            ATR_OK) {
        return atr_cli_usage(cli, "%s", fault.text);
    }
    if (atr_path_exists(other)) {
        return atr_cli_fail(cli, ATR_EXIT_UNSAFE,
                            "there is a key of another kind called \"%s\"; "
                            "give --name",
                            name);
    }
    if (atr_path_exists(path) && !atr_cli_has(cli, "force")) {
        return atr_cli_fail(cli, ATR_EXIT_UNSAFE,
                            "there is a key called \"%s\" already; give "
                            "--name, or replace it with -f",
                            name);
    }
    return ATR_EXIT_DONE;
}

static int post(const atr_request *request, const atr_cli *cli)
{
    atr_enclosed enclosed = {.note = atr_cli_value(cli, "note")};
    int code = atr_key_evidence(&enclosed.evidence, cli, request);

    if (code == ATR_EXIT_DONE) {
        code = atr_enrolment_post(cli, request, &enclosed);
    }
    json_decref(enclosed.evidence);
    return code;
}

static int ask(atr_request *request, const atr_cli *cli, const char *name,
               const atr_wanted *wanted)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_fault fault = {{0}};
    uint64_t limit_ms = 0;
    int code;

    if ((code = atr_key_wait_time(&limit_ms, cli)) != ATR_EXIT_DONE ||
        (code = atr_key_is_there(cli, name, wanted->kind)) != ATR_EXIT_DONE) {
        return code;
    }
    if (atr_profile_path(path, atr_cli_value(cli, "dir"), ATR_PROFILE_REQUEST,
                         name, true, &fault) != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    code = atr_path_exists(path) && !atr_cli_has(cli, "force")
               ? resume(request, cli, path, wanted, name)
               : begin(request, cli, path, wanted);
    if (code == ATR_EXIT_DONE) {
        code = post(request, cli);
    }
    if (code == ATR_EXIT_DONE && (limit_ms == 0 || !cli->json)) {
        code = atr_key_report(cli, name, request, "waiting", NULL);
    }
    if (code == ATR_EXIT_DONE && limit_ms != 0) {
        code = atr_key_collect(cli, name, request, limit_ms);
    }
    return code;
}

int atr_key_request(const atr_cli *cli)
{
    const char *name = atr_cli_value(cli, "name");
    atr_request *request = calloc(1, sizeof *request);
    atr_wanted *wanted = calloc(1, sizeof *wanted);
    int code;

    if (request == NULL || wanted == NULL) {
        code = atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    } else if ((code = take_wanted(wanted, cli)) == ATR_EXIT_DONE) {
        const atr_keyring *ring = wanted->kind == ATR_ENROL_IDENTITY
                                      ? &atr_keyring_identities
                                      : &atr_keyring_attributes;

        name = name != NULL ? name : ring->preset;
        code = atr_cli_has(cli, "offline")
                   ? atr_key_prepare(request, cli, name, wanted)
                   : ask(request, cli, name, wanted);
    }
    atr_request_wipe(request);
    free(request);
    free(wanted);
    return code;
}
