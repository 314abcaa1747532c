/* node_files.h - writing the files of a node (node.h), when an authority is
 * made and when its shares are made anew. All of them fsync.
 */
#ifndef ATR_NODE_FILES_H
#define ATR_NODE_FILES_H

#include "app/kmsd/node.h"

/* Each returns ATR_ERR_IO, ATR_ERR_LIMIT, or ATR_ERR_STATE when a file is there
 * that is to be new. */
ATR_MUST_USE atr_err atr_node_write_share(const char *dir,
                                          const atr_node_share *share,
                                          atr_bytes passphrase, atr_rng *rng,
                                          atr_fault *fault);
ATR_MUST_USE atr_err atr_node_write_public(const char *dir,
                                           const atr_authority *authority,
                                           atr_file_how how, atr_fault *fault);
ATR_MUST_USE atr_err atr_node_write_universe(const char *dir,
                                             atr_bytes universe,
                                             atr_fault *fault);

/* atr_node_make_ledger makes the ledger, or goes on with the one that is
 * there, and notes that a node begins. */
ATR_MUST_USE atr_err atr_node_make_ledger(const char *dir, atr_fault *fault);

/* atr_node_take takes what came out of a ceremony: all of the share but its hm,
 * and of the authority its mpk, what belongs to nodes, and identities. */
void atr_node_take(atr_authority *authority, atr_node_share *share,
                   const atr_dkg *dkg);

#endif
