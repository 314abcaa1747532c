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

#include "curve/weighing.h"
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

/* The most points of G2 that are dealt with at once: those of `count` headers
 * with `count` up to atr_abe_together, or up to atr_rows_batch. */
#define ATR_ROWS_HEADS_MAX (ATR_ABE_TOGETHER + ATR_POLICY_ROWS_MAX)
size_t atr_rows_batch(const atr_rows_form *form, const atr_policy_rows *rows);

/* How many headers have their rows read, and weighed, at once. */
size_t atr_rows_part(const atr_policy_rows *rows);

#define ATR_ROWS_BYTES_MAX                                                     \
    (ATR_ROWS_HEADS_MAX * ATR_G2_BYTES + ATR_POLICY_ROWS_MAX * ATR_G1_BYTES)

/* atr_rows_draw draws s, the sharing, e_0 .. e_{n-1}, in this order: `head` is
 * s, e_0 .., of atr_rows_heads elements, and `share` lambda_0 .. */
void atr_rows_draw(atr_fr *head, atr_fr *share, size_t heads,
                   const atr_policy *policy, atr_rng *coins);

/* atr_rows_encap draws from the coins of each item, at most atr_abe_together;
 * writes the header and, where asked for, Z = A^s. Constant time but for the
 * policy. */
void atr_rows_encap(const atr_abe_making *items, size_t count,
                    const atr_rows_form *form, const atr_abe *abe,
                    const atr_policy *policy);

/* The points of some headers under one policy, header after header: h and t_0
 * .. of up to atr_rows_batch of them, and of a part of these c_0 .. */
typedef struct {
    atr_policy_rows rows;
    size_t heads; /* of one header */
    atr_g2_affine head[ATR_ROWS_HEADS_MAX];
    atr_g1_affine row[ATR_POLICY_ROWS_MAX];
} atr_rows_points;

/* atr_rows_read_heads and atr_rows_read_rows validate every point of every
 * header, used or not. The first sets each `err`, and both set it to
 * ATR_ERR_AUTH where a length or a point is wrong. The rows of a header are
 * the identity then. The second takes at most atr_rows_part of the items;
 * where they are `summed`, it leaves out whether the points have order r. */
void atr_rows_read_heads(atr_rows_points *out, const atr_rows_form *form,
                         const atr_policy *policy, atr_abe_opening *items,
                         size_t count);
void atr_rows_read_rows(atr_rows_points *out, atr_abe_opening *items,
                        size_t count, bool summed);

/* What the headers bring to the pairings: their points, and of each the product
 * of c_i^{-w_i} over the rows of the plan. */
typedef struct {
    atr_rows_points points;
    atr_g1_affine sum[ATR_ABE_BATCH];
} atr_rows_headers;

/* atr_rows_decap is the `decap` of a scheme; atr_rows_pair its second half,
 * where the key comes in, for the items that are well so far. */
void atr_rows_decap(atr_abe_opening *items, size_t count,
                    const atr_rows_form *form, const atr_abe_opener *opener);
void atr_rows_pair(atr_abe_opening *items, size_t count,
                   const atr_rows_headers *x, const atr_rows_form *form,
                   const atr_abe_opener *opener);

/* The sums of atr_abe_sums. Points that are the identity count for nothing.
 * Each call of atr_rows_sum_rows is for the next atr_rows_part headers, or for
 * what is left; atr_rows_sum_end is false when a row of any has not order r,
 * which it asks where they are `unsure`. All heads are summed in one. */
typedef struct {
    bool unsure;
    atr_rng weights;
    atr_rng coins;
    atr_weighing row;
} atr_rows_summing;

void atr_rows_sum_begin(atr_rows_summing *x, const atr_abe_sums *sums,
                        bool unsure);
void atr_rows_sum_rows(atr_rows_summing *x, const atr_g1_affine *row,
                       size_t count);
bool atr_rows_sum_end(atr_abe_sums *sums, const atr_rows_summing *x);
void atr_rows_sum_heads(atr_abe_sums *sums, const atr_g2_affine *head,
                        size_t count);

/* atr_rows_same is the `same` of a scheme. */
bool atr_rows_same(const atr_abe_sums *sums, const atr_rows_form *form,
                   const atr_abe *abe, const atr_policy *policy);

/* atr_rows_check tells without a key whether all shares are consistent:
 * ATR_OK or ATR_ERR_AUTH. */
ATR_MUST_USE atr_err atr_rows_check(const atr_rows_form *form,
                                    const atr_abe *abe,
                                    const atr_policy *policy, atr_bytes header,
                                    atr_rng *rng);

#endif
