/* curve_read.c - every decoder of lib/curve. What is accepted is written back
 * as the same bytes: there is one encoding. The first byte says which decoder.
 */
#include <stdlib.h>

#include "curve/g1.h"
#include "curve/g2.h"
#include "curve/gt.h"

static void must(bool truth)
{
    if (!truth) {
        abort();
    }
}

/* The decoder without the identity agrees but for the identity. */
static void agree(atr_err any, atr_err finite, bool identity)
{
    must(finite == (any == ATR_OK && identity ? ATR_ERR_INPUT : any));
}

static void g1(const uint8_t in[ATR_G1_BYTES])
{
    uint8_t out[ATR_G1_BYTES];
    atr_g1_affine p;
    atr_g1_affine q;
    atr_err err = atr_g1_read_any(&p, in);

    agree(err, atr_g1_read(&q, in), atr_g1_affine_is_identity_vartime(&p));
    if (err == ATR_OK) {
        atr_g1_write(out, &p);
        must(memcmp(out, in, sizeof out) == 0);
    }
}

static void g1_wide(const uint8_t in[ATR_G1_WIDE_BYTES])
{
    uint8_t out[ATR_G1_WIDE_BYTES];
    atr_g1_affine p;
    atr_g1_affine q;
    atr_err err = atr_g1_read_wide_any(&p, in);

    agree(err, atr_g1_read_wide(&q, in), atr_g1_affine_is_identity_vartime(&p));
    if (err == ATR_OK) {
        atr_g1_write_wide(out, &p);
        must(memcmp(out, in, sizeof out) == 0);
    }
}

static void g2(const uint8_t in[ATR_G2_BYTES])
{
    uint8_t out[ATR_G2_BYTES];
    atr_g2_affine p;
    atr_g2_affine q;
    atr_err err = atr_g2_read_any(&p, in);

    agree(err, atr_g2_read(&q, in), atr_g2_affine_is_identity_vartime(&p));
    if (err == ATR_OK) {
        atr_g2_write(out, &p);
        must(memcmp(out, in, sizeof out) == 0);
    }
}

static void g2_wide(const uint8_t in[ATR_G2_WIDE_BYTES])
{
    uint8_t out[ATR_G2_WIDE_BYTES];
    atr_g2_affine p;
    atr_g2_affine q;
    atr_err err = atr_g2_read_wide_any(&p, in);

    agree(err, atr_g2_read_wide(&q, in), atr_g2_affine_is_identity_vartime(&p));
    if (err == ATR_OK) {
        atr_g2_write_wide(out, &p);
        must(memcmp(out, in, sizeof out) == 0);
    }
}

static void gt(const uint8_t in[ATR_GT_BYTES])
{
    uint8_t out[ATR_GT_BYTES];
    atr_gt e;

    if (atr_gt_read(&e, in) == ATR_OK) {
        must(!atr_gt_is_one(&e));
        atr_gt_write(out, &e);
        must(memcmp(out, in, sizeof out) == 0);
    }
}

static void fr(const uint8_t in[ATR_FR_BYTES])
{
    uint8_t out[ATR_FR_BYTES];
    atr_fr k;

    if (atr_fr_read(&k, in) == ATR_OK) {
        atr_fr_write(out, &k);
        must(memcmp(out, in, sizeof out) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct {
        void (*read)(const uint8_t *in);
        size_t len;
    } decoders[] = {
        {g1, ATR_G1_BYTES}, {g1_wide, ATR_G1_WIDE_BYTES},
        {g2, ATR_G2_BYTES}, {g2_wide, ATR_G2_WIDE_BYTES},
        {gt, ATR_GT_BYTES}, {fr, ATR_FR_BYTES},
    };
    size_t which = len == 0 ? 0 : data[0] % 6;

    if (len == decoders[which].len + 1) {
        decoders[which].read(data + 1);
    }
    return 0;
}
