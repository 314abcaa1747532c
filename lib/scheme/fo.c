/* Fujisaki-Okamoto with re-encryption. The equation numbers are those of
 * doc/scheme/kem.md. */
#include "scheme/fo.h"

#include "sym/hash.h"

/* What G makes of m: the seed of the coins, and what the key is made of. */
typedef struct {
    uint8_t seed[ATR_SEED_BYTES];
    uint8_t kbar[32];
} expansion;

/* (1): seed || kbar = HKDF("ATR1/FO/G"; enc(hm, to, ad, m)) */
static void expand_message(expansion *out, const atr_fo *fo,
                           const uint8_t m[ATR_FO_COINS_BYTES])
{
    const atr_bytes domain = ATR_LITERAL("ATR1/FO/G");
    uint8_t both[sizeof out->seed + sizeof out->kbar];
    atr_hmac extract;

    atr_kdf_begin(&extract, domain);
    atr_hmac_field(&extract, fo->hm);
    atr_hmac_field(&extract, fo->to);
    atr_hmac_field(&extract, fo->ad);
    atr_hmac_field(&extract, (atr_bytes){m, ATR_FO_COINS_BYTES});
    atr_kdf_end(both, sizeof both, &extract, domain);
    memcpy(out->seed, both, sizeof out->seed);
    memcpy(out->kbar, both + sizeof out->seed, sizeof out->kbar);
    atr_wipe(both, sizeof both);
}

/* (3): d = m xor HKDF("ATR1/FO/mask"; enc(Z, c0)); its own inverse. */
static void mask_message(uint8_t out[32], const uint8_t in[32], const atr_gt *z,
                         atr_bytes header)
{
    const atr_bytes domain = ATR_LITERAL("ATR1/FO/mask");
    uint8_t bytes[ATR_GT_BYTES];
    uint8_t mask[32];
    atr_hmac extract;

    atr_gt_write(bytes, z);
    atr_kdf_begin(&extract, domain);
    atr_hmac_field(&extract, ATR_BYTES(bytes));
    atr_hmac_field(&extract, header);
    atr_kdf_end(mask, sizeof mask, &extract, domain);
    for (size_t i = 0; i < sizeof mask; i++) {
        out[i] = in[i] ^ mask[i];
    }
    atr_wipe(bytes, sizeof bytes);
    atr_wipe(mask, sizeof mask);
}

/* (4): K = HKDF("ATR1/FO/K"; enc(kbar, c0, d)) */
static void derive_key(uint8_t key[ATR_FO_KEY_BYTES], const uint8_t kbar[32],
                       atr_bytes header,
                       const uint8_t masked[ATR_FO_MASKED_BYTES])
{
    const atr_bytes domain = ATR_LITERAL("ATR1/FO/K");
    atr_hmac extract;

    atr_kdf_begin(&extract, domain);
    atr_hmac_field(&extract, (atr_bytes){kbar, 32});
    atr_hmac_field(&extract, header);
    atr_hmac_field(&extract, (atr_bytes){masked, ATR_FO_MASKED_BYTES});
    atr_kdf_end(key, ATR_FO_KEY_BYTES, &extract, domain);
}

void atr_fo_encap(uint8_t *capsule, uint8_t key[ATR_FO_KEY_BYTES],
                  const atr_fo *fo, const uint8_t m[ATR_FO_COINS_BYTES])
{
    const atr_bytes header = {capsule, fo->header_len};
    expansion x;
    atr_rng coins;
    atr_gt z;

    expand_message(&x, fo, m);
    atr_rng_init(&coins, x.seed);
    fo->encap(capsule, &z, fo->context, &coins); /* (2) */
    mask_message(capsule + header.len, m, &z, header);
    derive_key(key, x.kbar, header, capsule + header.len);
    ATR_PUBLIC(capsule, header.len + ATR_FO_MASKED_BYTES);
    atr_rng_wipe(&coins);
    atr_wipe(&x, sizeof x);
    atr_wipe(&z, sizeof z);
}

void atr_fo_recover(atr_fo_again *out, const atr_fo *fo, const atr_gt *z,
                    const uint8_t *capsule)
{
    const atr_bytes header = {capsule, fo->header_len};
    uint8_t m[ATR_FO_COINS_BYTES];
    expansion x;

    mask_message(m, capsule + header.len, z, header);
    expand_message(&x, fo, m);
    memcpy(out->kbar, x.kbar, sizeof out->kbar);
    memcpy(out->seed, x.seed, sizeof out->seed);
    atr_wipe(m, sizeof m);
    atr_wipe(&x, sizeof x);
}

atr_err atr_fo_conclude(uint8_t key[ATR_FO_KEY_BYTES], atr_fo_again *again,
                        const atr_fo *fo, const uint8_t *capsule, bool same)
{
    const atr_bytes header = {capsule, fo->header_len};
    uint8_t got[ATR_FO_KEY_BYTES];

    derive_key(got, again->kbar, header, capsule + header.len);
    for (size_t i = 0; i < sizeof got; i++) {
        key[i] = same ? got[i] : 0;
    }
    atr_wipe(got, sizeof got);
    atr_wipe(again, sizeof *again);
    return same ? ATR_OK : ATR_ERR_AUTH;
}

atr_err atr_fo_confirm(uint8_t key[ATR_FO_KEY_BYTES], atr_fo_again *again,
                       const atr_fo *fo, const uint8_t *made,
                       const uint8_t *capsule)
{
    bool same = atr_secret_equal(made, capsule, fo->header_len);

    ATR_PUBLIC(&same, sizeof same); /* one bit: opened or not */
    return atr_fo_conclude(key, again, fo, capsule, same);
}

atr_err atr_fo_decap(uint8_t key[ATR_FO_KEY_BYTES], uint8_t *again,
                     const atr_fo *fo, const atr_gt *z, const uint8_t *capsule)
{
    atr_fo_again from;
    atr_rng coins;
    atr_err err;

    atr_fo_recover(&from, fo, z, capsule);
    atr_rng_init(&coins, from.seed);
    fo->encap(again, NULL, fo->context, &coins);
    atr_rng_wipe(&coins);
    err = atr_fo_confirm(key, &from, fo, again, capsule);
    atr_wipe(again, fo->header_len);
    return err;
}
