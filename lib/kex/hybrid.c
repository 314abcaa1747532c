/* What PGP does for a message to many: the first party makes a fresh secret
 * and seals it to the public key of each other.
 *
 *   key  e = g^x, then for each party j > 0
 *        Seal(KDF("ATR1/GKE/seal"; pk_j^x, enc(context, e, pk_j)), secret)
 *
 * Nobody else contributes, and whoever later steals one party's secret opens
 * all of it.
 */
#include "base/bytes.h"
#include "kex/group_method.h"
#include "sym/aead.h"
#include "sym/hash.h"

enum { KEY };

#define SECRET_BYTES 32
#define SEALED_BYTES (SECRET_BYTES + ATR_AEAD_TAG_BYTES)
#define BODY_BYTES_MAX                                                         \
    (ATR_X25519_BYTES + SEALED_BYTES * (ATR_GROUP_PARTIES_MAX - 1))

/* One key seals one secret. */
static const uint8_t no_nonce[ATR_AEAD_NONCE_BYTES];

static uint32_t room(uint32_t count)
{
    return count;
}

static void wrapping_key(uint8_t out[ATR_AEAD_KEY_BYTES], const atr_group *g,
                         const uint8_t shared[ATR_X25519_BYTES],
                         const uint8_t *const publics[2])
{
    uint8_t context[ATR_GROUP_CONTEXT_BYTES];
    uint8_t memory[3 * (4 + 32)];
    atr_builder info = atr_builder_of(memory, sizeof memory);

    atr_group_context(context, g);
    atr_build_field(&info, ATR_BYTES(context));
    atr_build_field(&info, (atr_bytes){publics[0], ATR_X25519_BYTES});
    atr_build_field(&info, (atr_bytes){publics[1], ATR_X25519_BYTES});
    atr_kdf(out, ATR_AEAD_KEY_BYTES, "ATR1/GKE/seal",
            (atr_bytes){shared, ATR_X25519_BYTES}, atr_builder_bytes(&info));
}

/* ATR_ERR_AUTH when the party's public key is of low order. */
static atr_err seal_to(uint8_t out[SEALED_BYTES], atr_group *g, uint32_t to,
                       const uint8_t secret[SECRET_BYTES],
                       const atr_group_identity *once)
{
    const uint8_t *publics[2] = {once->known.dh, g->roster[to].dh};
    uint8_t shared[ATR_X25519_BYTES];
    uint8_t key[ATR_AEAD_KEY_BYTES];
    atr_err err = atr_x25519_shared(shared, once->dh, g->roster[to].dh);

    if (err == ATR_OK) {
        wrapping_key(key, g, shared, publics);
        atr_aead_seal(out, key, no_nonce, (atr_bytes){NULL, 0},
                      (atr_bytes){secret, SECRET_BYTES});
        g->cost.seals++;
    }
    atr_wipe(shared, sizeof shared);
    atr_wipe(key, sizeof key);
    return err;
}

static size_t body_len(const atr_group *g)
{
    return ATR_X25519_BYTES + SEALED_BYTES * (g->count - 1);
}

static atr_err begin(atr_group *g)
{
    uint8_t body[BODY_BYTES_MAX];
    uint8_t secret[SECRET_BYTES];
    atr_group_identity once;
    atr_err err = ATR_OK;

    if (g->self != 0) {
        return ATR_OK;
    }
    atr_group_identity_init(&once, g->rng);
    atr_rng_bytes(g->rng, secret, sizeof secret);
    ATR_SECRET(secret, sizeof secret);
    memcpy(body, once.known.dh, ATR_X25519_BYTES);
    for (uint32_t j = 1; j < g->count && err == ATR_OK; j++) {
        err = seal_to(body + ATR_X25519_BYTES + SEALED_BYTES * (j - 1), g, j,
                      secret, &once);
    }
    if (err == ATR_OK) {
        err = atr_group_say_bytes(g, ATR_GROUP_ALL, KEY,
                                  (atr_bytes){body, body_len(g)});
        atr_group_finish(g, secret, (atr_bytes){body, body_len(g)});
    }
    atr_group_identity_wipe(&once);
    atr_wipe(secret, sizeof secret);
    return err;
}

static atr_err take(atr_group *g, uint8_t kind, uint32_t from, atr_bytes body)
{
    const uint8_t *publics[2] = {body.data, g->identity.known.dh};
    uint8_t shared[ATR_X25519_BYTES] = {0};
    uint8_t key[ATR_AEAD_KEY_BYTES] = {0};
    uint8_t secret[SECRET_BYTES] = {0};
    atr_err err;

    if (kind != KEY || from != 0) {
        return ATR_ERR_STATE;
    }
    if (body.len != body_len(g)) {
        return ATR_ERR_INPUT;
    }
    err = atr_x25519_shared(shared, g->identity.dh, body.data);
    if (err == ATR_OK) {
        wrapping_key(key, g, shared, publics);
        err = atr_aead_unseal(secret, key, no_nonce, (atr_bytes){NULL, 0},
                              (atr_bytes){body.data + ATR_X25519_BYTES +
                                              SEALED_BYTES * (g->self - 1),
                                          SEALED_BYTES});
        g->cost.opens++;
    }
    if (err == ATR_OK) {
        atr_group_finish(g, secret, body);
    }
    atr_wipe(shared, sizeof shared);
    atr_wipe(key, sizeof key);
    atr_wipe(secret, sizeof secret);
    return err;
}

const atr_group_method atr_group_hybrid = {
    .name = "hybrid",
    .is_signed = true,
    .can_change = true,
    .room = room,
    .begin = begin,
    .take = take,
};
