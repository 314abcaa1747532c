/* desk.h - where an administrator decides: node, ledger, the registrar's key
 * that signs, and the share, which is read only when something is issued here.
 *
 * Functions return 0, or the exit code after saying what is wrong.
 */
#ifndef ATR_DESK_H
#define ATR_DESK_H

#include "app/kmsd/commands.h"
#include "app/kmsd/registrar.h"
#include "host/secret.h"

typedef struct {
    const atr_cli *cli;
    atr_node *node;
    atr_ledger *ledger;
    atr_secret passphrase;   /* read when something wants it, once */
    atr_registrar registrar; /* secret; read when something is signed */
    uint8_t signer;          /* its number; 0: not read yet */
} atr_desk;

/* A request taken out of the ledger. Large: keep it on the heap. */
typedef struct {
    atr_grant_state state;
    uint8_t approvals;
    uint8_t bytes[ATR_ENROL_REQUEST_BYTES_MAX];
    size_t len;
} atr_desk_entry;

/* atr_desk_close may follow a failed open, and wipes all secrets. */
int atr_desk_open(atr_desk *desk, const atr_cli *cli);
void atr_desk_close(atr_desk *desk);

/* atr_desk_ledger_failed says what the ledger says, and returns the code. */
int atr_desk_ledger_failed(const atr_desk *desk, atr_err err);

/* atr_desk_resolve turns the beginning of an id into the id. */
int atr_desk_resolve(atr_desk *desk, uint8_t id[32], const char *prefix);

/* atr_desk_find gives a request of the ledger, whose bytes have this id. */
int atr_desk_find(atr_desk *desk, const uint8_t id[32], atr_desk_entry *out);

/* atr_desk_unlock reads the registrar's key now, in place of when something is
 * first signed. */
int atr_desk_unlock(atr_desk *desk);

/* atr_desk_put puts a statement as it is; atr_desk_sign signs it first, with
 * the key of --registrar or of the directory. `hm` and `at` are filled in. */
int atr_desk_put(atr_desk *desk, atr_statement *statement);
int atr_desk_sign(atr_desk *desk, atr_statement *statement);

/* atr_desk_approve says of a waiting request what --until says, and nothing of
 * a granted one; `entry` is the request as it stands afterwards. */
int atr_desk_approve(atr_desk *desk, const uint8_t id[32],
                     atr_desk_entry *entry);

/* atr_desk_issue makes the partial key of a grant, unless it is there; gives it
 * to `found`. */
int atr_desk_issue(atr_desk *desk, const uint8_t id[32], atr_sealed_fn *found,
                   void *context);

#endif
