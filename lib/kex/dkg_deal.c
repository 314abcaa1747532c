/* Hello and deal: box keys, commitments, sealed shares. The equation numbers
 * are those of doc/scheme/dkg.md. */
#include "curve/batch.h"
#include "kex/dkg_parts.h"

void atr_dkg_hello_build(atr_builder *out, const atr_dkg *dkg)
{
    uint8_t box[ATR_X25519_BYTES];

    atr_x25519_public(box, dkg->box_secret);
    ATR_PUBLIC(box, sizeof box);
    atr_build_bytes(out, ATR_BYTES(box));
}

/* A key of low order would let everybody read what is sealed to it. */
atr_dkg_fault atr_dkg_hello_take(atr_dkg *dkg, uint8_t node, atr_bytes body)
{
    uint8_t shared[ATR_X25519_BYTES];
    atr_err err = ATR_ERR_INPUT;

    if (body.len == ATR_X25519_BYTES) {
        err = atr_x25519_shared(shared, dkg->box_secret, body.data);
        atr_wipe(shared, sizeof shared);
    }
    if (err != ATR_OK) {
        return ATR_DKG_FAULT_MALFORMED;
    }
    memcpy(dkg->box[node - 1], body.data, body.len);
    return ATR_DKG_FAULT_NONE;
}

/* (4): f and f', lowest first, one secret after another. */
void atr_dkg_deal_draw(atr_dkg *dkg, const atr_fr *old_share)
{
    atr_rng rng;

    atr_dkg_coins(&rng, dkg, "ATR1/DKG/poly", dkg->view[ATR_DKG_HELLO]);
    for (size_t s = 0; s < dkg->secrets; s++) {
        for (size_t m = 0; m < dkg->threshold; m++) {
            atr_fr_random(&dkg->poly[s].f[m], &rng);
            atr_fr_random(&dkg->poly[s].blind[m], &rng);
        }
        if (old_share != NULL) {
            dkg->poly[s].f[0] = old_share[s];
        }
    }
    ATR_SECRET(dkg->poly, sizeof dkg->poly);
    atr_rng_wipe(&rng);
}

/* (5): the key between two nodes for what goes one way. It seals one message,
 * so there is one nonce. */
static const uint8_t nonce[ATR_AEAD_NONCE_BYTES];

static atr_err seal_key(uint8_t out[ATR_AEAD_KEY_BYTES], const atr_dkg *dkg,
                        uint8_t from, uint8_t to)
{
    const uint8_t other = from == dkg->self ? to : from;
    const uint8_t way[2] = {from, to};
    uint8_t shared[ATR_X25519_BYTES];
    uint8_t context[4 + ATR_HASH_BYTES + 4 + sizeof way];
    atr_builder c = atr_builder_of(context, sizeof context);
    atr_err err;

    atr_build_field(&c, ATR_BYTES(dkg->view[ATR_DKG_DEAL]));
    atr_build_field(&c, ATR_BYTES(way));
    err = atr_x25519_shared(shared, dkg->box_secret, dkg->box[other - 1]);
    if (err == ATR_OK) {
        atr_kdf(out, ATR_AEAD_KEY_BYTES, "ATR1/DKG/seal", ATR_BYTES(shared),
                atr_builder_bytes(&c));
    }
    atr_wipe(shared, sizeof shared);
    return err;
}

#define PLAIN_BYTES_MAX (ATR_DKG_SECRETS_MAX * 2 * ATR_FR_BYTES)

static void build_sealed(atr_builder *out, const atr_dkg *dkg, uint8_t to)
{
    uint8_t plain[PLAIN_BYTES_MAX];
    uint8_t key[ATR_AEAD_KEY_BYTES];
    const atr_bytes body = {plain, dkg->secrets * (size_t)2 * ATR_FR_BYTES};
    uint8_t *space = atr_build_space(out, ATR_DKG_SEALED_BYTES(dkg->secrets));
    atr_fr value;

    for (size_t s = 0; s < dkg->secrets; s++) {
        uint8_t *at = plain + s * 2 * ATR_FR_BYTES;

        atr_fr_eval(&value, dkg->poly[s].f, dkg->threshold, to);
        atr_fr_write(at, &value);
        atr_fr_eval(&value, dkg->poly[s].blind, dkg->threshold, to);
        atr_fr_write(at + ATR_FR_BYTES, &value);
    }
    /* The key of `to` was tried when it said hello. */
    if (space != NULL && seal_key(key, dkg, dkg->self, to) == ATR_OK) {
        atr_aead_seal(space, key, nonce, (atr_bytes){NULL, 0}, body);
        ATR_PUBLIC(space, ATR_DKG_SEALED_BYTES(dkg->secrets));
    }
    atr_wipe(&value, sizeof value);
    atr_wipe(plain, sizeof plain);
    atr_wipe(key, sizeof key);
}

/* (3): C_m of one secret. */
static void commit_all(atr_gt *out, const atr_dkg *dkg, size_t secret)
{
    const size_t count = dkg->threshold;
    atr_gt right[ATR_DKG_NODES_MAX];

    atr_gt_table_pow_many(out, &dkg->g, dkg->poly[secret].f, count);
    atr_gt_table_pow_many(right, &dkg->h, dkg->poly[secret].blind, count);
    for (size_t m = 0; m < count; m++) {
        atr_gt_mul(&out[m], &out[m], &right[m]);
    }
    ATR_PUBLIC(out, count * sizeof *out);
    atr_wipe(right, sizeof right);
}

/* (9) of a dealer's constant: what it held before. */
static atr_dkg_claim old_claim(const atr_dkg *dkg, uint8_t node, size_t secret,
                               const atr_gt *e)
{
    return (atr_dkg_claim){.round = ATR_DKG_DEAL,
                           .node = node,
                           .secret = (uint8_t)secret,
                           .v = &dkg->old_a[secret][node],
                           .e = e};
}

static void build_old_proof(atr_builder *out, const atr_dkg *dkg, size_t secret,
                            const atr_gt *c0, atr_rng *rng)
{
    const atr_dkg_claim claim = old_claim(dkg, dkg->self, secret, c0);
    atr_dkg_share constant = {dkg->poly[secret].f[0],
                              dkg->poly[secret].blind[0]};
    uint8_t *space = atr_build_space(out, ATR_DKG_PROOF_BYTES);

    if (space != NULL) {
        atr_dkg_prove(space, dkg, &claim, &constant, rng);
    }
    atr_wipe(&constant, sizeof constant);
}

void atr_dkg_deal_build(atr_builder *out, const atr_dkg *dkg)
{
    atr_gt c[ATR_DKG_NODES_MAX];
    uint8_t bytes[ATR_GT_BYTES];
    atr_rng rng;

    atr_dkg_coins(&rng, dkg, "ATR1/DKG/nonce", dkg->view[ATR_DKG_DEAL]);
    for (size_t s = 0; s < dkg->secrets; s++) {
        commit_all(c, dkg, s);
        for (size_t m = 0; m < dkg->threshold; m++) {
            atr_gt_write(bytes, &c[m]);
            atr_build_bytes(out, ATR_BYTES(bytes));
        }
        if (dkg->kind == ATR_DKG_RESHARE) {
            build_old_proof(out, dkg, s, &c[0], &rng);
        }
    }
    for (uint8_t to = 1; to <= dkg->nodes; to++) {
        build_sealed(out, dkg, to);
    }
    atr_rng_wipe(&rng);
}

/* (6) */
static bool fits(const atr_dkg *dkg, uint8_t dealer, uint8_t to,
                 const atr_dkg_share *shares)
{
    atr_mask good = UINT64_MAX;

    for (size_t s = 0; s < dkg->secrets; s++) {
        atr_gt left;
        atr_gt right;

        atr_dkg_commit(&left, dkg, &shares[s]);
        atr_dkg_at(&right, dkg->c[dealer - 1][s], dkg->threshold, to);
        good &= atr_gt_equal(&left, &right);
        atr_wipe(&left, sizeof left);
    }
    ATR_PUBLIC(&good, sizeof good); /* a complaint says it to everybody */
    return good != 0;
}

bool atr_dkg_shares_read(atr_dkg_share *out, const atr_dkg *dkg, uint8_t dealer,
                         uint8_t to, atr_bytes in)
{
    atr_reader r = atr_reader_of(in);

    for (size_t s = 0; s < dkg->secrets; s++) {
        const atr_bytes both = atr_read_view(&r, (size_t)2 * ATR_FR_BYTES);

        if (both.len == 0 || atr_fr_read(&out[s].f, both.data) != ATR_OK ||
            atr_fr_read(&out[s].blind, both.data + ATR_FR_BYTES) != ATR_OK) {
            return false;
        }
    }
    return atr_reader_end(&r) == ATR_OK && fits(dkg, dealer, to, out);
}

/* What does not open, or does not fit, is complained about. */
static void take_sealed(atr_dkg *dkg, uint8_t dealer, atr_bytes sealed)
{
    uint8_t plain[PLAIN_BYTES_MAX];
    uint8_t key[ATR_AEAD_KEY_BYTES];
    const atr_bytes body = {plain, sealed.len - ATR_AEAD_TAG_BYTES};

    if (seal_key(key, dkg, dealer, dkg->self) == ATR_OK &&
        atr_aead_unseal(plain, key, nonce, (atr_bytes){NULL, 0}, sealed) ==
            ATR_OK &&
        atr_dkg_shares_read(dkg->dealt[dealer - 1], dkg, dealer, dkg->self,
                            body)) {
        dkg->good |= atr_dkg_bit(dealer);
    }
    atr_wipe(plain, sizeof plain);
    atr_wipe(key, sizeof key);
}

/* Reads C_m of one secret, and in a reshare the proof. */
static atr_dkg_fault take_commitments(atr_dkg *dkg, uint8_t node, size_t secret,
                                      atr_reader *r)
{
    atr_gt *c = dkg->c[node - 1][secret];
    const atr_dkg_claim claim = old_claim(dkg, node, secret, &c[0]);
    atr_bytes proof;

    for (size_t m = 0; m < dkg->threshold; m++) {
        const atr_bytes bytes = atr_read_view(r, ATR_GT_BYTES);

        if (bytes.len == 0 || atr_gt_read(&c[m], bytes.data) != ATR_OK) {
            return ATR_DKG_FAULT_MALFORMED;
        }
    }
    if (dkg->kind == ATR_DKG_NEW) {
        return ATR_DKG_FAULT_NONE;
    }
    proof = atr_read_view(r, ATR_DKG_PROOF_BYTES);
    if (proof.len == 0) {
        return ATR_DKG_FAULT_MALFORMED;
    }
    return atr_dkg_proves(dkg, &claim, proof.data) ? ATR_DKG_FAULT_NONE
                                                   : ATR_DKG_FAULT_OLD_SHARE;
}

atr_dkg_fault atr_dkg_deal_take(atr_dkg *dkg, uint8_t node, atr_bytes body)
{
    const size_t sealed_len = ATR_DKG_SEALED_BYTES(dkg->secrets);
    atr_reader r = atr_reader_of(body);
    atr_dkg_fault fault = ATR_DKG_FAULT_NONE;
    atr_bytes sealed;

    for (size_t s = 0; s < dkg->secrets && fault == ATR_DKG_FAULT_NONE; s++) {
        fault = take_commitments(dkg, node, s, &r);
    }
    if (fault != ATR_DKG_FAULT_NONE) {
        return fault;
    }
    sealed = atr_read_view(&r, sealed_len * dkg->nodes);
    if (atr_reader_end(&r) != ATR_OK) {
        return ATR_DKG_FAULT_MALFORMED;
    }
    take_sealed(dkg, node,
                (atr_bytes){sealed.data + sealed_len * (dkg->self - 1U),
                            sealed_len});
    return ATR_DKG_FAULT_NONE;
}
