/* The parameters of a ceremony, checked, and its beginning. The equation
 * numbers are those of doc/scheme/dkg.md. */
#include "curve/batch.h"
#include "kex/dkg_parts.h"

/* Numbers within bounds; keys and old numbers not twice. */
static bool numbers_are_good(const atr_dkg_params *p)
{
    bool good = p->nodes >= 1 && p->nodes <= ATR_DKG_NODES_MAX &&
                p->threshold >= 1 && p->threshold <= p->nodes && p->self >= 1 &&
                p->self <= p->nodes && p->secrets >= 1 &&
                p->secrets <= ATR_DKG_SECRETS_MAX &&
                atr_scheme_by_id(p->scheme) != NULL &&
                (p->kind == ATR_DKG_NEW || p->kind == ATR_DKG_RESHARE);

    for (size_t s = 0; good && s < p->secrets; s++) {
        good = p->group[s] == ATR_DKG_GT || p->group[s] == ATR_DKG_G2;
    }
    for (size_t i = 0; good && i < p->nodes; i++) {
        for (size_t j = 0; good && j < i; j++) {
            good = memcmp(p->vk[i], p->vk[j], sizeof p->vk[i]) != 0;
        }
    }
    return good && memcmp(p->sk + ATR_ED25519_SECRET_BYTES / 2,
                          p->vk[p->self - 1], sizeof p->vk[0]) == 0;
}

/* Enough dealers, in different places; a share where there is a place. */
static bool dealers_are_good(const atr_dkg_params *p)
{
    uint32_t seen = 0;
    uint8_t count = 0;

    for (size_t i = 0; i < p->nodes; i++) {
        const uint8_t place = p->old_node[i];

        if (place > ATR_DKG_NODES_MAX || (place != 0 && seen >> place & 1)) {
            return false;
        }
        seen |= 1U << place;
        count = (uint8_t)(count + (place != 0));
    }
    return p->old != NULL && p->old_threshold >= 1 &&
           count >= p->old_threshold &&
           (p->old_share != NULL) == (p->old_node[p->self - 1] != 0);
}

static void old_value(atr_gt *out, const atr_dkg_params *p, size_t secret,
                      uint8_t place)
{
    if (p->group[secret] == ATR_DKG_G2) {
        atr_pairing(out, &atr_g1_generator, &p->old[secret].p[place]);
    } else {
        *out = p->old[secret].a[place];
    }
}

static bool take_old(atr_dkg *dkg, const atr_dkg_params *p)
{
    for (size_t s = 0; s < p->secrets; s++) {
        atr_gt own;
        atr_mask same;

        old_value(&dkg->old_a[s][0], p, s, 0);
        for (size_t i = 0; i < p->nodes; i++) {
            if (p->old_node[i] != 0) {
                old_value(&dkg->old_a[s][i + 1], p, s, p->old_node[i]);
            }
        }
        if (p->old_share == NULL) {
            continue;
        }
        atr_gt_table_pow_many(&own, &dkg->g, &p->old_share[s], 1);
        same = atr_gt_equal(&own, &dkg->old_a[s][p->self]);
        ATR_PUBLIC(&same, sizeof same);
        if (!same) {
            return false;
        }
    }
    return true;
}

/* (1): view_1, the name of the ceremony. */
static void name_session(atr_dkg *dkg, const atr_dkg_params *p)
{
    const uint8_t numbers[] = {dkg->kind,    dkg->nodes,    dkg->threshold,
                               dkg->scheme,  dkg->secrets,  dkg->group[0],
                               dkg->group[1], dkg->need};
    uint8_t bytes[ATR_GT_BYTES];
    atr_hash hash;

    atr_hash_init(&hash);
    atr_hash_field(&hash, ATR_LITERAL("ATR1/DKG/session"));
    atr_hash_field(&hash, p->label);
    atr_hash_field(&hash, ATR_BYTES(numbers));
    for (size_t i = 0; i < dkg->nodes; i++) {
        atr_hash_field(&hash, ATR_BYTES(dkg->vk[i]));
    }
    atr_hash_field(&hash, ATR_BYTES(dkg->place));
    for (size_t s = 0; p->kind == ATR_DKG_RESHARE && s < dkg->secrets; s++) {
        for (size_t i = 0; i <= dkg->nodes; i++) {
            if (i == 0 || dkg->place[i - 1] != 0) {
                atr_gt_write(bytes, &dkg->old_a[s][i]);
                atr_hash_field(&hash, ATR_BYTES(bytes));
            }
        }
    }
    atr_hash_final(&hash, dkg->view[ATR_DKG_HELLO]);
}

static void take_params(atr_dkg *dkg, const atr_dkg_params *p)
{
    const bool anew = p->kind == ATR_DKG_NEW;

    dkg->round = ATR_DKG_HELLO;
    dkg->kind = (uint8_t)p->kind;
    dkg->nodes = p->nodes;
    dkg->threshold = p->threshold;
    dkg->self = p->self;
    dkg->scheme = p->scheme;
    dkg->secrets = p->secrets;
    dkg->need = anew ? p->threshold : p->old_threshold;
    for (size_t s = 0; s < p->secrets; s++) {
        dkg->group[s] = (uint8_t)p->group[s];
    }
    memcpy(dkg->sk, p->sk, sizeof dkg->sk);
    ATR_SECRET(dkg->sk, sizeof dkg->sk / 2); /* the other half is public */
    for (uint8_t i = 0; i < p->nodes; i++) {
        memcpy(dkg->vk[i], p->vk[i], sizeof dkg->vk[i]);
        dkg->place[i] = anew ? (uint8_t)(i + 1) : p->old_node[i];
        if (dkg->place[i] != 0) {
            dkg->standing |= (uint16_t)(1U << i);
        }
    }
}

/* (3): hT, of which nobody knows the logarithm. */
static void make_bases(atr_dkg *dkg)
{
    atr_g1_affine point;
    atr_gt h;

    atr_g1_hash(&point,
                ATR_LITERAL("ATR1/DKG/h_BLS12381G1_XMD:SHA-256_SSWU_RO_"),
                (atr_bytes){NULL, 0});
    atr_pairing(&h, &point, &atr_g2_generator);
    atr_gt_table_init(&dkg->g, &atr_gt_generator);
    atr_gt_table_init(&dkg->h, &h);
}

atr_err atr_dkg_init(atr_dkg *dkg, const atr_dkg_params *params,
                     const uint8_t seed[ATR_SEED_BYTES])
{
    atr_rng rng;

    memset(dkg, 0, sizeof *dkg);
    if (!numbers_are_good(params) ||
        (params->kind == ATR_DKG_RESHARE && !dealers_are_good(params))) {
        return ATR_ERR_INPUT;
    }
    take_params(dkg, params);
    make_bases(dkg);
    if (params->kind == ATR_DKG_RESHARE && !take_old(dkg, params)) {
        atr_dkg_wipe(dkg);
        return ATR_ERR_INPUT;
    }
    name_session(dkg, params);
    memcpy(dkg->seed, seed, sizeof dkg->seed);
    ATR_SECRET(dkg->seed, sizeof dkg->seed);
    atr_dkg_coins(&rng, dkg, "ATR1/DKG/box", dkg->view[ATR_DKG_HELLO]);
    atr_rng_bytes(&rng, dkg->box_secret, sizeof dkg->box_secret);
    atr_rng_wipe(&rng);
    if (dkg->place[dkg->self - 1] != 0) {
        atr_dkg_deal_draw(dkg, params->kind == ATR_DKG_NEW ? NULL
                                                           : params->old_share);
    }
    return ATR_OK;
}
