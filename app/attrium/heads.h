/* heads.h - heads of the logs of nodes (proto/trace.h) that this person has
 * seen, as they are kept in the profile, given to others, and shown as
 * evidence.
 *
 *     heads = "ATRHEADS" version(1) = 1, count(2), then for each:
 *             key(32) address-field ("https://HOST:PORT#PIN") head(153)
 *
 * In the profile there is a file for each authority, with the newest head of
 * each node. Evidence is two heads of one node.
 */
#ifndef ATR_HEADS_H
#define ATR_HEADS_H

#include "app/address.h"
#include "host/file.h"
#include "proto/trace.h"

#define ATR_HEADS_MAX 256

typedef struct {
    uint8_t vk[32]; /* of the key that signed it */
    atr_link at;    /* where the node was */
    atr_trace_head head;
} atr_seen;

/* Large: keep it on the heap. */
typedef struct {
    size_t count;
    atr_seen seen[ATR_HEADS_MAX];
} atr_heads;

#define ATR_HEADS_BYTES_MAX                                                    \
    (11 + ATR_HEADS_MAX * (32 + 4 + ATR_LINK_TEXT_MAX + ATR_TRACE_HEAD_BYTES))

void atr_heads_build(atr_builder *builder, const atr_heads *heads);
/* Reading verifies every signature: ATR_ERR_INPUT for what is malformed,
 * ATR_ERR_AUTH for a head that its key has not signed. */
ATR_MUST_USE atr_err atr_heads_read(atr_heads *out, atr_bytes in);

/* atr_heads_add adds one; ATR_ERR_LIMIT. */
ATR_MUST_USE atr_err atr_heads_add(atr_heads *heads, const atr_seen *seen);

/* atr_heads_find is the head of a node, or NULL. */
const atr_seen *atr_heads_find(const atr_heads *heads, const uint8_t hm[32],
                               uint8_t node);

/* atr_heads_load reads what is kept of an authority; none when there is
 * nothing. Errors of atr_heads_read, or ATR_ERR_IO. */
ATR_MUST_USE atr_err atr_heads_load(atr_heads *out, const char *dir,
                                    const uint8_t hm[32], atr_fault *fault);

/* atr_heads_load_all adds what is kept of all authorities. */
ATR_MUST_USE atr_err atr_heads_load_all(atr_heads *out, const char *dir,
                                        atr_fault *fault);

/* atr_heads_add_file adds those of a file. */
ATR_MUST_USE atr_err atr_heads_add_file(atr_heads *out, const char *path,
                                        atr_fault *fault);

/* atr_heads_keep puts these heads, all of one authority, in the place of those
 * of the same nodes, one process after the other. What another has meanwhile
 * written of a larger size stays. */
ATR_MUST_USE atr_err atr_heads_keep(const atr_heads *heads, const char *dir,
                                    atr_fault *fault);

/* atr_heads_forget removes the head of a node; ATR_ERR_STATE when there is
 * none. */
ATR_MUST_USE atr_err atr_heads_forget(const char *dir, const uint8_t hm[32],
                                      uint8_t node, atr_fault *fault);

/* atr_heads_evidence writes two heads of one node to a file of their own;
 * `path` is where. */
ATR_MUST_USE atr_err atr_heads_evidence(char path[ATR_PATH_BYTES_MAX],
                                        const char *dir, const atr_seen *a,
                                        const atr_seen *b, atr_fault *fault);

#endif
