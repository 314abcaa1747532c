#include "app/kmsd/ceremony.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/locked_file.h"
#include "host/entropy.h"

#define BEGUN "begun"
#define BEGUN_BYTES (7 + 1 + 32 + ATR_SEED_BYTES)

struct atr_ceremony {
    char dir[ATR_PATH_BYTES_MAX];
    atr_dkg_params what;
    const atr_node_key *key;
    uint8_t start[32];
    uint8_t seed[ATR_SEED_BYTES];
    uint16_t met;
    atr_ceremony_who who[ATR_DKG_NODES_MAX];
    atr_dkg *dkg; /* NULL until all nodes are known */
};

static const uint8_t mark[] = {'A', 'T', 'R', 'B', 'E', 'G', 'N'};

static uint16_t bit(uint8_t node)
{
    return (uint16_t)(1U << (node - 1));
}

static uint16_t all(const atr_ceremony *c)
{
    return (uint16_t)((1U << c->what.nodes) - 1);
}

/* The seed ---------------------------------------------------------------- */

static atr_err make_begun(const char *path, atr_bytes passphrase,
                          atr_fault *fault)
{
    uint8_t bytes[BEGUN_BYTES];
    uint8_t drawn[2][32];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_rng rng;
    atr_err err;

    atr_entropy_rng(&rng);
    atr_rng_bytes(&rng, drawn, sizeof drawn);
    atr_build_bytes(&b, ATR_BYTES(mark));
    atr_build_u8(&b, 1);
    atr_build_bytes(&b, ATR_BYTES(drawn[0]));
    atr_build_bytes(&b, ATR_BYTES(drawn[1]));
    err = atr_locked_file_write(path, atr_builder_bytes(&b), passphrase, &rng,
                                fault);
    atr_rng_wipe(&rng);
    atr_wipe(bytes, sizeof bytes);
    atr_wipe(drawn, sizeof drawn);
    return err;
}

static atr_err read_begun(atr_ceremony *c, const char *path,
                          atr_bytes passphrase, atr_fault *fault)
{
    uint8_t bytes[BEGUN_BYTES];
    atr_err err = atr_locked_file_read(bytes, sizeof bytes, path, passphrase,
                                       fault);
    atr_reader r = atr_reader_of(ATR_BYTES(bytes));

    if (err == ATR_OK) {
        atr_bytes found = atr_read_view(&r, sizeof mark);
        uint8_t version = atr_read_u8(&r);

        atr_read_copy(&r, c->start, sizeof c->start);
        atr_read_copy(&r, c->seed, sizeof c->seed);
        if (atr_reader_end(&r) != ATR_OK || version != 1 ||
            !atr_bytes_equal(found, ATR_BYTES(mark))) {
            err = atr_fault_set(fault, ATR_ERR_AUTH, "damaged: %s", path);
        }
    }
    atr_wipe(bytes, sizeof bytes);
    return err;
}

static atr_err begin(atr_ceremony *c, const atr_ceremony_plan *plan,
                     atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_err err;

    if (strlen(plan->dir) >= sizeof c->dir ||
        atr_path_join(path, plan->dir, BEGUN) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s",
                             plan->dir);
    }
    strcpy(c->dir, plan->dir);
    if ((err = atr_dir_make(plan->dir, fault)) == ATR_OK &&
        !atr_path_exists(path)) {
        err = make_begun(path, plan->passphrase, fault);
    }
    return err == ATR_OK ? read_begun(c, path, plan->passphrase, fault) : err;
}

/* Who the others are ------------------------------------------------------ */

static bool same_plan(const atr_ceremony_who *a, const atr_ceremony_who *b)
{
    return memcmp(a->plan, b->plan, sizeof a->plan) == 0;
}

static bool same_who(const atr_ceremony_who *a, const atr_ceremony_who *b)
{
    return same_plan(a, b) && memcmp(a->vk, b->vk, sizeof a->vk) == 0 &&
           memcmp(a->start, b->start, sizeof a->start) == 0;
}

/* No key is expected of who has had none before. */
static bool is_expected(const uint8_t vk[ATR_ED25519_PUBLIC_BYTES],
                        const atr_ceremony_who *who)
{
    static const uint8_t any[ATR_ED25519_PUBLIC_BYTES];

    return memcmp(vk, any, sizeof any) == 0 ||
           memcmp(vk, who->vk, sizeof who->vk) == 0;
}

/* Notes who a node is, on the disk first. */
static atr_err meet(atr_ceremony *c, uint8_t node, const atr_ceremony_who *who,
                    atr_fault *fault)
{
    atr_err err;

    if ((c->met & bit(node)) != 0) {
        return same_who(&c->who[node - 1], who)
                   ? ATR_ERR_STATE
                   : atr_fault_set(fault, ATR_ERR_POLICY,
                                   "has begun another ceremony: begin anew "
                                   "everywhere, without %s",
                                   c->dir);
    }
    if (!same_plan(who, &c->who[c->what.self - 1])) {
        return atr_fault_set(fault, ATR_ERR_POLICY,
                             "was given other options or cards than here");
    }
    if (!is_expected(c->what.vk[node - 1], who)) {
        return atr_fault_set(fault, ATR_ERR_POLICY,
                             "signs with another key than that of the bundle");
    }
    err = atr_ceremony_meet(c->dir, node, who, fault);
    if (err == ATR_OK) {
        c->who[node - 1] = *who;
        c->met |= bit(node);
    }
    return err;
}

/* Those that were known before, this node first of all. */
static atr_err meet_again(atr_ceremony *c, const atr_ceremony_plan *plan,
                          atr_fault *fault)
{
    const uint8_t self = c->what.self;
    atr_ceremony_who own;
    atr_err err;

    memcpy(own.plan, plan->plan, sizeof own.plan);
    memcpy(own.vk, plan->key->vk, sizeof own.vk);
    memcpy(own.start, c->start, sizeof own.start);
    err = atr_ceremony_known(&c->who[self - 1], c->dir, self, fault);
    if (err == ATR_ERR_STATE) {
        c->who[self - 1] = own; /* its plan is what others must have */
        return meet(c, self, &own, fault);
    }
    if (err == ATR_OK && !same_who(&c->who[self - 1], &own)) {
        return atr_fault_set(fault, ATR_ERR_STATE,
                             "another ceremony is under way here: %s", c->dir);
    }
    for (uint8_t i = 1; i <= c->what.nodes && err == ATR_OK; i++) {
        err = atr_ceremony_known(&c->who[i - 1], c->dir, i, fault);
        if (err == ATR_OK && !same_plan(&c->who[i - 1], &own)) {
            err = atr_fault_set(fault, ATR_ERR_AUTH, "damaged: %s/who-%u",
                                c->dir, (unsigned)i);
        }
        c->met |= err == ATR_OK ? bit(i) : 0;
        err = err == ATR_ERR_STATE ? ATR_OK : err;
    }
    return err;
}

/* What is said ------------------------------------------------------------ */

/* Says what there is to say: stored first, then taken like any message. */
static atr_err speak(atr_ceremony *c, bool *spoken, atr_fault *fault)
{
    uint8_t *bytes = malloc(ATR_DKG_MESSAGE_BYTES_MAX);
    atr_err err = ATR_OK;

    *spoken = false;
    if (!bytes) {
        return atr_fault_set(fault, ATR_ERR_IO, "no memory");
    }
    while (err == ATR_OK) {
        atr_builder b = atr_builder_of(bytes, ATR_DKG_MESSAGE_BYTES_MAX);

        if (atr_dkg_outgoing(&b, c->dkg) != ATR_OK) {
            break;
        }
        err = atr_ceremony_keep(c->dir, false, atr_builder_bytes(&b), fault);
        if (err == ATR_OK &&
            atr_dkg_recv(c->dkg, atr_builder_bytes(&b)) != ATR_OK) {
            err = atr_fault_set(fault, ATR_ERR_AUTH, "damaged: %s", c->dir);
        }
        *spoken = true;
    }
    free(bytes);
    return err;
}

/* The first message is of the seed alone: one that is not the same was said
 * under another, and what came next would contradict it. */
static bool is_own_seed(const atr_ceremony *c, const atr_file *said)
{
    uint8_t *bytes = malloc(ATR_DKG_MESSAGE_BYTES_MAX);
    atr_builder b = atr_builder_of(bytes, ATR_DKG_MESSAGE_BYTES_MAX);
    const bool is_own =
        bytes && atr_dkg_outgoing(&b, c->dkg) == ATR_OK &&
        atr_bytes_equal(atr_builder_bytes(&b),
                        (atr_bytes){said->data, said->len});

    free(bytes);
    return is_own;
}

/* What was heard before, in the order of the rounds. */
static atr_err replay(atr_ceremony *c, atr_fault *fault)
{
    for (int r = ATR_DKG_HELLO; r <= ATR_DKG_DONE; r++) {
        for (uint8_t i = 1; i <= c->what.nodes; i++) {
            atr_file file = {0};
            atr_err err = atr_ceremony_said(&file, c->dir, (atr_dkg_round)r, i,
                                            fault);

            if (err == ATR_ERR_STATE) {
                continue;
            }
            if (err == ATR_OK && r == ATR_DKG_HELLO && i == c->what.self &&
                !is_own_seed(c, &file)) {
                err = atr_fault_set(fault, ATR_ERR_AUTH, "damaged: %s/" BEGUN,
                                    c->dir);
            } else if (err == ATR_OK) {
                err = atr_dkg_recv(c->dkg, (atr_bytes){file.data, file.len});
                if (err != ATR_OK && c->dkg->round != ATR_DKG_FAILED) {
                    (void)atr_fault_set(fault, ATR_ERR_AUTH,
                                        "damaged: %s/said-%d-%u", c->dir, r,
                                        (unsigned)i);
                }
            }
            atr_file_wipe(&file);
            if (err != ATR_OK && c->dkg->round != ATR_DKG_FAILED) {
                return ATR_ERR_AUTH;
            }
        }
    }
    return ATR_OK;
}

/* All are known: the machine begins, or goes on. */
static atr_err start(atr_ceremony *c, atr_fault *fault)
{
    atr_dkg_params p = c->what;
    uint8_t label[32];
    atr_hash hash;
    bool spoken;
    atr_err err;

    atr_hash_init(&hash);
    atr_hash_field(&hash, ATR_LITERAL("ATR1/KMS/ceremony"));
    atr_hash_field(&hash, ATR_BYTES(c->who[0].plan));
    for (size_t i = 0; i < p.nodes; i++) {
        memcpy(p.vk[i], c->who[i].vk, sizeof p.vk[i]);
        atr_hash_field(&hash, ATR_BYTES(c->who[i].start));
    }
    atr_hash_final(&hash, label);
    p.label = ATR_BYTES(label);
    p.sk = c->key->secret;
    c->dkg = calloc(1, sizeof *c->dkg);
    if (!c->dkg) {
        return atr_fault_set(fault, ATR_ERR_IO, "no memory");
    }
    if (atr_dkg_init(c->dkg, &p, c->seed) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "no such ceremony can be: two nodes with one key, "
                             "or a share that is not of this authority");
    }
    if ((err = replay(c, fault)) != ATR_OK) {
        return err;
    }
    return speak(c, &spoken, fault);
}

/* One message that a peer has shown, of whomever. */
static atr_err hear_one(atr_ceremony *c, atr_bytes message, bool *news,
                        atr_fault *fault)
{
    const atr_dkg_round before = c->dkg->round;
    atr_dkg_round round;
    uint8_t node;
    bool is_known;
    atr_err err;

    if (atr_dkg_peek(&round, &node, message) != ATR_OK ||
        node > c->what.nodes) {
        return atr_fault_set(fault, ATR_ERR_INPUT, "shows what is no message");
    }
    is_known = (c->dkg->heard[round] & bit(node)) != 0;
    err = atr_dkg_recv(c->dkg, message);
    if (err == ATR_OK && !is_known) {
        *news = true;
        return atr_ceremony_keep(c->dir, false, message, fault);
    }
    if (err == ATR_ERR_AUTH && is_known &&
        c->dkg->fault[node - 1] == ATR_DKG_FAULT_EQUIVOCATION) {
        *news = *news || before != c->dkg->round;
        return atr_ceremony_keep(c->dir, true, message, fault);
    }
    if (err == ATR_OK || err == ATR_ERR_STATE) {
        return ATR_OK; /* heard before, or too early */
    }
    return atr_fault_set(fault, ATR_ERR_INPUT,
                         "shows a message of node %u that is not signed by it",
                         (unsigned)node);
}

atr_err atr_ceremony_hear(atr_ceremony *c, uint8_t from, atr_bytes page,
                          atr_fault *fault)
{
    atr_ceremony_who who;
    bool news = false;
    atr_reader rest;
    size_t count;
    bool spoken = false;
    atr_err err;

    if (atr_ceremony_page_read(&who, &rest, &count, page) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "takes no part in this ceremony yet");
    }
    err = meet(c, from, &who, fault);
    if (err != ATR_OK && err != ATR_ERR_STATE) {
        return err;
    }
    news = err == ATR_OK;
    if (c->met == all(c) && !c->dkg &&
        (err = start(c, fault)) != ATR_OK) {
        return err;
    }
    err = ATR_OK;
    for (size_t i = 0; c->dkg && i < count && err == ATR_OK; i++) {
        err = hear_one(c, atr_read_field(&rest), &news, fault);
        if (err == ATR_OK) {
            err = speak(c, &spoken, fault);
        }
        news = news || spoken;
    }
    return err == ATR_OK && !news ? ATR_ERR_STATE : err;
}

unsigned atr_ceremony_from(const atr_ceremony *c, uint8_t peer)
{
    if (!c->dkg || (c->dkg->differs & bit(peer)) != 0) {
        return ATR_DKG_HELLO;
    }
    return c->dkg->round;
}

atr_err atr_ceremony_open(atr_ceremony **out, const atr_ceremony_plan *plan,
                          atr_fault *fault)
{
    atr_ceremony *c = calloc(1, sizeof *c);
    atr_err err;

    *out = NULL;
    if (!c) {
        return atr_fault_set(fault, ATR_ERR_IO, "no memory");
    }
    c->what = plan->what;
    c->key = plan->key;
    if ((err = begin(c, plan, fault)) == ATR_OK &&
        (err = meet_again(c, plan, fault)) == ATR_OK && c->met == all(c)) {
        err = start(c, fault);
    }
    if (err != ATR_OK) {
        atr_ceremony_close(c);
        return err;
    }
    *out = c;
    return ATR_OK;
}

void atr_ceremony_close(atr_ceremony *c)
{
    if (c) {
        atr_dkg_wipe(c->dkg);
        free(c->dkg);
        atr_wipe(c, sizeof *c);
        free(c);
    }
}

uint16_t atr_ceremony_met(const atr_ceremony *c)
{
    return c->met;
}

const atr_dkg *atr_ceremony_dkg(const atr_ceremony *c)
{
    return c->dkg;
}

const uint8_t *atr_ceremony_vk(const atr_ceremony *c, uint8_t node)
{
    return c->who[node - 1].vk;
}

bool atr_ceremony_is_begun(const char *dir)
{
    char path[ATR_PATH_BYTES_MAX];

    return atr_path_join(path, dir, BEGUN) == ATR_OK && atr_path_exists(path);
}

atr_err atr_ceremony_forget(const char *dir, atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];

    if (atr_path_join(path, dir, BEGUN) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", dir);
    }
    if (atr_file_blank(path, fault) != ATR_OK) {
        return ATR_ERR_IO;
    }
    if (unlink(path) != 0 && errno != ENOENT) {
        return atr_fault_set(fault, ATR_ERR_IO, "cannot delete %s", path);
    }
    return ATR_OK;
}
