/* Waters' CP-ABE in the layout W11, doc/scheme/w11.md (PKC 2011, ePrint
 * 2008/290; large universe by hashing). Every row has a twist of its own. */
#include "scheme/rows.h"

static const atr_rows_form form = {.twist_each_row = true, .inverse = true};

static size_t header_len(const atr_policy_rows *rows)
{
    return atr_rows_len(&form, rows);
}

static size_t batch(const atr_policy_rows *rows)
{
    return atr_rows_batch(&form, rows);
}

/* (4), (5): C' = g2^s, D_i = g2^{r_i}, C_i = (g1^a)^{lambda_i} H(u_i)^{-r_i} */
static void encap(const atr_abe_making *items, size_t count, const atr_abe *abe,
                  const atr_policy *policy)
{
    atr_rows_encap(items, count, &form, abe, policy);
}

/* (6): Z = e(K, C') / (e(prod C_i^{w_i}, L) prod_i e(K_{u_i}^{w_i}, D_i)) */
static void decap(atr_abe_opening *items, size_t count,
                  const atr_abe_opener *opener)
{
    atr_rows_decap(items, count, &form, opener);
}

static bool same(const atr_abe_sums *sums, const atr_abe *abe,
                 const atr_policy *policy)
{
    return atr_rows_same(sums, &form, abe, policy);
}

/* (8) */
static atr_err check(const atr_abe *abe, const atr_policy *policy,
                     atr_bytes header, atr_rng *rng)
{
    return atr_rows_check(&form, abe, policy, header, rng);
}

const atr_scheme atr_scheme_w11 = {
    .id = ATR_SCHEME_W11,
    .name = "w11",
    .base_dst = "ATR1/W11/gen_BLS12381G1_XMD:SHA-256_SSWU_RO_",
    .attr_dst = "ATR1/W11/attr_BLS12381G1_XMD:SHA-256_SSWU_RO_",
    .cost = {.row = 10, .repeated = 0},
    .header_len = header_len,
    .batch = batch,
    .encap = encap,
    .decap = decap,
    .same = same,
    .check = check,
};
