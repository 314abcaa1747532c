/* Commitments in GT and what is proved of them. The equation numbers are those
 * of doc/scheme/dkg.md. */
#include "curve/batch.h"
#include "kex/dkg_parts.h"

void atr_dkg_coins(atr_rng *out, const atr_dkg *dkg, const char *domain,
                   const uint8_t view[ATR_HASH_BYTES])
{
    uint8_t seed[ATR_SEED_BYTES];

    atr_kdf(seed, sizeof seed, domain, ATR_BYTES(dkg->seed),
            (atr_bytes){view, ATR_HASH_BYTES});
    atr_rng_init(out, seed);
    atr_wipe(seed, sizeof seed);
}

void atr_dkg_commit(atr_gt *out, const atr_dkg *dkg, const atr_dkg_share *s)
{
    atr_gt right;

    atr_gt_table_pow_many(out, &dkg->g, &s->f, 1);
    atr_gt_table_pow_many(&right, &dkg->h, &s->blind, 1);
    atr_gt_mul(out, out, &right);
    atr_wipe(&right, sizeof right);
}

/* a^x for 1 <= x < 16. */
static void small_pow(atr_gt *out, const atr_gt *a, uint8_t x)
{
    atr_gt power = *a;

    for (int bit = 30 - __builtin_clz(x); bit >= 0; bit--) {
        atr_gt_mul(&power, &power, &power);
        if ((x >> bit & 1) != 0) {
            atr_gt_mul(&power, &power, a);
        }
    }
    *out = power;
}

void atr_dkg_at(atr_gt *out, const atr_gt *c, size_t count, uint8_t x)
{
    atr_gt value = c[count - 1];

    for (size_t m = count - 1; m-- > 0;) {
        small_pow(&value, &value, x);
        atr_gt_mul(&value, &value, &c[m]);
    }
    *out = value;
}

/* (10): the challenge, over everything that is claimed. */
static void challenge(atr_fr *out, const atr_dkg *dkg,
                      const atr_dkg_claim *claim, const atr_gt t[2])
{
    const uint8_t who[3] = {claim->round, claim->node, claim->secret};
    const atr_gt *const said[4] = {claim->v, claim->e, &t[0], &t[1]};
    uint8_t bytes[ATR_GT_BYTES];
    uint8_t digest[ATR_HASH_BYTES];
    atr_hash hash;

    atr_hash_init(&hash);
    atr_hash_field(&hash, ATR_BYTES(dkg->view[claim->round]));
    atr_hash_field(&hash, ATR_BYTES(who));
    for (size_t i = 0; i < 4; i++) {
        atr_gt_write(bytes, said[i]);
        atr_hash_field(&hash, ATR_BYTES(bytes));
    }
    atr_hash_final(&hash, digest);
    atr_fr_hash(out, ATR_LITERAL("ATR1/DKG/proof"), ATR_BYTES(digest));
}

/* (10): z = u + c f. */
static void respond(uint8_t out[ATR_FR_BYTES], const atr_fr *u, const atr_fr *c,
                    const atr_fr *secret)
{
    atr_fr z;

    atr_fr_mul(&z, c, secret);
    atr_fr_add(&z, &z, u);
    atr_fr_write(out, &z);
    ATR_PUBLIC(out, ATR_FR_BYTES);
}

void atr_dkg_prove(uint8_t out[ATR_DKG_PROOF_BYTES], const atr_dkg *dkg,
                   const atr_dkg_claim *claim, const atr_dkg_share *s,
                   atr_rng *rng)
{
    atr_dkg_share u;
    atr_gt t[2];
    atr_fr c;

    atr_fr_random(&u.f, rng);
    atr_fr_random(&u.blind, rng);
    ATR_SECRET(&u, sizeof u);
    atr_gt_table_pow_many(&t[0], &dkg->g, &u.f, 1);
    atr_gt_table_pow_many(&t[1], &dkg->h, &u.blind, 1);
    ATR_PUBLIC(t, sizeof t);
    challenge(&c, dkg, claim, t);
    atr_fr_write(out, &c);
    respond(out + ATR_FR_BYTES, &u.f, &c, &s->f);
    respond(out + 2 * ATR_FR_BYTES, &u.blind, &c, &s->blind);
    atr_wipe(&u, sizeof u);
}

/* base^z / claimed^c */
static void recompute(atr_gt *out, const atr_gt_table *base, const atr_fr *z,
                      const atr_gt *claimed, const atr_fr *c)
{
    atr_gt under;

    atr_gt_table_pow_many(out, base, z, 1);
    atr_gt_pow_vartime(&under, claimed, c);
    atr_gt_inv(&under, &under);
    atr_gt_mul(out, out, &under);
}

/* (11) */
bool atr_dkg_proves(const atr_dkg *dkg, const atr_dkg_claim *claim,
                    const uint8_t proof[ATR_DKG_PROOF_BYTES])
{
    atr_fr said[3];
    atr_gt t[2];
    atr_gt rest;
    atr_fr c;

    for (size_t i = 0; i < 3; i++) {
        if (atr_fr_read(&said[i], proof + i * ATR_FR_BYTES) != ATR_OK) {
            return false;
        }
    }
    atr_gt_inv(&rest, claim->v);
    atr_gt_mul(&rest, &rest, claim->e);
    recompute(&t[0], &dkg->g, &said[1], claim->v, &said[0]);
    recompute(&t[1], &dkg->h, &said[2], &rest, &said[0]);
    challenge(&c, dkg, claim, t);
    return atr_fr_equal(&c, &said[0]) != 0;
}
