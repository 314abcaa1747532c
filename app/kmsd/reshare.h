/* reshare.h - between the two halves of `refresh-shares` and `replace`: what is
 * to be made of which authority (reshare.c), and making it (reshare_make.c).
 *
 * Functions return 0, or the exit code after saying what is wrong.
 */
#ifndef ATR_RESHARE_H
#define ATR_RESHARE_H

#include "app/kmsd/commands.h"
#include "app/kmsd/gather.h"
#include "host/secret.h"

typedef struct {
    const atr_cli *cli;
    const char *dir;
    uint8_t replaced;  /* the node whose share is lost; 0: none */
    uint8_t threshold; /* of the new shares */
    bool is_new;       /* this node has had no share */
    atr_authority before;
    uint32_t generation; /* of the new shares */
    atr_peers peers;     /* by their new cards */
    size_t own;
    atr_place place;
    atr_tls *tls;
    atr_node_key key;
    atr_file universe; /* of this node, when it is new and has one */
    atr_bytes offered;
    atr_secret secret; /* of the old share and the new one */
    atr_fr old_share[ATR_DKG_SECRETS_MAX]; /* secret */
    atr_dkg_public old[ATR_DKG_SECRETS_MAX];
    char log[ATR_PATH_BYTES_MAX];
    atr_ceremony *ceremony;
    int lock_fd;
    int run_fd; /* that of `run`, while this listens in its place */
} atr_resharing;

int atr_reshare_fail(const atr_resharing *r, atr_err err,
                     const atr_fault *fault);

/* atr_reshare_open_share opens the old share, which must be this node's;
 * atr_reshare_new_secret reads what a node that is new puts its own under. */
int atr_reshare_open_share(atr_resharing *r);
int atr_reshare_new_secret(atr_resharing *r);

/* atr_reshare_gather holds the ceremony, and keeps what comes out. */
int atr_reshare_gather(atr_resharing *r);

/* atr_reshare_conclude follows when the new share is there: notes it, forgets
 * what it was made with, tells others. After a kill all of it is done again. */
int atr_reshare_conclude(const atr_resharing *r);

#endif
