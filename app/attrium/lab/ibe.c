/* Encryption to an identity: Boneh and Franklin. */
#include <stdlib.h>

#include "app/attrium/lab/lab.h"
#include "scheme/bf.h"

#define PERIOD 7

typedef struct {
    atr_fr s;
    uint8_t mpk[ATR_BF_MPK_BYTES];
    atr_bf bf; /* 70 kB */
    uint8_t capsule[ATR_BF_CAPSULE_BYTES];
    uint8_t key[ATR_BF_SHARED_BYTES];
} scene;

static bool opens(const scene *x, atr_bytes name, uint32_t period)
{
    uint8_t got[ATR_BF_SHARED_BYTES];
    atr_bf_key secret;
    atr_identity id;
    bool good;

    if (atr_identity_of(&id, name, period) != ATR_OK) {
        return false;
    }
    atr_bf_extract(&secret, &x->bf, &x->s, &id);
    good = atr_bf_decap(got, &x->bf, &secret, ATR_LITERAL("lab"),
                        ATR_BYTES(x->capsule)) == ATR_OK &&
           atr_secret_equal(got, x->key, sizeof got);
    atr_bf_key_wipe(&secret);
    atr_wipe(got, sizeof got);
    return good;
}

static void play(atr_lab *lab, scene *x)
{
    atr_bf_recipient to;
    atr_identity alice;

    atr_lab_say(lab, "An authority draws s and publishes P = g2^s");
    atr_bf_setup(&x->s, x->mpk, &lab->rng);
    atr_lab_show(lab, "master public key", ATR_BYTES(x->mpk));
    if (atr_bf_init(&x->bf, x->mpk) != ATR_OK ||
        atr_identity_of(&alice, ATR_LITERAL("alice@example.org"), PERIOD) !=
            ATR_OK) {
        atr_lab_claim(lab, false, "an authority can be made");
        return;
    }
    atr_lab_say(lab, "Anybody encapsulates to alice@example.org, period %d",
                PERIOD);
    atr_bf_recipient_init(&to, &x->bf, &alice);
    atr_bf_encap(x->capsule, x->key, &to, ATR_LITERAL("lab"), &lab->rng);
    atr_lab_show(lab, "capsule", ATR_BYTES(x->capsule));
    atr_lab_mark(lab, "the key inside", ATR_BYTES(x->key));
    atr_lab_say(lab, "The authority gives each name its key H1(name)^s");
    atr_lab_claim(lab, opens(x, ATR_LITERAL("alice@example.org"), PERIOD),
                  "alice opens the capsule");
    atr_lab_claim(lab, !opens(x, ATR_LITERAL("bob@example.org"), PERIOD),
                  "bob does not");
    atr_lab_claim(lab, !opens(x, ATR_LITERAL("alice@example.org"), PERIOD + 1),
                  "alice's key of another period does not");
    x->capsule[sizeof x->capsule - 1] ^= 1;
    atr_lab_claim(lab, !opens(x, ATR_LITERAL("alice@example.org"), PERIOD),
                  "a capsule with one bit changed is refused");
}

void atr_lab_ibe(atr_lab *lab)
{
    scene *x = calloc(1, sizeof *x);

    if (x == NULL) {
        atr_lab_claim(lab, false, "there is memory for an authority");
        return;
    }
    play(lab, x);
    atr_wipe(x, sizeof *x);
    free(x);
}
