/* curve_ifma.c - one element of Fp12 in the lanes against the portable engine:
 * random coordinates, 0, 1, p - 1, and each of them once more as it stands
 * plus p; products of the largest factors that six.h allows.
 */
#include "kit/curve.h"

#include "curve/cpu.h"
#include "curve/fp12.h"

#ifdef ATR_WITH_IFMA

#include "curve/ifma/constants.h"
#include "curve/ifma/fp12x1.h"

#define ROUNDS 2000
#define LOW52 ((UINT64_C(1) << 52) - 1)

static void need_ifma(void)
{
    if (!atr_cpu_has_ifma()) {
        print_message("# no AVX-512 IFMA here: skipped\n");
        skip();
    }
}

static atr_fp some(atr_rng *rng)
{
    static const uint64_t modulus[6] = ATR_FP_LIMBS;
    uint8_t bytes[ATR_FP_WIDE_BYTES];
    uint64_t sort = atr_rng_below_vartime(rng, 20);
    atr_fp out = {{0}};

    if (sort == 1) {
        return (atr_fp)ATR_FP_ONE;
    }
    if (sort > 1 && sort < 5) {
        memcpy(out.limb, modulus, sizeof modulus);
        out.limb[0] -= sort - 1;
    } else if (sort != 0) {
        atr_rng_bytes(rng, bytes, sizeof bytes);
        atr_fp_read_wide(&out, bytes);
    }
    return out;
}

static void some2(atr_fp2 *out, atr_rng *rng, int count)
{
    for (int i = 0; i < count; i++) {
        out[i] = (atr_fp2){some(rng), some(rng)};
    }
}

static atr_fp12 some12(atr_rng *rng)
{
    atr_fp2 c[6];

    some2(c, rng, 6);
    return (atr_fp12){{c[0], c[1], c[2]}, {c[3], c[4], c[5]}};
}

/* a + times p, in lane `lane`. */
static void raise(atr_six *a, int lane, uint64_t times)
{
    unsigned __int128 carry = 0;

    for (int i = 0; i < 8; i++) {
        carry += (unsigned __int128)times * atr_ifma_p[i] + a->limb[i][lane];
        a->limb[i][lane] = (uint64_t)carry & LOW52;
        carry >>= 52;
    }
    assert_true(carry == 0);
}

/* Numbers below p as they stand become numbers below 2 p at random. */
static void raise_some(atr_six *a, atr_rng *rng)
{
    uint64_t lanes = atr_rng_below_vartime(rng, 1 << 12);
    atr_fp2 c[6];

    atr_six_store(c, a); /* and canonical */
    atr_six_load(a, c);
    for (int l = 0; l < 12; l++) {
        raise(a, l, lanes >> l & 1);
    }
}

static void check12(const atr_six *got, const atr_fp12 *want)
{
    atr_fp12 f;

    for (int i = 0; i < 8; i++) {
        for (int l = 0; l < 12; l++) {
            assert_true(got->limb[i][l] <= LOW52);
        }
    }
    for (int l = 0; l < 12; l++) {
        assert_true(got->limb[7][l] <= 2 * atr_ifma_p[7] + 1);
    }
    atr_fp12x1_store(&f, got);
    assert_memory_equal(&f, want, sizeof f);
}

static void test_operations(void **state)
{
    atr_rng rng;

    (void)state;
    need_ifma();
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < ROUNDS; i++) {
        atr_fp12 a = some12(&rng);
        atr_fp12 b = some12(&rng);
        atr_fp2 c[6] = {{{{0}}, {{0}}}};
        atr_fp12_line line;
        atr_fp12 want;
        atr_six l;
        atr_six x;
        atr_six y;
        atr_six z;

        some2(c, &rng, 3);
        line = (atr_fp12_line){c[0], c[1], c[2]};
        atr_fp12x1_load(&x, &a);
        check12(&x, &a);
        atr_fp12x1_load(&y, &b);
        atr_six_load(&l, c);
        raise_some(&x, &rng);
        raise_some(&y, &rng);
        raise_some(&l, &rng);

        atr_fp12_mul(&want, &a, &b);
        atr_fp12x1_mul(&z, &x, &y);
        check12(&z, &want);
        atr_fp12_sqr(&want, &a);
        atr_fp12x1_sqr(&z, &x);
        check12(&z, &want);
        atr_fp12_mul_line(&want, &a, &line);
        atr_fp12x1_mul_line(&z, &x, &l);
        check12(&z, &want);
        atr_fp12_conj(&want, &a);
        atr_fp12x1_conj(&z, &x);
        check12(&z, &want);
        atr_fp12_frobenius(&want, &a);
        atr_fp12x1_frobenius(&z, &x);
        check12(&z, &want);
        atr_fp12_frobenius2(&want, &a);
        atr_fp12x1_frobenius2(&z, &x);
        check12(&z, &want);
        want = a;
        for (int times = 1; times < 4; times++) {
            atr_fp12_cyclotomic_sqr(&want, &want);
            atr_fp12x1_cyclotomic_sqr(&z, &x, times);
            check12(&z, &want);
        }
        atr_fp12_mul(&want, &want, &want); /* outputs may be inputs */
        atr_fp12x1_mul(&z, &z, &z);
        check12(&z, &want);
    }
}

static void test_powers(void **state)
{
    atr_fp12 f = atr_gt_generator.f;
    atr_fp12 want;
    atr_six x;

    (void)state;
    need_ifma();
    for (int i = 0; i < 20; i++) {
        atr_fp12_cyclotomic_pow_x(&want, &f);
        atr_fp12_conj(&want, &want);
        atr_fp12x1_load(&x, &f);
        atr_fp12x1_cyclotomic_pow_x(&x, &x);
        check12(&x, &want);
        f = want;
    }
    atr_fp12_one(&f);
    atr_fp12x1_one(&x);
    check12(&x, &f);
    atr_fp12x1_cyclotomic_pow_x(&x, &x);
    check12(&x, &f);
}

/* All lanes of `a`, below 2 p, up to just below 2^13 p. */
static void raise_all(atr_six *a)
{
    for (int l = 0; l < 12; l++) {
        raise(a, l, (1 << 13) - 2);
    }
}

/* Six terms of the largest factors: no column and no bound is passed. */
static void test_largest_factors(void **state)
{
    static const atr_six_term terms[6] = {{0, 0, 0}, {0, 1, 1}, {0, 2, 2},
                                          {1, 0, 3}, {1, 1, 4}, {1, 2, 5}};
    atr_rng rng;

    (void)state;
    need_ifma();
    kit_rng(&rng, kit_seed());
    for (int i = 0; i < ROUNDS; i++) {
        atr_six_left left[2];
        atr_six_right right;
        atr_fp2 plain[6];
        atr_fp2 xi[6];
        atr_fp12 a;
        atr_fp12 b;
        atr_fp12 want;
        atr_six got;

        some2(plain, &rng, 6);
        a = (atr_fp12){{plain[0], plain[2], plain[4]},
                       {plain[1], plain[3], plain[5]}};
        for (int n = 0; n < 2; n++) {
            const atr_fp2 *s = plain + 3 * n;
            const atr_fp2 pairs[6] = {s[0], s[0], s[1], s[1], s[2], s[2]};

            atr_six_load(&left[n].plain, pairs);
            for (int k = 0; k < 6; k++) {
                atr_fp2_mul_xi(&xi[k], &pairs[k]);
            }
            atr_six_load(&left[n].xi, xi);
            raise_all(&left[n].plain);
            raise_all(&left[n].xi);
        }
        some2(plain, &rng, 6);
        b = (atr_fp12){{plain[0], plain[2], plain[4]},
                       {plain[1], plain[3], plain[5]}};
        atr_six_load(&right.plain, plain);
        for (int k = 0; k < 6; k++) {
            atr_fp_neg(&xi[k].c0, &plain[k].c1);
            xi[k].c1 = plain[k].c0;
        }
        atr_six_load(&right.turned, xi);
        raise_all(&right.plain);
        raise_all(&right.turned);
        atr_six_convolve(&got, left, &right, terms, 6);
        atr_fp12_mul(&want, &a, &b);
        check12(&got, &want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operations),
        cmocka_unit_test(test_powers),
        cmocka_unit_test(test_largest_factors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    printf("1..0 # SKIP built without AVX-512 IFMA\n");
    return 0;
}

#endif
