/* ake.h - AB-AKE in one round: the group key exchange of a room.
 *
 * After Gorantla, Boyd, Gonzalez Nieto (ACISP 2010), made precise in the
 * crypto notes, 5.3 (AKE-1). Every member contributes an encapsulation under
 * the room's policy, signed by its signing key for this room; the session key
 * depends on all of them and on the transcript.
 *
 *     m_i      = base epoch(8) vk_i(32) capsule-field sig_i(64)
 *     (c_i,K_i) = Encap(policy, ad_i),
 *     ad_i     = enc("ATR1/AKE/contribution", room, base, vk_i)
 *     sig_i    over enc("ATR1/AKE/sign", room, base, policy, vk_i, c_i)
 *     sid_e    = H(enc("ATR1/AKE/sid", room, policy, e, hm, [H(m_1)..H(m_n)]))
 *     root_e   = HKDF-Extract(salt = sid_e, ikm = enc(K_1..K_n))
 *
 * with the m_i ordered by H(m_i). No forward secrecy and no exclusion of who
 * holds a satisfying key: doc/limits.md says what that means.
 */
#ifndef ATR_AKE_H
#define ATR_AKE_H

#include "scheme/kem.h"
#include "sym/ed25519.h"

#define ATR_ROOM_ID_BYTES 32
#define ATR_AKE_KEY_BYTES 32
#define ATR_AKE_TAG_BYTES 32
#define ATR_AKE_PARTS_MAX 10000 /* contributions to one key */

/* What all members of a room agree on beforehand. Lent, not owned. */
typedef struct {
    const atr_kem *kem;
    const atr_policy *policy;
    uint8_t room[ATR_ROOM_ID_BYTES];
} atr_ake_room;

/* A member's signing key for one room. */
typedef struct {
    uint8_t vk[ATR_ED25519_PUBLIC_BYTES];
    uint8_t sk[ATR_ED25519_SECRET_BYTES];
} atr_ake_signer;

void atr_ake_signer_init(atr_ake_signer *signer, atr_rng *rng);
void atr_ake_signer_wipe(atr_ake_signer *signer);

/* One member's part as it is kept: 32 bytes of its message, 32 of its key. */
typedef struct {
    uint8_t vk[ATR_ED25519_PUBLIC_BYTES];
    uint64_t base;                  /* the epoch its maker saw */
    uint8_t digest[32];             /* H(m_i) */
    uint8_t key[ATR_KEM_KEY_BYTES]; /* K_i: secret */
} atr_ake_part;

/* atr_ake_message_len is the length of every contribution in `room`. */
size_t atr_ake_message_len(const atr_ake_room *room);

/* atr_ake_contribute makes a contribution: `message` has
 * atr_ake_message_len(room) bytes. */
void atr_ake_contribute(uint8_t *message, atr_ake_part *part,
                        const atr_ake_room *room, uint64_t base,
                        const atr_ake_signer *signer, atr_rng *rng);

/* atr_ake_verify checks form and signature without any key: what a hall can
 * do. Fills `part` but its key. ATR_ERR_INPUT or ATR_ERR_AUTH. */
ATR_MUST_USE atr_err atr_ake_verify(atr_ake_part *part,
                                    const atr_ake_room *room,
                                    atr_bytes message);

/* atr_ake_accept verifies and decapsulates. ATR_ERR_AUTH means that everybody
 * rejects this contribution; ATR_ERR_POLICY that `secret` cannot open it. */
ATR_MUST_USE atr_err atr_ake_accept(atr_ake_part *part,
                                    const atr_ake_room *room,
                                    const atr_abe_key *secret,
                                    atr_bytes message);

/* One contribution to accept, of many. */
typedef struct {
    atr_bytes message;
    atr_err err;       /* out */
    atr_ake_part part; /* out: zero unless `err` is ATR_OK */
} atr_ake_arrival;

/* atr_ake_accept_many accepts any number: `err` and `part` of each item are
 * what atr_ake_accept gives for it alone. Cheaper than one after another
 * (atr_kem_decap_many): who can wait for ATR_AKE_TOGETHER gains nearly all that
 * there is to gain. */
#define ATR_AKE_TOGETHER 32
void atr_ake_accept_many(atr_ake_arrival *items, size_t count,
                         const atr_ake_room *room, const atr_abe_key *secret);

/* The keys of one epoch. */
typedef struct {
    uint8_t sid[32]; /* public */
    uint8_t session[ATR_AKE_KEY_BYTES];
    uint8_t confirm[ATR_AKE_KEY_BYTES];
} atr_ake_keys;

/* atr_ake_agree derives the keys of `epoch` from all parts, in any order.
 * Returns ATR_ERR_INPUT when two parts have the same vk or the same digest,
 * when there is none, or when there are more than ATR_AKE_PARTS_MAX. Takes
 * 20 kB of stack and time n log n. */
ATR_MUST_USE atr_err atr_ake_agree(atr_ake_keys *out, const atr_ake_room *room,
                                   uint64_t epoch, const atr_ake_part *parts,
                                   size_t count);
void atr_ake_keys_wipe(atr_ake_keys *keys);

/* confirm_i = HMAC(confirm, enc("ATR1/AKE/confirm", vk_i, sid)). */
void atr_ake_confirm(uint8_t tag[ATR_AKE_TAG_BYTES], const atr_ake_keys *keys,
                     const uint8_t vk[ATR_ED25519_PUBLIC_BYTES]);
ATR_MUST_USE atr_err atr_ake_confirm_check(
    const uint8_t tag[ATR_AKE_TAG_BYTES], const atr_ake_keys *keys,
    const uint8_t vk[ATR_ED25519_PUBLIC_BYTES]);

/* The key under which one sender's texts of this epoch are sealed. */
void atr_ake_sender_key(uint8_t key[ATR_AKE_KEY_BYTES],
                        const atr_ake_keys *keys,
                        const uint8_t vk[ATR_ED25519_PUBLIC_BYTES]);

#endif
