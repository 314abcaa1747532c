/* deal - an authority of several nodes in as many directories, for tests: the
 * master secret is dealt in one place, which a ceremony never does.
 *
 *     deal THRESHOLD APPROVALS DIR CARD [DIR CARD]...
 *
 * Each directory has the keys that `attrium-kmsd card` made; each gets a
 * registrar's key, all of whom the authority lists. Prints the number of the
 * node of each directory.
 */
#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"
#include "app/kmsd/ledger.h"
#include "app/kmsd/node.h"
#include "app/kmsd/node_key.h"
#include "app/kmsd/peers.h"
#include "app/kmsd/registrar.h"
#include "host/entropy.h"

static atr_authority authority;
static atr_abe abe;
static atr_rng rng;

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "deal: %s\n", what);
        exit(1);
    }
}

static const char *path_of(const char *dir, const char *name)
{
    static char path[ATR_PATH_BYTES_MAX];

    must(atr_path_join(path, dir, name) == ATR_OK, "path too long");
    return path;
}

static void write_to(const char *dir, const char *name, atr_bytes bytes,
                     unsigned mode)
{
    atr_fault fault = {""};

    must(atr_file_write(path_of(dir, name), bytes, mode, ATR_FILE_NEW,
                        &fault) == ATR_OK,
         fault.text);
}

/* The entry of one node in the bundle, and its registrar. */
static void enter(size_t at, const char *dir, const atr_peer *peer)
{
    atr_node_entry *entry = &authority.nodes.entries[at];
    atr_registrar registrar;
    atr_node_key key;

    must(atr_node_key_open(&key, dir, NULL) == ATR_OK, "no node.key");
    memcpy(entry->vk, key.vk, sizeof entry->vk);
    entry->at = peer->at;
    must(atr_registrar_make(&registrar, path_of(dir, ATR_NODE_REGISTRAR),
                            (atr_bytes){NULL, 0}, &rng, NULL) == ATR_OK,
         "no registrar");
    memcpy(authority.registrars.vk[at], registrar.vk, sizeof registrar.vk);
}

static void write_share(const char *dir, uint8_t number, const atr_fr *alpha)
{
    uint8_t bytes[ATR_NODE_SHARE_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_node_share share = {.node = number, .alpha = *alpha};

    memcpy(share.hm, abe.hm, sizeof share.hm);
    atr_node_share_build(&b, &share);
    write_to(dir, ATR_NODE_SHARE, atr_builder_bytes(&b), 0600);
}

static void write_public(const char *dir)
{
    static uint8_t bytes[ATR_AUTHORITY_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_ledger *ledger = NULL;
    char *text;

    atr_authority_build(&b, &authority);
    must(atr_builder_end(&b) == ATR_OK, "bundle too large");
    text = malloc(atr_armour_len(ATR_ARMOUR_AUTHORITY, b.len));
    must(text != NULL, "no memory");
    atr_armour_write(text, ATR_ARMOUR_AUTHORITY, atr_builder_bytes(&b));
    must(atr_ledger_open(&ledger, path_of(dir, ATR_NODE_LEDGER), NULL) ==
             ATR_OK,
         "no ledger");
    atr_ledger_close(ledger);
    write_to(dir, ATR_NODE_PUBLIC,
             (atr_bytes){(const uint8_t *)text, strlen(text)}, 0644);
    free(text);
}

int main(int argc, char **argv)
{
    atr_fr shares[ATR_ISSUE_NODES_MAX];
    atr_fr alpha;
    atr_peers peers = {0};
    size_t at[ATR_ISSUE_NODES_MAX];
    atr_peer peer;
    uint8_t count;

    must(argc >= 5 && argc % 2 == 1 && argc <= 3 + 2 * ATR_ISSUE_NODES_MAX,
         "usage: deal THRESHOLD APPROVALS DIR CARD [DIR CARD]...");
    count = (uint8_t)((argc - 3) / 2);
    atr_entropy_rng(&rng);
    for (int i = 0; i < count; i++) {
        must(atr_peers_add(&peers, argv[4 + 2 * i], NULL) == ATR_OK,
             "bad card");
    }
    authority.nodes.count = count;
    authority.registrars.count = count;
    authority.registrars.approvals = (uint8_t)atoi(argv[2]);
    for (int i = 0; i < count; i++) {
        must(atr_card_parse(&peer, argv[4 + 2 * i], NULL) == ATR_OK,
             "bad card");
        at[i] = atr_peers_find(&peers, peer.at.pin);
        enter(at[i], argv[3 + 2 * i], &peer);
    }
    atr_abe_setup(&alpha, &authority.mpk, ATR_SCHEME_FABEO, &rng);
    atr_issue_deal(shares, &authority.issue, &alpha, count,
                   (uint8_t)atoi(argv[1]), &rng);
    must(atr_abe_init(&abe, &authority.mpk) == ATR_OK, "bad parameters");
    for (int i = 0; i < count; i++) {
        write_share(argv[3 + 2 * i], (uint8_t)(at[i] + 1), &shares[at[i]]);
        write_public(argv[3 + 2 * i]);
        printf("%zu\n", at[i] + 1);
    }
    return 0;
}
