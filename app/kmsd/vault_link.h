/* vault_link.h - errands from the loop to the vault (vault_process.h), as many
 * under way as it takes, the rest in a queue.
 */
#ifndef ATR_VAULT_LINK_H
#define ATR_VAULT_LINK_H

#include "app/kmsd/vault_process.h"
#include "host/loop.h"

#define ATR_VAULT_QUEUE_MAX 2048 /* a connection has one at a time */

typedef struct atr_vault_link atr_vault_link;

typedef struct {
    void *context;
    void (*done)(void *context, const atr_errand *errand);
    /* The vault has ended; nothing is done any more. */
    void (*gone)(void *context);
} atr_vault_handler;

/* atr_vault_link_open watches the descriptor of a vault, which stays the
 * caller's. ATR_ERR_LIMIT, ATR_ERR_IO. */
ATR_MUST_USE atr_err atr_vault_link_open(atr_vault_link **out, atr_loop *loop,
                                         int fd,
                                         const atr_vault_handler *handler);
void atr_vault_link_close(atr_vault_link *link);

/* atr_vault_link_ask sends an errand now or later; false when the queue is
 * full or the vault has ended. */
ATR_MUST_USE bool atr_vault_link_ask(atr_vault_link *link,
                                     const atr_errand *errand);

#endif
