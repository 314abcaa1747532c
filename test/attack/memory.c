/* What is left on the stack after a secret operation: each runs on a stack of
 * its own, which is then searched for pieces of every secret that passed
 * through it. */
#include <ucontext.h>

#include "curve/batch.h"
#include "kex/ake.h"
#include "kex/ibake.h"
#include "kit/abe.h"
#include "policy/policy_wire.h"
#include "scheme/bf.h"
#include "scheme/dse09.h"
#include "scheme/sealed.h"
#include "sym/hash.h"

#define STACK_BYTES (2u << 20)
#define PIECE_BYTES 16

static uint8_t stack[STACK_BYTES] __attribute__((aligned(64)));
static ucontext_t outside;
static ucontext_t inside;
static void (*running)(void);

static void enter(void)
{
    running();
}

/* Runs `fn` on the stack above, filled with a pattern beforehand. */
static void run(void (*fn)(void))
{
    memset(stack, 0xa5, sizeof stack);
    running = fn;
    assert_int_equal(getcontext(&inside), 0);
    inside.uc_stack.ss_sp = stack;
    inside.uc_stack.ss_size = sizeof stack;
    inside.uc_link = &outside;
    makecontext(&inside, enter, 0);
    assert_int_equal(swapcontext(&outside, &inside), 0);
}

/* Whether any 16 bytes of `secret` in a row, from a multiple of 8 on, stand
 * anywhere on the stack. */
static bool stack_has(const void *secret, size_t len)
{
    const uint8_t *bytes = secret;

    for (size_t at = 0; at + PIECE_BYTES <= len; at += 8) {
        if (memmem(stack, sizeof stack, bytes + at, PIECE_BYTES) != NULL) {
            return true;
        }
    }
    return false;
}

#define assert_gone(secret)                                                    \
    do {                                                                       \
        if (stack_has(&(secret), sizeof(secret))) {                            \
            print_error("# left on the stack: %s\n", #secret);                 \
            good = false;                                                      \
        }                                                                      \
    } while (0)

static authority *a;
static atr_policy policy;
static atr_abe_key secret_key;
static uint8_t coins[32];
static uint8_t key[32];
static uint8_t capsule[4096];
static atr_attrs attrs;
static atr_rng rng;

#define AD ATR_LITERAL("context")

/* The secrets of one encapsulation, computed apart. */
static uint8_t seed_kbar[64];
static atr_gt z;
static uint8_t z_bytes[ATR_GT_BYTES];
static atr_fr s;
static uint8_t s_bytes[ATR_FR_BYTES];
static atr_fr shares[4];

static void derive_secrets(void)
{
    static uint8_t memory[8192];
    uint8_t header[4096];
    uint8_t tree_bytes[1024];
    atr_builder tree = atr_builder_of(tree_bytes, sizeof tree_bytes);
    atr_builder ikm = atr_builder_of(memory, sizeof memory);
    atr_rng from_seed;

    atr_policy_build(&tree, &policy);
    atr_build_field(&ikm, ATR_BYTES(a->abe.hm));
    atr_build_field(&ikm, atr_builder_bytes(&tree));
    atr_build_field(&ikm, AD);
    atr_build_field(&ikm, ATR_BYTES(coins));
    atr_kdf(seed_kbar, sizeof seed_kbar, "ATR1/FO/G", atr_builder_bytes(&ikm),
            (atr_bytes){NULL, 0});
    atr_rng_init(&from_seed, seed_kbar);
    scheme_encap(header, &z, a, &policy, &from_seed);
    atr_gt_write(z_bytes, &z);
    atr_rng_init(&from_seed, seed_kbar);
    atr_fr_random(&s, &from_seed);
    atr_fr_write(s_bytes, &s);
    atr_share_split(shares, &s, &policy, &from_seed);
}

static int setup(void **state)
{
    (void)state;
    kit_rng(&rng, 81);
    a = authority_of(ATR_SCHEME_FABEO);
    policy_of(&policy, "2 of (ONE, TWO, THREE) and FOUR");
    key_of(&secret_key, a, "ONE, THREE, FOUR", &rng);
    attrs = secret_key.attrs;
    atr_rng_bytes(&rng, coins, sizeof coins);
    derive_secrets();
    return 0;
}

static void leave_a_secret(void)
{
    volatile uint8_t copy[64];

    for (size_t i = 0; i < sizeof copy; i++) {
        copy[i] = seed_kbar[i];
    }
}

static void the_search_finds_what_is_left(void **state)
{
    (void)state;
    run(leave_a_secret);
    assert_true(stack_has(seed_kbar, sizeof seed_kbar));
}

static bool all_gone(void)
{
    bool good = true;

    assert_gone(coins);
    assert_gone(seed_kbar);
    assert_gone(z);
    assert_gone(z_bytes);
    assert_gone(s);
    assert_gone(s_bytes);
    assert_gone(shares[0]);
    assert_gone(shares[1]);
    assert_gone(shares[2]);
    assert_gone(shares[3]);
    assert_gone(key);
    assert_gone(secret_key.k1);
    assert_gone(secret_key.k1_lines.line[0]);
    assert_gone(secret_key.k1_lines.line[67]);
    assert_gone(secret_key.k3);
    assert_gone(secret_key.k2[0]);
    assert_gone(secret_key.k2[2]);
    return good;
}

static void encapsulate(void)
{
    atr_kem_encap_derand(capsule, key, &a->kem, &policy, AD, coins);
}

static void decapsulate(void)
{
    atr_err err = atr_kem_decap(
        key, &a->kem, &secret_key, &policy, AD,
        (atr_bytes){capsule, atr_kem_capsule_len(&a->kem, &policy)});

    (void)err;
}

static void nothing_is_left_of_an_encapsulation(void **state)
{
    (void)state;
    run(encapsulate);
    assert_true(all_gone());
}

static void nothing_is_left_of_a_decapsulation(void **state)
{
    static const uint8_t zero[32];

    (void)state;
    encapsulate();
    memset(key, 0, sizeof key);
    run(decapsulate);
    assert_memory_not_equal(key, zero, 32); /* it did open */
    assert_true(all_gone());
}

static void nothing_is_left_of_a_refusal(void **state)
{
    uint8_t saved[32];

    (void)state;
    encapsulate();
    memcpy(saved, key, sizeof saved);
    capsule[atr_kem_capsule_len(&a->kem, &policy) - 200] ^= 1;
    run(decapsulate);
    capsule[atr_kem_capsule_len(&a->kem, &policy) - 200] ^= 1;
    memcpy(key, saved, sizeof key);
    assert_true(all_gone());
}

/* The capsule between others, one of which is refused at once and, or not, one
 * after it was opened: enough of them to be compared by sums. */
#define ITEMS 12
static atr_kem_opening items[ITEMS];
static uint8_t between_key[32];
static uint8_t changed[4096];

static void decapsulate_many(void)
{
    atr_kem_decap_many(items, ITEMS, &a->kem, &secret_key, &policy);
}

static void check_many(bool refused)
{
    static uint8_t other[4096];
    const size_t len = atr_kem_capsule_len(&a->kem, &policy);

    encapsulate();
    atr_kem_encap(other, between_key, &a->kem, &policy, AD, &rng);
    memcpy(changed, capsule, len);
    changed[len - 1] ^= 1;
    for (size_t i = 0; i < ITEMS; i++) {
        items[i] = (atr_kem_opening){.ad = AD, .capsule = {capsule, len}};
    }
    items[0].capsule.data = other;
    items[1].capsule.len--;
    items[3].capsule.data = refused ? changed : capsule;
    run(decapsulate_many);
    assert_int_equal(items[0].err, ATR_OK);
    assert_memory_equal(items[0].key, between_key, 32);
    assert_int_equal(items[1].err, ATR_ERR_AUTH);
    assert_int_equal(items[2].err, ATR_OK);
    assert_memory_equal(items[2].key, key, 32);
    assert_int_equal(items[3].err, refused ? ATR_ERR_AUTH : ATR_OK);
    assert_true(all_gone());
    assert_false(stack_has(between_key, sizeof between_key));
}

static void nothing_is_left_of_many_decapsulations(void **state)
{
    (void)state;
    check_many(false);
    check_many(true);
}

/* How deep the last run went; what is above the function is a little more. */
static size_t depth(void)
{
    size_t at = 0;

    while (at < sizeof stack && stack[at] == 0xa5) {
        at++;
    }
    return sizeof stack - at;
}

/* A policy of `gates`, all of them needed: "ONE or X or .." of `children` or,
 * where more than one is needed, "2 of (ONE, ONE, ..)". */
typedef struct {
    unsigned gates, children, need;
} shape;

static void wide_policy(atr_policy *out, const shape *of)
{
    static char text[8192];
    size_t at = 0;

    for (unsigned i = 0; i < of->gates; i++) {
        at += (size_t)snprintf(text + at, sizeof text - at, "%s",
                               i == 0 ? "" : " and ");
        if (of->need > 1) {
            at += (size_t)snprintf(text + at, sizeof text - at, "%u of ",
                                   of->need);
        }
        for (unsigned j = 0; j < of->children; j++) {
            at += (size_t)snprintf(text + at, sizeof text - at, "%s%s",
                                   j == 0         ? "("
                                   : of->need > 1 ? ", "
                                                  : " or ",
                                   j == 0 || of->need > 1 ? "ONE" : "X");
        }
        at += (size_t)snprintf(text + at, sizeof text - at, ")");
    }
    policy_of(out, text);
}

static atr_policy wide;
static uint8_t wide_capsule[CAPSULE_BYTES_MAX];

static void decapsulate_wide(void)
{
    atr_kem_decap_many(items, ITEMS, &a->kem, &secret_key, &wide);
}

/* What scheme/kem.h says: whatever the policy, and however many. */
static void the_stack_of_many_is_bounded(void **state)
{
    static const shape shapes[] = {
        {4, 64, 1}, {1, 64, 1}, {1, 32, 1}, {1, 2, 1}, {4, 64, 60}, {1, 32, 9},
    };
    static const atr_batch_engine engines[] = {ATR_BATCH_PORTABLE,
                                               ATR_BATCH_IFMA};
    const size_t count = sizeof shapes / sizeof shapes[0];
    size_t most = 0;

    (void)state;
    for (size_t i = 0; i < 2 * count; i++) {
        const shape *of = &shapes[i % count];
        atr_bytes bytes;

        if (!atr_batch_engine_set(engines[i / count])) {
            continue;
        }
        wide_policy(&wide, of);
        bytes = (atr_bytes){wide_capsule, atr_kem_capsule_len(&a->kem, &wide)};
        atr_kem_encap(wide_capsule, key, &a->kem, &wide, AD, &rng);
        for (size_t k = 0; k < ITEMS; k++) {
            items[k] = (atr_kem_opening){.ad = AD, .capsule = bytes};
        }
        run(decapsulate_wide);
        assert_int_equal(items[ITEMS - 1].err, ATR_OK);
        most = depth() > most ? depth() : most;
        printf("# %u rows: %zu bytes\n", of->gates * of->children, depth());
    }
    assert_in_range(most, 0, ATR_KEM_STACK_BYTES);
}

static atr_abe_key made;

static void make_key(void)
{
    atr_abe_keygen(&made, &a->abe, &a->alpha, &attrs, &rng);
}

static void nothing_is_left_of_issuing_a_key(void **state)
{
    uint8_t alpha[ATR_FR_BYTES];
    bool good = true;

    (void)state;
    atr_fr_write(alpha, &a->alpha);
    run(make_key);
    assert_gone(alpha);
    assert_gone(a->alpha);
    assert_gone(made.k1);
    assert_gone(made.k1_lines.line[1]);
    assert_gone(made.k3);
    assert_gone(made.k2[0]);
    assert_gone(made.k2[1]);
    assert_true(good);
}

static atr_ake_keys agreed;
static atr_ake_part part;
static atr_ake_signer signer;
static atr_ake_room room;
static uint8_t message[4096];

static void contribute(void)
{
    atr_err err;

    atr_ake_contribute(message, &part, &room, 1, &signer, &rng);
    err = atr_ake_agree(&agreed, &room, 2, &part, 1);
    (void)err;
}

static void nothing_is_left_of_an_agreement(void **state)
{
    bool good = true;

    (void)state;
    room.kem = &a->kem;
    room.policy = &policy;
    atr_ake_signer_init(&signer, &rng);
    run(contribute);
    assert_gone(part.key);
    assert_gone(agreed.session);
    assert_gone(agreed.confirm);
    assert_true(good);
}

/* To an identity. The exponent of the header is drawn first from the seed. */
static atr_fr bf_s;
static atr_bf bf;
static atr_bf_key bf_key;
static atr_bf_recipient bf_to;
static atr_identity bf_id;
static uint8_t bf_capsule[ATR_BF_CAPSULE_BYTES];
static uint8_t bf_shared[32];
static uint8_t bf_seed_kbar[64];
static atr_fr bf_l;
static atr_gt bf_z;

static void bf_prepare(void)
{
    static uint8_t memory[1024];
    uint8_t mpk[ATR_BF_MPK_BYTES];
    uint8_t id[ATR_IDENTITY_BYTES];
    atr_builder ikm = atr_builder_of(memory, sizeof memory);
    atr_rng from_seed;

    atr_bf_setup(&bf_s, mpk, &rng);
    assert_int_equal(atr_bf_init(&bf, mpk), ATR_OK);
    assert_int_equal(atr_identity_of(&bf_id, ATR_LITERAL("bob"), 1), ATR_OK);
    atr_bf_recipient_init(&bf_to, &bf, &bf_id);
    atr_identity_write(id, &bf_id);
    atr_build_field(&ikm, ATR_BYTES(bf.hm));
    atr_build_field(&ikm, ATR_BYTES(id));
    atr_build_field(&ikm, AD);
    atr_build_field(&ikm, ATR_BYTES(coins));
    atr_kdf(bf_seed_kbar, sizeof bf_seed_kbar, "ATR1/FO/G",
            atr_builder_bytes(&ikm), (atr_bytes){NULL, 0});
    atr_rng_init(&from_seed, bf_seed_kbar);
    atr_fr_random(&bf_l, &from_seed);
    atr_gt_pow(&bf_z, &bf_to.theta, &bf_l);
}

static bool bf_gone(void)
{
    uint8_t bytes[ATR_GT_BYTES];
    bool good = true;

    assert_gone(bf_s);
    assert_gone(bf_key.d);
    assert_gone(bf_shared);
    assert_gone(bf_seed_kbar);
    assert_gone(bf_l);
    assert_gone(bf_z);
    assert_gone(coins);
    atr_gt_write(bytes, &bf_z);
    assert_gone(bytes);
    return good;
}

static void bf_extract(void)
{
    atr_bf_extract(&bf_key, &bf, &bf_s, &bf_id);
}

static void bf_encapsulate(void)
{
    atr_bf_encap_derand(bf_capsule, bf_shared, &bf_to, AD, coins);
}

static void bf_decapsulate(void)
{
    atr_err err =
        atr_bf_decap(bf_shared, &bf, &bf_key, AD, ATR_BYTES(bf_capsule));

    (void)err;
}

static void nothing_is_left_of_boneh_franklin(void **state)
{
    static const uint8_t zero[32];

    (void)state;
    bf_prepare();
    bf_encapsulate(); /* so that there is a key to look for */
    run(bf_extract);
    assert_true(bf_gone());
    run(bf_encapsulate);
    assert_true(bf_gone());
    memset(bf_shared, 0, sizeof bf_shared);
    run(bf_decapsulate);
    assert_memory_not_equal(bf_shared, zero, 32);
    assert_true(bf_gone());
}

static atr_dse09_secret dse_msk;
static atr_dse09 dse;
static atr_dse09_key dse_key;
static uint8_t dse_capsule[ATR_DSE09_CAPSULE_BYTES];

static void dse_extract(void)
{
    atr_dse09_extract(&dse_key, &dse, &dse_msk, &bf_id, &rng);
}

static void dse_encapsulate(void)
{
    atr_dse09_encap_derand(dse_capsule, bf_shared, &dse, &bf_id, AD, coins);
}

static void dse_decapsulate(void)
{
    atr_err err =
        atr_dse09_decap(bf_shared, &dse, &dse_key, AD, ATR_BYTES(dse_capsule));

    (void)err;
}

static bool dse_gone(void)
{
    bool good = true;

    for (size_t i = ATR_DSE09_PUBLIC_G2; i < ATR_DSE09_G2; i++) {
        assert_gone(dse_msk.q[i]);
    }
    for (size_t i = 0; i < ATR_DSE09_KEY_POINTS; i++) {
        assert_gone(dse_key.d[i]);
    }
    assert_gone(bf_shared);
    assert_gone(coins);
    return good;
}

static void nothing_is_left_of_waters_2009(void **state)
{
    static const uint8_t zero[32];
    uint8_t mpk[ATR_DSE09_MPK_BYTES];

    (void)state;
    atr_dse09_setup(&dse_msk, mpk, &rng);
    assert_int_equal(atr_dse09_init(&dse, mpk), ATR_OK);
    dse_encapsulate();
    run(dse_extract);
    assert_true(dse_gone());
    run(dse_encapsulate);
    assert_true(dse_gone());
    memset(bf_shared, 0, sizeof bf_shared);
    run(dse_decapsulate);
    assert_memory_not_equal(bf_shared, zero, 32);
    assert_true(dse_gone());
}

/* An exchange by identity, one side after the other; the secrets are those of
 * the sides before they forget them. */
static atr_ibake ibake_side[2];
static uint8_t ibake_message[4][ATR_IBAKE_MESSAGE_BYTES_MAX];
static size_t ibake_len[4];
static size_t ibake_turn;

static void ibake_step(void)
{
    static uint8_t none[ATR_IBAKE_MESSAGE_BYTES_MAX];
    const size_t n = ibake_turn++;
    const atr_bytes in =
        n == 0 ? (atr_bytes){NULL, 0}
               : (atr_bytes){ibake_message[n - 1], ibake_len[n - 1]};
    size_t len;
    atr_err err = atr_ibake_step(
        &ibake_side[n % 2], n < 4 ? ibake_message[n] : none, &len, in, &rng);

    (void)err;
    if (n < 4) {
        ibake_len[n] = len;
    }
}

static bool ibake_gone(const atr_ibake *of)
{
    const uint8_t *const secrets[] = {of->secret, of->shared, of->confirm,
                                      of->keys.session};
    static const uint8_t zero[32];
    bool good = true;

    for (size_t i = 0; i < 4; i++) {
        if (memcmp(secrets[i], zero, 32) != 0 && stack_has(secrets[i], 32)) {
            print_error("# left on the stack: secret %zu of the exchange\n", i);
            good = false;
        }
    }
    return good;
}

static void nothing_is_left_of_an_exchange_by_identity(void **state)
{
    static atr_bf_key other_key;
    static atr_bf_recipient other_at;
    atr_identity other;

    (void)state;
    bf_prepare();
    bf_extract();
    assert_int_equal(atr_identity_of(&other, ATR_LITERAL("al"), 1), ATR_OK);
    atr_bf_extract(&other_key, &bf, &bf_s, &other);
    atr_bf_recipient_init(&other_at, &bf, &other);
    assert_int_equal(
        atr_ibake_init(&ibake_side[0], ATR_IBAKE_INITIATOR, &bf_key, &other_at),
        ATR_OK);
    assert_int_equal(
        atr_ibake_init(&ibake_side[1], ATR_IBAKE_RESPONDER, &other_key, &bf_to),
        ATR_OK);
    for (size_t n = 0; n < 5; n++) {
        atr_ibake before[2] = {ibake_side[0], ibake_side[1]};

        run(ibake_step);
        assert_true(ibake_gone(&before[0]) && ibake_gone(&before[1]));
        assert_true(ibake_gone(&ibake_side[0]) && ibake_gone(&ibake_side[1]));
    }
    assert_int_equal(ibake_side[0].state, ATR_IBAKE_DONE);
    assert_int_equal(ibake_side[1].state, ATR_IBAKE_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_search_finds_what_is_left),
        cmocka_unit_test(nothing_is_left_of_an_encapsulation),
        cmocka_unit_test(nothing_is_left_of_a_decapsulation),
        cmocka_unit_test(nothing_is_left_of_a_refusal),
        cmocka_unit_test(nothing_is_left_of_many_decapsulations),
        cmocka_unit_test(the_stack_of_many_is_bounded),
        cmocka_unit_test(nothing_is_left_of_issuing_a_key),
        cmocka_unit_test(nothing_is_left_of_an_agreement),
        cmocka_unit_test(nothing_is_left_of_boneh_franklin),
        cmocka_unit_test(nothing_is_left_of_waters_2009),
        cmocka_unit_test(nothing_is_left_of_an_exchange_by_identity),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
