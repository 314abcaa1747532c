#include <stdio.h>

#include "app/armour.h"
#include "app/kmsd/commands.h"
#include "app/kmsd/node_key.h"
#include "app/peers.h"
#include "app/kmsd/place.h"

static int print(const atr_cli *cli, const char *card, const atr_node_key *key)
{
    char vk[2 * ATR_ED25519_PUBLIC_BYTES + 1];
    json_t *json;

    if (!cli->json) {
        printf("%s\n", card);
        return ATR_EXIT_DONE;
    }
    atr_hex_write(vk, ATR_BYTES(key->vk));
    json = atr_cli_document();
    json_object_set_new(json, "card", json_string(card));
    json_object_set_new(json, "verify_key", json_string(vk));
    return atr_cli_print_json(cli, json);
}

/* Makes the directory and what a node has before it has an authority. */
int atr_kmsd_card(const atr_cli *cli)
{
    char text[ATR_CARD_TEXT_MAX];
    const char *dir = atr_kmsd_dir(cli);
    atr_node_key key = {0};
    atr_tls *tls = NULL;
    atr_place place;
    atr_peer peer;
    atr_fault fault = {""};
    atr_err err;
    int code = atr_place_read(&place, cli);

    if (code != 0) {
        return code;
    }
    if (place.port == 0) {
        return atr_cli_usage(cli, "--listen: others need to know the port");
    }
    if ((err = atr_dir_make(dir, &fault)) != ATR_OK ||
        (err = atr_node_key_open(&key, dir, &fault)) != ATR_OK ||
        (err = atr_place_open_tls(&tls, &place, &fault)) != ATR_OK ||
        (err = atr_address_format(text, &place.address)) != ATR_OK ||
        (err = atr_card_parse(&peer, text, &fault)) != ATR_OK) {
        code = atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
    } else {
        code = print(cli, peer.card, &key);
    }
    atr_tls_close(tls);
    atr_node_key_wipe(&key);
    return code;
}
