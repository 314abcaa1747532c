/* dkg.h - how nodes make an authority together: n of them come to shares of a
 * master secret that never exists anywhere, any k of which issue (issue.h).
 *
 * Pedersen's verifiable sharing, committed in GT with a hashed second base,
 * after Gennaro, Jarecki, Krawczyk, Rabin (J. Cryptology 2007), opened by the
 * nodes' own shares. The same code turns the shares of an authority into new
 * ones, for the same nodes or others: a refresh, a lost node replaced, another
 * n or k. Equations, rounds, limits and attacks: doc/scheme/dkg.md.
 *
 * A ceremony is a log of signed messages in rounds:
 *
 *   hello      a fresh X25519 key
 *   deal       commitments, and the shares sealed to each node
 *   complaint  whose share was bad
 *   answer     the accused show the disputed shares; who dealt well is fixed
 *   open       what is public of one's own new share, with a proof
 *   done       the hash of what came out
 *
 * Up to the answers every node that is to speak must have spoken; from then on
 * k are enough, and nothing that any of them does changes what comes out. The
 * machine does no I/O and has no clock: it is a function of parameters, seed
 * and messages. So after a crash one hands the seed and the messages in again,
 * and the same bytes come out:
 *
 *     while (atr_dkg_outgoing(&builder, dkg) == ATR_OK) {
 *         store and publish the message, then atr_dkg_recv it
 *     }
 *
 * One's own messages are taken like everybody's. Store each before it acts.
 */
#ifndef ATR_DKG_H
#define ATR_DKG_H

#include "scheme/issue.h"
#include "sym/aead.h"
#include "sym/ed25519.h"
#include "sym/hash.h"
#include "sym/x25519.h"

#define ATR_DKG_NODES_MAX ATR_ISSUE_NODES_MAX
#define ATR_DKG_SECRETS_MAX 2

/* The group in which the public side of a secret is shown: GT for attribute
 * keys (g1^alpha would be a master key), G2 for identity keys. */
typedef enum { ATR_DKG_GT = 1, ATR_DKG_G2 = 2 } atr_dkg_group;

typedef enum {
    ATR_DKG_NEW = 1, /* new secrets; every node deals */
    ATR_DKG_RESHARE  /* the same secrets; those deal who hold old shares */
} atr_dkg_kind;

/* What is public of one shared secret f(0): at 0 what belongs to f(0), at j to
 * node j's share f(j). Node j stands at bit j-1 of every set below. */
typedef struct {
    atr_gt a[1 + ATR_DKG_NODES_MAX];        /* e(g1,g2)^f(j) */
    atr_g2_affine p[1 + ATR_DKG_NODES_MAX]; /* g2^f(j), where opened in G2 */
} atr_dkg_public;

/* What a ceremony is; everything is lent for the call of init alone. All nodes
 * must have the same, but for `self`, `sk` and `old_share`. */
typedef struct {
    atr_dkg_kind kind;
    uint8_t nodes;     /* 1 to ATR_DKG_NODES_MAX */
    uint8_t threshold; /* 1 to nodes */
    uint8_t self;      /* 1 to nodes */
    uint8_t scheme;    /* of the mpk, see abe.h */
    uint8_t secrets;   /* 1 to ATR_DKG_SECRETS_MAX */
    atr_dkg_group group[ATR_DKG_SECRETS_MAX];
    /* A name of this ceremony. It must be new: a node that spoke differently
     * under the same name is named a cheat. */
    atr_bytes label;
    uint8_t vk[ATR_DKG_NODES_MAX][ATR_ED25519_PUBLIC_BYTES];
    const uint8_t *sk; /* own, ATR_ED25519_SECRET_BYTES */
    /* Of a reshare alone. Of secrets opened in G2, `p` of `old` is read. */
    uint8_t old_threshold;
    uint8_t old_node[ATR_DKG_NODES_MAX]; /* number before, 0 for a newcomer */
    const atr_dkg_public *old;           /* one a secret */
    const atr_fr *old_share;             /* one a secret; NULL: a newcomer */
} atr_dkg_params;

typedef enum {
    ATR_DKG_HELLO = 1,
    ATR_DKG_DEAL,
    ATR_DKG_COMPLAINT,
    ATR_DKG_ANSWER,
    ATR_DKG_OPEN,
    ATR_DKG_DONE,  /* the result stands; the others may still confirm it */
    ATR_DKG_FAILED /* for good; nothing secret is left */
} atr_dkg_round;

/* Why a node is named. */
typedef enum {
    ATR_DKG_FAULT_NONE,
    ATR_DKG_FAULT_MALFORMED,   /* signed, but no such message */
    ATR_DKG_FAULT_OLD_SHARE,   /* dealt something other than its old share */
    ATR_DKG_FAULT_COMPLAINTS,  /* k nodes or more complained */
    ATR_DKG_FAULT_ANSWER,      /* the share it showed is wrong */
    ATR_DKG_FAULT_OPENING,     /* the proof of its share's public side fails */
    ATR_DKG_FAULT_RESULT,      /* confirmed another result */
    ATR_DKG_FAULT_EQUIVOCATION /* signed two different messages in one round */
} atr_dkg_fault;

/* atr_dkg_fault_text is a short English phrase. */
const char *atr_dkg_fault_text(atr_dkg_fault fault);

#define ATR_DKG_PROOF_BYTES (3 * ATR_FR_BYTES)
#define ATR_DKG_SEALED_BYTES(secrets)                                          \
    ((secrets) * (size_t)2 * ATR_FR_BYTES + ATR_AEAD_TAG_BYTES)
#define ATR_DKG_HEAD_BYTES (3 + ATR_HASH_BYTES + 4) /* before the body */

/* The longest message: a deal. */
#define ATR_DKG_MESSAGE_BYTES_MAX                                              \
    (ATR_DKG_HEAD_BYTES +                                                      \
     ATR_DKG_SECRETS_MAX *                                                     \
         (ATR_DKG_NODES_MAX * ATR_GT_BYTES + ATR_DKG_PROOF_BYTES) +            \
     ATR_DKG_NODES_MAX * ATR_DKG_SEALED_BYTES(ATR_DKG_SECRETS_MAX) +           \
     ATR_ED25519_SIG_BYTES)

/* A sharing polynomial and the one that blinds it, or one point of both. */
typedef struct {
    atr_fr f[ATR_DKG_NODES_MAX];
    atr_fr blind[ATR_DKG_NODES_MAX];
} atr_dkg_poly;

typedef struct {
    atr_fr f, blind;
} atr_dkg_share;

/* One node in one ceremony. Large (see sizeof): keep it off the stack. Fields
 * are to be read, the first ones, and not written. Holds no pointers. */
typedef struct {
    atr_dkg_round round;
    uint16_t heard[ATR_DKG_FAILED]; /* whose message of a round is here */
    uint8_t fault[ATR_DKG_NODES_MAX];
    uint16_t differs; /* named another history than ours: compare with them */
    /* From ATR_DKG_OPEN on: the dealers whose secrets count. */
    uint16_t qual;
    /* From ATR_DKG_DONE on. */
    uint16_t agreed;                              /* have confirmed `hash` */
    atr_fr share[ATR_DKG_SECRETS_MAX];            /* own: secret */
    atr_dkg_public result[ATR_DKG_SECRETS_MAX];   /* public */
    uint8_t hash[ATR_HASH_BYTES];                 /* of all that is public */
    /* The rest is the machine's own. */
    uint8_t kind, nodes, threshold, self, scheme, secrets, need;
    uint8_t group[ATR_DKG_SECRETS_MAX];
    uint8_t vk[ATR_DKG_NODES_MAX][ATR_ED25519_PUBLIC_BYTES];
    uint8_t sk[ATR_ED25519_SECRET_BYTES];
    uint8_t seed[ATR_SEED_BYTES];
    uint8_t place[ATR_DKG_NODES_MAX]; /* of a dealer among the dealers */
    uint16_t standing;                /* dealers in at the round's beginning */
    uint8_t view[ATR_DKG_FAILED][ATR_HASH_BYTES]; /* history, by round */
    uint8_t digest[ATR_DKG_FAILED][ATR_DKG_NODES_MAX][ATR_HASH_BYTES];
    uint8_t box_secret[ATR_X25519_BYTES];
    uint8_t box[ATR_DKG_NODES_MAX][ATR_X25519_BYTES];
    atr_dkg_poly poly[ATR_DKG_SECRETS_MAX];
    atr_dkg_share dealt[ATR_DKG_NODES_MAX][ATR_DKG_SECRETS_MAX]; /* to us */
    uint16_t good;                        /* whose deal to us is right */
    uint16_t accusers[ATR_DKG_NODES_MAX]; /* of each dealer */
    uint16_t opened;
    atr_fr blind[ATR_DKG_SECRETS_MAX]; /* that of `share` */
    atr_gt old_a[ATR_DKG_SECRETS_MAX][1 + ATR_DKG_NODES_MAX]; /* by new node */
    atr_gt c[ATR_DKG_NODES_MAX][ATR_DKG_SECRETS_MAX][ATR_DKG_NODES_MAX];
    atr_gt sum[ATR_DKG_SECRETS_MAX][ATR_DKG_NODES_MAX]; /* C_m of the whole */
    atr_gt_table g, h;                                  /* the two bases */
} atr_dkg;

/* atr_dkg_init begins a ceremony. All of this node's randomness comes from
 * `seed`, which must be fresh for it. ATR_ERR_INPUT when the parameters are not
 * those of a ceremony: numbers out of bounds, two nodes with one key, a key or
 * an old share that does not belong to `self`, fewer dealers than it takes. */
ATR_MUST_USE atr_err atr_dkg_init(atr_dkg *dkg, const atr_dkg_params *params,
                                  const uint8_t seed[ATR_SEED_BYTES]);
void atr_dkg_wipe(atr_dkg *dkg);

/* atr_dkg_recv takes one message, of anybody, whoever brought it. Within a
 * round the order is free, and the same message again does nothing.
 * ATR_ERR_INPUT for what is no message, ATR_ERR_LIMIT for what is too long,
 * ATR_ERR_STATE for one of a later round (bring it again), of a node that has
 * no say in it, or of another history (then the node is in `differs`), and in
 * ATR_DKG_FAILED; nothing has changed but that. ATR_ERR_AUTH for a signature
 * that is wrong, and for a second message of one node in one round, which ends
 * a ceremony that has not opened yet. A message that is signed but wrong is
 * ATR_OK and its node named in `fault`; its dealing does not count. */
ATR_MUST_USE atr_err atr_dkg_recv(atr_dkg *dkg, atr_bytes message);

/* atr_dkg_outgoing builds what this node has to say now, or returns
 * ATR_ERR_STATE when it is for others to speak (ATR_ERR_LIMIT: no room). */
ATR_MUST_USE atr_err atr_dkg_outgoing(atr_builder *out, const atr_dkg *dkg);

/* atr_dkg_awaited is the set of nodes whose word of this round is missing. In
 * ATR_DKG_OPEN k of all are enough, in ATR_DKG_DONE the caller decides. */
uint16_t atr_dkg_awaited(const atr_dkg *dkg);

/* atr_dkg_is_settled returns whether so many nodes have confirmed the result
 * that no other can have been: only then use it, and wipe old shares. */
bool atr_dkg_is_settled(const atr_dkg *dkg);

/* atr_dkg_peek tells the round and the node that a message says it is of,
 * unverified, to file it. ATR_ERR_INPUT when it is none. */
ATR_MUST_USE atr_err atr_dkg_peek(atr_dkg_round *round, uint8_t *node,
                                  atr_bytes message);

/* atr_dkg_issue gives the result for secret `at` as issue.h wants it;
 * ATR_ERR_STATE before ATR_DKG_DONE. */
ATR_MUST_USE atr_err atr_dkg_issue(atr_issue_public *pub, atr_mpk *mpk,
                                   const atr_dkg *dkg, size_t at);

#endif
