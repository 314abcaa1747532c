/* registrar new, registrar show. */
#include <stdio.h>

#include "app/armour.h"
#include "app/kmsd/commands.h"
#include "app/kmsd/passphrase.h"
#include "app/kmsd/registrar.h"
#include "host/entropy.h"

static int say(const atr_cli *cli, const uint8_t vk[32])
{
    char hex[65];
    json_t *json;

    atr_hex_write(hex, (atr_bytes){vk, 32});
    if (!cli->json) {
        printf("registrar %s\n", hex);
        return 0;
    }
    json = atr_cli_document();
    json_object_set_new(json, "registrar", json_string(hex));
    return atr_cli_print_json(cli, json);
}

static int failed(const atr_cli *cli, atr_err err, const atr_fault *fault)
{
    return atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault->text);
}

/* A key in a file of its own, for an authority that does not exist yet. */
static int make_file(const atr_cli *cli, const char *path, atr_bytes passphrase)
{
    atr_registrar key;
    atr_fault fault;
    atr_rng rng;
    atr_err err;
    int code;

    atr_entropy_rng(&rng);
    err = atr_registrar_make(&key, path, passphrase, &rng, &fault);
    atr_rng_wipe(&rng);
    code = err == ATR_OK ? say(cli, key.vk) : failed(cli, err, &fault);
    atr_registrar_wipe(&key);
    return code;
}

/* The key of a node that has none, from before there were registrars. */
static int make_here(const atr_cli *cli, atr_bytes passphrase)
{
    atr_node *node = NULL;
    atr_fault fault;
    atr_err err;
    int code = atr_kmsd_open_node(&node, cli);

    if (code == 0) {
        err = atr_node_enlist(node, passphrase, &fault);
        code = err == ATR_OK ? say(cli, node->authority.registrars.vk[0])
                             : failed(cli, err, &fault);
    }
    atr_node_close(node);
    return code;
}

int atr_kmsd_registrar_new(const atr_cli *cli)
{
    const char *path = atr_cli_value(cli, "output");
    atr_secret secret = {0};
    atr_bytes passphrase;
    int code = 0;

    if (atr_kmsd_wants_passphrase(cli)) {
        code = atr_kmsd_passphrase(&secret, cli, true);
    }
    passphrase = (atr_bytes){secret.data, secret.len};
    if (code == 0) {
        code = path ? make_file(cli, path, passphrase)
                    : make_here(cli, passphrase);
    }
    atr_secret_wipe(&secret);
    return code;
}

static int show(const atr_cli *cli, const char *path)
{
    atr_registrar key = {0};
    atr_secret secret = {0};
    bool locked = false;
    atr_fault fault;
    atr_err err = atr_registrar_is_locked(&locked, path, &fault);
    int code = 0;

    if (err == ATR_OK && locked) {
        code = atr_kmsd_passphrase(&secret, cli, false);
    }
    if (err == ATR_OK && code == 0) {
        err = atr_registrar_open(&key, path,
                                 (atr_bytes){secret.data, secret.len}, &fault);
    }
    if (err != ATR_OK) {
        code = failed(cli, err, &fault);
    } else if (code == 0) {
        code = say(cli, key.vk);
    }
    atr_registrar_wipe(&key);
    atr_secret_wipe(&secret);
    return code;
}

/* All that the authority lists, without any secret. */
static int show_all(const atr_cli *cli)
{
    atr_node *node = NULL;
    json_t *json;
    json_t *list;
    char hex[65];
    int code = atr_kmsd_open_node(&node, cli);
    const atr_registrars *all;

    if (code != 0) {
        return code;
    }
    all = &node->authority.registrars;
    list = json_array();
    if (!cli->json) {
        printf("approvals %u of %u\n", all->approvals, all->count);
    }
    for (size_t i = 0; i < all->count; i++) {
        atr_hex_write(hex, ATR_BYTES(all->vk[i]));
        if (cli->json) {
            json_array_append_new(list, json_string(hex));
        } else {
            printf("registrar %s\n", hex);
        }
    }
    if (cli->json) {
        json = atr_cli_document();
        json_object_set_new(json, "approvals", json_integer(all->approvals));
        json_object_set(json, "registrars", list);
        code = atr_cli_print_json(cli, json);
    }
    json_decref(list);
    atr_node_close(node);
    return code;
}

int atr_kmsd_registrar_show(const atr_cli *cli)
{
    const char *path = atr_cli_value(cli, "registrar");

    return path ? show(cli, path) : show_all(cli);
}
