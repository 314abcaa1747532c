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

/* How many points of G2 a header has, h among them, and which of the twists row
 * `row` has. */
size_t atr_rows_heads(const atr_rows_form *form, const atr_policy_rows *rows);
size_t atr_rows_twist(const atr_rows_form *form, const atr_policy_rows *rows,
                      size_t row);

/* atr_rows_len is the length of a header. */
size_t atr_rows_len(const atr_rows_form *form, const atr_policy_rows *rows);

/* In all functions below `count` is at most atr_abe_together: so many headers
 * have no more than this of each. */
#define ATR_ROWS_HEADS_MAX (ATR_ABE_TOGETHER + ATR_POLICY_ROWS_MAX)
#define ATR_ROWS_BYTES_MAX                                                     \
    (ATR_ROWS_HEADS_MAX * ATR_G2_BYTES + ATR_POLICY_ROWS_MAX * ATR_G1_BYTES)

/* atr_rows_encap draws s, the sharing, e_0 .. e_{n-1}, in this order, from the
 * coins of each item; writes the header and, where asked for, Z = A^s.
 * Constant time but for the policy. */
void atr_rows_encap(const atr_abe_making *items, size_t count,
                    const atr_rows_form *form, const atr_abe *abe,
                    const atr_policy *policy);

/* The points of some headers under one policy, header after header. */
typedef struct {
    atr_policy_rows rows;
    size_t heads;                           /* of one header */
    atr_g2_affine head[ATR_ROWS_HEADS_MAX]; /* h, t_0 .. */
    atr_g1_affine row[ATR_POLICY_ROWS_MAX]; /* c_0 .. */
} atr_rows_points;

/* atr_rows_read validates every point of every header, used or not. Sets each
 * `err`: ATR_ERR_AUTH where a length or a point is wrong, and then no point of
 * this header is to be used. */
void atr_rows_read(atr_rows_points *out, const atr_rows_form *form,
                   const atr_policy *policy, atr_abe_opening *items,
                   size_t count);

/* atr_rows_decap is the `decap` of a scheme. */
void atr_rows_decap(atr_abe_opening *items, size_t count,
                    const atr_rows_form *form, const atr_abe_opener *opener);

/* atr_rows_check tells without a key whether all shares are consistent:
 * ATR_OK or ATR_ERR_AUTH. */
ATR_MUST_USE atr_err atr_rows_check(const atr_rows_form *form,
                                    const atr_abe *abe,
                                    const atr_policy *policy, atr_bytes header,
                                    atr_rng *rng);

#endif
