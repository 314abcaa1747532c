/* key list and key inspect: which keys there are, and what is in one. The
 * secret parts are never shown. */
#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"
#include "app/attrium/args.h"
#include "app/attrium/commands.h"
#include "app/attrium/renewal.h"

/* A key of either kind, as it is shown. */
typedef struct {
    atr_holder *holder; /* or */
    atr_person *person;
    const char *path;
    bool was_locked;
    const atr_authority *authority;
    const uint8_t *hm;
    const char *scheme;
} shown;

static void show_holder(shown *out, atr_holder *holder)
{
    *out = (shown){.holder = holder,
                   .path = holder->path,
                   .was_locked = holder->passphrase.len > 0,
                   .authority = &holder->file.authority,
                   .hm = holder->abe.hm,
                   .scheme = holder->abe.scheme->name};
}

static void show_person(shown *out, atr_person *person)
{
    *out = (shown){.person = person,
                   .path = person->path,
                   .was_locked = person->passphrase.len > 0,
                   .authority = &person->file.authority,
                   .hm = person->bf.hm,
                   .scheme = "bf"};
}

static void close_shown(shown *key)
{
    atr_holder_close(key->holder);
    atr_person_close(key->person);
    *key = (shown){0};
}

/* Until when it serves; 0: for ever. */
static uint64_t until_of(const shown *key)
{
    return key->person != NULL ? atr_renewal_until_identity(&key->person->file)
                               : atr_renewal_until(&key->holder->file);
}

static void set_period(json_t *out, const shown *key)
{
    char date[ATR_RENEWAL_DATE_BYTES_MAX];
    atr_period period = {0};

    if (until_of(key) == 0) {
        return;
    }
    if (key->person != NULL) {
        period.number = key->person->file.key.id.period;
    } else {
        (void)atr_attrs_period(&period, &key->holder->file.key.attrs);
        json_object_set_new(out, "generation", json_integer(period.generation));
    }
    atr_renewal_date(date, until_of(key));
    json_object_set_new(out, "period", json_integer((json_int_t)period.number));
    json_object_set_new(out, "until", json_string(date));
}

static json_t *key_json(const char *name, const shown *key)
{
    const atr_authority *authority = key->authority;
    json_t *out = json_object();
    char id[ATR_PERSON_TEXT_MAX];

    json_object_set_new(out, "name", json_string(name));
    if (key->person != NULL) {
        atr_person_text(id, &key->person->file.key.id);
        json_object_set_new(out, "identity", json_string(id));
    } else {
        json_object_set_new(out, "attributes",
                            atr_args_attrs_json(&key->holder->file.key.attrs));
    }
    json_object_set_new(
        out, "authority",
        atr_args_text((atr_bytes){authority->name, authority->name_len}));
    json_object_set_new(out, "fingerprint", atr_args_hex(key->hm, 32));
    json_object_set_new(out, "scheme", json_string(key->scheme));
    json_object_set_new(out, "nodes", json_integer(authority->issue.nodes));
    json_object_set_new(out, "threshold",
                        json_integer(authority->issue.threshold));
    set_period(out, key);
    json_object_set_new(out, "locked", json_boolean(key->was_locked));
    json_object_set_new(out, "file", json_string(key->path));
    return out;
}

/* What it is a key of; the caller frees it. */
static char *key_text(const shown *key)
{
    char id[ATR_PERSON_TEXT_MAX];
    char *text = NULL;

    if (key->person == NULL) {
        return atr_args_attrs_text(&key->holder->file.key.attrs);
    }
    atr_person_text(id, &key->person->file.key.id);
    return asprintf(&text, "identity %s", id) < 0 ? NULL : text;
}

static void print_row(const char *name, const shown *key)
{
    const atr_authority *authority = key->authority;
    char clean[4 * ATR_AUTHORITY_NAME_BYTES_MAX];
    char date[ATR_RENEWAL_DATE_BYTES_MAX];
    char *text = key_text(key);

    atr_cli_clean(clean, sizeof clean,
                  (atr_bytes){authority->name, authority->name_len});
    if (until_of(key) != 0) {
        atr_renewal_date(date, until_of(key));
        printf("%-16s %-16s %s; until %s\n", name, clean,
               text != NULL ? text : "?", date);
    } else {
        printf("%-16s %-16s %s\n", name, clean, text != NULL ? text : "?");
    }
    free(text);
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

/* Opens what is not under a passphrase. */
static atr_err open_plain(shown *out, const atr_keyring *ring, const char *dir,
                          const char *name, atr_fault *fault)
{
    atr_holder *holder = NULL;
    atr_person *person = NULL;
    atr_err err;

    if (ring == &atr_keyring_identities) {
        err = atr_person_open(&person, dir, name, NULL, fault);
        if (err == ATR_OK) {
            show_person(out, person);
        }
        return err;
    }
    err = atr_holder_open(&holder, dir, name, NULL, fault);
    if (err == ATR_OK) {
        show_holder(out, holder);
    }
    return err;
}

/* Shows one key, or says why it cannot be shown; the others still are. */
static int list_one(const atr_cli *cli, json_t *keys, const atr_keyring *ring,
                    const char *name)
{
    const char *dir = atr_cli_value(cli, "dir");
    atr_fault fault = {{0}};
    shown key = {0};
    bool locked = false;
    atr_err err = atr_keyring_look(&locked, ring, dir, name, &fault);

    if (err == ATR_OK && locked) {
        list_locked(cli, keys, name);
        return ATR_EXIT_DONE;
    }
    if (err == ATR_OK) {
        err = open_plain(&key, ring, dir, name, &fault);
    }
    if (err != ATR_OK) {
        return atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    if (cli->json) {
        json_array_append_new(keys, key_json(name, &key));
    } else {
        print_row(name, &key);
    }
    close_shown(&key);
    return ATR_EXIT_DONE;
}

static int list_ring(const atr_cli *cli, json_t *keys, const atr_keyring *ring)
{
    atr_names names = {0};
    atr_fault fault = {{0}};
    int code = ATR_EXIT_DONE;

    if (atr_profile_list(&names, atr_cli_value(cli, "dir"), ring->kind,
                         &fault) != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    for (size_t i = 0; i < names.count; i++) {
        int one = list_one(cli, keys, ring, names.name[i]);

        code = code == ATR_EXIT_DONE ? one : code;
    }
    atr_names_free(&names);
    return code;
}

static int list_requests(const atr_cli *cli, json_t *requests)
{
    atr_names names = {0};
    atr_fault fault = {{0}};

    if (atr_profile_list(&names, atr_cli_value(cli, "dir"), ATR_PROFILE_REQUEST,
                         &fault) != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    for (size_t i = 0; i < names.count; i++) {
        if (cli->json) {
            json_array_append_new(requests, json_string(names.name[i]));
        } else {
            printf("%-16s (requested; \"attrium key fetch %s\")\n",
                   names.name[i], names.name[i]);
        }
    }
    atr_names_free(&names);
    return ATR_EXIT_DONE;
}

int atr_key_list(const atr_cli *cli)
{
    json_t *keys = json_array();
    json_t *requests = json_array();
    int code = list_ring(cli, keys, &atr_keyring_attributes);
    int next = list_ring(cli, keys, &atr_keyring_identities);

    code = code == ATR_EXIT_DONE ? next : code;
    next = list_requests(cli, requests);
    code = code == ATR_EXIT_DONE ? next : code;
    if (cli->json) {
        json_t *out = atr_cli_document();

        json_object_set(out, "keys", keys);
        json_object_set(out, "requests", requests);
        (void)atr_cli_print_json(cli, out);
    }
    json_decref(keys);
    json_decref(requests);
    return code;
}

static void print_key(const shown *key)
{
    const atr_authority *authority = key->authority;
    char clean[4 * ATR_AUTHORITY_NAME_BYTES_MAX];
    char fingerprint[ATR_FINGERPRINT_TEXT_MAX];
    char id[ATR_PERSON_TEXT_MAX];
    char *attrs;

    atr_cli_clean(clean, sizeof clean,
                  (atr_bytes){authority->name, authority->name_len});
    atr_fingerprint_write(fingerprint, key->hm);
    printf("file         %s\n", key->path);
    if (key->person != NULL) {
        atr_person_text(id, &key->person->file.key.id);
        printf("identity     %s\n", id);
    } else {
        attrs = atr_args_attrs_text(&key->holder->file.key.attrs);
        printf("attributes   %s\n", attrs != NULL ? attrs : "?");
        free(attrs);
    }
    printf("authority    %s\n", clean);
    printf("fingerprint  %s\n", fingerprint);
    printf("scheme       %s on BLS12-381\n", key->scheme);
    printf("nodes        %u of %u issue a key\n", authority->issue.threshold,
           authority->issue.nodes);
}

/* Opens a key of either kind, with a passphrase if it needs one. */
static int open_any(shown *out, const atr_cli *cli, const char *which)
{
    atr_holder *holder = NULL;
    atr_person *person = NULL;
    int code;

    if (atr_keyring_of(atr_cli_value(cli, "dir"), which) ==
        &atr_keyring_identities) {
        code = atr_args_person(&person, cli, which);
        if (code == ATR_EXIT_DONE) {
            show_person(out, person);
        }
        return code;
    }
    code = atr_args_key(&holder, cli, which);
    if (code == ATR_EXIT_DONE) {
        show_holder(out, holder);
    }
    return code;
}

int atr_key_inspect(const atr_cli *cli)
{
    const char *which = cli->operand_count > 0 ? cli->operands[0] : NULL;
    shown shown_key = {0};
    int code = open_any(&shown_key, cli, which);

    if (code != ATR_EXIT_DONE) {
        return code;
    }
    if (cli->json) {
        json_t *out = atr_cli_document();
        json_t *key = key_json(which != NULL ? which : "", &shown_key);

        if (which == NULL) {
            json_object_del(key, "name");
        }
        json_object_update(out, key);
        json_decref(key);
        code = atr_cli_print_json(cli, out);
    } else {
        print_key(&shown_key);
    }
    close_shown(&shown_key);
    return code;
}
