/* node.h - one node of a key authority as it lies in a directory.
 *
 *     authority.pub   what everybody may know, armoured (proto/enrol.h)
 *     share.key       this node's share of the master secret; 0600, perhaps
 *                     under a passphrase (app/locked.h)
 *     universe        the attributes that may be asked for; absent: any
 *     registrar.key   what an administrator here signs with (registrar.h)
 *     kmsd.db         statements, partial keys, audit log (ledger.h)
 *     peers           other addresses of nodes than the bundle says (peers.h)
 *     tls.crt tls.key made by the first `card` or `run`
 *     node.key        what it signs with (node_key.h), made by `card`
 *
 * The process that listens on the network never reads the share or a
 * registrar's key: what issues is another one (vault_process.h).
 *
 *     share = "ATRSHAR" 1 node(1) hm(32) alpha_j(32), or
 *             "ATRSHAR" 2 node(1) hm(32) alpha_j(32) s_j(32)
 *
 * The second form is that of an authority which gives identities, and of no
 * other.
 */
#ifndef ATR_NODE_H
#define ATR_NODE_H

#include "app/kmsd/offer.h"
#include "app/armour.h"
#include "host/file.h"
#include "kex/dkg.h"

#define ATR_NODE_SHARE_BYTES_MAX (7 + 1 + 1 + 32 + 2 * ATR_FR_BYTES)
#define ATR_NODE_UNIVERSE_BYTES_MAX 65536

#define ATR_NODE_PUBLIC "authority.pub"
#define ATR_NODE_SHARE "share.key"
#define ATR_NODE_UNIVERSE "universe"
#define ATR_NODE_LEDGER "kmsd.db"

/* The public side. Large: keep it on the heap. */
typedef struct {
    char dir[ATR_PATH_BYTES_MAX];
    uint8_t node; /* 1 to nodes; 0 of several: only the share knows */
    atr_authority authority;
    atr_abe abe;
    char name[4 * ATR_AUTHORITY_NAME_BYTES_MAX + 1]; /* safe to show */
    char fingerprint[ATR_FINGERPRINT_TEXT_MAX];
    atr_bf bf; /* of an authority that gives identities */
    char id_fingerprint[ATR_FINGERPRINT_TEXT_MAX]; /* or empty */
    atr_file universe; /* empty: any attribute may be asked for */
} atr_node;

/* The secret side. */
typedef struct {
    uint8_t node;
    uint8_t hm[ATR_MPK_HASH_BYTES];
    atr_fr alpha;
    bool has_s;
    atr_fr s; /* where identities are given */
} atr_node_share;

typedef struct {
    const char *dir;
    const char *name; /* may be empty */
    uint8_t scheme;   /* atr_scheme_id */
    uint8_t nodes;
    uint8_t threshold;
    bool identities;           /* gives identity keys too */
    uint32_t period_s;         /* of attribute keys; 0: they do not end */
    atr_bytes universe;        /* checked by atr_universe_check; may be empty */
    atr_bytes passphrase;      /* empty: share and key lie in the open, 0600 */
    atr_registrars registrars; /* none: one is made here, and is enough */
} atr_node_plan;

/* atr_node_make makes a new authority of one node in `plan->dir`, which must
 * not exist or hold nothing but keys of the node (ATR_ERR_STATE). On error
 * nothing stays behind. */
ATR_MUST_USE atr_err atr_node_make(const atr_node_plan *plan, atr_fault *fault);

/* atr_node_keep makes this node of an authority from what came out of a
 * ceremony with others, `nodes`. The plan has registrars. ATR_ERR_STATE when
 * an authority is there; after any other error the same again goes on. */
ATR_MUST_USE atr_err atr_node_keep(const atr_node_plan *plan,
                                   const atr_dkg *dkg, const atr_nodes *nodes,
                                   atr_fault *fault);

/* What new shares of an authority are for (kex/dkg.h, a RESHARE). */
typedef struct {
    const char *dir;
    const atr_authority *before;
    const atr_nodes *nodes; /* of the new bundle, with its generation */
    atr_bytes universe;     /* of a node that is new; may be empty */
    atr_bytes passphrase;   /* empty: the share lies in the open */
} atr_node_renewal;

/* atr_node_renew makes what came out the share and the bundle of this node, at
 * one moment (next.h); a node that is new gets its ledger first. ATR_ERR_AUTH
 * when it is not the same authority's, ATR_ERR_IO, ATR_ERR_LIMIT: before that
 * moment nothing has changed, and after it the next atr_node_open goes on. */
ATR_MUST_USE atr_err atr_node_renew(const atr_node_renewal *renewal,
                                    const atr_dkg *dkg, atr_fault *fault);

/* atr_node_follow takes over from `now` what a new generation of shares has
 * changed; whoever borrows parts of `node` keeps them. ATR_ERR_AUTH when it is
 * another authority. */
ATR_MUST_USE atr_err atr_node_follow(atr_node *node, const atr_node *now);

/* atr_node_enlist makes DIR/registrar.key and enters it as the only registrar
 * of an authority that has none: one from before there were registrars. */
ATR_MUST_USE atr_err atr_node_enlist(atr_node *node, atr_bytes passphrase,
                                     atr_fault *fault);

/* atr_node_open reads and checks the public side, once a change of shares that
 * was begun is finished (next.h); close it. Returns
 * ATR_ERR_IO (cannot read), ATR_ERR_STATE (no authority here), ATR_ERR_AUTH
 * (damaged). */
ATR_MUST_USE atr_err atr_node_open(atr_node **out, const char *dir,
                                   atr_fault *fault);
void atr_node_close(atr_node *node);

/* atr_node_share_is_locked tells whether the share wants a passphrase. */
ATR_MUST_USE atr_err atr_node_share_is_locked(bool *out, const atr_node *node,
                                              atr_fault *fault);

/* atr_node_offer is what may be asked for here; the universe is lent. */
atr_offer atr_node_offer(const atr_node *node);

/* atr_node_share_open reads the share and checks it against its A_j, and its
 * P_j. Returns
 * ATR_ERR_AUTH for a wrong passphrase or a share that is damaged or of another
 * authority, ATR_ERR_STATE when others may read the file, ATR_ERR_IO. */
ATR_MUST_USE atr_err atr_node_share_open(atr_node_share *out,
                                         const atr_node *node,
                                         atr_bytes passphrase,
                                         atr_fault *fault);
void atr_node_share_build(atr_builder *builder, const atr_node_share *share);
void atr_node_share_wipe(atr_node_share *share);

/* One answer to make, of several. */
typedef struct {
    const atr_enrol_request *request;
    atr_period period;   /* where attribute keys have periods */
    atr_builder *sealed; /* out */
    atr_err err;         /* out */
} atr_node_issuing;

#define ATR_NODE_TOGETHER ATR_ABE_KEYS_TOGETHER

/* atr_node_issue_many makes this node's partial key for each of `count`
 * requests, at most ATR_NODE_TOGETHER, checks it, and seals it to the request.
 * Each call makes other answers: keep the first. An item's err is ATR_ERR_AUTH
 * when the check fails (nothing is given out), ATR_ERR_POLICY for an identity
 * where none are given, ATR_ERR_LIMIT when the request leaves no room for the
 * label of its period, or without memory. */
void atr_node_issue_many(atr_node_issuing *items, size_t count,
                         const atr_node *node, const atr_node_share *share);

/* atr_node_issue is the same for one. */
ATR_MUST_USE atr_err atr_node_issue(atr_builder *sealed, const atr_node *node,
                                    const atr_node_share *share,
                                    const atr_enrol_request *request,
                                    atr_period period);

#endif
