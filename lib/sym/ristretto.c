#include "sym/ristretto.h"

#include <sodium.h>

/* RFC 9496, appendix A.1, B[1]. */
const atr_ristretto atr_ristretto_generator = {
    {0xe2, 0xf2, 0xae, 0x0a, 0x6a, 0xbc, 0x4e, 0x71, 0xa8, 0x84, 0xa9,
     0x61, 0xc5, 0x00, 0x51, 0x5f, 0x58, 0xe3, 0x0b, 0x6a, 0xa5, 0x82,
     0xdd, 0x8d, 0xb6, 0xa6, 0x59, 0x45, 0xe0, 0x8d, 0x2d, 0x76}};

static bool is_identity(const uint8_t point[ATR_RISTRETTO_BYTES])
{
    static const uint8_t identity[ATR_RISTRETTO_BYTES] = {0};

    return atr_secret_equal(point, identity, sizeof identity);
}

atr_err atr_ristretto_read_any(atr_ristretto *out,
                               const uint8_t in[ATR_RISTRETTO_BYTES])
{
    if (!is_identity(in) && crypto_core_ristretto255_is_valid_point(in) != 1) {
        memset(out, 0, sizeof *out);
        return ATR_ERR_INPUT;
    }
    memcpy(out->byte, in, sizeof out->byte);
    return ATR_OK;
}

atr_err atr_ristretto_read(atr_ristretto *out,
                           const uint8_t in[ATR_RISTRETTO_BYTES])
{
    if (is_identity(in)) {
        memset(out, 0, sizeof *out);
        return ATR_ERR_INPUT;
    }
    return atr_ristretto_read_any(out, in);
}

/* 64 bytes reduced are as good as uniform; 0 has probability 2^-252. */
void atr_ristretto_scalar_random(atr_ristretto_scalar *out, atr_rng *rng)
{
    uint8_t wide[crypto_core_ristretto255_NONREDUCEDSCALARBYTES];

    do {
        atr_rng_bytes(rng, wide, sizeof wide);
        ATR_SECRET(wide, sizeof wide);
        crypto_core_ristretto255_scalar_reduce(out->byte, wide);
    } while (is_identity(out->byte));
    atr_wipe(wide, sizeof wide);
}

void atr_ristretto_scalar_of(atr_ristretto_scalar *out, uint32_t number)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < 4; i++) {
        out->byte[i] = (uint8_t)(number >> 8 * i);
    }
}

void atr_ristretto_scalar_mul(atr_ristretto_scalar *out,
                              const atr_ristretto_scalar *a,
                              const atr_ristretto_scalar *b)
{
    crypto_core_ristretto255_scalar_mul(out->byte, a->byte, b->byte);
}

void atr_ristretto_scalar_inv(atr_ristretto_scalar *out,
                              const atr_ristretto_scalar *a)
{
    (void)crypto_core_ristretto255_scalar_invert(out->byte, a->byte);
}

/* libsodium gives an error for the identity, which is a result here. */
void atr_ristretto_mul(atr_ristretto *out, const atr_ristretto *a,
                       const atr_ristretto_scalar *k)
{
    uint8_t product[ATR_RISTRETTO_BYTES];

    if (crypto_scalarmult_ristretto255(product, k->byte, a->byte) != 0) {
        memset(product, 0, sizeof product);
    }
    memcpy(out->byte, product, sizeof product);
    atr_wipe(product, sizeof product);
}

void atr_ristretto_add(atr_ristretto *out, const atr_ristretto *a,
                       const atr_ristretto *b)
{
    if (crypto_core_ristretto255_add(out->byte, a->byte, b->byte) != 0) {
        memset(out, 0, sizeof *out);
    }
}

void atr_ristretto_sub(atr_ristretto *out, const atr_ristretto *a,
                       const atr_ristretto *b)
{
    if (crypto_core_ristretto255_sub(out->byte, a->byte, b->byte) != 0) {
        memset(out, 0, sizeof *out);
    }
}
