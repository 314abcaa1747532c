/* vault.h - where partial keys are made: from what the ledger holds, and
 * nothing that anybody says.
 *
 * For each key that is asked for, the request is read from the ledger, its id
 * computed again, and every statement about it verified again; only a grant is
 * issued for. Keys are made with fresh randomness, checked, sealed to the
 * request, and kept by atr_ledger_keep, all of a call in one transaction with
 * their leaves in the Merkle log and a head over them, signed here.
 */
#ifndef ATR_VAULT_H
#define ATR_VAULT_H

#include "app/kmsd/ledger.h"
#include "app/kmsd/node.h"
#include "app/kmsd/node_key.h"

#define ATR_VAULT_TOGETHER ATR_NODE_TOGETHER /* keys of one transaction */

typedef struct {
    const atr_node *node;
    atr_ledger *ledger;
    const atr_node_share *share; /* secret */
    atr_trace_signer signer;     /* its key is secret */
    uint8_t *memory;             /* for sealed keys until they are kept */
} atr_vault;

/* atr_vault_init takes memory; ATR_ERR_LIMIT. The vault borrows the rest. */
ATR_MUST_USE atr_err atr_vault_init(atr_vault *vault, const atr_node *node,
                                    atr_ledger *ledger,
                                    const atr_node_share *share,
                                    const atr_node_key *key);
void atr_vault_wipe(atr_vault *vault);

/* atr_vault_begin sees to it that the log begins, and says what the authority
 * now is: after atr_vault_init, and whenever `node` is another. ATR_ERR_IO. */
ATR_MUST_USE atr_err atr_vault_begin(const atr_vault *vault, uint64_t now);

/* atr_vault_term gives the term for which keys are issued at `now`: period and
 * generation are zero where they have no periods. ATR_ERR_IO. */
ATR_MUST_USE atr_err atr_vault_term(atr_term *out, const atr_node *node,
                                    atr_ledger *ledger, uint64_t now);

/* atr_vault_issue sees to it that the ledger has the partial keys of `jobs`,
 * at most ATR_VAULT_TOGETHER, of which `id` and `term` are given. The `err` of
 * each is
 *
 *     ATR_OK           it is in the ledger, now or since before
 *     ATR_ERR_STATE    not granted, or not for this term now: the period is the
 *                      present one, by a clock within the grace of this one's,
 *                      and the generations are the present ones
 *     ATR_ERR_AUTH     the ledger is damaged here, or the key that was made
 *                      is wrong: nothing is given out
 *     ATR_ERR_LIMIT, ATR_ERR_IO
 */
void atr_vault_issue(atr_vault *vault, atr_ledger_partial *jobs, size_t count,
                     uint64_t now);

#endif
