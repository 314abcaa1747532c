#include "curve/fr.h"

#include "curve/limb.h"
#include "curve/modulus.h"

#define WORDS 4
#define MINUS_INVERSE ATR_FR_INVERSE
#define ROUNDS 9 /* 540 steps; 2 * 255 - 1 are enough */

static const uint64_t modulus[WORDS] = {ATR_FR_MODULUS0, ATR_FR_MODULUS1,
                                        ATR_FR_MODULUS2, ATR_FR_MODULUS3};

#include "curve/inverse.inc"

/* Of x R it is 1 / (x R); two factors R make Montgomery form of 1 / x. */
void atr_fr_inv(atr_fr *out, const atr_fr *in)
{
    static const atr_fr r3 = {{ATR_FR_R30, ATR_FR_R31, ATR_FR_R32, ATR_FR_R33}};
    atr_fr a = *in;
    atr_fr v;

    invert(v.limb, a.limb);
    atr_fr_mul(out, &v, &r3);
    atr_wipe(&v, sizeof v);
}
