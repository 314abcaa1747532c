/* FABEO CP-ABE, doc/scheme/fabeo.md (Riepel, Wee, ePrint 2022/1415, fig. 1).
 * The twist of a row is the occurrence of its attribute: this is the multi-use
 * vector s', without which a repeated attribute opens what it must not. */
#include "scheme/rows.h"

static const atr_rows_form form = {.twist_each_row = false, .inverse = false};

static size_t header_len(const atr_policy_rows *rows)
{
    return atr_rows_len(&form, rows);
}

static size_t batch(const atr_policy_rows *rows)
{
    return atr_rows_batch(&form, rows);
}

/* (4), (5): c1 = g2^s, c2_j = g2^{s'_j},
 * c3_i = B^{lambda_i} H(u_i)^{s'_{j(i)}}; Z = A^s */
static void encap(const atr_abe_making *items, size_t count, const atr_abe *abe,
                  const atr_policy *policy)
{
    atr_rows_encap(items, count, &form, abe, policy);
}

/* (6): Z = e(k3, c1) prod_j e(prod k2^w, c2_j) / e(prod c3^w, k1) */
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

const atr_scheme atr_scheme_fabeo = {
    .id = ATR_SCHEME_FABEO,
    .name = "fabeo",
    .base_dst = "ATR1/FABEO-CP/B_BLS12381G1_XMD:SHA-256_SSWU_RO_",
    .attr_dst = "ATR1/FABEO-CP/attr_BLS12381G1_XMD:SHA-256_SSWU_RO_",
    .cost = {.row = 1, .repeated = 3},
    .header_len = header_len,
    .batch = batch,
    .encap = encap,
    .decap = decap,
    .same = same,
    .check = check,
};
