/* Complaints and answers, and who dealt well. The equation numbers are those
 * of doc/scheme/dkg.md. */
#include "curve/batch.h"
#include "kex/dkg_parts.h"
#include "policy/shamir.h"

void atr_dkg_complaint_build(atr_builder *out, const atr_dkg *dkg)
{
    atr_build_u16(out, dkg->standing & (uint16_t)~dkg->good);
}

atr_dkg_fault atr_dkg_complaint_take(atr_dkg *dkg, uint8_t node, atr_bytes body)
{
    atr_reader r = atr_reader_of(body);
    const uint16_t accused = atr_read_u16(&r);

    if (atr_reader_end(&r) != ATR_OK ||
        (accused & (uint16_t)~dkg->standing) != 0) {
        return ATR_DKG_FAULT_MALFORMED;
    }
    for (uint8_t i = 1; i <= dkg->nodes; i++) {
        if ((accused & atr_dkg_bit(i)) != 0) {
            dkg->accusers[i - 1] |= atr_dkg_bit(node);
        }
    }
    return ATR_DKG_FAULT_NONE;
}

void atr_dkg_complaint_end(atr_dkg *dkg)
{
    for (uint8_t i = 1; i <= dkg->nodes; i++) {
        if ((dkg->standing & atr_dkg_bit(i)) != 0 &&
            atr_dkg_count(dkg->accusers[i - 1]) >= dkg->threshold) {
            dkg->fault[i - 1] = ATR_DKG_FAULT_COMPLAINTS;
        }
    }
}

/* The shares in dispute, in the order of their nodes: no longer secret. */
void atr_dkg_answer_build(atr_builder *out, const atr_dkg *dkg)
{
    for (uint8_t to = 1; to <= dkg->nodes; to++) {
        if ((dkg->accusers[dkg->self - 1] & atr_dkg_bit(to)) == 0) {
            continue;
        }
        for (size_t s = 0; s < dkg->secrets; s++) {
            uint8_t bytes[2 * ATR_FR_BYTES];
            atr_fr value;

            atr_fr_eval(&value, dkg->poly[s].f, dkg->threshold, to);
            atr_fr_write(bytes, &value);
            atr_fr_eval(&value, dkg->poly[s].blind, dkg->threshold, to);
            atr_fr_write(bytes + ATR_FR_BYTES, &value);
            ATR_PUBLIC(bytes, sizeof bytes);
            atr_build_bytes(out, ATR_BYTES(bytes));
        }
    }
}

atr_dkg_fault atr_dkg_answer_take(atr_dkg *dkg, uint8_t node, atr_bytes body)
{
    const size_t len = dkg->secrets * (size_t)2 * ATR_FR_BYTES;
    const uint16_t own = atr_dkg_bit(dkg->self) & dkg->accusers[node - 1];
    atr_reader r = atr_reader_of(body);
    atr_dkg_share own_shares[ATR_DKG_SECRETS_MAX];

    for (uint8_t to = 1; to <= dkg->nodes; to++) {
        atr_dkg_share shares[ATR_DKG_SECRETS_MAX];

        if ((dkg->accusers[node - 1] & atr_dkg_bit(to)) == 0) {
            continue;
        }
        if (!atr_dkg_shares_read(shares, dkg, node, to,
                                 atr_read_view(&r, len))) {
            return ATR_DKG_FAULT_ANSWER;
        }
        if (to == dkg->self) {
            memcpy(own_shares, shares, sizeof own_shares);
        }
    }
    if (atr_reader_end(&r) != ATR_OK) {
        return ATR_DKG_FAULT_MALFORMED;
    }
    if (own != 0) {
        memcpy(dkg->dealt[node - 1], own_shares, sizeof own_shares);
    }
    return ATR_DKG_FAULT_NONE;
}

/* (7): 1 for new secrets, Lagrange over the dealers for old ones. */
static void weights_of(atr_fr weight[ATR_DKG_NODES_MAX], const atr_dkg *dkg)
{
    uint8_t place[ATR_DKG_NODES_MAX];
    atr_fr lagrange[ATR_DKG_NODES_MAX];
    size_t count = 0;

    for (uint8_t i = 1; i <= dkg->nodes; i++) {
        if ((dkg->qual & atr_dkg_bit(i)) != 0) {
            place[count++] = dkg->place[i - 1];
        }
    }
    atr_shamir_weights(lagrange, place, count, 0);
    count = 0;
    for (uint8_t i = 1; i <= dkg->nodes; i++) {
        if ((dkg->qual & atr_dkg_bit(i)) != 0) {
            weight[i - 1] =
                dkg->kind == ATR_DKG_NEW ? atr_fr_of(1) : lagrange[count];
            count++;
        }
    }
}

/* (7), (8): one dealer's part of share and commitments. */
static void add_dealer(atr_dkg *dkg, uint8_t dealer, size_t secret,
                       const atr_fr *weight)
{
    const atr_dkg_share *dealt = &dkg->dealt[dealer - 1][secret];
    const atr_gt *c = dkg->c[dealer - 1][secret];
    atr_gt *sum = dkg->sum[secret];
    atr_fr term;

    atr_fr_mul(&term, weight, &dealt->f);
    atr_fr_add(&dkg->share[secret], &dkg->share[secret], &term);
    atr_fr_mul(&term, weight, &dealt->blind);
    atr_fr_add(&dkg->blind[secret], &dkg->blind[secret], &term);
    atr_wipe(&term, sizeof term);
    for (size_t m = 0; m < dkg->threshold; m++) {
        atr_gt power = c[m];

        if (dkg->kind == ATR_DKG_RESHARE) {
            atr_gt_pow_vartime(&power, &power, weight);
        }
        atr_gt_mul(&sum[m], &sum[m], &power);
    }
}

void atr_dkg_answer_end(atr_dkg *dkg)
{
    atr_fr weight[ATR_DKG_NODES_MAX];

    dkg->qual = dkg->standing;
    if (atr_dkg_count(dkg->qual) < dkg->need) {
        atr_dkg_fail(dkg);
        return;
    }
    weights_of(weight, dkg);
    for (size_t s = 0; s < dkg->secrets; s++) {
        for (size_t m = 0; m < dkg->threshold; m++) {
            atr_gt_one(&dkg->sum[s][m]);
        }
        for (uint8_t i = 1; i <= dkg->nodes; i++) {
            if ((dkg->qual & atr_dkg_bit(i)) != 0) {
                add_dealer(dkg, i, s, &weight[i - 1]);
            }
        }
    }
    atr_wipe(dkg->poly, sizeof dkg->poly);
    atr_wipe(dkg->dealt, sizeof dkg->dealt);
}
