/* Enrolment of an identity: requests, sealed partial keys, the second half of
 * an authority, key files. What concerns both kinds is in unit/enrol. */
#include "kit/abe.h"
#include "kit/ibe.h"

#include "proto/enrol.h"
#include "sym/hash.h"

#define NODES 3
#define THRESHOLD 2

static authority abe_side;
static ibe_authority id_side;
static atr_fr shares[NODES];
static atr_authority bundle;
static atr_identity alice;
static atr_enrol enrol;
static atr_bf_key partial;
static uint8_t sealed[ATR_ENROL_SEALED_BYTES_MAX];
static size_t sealed_len;
static atr_rng rng;

/* The same at every run, since some of it is pinned. */
static int setup(void **state)
{
    static const uint8_t seed[ATR_SEED_BYTES] = {0x1d};
    uint8_t mpk[ATR_BF_MPK_BYTES];
    atr_fr alpha_shares[NODES];
    atr_builder b = atr_builder_of(sealed, sizeof sealed);

    (void)state;
    atr_rng_init(&rng, seed);
    authority_init(&abe_side, ATR_SCHEME_FABEO, &rng);
    memcpy(bundle.name, "Test", 4);
    bundle.name_len = 4;
    bundle.mpk = abe_side.abe.mpk;
    atr_issue_deal(alpha_shares, &bundle.issue, &abe_side.alpha, NODES,
                   THRESHOLD, &rng);
    atr_bf_setup(&id_side.s, mpk, &rng);
    assert_int_equal(atr_bf_init(&id_side.bf, mpk), ATR_OK);
    memcpy(bundle.identities.mpk, mpk, sizeof mpk);
    atr_bf_issue_deal(shares, &bundle.identities.issue, &id_side.s, NODES,
                      THRESHOLD, &rng);
    alice = identity_of("alice@example.org", 0);
    atr_enrol_init_identity(&enrol, &alice, &rng);
    atr_bf_extract(&partial, &id_side.bf, &shares[0], &alice);
    assert_int_equal(atr_enrol_seal_identity(&b, abe_side.abe.hm,
                                             &enrol.request, 1, &partial, &rng),
                     ATR_OK);
    sealed_len = b.len;
    return 0;
}

static bool is_zero(const void *memory, size_t len)
{
    const uint8_t *bytes = memory;
    uint8_t sum = 0;

    for (size_t i = 0; i < len; i++) {
        sum |= bytes[i];
    }
    return sum == 0;
}

static atr_bytes request_bytes(uint8_t *memory, const atr_enrol_request *r)
{
    atr_builder b = atr_builder_of(memory, ATR_ENROL_REQUEST_BYTES_MAX);

    atr_enrol_request_build(&b, r);
    assert_int_equal(atr_builder_end(&b), ATR_OK);
    return atr_builder_bytes(&b);
}

static void request_round_trip(void **state)
{
    uint8_t memory[ATR_ENROL_REQUEST_BYTES_MAX];
    uint8_t again[ATR_ENROL_REQUEST_BYTES_MAX];
    atr_bytes bytes = request_bytes(memory, &enrol.request);
    atr_enrol_request got;

    (void)state;
    assert_int_equal(bytes.len, 1 + 32 + 16 + ATR_IDENTITY_BYTES);
    assert_int_equal(bytes.data[0], 2);
    assert_int_equal(atr_enrol_request_read(&got, bytes), ATR_OK);
    assert_int_equal(got.kind, ATR_ENROL_IDENTITY);
    assert_true(atr_identity_equal(&got.identity, &alice));
    assert_true(atr_bytes_equal(request_bytes(again, &got), bytes));
}

static void expect_no_request(atr_bytes bytes)
{
    atr_enrol_request got;

    memset(&got, 1, sizeof got);
    assert_int_equal(atr_enrol_request_read(&got, bytes), ATR_ERR_INPUT);
    assert_true(is_zero(&got, sizeof got));
}

static void request_bad(void **state)
{
    static const uint8_t names[] = {0, ' ', '\n', 0x1b, 0x7f, 0x80, 0xff};
    uint8_t bytes[ATR_ENROL_REQUEST_BYTES_MAX] = {0};
    const size_t len = request_bytes(bytes, &enrol.request).len;
    const size_t at = 49; /* of the identity */

    (void)state;
    for (size_t cut = 0; cut < len; cut++) {
        expect_no_request((atr_bytes){bytes, cut});
    }
    expect_no_request((atr_bytes){bytes, len + 1});
    for (unsigned kind = 0; kind < 256; kind++) {
        bytes[0] = (uint8_t)kind;
        if (kind != ATR_ENROL_IDENTITY) {
            expect_no_request((atr_bytes){bytes, len});
        }
    }
    bytes[0] = 2;
    for (size_t i = 0; i < sizeof names; i++) {
        bytes[at + 1] = names[i];
        expect_no_request((atr_bytes){bytes, len});
    }
    bytes[at + 1] = 'a';
    for (unsigned n = 0; n < 256; n++) { /* a length beside the name's */
        bytes[at] = (uint8_t)n;
        if (n != alice.len) {
            expect_no_request((atr_bytes){bytes, len});
        }
    }
    bytes[at] = alice.len;
    memset(bytes + 1, 0, 32); /* a key of low order */
    expect_no_request((atr_bytes){bytes, len});
}

/* The ids of both kinds, computed outside of this library (hashlib). */
static void ids_are_pinned(void **state)
{
    uint8_t hm[32] = {1};
    uint8_t id[32];
    atr_enrol_request request = {.kind = ATR_ENROL_ATTRIBUTES};

    (void)state;
    memset(request.reply_key, 9, sizeof request.reply_key);
    memset(request.nonce, 7, sizeof request.nonce);
    attrs_of(&request.attrs, "ONE, TWO");
    atr_enrol_request_id(id, hm, &request);
    assert_hex(
        id, sizeof id,
        "aa3e7895e5c801176f1fdb64d7a0933981e3bd085c85b814e5089bf97ff93d89");
    request.kind = ATR_ENROL_IDENTITY;
    request.identity = alice;
    atr_enrol_request_id(id, hm, &request);
    assert_hex(
        id, sizeof id,
        "149bb8a54a46e121cf255a4e9a922a0265e8fe25564003f87e8c5a91db3c8002");
}

static void whole_way(void **state)
{
    atr_bf_key got[2];
    atr_bf_key two;
    const atr_bf_issue_partial partials[2] = {{1, &got[0]}, {3, &got[1]}};
    uint8_t other[ATR_ENROL_SEALED_BYTES_MAX];
    atr_builder b = atr_builder_of(other, sizeof other);
    atr_bf_key key;
    uint8_t cheat;

    (void)state;
    atr_bf_extract(&two, &id_side.bf, &shares[2], &alice);
    assert_int_equal(atr_enrol_seal_identity(&b, abe_side.abe.hm,
                                             &enrol.request, 3, &two, &rng),
                     ATR_OK);
    assert_int_equal(atr_enrol_open_identity(&got[0], &enrol, abe_side.abe.hm,
                                             1,
                                             (atr_bytes){sealed, sealed_len}),
                     ATR_OK);
    assert_int_equal(atr_enrol_open_identity(&got[1], &enrol, abe_side.abe.hm,
                                             3, atr_builder_bytes(&b)),
                     ATR_OK);
    assert_int_equal(atr_bf_issue_combine(&key, &cheat, &id_side.bf,
                                          &bundle.identities.issue,
                                          &enrol.request.identity, partials, 2),
                     ATR_OK);
    atr_bf_extract(&two, &id_side.bf, &id_side.s, &alice);
    assert_memory_equal(&key, &two, sizeof key);
}

static void expect_refused(const atr_enrol *by, const uint8_t hm[32],
                           uint8_t node, atr_bytes bytes)
{
    atr_bf_key got;

    memset(&got, 1, sizeof got);
    assert_int_equal(atr_enrol_open_identity(&got, by, hm, node, bytes),
                     ATR_ERR_AUTH);
    assert_true(is_zero(&got, sizeof got));
}

static void not_for_this_request(void **state)
{
    const atr_bytes bytes = {sealed, sealed_len};
    atr_enrol other = enrol;
    uint8_t hm[32];

    (void)state;
    memcpy(hm, abe_side.abe.hm, sizeof hm);
    expect_refused(&enrol, hm, 2, bytes); /* another node's */
    other.request.nonce[0] ^= 1;
    expect_refused(&other, hm, 1, bytes);
    other = enrol; /* Bob, with the same reply key */
    other.request.identity = identity_of("bob@example.org", 0);
    expect_refused(&other, hm, 1, bytes);
    other.request.identity = identity_of("alice@example.org", 1);
    expect_refused(&other, hm, 1, bytes);
    hm[31] ^= 1; /* another authority */
    expect_refused(&enrol, hm, 1, bytes);
}

static void tampered(void **state)
{
    (void)state;
    for (size_t i = 0; i < sealed_len; i++) {
        sealed[i] ^= (uint8_t)(1u << (i & 7));
        expect_refused(&enrol, abe_side.abe.hm, 1,
                       (atr_bytes){sealed, sealed_len});
        sealed[i] ^= (uint8_t)(1u << (i & 7));
    }
    for (size_t len = 0; len < sealed_len; len++) {
        expect_refused(&enrol, abe_side.abe.hm, 1, (atr_bytes){sealed, len});
    }
}

/* A node that seals a key of the other kind has sealed none. */
static void kinds_do_not_mix(void **state)
{
    uint8_t bytes[ATR_ENROL_SEALED_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_abe_key key;
    atr_abe_key got;
    atr_attrs attrs;

    (void)state;
    attrs_of(&attrs, "ONE");
    atr_abe_keygen(&key, &abe_side.abe, &abe_side.alpha, &attrs, &rng);
    assert_int_equal(
        atr_enrol_seal(&b, abe_side.abe.hm, &enrol.request, 1, &key, &rng),
        ATR_OK);
    expect_refused(&enrol, abe_side.abe.hm, 1, atr_builder_bytes(&b));
    memset(&got, 1, sizeof got);
    assert_int_equal(atr_enrol_open(&got, &enrol, abe_side.abe.hm, 1,
                                    (atr_bytes){sealed, sealed_len}),
                     ATR_ERR_AUTH);
    assert_true(is_zero(&got, sizeof got));
}

static void secret_round_trip(void **state)
{
    uint8_t bytes[ATR_ENROL_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_enrol got;

    (void)state;
    atr_enrol_build(&b, &enrol);
    assert_int_equal(atr_enrol_read(&got, atr_builder_bytes(&b)), ATR_OK);
    assert_memory_equal(got.secret, enrol.secret, sizeof got.secret);
    assert_true(atr_identity_equal(&got.request.identity, &alice));
    for (size_t len = 0; len < b.len; len++) {
        assert_int_equal(atr_enrol_read(&got, (atr_bytes){bytes, len}),
                         ATR_ERR_INPUT);
        assert_true(is_zero(&got, sizeof got));
    }
}

static atr_bytes bundle_bytes(uint8_t *memory, const atr_authority *a)
{
    atr_builder b = atr_builder_of(memory, ATR_AUTHORITY_BYTES_MAX);

    atr_authority_build(&b, a);
    assert_int_equal(atr_builder_end(&b), ATR_OK);
    return atr_builder_bytes(&b);
}

static void authority_round_trip(void **state)
{
    static uint8_t memory[ATR_AUTHORITY_BYTES_MAX];
    static uint8_t again[ATR_AUTHORITY_BYTES_MAX];
    static atr_authority got;
    atr_bytes bytes = bundle_bytes(memory, &bundle);

    (void)state;
    assert_int_equal(memory[7], 2);
    assert_int_equal(atr_authority_read(&got, bytes), ATR_OK);
    assert_true(atr_authority_gives_identities(&got));
    assert_memory_equal(got.identities.mpk, bundle.identities.mpk,
                        sizeof got.identities.mpk);
    assert_true(atr_bytes_equal(bundle_bytes(again, &got), bytes));
    /* Each length once is slow: elements are validated. */
    for (size_t len = 0; len<bytes.len; len += len + 400> bytes.len ? 1 : 97) {
        assert_int_not_equal(atr_authority_read(&got, (atr_bytes){memory, len}),
                             ATR_OK);
        assert_true(is_zero(&got, sizeof got));
    }
}

/* One without identities is version 1, byte for byte as before there were
 * any, and neither version can be called the other. */
static void authority_without_identities(void **state)
{
    static uint8_t memory[ATR_AUTHORITY_BYTES_MAX];
    static atr_authority plain;
    static atr_authority got;
    atr_bytes bytes;

    (void)state;
    plain = bundle;
    memset(&plain.identities, 0, sizeof plain.identities);
    bytes = bundle_bytes(memory, &plain);
    assert_int_equal(memory[7], 1);
    assert_int_equal(bytes.len,
                     8 + 4 + 4 + ATR_MPK_BYTES + 2 + NODES * ATR_GT_BYTES);
    assert_int_equal(atr_authority_read(&got, bytes), ATR_OK);
    assert_false(atr_authority_gives_identities(&got));
    memory[7] = 2;
    assert_int_equal(atr_authority_read(&got, bytes), ATR_ERR_INPUT);
    bytes = bundle_bytes(memory, &bundle);
    memory[7] = 1;
    assert_int_equal(atr_authority_read(&got, bytes), ATR_ERR_INPUT);
    memory[7] = 3;
    assert_int_equal(atr_authority_read(&got, bytes), ATR_ERR_INPUT);
    assert_true(is_zero(&got, sizeof got));
}

static void expect_no_authority(const atr_authority *a, atr_err want)
{
    static uint8_t memory[ATR_AUTHORITY_BYTES_MAX];
    static atr_authority got;

    assert_int_equal(atr_authority_read(&got, bundle_bytes(memory, a)), want);
    assert_true(is_zero(&got, sizeof got));
}

/* A P_j that is not of P, another scheme's mpk, fewer nodes than have alpha. */
static void authority_must_fit(void **state)
{
    static atr_authority bad;

    (void)state;
    bad = bundle;
    bad.identities.issue.p[2] = atr_g2_generator;
    expect_no_authority(&bad, ATR_ERR_AUTH);
    bad = bundle;
    bad.identities.mpk[0] = ATR_SCHEME_FABEO;
    expect_no_authority(&bad, ATR_ERR_AUTH);
    bad = bundle;
    bad.identities.issue.nodes = NODES - 1;
    expect_no_authority(&bad, ATR_ERR_INPUT);
    bad = bundle;
    bad.identities.issue.threshold = THRESHOLD + 1;
    expect_no_authority(&bad, ATR_ERR_INPUT);
}

static void idfile_round_trip(void **state)
{
    static atr_idfile file;
    static atr_idfile got;
    static uint8_t bytes[ATR_IDFILE_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);

    (void)state;
    file.authority = bundle;
    atr_bf_extract(&file.key, &id_side.bf, &id_side.s, &alice);
    atr_idfile_build(&b, &file);
    assert_int_equal(atr_builder_end(&b), ATR_OK);
    assert_int_equal(atr_idfile_read(&got, atr_builder_bytes(&b)), ATR_OK);
    assert_memory_equal(&got.key, &file.key, sizeof got.key);
    for (size_t len = 0; len<b.len; len += len + 200> b.len ? 1 : 197) {
        assert_int_not_equal(atr_idfile_read(&got, (atr_bytes){bytes, len}),
                             ATR_OK);
        assert_true(is_zero(&got, sizeof got));
    }
    memset(&file.authority.identities, 0, sizeof file.authority.identities);
    b = atr_builder_of(bytes, sizeof bytes);
    atr_idfile_build(&b, &file); /* of an authority that gives none */
    assert_int_equal(atr_idfile_read(&got, atr_builder_bytes(&b)),
                     ATR_ERR_INPUT);
    assert_true(is_zero(&got, sizeof got));
    atr_idfile_wipe(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_round_trip),
        cmocka_unit_test(request_bad),
        cmocka_unit_test(ids_are_pinned),
        cmocka_unit_test(whole_way),
        cmocka_unit_test(not_for_this_request),
        cmocka_unit_test(tampered),
        cmocka_unit_test(kinds_do_not_mix),
        cmocka_unit_test(secret_round_trip),
        cmocka_unit_test(authority_round_trip),
        cmocka_unit_test(authority_without_identities),
        cmocka_unit_test(authority_must_fit),
        cmocka_unit_test(idfile_round_trip),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
