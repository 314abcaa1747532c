/* ceremony_log.h - what was said in a ceremony (kex/dkg.h), on a node's disk
 * and between nodes.
 *
 *     who-N       what node N wants to make, the key that it signs with, and a
 *                 number that it drew when it began
 *     said-R-N    what node N said in round R
 *     other-R-N   something else that it has signed for that round: evidence
 *
 * A file is written once, before anything follows from it, and holds nothing
 * secret. A node shows all of it, and what is its own beside:
 *
 *     page = "ATRCERE" version(1) who(96) count(2) message-field..
 */
#ifndef ATR_CEREMONY_LOG_H
#define ATR_CEREMONY_LOG_H

#include "host/file.h"
#include "kex/dkg.h"

#define ATR_CEREMONY_WHO_BYTES (32 + ATR_ED25519_PUBLIC_BYTES + 32)

typedef struct {
    uint8_t plan[32]; /* the same at all nodes, or they want something else */
    uint8_t vk[ATR_ED25519_PUBLIC_BYTES];
    uint8_t start[32];
} atr_ceremony_who;

/* atr_ceremony_meet notes who a node is. ATR_ERR_STATE when that is known
 * already, as it may never change; ATR_ERR_IO. */
ATR_MUST_USE atr_err atr_ceremony_meet(const char *dir, uint8_t node,
                                       const atr_ceremony_who *who,
                                       atr_fault *fault);
/* atr_ceremony_known reads it: ATR_ERR_STATE when the node is not known,
 * ATR_ERR_AUTH (damaged), ATR_ERR_IO. */
ATR_MUST_USE atr_err atr_ceremony_known(atr_ceremony_who *out, const char *dir,
                                        uint8_t node, atr_fault *fault);

/* atr_ceremony_keep notes a message, or as `other` what contradicts it; what
 * is there stays. atr_ceremony_said reads one: ATR_ERR_STATE when there is
 * none, ATR_ERR_IO. */
ATR_MUST_USE atr_err atr_ceremony_keep(const char *dir, bool other,
                                       atr_bytes message, atr_fault *fault);
ATR_MUST_USE atr_err atr_ceremony_said(atr_file *out, const char *dir,
                                       atr_dkg_round round, uint8_t node,
                                       atr_fault *fault);

/* atr_ceremony_page gives the page of node `node`, with what was said from
 * round `from` on; wipe it. Errors as the ones above. */
ATR_MUST_USE atr_err atr_ceremony_page(atr_file *out, const char *dir,
                                       uint8_t node, unsigned from,
                                       atr_fault *fault);

/* atr_ceremony_page_read takes a page apart; the messages are the `*count`
 * fields that `rest` gives. ATR_ERR_INPUT. */
ATR_MUST_USE atr_err atr_ceremony_page_read(atr_ceremony_who *who,
                                            atr_reader *rest, size_t *count,
                                            atr_bytes page);

#endif
