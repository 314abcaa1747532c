/* Shamir's sharing: two of three. */
#include "app/attrium/lab/lab.h"
#include "policy/shamir.h"

#define SHARES 3
#define THRESHOLD 2

static void recover_from_each_pair(atr_lab *lab, const atr_fr *secret,
                                   const atr_shamir_share *share)
{
    for (size_t i = 0; i < SHARES; i++) {
        for (size_t j = i + 1; j < SHARES; j++) {
            atr_shamir_share pair[] = {share[i], share[j]};
            atr_fr got;
            bool good = atr_shamir_combine(&got, pair, 2, THRESHOLD) == ATR_OK;

            atr_lab_claim(lab, good && atr_fr_equal(&got, secret) != 0,
                          "shares %u and %u give the secret", pair[0].place,
                          pair[1].place);
        }
    }
}

/* The line through (0, guess) and the share we hold is a sharing too. */
static void one_share_fits(atr_lab *lab, const char *what, const atr_fr *guess,
                           const atr_shamir_share *held)
{
    atr_fr poly[THRESHOLD] = {*guess};
    atr_shamir_share other[SHARES];
    bool good;

    atr_fr_sub(&poly[1], &held->value, guess); /* place 1: f_1 = f(1) - f(0) */
    good = atr_shamir_split_derand(other, SHARES, poly, THRESHOLD) == ATR_OK;
    atr_lab_claim(lab, good && atr_fr_equal(&other[0].value, &held->value) != 0,
                  "share 1 fits the secret %s as well", what);
}

void atr_lab_sharing(atr_lab *lab)
{
    const atr_fr zero = atr_fr_of(0);
    const atr_fr seven = atr_fr_of(7);
    atr_shamir_share share[SHARES];
    atr_fr secret;

    atr_lab_say(lab, "A secret s is a number below the group order r");
    atr_fr_random(&secret, &lab->rng);
    atr_lab_scalar(lab, "s", &secret);
    atr_lab_say(lab, "It becomes f(0) of a random line f");
    atr_lab_say(lab, "Share j is the point f(j)");
    if (atr_shamir_split(share, SHARES, THRESHOLD, &secret, &lab->rng) !=
        ATR_OK) {
        atr_lab_claim(lab, false, "a secret can be split");
        return;
    }
    atr_lab_scalar(lab, "share 1", &share[0].value);
    atr_lab_scalar(lab, "share 2", &share[1].value);
    atr_lab_scalar(lab, "share 3", &share[2].value);
    atr_lab_say(lab, "Two points determine a line");
    recover_from_each_pair(lab, &secret, share);
    atr_lab_say(lab, "One point lies on a line through every secret");
    one_share_fits(lab, "s", &secret, &share[0]);
    one_share_fits(lab, "0", &zero, &share[0]);
    one_share_fits(lab, "7", &seven, &share[0]);
    atr_wipe(&secret, sizeof secret);
}
