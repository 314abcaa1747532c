#include "app/kmsd/join.h"

#include <stdlib.h>

#include "app/kmsd/ceremony_status.h"
#include "app/kmsd/commands.h"
#include "app/kmsd/gather.h"
#include "sym/hash.h"

typedef struct {
    const atr_cli *cli;
    const atr_node_plan *plan;
    atr_peers peers;
    size_t own;
    atr_place place;
    atr_tls *tls;
    atr_node_key key;
    char dir[ATR_PATH_BYTES_MAX]; /* of the log */
    atr_ceremony *ceremony;
    int (*made)(const atr_cli *cli);
} joining;

int atr_join_read(atr_peers *out, const atr_cli *cli)
{
    const char *card;
    atr_fault fault;

    memset(out, 0, sizeof *out);
    for (size_t i = 0; (card = atr_cli_value_at(cli, "join", i)) != NULL; i++) {
        if (atr_peers_add(out, card, &fault) != ATR_OK) {
            return atr_cli_usage(cli, "--join: %s", fault.text);
        }
    }
    return 0;
}

/* What all operators have to say alike; the order of the cards is no matter. */
static void hash_plan(uint8_t out[32], const joining *j)
{
    const atr_node_plan *p = j->plan;
    const uint8_t numbers[] = {p->scheme, p->nodes, p->threshold,
                               p->identities};
    uint8_t bytes[ATR_REGISTRARS_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_hash hash;

    atr_registrars_build(&b, &p->registrars);
    atr_hash_init(&hash);
    atr_hash_field(&hash, ATR_LITERAL("ATR1/KMS/plan"));
    atr_hash_field(&hash, (atr_bytes){(const uint8_t *)p->name,
                                      strlen(p->name)});
    atr_hash_field(&hash, ATR_BYTES(numbers));
    atr_hash_field(&hash, p->universe);
    atr_hash_field(&hash, atr_builder_bytes(&b));
    atr_hash_u32(&hash, p->period_s);
    for (size_t i = 0; i < j->peers.count; i++) {
        const char *card = j->peers.peers[i].card;

        atr_hash_field(&hash,
                       (atr_bytes){(const uint8_t *)card, strlen(card)});
    }
    atr_hash_final(&hash, out);
}

static atr_err open_ceremony(joining *j, atr_fault *fault)
{
    const atr_node_plan *p = j->plan;
    atr_ceremony_plan plan = {
        .dir = j->dir,
        .what = {.kind = ATR_DKG_NEW,
                 .nodes = p->nodes,
                 .threshold = p->threshold,
                 .self = (uint8_t)(j->own + 1),
                 .scheme = p->scheme,
                 .secrets = p->identities ? 2 : 1,
                 .group = {ATR_DKG_GT,
                           p->identities ? ATR_DKG_G2 : (atr_dkg_group)0}},
        .key = &j->key,
        .passphrase = p->passphrase};
    atr_err err;

    hash_plan(plan.plan, j);
    if ((err = atr_ceremony_open(&j->ceremony, &plan, fault)) != ATR_OK) {
        return err;
    }
    return atr_ceremony_keep_cards(j->dir, &j->peers, fault);
}

static int settled(void *context)
{
    joining *j = context;
    const atr_dkg *dkg = atr_ceremony_dkg(j->ceremony);
    atr_nodes nodes = {.count = dkg->nodes};
    atr_fault fault;
    atr_err err;

    for (uint8_t i = 0; i < dkg->nodes; i++) {
        nodes.entries[i].at = j->peers.peers[i].at;
        memcpy(nodes.entries[i].vk, atr_ceremony_vk(j->ceremony, i + 1),
               sizeof nodes.entries[i].vk);
    }
    if ((err = atr_node_keep(j->plan, dkg, &nodes, &fault)) != ATR_OK ||
        (err = atr_ceremony_forget(j->dir, &fault)) != ATR_OK) {
        return atr_cli_fail(j->cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    return j->made(j->cli);
}

/* The place of this node among the cards, by the pin of its certificate. */
static int find_self(joining *j)
{
    j->own = atr_peers_find(&j->peers, j->place.address.pin);
    if (j->own == j->peers.count) {
        return atr_cli_usage(j->cli,
                             "--join: no card of this node (attrium-kmsd "
                             "card) among the %zu",
                             j->peers.count);
    }
    return 0;
}

/* What this node has before it has an authority, as for its card. */
static int prepare(joining *j)
{
    const char *dir = j->plan->dir;
    atr_fault fault;
    atr_err err;
    int code = atr_place_read(&j->place, j->cli);

    if (code != 0) {
        return code;
    }
    if ((err = atr_dir_make(dir, &fault)) != ATR_OK ||
        (err = atr_node_key_open(&j->key, dir, &fault)) != ATR_OK ||
        (err = atr_place_open_tls(&j->tls, &j->place, &fault)) != ATR_OK) {
        return atr_cli_fail(j->cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    if (atr_ceremony_dir(j->dir, dir, 0) != ATR_OK) {
        return atr_cli_fail(j->cli, ATR_EXIT_FAILED, "path too long: %s", dir);
    }
    return find_self(j);
}

/* An authority that stands already: made in this ceremony, or in another. */
static bool stands(int *code, const joining *j)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_node *node = NULL;
    atr_fault fault;

    if (atr_path_join(path, j->plan->dir, ATR_NODE_PUBLIC) != ATR_OK ||
        !atr_path_exists(path)) {
        return false;
    }
    if ((*code = atr_kmsd_open_node(&node, j->cli)) != 0) {
        return true;
    }
    if (node->authority.nodes.count != j->peers.count ||
        !atr_path_exists(j->dir)) {
        *code = atr_cli_fail(j->cli, ATR_EXIT_UNSAFE,
                             "something is there already: %s", j->plan->dir);
    } else if (atr_ceremony_forget(j->dir, &fault) != ATR_OK) {
        *code = atr_cli_fail(j->cli, ATR_EXIT_FAILED, "%s", fault.text);
    } else {
        *code = j->made(j->cli);
    }
    atr_node_close(node);
    return true;
}

static int join(joining *j)
{
    atr_gathering with = {.cli = j->cli,
                          .peers = &j->peers,
                          .own = j->own,
                          .tls = j->tls,
                          .place = &j->place,
                          .dir = j->plan->dir,
                          .settled = settled,
                          .context = j};
    atr_fault fault;
    atr_err err = open_ceremony(j, &fault);

    if (err != ATR_OK) {
        return atr_cli_fail(j->cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    with.ceremony = j->ceremony;
    return atr_gather(&with);
}

int atr_join(const atr_node_plan *plan, const atr_peers *peers,
             const atr_cli *cli, int (*made)(const atr_cli *cli))
{
    joining *j = calloc(1, sizeof *j);
    int code;

    if (!j) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    j->cli = cli;
    j->plan = plan;
    j->peers = *peers;
    j->made = made;
    if ((code = prepare(j)) == 0 && !stands(&code, j)) {
        code = join(j);
    }
    atr_ceremony_close(j->ceremony);
    atr_tls_close(j->tls);
    atr_node_key_wipe(&j->key);
    free(j);
    return code;
}

/* Status ------------------------------------------------------------------ */

bool atr_join_status(int *code, const atr_cli *cli)
{
    char dir[ATR_PATH_BYTES_MAX];
    char path[ATR_PATH_BYTES_MAX];
    atr_ceremony_state state;
    json_t *json;

    if (atr_ceremony_dir(dir, atr_kmsd_dir(cli), 0) != ATR_OK ||
        atr_path_join(path, atr_kmsd_dir(cli), ATR_NODE_PUBLIC) != ATR_OK ||
        atr_path_exists(path)) {
        return false;
    }
    state = atr_ceremony_state_of(dir);
    if (state.nodes == 0) {
        return false;
    }
    *code = 2; /* waiting for the others */
    if (!cli->json) {
        atr_ceremony_state_print(&state);
        return true;
    }
    json = atr_cli_document();
    json_object_update_new(json, atr_ceremony_state_json(&state));
    json_object_set_new(json, "state", json_string("ceremony"));
    if (atr_cli_print_json(cli, json) != ATR_EXIT_DONE) {
        *code = ATR_EXIT_FAILED;
    }
    return true;
}
