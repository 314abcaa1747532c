/* enrol.h - asking an authority for an attribute key, and answering.
 *
 * The request names the attributes and carries a fresh X25519 key; its hash is
 * its id. Each node that agrees issues a partial key (scheme/issue.h) sealed
 * to that key, so it may be fetched over any channel. The client verifies
 * every partial, combines them and verifies the whole. One node of one is the
 * same code.
 *
 *     request = version(1) reply-key(32) nonce(16) attributes
 *     id      = H(enc("ATR1/KMS/request", hm, request))
 *     sealed  = eph(32) nonce(24) AEAD(k, ad = enc(id, node), partial key)
 *     k       = HKDF(X25519(eph, reply-key); "ATR1/KMS/partial", hm, id, node,
 *                    eph, reply-key)
 */
#ifndef ATR_ENROL_H
#define ATR_ENROL_H

#include "proto/nodes.h"
#include "scheme/issue.h"

#define ATR_ENROL_REQUEST_BYTES_MAX                                            \
    (1 + 32 + 16 + 2 + ATR_ATTRS_MAX * (1 + ATR_ATTR_BYTES_MAX))
#define ATR_ENROL_SEALED_BYTES_MAX (32 + 24 + ATR_ABE_KEY_BYTES_MAX + 16)
#define ATR_AUTHORITY_NAME_BYTES_MAX 64

/* What everybody may know of an authority.
 * Bytes: "ATRAUTH" version(1) name-field mpk(577) nodes threshold A_j..
 * and in version 2 the sections below; version 1 is the form of an authority
 * that has none of them. */
typedef struct {
    uint8_t name_len;
    uint8_t name[ATR_AUTHORITY_NAME_BYTES_MAX];
    atr_mpk mpk;
    atr_issue_public issue;
    atr_nodes nodes; /* as many as there are in `issue`, or none */
} atr_authority;

#define ATR_AUTHORITY_BYTES_MAX                                                \
    (8 + 4 + ATR_AUTHORITY_NAME_BYTES_MAX + ATR_MPK_BYTES + 2 +                \
     ATR_ISSUE_NODES_MAX * ATR_GT_BYTES + ATR_NODES_BYTES_MAX)

void atr_authority_build(atr_builder *builder, const atr_authority *authority);
/* Reading validates every element and that the A_j belong to A. */
ATR_MUST_USE atr_err atr_authority_read(atr_authority *out, atr_bytes in);

typedef struct {
    uint8_t reply_key[32];
    uint8_t nonce[16];
    atr_attrs attrs;
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
void atr_enrol_wipe(atr_enrol *enrol);
void atr_enrol_build(atr_builder *builder, const atr_enrol *enrol);
ATR_MUST_USE atr_err atr_enrol_read(atr_enrol *out, atr_bytes in);

/* A node's side: seal `partial` to the request. */
ATR_MUST_USE atr_err atr_enrol_seal(atr_builder *out, const uint8_t hm[32],
                                    const atr_enrol_request *request,
                                    uint8_t node, const atr_abe_key *partial,
                                    atr_rng *rng);

/* atr_enrol_open opens what node `node` sealed: ATR_ERR_AUTH when it is not for
 * this request; the partial is still to be verified by atr_issue_combine. */
ATR_MUST_USE atr_err atr_enrol_open(atr_abe_key *partial,
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

#endif
