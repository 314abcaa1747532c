/* Attacks on the schemes themselves, past every polite check: each opens a
 * header with the pairing equation and whatever an attacker can put into it.
 * Where an attack is known to work on a weaker scheme, it is run against that
 * scheme too, so that a test which could not see the break would fail.
 */
#include "kit/abe.h"
#include "scheme/forced.h"

static const uint8_t schemes[] = {ATR_SCHEME_FABEO, ATR_SCHEME_W11};

#define EACH_SCHEME(a)                                                         \
    for (size_t round_ = 0; round_ < 2; round_++)                              \
        for (authority *a = authority_of(schemes[round_]); a != NULL; a = NULL)

static uint8_t header[CAPSULE_BYTES_MAX];
static atr_policy policy;
static atr_policy_rows rows;
static atr_gt z; /* what the header hides */
static atr_rng rng;

static int seed_all(void **state)
{
    (void)state;
    kit_rng(&rng, kit_seed());
    return 0;
}

static void encap_for(const authority *a, const char *text)
{
    policy_of(&policy, text);
    atr_policy_rows_of(&rows, &policy);
    scheme_encap(header, &z, a, &policy, &rng);
}

static atr_bytes header_bytes(const authority *a)
{
    return (atr_bytes){header, a->abe.scheme->header_len(&rows)};
}

/* Whether `key` finds Z with the plan of somebody who has `attrs`. */
static bool finds(const authority *a, const atr_abe_key *key)
{
    atr_share_plan plan;
    atr_gt got;

    assert_int_equal(
        atr_share_plan_make(&plan, &policy, &key->attrs, a->abe.scheme->cost),
        ATR_OK);
    assert_int_equal(
        scheme_decap(&got, a, key, &policy, &plan, header_bytes(a)), ATR_OK);
    return gt_same(&got, &z);
}

/* A key with an exponent of the attacker's choice: nobody can make one without
 * alpha; the tests do, to see the attack succeed. */
static void key_with(atr_abe_key *out, const authority *a, const char *attrs,
                     const atr_fr *r)
{
    atr_g1_affine mask;

    memset(out, 0, sizeof *out);
    attrs_of(&out->attrs, attrs);
    g2_times(&out->k1, &atr_g2_generator, r);
    atr_abe_key_ready(out);
    g1_times(&out->k3, &atr_g1_generator, &a->alpha);
    g1_times(&mask, &a->abe.base, r);
    g1_plus(&out->k3, &out->k3, &mask);
    for (size_t i = 0; i < out->attrs.count; i++) {
        atr_g1_affine hashed;

        atr_abe_attr_point(&hashed, &a->abe, &out->attrs.attr[i]);
        g1_times(&out->k2[i], &hashed, r);
    }
}

/* One key of the parts of two: k1 and k3 of `x` or `y`, all their k2. */
static void pool(atr_abe_key *out, const atr_abe_key *x, const atr_abe_key *y,
                 unsigned choice)
{
    *out = *x;
    for (size_t i = 0; i < y->attrs.count; i++) {
        size_t at;

        assert_int_equal(atr_attrs_add(&out->attrs, &y->attrs.attr[i]), ATR_OK);
        at = atr_attrs_find(&out->attrs, &y->attrs.attr[i]);
        memmove(&out->k2[at + 1], &out->k2[at],
                (out->attrs.count - 1 - at) * sizeof out->k2[0]);
        out->k2[at] = y->k2[i];
    }
    if ((choice & 1) != 0) {
        out->k1 = y->k1;
        atr_abe_key_ready(out);
    }
    if ((choice & 2) != 0) {
        out->k3 = y->k3;
    }
}

static void collusion_of_two_keys(void **state)
{
    atr_abe_key x;
    atr_abe_key y;
    atr_abe_key pooled;
    atr_fr r;

    (void)state;
    EACH_SCHEME(a)
    {
        encap_for(a, "X and Y");
        key_of(&x, a, "X", &rng);
        key_of(&y, a, "Y", &rng);
        for (unsigned choice = 0; choice < 4; choice++) {
            pool(&pooled, &x, &y, choice);
            assert_false(finds(a, &pooled));
        }
        atr_fr_random(&r, &rng); /* with one exponent for both it works */
        key_with(&x, a, "X", &r);
        key_with(&y, a, "Y", &r);
        pool(&pooled, &x, &y, 0);
        assert_true(finds(a, &pooled));
    }
}

/* Products of powers of two keys are keys for the intersection alone. */
static void averaged_keys_do_not_collude(void **state)
{
    atr_abe_key x;
    atr_abe_key y;
    atr_abe_key mixed;
    atr_fr two = atr_fr_of(2);
    atr_fr minus_one = atr_fr_of(1);

    (void)state;
    atr_fr_neg(&minus_one, &minus_one);
    EACH_SCHEME(a)
    {
        encap_for(a, "X and Y");
        key_of(&x, a, "X, Z", &rng);
        key_of(&y, a, "Y, Z", &rng);
        pool(&mixed, &x, &y, 0);
        g2_times(&x.k1, &x.k1, &two);
        g2_times(&y.k1, &y.k1, &minus_one);
        g2_plus(&mixed.k1, &x.k1, &y.k1);
        atr_abe_key_ready(&mixed);
        g1_times(&x.k3, &x.k3, &two);
        g1_times(&y.k3, &y.k3, &minus_one);
        g1_plus(&mixed.k3, &x.k3, &y.k3);
        assert_false(finds(a, &mixed));
        encap_for(a, "Z"); /* x is first in order, then z: index 1 of both */
        g1_times(&x.k2[1], &x.k2[1], &two);
        g1_times(&y.k2[1], &y.k2[1], &minus_one);
        g1_plus(&mixed.k2[2], &x.k2[1], &y.k2[1]);
        assert_true(finds(a, &mixed));
    }
}

static void a_repeated_generator_does_not_make_keys_combine(void **state)
{
    atr_abe_key x;
    atr_abe_key y;
    atr_abe_key pooled;

    (void)state;
    EACH_SCHEME(a)
    {
        atr_rng stuck;

        encap_for(a, "X and Y");
        kit_rng(&stuck, 5);
        key_of(&x, a, "X", &stuck);
        kit_rng(&stuck, 5);
        key_of(&y, a, "Y", &stuck);
        assert_false(g2_same(&x.k1, &y.k1));
        pool(&pooled, &x, &y, 0);
        assert_false(finds(a, &pooled));
    }
}

static void keys_differ_in_every_component(void **state)
{
    atr_abe_key x;
    atr_abe_key y;

    (void)state;
    EACH_SCHEME(a)
    {
        key_of(&x, a, "ONE, TWO, THREE", &rng);
        key_of(&y, a, "ONE, TWO, THREE", &rng);
        assert_false(g2_same(&x.k1, &y.k1));
        assert_false(g1_same(&x.k3, &y.k3));
        for (size_t i = 0; i < 3; i++) {
            assert_false(g1_same(&x.k2[i], &y.k2[i]));
        }
    }
}

/* For random policies and every subset of attributes that does not satisfy
 * them: no plan of forced.h, run straight on the scheme, finds Z. */
static void every_non_satisfying_subset_forced(void **state)
{
    static atr_forced_try attempt;
    char text[1024];
    size_t tried = 0;

    (void)state;
    EACH_SCHEME(a)
    {
        atr_abe_key whole;
        atr_abe_key key;
        atr_attrs attrs;

        key_of(&whole, a, "A, B, C, D, E", &rng);
        for (size_t i = 0; i < 6; i++) {
            random_policy(&policy, text, 6, &rng);
            encap_for(a, text);
            for (unsigned mask = 0; mask < 1u << RANDOM_ATTRS; mask++) {
                subset(&attrs, mask);
                if (atr_policy_admits(&policy, &attrs)) {
                    continue;
                }
                restrict_key(&key, &whole, &attrs);
                atr_forced_begin(&attempt, &a->abe, &key, &policy);
                while (atr_forced_next(&attempt)) {
                    atr_gt got;

                    assert_int_equal(scheme_decap(&got, a, &attempt.key,
                                                  &policy, &attempt.plan,
                                                  header_bytes(a)),
                                     ATR_OK);
                    if (gt_same(&got, &z)) {
                        fail_msg("%s opened by subset %#x", text, mask);
                    }
                    tried++;
                }
            }
        }
    }
    assert_true(tried > 50);
    printf("# %zu forced trials\n", tried);
}

/* FABEO with one s' for all rows, as it must not be made. */
static void make_single_twist(const authority *a)
{
    atr_fr s;
    atr_fr twist;
    atr_fr share[3];
    atr_g2_affine g2;

    atr_fr_random(&s, &rng);
    atr_share_split(share, &s, &policy, &rng);
    atr_fr_random(&twist, &rng);
    atr_gt_pow(&z, &a->abe.mpk.a, &s);
    g2_times(&g2, &atr_g2_generator, &s);
    atr_g2_write(header, &g2);
    g2_times(&g2, &atr_g2_generator, &twist);
    atr_g2_write(header + ATR_G2_BYTES, &g2);
    atr_g2_write(header + 2 * ATR_G2_BYTES, &g2);
    for (size_t i = 0; i < 3; i++) {
        atr_g1_affine point;
        atr_g1_affine hashed;

        atr_abe_attr_point(&hashed, &a->abe, atr_policy_row(&policy, &rows, i));
        g1_times(&hashed, &hashed, &twist);
        g1_times(&point, &a->abe.base, &share[i]);
        g1_plus(&point, &point, &hashed);
        atr_g1_write(header + 3 * ATR_G2_BYTES + i * ATR_G1_BYTES, &point);
    }
}

/* X and (X or Y) has the rows u, s-u, s-u. With one twist, row 0 over row 1
 * times row 2 squared is B^s H(Y)^{2s'}, which the holder of Y can use. */
static bool opened_by_y(const authority *a, size_t twist)
{
    static const uint64_t weights[3] = {1, 1, 2};
    atr_fr two = atr_fr_of(2);
    atr_g1_affine combined;
    atr_g1_affine p[3];
    atr_g2_affine q[3];
    const atr_pair pairs[3] = {
        {&p[0], &q[0], NULL}, {&p[1], &q[1], NULL}, {&p[2], &q[2], NULL}};
    atr_abe_key key;
    atr_gt got;
    atr_g1 sum;

    key_of(&key, a, "Y", &rng);
    for (size_t i = 0; i < 3; i++) {
        atr_fr weight = atr_fr_of(weights[i]);
        atr_g1_affine row;

        assert_int_equal(
            atr_g1_read(&row, header + 3 * ATR_G2_BYTES + i * ATR_G1_BYTES),
            ATR_OK);
        if (i == 1) {
            atr_fr_neg(&weight, &weight);
        }
        g1_times(&row, &row, &weight);
        if (i == 0) {
            combined = row;
        } else {
            g1_plus(&combined, &combined, &row);
        }
    }
    p[0] = key.k3;
    assert_int_equal(atr_g2_read(&q[0], header), ATR_OK);
    g1_times(&p[1], &key.k2[0], &two);
    assert_int_equal(atr_g2_read(&q[1], header + (1 + twist) * ATR_G2_BYTES),
                     ATR_OK);
    atr_g1_from_affine(&sum, &combined);
    atr_g1_neg(&sum, &sum);
    atr_g1_to_affine(&p[2], &sum);
    q[2] = key.k1;
    atr_pairing_product(&got, pairs, 3);
    return gt_same(&got, &z);
}

static void repeated_attribute(void **state)
{
    authority *a = authority_of(ATR_SCHEME_FABEO);

    (void)state;
    encap_for(a, "X and (X or Y)");
    assert_int_equal(rows.repeats, 2);
    assert_false(opened_by_y(a, 0));
    assert_false(opened_by_y(a, 1));
    make_single_twist(a);
    assert_true(opened_by_y(a, 0));
}

/* The part of the key for one attribute, used under the name of another. */
static void relabelled_attribute(void **state)
{
    static const char *const names[][2] = {
        {"a", "admin"}, {"hr_intern", "hr_manager"}, {"a", "A"},
        {"a1", "a"},    {"age#8=42", "age=42"},      {"a", "a:b"},
    };
    atr_abe_key key;
    atr_abe_key good;

    (void)state;
    EACH_SCHEME(a)
    {
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            encap_for(a, names[i][1]);
            key_of(&good, a, names[i][1], &rng);
            assert_true(finds(a, &good));
            key_of(&key, a, names[i][0], &rng);
            attrs_of(&key.attrs, names[i][1]);
            for (size_t k = 1; k < key.attrs.count; k++) {
                key.k2[k] = key.k2[0];
            }
            assert_false(finds(a, &key));
            assert_int_equal(
                atr_abe_key_check(&a->abe, &a->abe.mpk.a, &key, &rng),
                ATR_ERR_AUTH);
        }
    }
}

/* No attribute, however named, has the point of the base: else k3 / k2 would
 * be g1^alpha, which opens everything. */
static void colliding_internal_labels(void **state)
{
    static const char *const labels[] = {
        "",
        "B",
        "ATR1/FABEO-CP/B",
        "gen",
        "ATR1/W11/gen",
        "\x01num",
        "52435875175126190479447740508185965837690552500527637822603658699938",
        "ATR1/FABEO-CP/B_BLS12381G1_XMD:SHA-256_SSWU_RO_"};
    atr_g1_affine point;
    atr_g1_affine alpha;

    (void)state;
    EACH_SCHEME(a)
    {
        g1_times(&alpha, &atr_g1_generator, &a->alpha);
        for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
            atr_attr attr = {.len = (uint8_t)strlen(labels[i])};
            atr_abe_key key;
            atr_fr minus = atr_fr_of(1);

            memcpy(attr.bytes, labels[i], attr.len);
            atr_abe_attr_point(&point, &a->abe, &attr);
            assert_false(g1_same(&point, &a->abe.base));
            atr_abe_keygen(&key, &a->abe, &a->alpha,
                           &(atr_attrs){.count = 1, .attr = {attr}}, &rng);
            atr_fr_neg(&minus, &minus);
            g1_times(&key.k2[0], &key.k2[0], &minus);
            g1_plus(&point, &key.k3, &key.k2[0]);
            assert_false(g1_same(&point, &alpha));
        }
    }
}

/* What users write and what the library derives are different attributes. */
static void users_cannot_write_derived_attributes(void **state)
{
    atr_attr derived;
    atr_attr written;

    (void)state;
    assert_int_equal(atr_attr_prefix(&derived, bytes_of("age"), 8, 4, 1),
                     ATR_OK);
    assert_int_equal(
        atr_attr_name(&written, (atr_bytes){derived.bytes, derived.len}),
        ATR_ERR_INPUT);
}

/* Nobody knows the logarithm of a hashed point: none of them is a power of g1
 * by a hash of what it stands for (rabe's mistake, and the W11 a). */
static void bases_and_attributes_are_not_powers_of_hashes(void **state)
{
    atr_attr attr;
    atr_g1_affine point;
    atr_g1_affine power;

    (void)state;
    assert_int_equal(atr_attr_name(&attr, bytes_of("ONE")), ATR_OK);
    EACH_SCHEME(a)
    {
        const char *const dsts[] = {a->abe.scheme->base_dst,
                                    a->abe.scheme->attr_dst};

        atr_abe_attr_point(&point, &a->abe, &attr);
        for (size_t i = 0; i < 2; i++) {
            const atr_bytes messages[] = {bytes_of(""), bytes_of("ONE"),
                                          ATR_BYTES(a->abe.hm)};

            for (size_t k = 0; k < 3; k++) {
                atr_fr h;

                atr_fr_hash(&h, bytes_of(dsts[i]), messages[k]);
                g1_times(&power, &atr_g1_generator, &h);
                assert_false(g1_same(&power, &point));
                assert_false(g1_same(&power, &a->abe.base));
            }
        }
        assert_true(atr_g1_in_subgroup_vartime(&a->abe.base));
        assert_false(g1_same(&a->abe.base, &atr_g1_generator));
        assert_string_not_equal(dsts[0], dsts[1]);
    }
    assert_true(atr_bytes_equal(bytes_of(atr_scheme_w11.base_dst),
                                bytes_of("ATR1/W11/gen_BLS12381G1_XMD:SHA-256"
                                         "_SSWU_RO_")));
    atr_g1_hash(&point, bytes_of(atr_scheme_w11.base_dst), bytes_of(""));
    assert_true(g1_same(&point, &authority_of(ATR_SCHEME_W11)->abe.base));
}

/* A wrong component anywhere in a key is seen by its owner. */
static void a_bad_key_is_seen(void **state)
{
    atr_fr minus = atr_fr_of(1);
    atr_g1_affine opposite;
    atr_abe_key key;
    atr_abe_key bad;

    (void)state;
    atr_fr_neg(&minus, &minus);
    EACH_SCHEME(a)
    {
        key_of(&key, a, "ONE, TWO, THREE", &rng);
        for (size_t part = 0; part < 5; part++) {
            bad = key;
            if (part == 0) {
                g2_plus(&bad.k1, &key.k1, &atr_g2_generator);
                atr_abe_key_ready(&bad);
            } else if (part == 1) {
                g1_plus(&bad.k3, &key.k3, &atr_g1_generator);
            } else {
                g1_plus(&bad.k2[part - 2], &key.k2[part - 2],
                        &atr_g1_generator);
            }
            assert_int_equal(
                atr_abe_key_check(&a->abe, &a->abe.mpk.a, &bad, &rng),
                ATR_ERR_AUTH);
        }
        bad = key; /* two errors that cancel when nothing weighs them */
        g1_plus(&bad.k2[0], &key.k2[0], &atr_g1_generator);
        g1_times(&opposite, &atr_g1_generator, &minus);
        g1_plus(&bad.k2[1], &key.k2[1], &opposite);
        assert_int_equal(atr_abe_key_check(&a->abe, &a->abe.mpk.a, &bad, &rng),
                         ATR_ERR_AUTH);
        key_with(&bad, a, "ONE", &(atr_fr){{0}}); /* r = 0: k3 = g1^alpha */
        assert_int_equal(atr_abe_key_check(&a->abe, &a->abe.mpk.a, &bad, &rng),
                         ATR_ERR_AUTH);
    }
}

/* A key of another authority, or of the other scheme, opens nothing here. */
static void keys_of_another_authority_fail(void **state)
{
    static authority other;
    atr_abe_key key;

    (void)state;
    EACH_SCHEME(a)
    {
        authority_init(&other, a->abe.mpk.scheme, &rng);
        key_of(&key, &other, "X", &rng);
        encap_for(a, "X");
        assert_false(finds(a, &key));
        assert_int_equal(atr_abe_key_check(&a->abe, &a->abe.mpk.a, &key, &rng),
                         ATR_ERR_AUTH);
    }
}

/* Every point of a header is looked at, whether the plan needs it or not. */
static void a_bad_point_in_an_unused_row(void **state)
{
    (void)state;
    EACH_SCHEME(a)
    {
        atr_share_plan plan;
        atr_abe_key key;
        atr_gt got;
        atr_bytes bytes;

        encap_for(a, "X or Y or (Z and X)");
        bytes = header_bytes(a);
        key_of(&key, a, "Y", &rng);
        assert_true(finds(a, &key));
        assert_int_equal(atr_share_plan_make(&plan, &policy, &key.attrs,
                                             a->abe.scheme->cost),
                         ATR_OK);
        for (size_t at = 0; at < bytes.len; at += ATR_G1_BYTES) {
            uint8_t saved = header[at];

            header[at] = 0xc0; /* an identity that is none */
            assert_int_equal(scheme_decap(&got, a, &key, &policy, &plan, bytes),
                             ATR_ERR_AUTH);
            assert_int_equal(
                a->abe.scheme->check(&a->abe, &policy, bytes, &rng),
                ATR_ERR_AUTH);
            header[at] = saved;
            if (at < bytes.len - rows.count * ATR_G1_BYTES) {
                at += ATR_G2_BYTES - ATR_G1_BYTES;
            }
        }
    }
}

/* CPA headers multiply: that is why only the KEM is for use (kem.c has the
 * test that it refuses). */
static void headers_of_the_bare_scheme_multiply(void **state)
{
    static uint8_t first[CAPSULE_BYTES_MAX];
    authority *a = authority_of(ATR_SCHEME_FABEO);
    atr_abe_key key;
    atr_gt z1;

    (void)state;
    key_of(&key, a, "X", &rng);
    encap_for(a, "X");
    z1 = z;
    memcpy(first, header, header_bytes(a).len);
    encap_for(a, "X");
    for (size_t at = 0; at < header_bytes(a).len;) {
        if (at < 2 * ATR_G2_BYTES) {
            atr_g2_affine x;
            atr_g2_affine y;

            assert_int_equal(atr_g2_read(&x, first + at), ATR_OK);
            assert_int_equal(atr_g2_read(&y, header + at), ATR_OK);
            g2_plus(&x, &x, &y);
            atr_g2_write(header + at, &x);
            at += ATR_G2_BYTES;
        } else {
            atr_g1_affine x;
            atr_g1_affine y;

            assert_int_equal(atr_g1_read(&x, first + at), ATR_OK);
            assert_int_equal(atr_g1_read(&y, header + at), ATR_OK);
            g1_plus(&x, &x, &y);
            atr_g1_write(header + at, &x);
            at += ATR_G1_BYTES;
        }
    }
    atr_gt_mul(&z, &z, &z1);
    assert_true(finds(a, &key));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(collusion_of_two_keys),
        cmocka_unit_test(averaged_keys_do_not_collude),
        cmocka_unit_test(a_repeated_generator_does_not_make_keys_combine),
        cmocka_unit_test(keys_differ_in_every_component),
        cmocka_unit_test(every_non_satisfying_subset_forced),
        cmocka_unit_test(repeated_attribute),
        cmocka_unit_test(relabelled_attribute),
        cmocka_unit_test(colliding_internal_labels),
        cmocka_unit_test(users_cannot_write_derived_attributes),
        cmocka_unit_test(bases_and_attributes_are_not_powers_of_hashes),
        cmocka_unit_test(a_bad_key_is_seen),
        cmocka_unit_test(keys_of_another_authority_fail),
        cmocka_unit_test(a_bad_point_in_an_unused_row),
        cmocka_unit_test(headers_of_the_bare_scheme_multiply),
    };

    return cmocka_run_group_tests(tests, seed_all, NULL);
}
