/* Two keys that do not satisfy, pooled. */
#include "app/attrium/lab/lab.h"

#define POLICY "X and Y"

/* One key of the parts of two: X's, then Y's hashed attribute behind it; k1 or
 * k3 may come from Y as well. */
static void pool(atr_abe_key *out, const atr_abe_key *x, const atr_abe_key *y,
                 unsigned choice)
{
    *out = *x;
    out->attrs.attr[1] = y->attrs.attr[0]; /* X sorts before Y */
    out->attrs.count = 2;
    out->k2[1] = y->k2[0];
    if ((choice & 1) != 0) {
        out->k1 = y->k1;
        atr_abe_key_ready(out);
    }
    if ((choice & 2) != 0) {
        out->k3 = y->k3;
    }
}

static void meet(atr_lab *lab, atr_lab_world *w, atr_bytes capsule)
{
    static const char *const taken[] = {"none", "k1", "k3", "k1 and k3"};
    uint8_t got[ATR_KEM_KEY_BYTES];

    for (size_t i = 0; i < 2; i++) {
        atr_lab_claim(lab,
                      atr_kem_decap(got, &w->kem, &w->key[i], &w->policy,
                                    ATR_LITERAL("lab"),
                                    capsule) == ATR_ERR_POLICY,
                      "%s alone does not satisfy", i == 0 ? "{X}" : "{Y}");
    }
    atr_lab_say(lab, "They pool the parts of their keys");
    for (unsigned choice = 0; choice < 4; choice++) {
        pool(&w->key[2], &w->key[0], &w->key[1], choice);
        atr_lab_claim(
            lab,
            atr_policy_admits(&w->policy, &w->key[2].attrs) &&
                atr_kem_decap(got, &w->kem, &w->key[2], &w->policy,
                              ATR_LITERAL("lab"), capsule) == ATR_ERR_AUTH,
            "the pooled key opens nothing (from Y as well: %s)", taken[choice]);
    }
    atr_lab_say(lab, "Each key has a random exponent r of its own");
    atr_lab_say(lab, "Parts of different r do not cancel, those of one r do");
    if (atr_lab_key(lab, w, 2, "X, Y")) {
        atr_lab_claim(lab,
                      atr_kem_decap(got, &w->kem, &w->key[2], &w->policy,
                                    ATR_LITERAL("lab"), capsule) == ATR_OK,
                      "one key for both attributes opens it");
    }
    atr_wipe(got, sizeof got);
}

void atr_lab_collusion(atr_lab *lab)
{
    atr_lab_world *w = atr_lab_open(lab, POLICY);
    uint8_t key[ATR_KEM_KEY_BYTES];
    atr_bytes capsule;

    if (w == NULL) {
        return;
    }
    capsule =
        (atr_bytes){w->message[0], atr_kem_capsule_len(&w->kem, &w->policy)};
    atr_lab_say(lab, "A capsule is for " POLICY);
    if (capsule.len > sizeof w->message[0]) {
        atr_lab_claim(lab, false, "the capsule is small");
    } else if (atr_lab_key(lab, w, 0, "X") && atr_lab_key(lab, w, 1, "Y")) {
        atr_kem_encap(w->message[0], key, &w->kem, &w->policy,
                      ATR_LITERAL("lab"), &lab->rng);
        atr_lab_say(lab, "One person has {X}, another has {Y}");
        meet(lab, w, capsule);
    }
    atr_wipe(key, sizeof key);
    atr_lab_close(w);
}
