/* Identities, and the schemes for them: keys, their check and bytes, honest
 * capsules, and headers again from the equations of the pages. */
#include "kit/ibe.h"
#include "sym/hash.h"

static ibe_authority a;
static atr_rng rng;

#define AD ATR_LITERAL("context")

static int setup(void **state)
{
    (void)state;
    ibe_authority_init(&a, 3000);
    kit_rng(&rng, kit_seed());
    return 0;
}

static void identities_survive_their_bytes(void **state)
{
    static const char *const names[] = {"a", "alice@example.org", "+47-555",
                                        "~!{}"};
    uint8_t bytes[ATR_IDENTITY_BYTES];
    atr_identity back;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        atr_identity id = identity_of(names[i], (uint32_t)i * 70000);

        atr_identity_write(bytes, &id);
        assert_int_equal(atr_identity_read(&back, bytes), ATR_OK);
        assert_memory_equal(&back, &id, sizeof id);
        assert_true(atr_identity_equal(&back, &id));
    }
}

static void identities_differ_by_every_byte(void **state)
{
    atr_identity id = identity_of("alice@example.org", 7);
    atr_identity other;

    (void)state;
    other = identity_of("alice@example.org", 8);
    assert_false(atr_identity_equal(&id, &other));
    other = identity_of("Alice@example.org", 7);
    assert_false(atr_identity_equal(&id, &other));
    other = identity_of("alice@example.or", 7);
    assert_false(atr_identity_equal(&id, &other));
}

static void bad_names_are_refused(void **state)
{
    static const atr_identity zero;
    uint8_t name[ATR_IDENTITY_NAME_BYTES_MAX + 1];
    uint8_t bytes[ATR_IDENTITY_BYTES];
    atr_identity id;

    (void)state;
    memset(name, 'x', sizeof name);
    assert_int_equal(atr_identity_of(&id, ATR_BYTES(name), 1), ATR_ERR_LIMIT);
    assert_memory_equal(&id, &zero, sizeof id);
    assert_int_equal(
        atr_identity_of(&id, (atr_bytes){name, sizeof name - 1}, 1), ATR_OK);
    atr_identity_write(bytes, &id);
    assert_int_equal(atr_identity_read(&id, bytes), ATR_OK);
    assert_int_equal(atr_identity_of(&id, (atr_bytes){name, 0}, 1),
                     ATR_ERR_INPUT);
    for (unsigned c = 0; c < 256; c++) {
        name[3] = (uint8_t)c;
        assert_int_equal(atr_identity_of(&id, (atr_bytes){name, 8}, 1),
                         c > 0x20 && c < 0x7f ? ATR_OK : ATR_ERR_INPUT);
    }
    id = identity_of("alice", 7);
    atr_identity_write(bytes, &id);
    bytes[0] = 4; /* a letter behind the end */
    assert_int_equal(atr_identity_read(&id, bytes), ATR_ERR_INPUT);
    assert_memory_equal(&id, &zero, sizeof id);
    bytes[0] = 6; /* a zero in the name */
    assert_int_equal(atr_identity_read(&id, bytes), ATR_ERR_INPUT);
    bytes[0] = 124; /* over the end */
    assert_int_equal(atr_identity_read(&id, bytes), ATR_ERR_INPUT);
    bytes[0] = 0;
    assert_int_equal(atr_identity_read(&id, bytes), ATR_ERR_INPUT);
}

static void what_is_encapsulated_opens(void **state)
{
    uint8_t capsule[IBE_CAPSULE_MAX];
    uint8_t again[IBE_CAPSULE_MAX];
    uint8_t coins[32];
    uint8_t sent[32];
    uint8_t got[32];

    (void)state;
    EACH_IBE(x)
    {
        const atr_bytes bytes = {capsule, x->header_len + 32};
        const atr_identity id = identity_of("bob@example.org", 3);
        ibe_key key;

        x->extract(&key, &a, &id, &rng);
        assert_int_equal(x->check(&a, &key, &rng), ATR_OK);
        for (size_t i = 0; i < 8; i++) {
            atr_rng_bytes(&rng, coins, sizeof coins);
            x->encap(capsule, sent, &a, &id, AD, coins);
            x->encap(again, got, &a, &id, AD, coins);
            assert_memory_equal(capsule, again, bytes.len);
            assert_memory_equal(sent, got, 32);
            memset(got, 0, sizeof got);
            assert_int_equal(x->decap(got, &a, &key, AD, bytes), ATR_OK);
            assert_memory_equal(sent, got, 32);
        }
    }
}

/* The randomised functions, and the prepared recipient used twice. */
static void two_encapsulations_differ(void **state)
{
    const atr_identity id = identity_of("bob@example.org", 3);
    uint8_t first[IBE_CAPSULE_MAX];
    uint8_t second[IBE_CAPSULE_MAX];
    uint8_t k[2][32];
    uint8_t got[32];
    atr_bf_recipient to;
    ibe_key key;

    (void)state;
    bf_extract(&key, &a, &id, &rng);
    dse_extract(&key, &a, &id, &rng);
    atr_bf_recipient_init(&to, &a.bf, &id);
    atr_bf_encap(first, k[0], &to, AD, &rng);
    atr_bf_encap(second, k[1], &to, AD, &rng);
    assert_memory_not_equal(first, second, ATR_G2_BYTES);
    assert_memory_not_equal(k[0], k[1], 32);
    assert_int_equal(atr_bf_decap(got, &a.bf, &key.bf, AD,
                                  (atr_bytes){second, ATR_BF_CAPSULE_BYTES}),
                     ATR_OK);
    assert_memory_equal(got, k[1], 32);
    atr_dse09_encap(first, k[0], &a.dse, &id, AD, &rng);
    atr_dse09_encap(second, k[1], &a.dse, &id, AD, &rng);
    for (size_t i = 0; i < ATR_DSE09_HEADER_POINTS; i++) {
        assert_memory_not_equal(first + i * ATR_G1_BYTES,
                                second + i * ATR_G1_BYTES, ATR_G1_BYTES);
    }
    assert_int_equal(
        atr_dse09_decap(got, &a.dse, &key.dse, AD,
                        (atr_bytes){second, ATR_DSE09_CAPSULE_BYTES}),
        ATR_OK);
    assert_memory_equal(got, k[1], 32);
}

static void keys_survive_their_bytes(void **state)
{
    uint8_t bytes[IBE_KEY_MAX];
    uint8_t again[IBE_KEY_MAX];
    const atr_identity id = identity_of("bob@example.org", 3);

    (void)state;
    EACH_IBE(x)
    {
        const size_t points = x->key_len - ATR_IDENTITY_BYTES;
        ibe_key key;
        ibe_key back;

        x->extract(&key, &a, &id, &rng);
        x->write(bytes, &key);
        assert_int_equal(x->read(&back, bytes), ATR_OK);
        x->write(again, &back);
        assert_memory_equal(bytes, again, x->key_len);
        assert_int_equal(x->check(&a, &back, &rng), ATR_OK);
        memset(bytes + ATR_IDENTITY_BYTES, 0, points);
        bytes[ATR_IDENTITY_BYTES] = 0xc0; /* the identity of the group */
        assert_int_equal(x->read(&back, bytes), ATR_ERR_INPUT);
        x->write(bytes, &key);
        bytes[ATR_IDENTITY_BYTES] ^= 0x80; /* not compressed */
        assert_int_equal(x->read(&back, bytes), ATR_ERR_INPUT);
        x->write(bytes, &key);
        bytes[0] = 0; /* nobody */
        assert_int_equal(x->read(&back, bytes), ATR_ERR_INPUT);
    }
    atr_bf_key_wipe(NULL);
    atr_dse09_key_wipe(NULL);
    atr_dse09_secret_wipe(NULL);
}

static void public_keys_off_the_group_are_refused(void **state)
{
    static const atr_bf none;
    uint8_t bf_mpk[ATR_BF_MPK_BYTES];
    uint8_t mpk[ATR_DSE09_MPK_BYTES];
    atr_dse09_secret msk;
    atr_dse09 dse;
    atr_bf bf;
    atr_fr s;

    (void)state;
    atr_bf_setup(&s, bf_mpk, &rng);
    assert_int_equal(atr_bf_init(&bf, bf_mpk), ATR_OK);
    bf_mpk[0] ^= 1; /* another scheme */
    assert_int_equal(atr_bf_init(&bf, bf_mpk), ATR_ERR_INPUT);
    assert_memory_equal(&bf, &none, sizeof bf);
    bf_mpk[0] ^= 1;
    memset(bf_mpk + 1, 0, ATR_G2_BYTES);
    bf_mpk[1] = 0xc0; /* s = 0 */
    assert_int_equal(atr_bf_init(&bf, bf_mpk), ATR_ERR_INPUT);

    atr_dse09_setup(&msk, mpk, &rng);
    assert_int_equal(atr_dse09_init(&dse, mpk), ATR_OK);
    for (size_t at = 1; at < sizeof mpk;
         at +=
         at < 1 + ATR_DSE09_G1 * ATR_G1_BYTES ? ATR_G1_BYTES : ATR_G2_BYTES) {
        mpk[at] ^= 0x40;
        assert_int_equal(atr_dse09_init(&dse, mpk), ATR_ERR_INPUT);
        mpk[at] ^= 0x40;
    }
    mpk[0] = ATR_BF_ID;
    assert_int_equal(atr_dse09_init(&dse, mpk), ATR_ERR_INPUT);
}

static void fr_is_like(const atr_fr *log, const atr_g1_affine *point)
{
    atr_g1_affine expected;
    atr_g1 power;

    atr_g1_mul(&power, &atr_g1_generator, log);
    atr_g1_to_affine(&expected, &power);
    assert_true(atr_g1_affine_equal(&expected, point));
}

/* BF again from nothing but doc/scheme/bf.md. */
static void bf_follows_its_equations(void **state)
{
    const atr_identity id = identity_of("bob@example.org", 3);
    static const uint8_t coins[32] = {9};
    uint8_t memory[1024];
    uint8_t id_bytes[ATR_IDENTITY_BYTES];
    uint8_t capsule[ATR_BF_CAPSULE_BYTES];
    uint8_t seed_kbar[64];
    uint8_t mask[32];
    uint8_t z_bytes[ATR_GT_BYTES];
    uint8_t bytes[ATR_G2_BYTES];
    uint8_t k[32];
    uint8_t expected[32];
    atr_builder builder = atr_builder_of(memory, sizeof memory);
    atr_g1_affine q;
    atr_g2_affine affine;
    atr_g2 u;
    atr_gt z;
    atr_fr l;
    atr_rng from_seed;
    ibe_key key;

    (void)state;
    bf_encap(capsule, k, &a, &id, AD, coins);
    atr_identity_write(id_bytes, &id);
    atr_build_field(&builder, ATR_BYTES(a.bf.hm));
    atr_build_field(&builder, ATR_BYTES(id_bytes));
    atr_g1_hash(&q, ATR_LITERAL("ATR1/BF/id_BLS12381G1_XMD:SHA-256_SSWU_RO_"),
                atr_builder_bytes(&builder));
    atr_build_field(&builder, AD);
    atr_build_field(&builder, ATR_BYTES(coins));
    atr_kdf(seed_kbar, 64, "ATR1/FO/G", atr_builder_bytes(&builder),
            (atr_bytes){NULL, 0});
    atr_rng_init(&from_seed, seed_kbar);
    atr_fr_random(&l, &from_seed);
    atr_g2_mul(&u, &atr_g2_generator, &l);
    atr_g2_to_affine(&affine, &u);
    atr_g2_write(bytes, &affine);
    assert_memory_equal(bytes, capsule, sizeof bytes);

    bf_extract(&key, &a, &id, &rng);
    atr_pairing(&z, &key.bf.d, &affine);
    atr_gt_write(z_bytes, &z);
    builder = atr_builder_of(memory, sizeof memory);
    atr_build_field(&builder, ATR_BYTES(z_bytes));
    atr_build_field(&builder, ATR_BYTES(bytes));
    atr_kdf(mask, 32, "ATR1/FO/mask", atr_builder_bytes(&builder),
            (atr_bytes){NULL, 0});
    for (size_t i = 0; i < 32; i++) {
        assert_int_equal(capsule[ATR_G2_BYTES + i], coins[i] ^ mask[i]);
    }
    builder = atr_builder_of(memory, sizeof memory);
    atr_build_field(&builder, (atr_bytes){seed_kbar + 32, 32});
    atr_build_field(&builder, ATR_BYTES(bytes));
    atr_build_field(&builder, (atr_bytes){capsule + ATR_G2_BYTES, 32});
    atr_kdf(expected, 32, "ATR1/FO/K", atr_builder_bytes(&builder),
            (atr_bytes){NULL, 0});
    assert_memory_equal(k, expected, 32);
}

/* A setup of DSE09 again from its scalars: what is public is what the page
 * says, in its order. */
static void dse09_public_keys_follow_the_equations(void **state)
{
    uint8_t mpk[ATR_DSE09_MPK_BYTES];
    atr_fr v, v1, v2, a1, a2, b, alpha, w, u, h; /* in the order drawn */
    atr_fr *const drawn[10] = {&v, &v1, &v2, &a1, &a2, &b, &alpha, &w, &u, &h};
    atr_dse09_secret msk;
    atr_dse09 dse;
    atr_fr log;
    atr_gt t;

    (void)state;
    kit_rng(&rng, 31);
    atr_dse09_setup(&msk, mpk, &rng);
    assert_int_equal(atr_dse09_init(&dse, mpk), ATR_OK);
    kit_rng(&rng, 31);
    for (size_t i = 0; i < 10; i++) {
        atr_fr_random(drawn[i], &rng);
    }
    fr_is_like(&b, &dse.p[ATR_DSE09_B]);
    fr_is_like(&a1, &dse.p[ATR_DSE09_A1]);
    fr_is_like(&a2, &dse.p[ATR_DSE09_A2]);
    fr_is_like(&w, &dse.p[ATR_DSE09_W1]);
    fr_is_like(&u, &dse.p[ATR_DSE09_U1]);
    fr_is_like(&h, &dse.p[ATR_DSE09_H1]);
    atr_fr_mul(&log, &b, &a1);
    fr_is_like(&log, &dse.p[ATR_DSE09_BA1]);
    atr_fr_mul(&log, &b, &a2);
    fr_is_like(&log, &dse.p[ATR_DSE09_BA2]);
    atr_fr_mul(&log, &v1, &a1);
    atr_fr_add(&log, &log, &v);
    fr_is_like(&log, &dse.p[ATR_DSE09_TAU1]);
    atr_fr_mul(&log, &log, &b);
    fr_is_like(&log, &dse.p[ATR_DSE09_TAU1B]);
    atr_fr_mul(&log, &v2, &a2);
    atr_fr_add(&log, &log, &v);
    fr_is_like(&log, &dse.p[ATR_DSE09_TAU2]);
    atr_fr_mul(&log, &log, &b);
    fr_is_like(&log, &dse.p[ATR_DSE09_TAU2B]);
    atr_fr_mul(&log, &alpha, &a1);
    atr_fr_mul(&log, &log, &b);
    atr_gt_pow(&t, &atr_gt_generator, &log);
    assert_true(atr_gt_equal(&t, &dse.t));
}

/* A header of DSE09 by the equations alone, opened by a key whose equations
 * are checked by the pairings of the page, one after another. */
static void dse09_opens_by_its_equations(void **state)
{
    const atr_identity id = identity_of("bob@example.org", 3);
    static const uint8_t coins[32] = {4};
    uint8_t capsule[ATR_DSE09_CAPSULE_BYTES];
    uint8_t header_z[2][32];
    uint8_t k[32];
    atr_g1_affine c[9];
    atr_gt sum;
    atr_gt term;
    atr_fr tag;
    atr_fr inverse;
    ibe_key key;

    (void)state;
    dse_extract(&key, &a, &id, &rng);
    dse_encap(capsule, k, &a, &id, AD, coins);
    for (size_t i = 0; i < 9; i++) {
        assert_int_equal(atr_g1_read(&c[i], capsule + 48 * i), ATR_OK);
    }
    assert_int_equal(atr_fr_read(&tag, capsule + 9 * 48), ATR_OK);
    atr_pairing(&sum, &c[7], &key.dse.d[6]); /* A4 */
    atr_pairing(&term, &c[8], &key.dse.d[7]);
    atr_gt_inv(&term, &term);
    atr_gt_mul(&sum, &sum, &term);
    atr_fr_sub(&inverse, &tag, &key.dse.tag);
    atr_fr_inv(&inverse, &inverse);
    atr_gt_pow(&sum, &sum, &inverse);
    for (size_t i = 5; i < 7; i++) { /* A2 */
        atr_pairing(&term, &c[i], &key.dse.d[i]);
        atr_gt_mul(&sum, &sum, &term);
    }
    atr_gt_inv(&sum, &sum);
    for (size_t i = 0; i < 5; i++) { /* A1 */
        atr_pairing(&term, &c[i], &key.dse.d[i]);
        atr_gt_mul(&sum, &sum, &term);
    }
    { /* Z = A1 / A2 / A4 unmasks the coins */
        uint8_t memory[2048];
        uint8_t z_bytes[ATR_GT_BYTES];
        atr_builder builder = atr_builder_of(memory, sizeof memory);

        atr_gt_write(z_bytes, &sum);
        atr_build_field(&builder, ATR_BYTES(z_bytes));
        atr_build_field(&builder, (atr_bytes){capsule, ATR_DSE09_HEADER_BYTES});
        atr_kdf(header_z[0], 32, "ATR1/FO/mask", atr_builder_bytes(&builder),
                (atr_bytes){NULL, 0});
    }
    for (size_t i = 0; i < 32; i++) {
        header_z[1][i] = coins[i] ^ capsule[ATR_DSE09_HEADER_BYTES + i];
    }
    assert_memory_equal(header_z[0], header_z[1], 32);
}

/* The sizes that crypto notes, 6.1 and 6.2, give. */
static void capsules_have_the_documented_size(void **state)
{
    (void)state;
    assert_int_equal(ATR_BF_CAPSULE_BYTES, 96 + 32);
    assert_int_equal(ATR_DSE09_CAPSULE_BYTES, 464 + 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identities_survive_their_bytes),
        cmocka_unit_test(identities_differ_by_every_byte),
        cmocka_unit_test(bad_names_are_refused),
        cmocka_unit_test(what_is_encapsulated_opens),
        cmocka_unit_test(two_encapsulations_differ),
        cmocka_unit_test(keys_survive_their_bytes),
        cmocka_unit_test(public_keys_off_the_group_are_refused),
        cmocka_unit_test(bf_follows_its_equations),
        cmocka_unit_test(dse09_public_keys_follow_the_equations),
        cmocka_unit_test(dse09_opens_by_its_equations),
        cmocka_unit_test(capsules_have_the_documented_size),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
