/* lanes.h - elements of the eight-way engine (curve/ifma/fp8.h) digit by
 * digit: made for tests, and compared with those of one item.
 */
#ifndef ATR_KIT_LANES_H
#define ATR_KIT_LANES_H

#include "kit/kit.h"

#include "curve/ifma/constants.h"
#include "curve/ifma/fp8.h"

/* The integer of a lane mod p. */
static inline atr_fp kit_lane(const atr_fp8 *a, int lane)
{
    uint8_t bytes[ATR_FP_WIDE_BYTES] = {0};
    atr_fp out;

    for (int bit = 0; bit < 416; bit++) {
        uint64_t one = a->limb[bit / 52][lane] >> bit % 52 & 1;

        bytes[63 - bit / 8] |= (uint8_t)(one << bit % 8);
    }
    atr_fp_read_wide(&out, bytes);
    return out;
}

/* 2^-416 mod p */
static inline atr_fp kit_montgomery(void)
{
    atr_fp out = atr_fp_of(1);

    for (int i = 0; i < 416; i++) {
        atr_fp_half(&out, &out);
    }
    return out;
}

/* Normal, and below `times` p, at most 4. */
static inline void kit_check_below(const atr_fp8 *a, uint64_t times)
{
    for (int lane = 0; lane < 8; lane++) {
        int64_t carry = 0; /* of a - times p, digit by digit */

        for (int i = 0; i < 8; i++) {
            assert_true(a->limb[i][lane] >> 52 == 0);
            carry += (int64_t)a->limb[i][lane];
            carry = (carry - (int64_t)(times * atr_ifma_p[i])) >> 52;
        }
        assert_true(carry < 0);
    }
}

/* A normal number below 2^bits p: a multiple of p up to 3 or a large one,
 * and up to two more or less; 0; all ones; or anything. */
static inline void kit_lane_any(atr_fp8 *a, int lane, unsigned bits,
                                atr_rng *rng)
{
    uint64_t kind = atr_rng_below_vartime(rng, 5);
    uint64_t times =
        kind == 1 ? UINT64_C(1) << (bits - 1) : atr_rng_below_vartime(rng, 4);
    int64_t carry = (int64_t)atr_rng_below_vartime(rng, 5) - 2;

    for (int i = 0; i < 8; i++) {
        uint64_t bytes;

        atr_rng_bytes(rng, &bytes, sizeof bytes);
        if (kind <= 1) {
            carry += (int64_t)(atr_ifma_p[i] * times & 0xfffffffffffff);
            a->limb[i][lane] = (uint64_t)carry & 0xfffffffffffff;
            carry >>= 52;
            carry += (int64_t)((__uint128_t)atr_ifma_p[i] * times >> 52);
        } else if (kind == 2) {
            a->limb[i][lane] =
                i == 7 ? (UINT64_C(1) << (16 + bits)) - 1 : 0xfffffffffffff;
        } else {
            a->limb[i][lane] = i == 7 ? bytes >> (48 - bits) : bytes >> 12;
        }
    }
    if (a->limb[7][lane] >> 51) { /* it was 0 and less */
        for (int i = 0; i < 8; i++) {
            a->limb[i][lane] = 0;
        }
    }
}

/* 0, p, p - 1, p + 1, 2 p - 1, ..: below 2 p in every lane. */
static inline void kit_lanes_near_p(atr_fp8 *a, uint64_t times, int64_t more)
{
    for (int lane = 0; lane < 8; lane++) {
        int64_t carry = more;

        for (int i = 0; i < 8; i++) {
            carry += (int64_t)(atr_ifma_p[i] * times);
            a->limb[i][lane] = (uint64_t)carry & 0xfffffffffffff;
            carry >>= 52;
        }
        more = lane == 3 ? more + 1 : more; /* not all lanes the same */
    }
}

static inline void kit_lanes_any(atr_fp8 *a, unsigned bits, atr_rng *rng)
{
    for (int lane = 0; lane < 8; lane++) {
        kit_lane_any(a, lane, bits, rng);
    }
}

#endif
