/* Attacks on encryption to an identity: whatever is changed about a capsule,
 * whom it is for, or its context, the answer is no; and keys do not mix. */
#include "kit/ibe.h"
#include "scheme/hedge.h"
#include "sym/hash.h"

static ibe_authority a;
static atr_identity bob;
static ibe_key bobs;
static atr_rng rng;

static uint8_t capsule[IBE_CAPSULE_MAX];
static uint8_t sent[32];

#define AD ATR_LITERAL("session 1, message 1")

static int setup(void **state)
{
    (void)state;
    ibe_authority_init(&a, 3001);
    kit_rng(&rng, kit_seed());
    bob = identity_of("bob@example.org", 5);
    EACH_IBE(x)
    {
        x->extract(&bobs, &a, &bob, &rng);
    }
    return 0;
}

static atr_bytes to_bob(const ibe_scheme *x)
{
    uint8_t coins[32];

    atr_rng_bytes(&rng, coins, sizeof coins);
    x->encap(capsule, sent, &a, &bob, AD, coins);
    return (atr_bytes){capsule, x->header_len + 32};
}

/* The key must be zero when it refuses. */
static atr_err open_in(const ibe_scheme *x, const ibe_key *key, atr_bytes ad,
                       atr_bytes bytes)
{
    static const uint8_t zero[32];
    uint8_t got[32] = {1};
    atr_err err = x->decap(got, &a, key, ad, bytes);

    assert_memory_equal(got, err == ATR_OK ? sent : zero, 32);
    return err;
}

static atr_err open_with(const ibe_scheme *x, const ibe_key *key,
                         atr_bytes bytes)
{
    return open_in(x, key, AD, bytes);
}

static void every_bit_of_a_ciphertext_flipped(void **state)
{
    (void)state;
    EACH_IBE(x)
    {
        atr_bytes bytes = to_bob(x);
        const size_t step = x == ibe_schemes ? 1 : 13;

        for (size_t bit = 0; bit < 8 * bytes.len; bit += step) {
            capsule[bit / 8] ^= (uint8_t)(1 << bit % 8);
            if (open_with(x, &bobs, bytes) != ATR_ERR_AUTH) {
                fail_msg("%s: bit %zu", x->name, bit);
            }
            capsule[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        assert_int_equal(open_with(x, &bobs, bytes), ATR_OK);
    }
}

static void every_other_length_is_refused(void **state)
{
    static uint8_t longer[IBE_CAPSULE_MAX + 1];

    (void)state;
    EACH_IBE(x)
    {
        atr_bytes bytes = to_bob(x);

        memcpy(longer, capsule, bytes.len);
        for (size_t len = 0; len <= bytes.len + 1; len++) {
            assert_int_equal(open_with(x, &bobs, (atr_bytes){longer, len}),
                             len == bytes.len ? ATR_OK : ATR_ERR_AUTH);
        }
    }
}

static void another_identity_or_period_opens_nothing(void **state)
{
    const atr_identity others[] = {
        identity_of("bob@example.org", 6), identity_of("bob@example.org", 4),
        identity_of("Bob@example.org", 5), identity_of("bob@example.orga", 5),
        identity_of("eve@example.org", 5)};

    (void)state;
    EACH_IBE(x)
    {
        atr_bytes bytes = to_bob(x);

        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
            ibe_key key;

            x->extract(&key, &a, &others[i], &rng);
            assert_int_equal(x->check(&a, &key, &rng), ATR_OK);
            assert_int_equal(open_with(x, &key, bytes), ATR_ERR_AUTH);
            *x->id(&key) = bob; /* and lies about whose it is */
            assert_int_equal(open_with(x, &key, bytes), ATR_ERR_AUTH);
            assert_int_equal(x->check(&a, &key, &rng), ATR_ERR_AUTH);
        }
        assert_int_equal(open_with(x, &bobs, bytes), ATR_OK);
    }
}

static void context_swap(void **state)
{
    static const char *const others[] = {"", "session 1, message 2",
                                         "session 1, message 1 "};

    (void)state;
    EACH_IBE(x)
    {
        atr_bytes bytes = to_bob(x);

        for (size_t i = 0; i < 3; i++) {
            const atr_bytes ad = {(const uint8_t *)others[i],
                                  strlen(others[i])};

            assert_int_equal(open_in(x, &bobs, ad, bytes), ATR_ERR_AUTH);
        }
    }
}

/* Another authority, that has drawn the very same secrets for its mpk's
 * algebra: only the fingerprint tells them apart. */
static void authority_swap(void **state)
{
    static ibe_authority other;
    uint8_t got[32];

    (void)state;
    EACH_IBE(x)
    {
        atr_bytes bytes = to_bob(x);
        ibe_key key;

        ibe_authority_init(&other, 3002);
        x->extract(&key, &other, &bob, &rng);
        assert_int_equal(x->decap(got, &other, &key, AD, bytes), ATR_ERR_AUTH);
        other = a;
        other.bf.hm[0] ^= 1;
        other.dse.hm[0] ^= 1;
        assert_int_equal(x->decap(got, &other, &bobs, AD, bytes), ATR_ERR_AUTH);
    }
}

static void halves_of_two_ciphertexts(void **state)
{
    uint8_t masked[32];

    (void)state;
    EACH_IBE(x)
    {
        (void)to_bob(x);
        memcpy(masked, capsule + x->header_len, 32);
        atr_bytes bytes = to_bob(x);
        memcpy(capsule + x->header_len, masked, 32);
        assert_int_equal(open_with(x, &bobs, bytes), ATR_ERR_AUTH);
    }
}

static void add_points(const ibe_scheme *x, uint8_t *to, const uint8_t *from)
{
    if (x->point_bytes == ATR_G2_BYTES) {
        atr_g2_affine p[2];
        atr_g2 sum;

        assert_int_equal(atr_g2_read(&p[0], to), ATR_OK);
        assert_int_equal(atr_g2_read(&p[1], from), ATR_OK);
        atr_g2_from_affine(&sum, &p[0]);
        atr_g2_add_affine(&sum, &sum, &p[1]);
        atr_g2_to_affine(&p[0], &sum);
        atr_g2_write(to, &p[0]);
    } else {
        atr_g1_affine p[2];
        atr_g1 sum;

        assert_int_equal(atr_g1_read(&p[0], to), ATR_OK);
        assert_int_equal(atr_g1_read(&p[1], from), ATR_OK);
        atr_g1_from_affine(&sum, &p[0]);
        atr_g1_add_affine(&sum, &sum, &p[1]);
        atr_g1_to_affine(&p[0], &sum);
        atr_g1_write(to, &p[0]);
    }
}

static void product_of_two_ciphertexts(void **state)
{
    uint8_t first[IBE_CAPSULE_MAX];

    (void)state;
    EACH_IBE(x)
    {
        atr_bytes bytes = to_bob(x);

        memcpy(first, capsule, bytes.len);
        (void)to_bob(x);
        for (size_t i = 0; i < x->points; i++) {
            add_points(x, capsule + i * x->point_bytes,
                       first + i * x->point_bytes);
        }
        assert_int_equal(open_with(x, &bobs, bytes), ATR_ERR_AUTH);
        memcpy(capsule + x->header_len, first + x->header_len, 32);
        assert_int_equal(open_with(x, &bobs, bytes), ATR_ERR_AUTH);
    }
}

static void every_point_shifted(void **state)
{
    uint8_t generator[ATR_G2_BYTES];

    (void)state;
    EACH_IBE(x)
    {
        atr_bytes bytes = to_bob(x);
        uint8_t saved[ATR_G2_BYTES];

        if (x->point_bytes == ATR_G2_BYTES) {
            atr_g2_write(generator, &atr_g2_generator);
        } else {
            atr_g1_write(generator, &atr_g1_generator);
        }
        for (size_t i = 0; i < x->points; i++) {
            uint8_t *at = capsule + i * x->point_bytes;

            memcpy(saved, at, x->point_bytes);
            add_points(x, at, generator);
            assert_int_equal(open_with(x, &bobs, bytes), ATR_ERR_AUTH);
            memcpy(at, saved, x->point_bytes);
        }
    }
}

static void points_outside_the_group(void **state)
{
    (void)state;
    EACH_IBE(x)
    {
        atr_bytes bytes = to_bob(x);
        uint8_t saved[ATR_G2_BYTES];

        for (size_t i = 0; i < x->points; i++) {
            uint8_t *at = capsule + i * x->point_bytes;

            memcpy(saved, at, x->point_bytes);
            for (uint8_t low = 0; low < 12; low++) { /* half are on curve */
                memset(at, 0, x->point_bytes);
                at[0] = 0x80;
                at[x->point_bytes - 1] = low;
                assert_int_equal(open_with(x, &bobs, bytes), ATR_ERR_AUTH);
            }
            memset(at, 0, x->point_bytes);
            at[0] = 0xc0; /* the identity */
            assert_int_equal(open_with(x, &bobs, bytes), ATR_ERR_AUTH);
            memset(at, 0xff, x->point_bytes);
            assert_int_equal(open_with(x, &bobs, bytes), ATR_ERR_AUTH);
            memcpy(at, saved, x->point_bytes);
        }
        if (x->points > 1) { /* the tag: not below r */
            memset(capsule + x->header_len - 32, 0xff, 32);
            assert_int_equal(open_with(x, &bobs, bytes), ATR_ERR_AUTH);
        }
    }
}

/* What (1) of kem.md gives for the coins. */
static void expand(uint8_t seed_kbar[64], const ibe_scheme *x,
                   const uint8_t coins[32])
{
    uint8_t memory[1024];
    uint8_t id[ATR_IDENTITY_BYTES];
    atr_builder ikm = atr_builder_of(memory, sizeof memory);

    atr_identity_write(id, &bob);
    atr_build_field(&ikm, (atr_bytes){x->hm(&a), 32});
    atr_build_field(&ikm, ATR_BYTES(id));
    atr_build_field(&ikm, AD);
    atr_build_field(&ikm, (atr_bytes){coins, 32});
    atr_kdf(seed_kbar, 64, "ATR1/FO/G", atr_builder_bytes(&ikm),
            (atr_bytes){NULL, 0});
}

/* (3) and (4) of kem.md for the header that stands in `capsule`. */
static void finish(const ibe_scheme *x, const atr_gt *z,
                   const uint8_t coins[32], const uint8_t kbar[32])
{
    uint8_t memory[2048];
    uint8_t z_bytes[ATR_GT_BYTES];
    uint8_t mask[32];
    const atr_bytes header = {capsule, x->header_len};
    const atr_bytes none = {NULL, 0};
    atr_builder ikm = atr_builder_of(memory, sizeof memory);

    atr_gt_write(z_bytes, z);
    atr_build_field(&ikm, ATR_BYTES(z_bytes));
    atr_build_field(&ikm, header);
    atr_kdf(mask, 32, "ATR1/FO/mask", atr_builder_bytes(&ikm), none);
    for (size_t i = 0; i < 32; i++) {
        capsule[header.len + i] = coins[i] ^ mask[i];
    }
    ikm = atr_builder_of(memory, sizeof memory);
    atr_build_field(&ikm, (atr_bytes){kbar, 32});
    atr_build_field(&ikm, header);
    atr_build_field(&ikm, (atr_bytes){capsule + header.len, 32});
    atr_kdf(sent, 32, "ATR1/FO/K", atr_builder_bytes(&ikm), none);
}

/* Somebody who knows all that is inside chooses U = g2^(l + shift) and masks to
 * fit: m comes out right, and only the header made again tells. */
static void bf_capsule_masked_to_fit_another_exponent(void **state)
{
    const ibe_scheme *x = &ibe_schemes[0];
    const atr_bytes bytes = {capsule, ATR_BF_CAPSULE_BYTES};
    static const uint8_t coins[32] = {7};
    uint8_t seed_kbar[64];
    atr_bf_recipient to;

    (void)state;
    atr_bf_recipient_init(&to, &a.bf, &bob);
    expand(seed_kbar, x, coins);
    for (uint64_t shift = 0; shift < 3; shift++) {
        const atr_fr by = atr_fr_of(shift);
        atr_g2_affine affine;
        atr_g2 u;
        atr_gt z;
        atr_fr l;
        atr_rng from_seed;

        atr_rng_init(&from_seed, seed_kbar);
        atr_fr_random(&l, &from_seed);
        atr_fr_add(&l, &l, &by);
        atr_g2_mul(&u, &atr_g2_generator, &l);
        atr_g2_to_affine(&affine, &u);
        atr_g2_write(capsule, &affine);
        atr_gt_pow(&z, &to.theta, &l);
        finish(x, &z, coins, seed_kbar + 32);
        assert_int_equal(open_with(x, &bobs, bytes),
                         shift == 0 ? ATR_OK : ATR_ERR_AUTH);
    }
}

static void dse_hash(atr_fr *out)
{
    uint8_t memory[512];
    uint8_t id[ATR_IDENTITY_BYTES];
    atr_builder message = atr_builder_of(memory, sizeof memory);

    atr_identity_write(id, &bob);
    atr_build_field(&message, ATR_BYTES(a.dse.hm));
    atr_build_field(&message, ATR_BYTES(id));
    atr_fr_hash(out, ATR_LITERAL("ATR1/DSE/id"), atr_builder_bytes(&message));
}

/* Adds `power` of a point to the one that stands at number `at`. */
static void shift_g1(size_t at, const atr_g1_affine *base, const atr_fr *power)
{
    uint8_t bytes[ATR_G1_BYTES];
    atr_g1_affine affine;
    atr_g1 point;

    atr_g1_mul(&point, base, power);
    atr_g1_to_affine(&affine, &point);
    atr_g1_write(bytes, &affine);
    add_points(&ibe_schemes[1], capsule + at * ATR_G1_BYTES, bytes);
}

/* The same with t + 1 in the place of t: a good header for the same Z. */
static void dse09_capsule_masked_to_fit_another_exponent(void **state)
{
    const ibe_scheme *x = &ibe_schemes[1];
    const atr_bytes bytes = {capsule, ATR_DSE09_CAPSULE_BYTES};
    static const uint8_t coins[32] = {7};
    const atr_fr one = atr_fr_of(1);
    uint8_t seed_kbar[64];
    uint8_t k[32];
    atr_fr x_of[4]; /* s1, s2, t, tag */
    atr_rng from_seed;
    atr_fr minus;
    atr_fr id;
    atr_gt z;

    (void)state;
    expand(seed_kbar, x, coins);
    atr_rng_init(&from_seed, seed_kbar);
    for (size_t i = 0; i < 4; i++) {
        atr_fr_random(&x_of[i], &from_seed);
    }
    atr_gt_pow(&z, &a.dse.t, &x_of[1]);
    x->encap(capsule, k, &a, &bob, AD, coins);
    finish(x, &z, coins, seed_kbar + 32); /* honest so far */
    assert_memory_equal(k, sent, 32);
    assert_int_equal(open_with(x, &bobs, bytes), ATR_OK);
    dse_hash(&id);
    atr_fr_neg(&minus, &one);
    shift_g1(6, &a.dse.p[ATR_DSE09_W1], &minus);
    shift_g1(7, &a.dse.p[ATR_DSE09_U1], &id);
    shift_g1(7, &a.dse.p[ATR_DSE09_W1], &x_of[3]);
    shift_g1(7, &a.dse.p[ATR_DSE09_H1], &one);
    shift_g1(8, &atr_g1_generator, &one);
    finish(x, &z, coins, seed_kbar + 32);
    assert_int_equal(open_with(x, &bobs, bytes), ATR_ERR_AUTH);
}

/* Where atr_dse09_extract draws from. */
static void dse_hedged(atr_rng *out, const atr_identity *id, atr_rng *from)
{
    uint8_t secret[ATR_DSE09_G2 * ATR_G2_BYTES];
    uint8_t to[ATR_IDENTITY_BYTES];

    for (size_t i = 0; i < ATR_DSE09_G2; i++) {
        atr_g2_write(secret + i * ATR_G2_BYTES, &a.msk.q[i]);
    }
    atr_identity_write(to, id);
    atr_hedge_rng(out,
                  &(atr_hedge){ATR_BYTES(secret),
                               ATR_LITERAL("ATR1/DSE/KEYGEN"),
                               ATR_BYTES(a.dse.hm), ATR_BYTES(to)},
                  from);
}

/* Pitfall 8: a good key whose tag is that of the capsule cannot open it, and
 * nothing is divided by zero; it opens every other. */
static void equal_tags_are_refused(void **state)
{
    const ibe_scheme *x = &ibe_schemes[1];
    atr_bytes bytes = to_bob(x);
    static const uint8_t seed[ATR_SEED_BYTES] = {77};
    atr_fr drawn[5]; /* r1, r2, z1, z2, tag */
    atr_g2 sum;
    atr_g2 power;
    atr_fr id;
    atr_rng same;
    atr_rng hedged;
    ibe_key key;

    (void)state;
    atr_rng_init(&same, seed);
    atr_dse09_extract(&key.dse, &a.dse, &a.msk, &bob, &same);
    atr_rng_init(&same, seed);
    dse_hedged(&hedged, &bob, &same);
    for (size_t i = 0; i < 5; i++) {
        atr_fr_random(&drawn[i], &hedged);
    }
    assert_true(atr_fr_equal(&drawn[4], &key.dse.tag));
    assert_int_equal(open_with(x, &key, bytes), ATR_OK);
    /* K = (u^I w^tag h)^{r1} again, with the tag of the capsule */
    assert_int_equal(
        atr_fr_read(&key.dse.tag, capsule + ATR_DSE09_HEADER_BYTES - 32),
        ATR_OK);
    dse_hash(&id);
    atr_g2_mul(&sum, &a.dse.q[ATR_DSE09_U2], &id);
    atr_g2_mul(&power, &a.dse.q[ATR_DSE09_W2], &key.dse.tag);
    atr_g2_add(&sum, &sum, &power);
    atr_g2_add_affine(&sum, &sum, &a.dse.q[ATR_DSE09_H2]);
    atr_g2_to_affine(&key.dse.d[7], &sum);
    atr_g2_mul(&sum, &key.dse.d[7], &drawn[0]);
    atr_g2_to_affine(&key.dse.d[7], &sum);
    atr_dse09_key_ready(&key.dse);
    assert_int_equal(x->check(&a, &key, &rng), ATR_OK); /* a good key */
    assert_int_equal(open_with(x, &key, bytes), ATR_ERR_AUTH);
    bytes = to_bob(x);
    assert_int_equal(open_with(x, &key, bytes), ATR_OK);
}

static void a_bad_key_is_seen(void **state)
{
    uint8_t bytes[IBE_KEY_MAX];

    (void)state;
    EACH_IBE(x)
    {
        ibe_key key;
        size_t count = x == ibe_schemes ? 1 : ATR_DSE09_KEY_POINTS;

        for (size_t i = 0; i < count; i++) {
            uint8_t *at = bytes + ATR_IDENTITY_BYTES + i * ATR_G2_BYTES;

            x->write(bytes, &bobs);
            if (count == 1) {
                atr_g1_write(at, &atr_g1_generator);
            } else {
                atr_g2_write(at, &atr_g2_generator);
            }
            assert_int_equal(x->read(&key, bytes), ATR_OK);
            assert_int_equal(x->check(&a, &key, &rng), ATR_ERR_AUTH);
        }
    }
    { /* the tag belongs to K */
        ibe_key key = bobs;
        const atr_fr one = atr_fr_of(1);

        atr_fr_add(&key.dse.tag, &key.dse.tag, &one);
        assert_int_equal(atr_dse09_key_check(&a.dse, &key.dse, &rng),
                         ATR_ERR_AUTH);
    }
}

/* Pitfall 21, and parts of two good keys of one person. */
static void keys_do_not_mix(void **state)
{
    ibe_key second;

    (void)state;
    dse_extract(&second, &a, &bob, &rng);
    assert_false(atr_fr_equal(&second.dse.tag, &bobs.dse.tag));
    for (size_t i = 0; i < ATR_DSE09_KEY_POINTS; i++) {
        ibe_key mixed = bobs;

        assert_false(atr_g2_affine_equal(&second.dse.d[i], &bobs.dse.d[i]));
        mixed.dse.d[i] = second.dse.d[i];
        atr_dse09_key_ready(&mixed.dse);
        assert_int_equal(atr_dse09_key_check(&a.dse, &mixed.dse, &rng),
                         ATR_ERR_AUTH);
    }
}

/* A generator that repeats itself gives two people keys with no exponent in
 * common. */
static void a_repeated_generator_does_not_make_keys_combine(void **state)
{
    static const uint8_t seed[ATR_SEED_BYTES] = {78};
    atr_identity eve = bob;
    ibe_key key[2];
    atr_rng same;

    (void)state;
    eve.period++;
    atr_rng_init(&same, seed);
    atr_dse09_extract(&key[0].dse, &a.dse, &a.msk, &bob, &same);
    atr_rng_init(&same, seed);
    atr_dse09_extract(&key[1].dse, &a.dse, &a.msk, &eve, &same);
    assert_false(atr_fr_equal(&key[0].dse.tag, &key[1].dse.tag));
    for (size_t i = 0; i < ATR_DSE09_KEY_POINTS; i++) {
        assert_false(atr_g2_affine_equal(&key[0].dse.d[i], &key[1].dse.d[i]));
    }
}

/* What two holders of BF keys can add up is the key of nobody. */
static void pooled_keys_open_nothing(void **state)
{
    const ibe_scheme *x = &ibe_schemes[0];
    const atr_identity names[2] = {identity_of("al", 5), identity_of("ce", 5)};
    const atr_identity joined = identity_of("alce", 5);
    atr_bytes bytes = to_bob(x);
    ibe_key keys[2];
    ibe_key sum;
    atr_g1 d;

    (void)state;
    x->extract(&keys[0], &a, &names[0], &rng);
    x->extract(&keys[1], &a, &names[1], &rng);
    sum = keys[0];
    atr_g1_from_affine(&d, &keys[0].bf.d);
    atr_g1_add_affine(&d, &d, &keys[1].bf.d);
    atr_g1_to_affine(&sum.bf.d, &d);
    assert_int_equal(x->check(&a, &sum, &rng), ATR_ERR_AUTH);
    sum.bf.id = joined;
    assert_int_equal(x->check(&a, &sum, &rng), ATR_ERR_AUTH);
    sum.bf.id = bob;
    assert_int_equal(open_with(x, &sum, bytes), ATR_ERR_AUTH);
}

static int order(const void *left, const void *right)
{
    return memcmp(left, right, sizeof(atr_g1_affine));
}

/* Pitfall 9: every byte of an identity counts, and many of them meet nowhere.
 */
static void identities_do_not_collide(void **state)
{
    enum { COUNT = 2000 };
    static atr_g1_affine points[COUNT];
    size_t count = 0;

    (void)state;
    for (size_t at = 0; at < ATR_IDENTITY_NAME_BYTES_MAX; at++) {
        char name[ATR_IDENTITY_NAME_BYTES_MAX + 1];
        atr_identity id;
        ibe_key key;

        memset(name, 'x', sizeof name - 1);
        name[sizeof name - 1] = '\0';
        name[at] = 'y';
        id = identity_of(name, 0);
        bf_extract(&key, &a, &id, &rng);
        points[count++] = key.bf.d;
    }
    for (uint32_t bit = 0; bit < 32; bit++) {
        atr_identity id = identity_of("x", (uint32_t)1 << bit);
        ibe_key key;

        bf_extract(&key, &a, &id, &rng);
        points[count++] = key.bf.d;
    }
    while (count < COUNT) {
        char name[64];
        atr_identity id;
        ibe_key key;

        snprintf(name, sizeof name, "person%zu@example.org", count);
        id = identity_of(name, 1);
        bf_extract(&key, &a, &id, &rng);
        points[count++] = key.bf.d;
    }
    qsort(points, COUNT, sizeof points[0], order);
    for (size_t i = 1; i < COUNT; i++) {
        assert_true(order(&points[i - 1], &points[i]) != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bit_of_a_ciphertext_flipped),
        cmocka_unit_test(every_other_length_is_refused),
        cmocka_unit_test(another_identity_or_period_opens_nothing),
        cmocka_unit_test(context_swap),
        cmocka_unit_test(authority_swap),
        cmocka_unit_test(halves_of_two_ciphertexts),
        cmocka_unit_test(product_of_two_ciphertexts),
        cmocka_unit_test(every_point_shifted),
        cmocka_unit_test(points_outside_the_group),
        cmocka_unit_test(bf_capsule_masked_to_fit_another_exponent),
        cmocka_unit_test(dse09_capsule_masked_to_fit_another_exponent),
        cmocka_unit_test(equal_tags_are_refused),
        cmocka_unit_test(a_bad_key_is_seen),
        cmocka_unit_test(keys_do_not_mix),
        cmocka_unit_test(a_repeated_generator_does_not_make_keys_combine),
        cmocka_unit_test(pooled_keys_open_nothing),
        cmocka_unit_test(identities_do_not_collide),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
