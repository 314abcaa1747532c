/* Enrolment: requests, sealed partial keys, authorities and key files. */
#include "kit/abe.h"

#include "proto/enrol.h"

/* A node of one node, its bundle, and somebody who asks. */
typedef struct {
    authority a;
    atr_authority bundle;
    atr_enrol enrol;
    atr_abe_key partial;
    uint8_t sealed[ATR_ENROL_SEALED_BYTES_MAX];
    size_t sealed_len;
    atr_rng rng;
} world;

static world *start(const char *attrs)
{
    static world w;
    atr_fr share;
    atr_attrs set;
    atr_builder b = atr_builder_of(w.sealed, sizeof w.sealed);

    memset(&w, 0, sizeof w);
    kit_rng(&w.rng, 7);
    authority_init(&w.a, ATR_SCHEME_FABEO, &w.rng);
    w.bundle.mpk = w.a.abe.mpk;
    w.bundle.name_len = 4;
    memcpy(w.bundle.name, "Test", 4);
    atr_issue_deal(&share, &w.bundle.issue, &w.a.alpha, 1, 1, &w.rng);
    attrs_of(&set, attrs);
    atr_enrol_init(&w.enrol, &set, &w.rng);
    atr_abe_keygen(&w.partial, &w.a.abe, &share, &set, &w.rng);
    b = atr_builder_of(w.sealed, sizeof w.sealed);
    assert_int_equal(
        atr_enrol_seal(&b, w.a.abe.hm, &w.enrol.request, 1, &w.partial, &w.rng),
        ATR_OK);
    w.sealed_len = b.len;
    return &w;
}

static atr_bytes sealed_of(const world *w)
{
    return (atr_bytes){w->sealed, w->sealed_len};
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

static void request_round_trip(void **state)
{
    world *w = start("ONE, TWO, year=5");
    uint8_t bytes[ATR_ENROL_REQUEST_BYTES_MAX];
    uint8_t again[ATR_ENROL_REQUEST_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_builder c = atr_builder_of(again, sizeof again);
    atr_enrol_request got;

    (void)state;
    atr_enrol_request_build(&b, &w->enrol.request);
    assert_int_equal(atr_enrol_request_read(&got, atr_builder_bytes(&b)),
                     ATR_OK);
    assert_memory_equal(&got, &w->enrol.request, sizeof got);
    atr_enrol_request_build(&c, &got);
    assert_int_equal(b.len, c.len);
    assert_memory_equal(bytes, again, b.len);
}

static void request_bad(void **state)
{
    world *w = start("ONE, TWO");
    uint8_t bytes[ATR_ENROL_REQUEST_BYTES_MAX] = {0};
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_enrol_request got;

    (void)state;
    atr_enrol_request_build(&b, &w->enrol.request);
    for (size_t len = 0; len < b.len; len++) {
        assert_int_equal(atr_enrol_request_read(&got, (atr_bytes){bytes, len}),
                         ATR_ERR_INPUT);
        assert_true(is_zero(&got, sizeof got));
    }
    assert_int_equal(
        atr_enrol_request_read(&got, (atr_bytes){bytes, b.len + 1}),
        ATR_ERR_INPUT);
    bytes[0] = 2;
    assert_int_equal(atr_enrol_request_read(&got, atr_builder_bytes(&b)),
                     ATR_ERR_INPUT);
    bytes[0] = 1;
    memset(bytes + 1, 0, 32); /* a key of low order */
    assert_int_equal(atr_enrol_request_read(&got, atr_builder_bytes(&b)),
                     ATR_ERR_INPUT);
}

/* Every form of hostile attribute list. */
static void request_attributes(void **state)
{
    static const struct {
        const char *hex;
        atr_err want;
    } cases[] = {
        {"0001034f4e45", ATR_OK},                /* ONE */
        {"0000", ATR_ERR_INPUT},                 /* none */
        {"0002034f4e45034f4e45", ATR_ERR_INPUT}, /* twice */
        {"00020354574f034f4e45", ATR_ERR_INPUT}, /* out of order */
        {"000100", ATR_ERR_INPUT},               /* empty name */
        {"0001034f4e0a", ATR_ERR_INPUT},         /* line feed */
        {"000103616e64", ATR_ERR_INPUT},         /* and */
        {"0001034f4e45034f4e45", ATR_ERR_INPUT}, /* more than said */
        {"ffff034f4e45", ATR_ERR_INPUT},         /* less than said */
    };
    world *w = start("ONE");
    atr_enrol_request got;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[128] = {1};
        size_t len;

        memcpy(bytes + 1, w->enrol.request.reply_key, 32);
        len = 49 + kit_unhex(bytes + 49, sizeof bytes - 49, cases[i].hex);
        assert_int_equal(atr_enrol_request_read(&got, (atr_bytes){bytes, len}),
                         cases[i].want);
    }
}

static void id_binds(void **state)
{
    world *w = start("ONE, TWO");
    atr_enrol_request other = w->enrol.request;
    uint8_t hm[32];
    uint8_t id[32];
    uint8_t changed[32];

    (void)state;
    atr_enrol_request_id(id, w->a.abe.hm, &other);
    other.nonce[15] ^= 1;
    atr_enrol_request_id(changed, w->a.abe.hm, &other);
    assert_memory_not_equal(id, changed, 32);
    memcpy(hm, w->a.abe.hm, 32);
    hm[0] ^= 1;
    atr_enrol_request_id(changed, hm, &w->enrol.request);
    assert_memory_not_equal(id, changed, 32);
}

static void whole_way(void **state)
{
    world *w = start("ONE, TWO, year=5");
    atr_abe_key got;
    atr_abe_key key;
    atr_issue_partial partial = {1, &got};
    uint8_t cheat = 9;

    (void)state;
    assert_int_equal(
        atr_enrol_open(&got, &w->enrol, w->a.abe.hm, 1, sealed_of(w)), ATR_OK);
    assert_memory_equal(&got.attrs, &w->partial.attrs, sizeof got.attrs);
    assert_int_equal(
        atr_issue_combine(&key, &cheat, &w->a.abe, &w->bundle.issue,
                          &w->enrol.request.attrs, &partial, 1, &w->rng),
        ATR_OK);
    assert_int_equal(
        atr_abe_key_check(&w->a.abe, &w->a.abe.mpk.a, &key, &w->rng), ATR_OK);
}

static void expect_refused(const world *w, const atr_enrol *enrol, uint8_t node,
                           atr_bytes sealed)
{
    atr_abe_key got;

    memset(&got, 1, sizeof got);
    assert_int_equal(atr_enrol_open(&got, enrol, w->a.abe.hm, node, sealed),
                     ATR_ERR_AUTH);
    assert_true(is_zero(&got, sizeof got));
}

static void not_for_this_request(void **state)
{
    world *w = start("ONE, TWO");
    atr_enrol other;
    uint8_t hm[32];
    atr_abe_key got;

    (void)state;
    expect_refused(w, &w->enrol, 2, sealed_of(w)); /* another node's */
    other = w->enrol;
    other.request.nonce[0] ^= 1; /* another request with the same key */
    expect_refused(w, &other, 1, sealed_of(w));
    atr_enrol_init(&other, &w->enrol.request.attrs, &w->rng);
    expect_refused(w, &other, 1, sealed_of(w));
    memcpy(hm, w->a.abe.hm, 32);
    hm[31] ^= 1; /* another authority */
    assert_int_equal(atr_enrol_open(&got, &w->enrol, hm, 1, sealed_of(w)),
                     ATR_ERR_AUTH);
}

static void tampered(void **state)
{
    world *w = start("ONE");

    (void)state;
    for (size_t i = 0; i < w->sealed_len; i++) {
        w->sealed[i] ^= (uint8_t)(1u << (i & 7));
        /* The top bit of an X25519 key is ignored by RFC 7748, but the key
         * derivation takes the bytes as they are. */
        expect_refused(w, &w->enrol, 1, sealed_of(w));
        w->sealed[i] ^= (uint8_t)(1u << (i & 7));
    }
    w->sealed[31] ^= 0x80;
    expect_refused(w, &w->enrol, 1, sealed_of(w));
    w->sealed[31] ^= 0x80;
    for (size_t len = 0; len < w->sealed_len; len++) {
        expect_refused(w, &w->enrol, 1, (atr_bytes){w->sealed, len});
    }
}

/* Two sealings of one key share nothing. */
static void seals_differ(void **state)
{
    world *w = start("ONE");
    uint8_t again[ATR_ENROL_SEALED_BYTES_MAX];
    atr_builder b = atr_builder_of(again, sizeof again);
    uint8_t small[100];
    atr_builder s = atr_builder_of(small, sizeof small);

    (void)state;
    assert_int_equal(atr_enrol_seal(&b, w->a.abe.hm, &w->enrol.request, 1,
                                    &w->partial, &w->rng),
                     ATR_OK);
    assert_int_equal(b.len, w->sealed_len);
    assert_memory_not_equal(again, w->sealed, 32);
    assert_memory_not_equal(again + 32, w->sealed + 32, 24);
    assert_int_equal(atr_enrol_seal(&s, w->a.abe.hm, &w->enrol.request, 1,
                                    &w->partial, &w->rng),
                     ATR_ERR_LIMIT);
}

static void enrol_round_trip(void **state)
{
    world *w = start("ONE, TWO");
    uint8_t bytes[ATR_ENROL_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_enrol got;

    (void)state;
    atr_enrol_build(&b, &w->enrol);
    assert_int_equal(atr_builder_end(&b), ATR_OK);
    assert_int_equal(atr_enrol_read(&got, atr_builder_bytes(&b)), ATR_OK);
    assert_memory_equal(&got, &w->enrol, sizeof got);
    for (size_t len = 0; len < b.len; len++) {
        assert_int_equal(atr_enrol_read(&got, (atr_bytes){bytes, len}),
                         ATR_ERR_INPUT);
        assert_true(is_zero(&got, sizeof got));
    }
    bytes[8] ^= 8; /* a secret that does not belong to the request */
    assert_int_equal(atr_enrol_read(&got, atr_builder_bytes(&b)),
                     ATR_ERR_INPUT);
    atr_enrol_wipe(&got);
    atr_enrol_wipe(NULL);
}

static void authority_round_trip(void **state)
{
    world *w = start("ONE");
    uint8_t bytes[ATR_AUTHORITY_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_authority got;

    (void)state;
    atr_authority_build(&b, &w->bundle);
    assert_int_equal(atr_builder_end(&b), ATR_OK);
    assert_int_equal(atr_authority_read(&got, atr_builder_bytes(&b)), ATR_OK);
    assert_int_equal(got.name_len, 4);
    assert_memory_equal(got.name, "Test", 4);
    assert_true(gt_same(&got.mpk.a, &w->a.abe.mpk.a));
    for (size_t len = 0; len < b.len; len++) {
        assert_int_not_equal(atr_authority_read(&got, (atr_bytes){bytes, len}),
                             ATR_OK);
        assert_true(is_zero(&got, sizeof got));
    }
    bytes[12] = 0x1b; /* a name that would play with a terminal */
    assert_int_equal(atr_authority_read(&got, atr_builder_bytes(&b)),
                     ATR_ERR_INPUT);
}

/* Where its nodes are, for all of them or for none. */
static void authority_with_nodes(void **state)
{
    static uint8_t bytes[ATR_AUTHORITY_BYTES_MAX];
    static atr_authority got;
    world *w = start("ONE");
    atr_nodes *nodes = &w->bundle.nodes;
    atr_builder b = atr_builder_of(bytes, sizeof bytes);

    (void)state;
    nodes->count = 1;
    nodes->generation = 7;
    strcpy(nodes->entries[0].at.host, "a.example");
    nodes->entries[0].at.port = 7001;
    nodes->entries[0].at.has_pin = true;
    atr_authority_build(&b, &w->bundle);
    assert_int_equal(bytes[7], 2);
    assert_int_equal(atr_authority_read(&got, atr_builder_bytes(&b)), ATR_OK);
    assert_memory_equal(&got.nodes, nodes, sizeof *nodes);
    for (size_t len = b.len - 90; len < b.len; len++) {
        assert_int_equal(atr_authority_read(&got, (atr_bytes){bytes, len}),
                         ATR_ERR_INPUT);
        assert_true(is_zero(&got, sizeof got));
    }
    bytes[7] = 1; /* what is left over then is refused */
    assert_int_equal(atr_authority_read(&got, atr_builder_bytes(&b)),
                     ATR_ERR_INPUT);
    /* Two nodes of one. */
    nodes->count = 2;
    strcpy(nodes->entries[1].at.host, "b.example");
    nodes->entries[1].at.port = 7001;
    nodes->entries[1].vk[0] = nodes->entries[1].at.pin[0] = 1;
    b = atr_builder_of(bytes, sizeof bytes);
    atr_authority_build(&b, &w->bundle);
    assert_int_equal(atr_authority_read(&got, atr_builder_bytes(&b)),
                     ATR_ERR_INPUT);
    /* Version 2 with nothing to say is not how it is written. */
    nodes->count = 0;
    b = atr_builder_of(bytes, sizeof bytes);
    atr_authority_build(&b, &w->bundle);
    assert_int_equal(bytes[7], 1);
    bytes[7] = 2;
    atr_build_u8(&b, 0);
    atr_registrars_build(&b, &w->bundle.registrars);
    atr_nodes_build(&b, nodes);
    assert_int_equal(atr_authority_read(&got, atr_builder_bytes(&b)),
                     ATR_ERR_INPUT);
}

/* What new shares may change, and what they may not: whoever could put its own
 * registrars, or its own secret, into a bundle that clients follow would be the
 * authority. */
static void same_authority(void **state)
{
    static atr_authority other;
    world *w = start("ONE");
    atr_authority *own = &w->bundle;

    (void)state;
    other = *own;
    assert_true(atr_authority_is_same(&other, own));
    other.nodes.generation++;
    other.issue.threshold++;
    other.issue.a[0] = atr_gt_generator;
    other.nodes.entries[0].at.port++;
    assert_true(atr_authority_is_same(&other, own));

    other = *own;
    other.mpk.a = atr_gt_generator;
    assert_false(atr_authority_is_same(&other, own));
    other = *own;
    other.mpk.scheme++;
    assert_false(atr_authority_is_same(&other, own));
    other = *own;
    other.identities.mpk[1] ^= 1;
    assert_false(atr_authority_is_same(&other, own));
    other = *own;
    other.issue.nodes++;
    assert_false(atr_authority_is_same(&other, own));
    other = *own;
    other.period_s++;
    assert_false(atr_authority_is_same(&other, own));
    other = *own;
    other.name[3] ^= 1;
    assert_false(atr_authority_is_same(&other, own));
    other = *own;
    other.name_len--;
    assert_false(atr_authority_is_same(&other, own));
    other = *own;
    other.registrars.count++;
    assert_false(atr_authority_is_same(&other, own));
    other = *own;
    other.registrars.approvals++;
    assert_false(atr_authority_is_same(&other, own));
}

/* Version 2 is that of an authority with registrars; no other form of either
 * is taken. */
static void authority_with_registrars(void **state)
{
    world *w = start("ONE");
    uint8_t bytes[ATR_AUTHORITY_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_authority got;
    size_t at;

    (void)state;
    w->bundle.registrars.approvals = 1;
    w->bundle.registrars.count = 2;
    w->bundle.registrars.vk[1][5] = 7;
    atr_authority_build(&b, &w->bundle);
    assert_int_equal(bytes[7], 2);
    assert_int_equal(atr_authority_read(&got, atr_builder_bytes(&b)), ATR_OK);
    assert_memory_equal(&got.registrars, &w->bundle.registrars,
                        sizeof got.registrars);
    bytes[7] = 1;
    assert_int_equal(atr_authority_read(&got, atr_builder_bytes(&b)),
                     ATR_ERR_INPUT);
    bytes[7] = 3;
    assert_int_equal(atr_authority_read(&got, atr_builder_bytes(&b)),
                     ATR_ERR_INPUT);
    bytes[7] = 2;
    at = b.len - 5 - 2 * 32 - 2; /* before the nodes, of whom nothing is said */
    assert_int_equal(bytes[at + 1], 2);
    bytes[at] = 3; /* of two */
    assert_int_equal(atr_authority_read(&got, atr_builder_bytes(&b)),
                     ATR_ERR_INPUT);
    assert_true(is_zero(&got, sizeof got));
}

static void authority_with_periods(void **state)
{
    world *w = start("ONE");
    uint8_t bytes[ATR_AUTHORITY_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_authority got;

    (void)state;
    w->bundle.period_s = 604800;
    atr_authority_build(&b, &w->bundle);
    assert_int_equal(bytes[7], 2);
    assert_int_equal(atr_authority_read(&got, atr_builder_bytes(&b)), ATR_OK);
    assert_int_equal(got.period_s, 604800);
    /* without, it says nothing of version 2, and is not taken so */
    memset(bytes + b.len - 5 - 2 - 4, 0, 4);
    assert_int_equal(atr_authority_read(&got, atr_builder_bytes(&b)),
                     ATR_ERR_INPUT);
}

/* A bundle whose A_1 is not A, as a node that cheats would publish. */
static void authority_must_fit(void **state)
{
    world *w = start("ONE");
    uint8_t bytes[ATR_AUTHORITY_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_authority got;

    (void)state;
    atr_gt_mul(&w->bundle.issue.a[0], &w->bundle.issue.a[0], &atr_gt_generator);
    atr_authority_build(&b, &w->bundle);
    assert_int_equal(atr_authority_read(&got, atr_builder_bytes(&b)),
                     ATR_ERR_AUTH);
    assert_true(is_zero(&got, sizeof got));
}

static void keyfile_round_trip(void **state)
{
    static atr_keyfile file;
    static atr_keyfile got;
    static uint8_t bytes[ATR_KEYFILE_BYTES_MAX];
    world *w = start("ONE, TWO");
    atr_builder b = atr_builder_of(bytes, sizeof bytes);

    (void)state;
    file.authority = w->bundle;
    file.key = w->partial;
    atr_keyfile_build(&b, &file);
    assert_int_equal(atr_builder_end(&b), ATR_OK);
    assert_int_equal(atr_keyfile_read(&got, atr_builder_bytes(&b)), ATR_OK);
    assert_true(g1_same(&got.key.k3, &file.key.k3));
    assert_true(g2_same(&got.key.k1, &file.key.k1));
    /* Each length once is slow: points are validated. */
    for (size_t len = 0; len < b.len;
         len += len < 32 || len + 40 > b.len ? 1 : 37) {
        assert_int_not_equal(atr_keyfile_read(&got, (atr_bytes){bytes, len}),
                             ATR_OK);
        assert_true(is_zero(&got, sizeof got));
    }
    atr_keyfile_wipe(&got);
    atr_keyfile_wipe(NULL);
    b = atr_builder_of(bytes, 1000); /* does not fit */
    atr_keyfile_build(&b, &file);
    assert_int_equal(atr_builder_end(&b), ATR_ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_round_trip),
        cmocka_unit_test(request_bad),
        cmocka_unit_test(request_attributes),
        cmocka_unit_test(id_binds),
        cmocka_unit_test(whole_way),
        cmocka_unit_test(not_for_this_request),
        cmocka_unit_test(tampered),
        cmocka_unit_test(seals_differ),
        cmocka_unit_test(enrol_round_trip),
        cmocka_unit_test(authority_round_trip),
        cmocka_unit_test(authority_with_nodes),
        cmocka_unit_test(same_authority),
        cmocka_unit_test(authority_with_registrars),
        cmocka_unit_test(authority_with_periods),
        cmocka_unit_test(authority_must_fit),
        cmocka_unit_test(keyfile_round_trip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
