/* Known answers of lib/curve: hashes of RFC 9380 (J.9.1, J.10.1, message
 * "abc"), and laws that fail when a single limb is wrong.
 */
#include "kit/tap.h"

#include "curve/pairing.h"

static void hash_to_g1(void)
{
    uint8_t bytes[ATR_G1_WIDE_BYTES];
    atr_g1_affine p;

    atr_g1_hash(
        &p, ATR_LITERAL("QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_"),
        ATR_LITERAL("abc"));
    atr_g1_write_wide(bytes, &p);
    tap_hex(bytes, sizeof bytes,
            "03567bc5ef9c690c2ab2ecdf6a96ef1c139cc0b2f284dca0"
            "a9a7943388a49a3aee664ba5379a7655d3c68900be2f6903"
            "0b9c15f3fe6e5cf4211f346271d7b01c8f3b28be689c8429"
            "c85b67af215533311f0b8dfaaa154fa6b88176c229f2885d");
}

static void hash_to_g2(void)
{
    uint8_t bytes[ATR_G2_WIDE_BYTES];
    atr_g2_affine p;

    atr_g2_hash(
        &p, ATR_LITERAL("QUUX-V01-CS02-with-BLS12381G2_XMD:SHA-256_SSWU_RO_"),
        ATR_LITERAL("abc"));
    atr_g2_write_wide(bytes, &p);
    tap_hex(bytes, sizeof bytes,
            "139cddbccdc5e91b9623efd38c49f81a6f83f175e80b06fc"
            "374de9eb4b41dfe4ca3a230ed250fbe3a2acf73a41177fd8"
            "02c2d18e033b960562aae3cab37a27ce00d80ccd5ba4b7fe"
            "0e7a210245129dbec7780ccc7954725f4168aff2787776e6"
            "00aa65dae3c8d732d10ecd2c50f8a1baf3001578f71c694e"
            "03866e9f3d49ac1e1ce70dd94a733534f106d4cec0eddd16"
            "1787327b68159716a37440985269cf584bcb1e621d3a7202"
            "be6ea05c4cfe244aeb197642555a0645fb87bf7466b2ba48");
}

/* e(a g1, b g2) = e(g1, g2)^(a b), which tool/curve_constants.py computes by
 * other means. */
static void bilinear(void)
{
    atr_fr a;
    atr_fr b;
    atr_g1 p;
    atr_g2 q;
    atr_g1_affine pa;
    atr_g2_affine qa;
    atr_gt e;
    atr_gt f;

    atr_fr_hash(&a, ATR_LITERAL("wasm"), ATR_LITERAL("a"));
    atr_fr_hash(&b, ATR_LITERAL("wasm"), ATR_LITERAL("b"));
    atr_g1_mul(&p, &atr_g1_generator, &a);
    atr_g2_mul_vartime(&q, &atr_g2_generator, &b);
    atr_g1_to_affine(&pa, &p);
    atr_g2_to_affine(&qa, &q);
    atr_pairing(&e, &pa, &qa);
    atr_fr_mul(&a, &a, &b);
    atr_gt_pow(&f, &atr_gt_generator, &a);
    tap_is(atr_gt_equal(&e, &f) != 0);
    tap_is(atr_gt_is_one(&e) == 0);
}

static void encodings(void)
{
    uint8_t bytes[ATR_G2_BYTES];
    uint8_t gt[ATR_GT_BYTES];
    atr_g1_affine p;
    atr_g2_affine q;
    atr_gt e;

    atr_g1_write(bytes, &atr_g1_generator);
    tap_is(atr_g1_read(&p, bytes) == ATR_OK);
    tap_is(atr_g1_affine_equal(&p, &atr_g1_generator) != 0);
    bytes[47] ^= 1;
    tap_is(atr_g1_read(&p, bytes) == ATR_ERR_INPUT);
    atr_g2_write(bytes, &atr_g2_generator);
    tap_is(atr_g2_read(&q, bytes) == ATR_OK);
    tap_is(atr_g2_affine_equal(&q, &atr_g2_generator) != 0);
    atr_gt_write(gt, &atr_gt_generator);
    tap_is(atr_gt_read(&e, gt) == ATR_OK);
    tap_is(atr_gt_equal(&e, &atr_gt_generator) != 0);
    gt[575] ^= 1;
    tap_is(atr_gt_read(&e, gt) == ATR_ERR_INPUT);
}

int main(void)
{
    static const tap_test tests[] = {
        {"hash_to_g1", hash_to_g1},
        {"hash_to_g2", hash_to_g2},
        {"bilinear", bilinear},
        {"encodings", encodings},
    };

    return TAP_RUN(tests);
}
