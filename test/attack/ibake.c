/* Attacks on IBAKE. Whoever is in the middle may change, drop, repeat and send
 * anything, and encrypt to anybody; it must gain nothing but the end of the
 * exchange. */
#include "kit/ibake.h"
#include "sym/hash.h"

static town here;
static person alice;
static person bob;
static person mallory; /* a good key of its own */
static atr_rng rng;

static int setup(void **state)
{
    (void)state;
    town_init(&here, 4001);
    person_init(&alice, &here, "alice@example.org", 7);
    person_init(&bob, &here, "bob@example.org", 7);
    person_init(&mallory, &here, "mally@example.org", 7);
    kit_rng(&rng, kit_seed());
    return 0;
}

/* Gives `side` a message that it must refuse: one error, no word, no key, and
 * nothing left of what it knew. */
static void refuses(atr_ibake *side, atr_bytes in)
{
    static const uint8_t zero[sizeof(atr_ibake)];
    static const atr_ibake_keys no_keys;
    uint8_t out[ATR_IBAKE_MESSAGE_BYTES_MAX];
    uint8_t untouched[sizeof out];
    atr_ibake_keys keys;
    atr_ibake left;
    size_t len = 1;

    memset(out, 0xee, sizeof out);
    memset(untouched, 0xee, sizeof untouched);
    assert_int_equal(atr_ibake_step(side, out, &len, in, &rng), ATR_ERR_AUTH);
    assert_int_equal(len, 0);
    assert_memory_equal(out, untouched, sizeof out);
    left = *side;
    assert_int_equal(left.state, ATR_IBAKE_FAILED);
    left.state = ATR_IBAKE_START; /* which is 0 */
    assert_memory_equal(&left, zero, sizeof left);
    assert_int_equal(atr_ibake_finish(&keys, side), ATR_ERR_STATE);
    assert_memory_equal(&keys, &no_keys, sizeof keys);
    assert_int_equal(atr_ibake_expects(side), 0);
    assert_int_equal(atr_ibake_step(side, out, &len, in, &rng), ATR_ERR_STATE);
}

static atr_bytes said(const exchange *e, size_t n)
{
    return (atr_bytes){e->message[n], e->len[n]};
}

/* A copy of who takes message n, to try things on. */
static void tries(const exchange *e, size_t n, atr_bytes in)
{
    atr_ibake side = e->before[n];

    refuses(&side, in);
}

static void accepts(const exchange *e, size_t n, atr_bytes in)
{
    uint8_t out[ATR_IBAKE_MESSAGE_BYTES_MAX];
    atr_ibake side = e->before[n];
    size_t len;

    assert_int_equal(atr_ibake_step(&side, out, &len, in, &rng), ATR_OK);
}

static void every_byte_of_every_message_changed(void **state)
{
    uint8_t bytes[ATR_IBAKE_MESSAGE_BYTES_MAX];
    exchange e;

    (void)state;
    exchange_begin(&e, &alice, &bob);
    exchange_run(&e, 4, &rng);
    for (size_t n = 0; n < 4; n++) {
        memcpy(bytes, e.message[n], e.len[n]);
        for (size_t at = 0; at < e.len[n]; at++) {
            bytes[at] ^= (uint8_t)(1 << at % 8);
            tries(&e, n, (atr_bytes){bytes, e.len[n]});
            bytes[at] ^= (uint8_t)(1 << at % 8);
        }
        accepts(&e, n, (atr_bytes){bytes, e.len[n]});
    }
}

static void every_message_cut_and_extended(void **state)
{
    uint8_t bytes[ATR_IBAKE_MESSAGE_BYTES_MAX + 64] = {0};
    exchange e;

    (void)state;
    exchange_begin(&e, &alice, &bob);
    exchange_run(&e, 4, &rng);
    for (size_t n = 0; n < 4; n++) {
        memcpy(bytes, e.message[n], e.len[n]);
        for (size_t len = 0; len <= e.len[n] + 64; len++) {
            if (len != e.len[n]) {
                tries(&e, n, (atr_bytes){bytes, len});
            }
        }
    }
}

/* Random bytes inserted and taken out in the middle: the parts move. */
static void bytes_inserted_and_removed(void **state)
{
    uint8_t bytes[ATR_IBAKE_MESSAGE_BYTES_MAX + 1];
    exchange e;

    (void)state;
    exchange_begin(&e, &alice, &bob);
    exchange_run(&e, 4, &rng);
    for (size_t n = 0; n < 4; n++) {
        for (size_t at = 0; at < e.len[n]; at += 7) {
            memcpy(bytes, e.message[n], at);
            memcpy(bytes + at, e.message[n] + at + 1, e.len[n] - at - 1);
            bytes[e.len[n] - 1] = 0x5a; /* of the right length again */
            tries(&e, n, (atr_bytes){bytes, e.len[n]});
        }
    }
}

/* Anybody can encrypt to bob, so what the messages say has to be right. */
static void identities_swapped(void **state)
{
    const atr_identity a = alice.key.id;
    const atr_identity b = bob.key.id;
    const atr_identity m = mallory.key.id;
    const struct {
        atr_identity i;
        atr_identity r;
        bool right;
    } cases[] = {{a, b, true},  {b, a, false}, {m, b, false}, {a, m, false},
                 {b, b, false}, {a, a, false}, {m, m, false}};
    uint8_t bytes[ATR_IBAKE_MESSAGE_BYTES_MAX + 32];
    exchange e;

    (void)state;
    exchange_begin(&e, &alice, &bob);
    exchange_run(&e, 4, &rng);
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        const uint8_t *x = e.before[1].x_point;
        const uint8_t *y = e.before[2].y_point;
        const spoken m1 = {cases[k].i, cases[k].r, {x, NULL}};
        const spoken m2 = {cases[k].i, cases[k].r, {x, y}};
        const spoken m3 = {cases[k].i, cases[k].r, {y, NULL}};
        size_t len = speak(bytes, &bob.at, 1, &m1, &rng);

        if (cases[k].right) {
            accepts(&e, 0, (atr_bytes){bytes, len});
            len = speak(bytes, &alice.at, 2, &m2, &rng);
            accepts(&e, 1, (atr_bytes){bytes, len});
            continue;
        }
        tries(&e, 0, (atr_bytes){bytes, len});
        len = speak(bytes, &alice.at, 2, &m2, &rng);
        tries(&e, 1, (atr_bytes){bytes, len});
        len = speak(bytes, &bob.at, 3, &m3, &rng);
        memcpy(bytes + len, e.message[2] + len, 32);
        tries(&e, 2, (atr_bytes){bytes, len + 32});
    }
}

/* RFC 6539, 4.2: mallory passes alice's M1 off as its own, to a bob who waits
 * for mallory, and would learn X from his answer. */
static void the_source_of_message_1_changed(void **state)
{
    atr_ibake waiting;
    exchange e;

    (void)state;
    exchange_begin(&e, &alice, &bob);
    exchange_run(&e, 1, &rng);
    assert_int_equal(
        atr_ibake_init(&waiting, ATR_IBAKE_RESPONDER, &bob.key, &mallory.at),
        ATR_OK);
    refuses(&waiting, said(&e, 0));
    accepts(&e, 0, said(&e, 0)); /* bob who waits for alice takes it */
}

static void a_message_to_somebody_else(void **state)
{
    atr_ibake waiting;
    exchange e;

    (void)state;
    exchange_begin(&e, &alice, &bob);
    exchange_run(&e, 1, &rng);
    assert_int_equal(
        atr_ibake_init(&waiting, ATR_IBAKE_RESPONDER, &mallory.key, &alice.at),
        ATR_OK);
    refuses(&waiting, said(&e, 0));
}

static void reflection(void **state)
{
    atr_ibake waiting;
    exchange e;

    (void)state;
    exchange_begin(&e, &alice, &bob);
    exchange_run(&e, 4, &rng);
    for (size_t n = 0; n < 4; n++) { /* each to its own sender, and others */
        for (size_t to = 0; to < 4; to++) {
            if (n != to) {
                tries(&e, to, said(&e, n));
            }
        }
    }
    tries(&e, 3, (atr_bytes){e.message[2] + 432, 32}); /* alice's own tag */
    /* alice as a responder to bob gets her own M1 */
    assert_int_equal(
        atr_ibake_init(&waiting, ATR_IBAKE_RESPONDER, &alice.key, &bob.at),
        ATR_OK);
    refuses(&waiting, said(&e, 0));
    /* M3 without its tag has the length of M1, and goes to bob as it does */
    tries(&e, 0, (atr_bytes){e.message[2], 432});
}

/* Messages of an old exchange between the same two. The first one is taken,
 * since nothing in it is bob's; it leads nowhere. */
static void replay(void **state)
{
    uint8_t out[ATR_IBAKE_MESSAGE_BYTES_MAX];
    uint8_t mixed[ATR_IBAKE_MESSAGE_BYTES_MAX];
    exchange old;
    exchange now;
    atr_ibake again;
    size_t len;

    (void)state;
    exchange_begin(&old, &alice, &bob);
    exchange_run(&old, 5, &rng);
    exchange_begin(&now, &alice, &bob);
    exchange_run(&now, 4, &rng);
    for (size_t n = 1; n < 4; n++) {
        tries(&now, n, said(&old, n));
    }
    memcpy(mixed, now.message[2], 432);
    memcpy(mixed + 432, old.message[2] + 432, 32);
    tries(&now, 2, (atr_bytes){mixed, 464});

    again = now.before[0];
    assert_int_equal(atr_ibake_step(&again, out, &len, said(&old, 0), &rng),
                     ATR_OK);
    tries(&now, 1, (atr_bytes){out, len}); /* alice did not say that X */
    refuses(&again, said(&old, 2));        /* nor did anybody hear this Y */
}

/* M2 with another X, M3 with another Y, both well encrypted. */
static void echoes_that_are_wrong(void **state)
{
    uint8_t bytes[ATR_IBAKE_MESSAGE_BYTES_MAX + 32];
    uint8_t other[32];
    exchange e;
    size_t len;

    (void)state;
    exchange_begin(&e, &alice, &bob);
    exchange_run(&e, 4, &rng);
    for (size_t bit = 0; bit < 256; bit += 5) {
        spoken what = {alice.key.id, bob.key.id, {other, other}};

        memcpy(other, e.before[1].x_point, 32);
        other[bit / 8] ^= (uint8_t)(1 << bit % 8);
        len = speak(bytes, &alice.at, 2, &what, &rng);
        tries(&e, 1, (atr_bytes){bytes, len});
        memcpy(other, e.before[2].y_point, 32);
        other[bit / 8] ^= (uint8_t)(1 << bit % 8);
        what.points[1] = NULL;
        len = speak(bytes, &bob.at, 3, &what, &rng);
        memcpy(bytes + len, e.message[2] + len, 32);
        tries(&e, 2, (atr_bytes){bytes, len + 32});
    }
}

/* A third message made again by somebody else, with the right Y: only the tag
 * tells that it is not alice's. */
static void confirmations_are_of_the_transcript(void **state)
{
    uint8_t bytes[ATR_IBAKE_MESSAGE_BYTES_MAX + 32];
    exchange e;
    spoken what;
    size_t len;

    (void)state;
    exchange_begin(&e, &alice, &bob);
    exchange_run(&e, 4, &rng);
    what = (spoken){alice.key.id, bob.key.id, {e.before[2].y_point, NULL}};
    len = speak(bytes, &bob.at, 3, &what, &rng);
    memcpy(bytes + len, e.message[2] + len, 32);
    tries(&e, 2, (atr_bytes){bytes, len + 32});
}

/* The points of small order and of the twist, in every form of 32 bytes that
 * gives zero (RFC 7748, 6.1; the list of cr.yp.to/ecdh.html). */
static const char *const low_order[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
};

static void low_order_points(void **state)
{
    uint8_t bytes[ATR_IBAKE_MESSAGE_BYTES_MAX];
    exchange e;

    (void)state;
    exchange_begin(&e, &alice, &bob);
    exchange_run(&e, 4, &rng);
    for (size_t k = 0; k < sizeof low_order / sizeof low_order[0]; k++) {
        uint8_t point[32];
        spoken what = {alice.key.id, bob.key.id, {point, NULL}};
        size_t len;

        assert_int_equal(kit_unhex(point, 32, low_order[k]), 32);
        len = speak(bytes, &bob.at, 1, &what, &rng);
        tries(&e, 0, (atr_bytes){bytes, len});
        what.points[0] = e.before[1].x_point;
        what.points[1] = point;
        len = speak(bytes, &alice.at, 2, &what, &rng);
        tries(&e, 1, (atr_bytes){bytes, len});
    }
}

static void the_wrong_period(void **state)
{
    person early;
    person late;
    exchange e;

    (void)state;
    person_init(&early, &here, "bob@example.org", 6);
    person_init(&late, &here, "alice@example.org", 8);
    exchange_begin(&e, &alice, &bob);
    assert_int_equal(
        atr_ibake_init(&e.r, ATR_IBAKE_RESPONDER, &early.key, &alice.at),
        ATR_OK);
    exchange_run(&e, 1, &rng);
    refuses(&e.r, said(&e, 0)); /* bob's key is of another period */
    exchange_begin(&e, &alice, &bob);
    assert_int_equal(
        atr_ibake_init(&e.r, ATR_IBAKE_RESPONDER, &bob.key, &late.at), ATR_OK);
    exchange_run(&e, 1, &rng);
    refuses(&e.r, said(&e, 0)); /* bob waits for the alice of another period */
}

static void another_authority(void **state)
{
    static town there;
    person their_bob;
    person their_alice;
    exchange e;

    (void)state;
    town_init(&there, 4002);
    person_init(&their_bob, &there, "bob@example.org", 7);
    person_init(&their_alice, &there, "alice@example.org", 7);
    exchange_begin(&e, &alice, &bob);
    exchange_run(&e, 1, &rng);
    assert_int_equal(atr_ibake_init(&e.r, ATR_IBAKE_RESPONDER, &their_bob.key,
                                    &their_alice.at),
                     ATR_OK);
    refuses(&e.r, said(&e, 0));
}

/* Key-compromise impersonation: mallory, who has stolen bob's key, speaks to
 * bob as alice; and with alice's key to alice as bob. Neither gets an answer
 * that it can read, or has anything to say next. */
static void a_stolen_key_against_its_owner(void **state)
{
    const person *const known[2] = {&bob, &mallory};
    uint8_t bytes[ATR_IBAKE_MESSAGE_BYTES_MAX];
    uint8_t out[ATR_IBAKE_MESSAGE_BYTES_MAX];
    uint8_t secret[32] = {5};
    uint8_t x_point[32];
    uint8_t key[32];
    uint8_t ad_bytes[64];
    atr_builder ad = atr_builder_of(ad_bytes, sizeof ad_bytes);
    spoken what = {alice.key.id, bob.key.id, {x_point, NULL}};
    atr_ibake victim;
    exchange e;
    size_t len;

    (void)state;
    atr_x25519_public(x_point, secret);
    exchange_begin(&e, &alice, &bob);
    victim = e.r;
    len = speak(bytes, &bob.at, 1, &what, &rng);
    assert_int_equal(
        atr_ibake_step(&victim, out, &len, (atr_bytes){bytes, len}, &rng),
        ATR_OK);
    atr_build_field(&ad, ATR_LITERAL("ATR1/IBAKE/message"));
    atr_build_u8(&ad, 2);
    for (size_t i = 0; i < 2; i++) { /* M2 is for alice alone */
        assert_int_equal(atr_bf_decap(key, &here.bf, &known[i]->key,
                                      atr_builder_bytes(&ad),
                                      (atr_bytes){out, ATR_BF_CAPSULE_BYTES}),
                         ATR_ERR_AUTH);
    }
    exchange_run(&e, 1, &rng); /* to alice: M1 is for bob alone */
    ad = atr_builder_of(ad_bytes, sizeof ad_bytes);
    atr_build_field(&ad, ATR_LITERAL("ATR1/IBAKE/message"));
    atr_build_u8(&ad, 1);
    assert_int_equal(
        atr_bf_decap(key, &here.bf, &alice.key, atr_builder_bytes(&ad),
                     (atr_bytes){e.message[0], ATR_BF_CAPSULE_BYTES}),
        ATR_ERR_AUTH);
    what.points[1] = x_point; /* and an M2 with an X that is guessed */
    len = speak(bytes, &alice.at, 2, &what, &rng);
    refuses(&e.i, (atr_bytes){bytes, len});
}

/* CPA malleation -------------------------------------------------------- */

/* BasicIdent, which this library does not offer: U = g2^k, V = m xor a stream
 * from e(Q, P)^k. */
#define BASIC_BYTES (ATR_G2_BYTES + 2 * ATR_IDENTITY_BYTES + 64)

static void basic_stream(uint8_t *out, const uint8_t *in, size_t len,
                         const atr_gt *z)
{
    uint8_t z_bytes[ATR_GT_BYTES];
    uint8_t stream[BASIC_BYTES];

    atr_gt_write(z_bytes, z);
    atr_kdf(stream, len, "BasicIdent", ATR_BYTES(z_bytes),
            (atr_bytes){NULL, 0});
    for (size_t i = 0; i < len; i++) {
        out[i] = in[i] ^ stream[i];
    }
}

static void basic_encrypt(uint8_t *out, const atr_bf_recipient *to,
                          const uint8_t *plain, size_t len)
{
    atr_g2_affine u;
    atr_g2 point;
    atr_gt z;
    atr_fr k;

    atr_fr_random(&k, &rng);
    atr_g2_mul(&point, &atr_g2_generator, &k);
    atr_g2_to_affine(&u, &point);
    atr_g2_write(out, &u);
    atr_gt_pow(&z, &to->theta, &k);
    basic_stream(out + ATR_G2_BYTES, plain, len, &z);
}

static void basic_decrypt(uint8_t *out, const person *who, const uint8_t *in,
                          size_t len)
{
    atr_g2_affine u;
    atr_gt z;

    assert_int_equal(atr_g2_read(&u, in), ATR_OK);
    atr_pairing(&z, &who->key.d, &u);
    basic_stream(out, in + ATR_G2_BYTES, len, &z);
}

#define IDS (2 * ATR_IDENTITY_BYTES)

static void basic_plain(uint8_t *out, const person *i, const person *r,
                        const uint8_t *point, const uint8_t *second)
{
    atr_identity_write(out, &i->key.id);
    atr_identity_write(out + ATR_IDENTITY_BYTES, &r->key.id);
    memcpy(out + IDS, point, 32);
    if (second != NULL) {
        memcpy(out + IDS + 32, second, 32);
    }
}

/* The attack of RFC 6539, 4.2, with the identities where they should be:
 * mallory changes alice into itself within the first message. Bob, who is glad
 * to speak with mallory, tells it X; then mallory is bob to alice. Every check
 * of the protocol passes. */
static void over_basicident_an_identity_is_flipped_in_transit(void **state)
{
    uint8_t x_point[32];
    uint8_t m1[BASIC_BYTES];
    uint8_t m2[BASIC_BYTES];
    uint8_t plain[IDS + 64];
    uint8_t expected[IDS + 64];
    uint8_t from[ATR_IDENTITY_BYTES];
    uint8_t to[ATR_IDENTITY_BYTES];
    uint8_t y_point[32] = {2};

    (void)state;
    atr_rng_bytes(&rng, x_point, 32);
    basic_plain(plain, &alice, &bob, x_point, NULL);
    basic_encrypt(m1, &bob.at, plain, IDS + 32);

    atr_identity_write(from, &alice.key.id);
    atr_identity_write(to, &mallory.key.id);
    for (size_t i = 0; i < sizeof from; i++) {
        m1[ATR_G2_BYTES + i] ^= from[i] ^ to[i];
    }

    basic_decrypt(plain, &bob, m1, IDS + 32); /* bob's checks pass: */
    basic_plain(expected, &mallory, &bob, x_point, NULL);
    assert_memory_equal(plain, expected, IDS + 32);
    basic_plain(plain, &mallory, &bob, plain + IDS, y_point);
    basic_encrypt(m2, &mallory.at, plain, IDS + 64);

    basic_decrypt(plain, &mallory, m2, IDS + 64); /* mallory learns X, */
    assert_memory_equal(plain + IDS, x_point, 32);
    basic_plain(plain, &alice, &bob, plain + IDS, y_point);
    basic_encrypt(m2, &alice.at, plain, IDS + 64);

    basic_decrypt(plain, &alice, m2, IDS + 64); /* and alice believes */
    basic_plain(expected, &alice, &bob, x_point, y_point);
    assert_memory_equal(plain, expected, IDS + 64);
}

/* The same done to ours, at every place where an identity might stand. */
static void ours_an_identity_is_flipped_in_transit(void **state)
{
    uint8_t from[ATR_IDENTITY_BYTES];
    uint8_t to[ATR_IDENTITY_BYTES];
    uint8_t bytes[ATR_IBAKE_MESSAGE_BYTES_MAX];
    exchange e;

    (void)state;
    exchange_begin(&e, &alice, &bob);
    exchange_run(&e, 1, &rng);
    atr_identity_write(from, &alice.key.id);
    atr_identity_write(to, &mallory.key.id);
    for (size_t at = 0; at + sizeof from <= e.len[0]; at += 16) {
        atr_ibake waiting;

        memcpy(bytes, e.message[0], e.len[0]);
        for (size_t i = 0; i < sizeof from; i++) {
            bytes[at + i] ^= from[i] ^ to[i];
        }
        assert_int_equal(atr_ibake_init(&waiting, ATR_IBAKE_RESPONDER, &bob.key,
                                        &mallory.at),
                         ATR_OK);
        refuses(&waiting, (atr_bytes){bytes, e.len[0]});
    }
}

/* Forward secrecy hangs on this: x, y and xyP do not outlive their use. */
static void ephemeral_secrets_are_gone_once_used(void **state)
{
    static const uint8_t zero[32];
    exchange e;

    (void)state;
    exchange_begin(&e, &alice, &bob);
    exchange_run(&e, 4, &rng);
    assert_memory_not_equal(e.before[1].secret, zero, 32); /* x, in waiting */
    assert_memory_equal(e.before[2].secret, zero, 32);     /* y */
    assert_memory_not_equal(e.before[2].shared, zero, 32);
    assert_memory_equal(e.i.secret, zero, 32);
    assert_memory_equal(e.i.shared, zero, 32);
    assert_memory_equal(e.r.shared, zero, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_of_every_message_changed),
        cmocka_unit_test(every_message_cut_and_extended),
        cmocka_unit_test(bytes_inserted_and_removed),
        cmocka_unit_test(identities_swapped),
        cmocka_unit_test(the_source_of_message_1_changed),
        cmocka_unit_test(a_message_to_somebody_else),
        cmocka_unit_test(reflection),
        cmocka_unit_test(replay),
        cmocka_unit_test(echoes_that_are_wrong),
        cmocka_unit_test(confirmations_are_of_the_transcript),
        cmocka_unit_test(low_order_points),
        cmocka_unit_test(a_stolen_key_against_its_owner),
        cmocka_unit_test(the_wrong_period),
        cmocka_unit_test(another_authority),
        cmocka_unit_test(over_basicident_an_identity_is_flipped_in_transit),
        cmocka_unit_test(ours_an_identity_is_flipped_in_transit),
        cmocka_unit_test(ephemeral_secrets_are_gone_once_used),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
