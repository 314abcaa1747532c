/* deal - an authority of several nodes in as many directories, for tests: the
 * master secret is dealt in one place, which a ceremony never does.
 *
 *     deal THRESHOLD APPROVALS DIR CARD [DIR CARD]...
 *
 * Each directory has the keys that `attrium-kmsd card` made; each gets a
 * registrar's key, all of whom the authority lists. Prints the number of the
 * node of each directory.
 */
#include "app/peers.h"
#include "kit/dealt.h"

static atr_authority authority;
static atr_abe abe;
static atr_rng rng;

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

static void write_ledger(const char *dir)
{
    atr_ledger *ledger = NULL;

    must(atr_ledger_open(&ledger, path_of(dir, ATR_NODE_LEDGER), NULL) ==
             ATR_OK,
         "no ledger");
    atr_ledger_close(ledger);
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
        const char *dir = argv[3 + 2 * i];
        atr_node_share share = {.node = (uint8_t)(at[i] + 1),
                                .alpha = shares[at[i]]};

        memcpy(share.hm, abe.hm, sizeof share.hm);
        write_share(dir, &share, &rng);
        write_ledger(dir);
        write_public(dir, &authority);
        printf("%zu\n", at[i] + 1);
    }
    return 0;
}
