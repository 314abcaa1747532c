#include "scheme/kem.h"

#include <assert.h>

#include "policy/policy_wire.h"
#include "scheme/fo.h"
#include "scheme/forced.h"
#include "scheme/rows.h"
#include "sym/hash.h"

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

/* Capsules that are opened together: at most the `batch` of the scheme. */
typedef struct {
    size_t count;
    atr_kem_opening *item[ATR_ABE_BATCH];
    atr_abe_opening opening[ATR_ABE_BATCH];
    atr_fo_again again[ATR_ABE_BATCH]; /* of those that are well */
} batch;

static bool is_well(const batch *b, size_t i)
{
    return b->opening[i].err == ATR_OK;
}

/* The part of all capsules that is the same, and that of item `i`. */
static atr_fo fo_of(const transform *t, const batch *b, size_t i)
{
    atr_fo fo = t->fo;

    fo.ad = b->item[i]->ad;
    return fo;
}

/* At most atr_abe_together of the items: makes their headers again and
 * compares. Apart, so that the pairings do without the stack for headers. */
__attribute__((noinline)) static void
reencap_some(batch *b, const size_t *which, size_t count, const transform *t)
{
    uint8_t headers[ATR_ROWS_BYTES_MAX];
    atr_abe_making making[ATR_ABE_TOGETHER] = {{NULL, NULL, NULL}};
    atr_rng coins[ATR_ABE_TOGETHER];

    for (size_t k = 0; k < count; k++) {
        atr_rng_init(&coins[k], b->again[which[k]].seed);
        making[k] =
            (atr_abe_making){&coins[k], headers + k * t->fo.header_len, NULL};
    }
    t->abe->scheme->encap(making, count, t->abe, t->policy);
    for (size_t k = 0; k < count; k++) {
        atr_kem_opening *item = b->item[which[k]];
        const atr_fo fo = fo_of(t, b, which[k]);

        item->err = atr_fo_confirm(item->key, &b->again[which[k]], &fo,
                                   making[k].header, item->capsule.data);
    }
    atr_wipe(headers, sizeof headers);
    atr_wipe(coins, sizeof coins);
}

static void reencap(batch *b, const transform *t, size_t together)
{
    size_t which[ATR_ABE_TOGETHER];
    size_t count = 0;

    for (size_t i = 0; i < b->count; i++) {
        if (is_well(b, i)) {
            which[count++] = i;
        }
        if (count == together || (count > 0 && i + 1 == b->count)) {
            reencap_some(b, which, count, t);
            count = 0;
        }
    }
}

/* (5): the weights depend on all that is compared under them, and on the key,
 * which those who make capsules do not know. */
static void draw_seeds(atr_abe_sums *sums, const batch *b, const transform *t,
                       const atr_abe_key *key)
{
    const atr_bytes domain = ATR_LITERAL("ATR1/FO/weights");
    uint8_t k3[ATR_G1_BYTES];
    atr_hmac extract;

    atr_g1_write(k3, &key->k3);
    atr_kdf_begin(&extract, domain);
    atr_hmac_field(&extract, ATR_BYTES(k3));
    atr_hmac_field(&extract, t->fo.hm);
    atr_hmac_field(&extract, t->fo.to);
    for (size_t i = 0; i < b->count; i++) {
        atr_hmac_field(&extract, b->item[i]->ad);
        atr_hmac_field(&extract, b->item[i]->capsule);
    }
    atr_kdf_end((uint8_t *)&sums->seed, sizeof sums->seed, &extract, domain);
    atr_wipe(k3, sizeof k3);
}

/* All headers at once. True where every one is what its coins make; where one
 * is not, nothing is known of the others. */
static bool same_at_once(atr_abe_sums *sums, const batch *b, const transform *t)
{
    sums->count = b->count;
    for (size_t i = 0; i < b->count; i++) {
        sums->coins[i] = is_well(b, i) ? b->again[i].seed : NULL;
    }
    return t->abe->scheme->same(sums, t->abe, t->policy);
}

static void conclude(batch *b, const transform *t)
{
    for (size_t i = 0; i < b->count; i++) {
        atr_kem_opening *item = b->item[i];
        const atr_fo fo = fo_of(t, b, i);

        if (is_well(b, i)) {
            item->err = atr_fo_conclude(item->key, &b->again[i], &fo,
                                        item->capsule.data, true);
        }
    }
}

/* From each Z to what its header is made again from. */
static void recover(batch *b, const transform *t)
{
    for (size_t i = 0; i < b->count; i++) {
        const atr_fo fo = fo_of(t, b, i);

        b->item[i]->err = b->opening[i].err;
        if (is_well(b, i)) {
            atr_fo_recover(&b->again[i], &fo, &b->opening[i].z,
                           b->item[i]->capsule.data);
        }
    }
}

/* From how many bytes of headers on sums take less time than headers made
 * again (bench_kem). */
#define SUMS_LEAST 3072

static void open_batch(batch *b, const transform *t, atr_abe_opener *opener,
                       size_t together)
{
    const bool summed =
        b->count > 1 && b->count * t->fo.header_len >= SUMS_LEAST;
    atr_abe_sums sums;

    if (summed) {
        draw_seeds(&sums, b, t, opener->key);
        opener->sums = &sums;
    }
    for (size_t i = 0; i < b->count; i++) {
        b->opening[i].header =
            (atr_bytes){b->item[i]->capsule.data, t->fo.header_len};
    }
    t->abe->scheme->decap(b->opening, b->count, opener);
    opener->sums = NULL;
    recover(b, t);
    if (summed && same_at_once(&sums, b, t)) {
        conclude(b, t);
    } else {
        reencap(b, t, together);
    }
    atr_wipe(b, sizeof *b);
}

/* With the rows of a plan; the satisfaction check is the caller's. */
static void decap_with(atr_kem_opening *items, size_t count, const atr_abe *abe,
                       atr_abe_opener opener)
{
    atr_policy_rows rows;
    transform t;
    batch b = {0};

    begin(&t, abe, opener.policy, (atr_bytes){NULL, 0});
    atr_policy_rows_of(&rows, opener.policy);
    for (size_t i = 0; i < count; i++) {
        if (items[i].capsule.len == t.fo.header_len + ATR_FO_MASKED_BYTES) {
            b.item[b.count++] = &items[i];
        } else {
            items[i].err = ATR_ERR_AUTH;
        }
        if (b.count == abe->scheme->batch(&rows) || i + 1 == count) {
            open_batch(&b, &t, &opener, atr_abe_together(&rows));
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
        decap_with(items, count, abe,
                   (atr_abe_opener){secret, policy, &plan, NULL});
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
                   (atr_abe_opener){&attempt.key, policy, &attempt.plan, NULL});
    }
    atr_forced_wipe(&attempt);
    return take_key(key, &item);
}
