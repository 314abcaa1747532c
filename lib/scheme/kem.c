#include "scheme/kem.h"

#include <assert.h>

#include "policy/policy_wire.h"
#include "scheme/fo.h"
#include "scheme/forced.h"
#include "scheme/rows.h"

/* The transform of fo.h over a scheme of abe.h --------------------------- */

/* What its core needs, and the policy in its byte form. */
typedef struct {
    const atr_abe *abe;
    const atr_policy *policy;
    uint8_t tree[ATR_POLICY_BYTES_MAX];
    atr_fo fo;
} transform;

static void encap_core(uint8_t *header, atr_gt *z, const void *context,
                       atr_rng *coins)
{
    const transform *t = context;

    t->abe->scheme->encap(&(atr_abe_making){coins, header, z}, 1, t->abe,
                          t->policy);
}

static size_t header_len(const atr_abe *abe, const atr_policy *policy)
{
    atr_policy_rows rows;

    atr_policy_rows_of(&rows, policy);
    return abe->scheme->header_len(&rows);
}

static void begin(transform *t, const atr_abe *abe, const atr_policy *policy,
                  atr_bytes ad)
{
    atr_builder tree = atr_builder_of(t->tree, sizeof t->tree);

    atr_policy_build(&tree, policy);
    assert(atr_builder_end(&tree) == ATR_OK);
    t->abe = abe;
    t->policy = policy;
    t->fo = (atr_fo){
        .encap = encap_core,
        .context = t,
        .header_len = header_len(abe, policy),
        .hm = ATR_BYTES(abe->hm),
        .to = atr_builder_bytes(&tree),
        .ad = ad,
    };
}

static size_t capsule_len(const atr_kem *kem, const atr_policy *policy)
{
    return header_len(kem->context, policy) + ATR_FO_MASKED_BYTES;
}

static void encap(uint8_t *capsule, uint8_t key[ATR_KEM_KEY_BYTES],
                  const atr_kem *kem, const atr_policy *policy, atr_bytes ad,
                  const uint8_t coins[ATR_KEM_COINS_BYTES])
{
    transform t;

    begin(&t, kem->context, policy, ad);
    atr_fo_encap(capsule, key, &t.fo, coins);
}

/* Capsules that are opened together: at most atr_abe_together. */
typedef struct {
    size_t count;
    atr_kem_opening *item[ATR_ABE_TOGETHER];
    atr_abe_opening opening[ATR_ABE_TOGETHER];
} batch;

/* From each Z to its key: as atr_fo_decap, but all headers are made again at
 * once. */
static void reencap(const batch *b, const transform *t)
{
    uint8_t headers[ATR_ROWS_BYTES_MAX];
    atr_kem_opening *item[ATR_ABE_TOGETHER];
    atr_abe_making making[ATR_ABE_TOGETHER] = {{NULL, NULL, NULL}};
    atr_fo_again again[ATR_ABE_TOGETHER];
    atr_fo fo = t->fo;
    size_t count = 0;

    for (size_t i = 0; i < b->count; i++) {
        if (b->opening[i].err == ATR_OK) {
            item[count] = b->item[i];
            fo.ad = item[count]->ad;
            atr_fo_recover(&again[count], &fo, &b->opening[i].z,
                           item[count]->capsule.data);
            making[count] = (atr_abe_making){
                &again[count].coins, headers + count * fo.header_len, NULL};
            count++;
        }
    }
    if (count > 0) {
        t->abe->scheme->encap(making, count, t->abe, t->policy);
    }
    for (size_t i = 0; i < count; i++) {
        item[i]->err = atr_fo_confirm(item[i]->key, &again[i], &fo,
                                      making[i].header, item[i]->capsule.data);
    }
    atr_wipe(headers, sizeof headers);
    atr_wipe(again, sizeof again);
}

static void open_batch(batch *b, const transform *t,
                       const atr_abe_opener *opener)
{
    for (size_t i = 0; i < b->count; i++) {
        b->opening[i].header =
            (atr_bytes){b->item[i]->capsule.data, t->fo.header_len};
    }
    t->abe->scheme->decap(b->opening, b->count, opener);
    for (size_t i = 0; i < b->count; i++) {
        b->item[i]->err = b->opening[i].err;
    }
    reencap(b, t);
    atr_wipe(b, sizeof *b);
}

/* With the rows of a plan; the satisfaction check is the caller's. */
static void decap_with(atr_kem_opening *items, size_t count, const atr_abe *abe,
                       const atr_abe_opener *opener)
{
    atr_policy_rows rows;
    transform t;
    batch b = {0};

    begin(&t, abe, opener->policy, (atr_bytes){NULL, 0});
    atr_policy_rows_of(&rows, opener->policy);
    for (size_t i = 0; i < count; i++) {
        if (items[i].capsule.len == t.fo.header_len + ATR_FO_MASKED_BYTES) {
            b.item[b.count++] = &items[i];
        } else {
            items[i].err = ATR_ERR_AUTH;
        }
        if (b.count == atr_abe_together(&rows) || i + 1 == count) {
            open_batch(&b, &t, opener);
        }
    }
}

static void decap(atr_kem_opening *items, size_t count, const atr_kem *kem,
                  const atr_abe_key *secret, const atr_policy *policy)
{
    const atr_abe *abe = kem->context;
    atr_share_plan plan;
    atr_err err;

    err = atr_share_plan_make(&plan, policy, &secret->attrs, abe->scheme->cost);
    if (err == ATR_OK) {
        decap_with(items, count, abe, &(atr_abe_opener){secret, policy, &plan});
        return;
    }
    for (size_t i = 0; i < count; i++) {
        items[i].err = err;
    }
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

void atr_kem_decap_many(atr_kem_opening *items, size_t count,
                        const atr_kem *kem, const atr_abe_key *secret,
                        const atr_policy *policy)
{
    for (size_t i = 0; i < count; i++) {
        memset(items[i].key, 0, sizeof items[i].key);
    }
    kem->decap(items, count, kem, secret, policy);
}

static atr_err take_key(uint8_t key[ATR_KEM_KEY_BYTES], atr_kem_opening *item)
{
    memcpy(key, item->key, ATR_KEM_KEY_BYTES);
    atr_wipe(item->key, sizeof item->key);
    return item->err;
}

atr_err atr_kem_decap(uint8_t key[ATR_KEM_KEY_BYTES], const atr_kem *kem,
                      const atr_abe_key *secret, const atr_policy *policy,
                      atr_bytes ad, atr_bytes capsule)
{
    atr_kem_opening item = {.ad = ad, .capsule = capsule};

    atr_kem_decap_many(&item, 1, kem, secret, policy);
    return take_key(key, &item);
}

atr_err atr_kem_decap_forced(uint8_t key[ATR_KEM_KEY_BYTES], const atr_kem *kem,
                             const atr_abe_key *secret,
                             const atr_policy *policy, atr_bytes ad,
                             atr_bytes capsule)
{
    const atr_abe *abe = kem->context;
    atr_kem_opening item = {.ad = ad, .capsule = capsule, .err = ATR_ERR_AUTH};
    atr_forced_try attempt;

    if (kem->decap != decap) { /* a stand-in has no algebra to attack */
        return atr_kem_decap(key, kem, secret, policy, ad, capsule);
    }
    atr_forced_begin(&attempt, abe, secret, policy);
    while (item.err != ATR_OK && atr_forced_next(&attempt)) {
        decap_with(&item, 1, abe,
                   &(atr_abe_opener){&attempt.key, policy, &attempt.plan});
    }
    atr_forced_wipe(&attempt);
    return take_key(key, &item);
}
