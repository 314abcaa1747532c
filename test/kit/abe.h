/* abe.h - an authority, keys and policies for tests of the schemes.
 *
 * All of it small enough to read: texts become keys and policies, and random
 * policies come from a generator.
 */
#ifndef KIT_ABE_H
#define KIT_ABE_H

#include "kit/kit.h"
#include "policy/policy_text.h"
#include "scheme/issue.h"
#include "scheme/kem.h"

typedef struct {
    atr_fr alpha;
    atr_abe abe;
    atr_kem kem;
} authority;

static inline void authority_init(authority *a, uint8_t scheme, atr_rng *rng)
{
    atr_mpk mpk;

    atr_abe_setup(&a->alpha, &mpk, scheme, rng);
    assert_int_equal(atr_abe_init(&a->abe, &mpk), ATR_OK);
    a->kem = atr_kem_of(&a->abe);
}

/* Two authorities, one a scheme, made once for each program: their tables take
 * a while. */
static inline authority *authority_of(uint8_t scheme)
{
    static authority all[2];
    static bool ready[2];
    size_t at = scheme == ATR_SCHEME_FABEO ? 0 : 1;

    if (!ready[at]) {
        atr_rng rng;

        kit_rng(&rng, 1000 + scheme);
        authority_init(&all[at], scheme, &rng);
        ready[at] = true;
    }
    return &all[at];
}

static inline atr_bytes bytes_of(const char *text)
{
    return (atr_bytes){(const uint8_t *)text, strlen(text)};
}

static inline void attrs_of(atr_attrs *out, const char *text)
{
    if (*text == '\0') {
        memset(out, 0, sizeof *out);
        return;
    }
    assert_int_equal(atr_attrs_parse(out, bytes_of(text), NULL), ATR_OK);
}

static inline void policy_of(atr_policy *out, const char *text)
{
    assert_int_equal(atr_policy_parse(out, bytes_of(text), NULL), ATR_OK);
}

static inline void key_of(atr_abe_key *out, const authority *a,
                          const char *attrs, atr_rng *rng)
{
    atr_attrs set;

    attrs_of(&set, attrs);
    atr_abe_keygen(out, &a->abe, &a->alpha, &set, rng);
}

/* One header of the bare scheme, made and opened. */
static inline void scheme_encap(uint8_t *header, atr_gt *z, const authority *a,
                                const atr_policy *policy, atr_rng *coins)
{
    a->abe.scheme->encap(&(atr_abe_making){coins, header, z}, 1, &a->abe,
                         policy);
}

static inline atr_err scheme_decap(atr_gt *z, const authority *a,
                                   const atr_abe_key *key,
                                   const atr_policy *policy,
                                   const atr_share_plan *plan, atr_bytes header)
{
    atr_abe_opening item = {.header = header};

    a->abe.scheme->decap(&item, 1, &(atr_abe_opener){key, policy, plan, NULL});
    *z = item.z;
    return item.err;
}

static inline bool g1_same(const atr_g1_affine *a, const atr_g1_affine *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static inline bool g2_same(const atr_g2_affine *a, const atr_g2_affine *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static inline bool gt_same(const atr_gt *a, const atr_gt *b)
{
    return atr_gt_equal(a, b) != 0;
}

static inline void g1_times(atr_g1_affine *out, const atr_g1_affine *a,
                            const atr_fr *k)
{
    atr_g1 point;

    atr_g1_mul(&point, a, k);
    atr_g1_to_affine(out, &point);
}

static inline void g2_times(atr_g2_affine *out, const atr_g2_affine *a,
                            const atr_fr *k)
{
    atr_g2 point;

    atr_g2_mul(&point, a, k);
    atr_g2_to_affine(out, &point);
}

static inline void g1_plus(atr_g1_affine *out, const atr_g1_affine *a,
                           const atr_g1_affine *b)
{
    atr_g1 point;

    atr_g1_from_affine(&point, a);
    atr_g1_add_affine(&point, &point, b);
    atr_g1_to_affine(out, &point);
}

static inline void g2_plus(atr_g2_affine *out, const atr_g2_affine *a,
                           const atr_g2_affine *b)
{
    atr_g2 point;

    atr_g2_from_affine(&point, a);
    atr_g2_add_affine(&point, &point, b);
    atr_g2_to_affine(out, &point);
}

/* The attributes of random policies: A, B, .. */
#define RANDOM_ATTRS 5

static inline void random_text(char *out, size_t cap, atr_rng *rng,
                               unsigned depth)
{
    uint64_t kind = atr_rng_below_vartime(rng, depth == 0 ? 1 : 4);
    size_t children = 2 + (size_t)atr_rng_below_vartime(rng, 2);
    size_t need = 1 + (size_t)atr_rng_below_vartime(rng, children);
    size_t at;

    if (kind == 0) {
        snprintf(out, cap, "%c",
                 'A' + (char)atr_rng_below_vartime(rng, RANDOM_ATTRS));
        return;
    }
    at = (size_t)(kind == 3 ? snprintf(out, cap, "%zu of (", need)
                            : snprintf(out, cap, "("));
    for (size_t i = 0; i < children; i++) {
        static const char *const between[] = {"", " and ", " or ", ", "};

        if (i != 0) {
            at += (size_t)snprintf(out + at, cap - at, "%s", between[kind]);
        }
        random_text(out + at, cap - at, rng, depth - 1);
        at += strlen(out + at);
    }
    snprintf(out + at, cap - at, ")");
}

/* A policy of at most `rows_max` rows over A, B, C, D, E, and its text. */
static inline void random_policy(atr_policy *out, char text[1024],
                                 size_t rows_max, atr_rng *rng)
{
    atr_policy_rows rows;

    do {
        random_text(text, 1024, rng, 2);
        policy_of(out, text);
        atr_policy_rows_of(&rows, out);
    } while (rows.count > rows_max);
}

/* The subset of A, B, .. that the bits of `mask` name. */
static inline void subset(atr_attrs *out, unsigned mask)
{
    memset(out, 0, sizeof *out);
    for (unsigned i = 0; i < RANDOM_ATTRS; i++) {
        char name[2] = {(char)('A' + i), '\0'};
        atr_attr attr;

        if ((mask >> i & 1) != 0) {
            assert_int_equal(atr_attr_name(&attr, bytes_of(name)), ATR_OK);
            assert_int_equal(atr_attrs_add(out, &attr), ATR_OK);
        }
    }
}

/* The key that one who holds `key` has for fewer attributes. */
static inline void restrict_key(atr_abe_key *out, const atr_abe_key *key,
                                const atr_attrs *attrs)
{
    memset(out, 0, sizeof *out);
    out->attrs = *attrs;
    out->k1 = key->k1;
    out->k1_lines = key->k1_lines;
    out->k3 = key->k3;
    for (size_t i = 0; i < attrs->count; i++) {
        size_t at = atr_attrs_find(&key->attrs, &attrs->attr[i]);

        assert_true(at < key->attrs.count);
        out->k2[i] = key->k2[at];
    }
}

#define CAPSULE_BYTES_MAX 40000

#endif
