#include "app/attrium/crowd.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"
#include "app/attrium/profile.h"
#include "app/cli.h"
#include "host/fetch.h"
#include "proto/holders.h"

#define PATH "/v1/crowd"
#define LIST_BYTES_MAX (ATR_ISSUE_NODES_MAX * ATR_LINK_TEXT_MAX)

/* --- where the nodes are -------------------------------------------------- */

/* One that answers under two addresses is one node. */
static bool is_there(const atr_crowd_nodes *nodes, const atr_link *at)
{
    for (size_t i = 0; i < nodes->count; i++) {
        const atr_link *other = &nodes->at[i];

        if ((at->has_pin && other->has_pin &&
             memcmp(at->pin, other->pin, sizeof at->pin) == 0) ||
            (at->port == other->port && strcmp(at->host, other->host) == 0)) {
            return true;
        }
    }
    return false;
}

static void add(atr_crowd_nodes *nodes, const atr_link *at)
{
    if (nodes->count < ATR_ISSUE_NODES_MAX && !is_there(nodes, at)) {
        nodes->at[nodes->count++] = *at;
    }
}

static atr_err path_of(char path[ATR_PATH_BYTES_MAX], const char *dir,
                       const uint8_t hm[32], bool make, atr_fault *fault)
{
    char name[65];

    atr_hex_write(name, (atr_bytes){hm, 32});
    return atr_profile_path(path, dir, ATR_PROFILE_NODES, name, make, fault);
}

/* Addresses, one a line; what is none is passed over. */
static void read_list(atr_crowd_nodes *out, atr_bytes list)
{
    char line[ATR_LINK_TEXT_MAX];
    atr_fault fault;
    atr_link at;

    while (list.len > 0) {
        const uint8_t *end = memchr(list.data, '\n', list.len);
        const size_t len = end != NULL ? (size_t)(end - list.data) : list.len;
        const size_t step = end != NULL ? len + 1 : len;

        if (len < sizeof line) {
            memcpy(line, list.data, len);
            line[len] = 0;
            if (atr_address_parse(&at, line, &fault) == ATR_OK) {
                add(out, &at);
            }
        }
        list = (atr_bytes){list.data + step, list.len - step};
    }
}

void atr_crowd_nodes_of(atr_crowd_nodes *out, const char *dir,
                        const atr_authority *authority, const uint8_t hm[32])
{
    char path[ATR_PATH_BYTES_MAX];
    atr_fault fault = {{0}};
    atr_file file = {0};

    *out = (atr_crowd_nodes){.needed = authority->issue.threshold};
    for (size_t i = 0; i < authority->nodes.count; i++) {
        add(out, &authority->nodes.entries[i].at);
    }
    if (out->count == 0 && path_of(path, dir, hm, false, &fault) == ATR_OK &&
        atr_file_read(&file, path, LIST_BYTES_MAX, &fault) == ATR_OK) {
        read_list(out, (atr_bytes){file.data, file.len});
    }
    atr_file_wipe(&file);
}

atr_err atr_crowd_keep(const char *dir, const atr_request *request,
                       const uint8_t hm[32], atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];
    char list[LIST_BYTES_MAX];
    size_t len = 0;
    atr_err err = path_of(path, dir, hm, true, fault);

    for (size_t i = 0; i < request->node_count; i++) {
        char text[ATR_LINK_TEXT_MAX];

        if (atr_address_format(text, &request->nodes[i].address) == ATR_OK) {
            len +=
                (size_t)snprintf(list + len, sizeof list - len, "%s\n", text);
        }
    }
    return err == ATR_OK && len > 0
               ? atr_file_write(path, (atr_bytes){(const uint8_t *)list, len},
                                0600, ATR_FILE_REPLACE, fault)
               : err;
}

/* --- asking --------------------------------------------------------------- */

typedef struct {
    atr_crowd_ask *ask;
    atr_fetch *fetch;
    char where[ATR_LINK_HOST_MAX + 8];
} asked;

struct atr_crowd_ask {
    atr_timer *timer; /* tells `done` */
    atr_crowd_done_fn *done;
    void *context;
    atr_policy policy;
    atr_crowd crowd;
    size_t needed;
    size_t left; /* who have not answered, nor failed */
    uint32_t crowds[ATR_ISSUE_NODES_MAX]; /* of those who have answered */
    asked nodes[ATR_ISSUE_NODES_MAX];
};

static void failed(asked *node, const char *what)
{
    atr_fault *why = &node->ask->crowd.why;
    char clean[ATR_FAULT_BYTES_MAX];

    if (why->text[0] == 0) {
        atr_cli_clean(clean, sizeof clean,
                      (atr_bytes){(const uint8_t *)what, strlen(what)});
        (void)atr_fault_set(why, ATR_ERR_IO, "%s: %s", node->where, clean);
    }
}

/* The crowd of the policy by the counts of one node. */
static bool count(uint32_t *out, const atr_policy *policy, atr_bytes body)
{
    json_t *answer = json_loadb((const char *)body.data, body.len,
                                JSON_REJECT_DUPLICATES, NULL);
    const char *text = json_string_value(json_object_get(answer, "crowd"));
    uint8_t *page = malloc(ATR_HOLDERS_BYTES_MAX);
    atr_holders holders;
    size_t len;
    bool good = false;

    if (page != NULL && text != NULL &&
        atr_base64_read(page, &len, ATR_HOLDERS_BYTES_MAX, text) == ATR_OK &&
        atr_holders_read(&holders, (atr_bytes){page, len}) == ATR_OK) {
        *out =
            atr_policy_crowd(policy, holders.total, atr_holders_of, &holders);
        good = true;
    }
    free(page);
    json_decref(answer);
    return good;
}

static void on_answer(void *context, atr_err err, int status, atr_bytes body,
                      const char *text)
{
    asked *node = context;
    atr_crowd_ask *ask = node->ask;
    char status_text[32];

    snprintf(status_text, sizeof status_text, "HTTP %d", status);
    if (err != ATR_OK || status != 200) {
        failed(node, err != ATR_OK ? text : status_text);
    } else if (!count(&ask->crowds[ask->crowd.answered], &ask->policy, body)) {
        failed(node, "what it says are no counts");
    } else {
        ask->crowd.answered++;
    }
    if (--ask->left == 0) {
        atr_timer_set(ask->timer, 0);
    }
}

static void tell(void *context)
{
    atr_crowd_ask *ask = context;
    atr_crowd crowd = ask->crowd;

    crowd.is_known = atr_crowd_agreed(&crowd.people, ask->crowds,
                                      crowd.answered, ask->needed);
    ask->done(ask->context, &crowd);
}

static void begin(asked *node, atr_loop *loop, const atr_link *at)
{
    const bool is_ipv6 = at->host[0] == '[';
    char host[ATR_LINK_HOST_MAX + 1];
    const atr_fetch_options options = {
        .host = host, .port = at->port, .pin = at->has_pin ? at->pin : NULL};
    atr_fault fault = {{0}};

    snprintf(host, sizeof host, "%.*s", (int)(strlen(at->host) - 2 * is_ipv6),
             at->host + is_ipv6);
    snprintf(node->where, sizeof node->where, "%s:%u", at->host, at->port);
    if (atr_fetch_open(&node->fetch, loop, &options, on_answer, node, &fault) ==
            ATR_OK &&
        atr_fetch_get(node->fetch, PATH, ATR_CROWD_LIMIT_MS) == ATR_OK) {
        node->ask->left++;
    } else {
        failed(node, fault.text);
    }
}

atr_err atr_crowd_ask_open(atr_crowd_ask **out, atr_loop *loop,
                           const atr_crowd_nodes *nodes,
                           const atr_policy *policy, atr_crowd_done_fn *done,
                           void *context)
{
    atr_crowd_ask *ask = calloc(1, sizeof *ask);

    *out = NULL;
    if (ask == NULL || atr_timer_open(&ask->timer, loop, tell, ask) != ATR_OK) {
        free(ask);
        return ATR_ERR_IO;
    }
    ask->done = done;
    ask->context = context;
    ask->policy = *policy;
    ask->needed = nodes->needed;
    ask->crowd.asked = nodes->count;
    for (size_t i = 0; i < nodes->count; i++) {
        ask->nodes[i].ask = ask;
        begin(&ask->nodes[i], loop, &nodes->at[i]);
    }
    if (ask->left == 0) {
        atr_timer_set(ask->timer, 0);
    }
    *out = ask;
    return ATR_OK;
}

void atr_crowd_ask_close(atr_crowd_ask *ask)
{
    if (ask != NULL) {
        for (size_t i = 0; i < ask->crowd.asked; i++) {
            atr_fetch_close(ask->nodes[i].fetch);
        }
        atr_timer_close(ask->timer);
        free(ask);
    }
}

/* --- and waiting ---------------------------------------------------------- */

typedef struct {
    atr_loop *loop;
    atr_crowd *out;
} waiting;

static void on_done(void *context, const atr_crowd *crowd)
{
    waiting *wait = context;

    *wait->out = *crowd;
    atr_loop_stop(wait->loop);
}

void atr_crowd_wait(atr_crowd *out, const atr_crowd_nodes *nodes,
                    const atr_policy *policy)
{
    waiting wait = {.out = out};
    atr_crowd_ask *ask = NULL;

    *out = (atr_crowd){.asked = nodes->count};
    if (atr_loop_open(&wait.loop) != ATR_OK) {
        return;
    }
    if (atr_crowd_ask_open(&ask, wait.loop, nodes, policy, on_done, &wait) ==
        ATR_OK) {
        (void)!atr_loop_run(wait.loop);
    }
    atr_crowd_ask_close(ask);
    atr_loop_close(wait.loop);
}

void atr_crowd_text(char out[ATR_CROWD_TEXT_MAX], const atr_crowd *crowd)
{
    if (crowd->is_known) {
        snprintf(out, ATR_CROWD_TEXT_MAX, "at least %lu",
                 (unsigned long)crowd->people);
    } else if (crowd->asked == 0) {
        snprintf(out, ATR_CROWD_TEXT_MAX,
                 "not known (no node of its authority is known here)");
    } else {
        snprintf(out, ATR_CROWD_TEXT_MAX,
                 "not known (%zu of %zu nodes say%s%s)", crowd->answered,
                 crowd->asked, crowd->why.text[0] != 0 ? "; " : "",
                 crowd->why.text);
    }
}
