/* The pairing is bilinear. */
#include "app/attrium/lab/lab.h"

void atr_lab_pairing(atr_lab *lab)
{
    atr_fr a, b, ab;
    atr_g1 ap;
    atr_g2 bq;
    atr_g1_affine p;
    atr_g2_affine q;
    atr_gt left, right;

    atr_lab_say(lab, "P generates G1, Q generates G2, both of order r");
    atr_pairing(&right, &atr_g1_generator, &atr_g2_generator);
    atr_lab_gt(lab, "e(P, Q)", &right);
    atr_lab_claim(lab, atr_gt_is_one(&right) == 0, "e(P, Q) is not 1");
    atr_lab_say(lab, "Two random numbers a and b");
    atr_fr_random(&a, &lab->rng);
    atr_fr_random(&b, &lab->rng);
    atr_lab_scalar(lab, "a", &a);
    atr_lab_scalar(lab, "b", &b);
    atr_lab_say(lab, "Left, pair the multiples");
    atr_g1_mul(&ap, &atr_g1_generator, &a);
    atr_g2_mul(&bq, &atr_g2_generator, &b);
    atr_g1_to_affine(&p, &ap);
    atr_g2_to_affine(&q, &bq);
    atr_pairing(&left, &p, &q);
    atr_lab_gt(lab, "e(aP, bQ)", &left);
    atr_lab_say(lab, "Right, raise the pairing to a b");
    atr_fr_mul(&ab, &a, &b);
    atr_gt_pow(&right, &right, &ab);
    atr_lab_gt(lab, "e(P, Q)^(ab)", &right);
    atr_lab_claim(lab, atr_gt_equal(&left, &right) != 0,
                  "e(aP, bQ) = e(P, Q)^(ab)");
    atr_lab_say(lab, "It does not matter on which side a stands");
    atr_g2_mul(&bq, &q, &a);
    atr_g2_to_affine(&q, &bq);
    atr_pairing(&left, &atr_g1_generator, &q);
    atr_lab_claim(lab, atr_gt_equal(&left, &right) != 0,
                  "e(P, abQ) = e(P, Q)^(ab)");
}
