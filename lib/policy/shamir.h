/* shamir.h - k of n: a secret of Fr as points of a polynomial.
 *
 * Shamir (CACM 1979): f(X) = s + f_1 X + .. + f_{k-1} X^{k-1} with random
 * f_1 .. f_{k-1}; the share of place j is f(j), j = 1..n. Any k shares give
 * s = f(0), fewer say nothing about it. The shape is that of RFC 9591, C.1,
 * over the scalar field of BLS12-381. doc/scheme/shamir.md
 *
 * Secret and values are secret; places, count and threshold are public, and
 * time depends on them alone.
 */
#ifndef ATR_SHAMIR_H
#define ATR_SHAMIR_H

#include "base/bytes.h"
#include "curve/fr.h"

#define ATR_SHAMIR_SHARES_MAX 255
#define ATR_SHAMIR_SHARE_BYTES (1 + ATR_FR_BYTES)

typedef struct {
    uint8_t place; /* 1 to 255: 0 is where the secret stands */
    atr_fr value;
} atr_shamir_share;

/* atr_shamir_split makes `count` shares, of places 1 to `count`, any
 * `threshold` of which give `secret`. Draws f_1, f_2, .. in this order.
 * 1 <= threshold <= count <= ATR_SHAMIR_SHARES_MAX, or ATR_ERR_INPUT. */
ATR_MUST_USE atr_err atr_shamir_split(atr_shamir_share *shares, size_t count,
                                      size_t threshold, const atr_fr *secret,
                                      atr_rng *rng);

/* atr_shamir_split_derand is the same for the coefficients `poly`, lowest
 * first: `threshold` of them, the secret among them. */
ATR_MUST_USE atr_err atr_shamir_split_derand(atr_shamir_share *shares,
                                             size_t count, const atr_fr *poly,
                                             size_t threshold);

/* atr_shamir_check tells whether all `count` shares, at least `threshold`, lie
 * on one polynomial of degree threshold - 1: ATR_OK or ATR_ERR_AUTH.
 * ATR_ERR_INPUT when there are too few, or a place is 0 or stands twice. With
 * exactly `threshold` shares there is nothing to compare: ATR_OK. */
ATR_MUST_USE atr_err atr_shamir_check(const atr_shamir_share *shares,
                                      size_t count, size_t threshold);

/* atr_shamir_combine checks the shares as above and recovers the secret. It
 * cannot tell a wrong `threshold` or, without shares to spare, a wrong
 * value. */
ATR_MUST_USE atr_err atr_shamir_combine(atr_fr *secret,
                                        const atr_shamir_share *shares,
                                        size_t count, size_t threshold);

/* Bytes: place, value. Reading refuses place 0 and values of r and above with
 * ATR_ERR_INPUT. */
ATR_MUST_USE atr_err atr_shamir_share_read(
    atr_shamir_share *out, const uint8_t in[ATR_SHAMIR_SHARE_BYTES]);
void atr_shamir_share_write(uint8_t out[ATR_SHAMIR_SHARE_BYTES],
                            const atr_shamir_share *share);

/* atr_shamir_weights writes the Lagrange coefficients of `count` different
 * places for the value at `target`: f(target) = sum of out[i] f(place[i]) for
 * every f of degree below `count`. Here a place may be 0. */
void atr_shamir_weights(atr_fr *out, const uint8_t *place, size_t count,
                        uint8_t target);

#endif
