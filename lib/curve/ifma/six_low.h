/* six_low.h - names for the .inc files here: slots 0 to 3 of a six. It is
 * included again and again in turn with six_high.h, hence no guard. */
#include "curve/ifma/six_end.h"

#define VECTOR __m512i
#define FROM 0
#define OF(name) name##_low
#define OTHER(name) name##_high
#define DIGIT(a, i) (*(VECTOR *)&(a)->limb[i][FROM])
#define DIGIT_OF(a, i) (*(const VECTOR *)&(a)->limb[i][FROM])
#define ALL(x) _mm512_set1_epi64((long long)(x))
#define LOWER(sum, a, b) _mm512_madd52lo_epu64(sum, a, b)
#define UPPER(sum, a, b) _mm512_madd52hi_epu64(sum, a, b)
#define SHIFT(a, bits) _mm512_srli_epi64(a, bits)
#define SHIFT_SIGNED(a, bits) _mm512_srai_epi64(a, bits)
#define REAL(a) _mm512_shuffle_epi32(a, 0x44)
#define IMAGINARY(a) _mm512_shuffle_epi32(a, 0xee)
#define SWAPPED(a) _mm512_shuffle_epi32(a, 0x4e)
#define FIRST(a) (a)
#define SPREAD(mask, a, b)                                                     \
    _mm512_mask_broadcast_i64x4(_mm512_broadcast_i64x4(*(const __m256i *)(a)), \
                                (__mmask8)(mask), *(const __m256i *)(b))
#define ORDERED(order, a) _mm512_permutexvar_epi64(_mm512_load_si512(order), a)
#define ORDERED_IN(lanes, order, a)                                            \
    _mm512_maskz_permutexvar_epi64((__mmask8)(lanes),                          \
                                   _mm512_load_si512(order), a)
#define ADD_IN(lanes, a, b) _mm512_mask_add_epi64(a, (__mmask8)(lanes), a, b)
#define SUB_IN(lanes, a, b) _mm512_mask_sub_epi64(a, (__mmask8)(lanes), a, b)
#define NEGATED_IN(lanes, a)                                                   \
    _mm512_mask_sub_epi64(a, (__mmask8)(lanes), _mm512_setzero_si512(), a)
