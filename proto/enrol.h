/* enrol.h - asking an authority for a key, and answering.
 *
 * The request names attributes, or one identity, and carries a fresh X25519
 * key; its hash is its id. Each node that agrees issues a partial key
 * (scheme/issue.h, scheme/bf_issue.h) sealed to that key, so it may be fetched
 * over any channel. The client verifies every partial, combines them and
 * verifies the whole. One node of one is the same code.
 *
 *     request = 1 reply-key(32) nonce(16) attributes, or
 *               2 reply-key(32) nonce(16) identity(128)
 *     id      = H(enc("ATR1/KMS/request", hm, request))
 *     sealed  = eph(32) nonce(24) AEAD(k, ad = enc(id, node), partial key)
 *     k       = HKDF(X25519(eph, reply-key); "ATR1/KMS/partial", hm, id, node,
 *                    eph, reply-key)
 */
#ifndef ATR_ENROL_H
#define ATR_ENROL_H

#include "proto/nodes.h"
#include "proto/registrars.h"
#include "scheme/bf_issue.h"

#define ATR_ENROL_REQUEST_BYTES_MAX                                            \
    (1 + 32 + 16 + 2 + ATR_ATTRS_MAX * (1 + ATR_ATTR_BYTES_MAX))
#define ATR_ENROL_SEALED_BYTES_MAX (32 + 24 + ATR_ABE_KEY_BYTES_MAX + 16)
#define ATR_AUTHORITY_NAME_BYTES_MAX 64

/* What an authority that gives identities makes their keys with. The same nodes
 * and threshold as for attributes.
 * Bytes: 0, or 1 bf-mpk(97) nodes threshold P_j.. */
typedef struct {
    uint8_t mpk[ATR_BF_MPK_BYTES];
    atr_bf_issue_public issue; /* no nodes: it gives no identities */
} atr_authority_identities;

/* What everybody may know of an authority.
 * Bytes: "ATRAUTH" version(1) name-field mpk(577) nodes threshold A_j..
 * and in version 2 the sections below; version 1 is the form of an authority
 * that has none of them. */
typedef struct {
    uint8_t name_len;
    uint8_t name[ATR_AUTHORITY_NAME_BYTES_MAX];
    atr_mpk mpk;
    atr_issue_public issue;
    atr_authority_identities identities;
    uint32_t period_s; /* of keys (policy/period.h); 0: none */
    atr_registrars registrars;
    atr_nodes nodes; /* as many as there are in `issue`, or none */
} atr_authority;

#define ATR_AUTHORITY_BYTES_MAX                                                \
    (8 + 4 + ATR_AUTHORITY_NAME_BYTES_MAX + ATR_MPK_BYTES + 2 +                \
     ATR_ISSUE_NODES_MAX * ATR_GT_BYTES + 1 + ATR_BF_MPK_BYTES + 2 +           \
     ATR_ISSUE_NODES_MAX * ATR_G2_BYTES + 4 + ATR_REGISTRARS_BYTES_MAX +       \
     ATR_NODES_BYTES_MAX)

void atr_authority_build(atr_builder *builder, const atr_authority *authority);
/* Reading validates every element, that the A_j belong to A, and the P_j to P.
 */
ATR_MUST_USE atr_err atr_authority_read(atr_authority *out, atr_bytes in);

/* atr_authority_gives_identities tells whether it has that section. */
bool atr_authority_gives_identities(const atr_authority *authority);

/* atr_authority_is_same tells whether two bundles are of one authority and say
 * the same but for what new shares change: A_j, P_j, the threshold, the nodes
 * and the generation. */
bool atr_authority_is_same(const atr_authority *a, const atr_authority *b);

/* What is asked for: the first byte of a request. */
typedef enum {
    ATR_ENROL_ATTRIBUTES = 1,
    ATR_ENROL_IDENTITY = 2
} atr_enrol_kind;

typedef struct {
    atr_enrol_kind kind;
    uint8_t reply_key[32];
    uint8_t nonce[16];
    atr_attrs attrs;       /* of ATR_ENROL_ATTRIBUTES: at least one */
    atr_identity identity; /* of ATR_ENROL_IDENTITY */
} atr_enrol_request;

ATR_MUST_USE atr_err atr_enrol_request_read(atr_enrol_request *out,
                                            atr_bytes in);
void atr_enrol_request_build(atr_builder *builder,
                             const atr_enrol_request *request);
void atr_enrol_request_id(uint8_t id[32], const uint8_t hm[32],
                          const atr_enrol_request *request);

/* The client's side: keep it (it is secret) until the key is there.
 * Bytes: "ATRENRL" version(1) secret(32) request-field. */
typedef struct {
    uint8_t secret[32];
    atr_enrol_request request;
} atr_enrol;

#define ATR_ENROL_BYTES_MAX (8 + 32 + 4 + ATR_ENROL_REQUEST_BYTES_MAX)

void atr_enrol_init(atr_enrol *enrol, const atr_attrs *attrs, atr_rng *rng);
void atr_enrol_init_identity(atr_enrol *enrol, const atr_identity *identity,
                             atr_rng *rng);
void atr_enrol_wipe(atr_enrol *enrol);
void atr_enrol_build(atr_builder *builder, const atr_enrol *enrol);
ATR_MUST_USE atr_err atr_enrol_read(atr_enrol *out, atr_bytes in);

/* A node's side: seal `partial`, of the kind that is asked for. */
ATR_MUST_USE atr_err atr_enrol_seal(atr_builder *out, const uint8_t hm[32],
                                    const atr_enrol_request *request,
                                    uint8_t node, const atr_abe_key *partial,
                                    atr_rng *rng);
ATR_MUST_USE atr_err atr_enrol_seal_identity(
    atr_builder *out, const uint8_t hm[32], const atr_enrol_request *request,
    uint8_t node, const atr_bf_key *partial, atr_rng *rng);

/* atr_enrol_open opens what node `node` sealed: ATR_ERR_AUTH when it is not for
 * this request, or of the other kind; the partial is still to be verified by
 * atr_issue_combine, or by atr_bf_issue_combine. */
ATR_MUST_USE atr_err atr_enrol_open(atr_abe_key *partial,
                                    const atr_enrol *enrol,
                                    const uint8_t hm[32], uint8_t node,
                                    atr_bytes sealed);
ATR_MUST_USE atr_err atr_enrol_open_identity(atr_bf_key *partial,
                                             const atr_enrol *enrol,
                                             const uint8_t hm[32], uint8_t node,
                                             atr_bytes sealed);

/* A key as it lies in a file: who issued it, and the key.
 * Bytes: "ATRKEY" version(1) authority-field key-field. Secret. */
typedef struct {
    atr_authority authority;
    atr_abe_key key;
} atr_keyfile;

#define ATR_KEYFILE_BYTES_MAX                                                  \
    (7 + 8 + ATR_AUTHORITY_BYTES_MAX + ATR_ABE_KEY_BYTES_MAX)

void atr_keyfile_build(atr_builder *builder, const atr_keyfile *file);
ATR_MUST_USE atr_err atr_keyfile_read(atr_keyfile *out, atr_bytes in);
void atr_keyfile_wipe(atr_keyfile *file);

/* An identity key as it lies in a file. The authority has identities.
 * Bytes: "ATRIDKEY" version(1) authority-field key(176). Secret. */
typedef struct {
    atr_authority authority;
    atr_bf_key key;
} atr_idfile;

#define ATR_IDFILE_BYTES_MAX                                                   \
    (9 + 4 + ATR_AUTHORITY_BYTES_MAX + ATR_BF_KEY_BYTES)

void atr_idfile_build(atr_builder *builder, const atr_idfile *file);
ATR_MUST_USE atr_err atr_idfile_read(atr_idfile *out, atr_bytes in);
void atr_idfile_wipe(atr_idfile *file);

#endif
