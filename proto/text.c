#include "proto/text.h"

#include "proto/utf8.h"
#include "sym/aead.h"
#include "sym/hash.h"

static const size_t classes[] = {256, 1024, 4096, ATR_TEXT_PLAIN_BYTES_MAX};
#define CLASSES (sizeof classes / sizeof classes[0])

size_t atr_text_plain_len(const atr_text *text)
{
    size_t need = 1 + 1 + text->nick.len + 2 + text->text.len;

    for (size_t i = 0; i < CLASSES; i++) {
        if (need <= classes[i]) {
            return classes[i];
        }
    }
    return 0;
}

bool atr_text_is_sealed_len(size_t len)
{
    for (size_t i = 0; i < CLASSES; i++) {
        if (len == classes[i] + ATR_TEXT_OVER_BYTES) {
            return true;
        }
    }
    return false;
}

/* --- what is bound -------------------------------------------------------- */

#define AD_BYTES (4 + 14 + 3 * 36 + 2 * 8)
#define SIGNED_BYTES (4 + 19 + 3 * 36 + 2 * 8)

static void build_ad(uint8_t out[AD_BYTES], const atr_text_place *place)
{
    atr_builder builder = atr_builder_of(out, AD_BYTES);

    atr_build_field(&builder, ATR_LITERAL("ATR1/ROOM/text"));
    atr_build_field(&builder, (atr_bytes){place->room, 32});
    atr_build_u64(&builder, place->epoch);
    atr_build_field(&builder, ATR_BYTES(place->keys->sid));
    atr_build_field(&builder, (atr_bytes){place->vk, 32});
    atr_build_u64(&builder, place->number);
}

static void build_signed(uint8_t out[SIGNED_BYTES], const atr_text_place *place,
                         atr_bytes sealed)
{
    atr_builder builder = atr_builder_of(out, SIGNED_BYTES);
    uint8_t digest[ATR_HASH_BYTES];

    atr_hash_of(digest, sealed);
    atr_build_field(&builder, ATR_LITERAL("ATR1/ROOM/text-sign"));
    atr_build_field(&builder, (atr_bytes){place->room, 32});
    atr_build_u64(&builder, place->epoch);
    atr_build_field(&builder, ATR_BYTES(place->keys->sid));
    atr_build_u64(&builder, place->number);
    atr_build_field(&builder, ATR_BYTES(digest));
}

/* --- sealing -------------------------------------------------------------- */

void atr_text_seal(uint8_t *sealed, const atr_text *text,
                   const atr_text_place *place, atr_rng *rng)
{
    size_t len = atr_text_plain_len(text);
    uint8_t *plain = sealed + ATR_AEAD_NONCE_BYTES;
    atr_builder builder = atr_builder_of(plain, len);
    uint8_t key[ATR_AEAD_KEY_BYTES];
    uint8_t ad[AD_BYTES];

    memset(plain, 0, len);
    atr_build_u8(&builder, text->kind);
    atr_build_u8(&builder, (uint8_t)text->nick.len);
    atr_build_bytes(&builder, text->nick);
    atr_build_u16(&builder, (uint16_t)text->text.len);
    atr_build_bytes(&builder, text->text);

    atr_rng_bytes(rng, sealed, ATR_AEAD_NONCE_BYTES);
    build_ad(ad, place);
    atr_ake_sender_key(key, place->keys, place->vk);
    atr_aead_seal(plain, key, sealed, ATR_BYTES(ad), (atr_bytes){plain, len});
    atr_wipe(key, sizeof key);
}

static bool is_zero(atr_bytes bytes)
{
    uint8_t any = 0;

    for (size_t i = 0; i < bytes.len; i++) {
        any |= bytes.data[i];
    }
    return any == 0;
}

static atr_err read_plain(atr_text *out, atr_bytes plain)
{
    atr_reader reader = atr_reader_of(plain);
    size_t len;

    out->kind = atr_read_u8(&reader);
    len = atr_read_u8(&reader);
    out->nick = atr_read_view(&reader, len);
    len = atr_read_u16(&reader);
    out->text = atr_read_view(&reader, len);
    if (!is_zero(atr_read_rest(&reader)) || atr_reader_end(&reader) != ATR_OK ||
        out->kind > ATR_TEXT_NICK ||
        (out->text.len == 0) != (out->kind == ATR_TEXT_NICK) ||
        out->nick.len > ATR_NICK_BYTES_MAX ||
        out->text.len > ATR_TEXT_BYTES_MAX ||
        atr_text_plain_len(out) != plain.len || !atr_utf8_is_label(out->nick) ||
        !atr_utf8_is_text(out->text)) {
        *out = (atr_text){0};
        return ATR_ERR_INPUT;
    }
    return ATR_OK;
}

atr_err atr_text_unseal(atr_text *out, uint8_t *plain,
                        const atr_text_place *place, atr_bytes sealed)
{
    atr_reader reader = atr_reader_of(sealed);
    atr_bytes nonce = atr_read_view(&reader, ATR_AEAD_NONCE_BYTES);
    uint8_t key[ATR_AEAD_KEY_BYTES];
    uint8_t ad[AD_BYTES];
    atr_err err;

    *out = (atr_text){0};
    if (!atr_text_is_sealed_len(sealed.len)) {
        return ATR_ERR_AUTH;
    }
    build_ad(ad, place);
    atr_ake_sender_key(key, place->keys, place->vk);
    err = atr_aead_unseal(plain, key, nonce.data, ATR_BYTES(ad),
                          atr_read_rest(&reader));
    atr_wipe(key, sizeof key);
    if (err == ATR_OK) {
        err = read_plain(out,
                         (atr_bytes){plain, sealed.len - ATR_TEXT_OVER_BYTES});
    }
    return err;
}

void atr_text_sign(uint8_t sig[64], const atr_text_place *place,
                   atr_bytes sealed, const uint8_t sk[64])
{
    uint8_t message[SIGNED_BYTES];

    build_signed(message, place, sealed);
    atr_ed25519_sign(sig, sk, ATR_BYTES(message));
}

atr_err atr_text_verify(const uint8_t sig[64], const atr_text_place *place,
                        atr_bytes sealed)
{
    uint8_t message[SIGNED_BYTES];

    build_signed(message, place, sealed);
    return atr_ed25519_verify(sig, place->vk, ATR_BYTES(message));
}
