/* six_high.h - as six_low.h: slots 4 and 5 of a six. */
#include "curve/ifma/six_end.h"

#define VECTOR __m256i
#define FROM 8
#define OF(name) name##_high
#define OTHER(name) name##_low
#define DIGIT(a, i) (*(VECTOR *)&(a)->limb[i][FROM])
#define DIGIT_OF(a, i) (*(const VECTOR *)&(a)->limb[i][FROM])
#define ALL(x) _mm256_set1_epi64x((long long)(x))
#define LOWER(sum, a, b) _mm256_madd52lo_epu64(sum, a, b)
#define UPPER(sum, a, b) _mm256_madd52hi_epu64(sum, a, b)
#define SHIFT(a, bits) _mm256_srli_epi64(a, bits)
#define SHIFT_SIGNED(a, bits) _mm256_srai_epi64(a, bits)
#define REAL(a) _mm256_shuffle_epi32(a, 0x44)
#define IMAGINARY(a) _mm256_shuffle_epi32(a, 0xee)
#define SWAPPED(a) _mm256_shuffle_epi32(a, 0x4e)
#define FIRST(a) _mm512_castsi512_si256(a)
#define SPREAD(mask, a, b)                                                     \
    _mm256_mask_mov_epi64(*(const __m256i *)(a), (__mmask8)(mask),             \
                          *(const __m256i *)(b))
#define ORDERED(order, a) _mm256_permutexvar_epi64(*(const __m256i *)(order), a)
#define ORDERED_IN(lanes, order, a)                                            \
    _mm256_maskz_permutexvar_epi64((__mmask8)(lanes),                          \
                                   *(const __m256i *)(order), a)
#define ADD_IN(lanes, a, b) _mm256_mask_add_epi64(a, (__mmask8)(lanes), a, b)
#define SUB_IN(lanes, a, b) _mm256_mask_sub_epi64(a, (__mmask8)(lanes), a, b)
#define NEGATED_IN(lanes, a)                                                   \
    _mm256_mask_sub_epi64(a, (__mmask8)(lanes), _mm256_setzero_si256(), a)
