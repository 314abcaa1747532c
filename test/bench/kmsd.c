/* kmsd.c - what a partial key costs a node: found and verified in the ledger,
 * made, checked, sealed, and kept with its entry in the log, sixteen to a
 * transaction (synchronous=FULL), as the vault does it.
 *
 * Rows: issue_partial, processor time of one for 1, 10 and 100 attributes;
 * issue_partials, as many a second by the clock on the wall, disk included;
 * issue_of_three, processor time of a key from three nodes of five, without
 * network and disk: made, checked and sealed three times, then opened,
 * verified, combined and verified by the asker.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "app/kmsd/vault.h"
#include "curve/engine.h"
#include "host/entropy.h"
#include "kit/bench.h"

#define WALL_BATCHES 40
#define PERIOD_S 3600

typedef struct {
    atr_node *node;
    atr_node_share share;
    atr_node_key key;
    atr_ledger *ledger;
    atr_vault vault;
    uint8_t secret[ATR_ED25519_SECRET_BYTES];
    atr_enrol enrol[ATR_VAULT_TOGETHER];
    uint8_t id[ATR_VAULT_TOGETHER][32];
    uint32_t period; /* a new one for each batch: time passes, new keys */
} bench;

static char folder[] = "/tmp/attrium-bench-XXXXXX";

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "bench kmsd: %s\n", what);
        exit(1);
    }
}

static void put(bench *b, atr_statement *s)
{
    uint8_t bytes[ATR_STATEMENT_BYTES_MAX];
    atr_builder out = atr_builder_of(bytes, sizeof bytes);

    memcpy(s->hm, b->node->abe.hm, sizeof s->hm);
    s->at = 1;
    if (s->kind == ATR_STATEMENT_APPROVE) {
        atr_statement_sign(s, 1, b->secret);
    }
    atr_statement_build(&out, s);
    must(atr_ledger_put(b->ledger, atr_builder_bytes(&out), 1) == ATR_OK,
         "put");
}

/* Sixteen people ask for `n` attributes, and are approved. */
static void ask(bench *b, size_t n)
{
    static atr_attrs attrs;
    char text[2048] = "";
    atr_rng rng;

    for (size_t i = 0; i < n; i++) {
        snprintf(text + strlen(text), 16, "%sA%03u", i ? ", " : "",
                 (unsigned)i);
    }
    must(atr_attrs_parse(&attrs, (atr_bytes){(uint8_t *)text, strlen(text)},
                         NULL) == ATR_OK,
         "attributes");
    atr_entropy_rng(&rng);
    for (size_t i = 0; i < ATR_VAULT_TOGETHER; i++) {
        uint8_t bytes[ATR_ENROL_REQUEST_BYTES_MAX];
        atr_builder out = atr_builder_of(bytes, sizeof bytes);
        atr_statement request = {.kind = ATR_STATEMENT_REQUEST};
        atr_statement approval = {.kind = ATR_STATEMENT_APPROVE,
                                  .until = ATR_FOR_EVER};

        atr_enrol_init(&b->enrol[i], &attrs, &rng);
        atr_enrol_request_build(&out, &b->enrol[i].request);
        atr_enrol_request_id(b->id[i], b->node->abe.hm, &b->enrol[i].request);
        request.request = atr_builder_bytes(&out);
        memcpy(approval.id, b->id[i], sizeof approval.id);
        put(b, &request);
        put(b, &approval);
    }
    atr_rng_wipe(&rng);
}

static void issue(void *data)
{
    bench *b = data;
    atr_ledger_partial jobs[ATR_VAULT_TOGETHER] = {0};

    b->period++;
    for (size_t i = 0; i < ATR_VAULT_TOGETHER; i++) {
        memcpy(jobs[i].id, b->id[i], sizeof jobs[i].id);
        jobs[i].term.period = b->period;
    }
    atr_vault_issue(&b->vault, jobs, ATR_VAULT_TOGETHER,
                    1000ull * PERIOD_S * b->period);
    for (size_t i = 0; i < ATR_VAULT_TOGETHER; i++) {
        must(jobs[i].err == ATR_OK, "issue");
    }
}

typedef struct {
    bench *b;
    size_t i;
} fetch;

static atr_err open_one(void *context, atr_bytes sealed)
{
    static atr_abe_key key;
    const fetch *f = context;
    const atr_node *node = f->b->node;
    atr_rng rng;
    atr_err err =
        atr_enrol_open(&key, &f->b->enrol[f->i], node->abe.hm, 1, sealed);

    atr_entropy_rng(&rng);
    return err == ATR_OK
               ? atr_abe_key_check(&node->abe, &node->authority.issue.a[0],
                                   &key, &rng)
               : err;
}

/* What was issued last is opened and verified, as the asker does. */
static void check(bench *b)
{
    const atr_term term = {.period = b->period};

    for (size_t i = 0; i < ATR_VAULT_TOGETHER; i++) {
        fetch f = {b, i};

        must(atr_ledger_issued(b->ledger, b->id[i], &term, open_one, &f) ==
                 ATR_OK,
             "a partial key that is wrong");
    }
}

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void make(bench *b, const char *dir)
{
    static const uint8_t seed[32] = {1};
    atr_node_plan plan = {.dir = dir,
                          .name = "",
                          .scheme = ATR_SCHEME_FABEO,
                          .nodes = 1,
                          .threshold = 1,
                          .period_s = PERIOD_S,
                          .registrars = {.approvals = 1, .count = 1}};
    char path[ATR_PATH_BYTES_MAX];
    atr_ledger_rules rules = {.waiting_max = 99, .wait_ms = 1};
    atr_fault fault;

    atr_ed25519_keypair(plan.registrars.vk[0], b->secret, seed);
    must(atr_node_make(&plan, &fault) == ATR_OK &&
             atr_node_open(&b->node, dir, &fault) == ATR_OK &&
             atr_node_share_open(&b->share, b->node, (atr_bytes){NULL, 0},
                                 &fault) == ATR_OK &&
             atr_path_join(path, dir, ATR_NODE_LEDGER) == ATR_OK &&
             atr_ledger_open(&b->ledger, path, &fault) == ATR_OK &&
             atr_node_key_open(&b->key, dir, &fault) == ATR_OK &&
             atr_vault_init(&b->vault, b->node, b->ledger, &b->share,
                            &b->key) == ATR_OK &&
             atr_vault_begin(&b->vault, 1) == ATR_OK,
         "a node");
    rules.hm = b->node->abe.hm;
    rules.registrars = &b->node->authority.registrars;
    atr_ledger_set_rules(b->ledger, &rules);
}

/* ---- three of five ---- */

typedef struct {
    atr_node node; /* the same public side for all */
    atr_node_share share[3];
    atr_enrol enrol;
} three;

static void issue_of_three(void *data)
{
    static atr_abe_key partial[3];
    static atr_abe_key key;
    static uint8_t sealed[ATR_ENROL_SEALED_BYTES_MAX];
    three *t = data;
    atr_issue_partial partials[3];
    uint8_t cheat;
    atr_rng rng;

    atr_entropy_rng(&rng);
    for (uint8_t i = 0; i < 3; i++) {
        atr_builder out = atr_builder_of(sealed, sizeof sealed);

        must(atr_node_issue(&out, &t->node, &t->share[i], &t->enrol.request,
                            (atr_period){0, 0}) == ATR_OK &&
                 atr_enrol_open(&partial[i], &t->enrol, t->node.abe.hm,
                                (uint8_t)(i + 1),
                                atr_builder_bytes(&out)) == ATR_OK,
             "one of three");
        partials[i] = (atr_issue_partial){(uint8_t)(i + 1), &partial[i]};
    }
    must(atr_issue_combine(&key, &cheat, &t->node.abe, &t->node.authority.issue,
                           &t->enrol.request.attrs, partials, 3,
                           &rng) == ATR_OK,
         "a key of three");
}

static void deal(three *t, const atr_enrol *enrol)
{
    atr_fr shares[5];
    atr_fr master;
    atr_rng rng;

    atr_entropy_rng(&rng);
    atr_abe_setup(&master, &t->node.authority.mpk, ATR_SCHEME_FABEO, &rng);
    atr_issue_deal(shares, &t->node.authority.issue, &master, 5, 3, &rng);
    must(atr_abe_init(&t->node.abe, &t->node.authority.mpk) == ATR_OK,
         "parameters");
    for (uint8_t i = 0; i < 3; i++) {
        t->share[i].node = (uint8_t)(i + 1);
        t->share[i].alpha = shares[i];
        memcpy(t->share[i].hm, t->node.abe.hm, sizeof t->share[i].hm);
    }
    t->enrol = *enrol;
}

int main(void)
{
    static const size_t sizes[] = {1, 10, 100};
    static bench b;
    static three of_three;
    char dir[64];
    char command[96];
    double start;

    must(mkdtemp(folder) != NULL, "a folder");
    snprintf(dir, sizeof dir, "%s/node", folder);
    make(&b, dir);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        ask(&b, sizes[i]);
        bench_per("issue_partial", atr_engine_name(), sizes[i],
                  ATR_VAULT_TOGETHER, issue, &b);
        check(&b);
        start = seconds();
        for (size_t k = 0; k < WALL_BATCHES; k++) {
            issue(&b);
        }
        bench_value("issue_partials", atr_engine_name(), sizes[i], "per_second",
                    WALL_BATCHES * ATR_VAULT_TOGETHER / (seconds() - start));
        check(&b);
        deal(&of_three, &b.enrol[0]);
        bench_run("issue_of_three", atr_engine_name(), sizes[i], issue_of_three,
                  &of_three);
    }
    atr_vault_wipe(&b.vault);
    atr_node_share_wipe(&b.share);
    atr_ledger_close(b.ledger);
    atr_node_close(b.node);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}
