/* curve_batch_g2.c - many points of G2 at once against one after another. */
#include "kit/kit.h"

#include "curve/batch.h"
#include "curve/constants.h"

#define ROOM(name) atr_g2_##name
#define POINT atr_g2
#define AFFINE atr_g2_affine
#define TABLE atr_g2_table
#define ELEMENT atr_fp2
#define BYTES ATR_G2_BYTES
#define GROUP "G2"

static const atr_g2_affine small_order;

#define WEIGH atr_g2_weigh_vartime

#include "curve_batch.inc"

BOTH(mul)
BOTH(table_mul)
BOTH(read_all)
BOTH(read_bad)
BOTH(read_vectors)
BOTH(weigh)
BOTH(weigh_met)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mul_portable),
        cmocka_unit_test(mul_ifma),
        cmocka_unit_test(table_mul_portable),
        cmocka_unit_test(table_mul_ifma),
        cmocka_unit_test(read_all_portable),
        cmocka_unit_test(read_all_ifma),
        cmocka_unit_test(read_bad_portable),
        cmocka_unit_test(read_bad_ifma),
        cmocka_unit_test(read_vectors_portable),
        cmocka_unit_test(read_vectors_ifma),
        cmocka_unit_test(weigh_portable),
        cmocka_unit_test(weigh_ifma),
        cmocka_unit_test(weigh_met_portable),
        cmocka_unit_test(weigh_met_ifma),
    };

    return cmocka_run_group_tests(tests, seed_once, NULL);
}
