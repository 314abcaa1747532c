/* The equation numbers are those of doc/scheme/shamir.md. */
#include "policy/shamir.h"

/* (1) */
atr_err atr_shamir_split_derand(atr_shamir_share *shares, size_t count,
                                const atr_fr *poly, size_t threshold)
{
    if (threshold == 0 || threshold > count || count > ATR_SHAMIR_SHARES_MAX) {
        return ATR_ERR_INPUT;
    }
    for (size_t i = 0; i < count; i++) {
        shares[i].place = (uint8_t)(i + 1);
        atr_fr_eval(&shares[i].value, poly, threshold, i + 1);
    }
    return ATR_OK;
}

atr_err atr_shamir_split(atr_shamir_share *shares, size_t count,
                         size_t threshold, const atr_fr *secret, atr_rng *rng)
{
    atr_fr poly[ATR_SHAMIR_SHARES_MAX];
    atr_err err;

    poly[0] = *secret;
    for (size_t i = 1; i < threshold && i < ATR_SHAMIR_SHARES_MAX; i++) {
        atr_fr_random(&poly[i], rng);
    }
    err = atr_shamir_split_derand(shares, count, poly, threshold);
    atr_wipe(poly, sizeof poly);
    return err;
}

/* out[n] = out[n] / under[n], none of which is 0, for one inversion in all. */
static void divide_all(atr_fr *out, const atr_fr *under, size_t count)
{
    atr_fr before[ATR_SHAMIR_SHARES_MAX]; /* the product of those before n */
    atr_fr product = atr_fr_of(1);

    for (size_t n = 0; n < count; n++) {
        before[n] = product;
        atr_fr_mul(&product, &product, &under[n]);
    }
    atr_fr_inv(&product, &product);
    for (size_t n = count; n-- > 0;) {
        atr_fr_mul(&before[n], &before[n], &product);
        atr_fr_mul(&out[n], &out[n], &before[n]);
        atr_fr_mul(&product, &product, &under[n]);
    }
}

/* (2) */
void atr_shamir_weights(atr_fr *out, const uint8_t *place, size_t count,
                        uint8_t target)
{
    const atr_fr goal = atr_fr_of(target);
    atr_fr under[ATR_SHAMIR_SHARES_MAX];

    for (size_t n = 0; n < count; n++) {
        const atr_fr own = atr_fr_of(place[n]);

        out[n] = atr_fr_of(1);
        under[n] = atr_fr_of(1);
        for (size_t m = 0; m < count; m++) {
            const atr_fr other = atr_fr_of(place[m]);
            atr_fr difference;

            if (m != n) {
                atr_fr_sub(&difference, &goal, &other);
                atr_fr_mul(&out[n], &out[n], &difference);
                atr_fr_sub(&difference, &own, &other); /* places differ */
                atr_fr_mul(&under[n], &under[n], &difference);
            }
        }
    }
    divide_all(out, under, count);
}

/* The value at `target` of the polynomial through the first `count` shares. */
static void interpolate(atr_fr *out, const atr_shamir_share *shares,
                        size_t count, uint8_t target)
{
    uint8_t place[ATR_SHAMIR_SHARES_MAX] = {0};
    atr_fr weight[ATR_SHAMIR_SHARES_MAX];
    atr_fr sum = {{0}};
    atr_fr term;

    for (size_t i = 0; i < count; i++) {
        place[i] = shares[i].place;
    }
    atr_shamir_weights(weight, place, count, target);
    for (size_t i = 0; i < count; i++) {
        atr_fr_mul(&term, &weight[i], &shares[i].value);
        atr_fr_add(&sum, &sum, &term);
    }
    *out = sum;
    atr_wipe(&sum, sizeof sum);
    atr_wipe(&term, sizeof term);
}

/* Enough of them, and all in different places. */
static atr_err check_places(const atr_shamir_share *shares, size_t count,
                            size_t threshold)
{
    bool seen[ATR_SHAMIR_SHARES_MAX + 1] = {true}; /* nobody has place 0 */

    if (threshold == 0 || threshold > count || count > ATR_SHAMIR_SHARES_MAX) {
        return ATR_ERR_INPUT;
    }
    for (size_t i = 0; i < count; i++) {
        if (seen[shares[i].place]) {
            return ATR_ERR_INPUT;
        }
        seen[shares[i].place] = true;
    }
    return ATR_OK;
}

/* (4): the first k say what each later one must be. */
atr_err atr_shamir_check(const atr_shamir_share *shares, size_t count,
                         size_t threshold)
{
    atr_mask good = UINT64_MAX;
    atr_fr expected;

    if (check_places(shares, count, threshold) != ATR_OK) {
        return ATR_ERR_INPUT;
    }
    for (size_t i = threshold; i < count; i++) {
        interpolate(&expected, shares, threshold, shares[i].place);
        good &= atr_fr_equal(&expected, &shares[i].value);
        atr_wipe(&expected, sizeof expected);
    }
    ATR_PUBLIC(&good, sizeof good); /* one bit: consistent or not */
    return good ? ATR_OK : ATR_ERR_AUTH;
}

/* (3) */
atr_err atr_shamir_combine(atr_fr *secret, const atr_shamir_share *shares,
                           size_t count, size_t threshold)
{
    atr_err err = atr_shamir_check(shares, count, threshold);

    memset(secret, 0, sizeof *secret);
    if (err == ATR_OK) {
        interpolate(secret, shares, threshold, 0);
    }
    return err;
}

atr_err atr_shamir_share_read(atr_shamir_share *out,
                              const uint8_t in[ATR_SHAMIR_SHARE_BYTES])
{
    atr_err err = in[0] == 0 ? ATR_ERR_INPUT : atr_fr_read(&out->value, in + 1);

    if (err != ATR_OK) {
        memset(out, 0, sizeof *out);
        return err;
    }
    out->place = in[0];
    ATR_SECRET(&out->value, sizeof out->value);
    return ATR_OK;
}

void atr_shamir_share_write(uint8_t out[ATR_SHAMIR_SHARE_BYTES],
                            const atr_shamir_share *share)
{
    out[0] = share->place;
    atr_fr_write(out + 1, &share->value);
}
