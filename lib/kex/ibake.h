/* ibake.h - two people who know each other by identity agree on a key.
 *
 * IBAKE (Kolesnikov, Sundaram; RFC 6539, RFC 6267), made precise in the crypto
 * notes, 7.2: three messages, each encrypted to the identity of its receiver,
 * around a Diffie-Hellman exchange, and a confirmation both ways.
 *
 *     I -> R   M1 = E_R(1; I, R, X)
 *     R -> I   M2 = E_I(2; I, R, X, Y)
 *     I -> R   M3 = E_R(3; I, R, Y), tag_I
 *     R -> I   tag_R
 *
 * E is the CCA-secure KEM of bf.h and an AEAD. Both identities stand in every
 * message and are compared with the peers of the session: without them, or
 * over an encryption that can be changed in transit, a third person takes the
 * place of R (RFC 6539, 4.2; test/attack/ibake.c). Whoever holds both keys of
 * the authority still does not know the session key, but an authority that
 * stands between the two can. Equations: doc/scheme/ibake.md.
 */
#ifndef ATR_IBAKE_H
#define ATR_IBAKE_H

#include "scheme/bf.h"
#include "sym/x25519.h"

#define ATR_IBAKE_TAG_BYTES 32
#define ATR_IBAKE_SEALED_BYTES(points)                                         \
    (ATR_BF_CAPSULE_BYTES + 2 * ATR_IDENTITY_BYTES +                           \
     (points)*ATR_X25519_BYTES + 16)
#define ATR_IBAKE_M1_BYTES ATR_IBAKE_SEALED_BYTES(1)
#define ATR_IBAKE_M2_BYTES ATR_IBAKE_SEALED_BYTES(2)
#define ATR_IBAKE_M3_BYTES (ATR_IBAKE_SEALED_BYTES(1) + ATR_IBAKE_TAG_BYTES)
#define ATR_IBAKE_M4_BYTES ATR_IBAKE_TAG_BYTES
#define ATR_IBAKE_MESSAGE_BYTES_MAX ATR_IBAKE_M2_BYTES

typedef enum {
    ATR_IBAKE_START, /* the initiator, before M1 */
    ATR_IBAKE_WAIT_M1,
    ATR_IBAKE_WAIT_M2,
    ATR_IBAKE_WAIT_M3,
    ATR_IBAKE_WAIT_M4,
    ATR_IBAKE_DONE,
    ATR_IBAKE_FAILED
} atr_ibake_state;

typedef enum { ATR_IBAKE_INITIATOR, ATR_IBAKE_RESPONDER } atr_ibake_role;

/* What both hold in the end. */
typedef struct {
    uint8_t sid[32];     /* of the whole exchange; public */
    uint8_t session[32]; /* the key */
} atr_ibake_keys;

/* One side of one exchange. What it needs is lent to it. */
typedef struct {
    atr_ibake_state state;
    atr_ibake_role role;
    const atr_bf_key *own;
    const atr_bf_recipient *peer;
    uint8_t secret[ATR_X25519_BYTES]; /* x, until Y has come */
    uint8_t x_point[ATR_X25519_BYTES];
    uint8_t y_point[ATR_X25519_BYTES];
    uint8_t shared[ATR_X25519_BYTES];
    uint8_t digest[3][32]; /* of M1, M2, M3 */
    uint8_t confirm[32];   /* the key of the tags */
    atr_ibake_keys keys;
} atr_ibake;

/* atr_ibake_init begins an exchange between the holder of `own` and `peer`,
 * both known beforehand. ATR_ERR_INPUT when they are the same. */
ATR_MUST_USE atr_err atr_ibake_init(atr_ibake *ibake, atr_ibake_role role,
                                    const atr_bf_key *own,
                                    const atr_bf_recipient *peer);

/* atr_ibake_expects returns the length of the message that comes next: 0 for
 * the initiator at its start, and when the exchange is over. */
size_t atr_ibake_expects(const atr_ibake *ibake);

/* atr_ibake_step takes the message `in` (empty at the initiator's start) and
 * writes the answer, `*out_len` bytes of at most ATR_IBAKE_MESSAGE_BYTES_MAX;
 * none at the very end. ATR_ERR_AUTH for everything that is not the message of
 * this exchange: then it is over, nothing is written, no key is left, and
 * whatever was computed is wiped. ATR_ERR_STATE when it was over before. */
ATR_MUST_USE atr_err atr_ibake_step(atr_ibake *ibake, uint8_t *out,
                                    size_t *out_len, atr_bytes in,
                                    atr_rng *rng);

/* atr_ibake_finish moves the keys out and wipes the rest: ATR_ERR_STATE, and
 * zeros, unless the exchange is done. */
ATR_MUST_USE atr_err atr_ibake_finish(atr_ibake_keys *out, atr_ibake *ibake);
void atr_ibake_wipe(atr_ibake *ibake);

#endif
