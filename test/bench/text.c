/* text.c - times of one text of a room: padded, sealed and signed by its
 * sender; verified and opened by a reader. n is the bytes of its class.
 */
#include <stdio.h>
#include <stdlib.h>

#include "kit/bench.h"
#include "proto/text.h"

#define ENGINE "libsodium"

typedef struct {
    atr_text text;
    atr_text_place place;
    atr_ake_keys keys;
    atr_ake_signer signer;
    uint8_t room[32];
    uint8_t sealed[ATR_TEXT_PLAIN_BYTES_MAX + ATR_TEXT_OVER_BYTES];
    size_t sealed_len;
    uint8_t sig[64];
    uint8_t plain[ATR_TEXT_PLAIN_BYTES_MAX];
    atr_text got;
    atr_rng rng;
} work;

static work w;

static void check(bool truth, const char *what)
{
    if (!truth) {
        fprintf(stderr, "bench_text: wrong result: %s\n", what);
        exit(1);
    }
}

static void seal(void *data)
{
    work *x = data;

    atr_text_seal(x->sealed, &x->text, &x->place, &x->rng);
    atr_text_sign(x->sig, &x->place, (atr_bytes){x->sealed, x->sealed_len},
                  x->signer.sk);
}

static void open(void *data)
{
    work *x = data;
    const atr_bytes sealed = {x->sealed, x->sealed_len};

    check(atr_text_verify(x->sig, &x->place, sealed) == ATR_OK, "signature");
    check(atr_text_unseal(&x->got, x->plain, &x->place, sealed) == ATR_OK,
          "text");
}

int main(void)
{
    static const size_t sizes[] = {40, 900, 4000, 16000};
    static uint8_t words[ATR_TEXT_BYTES_MAX];
    const uint8_t seed[ATR_SEED_BYTES] = {1};

    atr_rng_init(&w.rng, seed);
    atr_ake_signer_init(&w.signer, &w.rng);
    atr_rng_bytes(&w.rng, &w.keys, sizeof w.keys);
    memset(words, 'w', sizeof words);
    w.place = (atr_text_place){w.room, w.signer.vk, &w.keys, 1, 1};
    for (size_t i = 0; i < 4; i++) {
        size_t class_len;

        w.text =
            (atr_text){ATR_TEXT_SAID, ATR_LITERAL("ada"), {words, sizes[i]}};
        class_len = atr_text_plain_len(&w.text);
        w.sealed_len = class_len + ATR_TEXT_OVER_BYTES;
        bench_run("message_seal", ENGINE, class_len, seal, &w);
        bench_run("message_open", ENGINE, class_len, open, &w);
        check(atr_bytes_equal(w.got.text, w.text.text), "content");
    }
    return 0;
}
