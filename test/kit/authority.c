/* authority.c - what a test needs of an authority of several nodes, as a
 * program: one dealer in place of the ceremony, and a node that cheats.
 *
 *     kit_authority deal DIR NODES THRESHOLD [CARD...]
 *         nodes in DIR/1, DIR/2, .., all with the registrar DIR/registrar.key;
 *         with the card of each in the bundle
 *     kit_authority forge NODE-DIR ID NUMBER
 *         the answer of that node to a grant becomes a key of another secret
 *     kit_authority hasten NODE-DIR
 *         the log of that node goes on a day ahead of time
 */
#include "app/address.h"
#include "app/kmsd/ledger_trace.h"
#include "host/clock.h"
#include "kit/dealt.h"

static void write_node(const char *dir, const atr_authority *authority,
                       const atr_node_share *share, atr_rng *rng)
{
    atr_ledger *ledger;
    atr_fault fault;

    must(atr_dir_make(dir, &fault) == ATR_OK, "a directory");
    write_share(dir, share, rng);
    must(atr_ledger_open(&ledger, path_of(dir, ATR_NODE_LEDGER), &fault) ==
                 ATR_OK &&
             atr_ledger_note(ledger, "init", atr_clock_wall_ms()) == ATR_OK,
         "kmsd.db");
    atr_ledger_close(ledger);
    write_public(dir, authority);
}

/* Where each node is, and its key. */
static void list(atr_nodes *out, const char *dir, uint8_t nodes, char **cards)
{
    char name[ATR_PATH_BYTES_MAX];
    atr_node_key key;
    atr_fault fault;

    out->count = nodes;
    for (uint8_t i = 0; i < nodes; i++) {
        must(cards[i] && atr_address_parse(&out->entries[i].at, cards[i],
                                           &fault) == ATR_OK,
             "a card for each node");
        snprintf(name, sizeof name, "%.900s/%u", dir, i + 1u);
        must(atr_dir_make(name, &fault) == ATR_OK &&
                 atr_node_key_open(&key, name, &fault) == ATR_OK,
             "node.key");
        memcpy(out->entries[i].vk, key.vk, sizeof key.vk);
    }
}

static void deal(const char *dir, uint8_t nodes, uint8_t threshold,
                 char **cards)
{
    static atr_authority a;
    static atr_abe abe;
    atr_authority_identities *ids = &a.identities;
    atr_fr alpha[ATR_ISSUE_NODES_MAX];
    atr_fr s[ATR_ISSUE_NODES_MAX];
    atr_registrar registrar;
    atr_fr master;
    atr_fault fault;
    atr_rng rng;

    atr_entropy_rng(&rng);
    atr_abe_setup(&master, &a.mpk, ATR_SCHEME_FABEO, &rng);
    atr_issue_deal(alpha, &a.issue, &master, nodes, threshold, &rng);
    atr_bf_setup(&master, ids->mpk, &rng);
    atr_bf_issue_deal(s, &ids->issue, &master, nodes, threshold, &rng);
    must(atr_dir_make(dir, &fault) == ATR_OK &&
             atr_registrar_make(&registrar, path_of(dir, ATR_NODE_REGISTRAR),
                                (atr_bytes){NULL, 0}, &rng, &fault) == ATR_OK,
         "a registrar");
    a.registrars.approvals = a.registrars.count = 1;
    memcpy(a.registrars.vk[0], registrar.vk, sizeof registrar.vk);
    must(atr_abe_init(&abe, &a.mpk) == ATR_OK, "parameters");
    if (cards[0]) {
        list(&a.nodes, dir, nodes, cards);
    }
    for (uint8_t i = 0; i < nodes; i++) {
        char name[ATR_PATH_BYTES_MAX];
        atr_node_share share = {.node = (uint8_t)(i + 1),
                                .alpha = alpha[i],
                                .has_s = true,
                                .s = s[i]};

        memcpy(share.hm, abe.hm, sizeof share.hm);
        snprintf(name, sizeof name, "%.900s/%u", dir, i + 1u);
        write_node(name, &a, &share, &rng);
    }
}

static atr_err take_request(void *context, const atr_grant *grant)
{
    return atr_enrol_request_read(context, grant->request);
}

/* Which node this is: its log says so. */
static uint8_t number_of(atr_ledger *ledger)
{
    atr_trace_head head;

    must(atr_ledger_trace_head(&head, ledger) == ATR_OK, "a log");
    return head.node;
}

/* Well-formed, sealed to the asker, and of no use. */
static void forge(const char *dir, const char *hex, uint8_t number)
{
    static uint8_t sealed[ATR_ENROL_SEALED_BYTES_MAX];
    static atr_enrol_request request;
    static atr_abe_key key;
    atr_builder b = atr_builder_of(sealed, sizeof sealed);
    atr_ledger_partial forged = {.err = ATR_OK};
    atr_ledger *ledger = NULL;
    atr_node_key sign;
    atr_trace_signer by;
    atr_node *node;
    atr_fr wrong;
    atr_fault fault;
    atr_rng rng;

    atr_entropy_rng(&rng);
    must(atr_hex_read(forged.id, sizeof forged.id, hex) == ATR_OK, "an id");
    must(atr_node_open(&node, dir, &fault) == ATR_OK &&
             atr_ledger_open(&ledger, path_of(dir, ATR_NODE_LEDGER), &fault) ==
                 ATR_OK &&
             atr_ledger_find(ledger, forged.id, take_request, &request) ==
                 ATR_OK,
         "a request");
    atr_fr_random(&wrong, &rng);
    atr_abe_keygen(&key, &node->abe, &wrong, &request.attrs, &rng);
    must(atr_enrol_seal(&b, node->abe.hm, &request, number, &key, &rng) ==
             ATR_OK,
         "a seal");
    forged.sealed = atr_builder_bytes(&b);
    must(atr_node_key_open(&sign, dir, &fault) == ATR_OK, "node.key");
    by = (atr_trace_signer){node->abe.hm, sign.secret, number_of(ledger)};
    must(atr_ledger_keep(ledger, &forged, 1, &by, atr_clock_wall_ms()) ==
                 ATR_OK &&
             forged.err == ATR_OK,
         "a grant");
    atr_ledger_close(ledger);
    atr_node_close(node);
}

/* An entry of tomorrow. */
static void hasten(const char *dir)
{
    const atr_trace_subject subject = {.universe = ATR_LITERAL("tomorrow")};
    atr_ledger *ledger = NULL;
    atr_node_key sign;
    atr_trace_signer by;
    atr_node *node;
    atr_fault fault;

    must(atr_node_open(&node, dir, &fault) == ATR_OK &&
             atr_ledger_open(&ledger, path_of(dir, ATR_NODE_LEDGER), &fault) ==
                 ATR_OK &&
             atr_node_key_open(&sign, dir, &fault) == ATR_OK,
         "a node");
    by = (atr_trace_signer){node->abe.hm, sign.secret, number_of(ledger)};
    must(atr_ledger_trace_begin(ledger, &by, &subject,
                                atr_clock_wall_ms() + 86400000) == ATR_OK,
         "a leaf");
    atr_ledger_close(ledger);
    atr_node_close(node);
}

int main(int argc, char **argv)
{
    if (argc >= 5 && strcmp(argv[1], "deal") == 0) {
        deal(argv[2], (uint8_t)atoi(argv[3]), (uint8_t)atoi(argv[4]), argv + 5);
    } else if (argc == 5 && strcmp(argv[1], "forge") == 0) {
        forge(argv[2], argv[3], (uint8_t)atoi(argv[4]));
    } else if (argc == 3 && strcmp(argv[1], "hasten") == 0) {
        hasten(argv[2]);
    } else {
        must(false, "deal DIR NODES THRESHOLD, forge NODE-DIR ID NUMBER, "
                    "hasten NODE-DIR");
    }
    return 0;
}
