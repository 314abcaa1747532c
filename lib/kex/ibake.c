/* The equation numbers are those of doc/scheme/ibake.md. */
#include "kex/ibake.h"

#include <assert.h>

#include "sym/aead.h"
#include "sym/hash.h"

#define PLAIN_BYTES_MAX (2 * ATR_IDENTITY_BYTES + 2 * ATR_X25519_BYTES)
#define SEALED_3_BYTES ATR_IBAKE_SEALED_BYTES(1) /* M3 without its tag */

_Static_assert(ATR_IBAKE_SEALED_BYTES(0) == ATR_BF_CAPSULE_BYTES +
                                                2 * ATR_IDENTITY_BYTES +
                                                ATR_AEAD_TAG_BYTES,
               "the overhead of the AEAD");

/* Messages --------------------------------------------------------------- */

static const atr_identity *initiator(const atr_ibake *s)
{
    return s->role == ATR_IBAKE_INITIATOR ? &s->own->id : &s->peer->id;
}

static const atr_identity *responder(const atr_ibake *s)
{
    return s->role == ATR_IBAKE_INITIATOR ? &s->peer->id : &s->own->id;
}

#define AD_BYTES (4 + 18 + 1)

/* (1): enc("ATR1/IBAKE/message", n(1)) */
static void build_ad(uint8_t ad[AD_BYTES], uint8_t number)
{
    atr_builder builder = atr_builder_of(ad, AD_BYTES);

    atr_build_field(&builder, ATR_LITERAL("ATR1/IBAKE/message"));
    atr_build_u8(&builder, number);
    assert(atr_builder_end(&builder) == ATR_OK);
}

/* The key of a capsule seals one message, so there is one nonce. */
static const uint8_t nonce[ATR_AEAD_NONCE_BYTES];

/* (2): both identities and up to two points, `points` ended by NULL. */
static void seal(uint8_t *out, const atr_ibake *s, uint8_t number,
                 const uint8_t *const *points, atr_rng *rng)
{
    uint8_t plain[PLAIN_BYTES_MAX];
    uint8_t ad[AD_BYTES];
    uint8_t key[ATR_BF_SHARED_BYTES];
    atr_builder builder = atr_builder_of(plain, sizeof plain);
    atr_bytes whole;

    atr_identity_write(atr_build_space(&builder, ATR_IDENTITY_BYTES),
                       initiator(s));
    atr_identity_write(atr_build_space(&builder, ATR_IDENTITY_BYTES),
                       responder(s));
    for (; *points != NULL; points++) {
        atr_build_bytes(&builder, (atr_bytes){*points, ATR_X25519_BYTES});
    }
    assert(atr_builder_end(&builder) == ATR_OK);
    whole = atr_builder_bytes(&builder);
    build_ad(ad, number);
    atr_bf_encap(out, key, s->peer, ATR_BYTES(ad), rng);
    atr_aead_seal(out + ATR_BF_CAPSULE_BYTES, key, nonce, (atr_bytes){NULL, 0},
                  whole);
    ATR_PUBLIC(out, ATR_BF_CAPSULE_BYTES + whole.len + ATR_AEAD_TAG_BYTES);
    atr_wipe(plain, sizeof plain);
    atr_wipe(key, sizeof key);
}

/* Whether the identities in a message are the two of this exchange. */
static bool names_us(const atr_ibake *s, const uint8_t *plain)
{
    atr_identity in[2];

    return atr_identity_read(&in[0], plain) == ATR_OK &&
           atr_identity_read(&in[1], plain + ATR_IDENTITY_BYTES) == ATR_OK &&
           atr_identity_equal(&in[0], initiator(s)) &&
           atr_identity_equal(&in[1], responder(s));
}

/* (3): opens a message to us and checks who it is between; `points` holds
 * what follows the identities. */
static atr_err open_message(uint8_t *points, const atr_ibake *s, uint8_t number,
                            atr_bytes in)
{
    uint8_t plain[PLAIN_BYTES_MAX];
    uint8_t ad[AD_BYTES];
    uint8_t key[ATR_BF_SHARED_BYTES];
    const atr_bytes capsule = {in.data, ATR_BF_CAPSULE_BYTES};
    const atr_bytes sealed = {in.data + capsule.len, in.len - capsule.len};
    const size_t ids = 2 * ATR_IDENTITY_BYTES;
    atr_err err;

    build_ad(ad, number);
    err = atr_bf_decap(key, s->peer->bf, s->own, ATR_BYTES(ad), capsule);
    if (err == ATR_OK) {
        err = atr_aead_unseal(plain, key, nonce, (atr_bytes){NULL, 0}, sealed);
    }
    if (err == ATR_OK && !names_us(s, plain)) {
        err = ATR_ERR_AUTH;
    }
    if (err == ATR_OK) {
        memcpy(points, plain + ids, sealed.len - ATR_AEAD_TAG_BYTES - ids);
    }
    atr_wipe(plain, sizeof plain);
    atr_wipe(key, sizeof key);
    return err;
}

static bool same_point(const uint8_t *a, const uint8_t *b)
{
    bool same = atr_secret_equal(a, b, ATR_X25519_BYTES);

    ATR_PUBLIC(&same, sizeof same);
    return same;
}

static void draw(uint8_t secret[ATR_X25519_BYTES],
                 uint8_t point[ATR_X25519_BYTES], atr_rng *rng)
{
    atr_rng_bytes(rng, secret, ATR_X25519_BYTES);
    ATR_SECRET(secret, ATR_X25519_BYTES);
    atr_x25519_public(point, secret);
    ATR_PUBLIC(point, ATR_X25519_BYTES);
}

/* Keys ------------------------------------------------------------------- */

/* (4): sid = H(enc("ATR1/IBAKE/sid", hm, I, R, X, Y, H(M1), H(M2), H(M3))) */
static void hash_transcript(atr_ibake *s)
{
    uint8_t id[ATR_IDENTITY_BYTES];
    atr_hash hash;

    atr_hash_init(&hash);
    atr_hash_field(&hash, ATR_LITERAL("ATR1/IBAKE/sid"));
    atr_hash_field(&hash, ATR_BYTES(s->peer->bf->hm));
    atr_identity_write(id, initiator(s));
    atr_hash_field(&hash, ATR_BYTES(id));
    atr_identity_write(id, responder(s));
    atr_hash_field(&hash, ATR_BYTES(id));
    atr_hash_field(&hash, ATR_BYTES(s->x_point));
    atr_hash_field(&hash, ATR_BYTES(s->y_point));
    for (size_t i = 0; i < 3; i++) {
        atr_hash_field(&hash, ATR_BYTES(s->digest[i]));
    }
    atr_hash_final(&hash, s->keys.sid);
}

/* (5): session and confirmation key from xyP and the transcript. */
static void derive(atr_ibake *s)
{
    uint8_t root[ATR_HASH_BYTES];

    hash_transcript(s);
    atr_hkdf_extract(root, ATR_BYTES(s->keys.sid), ATR_BYTES(s->shared));
    atr_hkdf_expand(s->keys.session, sizeof s->keys.session, root,
                    ATR_LITERAL("ATR1/IBAKE/session"));
    atr_hkdf_expand(s->confirm, sizeof s->confirm, root,
                    ATR_LITERAL("ATR1/IBAKE/confirm-key"));
    atr_wipe(root, sizeof root);
    atr_wipe(s->shared, sizeof s->shared);
}

/* (6): HMAC(confirm, enc("ATR1/IBAKE/confirm", who, sid)) */
static void make_tag(uint8_t tag[ATR_IBAKE_TAG_BYTES], const atr_ibake *s,
                     const atr_identity *who)
{
    uint8_t id[ATR_IDENTITY_BYTES];
    atr_hmac hmac;

    atr_identity_write(id, who);
    atr_hmac_init(&hmac, ATR_BYTES(s->confirm));
    atr_hmac_field(&hmac, ATR_LITERAL("ATR1/IBAKE/confirm"));
    atr_hmac_field(&hmac, ATR_BYTES(id));
    atr_hmac_field(&hmac, ATR_BYTES(s->keys.sid));
    atr_hmac_final(&hmac, tag);
    ATR_PUBLIC(tag, ATR_IBAKE_TAG_BYTES);
}

static atr_err check_tag(const uint8_t *tag, const atr_ibake *s,
                         const atr_identity *who)
{
    uint8_t expected[ATR_IBAKE_TAG_BYTES];
    bool same;

    make_tag(expected, s, who);
    same = atr_secret_equal(expected, tag, sizeof expected);
    atr_wipe(expected, sizeof expected);
    return same ? ATR_OK : ATR_ERR_AUTH;
}

/* Steps ------------------------------------------------------------------ */

static atr_err send_1(atr_ibake *s, uint8_t *out, atr_bytes in, atr_rng *rng)
{
    const uint8_t *const points[] = {s->x_point, NULL};

    (void)in;
    draw(s->secret, s->x_point, rng);
    seal(out, s, 1, points, rng);
    atr_hash_of(s->digest[0], (atr_bytes){out, ATR_IBAKE_M1_BYTES});
    return ATR_OK;
}

static atr_err take_1(atr_ibake *s, uint8_t *out, atr_bytes in, atr_rng *rng)
{
    const uint8_t *const points[] = {s->x_point, s->y_point, NULL};

    if (open_message(s->x_point, s, 1, in) != ATR_OK) {
        return ATR_ERR_AUTH;
    }
    draw(s->secret, s->y_point, rng);
    if (atr_x25519_shared(s->shared, s->secret, s->x_point) != ATR_OK) {
        return ATR_ERR_AUTH;
    }
    atr_wipe(s->secret, sizeof s->secret);
    atr_hash_of(s->digest[0], in);
    seal(out, s, 2, points, rng);
    atr_hash_of(s->digest[1], (atr_bytes){out, ATR_IBAKE_M2_BYTES});
    return ATR_OK;
}

static atr_err take_2(atr_ibake *s, uint8_t *out, atr_bytes in, atr_rng *rng)
{
    const uint8_t *const points[] = {s->y_point, NULL};
    uint8_t got[2 * ATR_X25519_BYTES];

    if (open_message(got, s, 2, in) != ATR_OK || !same_point(got, s->x_point) ||
        atr_x25519_shared(s->shared, s->secret, got + ATR_X25519_BYTES) !=
            ATR_OK) {
        atr_wipe(got, sizeof got);
        return ATR_ERR_AUTH;
    }
    memcpy(s->y_point, got + ATR_X25519_BYTES, ATR_X25519_BYTES);
    atr_wipe(got, sizeof got);
    atr_wipe(s->secret, sizeof s->secret);
    atr_hash_of(s->digest[1], in);
    seal(out, s, 3, points, rng);
    atr_hash_of(s->digest[2], (atr_bytes){out, SEALED_3_BYTES});
    derive(s);
    make_tag(out + SEALED_3_BYTES, s, initiator(s));
    return ATR_OK;
}

static atr_err take_3(atr_ibake *s, uint8_t *out, atr_bytes in, atr_rng *rng)
{
    const atr_bytes sealed = {in.data, SEALED_3_BYTES};
    uint8_t got[ATR_X25519_BYTES];
    atr_err err = open_message(got, s, 3, sealed);

    (void)rng;
    if (err == ATR_OK && !same_point(got, s->y_point)) {
        err = ATR_ERR_AUTH;
    }
    atr_wipe(got, sizeof got);
    if (err != ATR_OK) {
        return err;
    }
    atr_hash_of(s->digest[2], sealed);
    derive(s);
    if (check_tag(in.data + SEALED_3_BYTES, s, initiator(s)) != ATR_OK) {
        return ATR_ERR_AUTH;
    }
    make_tag(out, s, responder(s));
    return ATR_OK;
}

static atr_err take_4(atr_ibake *s, uint8_t *out, atr_bytes in, atr_rng *rng)
{
    (void)out;
    (void)rng;
    return check_tag(in.data, s, responder(s));
}

/* By state: what comes, what is done with it, what goes out, what is next. */
static const struct {
    size_t in_len;
    atr_err (*take)(atr_ibake *s, uint8_t *out, atr_bytes in, atr_rng *rng);
    size_t out_len;
    atr_ibake_state next;
} steps[] = {
    [ATR_IBAKE_START] = {0, send_1, ATR_IBAKE_M1_BYTES, ATR_IBAKE_WAIT_M2},
    [ATR_IBAKE_WAIT_M1] = {ATR_IBAKE_M1_BYTES, take_1, ATR_IBAKE_M2_BYTES,
                           ATR_IBAKE_WAIT_M3},
    [ATR_IBAKE_WAIT_M2] = {ATR_IBAKE_M2_BYTES, take_2, ATR_IBAKE_M3_BYTES,
                           ATR_IBAKE_WAIT_M4},
    [ATR_IBAKE_WAIT_M3] = {ATR_IBAKE_M3_BYTES, take_3, ATR_IBAKE_M4_BYTES,
                           ATR_IBAKE_DONE},
    [ATR_IBAKE_WAIT_M4] = {ATR_IBAKE_M4_BYTES, take_4, 0, ATR_IBAKE_DONE},
    [ATR_IBAKE_DONE] = {0, NULL, 0, ATR_IBAKE_DONE},
    [ATR_IBAKE_FAILED] = {0, NULL, 0, ATR_IBAKE_FAILED},
};

/* The interface ---------------------------------------------------------- */

atr_err atr_ibake_init(atr_ibake *ibake, atr_ibake_role role,
                       const atr_bf_key *own, const atr_bf_recipient *peer)
{
    memset(ibake, 0, sizeof *ibake);
    ibake->state = ATR_IBAKE_FAILED;
    if (atr_identity_equal(&own->id, &peer->id)) {
        return ATR_ERR_INPUT;
    }
    ibake->state =
        role == ATR_IBAKE_INITIATOR ? ATR_IBAKE_START : ATR_IBAKE_WAIT_M1;
    ibake->role = role;
    ibake->own = own;
    ibake->peer = peer;
    return ATR_OK;
}

size_t atr_ibake_expects(const atr_ibake *ibake)
{
    return steps[ibake->state].in_len;
}

atr_err atr_ibake_step(atr_ibake *ibake, uint8_t *out, size_t *out_len,
                       atr_bytes in, atr_rng *rng)
{
    const atr_ibake_state state = ibake->state;
    atr_err err = ATR_ERR_AUTH;

    *out_len = 0;
    if (steps[state].take == NULL) {
        return ATR_ERR_STATE;
    }
    if (in.len == steps[state].in_len) {
        err = steps[state].take(ibake, out, in, rng);
        atr_wipe_stack();
    }
    if (err != ATR_OK) {
        atr_wipe(ibake, sizeof *ibake);
        ibake->state = ATR_IBAKE_FAILED;
        return ATR_ERR_AUTH;
    }
    *out_len = steps[state].out_len;
    ibake->state = steps[state].next;
    return ATR_OK;
}

atr_err atr_ibake_finish(atr_ibake_keys *out, atr_ibake *ibake)
{
    memset(out, 0, sizeof *out);
    if (ibake->state != ATR_IBAKE_DONE) {
        return ATR_ERR_STATE;
    }
    *out = ibake->keys;
    atr_ibake_wipe(ibake);
    return ATR_OK;
}

void atr_ibake_wipe(atr_ibake *ibake)
{
    if (ibake != NULL) {
        atr_wipe(ibake, sizeof *ibake);
        ibake->state = ATR_IBAKE_FAILED;
    }
}
