/* crowd.h - how many people could enter a room, at least, by what the nodes of
 * its authority say (policy/crowd.h).
 *
 * All nodes are asked at once for the same page, whatever the policy is, and
 * it is counted here. As many must answer as issue a key: fewer liars than that
 * make no crowd larger than it is, and so many could read the room anyhow.
 */
#ifndef ATR_APP_CROWD_H
#define ATR_APP_CROWD_H

#include "app/attrium/request.h"
#include "host/loop.h"
#include "policy/crowd.h"

#define ATR_CROWD_LIMIT_MS 5000 /* for a node's answer */

/* Whom to ask, and how many must answer. */
typedef struct {
    size_t count;
    size_t needed;
    atr_link at[ATR_ISSUE_NODES_MAX];
} atr_crowd_nodes;

/* atr_crowd_nodes_of finds the nodes of an authority: those of its parameters,
 * else where its keys came from, as the profile `dir` knows it; perhaps none.
 */
void atr_crowd_nodes_of(atr_crowd_nodes *out, const char *dir,
                        const atr_authority *authority, const uint8_t hm[32]);

/* atr_crowd_keep notes in the profile where the nodes of `request` are. */
ATR_MUST_USE atr_err atr_crowd_keep(const char *dir, const atr_request *request,
                                    const uint8_t hm[32], atr_fault *fault);

typedef struct {
    bool is_known;
    uint32_t people; /* at least; 0 when it is not known */
    size_t answered; /* nodes */
    size_t asked;
    atr_fault why; /* what the first said that gave no good answer */
} atr_crowd;

/* atr_crowd_text says it for people: "at least 40", "not known (...)". */
#define ATR_CROWD_TEXT_MAX (ATR_FAULT_BYTES_MAX + 64)
void atr_crowd_text(char out[ATR_CROWD_TEXT_MAX], const atr_crowd *crowd);

/* atr_crowd_ask_open asks on the loop; `done` is called once, never from within
 * this call, and may close. Nodes and policy are copied. ATR_ERR_IO. */
typedef struct atr_crowd_ask atr_crowd_ask;
typedef void atr_crowd_done_fn(void *context, const atr_crowd *crowd);
ATR_MUST_USE atr_err atr_crowd_ask_open(atr_crowd_ask **out, atr_loop *loop,
                                        const atr_crowd_nodes *nodes,
                                        const atr_policy *policy,
                                        atr_crowd_done_fn *done, void *context);
void atr_crowd_ask_close(atr_crowd_ask *ask);

/* atr_crowd_wait asks and waits. */
void atr_crowd_wait(atr_crowd *out, const atr_crowd_nodes *nodes,
                    const atr_policy *policy);

#endif
