/* key list and key inspect: which keys there are, and what is in one. The
 * secret parts are never shown. */
#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"
#include "app/attrium/args.h"
#include "app/attrium/commands.h"

static json_t *key_json(const char *name, const atr_holder *holder)
{
    const atr_authority *authority = &holder->file.authority;
    json_t *out = json_object();

    json_object_set_new(out, "name", json_string(name));
    json_object_set_new(out, "attributes",
                        atr_args_attrs_json(&holder->file.key.attrs));
    json_object_set_new(
        out, "authority",
        atr_args_text((atr_bytes){authority->name, authority->name_len}));
    json_object_set_new(out, "fingerprint", atr_args_hex(holder->abe.hm, 32));
    json_object_set_new(out, "scheme", json_string(holder->abe.scheme->name));
    json_object_set_new(out, "nodes", json_integer(authority->issue.nodes));
    json_object_set_new(out, "threshold",
                        json_integer(authority->issue.threshold));
    json_object_set_new(out, "locked", json_boolean(holder->was_locked));
    json_object_set_new(out, "file", json_string(holder->path));
    return out;
}

static void print_row(const char *name, const atr_holder *holder)
{
    const atr_authority *authority = &holder->file.authority;
    char clean[4 * ATR_AUTHORITY_NAME_BYTES_MAX];
    char *attrs = atr_args_attrs_text(&holder->file.key.attrs);

    atr_cli_clean(clean, sizeof clean,
                  (atr_bytes){authority->name, authority->name_len});
    printf("%-16s %-16s %s\n", name, clean, attrs != NULL ? attrs : "?");
    free(attrs);
}

static void list_locked(const atr_cli *cli, json_t *keys, const char *name)
{
    if (cli->json) {
        json_array_append_new(
            keys, json_pack("{s:s,s:b}", "name", name, "locked", 1));
    } else {
        printf("%-16s (under a passphrase)\n", name);
    }
}

/* Shows one key, or says why it cannot be shown; the others still are. */
static int list_one(const atr_cli *cli, json_t *keys, const char *name)
{
    atr_holder *holder;
    atr_fault fault = {{0}};
    bool locked = false;
    atr_err err =
        atr_holder_look(&locked, atr_cli_value(cli, "dir"), name, &fault);

    if (err == ATR_OK && locked) {
        list_locked(cli, keys, name);
        return ATR_EXIT_DONE;
    }
    if (err == ATR_OK) {
        err = atr_holder_open(&holder, atr_cli_value(cli, "dir"), name, NULL,
                              &fault);
    }
    if (err != ATR_OK) {
        return atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    if (cli->json) {
        json_array_append_new(keys, key_json(name, holder));
    } else {
        print_row(name, holder);
    }
    atr_holder_close(holder);
    return ATR_EXIT_DONE;
}

static void list_requests(const atr_cli *cli, json_t *requests,
                          const atr_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        if (cli->json) {
            json_array_append_new(requests, json_string(names->name[i]));
        } else {
            printf("%-16s (requested; \"attrium key fetch %s\")\n",
                   names->name[i], names->name[i]);
        }
    }
}

int atr_key_list(const atr_cli *cli)
{
    const char *dir = atr_cli_value(cli, "dir");
    json_t *keys = json_array();
    json_t *requests = json_array();
    atr_names names = {0};
    atr_names waiting = {0};
    atr_fault fault = {{0}};
    int code = ATR_EXIT_DONE;

    if (atr_profile_list(&names, dir, ATR_PROFILE_KEY, &fault) != ATR_OK ||
        atr_profile_list(&waiting, dir, ATR_PROFILE_REQUEST, &fault) !=
            ATR_OK) {
        code = atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    for (size_t i = 0; i < names.count && names.name != NULL; i++) {
        int one = list_one(cli, keys, names.name[i]);

        code = code == ATR_EXIT_DONE ? one : code;
    }
    list_requests(cli, requests, &waiting);
    if (cli->json) {
        json_t *out = atr_cli_document();

        json_object_set(out, "keys", keys);
        json_object_set(out, "requests", requests);
        (void)atr_cli_print_json(cli, out);
    }
    json_decref(keys);
    json_decref(requests);
    atr_names_free(&names);
    atr_names_free(&waiting);
    return code;
}

static void print_key(const atr_holder *holder)
{
    const atr_authority *authority = &holder->file.authority;
    char clean[4 * ATR_AUTHORITY_NAME_BYTES_MAX];
    char fingerprint[ATR_FINGERPRINT_TEXT_MAX];
    char *attrs = atr_args_attrs_text(&holder->file.key.attrs);

    atr_cli_clean(clean, sizeof clean,
                  (atr_bytes){authority->name, authority->name_len});
    atr_fingerprint_write(fingerprint, holder->abe.hm);
    printf("file         %s\n", holder->path);
    printf("attributes   %s\n", attrs != NULL ? attrs : "?");
    printf("authority    %s\n", clean);
    printf("fingerprint  %s\n", fingerprint);
    printf("scheme       %s on BLS12-381\n", holder->abe.scheme->name);
    printf("nodes        %u of %u issue a key\n", authority->issue.threshold,
           authority->issue.nodes);
    free(attrs);
}

int atr_key_inspect(const atr_cli *cli)
{
    const char *which = cli->operand_count > 0 ? cli->operands[0] : NULL;
    atr_holder *holder;
    int code = atr_args_key(&holder, cli, which);

    if (code != ATR_EXIT_DONE) {
        return code;
    }
    if (cli->json) {
        json_t *out = atr_cli_document();
        json_t *key = key_json(which != NULL ? which : "", holder);

        if (which == NULL) {
            json_object_del(key, "name");
        }
        json_object_update(out, key);
        json_decref(key);
        code = atr_cli_print_json(cli, out);
    } else {
        print_key(holder);
    }
    atr_holder_close(holder);
    return code;
}
