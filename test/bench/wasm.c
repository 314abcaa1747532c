/* wasm.c - times of the core as wasm32 under node, compiled once over the
 * 30-bit limbs of lib/curve/wasm30 and once over the portable 64-bit words.
 * Each result is checked in the same run.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "curve/fp12.h"
#include "curve/pairing.h"
#include "kit/bench.h"
#include "policy/policy_text.h"
#include "scheme/kem.h"

#ifdef ATR_ENGINE_WASM30
#define ENGINE "wasm30"
#else
#define ENGINE "wasm64"
#endif

#define CALLS 1000 /* of the functions that last nanoseconds */
#define ATTRIBUTES 10

typedef struct {
    atr_fp a, b;
    atr_fp2 a2, b2;
    atr_g1_affine p;
    atr_g2_affine q;
    atr_fr k;
    atr_g1 product;
    atr_gt paired;
    atr_abe abe;
    atr_kem kem;
    atr_abe_key key;
    atr_policy policy;
    uint8_t capsule[4096];
    uint8_t sent[32];
    uint8_t got[32];
    atr_rng rng;
} all;

static all data;

static void check(bool truth, const char *what)
{
    if (!truth) {
        fprintf(stderr, "bench_wasm: wrong result: %s\n", what);
        exit(1);
    }
}

static void fp_mul(void *d)
{
    all *x = d;

    for (int i = 0; i < CALLS; i++) {
        atr_fp_mul(&x->a, &x->a, &x->b);
    }
}

static void fp_sqr(void *d)
{
    all *x = d;

    for (int i = 0; i < CALLS; i++) {
        atr_fp_sqr(&x->a, &x->a);
    }
}

static void fp_add(void *d)
{
    all *x = d;

    for (int i = 0; i < CALLS; i++) {
        atr_fp_add(&x->a, &x->a, &x->b);
    }
}

static void fp_inv(void *d)
{
    all *x = d;

    atr_fp_inv(&x->a, &x->a);
}

static void fp2_mul(void *d)
{
    all *x = d;

    for (int i = 0; i < CALLS; i++) {
        atr_fp2_mul(&x->a2, &x->a2, &x->b2);
    }
}

static void g1_mul(void *d)
{
    all *x = d;

    atr_g1_mul(&x->product, &atr_g1_generator, &x->k);
}

static void g1_hash(void *d)
{
    all *x = d;

    atr_g1_hash(&x->p, ATR_LITERAL("bench"), ATR_LITERAL("wasm"));
}

static void pairing(void *d)
{
    all *x = d;

    atr_pairing(&x->paired, &x->p, &x->q);
}

static void encap(void *d)
{
    all *x = d;

    atr_kem_encap(x->capsule, x->sent, &x->kem, &x->policy,
                  ATR_LITERAL("bench"), &x->rng);
}

static void decap(void *d)
{
    all *x = d;
    const atr_bytes capsule = {x->capsule,
                               atr_kem_capsule_len(&x->kem, &x->policy)};

    check(atr_kem_decap(x->got, &x->kem, &x->key, &x->policy,
                        ATR_LITERAL("bench"), capsule) == ATR_OK,
          "decapsulation");
}

/* The products go back by the inverses. */
static void fields(all *x)
{
    const atr_fp a = x->p.x;
    const atr_fp2 a2 = x->q.x;
    atr_fp t;

    x->b = x->p.y;
    x->b2 = x->q.y;
    bench_per("fp_mul", ENGINE, 1, CALLS, fp_mul, x);
    bench_per("fp_sqr", ENGINE, 1, CALLS, fp_sqr, x);
    bench_per("fp_add", ENGINE, 1, CALLS, fp_add, x);
    bench_per("fp2_mul", ENGINE, 1, CALLS, fp2_mul, x);
    bench_run("fp_inv", ENGINE, 1, fp_inv, x);
    x->a = a;
    x->a2 = a2;
    fp_mul(x);
    fp2_mul(x);
    atr_fp_inv(&x->b, &x->b);
    atr_fp2_inv(&x->b2, &x->b2);
    fp_mul(x);
    fp2_mul(x);
    check(atr_fp_equal(&x->a, &a), "product in Fp");
    check(atr_fp2_equal(&x->a2, &a2), "product in Fp2");
    atr_fp_sqr(&x->b, &a);
    atr_fp_mul(&t, &a, &a);
    check(atr_fp_equal(&x->b, &t), "square in Fp");
}

/* With p = [k] g1: e(p, g2) is e(g1, g2)^k. */
static void groups(all *x)
{
    atr_gt want;

    atr_fr_random(&x->k, &x->rng);
    x->q = atr_g2_generator;
    bench_run("hash_to_g1", ENGINE, 1, g1_hash, x);
    check(atr_g1_in_subgroup_vartime(&x->p), "hash");
    bench_run("g1_mul_ct", ENGINE, 1, g1_mul, x);
    atr_g1_to_affine(&x->p, &x->product);
    bench_run("pairing", ENGINE, 1, pairing, x);
    atr_gt_pow(&want, &atr_gt_generator, &x->k);
    check(atr_gt_equal(&want, &x->paired), "pairing");
}

static void kem(all *x)
{
    static const char policy[] =
        "a0 and a1 and a2 and a3 and a4 and a5 and a6 and a7 and a8 and a9";
    static const char names[] = "a0, a1, a2, a3, a4, a5, a6, a7, a8, a9";
    atr_attrs attrs;
    atr_fr alpha;
    atr_mpk mpk;

    atr_abe_setup(&alpha, &mpk, ATR_SCHEME_FABEO, &x->rng);
    check(atr_abe_init(&x->abe, &mpk) == ATR_OK &&
              atr_policy_parse(&x->policy, ATR_LITERAL(policy), NULL) ==
                  ATR_OK &&
              atr_attrs_parse(&attrs, ATR_LITERAL(names), NULL) == ATR_OK,
          "authority");
    x->kem = atr_kem_of(&x->abe);
    check(atr_kem_capsule_len(&x->kem, &x->policy) <= sizeof x->capsule,
          "length");
    atr_abe_keygen(&x->key, &x->abe, &alpha, &attrs, &x->rng);
    bench_run("kem_encap", ENGINE, ATTRIBUTES, encap, x);
    bench_run("kem_decap", ENGINE, ATTRIBUTES, decap, x);
    check(memcmp(x->sent, x->got, sizeof x->sent) == 0, "key");
}

int main(void)
{
    const uint8_t seed[ATR_SEED_BYTES] = {7};

    atr_rng_init(&data.rng, seed);
    groups(&data);
    fields(&data);
    kem(&data);
    return 0;
}
