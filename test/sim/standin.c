#include "sim/standin.h"

#include "policy/policy_wire.h"
#include "sym/hash.h"

static void derive(uint8_t out[32], const atr_kem *kem, const char *purpose,
                   const atr_policy *policy, atr_bytes ad,
                   const uint8_t nonce[32])
{
    const standin *context = kem->context;
    static uint8_t bytes[ATR_POLICY_BYTES_MAX];
    atr_builder builder = atr_builder_of(bytes, sizeof bytes);
    atr_hmac hmac;

    atr_policy_build(&builder, policy);
    atr_hmac_init(&hmac, ATR_BYTES(context->secret));
    atr_hmac_field(&hmac, (atr_bytes){(const uint8_t *)purpose, 3});
    atr_hmac_field(&hmac, atr_builder_bytes(&builder));
    atr_hmac_field(&hmac, ad);
    atr_hmac_field(&hmac, (atr_bytes){nonce, 32});
    atr_hmac_final(&hmac, out);
}

static size_t capsule_len(const atr_kem *kem, const atr_policy *policy)
{
    (void)kem;
    (void)policy;
    return STANDIN_CAPSULE_BYTES;
}

static void encap(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                  const atr_kem *kem, const atr_policy *policy, atr_bytes ad,
                  const uint8_t coins[ATR_KEM_COINS_BYTES])
{
    atr_hash_of(capsule, (atr_bytes){coins, ATR_KEM_COINS_BYTES});
    derive(capsule + 32, kem, "tag", policy, ad, capsule);
    derive(key, kem, "key", policy, ad, capsule);
}

static atr_err open_one(atr_kem_opening *item, const atr_kem *kem,
                        const atr_policy *policy)
{
    const atr_bytes capsule = item->capsule;
    uint8_t tag[32];

    if (capsule.len != STANDIN_CAPSULE_BYTES) {
        return ATR_ERR_AUTH;
    }
    derive(tag, kem, "tag", policy, item->ad, capsule.data);
    if (!atr_secret_equal(tag, capsule.data + 32, sizeof tag)) {
        return ATR_ERR_AUTH;
    }
    derive(item->key, kem, "key", policy, item->ad, capsule.data);
    return ATR_OK;
}

static void decap(atr_kem_opening *items, size_t count, const atr_kem *kem,
                  const atr_abe_key *secret, const atr_policy *policy)
{
    bool may = atr_policy_admits(policy, &secret->attrs);

    for (size_t i = 0; i < count; i++) {
        items[i].err = may ? open_one(&items[i], kem, policy) : ATR_ERR_POLICY;
    }
}

atr_kem standin_of(const standin *context)
{
    atr_kem kem = {
        .context = context,
        .scheme = ATR_SCHEME_FABEO,
        .capsule_len = capsule_len,
        .encap = encap,
        .decap = decap,
    };

    atr_hash_of(kem.hm, ATR_BYTES(context->secret));
    return kem;
}

void standin_mpk(uint8_t mpk[ATR_MPK_BYTES])
{
    memset(mpk, 0x5a, ATR_MPK_BYTES);
}
