/* rows.h - the form of a ciphertext, which the two schemes share.
 *
 *     header = h, t_0 .. t_{n-1}, c_0 .. c_{l-1}
 *     h   = g2^s                                    (G2, compressed)
 *     t_j = g2^{e_j},                  j = 0..n-1   (G2)
 *     c_i = base^{lambda_i} H(u_i)^{+-e_{j(i)}}     (G1), row i of the policy
 *
 * with lambda a sharing of s, u_i the attribute of row i, and the *twist* j(i)
 * and the sign a matter of the scheme. FABEO has one twist for each occurrence
 * of an attribute, j(i) = occurrence of row i, and the sign +; W11 has one for
 * each row, j(i) = i, and the sign -. (doc/scheme/fabeo.md, doc/scheme/w11.md)
 */
#ifndef ATR_ROWS_H
#define ATR_ROWS_H

#include "scheme/abe.h"

typedef struct {
    bool twist_each_row; /* else one for each occurrence */
    bool inverse;        /* the sign is - */
} atr_rows_form;

/* atr_rows_len is the length of a header. */
size_t atr_rows_len(const atr_rows_form *form, const atr_policy_rows *rows);

/* atr_rows_encap draws s, the sharing, e_0 .. e_{n-1}, in this order, from
 * `coins`; writes the header and Z = A^s. Constant time but for the policy. */
void atr_rows_encap(uint8_t *header, atr_gt *z, const atr_rows_form *form,
                    const atr_abe *abe, const atr_policy *policy,
                    atr_rng *coins);

/* What is opened with what. */
typedef struct {
    const atr_abe_key *key;
    const atr_policy *policy;
    const atr_share_plan *plan;
    atr_bytes header;
} atr_rows_task;

/* atr_rows_decap recovers Z from the rows of the plan. Every point of the
 * header is validated, used or not: ATR_ERR_AUTH. ATR_ERR_POLICY when the plan
 * names a row whose attribute the key lacks. */
ATR_MUST_USE atr_err atr_rows_decap(atr_gt *z, const atr_rows_form *form,
                                    const atr_rows_task *task);

/* atr_rows_check tells without a key whether all shares are consistent:
 * ATR_OK or ATR_ERR_AUTH. */
ATR_MUST_USE atr_err atr_rows_check(const atr_rows_form *form,
                                    const atr_abe *abe,
                                    const atr_policy *policy, atr_bytes header,
                                    atr_rng *rng);

#endif
