/* Fujisaki-Okamoto with re-encryption: doc/scheme/kem.md. */
#include "scheme/kem.h"

#include <assert.h>

#include "policy/policy_wire.h"
#include "scheme/forced.h"
#include "sym/hash.h"

#define MASKED_BYTES 32 /* d, at the end of a capsule */
#define HEADER_BYTES_MAX                                                       \
    ((1 + ATR_POLICY_ROWS_MAX) * ATR_G2_BYTES +                                \
     ATR_POLICY_ROWS_MAX * ATR_G1_BYTES)

/* Hashing --------------------------------------------------------------- */

/* atr_kdf with an input that is fed field by field. */
static void kdf_begin(atr_hmac *extract, atr_bytes domain)
{
    atr_hmac_init(extract, domain);
}

static void kdf_end(uint8_t *out, size_t out_len, atr_hmac *extract,
                    atr_bytes domain)
{
    uint8_t memory[32];
    uint8_t prk[ATR_HASH_BYTES];
    atr_builder info = atr_builder_of(memory, sizeof memory);

    atr_build_field(&info, domain);
    atr_build_field(&info, (atr_bytes){NULL, 0});
    assert(atr_builder_end(&info) == ATR_OK);
    atr_hmac_final(extract, prk);
    atr_hkdf_expand(out, out_len, prk, atr_builder_bytes(&info));
    atr_wipe(prk, sizeof prk);
}

/* What G makes of m: the seed of the coins, and what the key is made of. */
typedef struct {
    uint8_t seed[ATR_SEED_BYTES];
    uint8_t kbar[32];
} expansion;

/* (1): seed || kbar = HKDF("ATR1/FO/G"; enc(hm, P, ad, m)) */
static void expand_message(expansion *out, const atr_abe *abe,
                           const atr_policy *policy, atr_bytes ad,
                           const uint8_t m[32])
{
    const atr_bytes domain = ATR_LITERAL("ATR1/FO/G");
    uint8_t memory[ATR_POLICY_BYTES_MAX];
    uint8_t both[sizeof out->seed + sizeof out->kbar];
    atr_builder tree = atr_builder_of(memory, sizeof memory);
    atr_hmac extract;

    atr_policy_build(&tree, policy);
    assert(atr_builder_end(&tree) == ATR_OK);
    kdf_begin(&extract, domain);
    atr_hmac_field(&extract, ATR_BYTES(abe->hm));
    atr_hmac_field(&extract, atr_builder_bytes(&tree));
    atr_hmac_field(&extract, ad);
    atr_hmac_field(&extract, (atr_bytes){m, 32});
    kdf_end(both, sizeof both, &extract, domain);
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
    kdf_begin(&extract, domain);
    atr_hmac_field(&extract, ATR_BYTES(bytes));
    atr_hmac_field(&extract, header);
    kdf_end(mask, sizeof mask, &extract, domain);
    for (size_t i = 0; i < sizeof mask; i++) {
        out[i] = in[i] ^ mask[i];
    }
    atr_wipe(bytes, sizeof bytes);
    atr_wipe(mask, sizeof mask);
}

/* (4): K = HKDF("ATR1/FO/K"; enc(kbar, c0, d)) */
static void derive_key(uint8_t key[ATR_KEM_KEY_BYTES], const uint8_t kbar[32],
                       atr_bytes header, const uint8_t masked[MASKED_BYTES])
{
    const atr_bytes domain = ATR_LITERAL("ATR1/FO/K");
    atr_hmac extract;

    kdf_begin(&extract, domain);
    atr_hmac_field(&extract, (atr_bytes){kbar, 32});
    atr_hmac_field(&extract, header);
    atr_hmac_field(&extract, (atr_bytes){masked, MASKED_BYTES});
    kdf_end(key, ATR_KEM_KEY_BYTES, &extract, domain);
}

/* (2): the header again from its coins, all of them from `seed`. */
static void encap_from(uint8_t *header, atr_gt *z, const atr_abe *abe,
                       const atr_policy *policy, const uint8_t seed[32])
{
    atr_rng coins;

    atr_rng_init(&coins, seed);
    abe->scheme->encap(header, z, abe, policy, &coins);
    atr_rng_wipe(&coins);
}

/* The real KEM --------------------------------------------------------- */

static size_t header_len(const atr_abe *abe, const atr_policy *policy)
{
    atr_policy_rows rows;

    atr_policy_rows_of(&rows, policy);
    return abe->scheme->header_len(&rows);
}

static size_t capsule_len(const atr_kem *kem, const atr_policy *policy)
{
    return header_len(kem->context, policy) + MASKED_BYTES;
}

static void encap(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                  const atr_kem *kem, const atr_policy *policy, atr_bytes ad,
                  const uint8_t coins[ATR_KEM_COINS_BYTES])
{
    const atr_abe *abe = kem->context;
    const atr_bytes header = {capsule, header_len(abe, policy)};
    expansion x;
    atr_gt z;

    expand_message(&x, abe, policy, ad, coins);
    encap_from(capsule, &z, abe, policy, x.seed);
    mask_message(capsule + header.len, coins, &z, header);
    derive_key(key, x.kbar, header, capsule + header.len);
    ATR_PUBLIC(capsule, header.len + MASKED_BYTES);
    atr_wipe(&x, sizeof x);
    atr_wipe(&z, sizeof z);
}

/* From Z to the key: recovers m, encapsulates again, compares every byte of
 * the header. The work is the same whatever the outcome. */
static atr_err reencap(uint8_t key[ATR_KEM_KEY_BYTES], const atr_abe *abe,
                       const atr_policy *policy, atr_bytes ad, const atr_gt *z,
                       atr_bytes capsule)
{
    const atr_bytes header = {capsule.data, capsule.len - MASKED_BYTES};
    const uint8_t *masked = capsule.data + header.len;
    uint8_t again[HEADER_BYTES_MAX];
    uint8_t m[32];
    uint8_t got[ATR_KEM_KEY_BYTES];
    expansion x;
    atr_gt unused;
    bool same;

    mask_message(m, masked, z, header);
    expand_message(&x, abe, policy, ad, m);
    encap_from(again, &unused, abe, policy, x.seed);
    derive_key(got, x.kbar, header, masked);
    same = atr_secret_equal(again, header.data, header.len);
    ATR_PUBLIC(&same, sizeof same); /* one bit: opened or not */
    for (size_t i = 0; i < sizeof got; i++) {
        key[i] = same ? got[i] : 0;
    }
    atr_wipe(again, sizeof again);
    atr_wipe(m, sizeof m);
    atr_wipe(got, sizeof got);
    atr_wipe(&x, sizeof x);
    atr_wipe(&unused, sizeof unused);
    return same ? ATR_OK : ATR_ERR_AUTH;
}

/* With the rows of `plan`; the satisfaction check is the caller's. */
static atr_err decap_with(uint8_t key[ATR_KEM_KEY_BYTES], const atr_abe *abe,
                          const atr_abe_key *secret, const atr_policy *policy,
                          const atr_share_plan *plan, atr_bytes ad,
                          atr_bytes capsule)
{
    atr_bytes header = {capsule.data, capsule.len - MASKED_BYTES};
    atr_gt z;
    atr_err err;

    err = abe->scheme->decap(&z, abe, secret, policy, plan, header);
    if (err == ATR_OK) {
        err = reencap(key, abe, policy, ad, &z, capsule);
    }
    atr_wipe(&z, sizeof z);
    return err;
}

static atr_err decap(uint8_t key[ATR_KEM_KEY_BYTES], const atr_kem *kem,
                     const atr_abe_key *secret, const atr_policy *policy,
                     atr_bytes ad, atr_bytes capsule)
{
    const atr_abe *abe = kem->context;
    atr_share_plan plan;
    atr_err err;

    memset(key, 0, ATR_KEM_KEY_BYTES);
    err = atr_share_plan_make(&plan, policy, &secret->attrs, abe->scheme->cost);
    if (err != ATR_OK) {
        return err;
    }
    if (capsule.len != capsule_len(kem, policy)) {
        return ATR_ERR_AUTH;
    }
    return decap_with(key, abe, secret, policy, &plan, ad, capsule);
}

/* The interface -------------------------------------------------------- */

atr_kem atr_kem_of(const atr_abe *abe)
{
    atr_kem kem = {
        .context = abe,
        .scheme = abe->mpk.scheme,
        .capsule_len = capsule_len,
        .encap = encap,
        .decap = decap,
    };

    memcpy(kem.hm, abe->hm, sizeof kem.hm);
    return kem;
}

size_t atr_kem_capsule_len(const atr_kem *kem, const atr_policy *policy)
{
    return kem->capsule_len(kem, policy);
}

void atr_kem_encap_derand(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                          const atr_kem *kem, const atr_policy *policy,
                          atr_bytes ad,
                          const uint8_t coins[ATR_KEM_COINS_BYTES])
{
    kem->encap(capsule, key, kem, policy, ad, coins);
}

void atr_kem_encap(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                   const atr_kem *kem, const atr_policy *policy, atr_bytes ad,
                   atr_rng *rng)
{
    uint8_t coins[ATR_KEM_COINS_BYTES];

    atr_rng_bytes(rng, coins, sizeof coins);
    ATR_SECRET(coins, sizeof coins);
    atr_kem_encap_derand(capsule, key, kem, policy, ad, coins);
    atr_wipe(coins, sizeof coins);
}

atr_err atr_kem_decap(uint8_t key[ATR_KEM_KEY_BYTES], const atr_kem *kem,
                      const atr_abe_key *secret, const atr_policy *policy,
                      atr_bytes ad, atr_bytes capsule)
{
    return kem->decap(key, kem, secret, policy, ad, capsule);
}

atr_err atr_kem_decap_forced(uint8_t key[ATR_KEM_KEY_BYTES], const atr_kem *kem,
                             const atr_abe_key *secret,
                             const atr_policy *policy, atr_bytes ad,
                             atr_bytes capsule)
{
    const atr_abe *abe = kem->context;
    atr_forced_try attempt;
    atr_err err = ATR_ERR_AUTH;

    memset(key, 0, ATR_KEM_KEY_BYTES);
    if (kem->decap != decap) { /* a stand-in has no algebra to attack */
        return kem->decap(key, kem, secret, policy, ad, capsule);
    }
    if (capsule.len != capsule_len(kem, policy)) {
        return ATR_ERR_AUTH;
    }
    atr_forced_begin(&attempt, abe, secret, policy);
    while (err != ATR_OK && atr_forced_next(&attempt)) {
        err = decap_with(key, abe, &attempt.key, policy, &attempt.plan, ad,
                         capsule);
    }
    atr_forced_wipe(&attempt);
    return err;
}
