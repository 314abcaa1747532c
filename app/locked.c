#include "app/locked.h"

#include <sodium.h>

#include "base/bytes.h"
#include "sym/aead.h"

#define HEAD_BYTES (ATR_LOCKED_EXTRA_BYTES - ATR_AEAD_TAG_BYTES)
#define PASSES 3
#define MEMORY_KIB (256u * 1024)
#define PASSES_MAX 16
#define MEMORY_KIB_MAX (1024u * 1024)

static const uint8_t mark[7] = {'A', 'T', 'R', 'L', 'O', 'C', 'K'};

typedef struct {
    uint32_t passes;
    uint32_t memory;
    uint8_t salt[crypto_pwhash_SALTBYTES];
    uint8_t nonce[ATR_AEAD_NONCE_BYTES];
} locked_head;

static void build_head(atr_builder *builder, const locked_head *head)
{
    atr_build_bytes(builder, ATR_BYTES(mark));
    atr_build_u8(builder, 1);
    atr_build_u32(builder, head->passes);
    atr_build_u32(builder, head->memory);
    atr_build_bytes(builder, ATR_BYTES(head->salt));
    atr_build_bytes(builder, ATR_BYTES(head->nonce));
}

static atr_err read_head(locked_head *out, atr_bytes in)
{
    atr_reader r = atr_reader_of(in);

    (void)atr_read_view(&r, sizeof mark);
    if (atr_read_u8(&r) != 1) {
        return ATR_ERR_INPUT;
    }
    out->passes = atr_read_u32(&r);
    out->memory = atr_read_u32(&r);
    atr_read_copy(&r, out->salt, sizeof out->salt);
    atr_read_copy(&r, out->nonce, sizeof out->nonce);
    if (atr_reader_end(&r) != ATR_OK || out->passes < 1 ||
        out->passes > PASSES_MAX || out->memory < 8 ||
        out->memory > MEMORY_KIB_MAX) {
        return ATR_ERR_INPUT;
    }
    return ATR_OK;
}

static atr_err derive(uint8_t key[ATR_AEAD_KEY_BYTES], atr_bytes passphrase,
                      const locked_head *head)
{
    if (crypto_pwhash(key, ATR_AEAD_KEY_BYTES, (const char *)passphrase.data,
                      passphrase.len, head->salt, head->passes,
                      (size_t)head->memory * 1024,
                      crypto_pwhash_ALG_ARGON2ID13) != 0) {
        return ATR_ERR_LIMIT;
    }
    ATR_SECRET(key, ATR_AEAD_KEY_BYTES);
    return ATR_OK;
}

bool atr_locked_is(atr_bytes file)
{
    return file.len >= sizeof mark && memcmp(file.data, mark, sizeof mark) == 0;
}

atr_err atr_locked_seal(uint8_t *out, atr_bytes passphrase, atr_bytes secret,
                        atr_rng *rng)
{
    locked_head head = {.passes = PASSES, .memory = MEMORY_KIB};
    uint8_t key[ATR_AEAD_KEY_BYTES] = {0};
    atr_builder b = atr_builder_of(out, HEAD_BYTES);
    atr_err err;

    atr_rng_bytes(rng, head.salt, sizeof head.salt);
    atr_rng_bytes(rng, head.nonce, sizeof head.nonce);
    build_head(&b, &head);
    err = derive(key, passphrase, &head);
    if (err == ATR_OK) {
        atr_aead_seal(out + HEAD_BYTES, key, head.nonce, atr_builder_bytes(&b),
                      secret);
    } else {
        memset(out, 0, secret.len + ATR_LOCKED_EXTRA_BYTES);
    }
    atr_wipe(key, sizeof key);
    return err;
}

atr_err atr_locked_open(uint8_t *out, atr_bytes passphrase, atr_bytes file)
{
    locked_head head;
    uint8_t key[ATR_AEAD_KEY_BYTES] = {0};
    atr_bytes ad = {file.data, HEAD_BYTES};
    atr_err err;

    if (!atr_locked_is(file) || file.len < ATR_LOCKED_EXTRA_BYTES) {
        return ATR_ERR_INPUT;
    }
    if ((err = read_head(&head, ad)) != ATR_OK ||
        (err = derive(key, passphrase, &head)) != ATR_OK) {
        goto out;
    }
    err = atr_aead_unseal(
        out, key, head.nonce, ad,
        (atr_bytes){file.data + HEAD_BYTES, file.len - HEAD_BYTES});
out:
    if (err != ATR_OK) {
        memset(out, 0, file.len - ATR_LOCKED_EXTRA_BYTES);
    }
    atr_wipe(key, sizeof key);
    return err;
}
