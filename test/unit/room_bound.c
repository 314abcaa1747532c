/* What a signature, an answer or a sealed text is bound to: whoever changes
 * one thing of its place makes it worthless. */
#include "kit/kit.h"
#include "proto/join.h"
#include "proto/text.h"
#include "sym/aead.h"
#include "sym/ed25519.h"

static atr_rng rng;
static uint8_t vk[32];
static uint8_t sk[64];

static int setup(void **state)
{
    uint8_t seed[32];

    (void)state;
    kit_rng(&rng, 71);
    atr_rng_bytes(&rng, seed, sizeof seed);
    atr_ed25519_keypair(vk, sk, seed);
    return 0;
}

/* --- at the door ---------------------------------------------------------- */

typedef struct {
    uint8_t room[32];
    uint8_t nonce[32];
    uint8_t vk[32];
} door;

static atr_join join_of(const door *d)
{
    return (atr_join){d->room, d->nonce, d->vk};
}

static void door_init(door *d)
{
    atr_rng_bytes(&rng, d->room, sizeof d->room);
    atr_rng_bytes(&rng, d->nonce, sizeof d->nonce);
    memcpy(d->vk, vk, sizeof d->vk);
}

/* Each byte of the door in turn. */
static void the_door_is_all_bound(void **state)
{
    static const uint8_t key[32] = {7};
    uint8_t sig[64];
    uint8_t ad[ATR_JOIN_AD_BYTES];
    uint8_t tag[ATR_JOIN_TAG_BYTES];
    door d;

    (void)state;
    door_init(&d);
    atr_join_sign(sig, &(atr_join){d.room, d.nonce, d.vk}, 5, sk);
    atr_join_ad(ad, &(atr_join){d.room, d.nonce, d.vk});
    atr_join_answer(tag, &(atr_join){d.room, d.nonce, d.vk}, key);
    for (size_t i = 0; i < sizeof d; i++) {
        uint8_t other_ad[sizeof ad];
        uint8_t other_tag[sizeof tag];
        door other = d;
        atr_join join = join_of(&other);

        ((uint8_t *)&other)[i] ^= 1;
        assert_int_equal(atr_join_verify(sig, &join, 5), ATR_ERR_AUTH);
        atr_join_ad(other_ad, &join);
        assert_memory_not_equal(ad, other_ad, sizeof ad);
        atr_join_answer(other_tag, &join, key);
        assert_memory_not_equal(tag, other_tag, sizeof tag);
    }
    assert_int_equal(
        atr_join_verify(sig, &(atr_join){d.room, d.nonce, d.vk}, 5), ATR_OK);
    assert_int_equal(
        atr_join_verify(sig, &(atr_join){d.room, d.nonce, d.vk}, 6),
        ATR_ERR_AUTH);
}

static void the_answer_needs_the_key(void **state)
{
    uint8_t key[32] = {7};
    uint8_t tag[ATR_JOIN_TAG_BYTES];
    uint8_t other[ATR_JOIN_TAG_BYTES];
    door d;

    (void)state;
    door_init(&d);
    atr_join_answer(tag, &(atr_join){d.room, d.nonce, d.vk}, key);
    for (size_t i = 0; i < sizeof key; i++) {
        key[i] ^= 1;
        atr_join_answer(other, &(atr_join){d.room, d.nonce, d.vk}, key);
        assert_memory_not_equal(tag, other, sizeof tag);
        key[i] ^= 1;
    }
}

/* --- a text ----------------------------------------------------------------
 */

typedef struct {
    uint8_t room[32];
    uint8_t vk[32];
    atr_ake_keys keys;
    uint64_t epoch;
    uint64_t number;
} spot;

static atr_text_place place_of(const spot *s)
{
    return (atr_text_place){.room = s->room,
                            .vk = s->vk,
                            .keys = &s->keys,
                            .epoch = s->epoch,
                            .number = s->number};
}

static void spot_init(spot *s)
{
    memset(s, 0, sizeof *s);
    atr_rng_bytes(&rng, s->room, sizeof s->room);
    atr_rng_bytes(&rng, &s->keys, sizeof s->keys);
    memcpy(s->vk, vk, sizeof s->vk);
    s->epoch = 3;
    s->number = 9;
}

#define SEALED_BYTES (256 + ATR_TEXT_OVER_BYTES)

static void seal(uint8_t sealed[SEALED_BYTES], uint8_t sig[64], const spot *s)
{
    const atr_text text = {.kind = ATR_TEXT_SAID,
                           .nick = ATR_LITERAL("ada"),
                           .text = ATR_LITERAL("hello")};
    atr_text_place place = place_of(s);

    assert_int_equal(atr_text_plain_len(&text), 256);
    atr_text_seal(sealed, &text, &place, &rng);
    atr_text_sign(sig, &place, (atr_bytes){sealed, SEALED_BYTES}, sk);
}

static atr_err unseal(const spot *s, const uint8_t *sealed)
{
    uint8_t plain[256];
    atr_text_place place = place_of(s);
    atr_text text;
    atr_err err = atr_text_unseal(&text, plain, &place,
                                  (atr_bytes){sealed, SEALED_BYTES});

    if (err == ATR_OK) {
        assert_true(atr_bytes_equal(text.nick, ATR_LITERAL("ada")));
        assert_true(atr_bytes_equal(text.text, ATR_LITERAL("hello")));
    }
    return err;
}

static atr_err verify(const spot *s, const uint8_t *sealed, const uint8_t *sig)
{
    atr_text_place place = place_of(s);

    return atr_text_verify(sig, &place, (atr_bytes){sealed, SEALED_BYTES});
}

static void changed(spot *s, size_t what, size_t byte)
{
    switch (what) {
    case 0:
        s->room[byte] ^= 1;
        break;
    case 1:
        s->vk[byte] ^= 1;
        break;
    case 2:
        s->keys.sid[byte] ^= 1;
        break;
    case 3:
        s->keys.session[byte] ^= 1;
        break;
    case 4:
        s->epoch ^= UINT64_C(1) << 2 * byte;
        break;
    default:
        s->number ^= UINT64_C(1) << 2 * byte;
    }
}

/* The signature is public and so does not depend on the session key; the rest
 * both depend on. */
static void a_text_is_bound_to_its_place(void **state)
{
    uint8_t sealed[SEALED_BYTES];
    uint8_t sig[64];
    spot s;

    (void)state;
    spot_init(&s);
    seal(sealed, sig, &s);
    assert_int_equal(unseal(&s, sealed), ATR_OK);
    assert_int_equal(verify(&s, sealed, sig), ATR_OK);
    for (size_t what = 0; what < 6; what++) {
        for (size_t byte = 0; byte < 32; byte++) {
            spot other = s;

            changed(&other, what, byte);
            assert_int_equal(unseal(&other, sealed), ATR_ERR_AUTH);
            if (what != 3) {
                assert_int_equal(verify(&other, sealed, sig), ATR_ERR_AUTH);
            }
        }
    }
    for (size_t i = 0; i < sizeof sealed; i++) {
        sealed[i] ^= 0x80;
        assert_int_equal(unseal(&s, sealed), ATR_ERR_AUTH);
        assert_int_equal(verify(&s, sealed, sig), ATR_ERR_AUTH);
        sealed[i] ^= 0x80;
    }
}

static void the_same_text_is_never_sealed_the_same(void **state)
{
    uint8_t first[SEALED_BYTES];
    uint8_t second[SEALED_BYTES];
    uint8_t sig[64];
    spot s;

    (void)state;
    spot_init(&s);
    seal(first, sig, &s);
    seal(second, sig, &s);
    assert_memory_not_equal(first, second, 24);           /* the nonce */
    assert_memory_not_equal(first + 24, second + 24, 32); /* so the rest */
}

/* --- the form inside --------------------------------------------------------
 */

/* Seals `plain` as text.h says, whatever is in it. */
static void seal_by_hand(uint8_t *sealed, const spot *s, const uint8_t *plain,
                         size_t len)
{
    uint8_t ad[256];
    uint8_t key[32];
    atr_builder builder = atr_builder_of(ad, sizeof ad);

    atr_build_field(&builder, ATR_LITERAL("ATR1/ROOM/text"));
    atr_build_field(&builder, ATR_BYTES(s->room));
    atr_build_u64(&builder, s->epoch);
    atr_build_field(&builder, ATR_BYTES(s->keys.sid));
    atr_build_field(&builder, ATR_BYTES(s->vk));
    atr_build_u64(&builder, s->number);
    atr_rng_bytes(&rng, sealed, 24);
    atr_ake_sender_key(key, &s->keys, s->vk);
    atr_aead_seal(sealed + 24, key, sealed, atr_builder_bytes(&builder),
                  (atr_bytes){plain, len});
}

static atr_err read_form(const uint8_t *plain, size_t len)
{
    static uint8_t sealed[ATR_TEXT_PLAIN_BYTES_MAX + ATR_TEXT_OVER_BYTES];
    static uint8_t back[ATR_TEXT_PLAIN_BYTES_MAX];
    atr_text_place place;
    atr_text text;
    atr_err err;
    spot s;

    spot_init(&s);
    place = place_of(&s);
    seal_by_hand(sealed, &s, plain, len);
    err = atr_text_unseal(&text, back, &place,
                          (atr_bytes){sealed, len + ATR_TEXT_OVER_BYTES});
    if (err != ATR_OK) {
        assert_null(text.text.data);
        assert_int_equal(text.text.len, 0);
    }
    return err;
}

/* kind, length of the nick, length of the text; both are of letters. */
static size_t put(uint8_t *plain, uint8_t kind, size_t nick, size_t text)
{
    atr_builder builder = atr_builder_of(plain, ATR_TEXT_PLAIN_BYTES_MAX);
    size_t both = nick + text;
    size_t at;

    memset(plain, 0, ATR_TEXT_PLAIN_BYTES_MAX);
    atr_build_u8(&builder, kind);
    atr_build_u8(&builder, (uint8_t)nick);
    at = builder.len;
    memset(plain + at, 'n', nick);
    plain[at + nick] = (uint8_t)(text >> 8);
    plain[at + nick + 1] = (uint8_t)text;
    memset(plain + at + nick + 2, 't', text);
    return 4 + both;
}

static void a_text_has_one_form(void **state)
{
    static uint8_t plain[ATR_TEXT_PLAIN_BYTES_MAX];
    size_t end = put(plain, ATR_TEXT_SAID, 3, 5);

    (void)state;
    assert_int_equal(read_form(plain, 256), ATR_OK);
    assert_int_equal(read_form(plain, 1024), ATR_ERR_INPUT); /* class */
    assert_int_equal(read_form(plain, 255), ATR_ERR_AUTH);
    for (size_t i = end; i < 256; i++) { /* padding */
        plain[i] = 1;
        assert_int_equal(read_form(plain, 256), ATR_ERR_INPUT);
        plain[i] = 0;
    }
    put(plain, 2, 3, 5);
    assert_int_equal(read_form(plain, 256), ATR_ERR_INPUT);
    put(plain, ATR_TEXT_SAID, 3, 0);
    assert_int_equal(read_form(plain, 256), ATR_ERR_INPUT);
    put(plain, ATR_TEXT_NICK, 3, 0);
    assert_int_equal(read_form(plain, 256), ATR_OK);
    put(plain, ATR_TEXT_NICK, 3, 1);
    assert_int_equal(read_form(plain, 256), ATR_ERR_INPUT);
    put(plain, ATR_TEXT_SAID, ATR_NICK_BYTES_MAX, 5);
    assert_int_equal(read_form(plain, 256), ATR_OK);
    put(plain, ATR_TEXT_SAID, ATR_NICK_BYTES_MAX + 1, 5);
    assert_int_equal(read_form(plain, 256), ATR_ERR_INPUT);
    put(plain, ATR_TEXT_SAID, 3, ATR_TEXT_BYTES_MAX);
    assert_int_equal(read_form(plain, sizeof plain), ATR_OK);
    put(plain, ATR_TEXT_SAID, 3, ATR_TEXT_BYTES_MAX + 1);
    assert_int_equal(read_form(plain, sizeof plain), ATR_ERR_INPUT);
    put(plain, ATR_TEXT_SAID, 3, 5);
    plain[2] = '\n'; /* in the nick */
    assert_int_equal(read_form(plain, 256), ATR_ERR_INPUT);
    put(plain, ATR_TEXT_SAID, 3, 5);
    plain[7] = 0xff; /* in the text */
    assert_int_equal(read_form(plain, 256), ATR_ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_door_is_all_bound),
        cmocka_unit_test(the_answer_needs_the_key),
        cmocka_unit_test(a_text_is_bound_to_its_place),
        cmocka_unit_test(a_text_has_one_form),
        cmocka_unit_test(the_same_text_is_never_sealed_the_same),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
