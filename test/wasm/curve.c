/* Known answers of lib/curve: RFC 9380, J.9.1 and J.10.1, the common value of
 * e(g1, g2), and the law of the pairing.
 */
#include "kit/tap.h"
#include "curve/pairing.h"
#include "sym/hash.h"

static void tap_digest(const uint8_t *bytes, size_t len, const char *hex)
{
    uint8_t digest[ATR_HASH_BYTES];

    atr_hash_of(digest, (atr_bytes){bytes, len});
    tap_hex(digest, sizeof digest, hex);
}

static void seeded(atr_rng *rng, uint8_t number)
{
    uint8_t seed[ATR_SEED_BYTES] = {number};

    atr_rng_init(rng, seed);
}

static void hash_to_g1(void)
{
    uint8_t bytes[ATR_G1_WIDE_BYTES];
    atr_g1_affine point;

    atr_g1_hash(
        &point,
        ATR_LITERAL("QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_"),
        ATR_LITERAL("abc"));
    atr_g1_write_wide(bytes, &point);
    tap_hex(bytes, sizeof bytes,
            "03567bc5ef9c690c2ab2ecdf6a96ef1c139cc0b2f284dca0"
            "a9a7943388a49a3aee664ba5379a7655d3c68900be2f6903"
            "0b9c15f3fe6e5cf4211f346271d7b01c8f3b28be689c8429"
            "c85b67af215533311f0b8dfaaa154fa6b88176c229f2885d");
}

static void hash_to_g2(void)
{
    uint8_t bytes[ATR_G2_WIDE_BYTES];
    atr_g2_affine point;

    atr_g2_hash(
        &point,
        ATR_LITERAL("QUUX-V01-CS02-with-BLS12381G2_XMD:SHA-256_SSWU_RO_"),
        ATR_LITERAL(""));
    atr_g2_write_wide(bytes, &point);
    tap_hex(bytes, sizeof bytes,
            "05cb8437535e20ecffaef7752baddf98034139c38452458b"
            "aeefab379ba13dff5bf5dd71b72418717047f5b0f37da03d"
            "0141ebfbdca40eb85b87142e130ab689c673cf60f1a3e98d"
            "69335266f30d9b8d4ac44c1038e9dcdd5393faf5c41fb78a"
            "12424ac32561493f3fe3c260708a12b7c620e7be00099a97"
            "4e259ddc7d1f6395c3c811cdd19f1e8dbf3e9ecfdcbab8d6"
            "0503921d7f6a12805e72940b963c0cf3471c7b2a524950ca"
            "195d11062ee75ec076daf2d4bc358c4b190c0c98064fdd92");
}

/* The digest of the first line of noble-curves' go_pairing_vectors (made with
 * kilic/bls12-381), its limbs put in our order. */
static void pairing(void)
{
    static uint8_t bytes[ATR_GT_BYTES];
    atr_gt value;

    atr_pairing(&value, &atr_g1_generator, &atr_g2_generator);
    atr_gt_write(bytes, &value);
    tap_digest(bytes, sizeof bytes,
               "06fa588b89fdfb034dbc1c163ecb3dfa"
               "c228f552b643c7294cc5f2c4dc170b84");
    tap_is(atr_gt_equal(&value, &atr_gt_generator) != 0);
}

/* e(a g1, b g2) = e(g1, g2)^(ab), by the constant-time ladders. */
static void bilinear(void)
{
    atr_rng rng;
    atr_fr a;
    atr_fr b;
    atr_g1 p;
    atr_g2 q;
    atr_g1_affine pa;
    atr_g2_affine qa;
    atr_gt left;
    atr_gt right;

    seeded(&rng, 1);
    atr_fr_random(&a, &rng);
    atr_fr_random(&b, &rng);
    atr_g1_mul(&p, &atr_g1_generator, &a);
    atr_g1_to_affine(&pa, &p);
    atr_g2_mul(&q, &atr_g2_generator, &b);
    atr_g2_to_affine(&qa, &q);
    atr_pairing(&left, &pa, &qa);
    atr_gt_pow(&right, &atr_gt_generator, &a);
    atr_gt_pow(&right, &right, &b);
    tap_is(atr_gt_equal(&left, &right) != 0);
}

int main(void)
{
    static const tap_test tests[] = {
        {"hash to G1", hash_to_g1},
        {"hash to G2", hash_to_g2},
        {"e(g1, g2)", pairing},
        {"bilinear", bilinear},
    };

    return TAP_RUN(tests);
}
