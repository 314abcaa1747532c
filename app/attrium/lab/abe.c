/* Attribute-based encryption: one capsule, five people. */
#include "app/attrium/lab/lab.h"

static const struct {
    const char *attrs;
    bool opens;
} people[] = {
    {"ONE, THREE, TWO", true},
    {"THREE, TWO, FOUR", true},
    {"ONE, THREE, FOUR", true},
    {"ONE, TWO, FIVE", true},
    {"FIVE", false},
};

static void meet(atr_lab *lab, atr_lab_world *w, size_t person,
                 atr_bytes capsule, const uint8_t key[ATR_KEM_KEY_BYTES])
{
    const char *attrs = people[person].attrs;
    uint8_t got[ATR_KEM_KEY_BYTES];
    atr_err err;

    if (!atr_lab_key(lab, w, 0, attrs)) {
        return;
    }
    err = atr_kem_decap(got, &w->kem, &w->key[0], &w->policy,
                        ATR_LITERAL("lab"), capsule);
    if (people[person].opens) {
        atr_lab_claim(lab, err == ATR_OK && memcmp(got, key, sizeof got) == 0,
                      "{%s} opens it, to the same key", attrs);
        return;
    }
    atr_lab_claim(lab, err == ATR_ERR_POLICY, "{%s} does not satisfy", attrs);
    atr_lab_say(lab, "{%s} skips the check and tries with what it has", attrs);
    err = atr_kem_decap_forced(got, &w->kem, &w->key[0], &w->policy,
                               ATR_LITERAL("lab"), capsule);
    atr_lab_claim(lab, err == ATR_ERR_AUTH && memcmp(got, key, sizeof got) != 0,
                  "forced opening fails for {%s}", attrs);
}

void atr_lab_abe(atr_lab *lab)
{
    atr_lab_world *w = atr_lab_open(lab, ATR_LAB_POLICY);
    uint8_t key[ATR_KEM_KEY_BYTES];
    atr_bytes capsule;

    if (w == NULL) {
        return;
    }
    capsule =
        (atr_bytes){w->message[0], atr_kem_capsule_len(&w->kem, &w->policy)};
    if (capsule.len > sizeof w->message[0]) {
        atr_lab_claim(lab, false, "the capsule is small");
        atr_lab_close(w);
        return;
    }
    atr_lab_say(lab, "Anybody encapsulates under " ATR_LAB_POLICY);
    atr_kem_encap(w->message[0], key, &w->kem, &w->policy, ATR_LITERAL("lab"),
                  &lab->rng);
    atr_lab_say(lab, "The capsule has %zu bytes", capsule.len);
    atr_lab_mark(lab, "the key inside", ATR_BYTES(key));
    atr_lab_say(lab, "Five people receive keys for their attributes");
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
        meet(lab, w, i, capsule, key);
    }
    atr_wipe(key, sizeof key);
    atr_lab_close(w);
}
