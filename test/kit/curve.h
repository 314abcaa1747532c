/* curve.h - points, scalars and GT elements for tests of the curve. */
#ifndef KIT_CURVE_H
#define KIT_CURVE_H

#include "curve/fp.h"
#include "curve/g1.h"
#include "curve/g2.h"
#include "curve/gt.h"
#include "curve/pairing.h"
#include "kit/kit.h"

static inline atr_bytes text_bytes(const char *text)
{
    return (atr_bytes){(const uint8_t *)text, strlen(text)};
}

/* Pairs without lines, borrowed from `p` and `q`. */
static inline void pairs_of(atr_pair *out, const atr_g1_affine *p,
                            const atr_g2_affine *q, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        out[i] = (atr_pair){&p[i], &q[i], NULL};
    }
}

/* Borrowed from `in`, whose first `digits` characters are hexadecimal. */
static inline void unhex_part(uint8_t *out, size_t len, const char *in)
{
    char text[2 * 576 + 1];

    assert_true(2 * len < sizeof text && strlen(in) >= 2 * len);
    memcpy(text, in, 2 * len);
    text[2 * len] = '\0';
    assert_int_equal(kit_unhex(out, len, text), len);
}

/* A number in hexadecimal, with or without 0x, of any number of digits up to
 * a comma or the end, as `len` bytes. */
static inline void unhex_number(uint8_t *out, size_t len, const char *in)
{
    char text[2 * 576 + 1];
    size_t digits;

    if (strncmp(in, "0x", 2) == 0) {
        in += 2;
    }
    digits = strcspn(in, ",");
    assert_true(digits <= 2 * len);
    memset(text, '0', 2 * len);
    memcpy(text + 2 * len - digits, in, digits);
    text[2 * len] = '\0';
    assert_int_equal(kit_unhex(out, len, text), len);
}

static inline atr_fp fp_of_hex(const char *in)
{
    uint8_t bytes[ATR_FP_BYTES];
    atr_fp out;

    unhex_number(bytes, sizeof bytes, in);
    assert_int_equal(atr_fp_read(&out, bytes), ATR_OK);
    return out;
}

/* "c0,c1" */
static inline atr_fp2 fp2_of_hex(const char *in)
{
    const char *comma = strchr(in, ',');

    assert_non_null(comma);
    return (atr_fp2){fp_of_hex(in), fp_of_hex(comma + 1)};
}

/* Any number of 32 bytes, mod r. */
static inline atr_fr fr_of_hex(const char *in)
{
    uint8_t bytes[ATR_FR_WIDE_BYTES];
    atr_fr out;

    unhex_number(bytes, sizeof bytes, in);
    atr_fr_reduce(&out, bytes);
    return out;
}

static inline atr_err g1_read_hex(atr_g1_affine *out, const char *hex)
{
    uint8_t bytes[256];
    size_t len = strlen(hex) / 2 <= sizeof bytes
                     ? kit_unhex(bytes, sizeof bytes, hex)
                     : 0;

    memset(out, 0, sizeof *out);
    return len == ATR_G1_BYTES        ? atr_g1_read_any(out, bytes)
           : len == ATR_G1_WIDE_BYTES ? atr_g1_read_wide_any(out, bytes)
                                      : ATR_ERR_INPUT;
}

static inline atr_err g2_read_hex(atr_g2_affine *out, const char *hex)
{
    uint8_t bytes[256];
    size_t len = strlen(hex) / 2 <= sizeof bytes
                     ? kit_unhex(bytes, sizeof bytes, hex)
                     : 0;

    memset(out, 0, sizeof *out);
    return len == ATR_G2_BYTES        ? atr_g2_read_any(out, bytes)
           : len == ATR_G2_WIDE_BYTES ? atr_g2_read_wide_any(out, bytes)
                                      : ATR_ERR_INPUT;
}

static inline void assert_g1_affine(const atr_g1_affine *a,
                                    const atr_g1_affine *b)
{
    assert_true(atr_g1_affine_equal(a, b));
}

static inline void assert_g2_affine(const atr_g2_affine *a,
                                    const atr_g2_affine *b)
{
    assert_true(atr_g2_affine_equal(a, b));
}

/* Double and add of the plain group law: slow, without endomorphism, for
 * points of the whole curve. `number` is big-endian. */
static inline void g1_times_plain(atr_g1 *out, const atr_g1_affine *a,
                                  const uint8_t *number, size_t len)
{
    atr_g1_identity(out);
    for (size_t i = 0; i < 8 * len; i++) {
        atr_g1_dbl(out, out);
        if (number[i / 8] >> (7 - i % 8) & 1) {
            atr_g1_add_affine(out, out, a);
        }
    }
}

static inline void g2_times_plain(atr_g2 *out, const atr_g2_affine *a,
                                  const uint8_t *number, size_t len)
{
    atr_g2_identity(out);
    for (size_t i = 0; i < 8 * len; i++) {
        atr_g2_dbl(out, out);
        if (number[i / 8] >> (7 - i % 8) & 1) {
            atr_g2_add_affine(out, out, a);
        }
    }
}

/* r, big-endian. */
static const uint8_t kit_order[32] = {
    0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8,
    0x08, 0x09, 0xa1, 0xd8, 0x05, 0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe,
    0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01};

/* A point of the curve from a field element, not multiplied by the cofactor:
 * outside the subgroup but for one case in 2^125. */
static inline void g1_outside(atr_g1_affine *out, atr_rng *rng)
{
    uint8_t bytes[ATR_FP_WIDE_BYTES];
    atr_g1 point;
    atr_fp u;

    atr_rng_bytes(rng, bytes, sizeof bytes);
    atr_fp_read_wide(&u, bytes);
    atr_g1_map(&point, &u);
    atr_g1_to_affine(out, &point);
}

static inline void g2_outside(atr_g2_affine *out, atr_rng *rng)
{
    uint8_t bytes[2 * ATR_FP_WIDE_BYTES];
    atr_g2 point;
    atr_fp2 u;

    atr_rng_bytes(rng, bytes, sizeof bytes);
    atr_fp_read_wide(&u.c0, bytes);
    atr_fp_read_wide(&u.c1, bytes + ATR_FP_WIDE_BYTES);
    atr_g2_map(&point, &u);
    atr_g2_to_affine(out, &point);
}

#endif
