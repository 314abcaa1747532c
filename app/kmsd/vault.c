#include "app/kmsd/vault.h"

#include <stdlib.h>

#include "app/kmsd/ledger_trace.h"

atr_err atr_vault_init(atr_vault *vault, const atr_node *node,
                       atr_ledger *ledger, const atr_node_share *share,
                       const atr_node_key *key)
{
    *vault = (atr_vault){.node = node,
                         .ledger = ledger,
                         .share = share,
                         .signer = {.hm = node->abe.hm,
                                    .secret = key->secret,
                                    .node = share->node}};
    vault->memory = malloc(ATR_VAULT_TOGETHER * ATR_ENROL_SEALED_BYTES_MAX);
    return vault->memory ? ATR_OK : ATR_ERR_LIMIT;
}

void atr_vault_wipe(atr_vault *vault)
{
    free(vault->memory); /* all of it was sealed */
    *vault = (atr_vault){0};
}

atr_err atr_vault_begin(const atr_vault *vault, uint64_t now)
{
    const atr_file *universe = &vault->node->universe;
    uint8_t *bytes = malloc(ATR_AUTHORITY_BYTES_MAX);
    atr_builder b = atr_builder_of(bytes, ATR_AUTHORITY_BYTES_MAX);
    atr_trace_subject subject = {.universe = {universe->data, universe->len}};
    atr_err err;

    if (!bytes) {
        return ATR_ERR_LIMIT;
    }
    atr_authority_build(&b, &vault->node->authority);
    subject.parameters = atr_builder_bytes(&b);
    err = atr_ledger_trace_begin(vault->ledger, &vault->signer, &subject, now);
    free(bytes);
    return err;
}

atr_err atr_vault_term(atr_term *out, const atr_node *node, atr_ledger *ledger,
                       uint64_t now)
{
    const uint32_t seconds = node->authority.period_s;

    *out = (atr_term){.share = node->authority.nodes.generation};
    if (seconds == 0) {
        return ATR_OK;
    }
    out->period = (uint32_t)atr_period_number(now / 1000, seconds);
    return atr_ledger_generation(&out->generation, ledger);
}

static atr_err check_term(const atr_vault *vault, const atr_term *term,
                          uint64_t now)
{
    const uint32_t seconds = vault->node->authority.period_s;
    atr_term present;
    atr_err err = atr_vault_term(&present, vault->node, vault->ledger, now);

    if (err != ATR_OK) {
        return err;
    }
    return term->generation == present.generation &&
                   term->share == present.share &&
                   (term->period == present.period ||
                    (seconds != 0 &&
                     atr_period_is_now(term->period, seconds, now / 1000)))
               ? ATR_OK
               : ATR_ERR_STATE;
}

/* A request, and what verified statements say about it. */
typedef struct {
    const atr_node *node;
    const uint8_t *id;
    atr_enrol_request request;
    atr_standing standing;
} grant;

/* The bytes must be those of the id, which the approvals name. */
static atr_err take_request(void *context, const atr_grant *entry)
{
    grant *g = context;
    const atr_offer offer = atr_node_offer(g->node);
    char text[ATR_ATTRS_TEXT_MAX];
    uint8_t id[32];
    atr_fault fault;

    if (atr_enrol_request_read(&g->request, entry->request) != ATR_OK) {
        return ATR_ERR_AUTH;
    }
    atr_enrol_request_id(id, g->node->abe.hm, &g->request);
    return memcmp(id, g->id, sizeof id) == 0 &&
                   atr_offer_admits(text, &offer, &g->request, &fault) == ATR_OK
               ? ATR_OK
               : ATR_ERR_AUTH;
}

static atr_err take_statement(void *context, uint64_t seq, atr_bytes bytes)
{
    grant *g = context;
    atr_statement s;

    (void)seq;
    if (atr_statement_read(&s, bytes) != ATR_OK ||
        atr_statement_verify(&s, g->node->abe.hm,
                             &g->node->authority.registrars) != ATR_OK) {
        return ATR_ERR_AUTH;
    }
    atr_standing_add(&g->standing, &s);
    return ATR_OK;
}

static atr_err find_grant(grant *out, const atr_vault *vault, const uint8_t *id,
                          uint64_t now)
{
    atr_err err;

    *out = (grant){.node = vault->node, .id = id};
    atr_standing_init(&out->standing, id);
    if ((err = atr_ledger_find(vault->ledger, id, take_request, out)) !=
            ATR_OK ||
        (err = atr_ledger_about(vault->ledger, id, take_statement, out)) !=
            ATR_OK) {
        return err;
    }
    return atr_standing_state(&out->standing,
                              &vault->node->authority.registrars, 0,
                              now) == ATR_GRANT_APPROVED
               ? ATR_OK
               : ATR_ERR_STATE;
}

static atr_err ignore(void *context, atr_bytes sealed)
{
    (void)context;
    (void)sealed;
    return ATR_OK;
}

/* Whether the key of a job is to be made: it is due, granted, and not there. */
static bool is_wanted(grant *g, const atr_vault *vault, atr_ledger_partial *job,
                      uint64_t now)
{
    job->sealed = (atr_bytes){NULL, 0};
    job->err =
        atr_ledger_issued(vault->ledger, job->id, &job->term, ignore, NULL);
    if (job->err != ATR_ERR_STATE) {
        return false;
    }
    if ((job->err = check_term(vault, &job->term, now)) == ATR_OK) {
        job->err = find_grant(g, vault, job->id, now);
    }
    return job->err == ATR_OK;
}

/* Makes what is wanted, and returns how many keys there are to keep. */
static size_t make_all(atr_vault *vault, grant *grants,
                       atr_ledger_partial *jobs, size_t count, uint64_t now)
{
    atr_builder sealed[ATR_VAULT_TOGETHER];
    atr_node_issuing items[ATR_VAULT_TOGETHER];
    atr_ledger_partial *of[ATR_VAULT_TOGETHER];
    size_t wanted = 0;
    size_t made = 0;

    for (size_t i = 0; i < count; i++) {
        if (is_wanted(&grants[i], vault, &jobs[i], now)) {
            sealed[wanted] =
                atr_builder_of(vault->memory + i * ATR_ENROL_SEALED_BYTES_MAX,
                               ATR_ENROL_SEALED_BYTES_MAX);
            items[wanted] = (atr_node_issuing){
                .request = &grants[i].request,
                .period = {jobs[i].term.period, jobs[i].term.generation},
                .sealed = &sealed[wanted]};
            of[wanted++] = &jobs[i];
        }
    }
    atr_node_issue_many(items, wanted, vault->node, vault->share);
    for (size_t i = 0; i < wanted; i++) {
        of[i]->err = items[i].err;
        if (items[i].err == ATR_OK) {
            of[i]->sealed = atr_builder_bytes(&sealed[i]);
            made++;
        }
    }
    return made;
}

void atr_vault_issue(atr_vault *vault, atr_ledger_partial *jobs, size_t count,
                     uint64_t now)
{
    grant *grants = calloc(count > 0 ? count : 1, sizeof *grants);

    for (size_t i = 0; i < count && !grants; i++) {
        jobs[i].err = ATR_ERR_LIMIT;
    }
    if (grants && make_all(vault, grants, jobs, count, now) > 0) {
        (void)!atr_ledger_keep(vault->ledger, jobs, count, &vault->signer, now);
    }
    for (size_t i = 0; i < count; i++) {
        jobs[i].sealed = (atr_bytes){NULL, 0};
    }
    free(grants);
}
