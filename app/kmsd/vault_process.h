/* vault_process.h - the process that alone holds the share, and the key that
 * heads of the log are signed with.
 *
 * `run` forks it before the network is opened. It reads both once, tells
 * the number of the node, and then takes errands over a socket pair: "see to it
 * that the ledger has the partial key of this request". It takes nothing else
 * from the process on the network, and gives nothing else back; what it issues
 * for is decided by what it finds and verifies in the ledger (vault.h).
 *
 * One errand is of another kind: "the share in the directory is new: open it".
 * For that the vault keeps the passphrase, if there is one, in locked memory as
 * it keeps the share.
 */
#ifndef ATR_VAULT_PROCESS_H
#define ATR_VAULT_PROCESS_H

#include "app/kmsd/child.h"
#include "app/kmsd/ledger.h"

/* One message each way: the answer repeats the question, with `err`. */
typedef struct {
    uint64_t ticket; /* of the asker, for itself */
    bool renews;     /* open the share anew: `id` and `term` are zero */
    uint8_t id[ATR_LEDGER_ID_BYTES];
    atr_term term;
    uint64_t log; /* of the asker, for itself: the size it knows */
    atr_err err;  /* as atr_vault_issue, or atr_node_share_open, where the share
                     of before stays in use; ATR_OK in a question */
} atr_errand;

#define ATR_ERRAND_BYTES (8 + 1 + 32 + 4 + 4 + 4 + 8 + 1)

void atr_errand_write(uint8_t out[ATR_ERRAND_BYTES], const atr_errand *errand);
ATR_MUST_USE atr_err atr_errand_read(atr_errand *out, atr_bytes in);

typedef struct {
    atr_child child;
    uint8_t node;
    uint8_t vk[32]; /* of the key that it signs with */
} atr_vault_process;

/* atr_vault_start returns 0 once the share is open, or the exit code after
 * something was said about it. */
int atr_vault_start(atr_vault_process *out, const atr_cli *cli);

#endif
