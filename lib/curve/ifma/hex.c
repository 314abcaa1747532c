#include "curve/ifma/hex.h"

#include <immintrin.h>

#include "curve/ifma/hex_constants.h"
#include "curve/limb.h"
#include "curve/modulus.h"
#include "curve/scalar.h"

#define LOWEST 7 /* three bits */

/* Three bits at `at`; the sign goes on past the top. */
static inline __m512i window(const atr_hex_number *a, size_t limbs, size_t at)
{
    const __m512i mask = _mm512_set1_epi64(LOWEST);
    size_t word = at / 64 < limbs ? at / 64 : limbs - 1;
    unsigned shift = (unsigned)(at - 64 * word);
    __m512i t = _mm512_load_si512(a->limb[word]);

    if (word + 1 == limbs) {
        t = _mm512_srai_epi64(t, shift);
    } else {
        t = _mm512_srli_epi64(t, shift);
        t = _mm512_or_si512(
            t, _mm512_slli_epi64(_mm512_load_si512(a->limb[word + 1]),
                                 64 - shift));
    }
    return _mm512_and_si512(t, mask);
}

/* What the window and the carry into it leave to the next one: a digit that
 * is negative, or the carry itself, makes 8 more. */
static inline __m512i carry_of(__m512i sum, __m512i word, unsigned bit)
{
    __m512i negative =
        _mm512_and_si512(_mm512_srli_epi64(word, bit), _mm512_set1_epi64(1));

    return _mm512_add_epi64(_mm512_srli_epi64(sum, ATR_HEX_BITS), negative);
}

/* The 64 classes are looked up in registers. */
void atr_hex_recode(atr_hex *out, size_t count, const atr_hex_number *a,
                    const atr_hex_number *b, size_t limbs)
{
    const __m512i first = _mm512_loadu_si512(atr_ifma_hex);
    const __m512i second = _mm512_loadu_si512(atr_ifma_hex + 32);
    const __m512i low = _mm512_set1_epi64(LOWEST);
    __m512i carry_a = _mm512_setzero_si512();
    __m512i carry_b = carry_a;

    for (size_t i = 0; i < count; i++) {
        __m512i sa = window(a, limbs, ATR_HEX_BITS * i);
        __m512i sb = window(b, limbs, ATR_HEX_BITS * i);
        __m512i class;
        __m512i word;

        sa = _mm512_add_epi64(sa, carry_a);
        sb = _mm512_add_epi64(sb, carry_b);
        class = _mm512_slli_epi64(_mm512_and_si512(sb, low), ATR_HEX_BITS);
        class = _mm512_or_si512(class, _mm512_and_si512(sa, low));
        word = _mm512_permutex2var_epi16(first, class, second);
        carry_a = carry_of(sa, word, 7);
        carry_b = carry_of(sb, word, 8);
        word = _mm512_and_si512(word, _mm512_set1_epi64(0x7f));
        _mm512_store_si512(out->digit[i], word);
    }
}

/* The digits of k + centre in base |x|. */
static void split(uint64_t d[4], const atr_fr *k, const uint64_t centre[4])
{
    atr_fr t;

    memcpy(t.limb, centre, sizeof t.limb);
    atr_fr_add(&t, &t, k);
    atr_scalar_split(d, &t);
    atr_wipe(&t, sizeof t);
}

static void put_half(atr_hex_number *out, int lane, const uint64_t d[2])
{
    uint64_t high = 0;
    uint64_t low = atr_limb_mul_add(d[1], ATR_CURVE_X, d[0], &high);
    atr_carry borrow = 0;

    out->limb[0][lane] = atr_limb_sub(low, atr_ifma_half_g1[0], &borrow);
    out->limb[1][lane] = atr_limb_sub(high, atr_ifma_half_g1[1], &borrow);
}

void atr_hex_split_g1(atr_hex_number *a, atr_hex_number *b, const atr_fr k[8])
{
    uint64_t d[4];

    for (int l = 0; l < 8; l++) {
        split(d, &k[l], atr_ifma_centre_g1);
        put_half(a, l, d);
        put_half(b, l, d + 2);
    }
    atr_wipe(d, sizeof d);
}

void atr_hex_split_g2(atr_hex_number a[2], atr_hex_number b[2],
                      const atr_fr k[8])
{
    uint64_t d[4];

    for (int l = 0; l < 8; l++) {
        split(d, &k[l], atr_ifma_centre_g2);
        for (int i = 0; i < 2; i++) {
            a[i].limb[0][l] = d[i] - ATR_CURVE_X / 2;
            b[i].limb[0][l] = d[2 + i] - ATR_CURVE_X / 2;
        }
    }
    atr_wipe(d, sizeof d);
}
