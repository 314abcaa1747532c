#include "app/kmsd/join.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/kmsd/commands.h"
#include "app/kmsd/gather.h"
#include "sym/hash.h"

#define CARDS "cards" /* in the log: those of all nodes, a line each */

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

/* The cards are kept for `status`. */
static atr_err keep_cards(const joining *j, atr_fault *fault)
{
    char text[ATR_ISSUE_NODES_MAX * (ATR_CARD_TEXT_MAX + 1)];
    char path[ATR_PATH_BYTES_MAX];
    size_t at = 0;

    for (size_t i = 0; i < j->peers.count; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "%s\n",
                               j->peers.peers[i].card);
    }
    if (atr_path_join(path, j->dir, CARDS) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", j->dir);
    }
    return atr_file_write(path, (atr_bytes){(uint8_t *)text, at}, 0600,
                          ATR_FILE_REPLACE, fault);
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
    return keep_cards(j, fault);
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
    if (atr_path_join(j->dir, dir, ATR_CEREMONY_DIR) != ATR_OK) {
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
                          .dir = j->dir,
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

/* How many lines of cards there are; 0: no ceremony. */
static size_t count_cards(const char *dir)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_file file = {0};
    atr_fault fault;
    size_t count = 0;

    if (atr_path_join(path, dir, CARDS) != ATR_OK || !atr_path_exists(path) ||
        atr_file_read(&file, path, 65536, &fault) != ATR_OK) {
        return 0;
    }
    for (size_t i = 0; i < file.len; i++) {
        count += file.data[i] == '\n';
    }
    atr_file_wipe(&file);
    return count <= ATR_ISSUE_NODES_MAX ? count : 0;
}

/* Who has spoken in a round; in round 0, who is known. */
static uint16_t heard_in(const char *dir, unsigned round, size_t nodes)
{
    uint16_t set = 0;

    for (uint8_t i = 1; i <= nodes; i++) {
        char name[32];
        char path[ATR_PATH_BYTES_MAX];

        if (round == 0) {
            snprintf(name, sizeof name, "who-%u", (unsigned)i);
        } else {
            snprintf(name, sizeof name, "said-%u-%u", round, (unsigned)i);
        }
        if (atr_path_join(path, dir, name) == ATR_OK && atr_path_exists(path)) {
            set |= (uint16_t)(1U << (i - 1));
        }
    }
    return set;
}

static int print_status(const atr_cli *cli, const char *word, size_t nodes,
                        uint16_t heard)
{
    json_t *list = json_array();
    json_t *json = atr_cli_document();

    if (!cli->json) {
        printf("ceremony of %zu nodes\nround %s\nheard", nodes, word);
    }
    for (unsigned i = 1; i <= nodes; i++) {
        if ((heard >> (i - 1) & 1) != 0) {
            json_array_append_new(list, json_integer((json_int_t)i));
            if (!cli->json) {
                printf(" %u", i);
            }
        }
    }
    json_object_set_new(json, "state", json_string("ceremony"));
    json_object_set_new(json, "nodes", json_integer((json_int_t)nodes));
    json_object_set_new(json, "round", json_string(word));
    json_object_set_new(json, "heard", list);
    if (cli->json) {
        return atr_cli_print_json(cli, json);
    }
    json_decref(json);
    printf("\n");
    return ATR_EXIT_DONE;
}

bool atr_join_status(int *code, const atr_cli *cli)
{
    static const char *const words[] = {
        "meeting", "hello", "deal", "complaint", "answer", "open", "done"};
    char dir[ATR_PATH_BYTES_MAX];
    char path[ATR_PATH_BYTES_MAX];
    unsigned round = ATR_DKG_DONE;
    size_t nodes;

    if (atr_path_join(dir, atr_kmsd_dir(cli), ATR_CEREMONY_DIR) != ATR_OK ||
        atr_path_join(path, atr_kmsd_dir(cli), ATR_NODE_PUBLIC) != ATR_OK ||
        atr_path_exists(path) || (nodes = count_cards(dir)) == 0) {
        return false;
    }
    while (round > 0 && heard_in(dir, round, nodes) == 0) {
        round--;
    }
    *code = print_status(cli, words[round], nodes, heard_in(dir, round, nodes));
    if (*code == ATR_EXIT_DONE) {
        *code = 2; /* waiting for the others */
    }
    return true;
}
