/* `attrium-kmsd status`: what can be seen of a node, and of its peers. */
#include <stdio.h>

#include "app/kmsd/ceremony.h"
#include "app/kmsd/ceremony_status.h"
#include "app/kmsd/commands.h"
#include "app/kmsd/join.h"
#include "app/kmsd/peer_status.h"
#include "app/selfcert.h"

#define ASK_MS 5000

typedef struct {
    const atr_cli *cli;
    atr_node *node;
    atr_ledger *ledger;
    atr_ceremony_state renewing; /* of the shares; of no nodes: none */
    bool is_renewing;            /* and this node takes part */
    uint64_t counts[ATR_GRANT_STATES];
    bool locked;
    atr_peers peers; /* empty: there are none */
    size_t own;
    atr_peer_status peer[ATR_ISSUE_NODES_MAX];
} status;

static void print_peers(const status *s)
{
    for (size_t i = 0; i < s->peers.count; i++) {
        const atr_peer_status *p = &s->peer[i];

        if (i == s->own) {
            continue;
        }
        printf("node %-6zu %s", i + 1, s->peers.peers[i].card);
        if (p->is_up) {
            printf(" up, %llu behind, generation %lu\n",
                   (unsigned long long)p->behind,
                   (unsigned long)p->generation);
        } else {
            printf(" down: %s\n", p->fault);
        }
    }
}

static json_t *peers_json(const status *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < s->peers.count; i++) {
        const atr_peer_status *p = &s->peer[i];

        if (i != s->own) {
            json_array_append_new(
                list,
                json_pack("{s:i, s:s, s:b, s:I, s:I, s:s}", "node", (int)i + 1,
                          "card", s->peers.peers[i].card, "up", (int)p->is_up,
                          "behind", (json_int_t)p->behind, "generation",
                          (json_int_t)p->generation, "fault", p->fault));
        }
    }
    return list;
}

static int show_json(const status *s)
{
    const atr_node *node = s->node;
    bool running = atr_kmsd_is_running(node);
    json_t *json;

    json = json_pack(
        "{s:i, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:b, s:b, s:I, s:I, s:I,"
        " s:I, s:I, s:I}",
        "schema", 1, "name", node->name, "fingerprint", node->fingerprint,
        "scheme", node->abe.scheme->name, "node", (int)node->node, "nodes",
        (int)node->authority.issue.nodes, "threshold",
        (int)node->authority.issue.threshold, "registrars",
        (int)node->authority.registrars.count, "approvals",
        (int)node->authority.registrars.approvals, "locked", (int)s->locked,
        "running", (int)running, "waiting",
        (json_int_t)s->counts[ATR_GRANT_WAITING], "approved",
        (json_int_t)s->counts[ATR_GRANT_APPROVED], "issued",
        (json_int_t)s->counts[ATR_GRANT_ISSUED], "denied",
        (json_int_t)s->counts[ATR_GRANT_DENIED], "expired",
        (json_int_t)s->counts[ATR_GRANT_EXPIRED], "withdrawn",
        (json_int_t)s->counts[ATR_GRANT_WITHDRAWN]);
    if (node->id_fingerprint[0]) {
        json_object_set_new(json, "identities",
                            json_string(node->id_fingerprint));
    }
    if (s->peers.count > 0) {
        json_object_set_new(json, "peers", peers_json(s));
        json_object_set_new(json, "generation",
                            json_integer(node->authority.nodes.generation));
    }
    if (s->renewing.nodes > 0) {
        json_object_set_new(json, "renewing",
                            atr_ceremony_state_json(&s->renewing));
    }
    return atr_cli_print_json(s->cli, json);
}

static int show(const status *s)
{
    const atr_node *node = s->node;
    bool running = atr_kmsd_is_running(node);

    if (s->cli->json) {
        return show_json(s);
    }
    printf("authority   %s\nfingerprint %s\nidentities  %s\n"
           "scheme      %s\n"
           "node        %u of %u, threshold %u\nshare       %s\n"
           "registrars  %u, approvals %u\nserver      %s\n"
           "requests    %llu waiting, %llu approved, %llu issued, "
           "%llu denied, %llu expired, %llu withdrawn\n",
           node->name[0] ? node->name : "(no name)", node->fingerprint,
           node->id_fingerprint[0] ? node->id_fingerprint : "none",
           node->abe.scheme->name, node->node, node->authority.issue.nodes,
           node->authority.issue.threshold,
           s->locked ? "under a passphrase" : "readable",
           node->authority.registrars.count,
           node->authority.registrars.approvals,
           running ? "running" : "not running",
           (unsigned long long)s->counts[ATR_GRANT_WAITING],
           (unsigned long long)s->counts[ATR_GRANT_APPROVED],
           (unsigned long long)s->counts[ATR_GRANT_ISSUED],
           (unsigned long long)s->counts[ATR_GRANT_DENIED],
           (unsigned long long)s->counts[ATR_GRANT_EXPIRED],
           (unsigned long long)s->counts[ATR_GRANT_WITHDRAWN]);
    if (s->peers.count > 0) {
        printf("generation  %lu of the shares\n",
               (unsigned long)node->authority.nodes.generation);
    }
    print_peers(s);
    if (s->renewing.nodes > 0) {
        printf("new shares are on their way (refresh-shares or replace):\n");
        atr_ceremony_state_print(&s->renewing);
    }
    return ATR_EXIT_DONE;
}

/* An open share is checked against its commitment, and knows its number; a
 * locked one cannot be. */
static int check_share(status *s)
{
    atr_node_share share;
    atr_fault fault;
    atr_err err = atr_node_share_is_locked(&s->locked, s->node, &fault);

    if (err == ATR_OK && !s->locked) {
        err =
            atr_node_share_open(&share, s->node, (atr_bytes){NULL, 0}, &fault);
        s->node->node = share.node;
        atr_node_share_wipe(&share);
    }
    return err == ATR_OK
               ? 0
               : atr_cli_fail(s->cli, atr_cli_exit_of(err), "%s", fault.text);
}

/* With the certificate of this node, without which nobody answers. */
static int ask_peers(status *s)
{
    const atr_nodes *nodes = &s->node->authority.nodes;
    uint8_t pin[ATR_PIN_BYTES];
    atr_selfcert cert;
    atr_tls *tls = NULL;
    atr_fault fault;
    atr_err err;

    if (nodes->count < 2) {
        return 0;
    }
    if ((err = atr_peers_open(&s->peers, nodes, s->node->dir, &fault)) !=
            ATR_OK ||
        (err = atr_selfcert_paths(
             &cert, s->node->dir, atr_cli_value(s->cli, "cert"),
             atr_cli_value(s->cli, "key"), &fault)) != ATR_OK ||
        (err = atr_tls_server_open(&tls, cert.cert, cert.key, &fault)) !=
            ATR_OK) {
        return atr_cli_fail(s->cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    atr_tls_pin(pin, tls);
    s->own = atr_peers_find(&s->peers, pin);
    err = atr_peers_ask(s->peer, &s->peers, s->own, tls, s->ledger, ASK_MS);
    atr_tls_close(tls);
    return err == ATR_OK ? 0
                         : atr_cli_fail(s->cli, ATR_EXIT_FAILED,
                                        "the peers cannot be asked");
}

/* The shares of the next generation, when somebody has begun to make them. */
static void look_ahead(status *s)
{
    char log[ATR_PATH_BYTES_MAX];

    if (atr_ceremony_dir(log, s->node->dir,
                         s->node->authority.nodes.generation + 1) == ATR_OK) {
        s->renewing = atr_ceremony_state_of(log);
        s->is_renewing = atr_ceremony_is_begun(log);
    }
}

int atr_kmsd_status(const atr_cli *cli)
{
    status s = {.cli = cli};
    size_t overtaken;
    int code;

    if (atr_join_status(&code, cli)) {
        return code;
    }
    if ((code = atr_kmsd_open_node(&s.node, cli)) == 0 &&
        (code = atr_kmsd_open_ledger(&s.ledger, cli, s.node)) == 0 &&
        (code = check_share(&s)) == 0 && (code = ask_peers(&s)) == 0) {
        look_ahead(&s);
        overtaken = atr_peers_overtaken(s.peer, &s.peers, s.own,
                                        s.node->authority.nodes.generation + 1);
        code = atr_ledger_count(s.counts, s.ledger) == ATR_OK
                   ? show(&s)
                   : atr_cli_fail(cli, ATR_EXIT_FAILED, ATR_NODE_LEDGER ": %s",
                                  atr_ledger_fault(s.ledger));
        if (code == ATR_EXIT_DONE && overtaken > 0 && !s.is_renewing) {
            code = atr_kmsd_overtaken(cli, overtaken);
        }
    }
    atr_ledger_close(s.ledger);
    atr_node_close(s.node);
    return code;
}
