#include "app/peers.h"

#include <stdio.h>

#include "app/address.h"
#include "host/file.h"

#define FILE_BYTES_MAX 65536

static void lower(char *text)
{
    for (; *text; text++) {
        if (*text >= 'A' && *text <= 'Z') {
            *text = (char)(*text - 'A' + 'a');
        }
    }
}

atr_err atr_card_parse(atr_peer *out, const char *text, atr_fault *fault)
{
    atr_err err = atr_address_parse(&out->at, text, fault);

    if (err == ATR_OK && !out->at.has_pin) {
        err = atr_fault_set(fault, ATR_ERR_INPUT,
                            "not a card, its pin is missing "
                            "(https://HOST:PORT/#PIN): %s",
                            text);
    }
    if (err == ATR_OK) {
        lower(out->at.host);
        err = atr_address_format(out->card, &out->at);
    }
    if (err != ATR_OK) {
        memset(out, 0, sizeof *out);
    }
    return err;
}

static bool is_same_place(const atr_peer *a, const atr_peer *b)
{
    return a->at.port == b->at.port && strcmp(a->at.host, b->at.host) == 0;
}

atr_err atr_peers_add(atr_peers *peers, const char *card, atr_fault *fault)
{
    atr_peer peer;
    size_t at = peers->count;
    atr_err err = atr_card_parse(&peer, card, fault);

    if (err != ATR_OK) {
        return err;
    }
    for (size_t i = 0; i < peers->count; i++) {
        const atr_peer *other = &peers->peers[i];

        if (is_same_place(&peer, other) ||
            memcmp(peer.at.pin, other->at.pin, sizeof peer.at.pin) == 0) {
            return atr_fault_set(fault, ATR_ERR_STATE,
                                 "the same node twice: %s", card);
        }
    }
    if (peers->count == ATR_ISSUE_NODES_MAX) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "more than %d nodes",
                             ATR_ISSUE_NODES_MAX);
    }
    for (; at > 0 && strcmp(peers->peers[at - 1].card, peer.card) > 0; at--) {
        peers->peers[at] = peers->peers[at - 1];
    }
    peers->peers[at] = peer;
    peers->count++;
    return ATR_OK;
}

void atr_peers_of(atr_peers *out, const atr_nodes *nodes)
{
    memset(out, 0, sizeof *out);
    out->count = nodes->count;
    for (size_t i = 0; i < out->count; i++) {
        out->peers[i].at = nodes->entries[i].at;
        /* It was read from a bundle, so it can be written. */
        (void)!atr_address_format(out->peers[i].card, &out->peers[i].at);
    }
}

/* One line, without its end. */
static atr_err move_one(atr_peers *peers, atr_bytes line, atr_fault *fault)
{
    char card[ATR_CARD_TEXT_MAX];
    atr_peer peer;
    size_t at;
    atr_err err;

    while (line.len > 0 && strchr(" \t\r", line.data[line.len - 1])) {
        line.len--;
    }
    if (line.len == 0 || line.data[0] == '#') {
        return ATR_OK;
    }
    snprintf(card, sizeof card, "%.*s", (int)line.len, (const char *)line.data);
    if ((err = atr_card_parse(&peer, card, fault)) != ATR_OK) {
        return err;
    }
    if ((at = atr_peers_find(peers, peer.at.pin)) == peers->count) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "no node of this authority: %s", card);
    }
    peers->peers[at] = peer;
    return ATR_OK;
}

atr_err atr_peers_move(atr_peers *peers, atr_bytes text, atr_fault *fault)
{
    atr_peers moved = *peers;
    atr_fault why = {""};
    unsigned number = 0;

    if (text.len > 0 && memchr(text.data, 0, text.len)) {
        return atr_fault_set(fault, ATR_ERR_INPUT, "not a text file");
    }
    while (text.len > 0) {
        const uint8_t *end = memchr(text.data, '\n', text.len);
        atr_bytes line = {text.data,
                          end ? (size_t)(end - text.data) : text.len};
        size_t used = line.len + (end != NULL);

        number++;
        if (move_one(&moved, line, &why) != ATR_OK) {
            return atr_fault_set(fault, ATR_ERR_INPUT, "line %u: %.200s",
                                 number, why.text);
        }
        text.data += used;
        text.len -= used;
    }
    *peers = moved;
    return ATR_OK;
}

atr_err atr_peers_open(atr_peers *out, const atr_nodes *nodes, const char *dir,
                       atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_file file = {0};
    atr_fault why = {""};
    atr_err err;

    atr_peers_of(out, nodes);
    if (atr_path_join(path, dir, ATR_NODE_PEERS) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", dir);
    }
    if (!atr_path_exists(path)) {
        return ATR_OK;
    }
    err = atr_file_read(&file, path, FILE_BYTES_MAX, fault);
    if (err == ATR_OK &&
        atr_peers_move(out, (atr_bytes){file.data, file.len}, &why) != ATR_OK) {
        err = atr_fault_set(fault, ATR_ERR_INPUT, "%s: %.200s", path, why.text);
    }
    atr_file_wipe(&file);
    return err;
}

size_t atr_peers_find(const atr_peers *peers, const uint8_t pin[32])
{
    size_t i = 0;

    while (i < peers->count && memcmp(peers->peers[i].at.pin, pin, 32) != 0) {
        i++;
    }
    return i;
}

void atr_peer_host(char out[ATR_LINK_HOST_MAX + 1], const atr_peer *peer)
{
    const char *host = peer->at.host;
    size_t len = strlen(host);

    if (host[0] == '[') {
        host++;
        len -= 2;
    }
    memcpy(out, host, len);
    out[len] = 0;
}
