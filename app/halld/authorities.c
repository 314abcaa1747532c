#include "app/halld/authorities.h"

#include <jansson.h>
#include <stdlib.h>

#include "app/armour.h"
#include "app/halld/kems.h"
#include "app/pull.h"
#include "host/file.h"
#include "proto/generation.h"

#define FILE_BYTES_MAX 65536 /* armoured */
#define BODY_MAX 4096
#define LIMIT_MS 10000
#define GAPS " ,\t"

typedef struct {
    atr_authorities *all;
    atr_generation generation;
    atr_peers peers;
    atr_pull *pull; /* NULL: not asked yet */
} asked;

struct atr_authorities {
    atr_authorities_options options;
    size_t count;
    asked each[ATR_AUTHORITIES_MAX];
};

static const asked *find(const atr_authorities *all, const uint8_t hm[32])
{
    for (size_t i = 0; all != NULL && i < all->count; i++) {
        if (memcmp(all->each[i].generation.hm, hm, 32) == 0) {
            return &all->each[i];
        }
    }
    return NULL;
}

/* --- reading -------------------------------------------------------------- */

static atr_err read_file(atr_authority *out, const char *path, atr_fault *fault)
{
    uint8_t bytes[ATR_AUTHORITY_BYTES_MAX];
    atr_file file = {0};
    size_t len = 0;
    atr_err err = atr_file_read(&file, path, FILE_BYTES_MAX, fault);

    if (err == ATR_OK &&
        (atr_armour_read(bytes, &len, sizeof bytes, ATR_ARMOUR_AUTHORITY,
                         (atr_bytes){file.data, file.len}) != ATR_OK ||
         atr_authority_read(out, (atr_bytes){bytes, len}) != ATR_OK)) {
        err = atr_fault_set(fault, ATR_ERR_INPUT,
                            "not the public parameters of an authority: %s",
                            path);
    }
    atr_file_wipe(&file);
    return err;
}

/* From the file, or `card` where it does not say. */
static atr_err find_nodes(asked *out, const atr_authority *authority,
                          const char *path, const char *card, atr_fault *fault)
{
    atr_peers_of(&out->peers, &authority->nodes);
    if (card != NULL && authority->issue.nodes == 1 && out->peers.count == 0) {
        return atr_peers_add(&out->peers, card, fault);
    }
    if (card != NULL || out->peers.count == 0) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             card != NULL ? "says itself where its nodes are, "
                                            "or there are several: %s"
                                          : "does not say where its nodes are "
                                            "(%s=https://HOST:PORT/#PIN)",
                             path);
    }
    return ATR_OK;
}

/* `entry` is cut in two where its card begins. */
static atr_err add(atr_authorities *all, char *entry, atr_fault *fault)
{
    asked *out = &all->each[all->count];
    atr_authority *authority = malloc(sizeof *authority);
    char *card = strstr(entry, "=https://");
    uint8_t mpk[ATR_MPK_BYTES];
    uint8_t hm[ATR_MPK_HASH_BYTES];
    atr_err err;

    if (authority == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    if (card != NULL) {
        *card++ = 0;
    }
    if ((err = read_file(authority, entry, fault)) == ATR_OK &&
        (err = find_nodes(out, authority, entry, card, fault)) == ATR_OK) {
        atr_mpk_write(mpk, &authority->mpk);
        atr_kems_hm(hm, mpk);
        if (find(all, hm) != NULL) {
            err = atr_fault_set(fault, ATR_ERR_INPUT, "stands there twice: %s",
                                entry);
        }
    }
    if (err == ATR_OK) {
        atr_generation_init(&out->generation, authority, hm);
        out->all = all;
        all->count++;
    }
    free(authority);
    return err;
}

atr_err atr_authorities_read(atr_authorities **out, const char *list,
                             atr_fault *fault)
{
    atr_authorities *all = calloc(1, sizeof *all);
    char *words = strdup(list);
    char *rest = NULL;
    atr_err err = ATR_OK;

    *out = NULL;
    if (all == NULL || words == NULL) {
        err = atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    for (char *word = err == ATR_OK ? strtok_r(words, GAPS, &rest) : NULL;
         word != NULL && err == ATR_OK; word = strtok_r(NULL, GAPS, &rest)) {
        err = all->count < ATR_AUTHORITIES_MAX
                  ? add(all, word, fault)
                  : atr_fault_set(fault, ATR_ERR_INPUT, "more than %d",
                                  ATR_AUTHORITIES_MAX);
    }
    free(words);
    if (err == ATR_OK) {
        *out = all;
    } else {
        atr_authorities_close(all);
    }
    return err;
}

void atr_authorities_close(atr_authorities *authorities)
{
    if (authorities != NULL) {
        for (size_t i = 0; i < authorities->count; i++) {
            atr_pull_close(authorities->each[i].pull);
        }
        free(authorities);
    }
}

/* --- asking --------------------------------------------------------------- */

static bool ask(void *context, size_t peer,
                char path[ATR_FETCH_PATH_BYTES_MAX + 1])
{
    (void)context;
    (void)peer;
    strcpy(path, "/v1/generation");
    return true;
}

/* The statement, or nothing before the first generation. */
static atr_err read_answer(uint8_t out[ATR_GENERATION_STATEMENT_BYTES],
                           size_t *len, atr_bytes body)
{
    json_t *json = json_loadb((const char *)body.data, body.len,
                              JSON_REJECT_DUPLICATES, NULL);
    const json_t *number = json_object_get(json, "generation");
    const json_t *statement = json_object_get(json, "statement");
    atr_err err = ATR_ERR_INPUT;

    *len = 0;
    if (json_is_string(statement)) {
        err = atr_base64_read(out, len, ATR_GENERATION_STATEMENT_BYTES,
                              json_string_value(statement));
    } else if (statement == NULL && json_is_integer(number) &&
               json_integer_value(number) == 0) {
        err = ATR_OK;
    }
    json_decref(json);
    return err;
}

static void tell(const asked *at)
{
    const atr_authorities_options *o = &at->all->options;
    char hex[2 * sizeof at->generation.hm + 1];

    atr_hex_write(hex, ATR_BYTES(at->generation.hm));
    atr_log_event(o->log, ATR_LOG_INFO, "generation", "authority=%s number=%lu",
                  hex, (unsigned long)at->generation.present);
    o->risen(o->context);
}

static atr_err take(void *context, size_t peer, atr_bytes body,
                    atr_fault *fault)
{
    asked *at = context;
    const uint32_t before = at->generation.present;
    uint8_t statement[ATR_GENERATION_STATEMENT_BYTES];
    size_t len;
    atr_err err = read_answer(statement, &len, body);

    if (err == ATR_OK && len > 0) {
        err = atr_generation_hear(&at->generation, (uint8_t)(peer + 1),
                                  (atr_bytes){statement, len});
    }
    if (err != ATR_OK && err != ATR_ERR_STATE) {
        return atr_fault_set(fault, err,
                             err == ATR_ERR_AUTH
                                 ? "a generation that no registrar began"
                                 : "not an answer about generations");
    }
    if (at->generation.present > before) {
        tell(at);
    }
    return ATR_ERR_STATE; /* nothing more to ask now */
}

atr_err atr_authorities_ask(atr_authorities *authorities, atr_loop *loop,
                            const atr_authorities_options *options,
                            atr_fault *fault)
{
    atr_err err = ATR_OK;

    authorities->options = *options;
    for (size_t i = 0; i < authorities->count && err == ATR_OK; i++) {
        asked *at = &authorities->each[i];
        const atr_pull_options pull = {.peers = &at->peers,
                                       .own = SIZE_MAX,
                                       .log = options->log,
                                       .body_max = BODY_MAX,
                                       .limit_ms = LIMIT_MS,
                                       .every_ms = options->every_ms};
        const atr_pull_handler handler = {at, ask, take};

        at->generation.present =
            atr_authorities_generation(options->before, at->generation.hm);
        err = atr_pull_open(&at->pull, loop, &pull, &handler, fault);
    }
    authorities->options.before = NULL; /* it may be closed now */
    return err;
}

/* --- what is known -------------------------------------------------------- */

uint32_t atr_authorities_generation(const atr_authorities *authorities,
                                    const uint8_t hm[32])
{
    const asked *at = find(authorities, hm);

    return at != NULL ? at->generation.present : 0;
}

atr_authorities_counts atr_authorities_count(const atr_authorities *authorities)
{
    atr_authorities_counts counts = {0, 0};

    for (size_t i = 0; authorities != NULL && i < authorities->count; i++) {
        const asked *at = &authorities->each[i];

        counts.nodes += at->peers.count;
        for (size_t k = 0; k < at->peers.count; k++) {
            counts.up += atr_pull_state_of(at->pull, k).is_up;
        }
    }
    return counts;
}
