/* names.h - one source, two engines. The files of lib/curve whose speed hangs
 * on the products mod p are compiled twice where ATR_HAVE_MULX: as they are,
 * over portable C, and from lib/curve/mulx/, over the products there. Each
 * of them includes this header first; it gives their functions the names of
 * their engine. No other file includes it, except tests that want one engine's
 * fields.
 *
 * Functions that engine.c chooses between are atr_portable_x and atr_mulx_x,
 * and atr_x is the choice. What is below them, and what is too short to
 * choose for, keeps its name atr_x in the portable engine.
 */
#ifndef ATR_NAMES_H
#define ATR_NAMES_H

#include "curve/engine.h"

#ifdef ATR_HAVE_MULX

#ifdef ATR_ENGINE_MULX
#define ATR_NAME(name) atr_mulx_##name
#else
#define ATR_NAME(name) atr_portable_##name
#endif

/* Chosen by engine.c: ATR_ENGINE_CHOICE there lists them too. */
#define atr_g1_add ATR_NAME(g1_add)
#define atr_g1_add_affine ATR_NAME(g1_add_affine)
#define atr_g1_clear_cofactor ATR_NAME(g1_clear_cofactor)
#define atr_g1_dbl ATR_NAME(g1_dbl)
#define atr_g1_encode ATR_NAME(g1_encode)
#define atr_g1_hash ATR_NAME(g1_hash)
#define atr_g1_in_subgroup_vartime ATR_NAME(g1_in_subgroup_vartime)
#define atr_g1_map ATR_NAME(g1_map)
#define atr_g1_mul ATR_NAME(g1_mul)
#define atr_g1_mul_vartime ATR_NAME(g1_mul_vartime)
#define atr_g1_read ATR_NAME(g1_read)
#define atr_g1_read_any ATR_NAME(g1_read_any)
#define atr_g1_read_curve ATR_NAME(g1_read_curve)
#define atr_g1_read_wide ATR_NAME(g1_read_wide)
#define atr_g1_read_wide_any ATR_NAME(g1_read_wide_any)
#define atr_g1_sum_vartime ATR_NAME(g1_sum_vartime)
#define atr_g1_table_init ATR_NAME(g1_table_init)
#define atr_g1_table_mul ATR_NAME(g1_table_mul)
#define atr_g1_to_affine ATR_NAME(g1_to_affine)
#define atr_g1_to_affine_many ATR_NAME(g1_to_affine_many)
#define atr_g2_add ATR_NAME(g2_add)
#define atr_g2_add_affine ATR_NAME(g2_add_affine)
#define atr_g2_clear_cofactor ATR_NAME(g2_clear_cofactor)
#define atr_g2_dbl ATR_NAME(g2_dbl)
#define atr_g2_encode ATR_NAME(g2_encode)
#define atr_g2_hash ATR_NAME(g2_hash)
#define atr_g2_in_subgroup_vartime ATR_NAME(g2_in_subgroup_vartime)
#define atr_g2_lines_init ATR_NAME(g2_lines_init)
#define atr_g2_map ATR_NAME(g2_map)
#define atr_g2_mul ATR_NAME(g2_mul)
#define atr_g2_mul_vartime ATR_NAME(g2_mul_vartime)
#define atr_g2_read ATR_NAME(g2_read)
#define atr_g2_read_any ATR_NAME(g2_read_any)
#define atr_g2_read_wide ATR_NAME(g2_read_wide)
#define atr_g2_read_wide_any ATR_NAME(g2_read_wide_any)
#define atr_g2_sum_vartime ATR_NAME(g2_sum_vartime)
#define atr_g2_table_init ATR_NAME(g2_table_init)
#define atr_g2_table_mul ATR_NAME(g2_table_mul)
#define atr_g2_to_affine ATR_NAME(g2_to_affine)
#define atr_g2_to_affine_many ATR_NAME(g2_to_affine_many)
#define atr_gt_mul ATR_NAME(gt_mul)
#define atr_gt_pow ATR_NAME(gt_pow)
#define atr_gt_pow_vartime ATR_NAME(gt_pow_vartime)
#define atr_gt_read ATR_NAME(gt_read)
#define atr_gt_table_init ATR_NAME(gt_table_init)
#define atr_gt_table_pow ATR_NAME(gt_table_pow)
#define atr_pairing ATR_NAME(pairing)
#define atr_pairing_final ATR_NAME(pairing_final)
#define atr_pairing_miller ATR_NAME(pairing_miller)
#define atr_pairing_product ATR_NAME(pairing_product)

#ifdef ATR_ENGINE_MULX
/* Below the choice: the fields. */
#define atr_fp_equal ATR_NAME(fp_equal)
#define atr_fp_inv_many ATR_NAME(fp_inv_many)
#define atr_fp_is_cube ATR_NAME(fp_is_cube)
#define atr_fp_is_high ATR_NAME(fp_is_high)
#define atr_fp_is_odd ATR_NAME(fp_is_odd)
#define atr_fp_is_zero ATR_NAME(fp_is_zero)
#define atr_fp_mul ATR_NAME(fp_mul)
#define atr_fp_mul_wide ATR_NAME(fp_mul_wide)
#define atr_fp_of ATR_NAME(fp_of)
#define atr_fp_pow_root ATR_NAME(fp_pow_root)
#define atr_fp_read ATR_NAME(fp_read)
#define atr_fp_read_wide ATR_NAME(fp_read_wide)
#define atr_fp_reduce ATR_NAME(fp_reduce)
#define atr_fp_sqr ATR_NAME(fp_sqr)
#define atr_fp_sqrt ATR_NAME(fp_sqrt)
#define atr_fp_two_products ATR_NAME(fp_two_products)
#define atr_fp_write ATR_NAME(fp_write)
#define atr_fp2_inv ATR_NAME(fp2_inv)
#define atr_fp2_inv_many ATR_NAME(fp2_inv_many)
#define atr_fp2_is_high ATR_NAME(fp2_is_high)
#define atr_fp2_is_odd ATR_NAME(fp2_is_odd)
#define atr_fp2_mul ATR_NAME(fp2_mul)
#define atr_fp2_mul_wide ATR_NAME(fp2_mul_wide)
#define atr_fp2_read ATR_NAME(fp2_read)
#define atr_fp2_reduce ATR_NAME(fp2_reduce)
#define atr_fp2_sqr ATR_NAME(fp2_sqr)
#define atr_fp2_sqr_wide ATR_NAME(fp2_sqr_wide)
#define atr_fp2_sqrt ATR_NAME(fp2_sqrt)
#define atr_fp2_sqrt_of_norm ATR_NAME(fp2_sqrt_of_norm)
#define atr_fp2_write ATR_NAME(fp2_write)
#define atr_fp6_add ATR_NAME(fp6_add)
#define atr_fp6_add_lazy ATR_NAME(fp6_add_lazy)
#define atr_fp6_inv ATR_NAME(fp6_inv)
#define atr_fp6_mul ATR_NAME(fp6_mul)
#define atr_fp6_mul_01_wide ATR_NAME(fp6_mul_01_wide)
#define atr_fp6_mul_1_wide ATR_NAME(fp6_mul_1_wide)
#define atr_fp6_mul_v ATR_NAME(fp6_mul_v)
#define atr_fp6_mul_wide ATR_NAME(fp6_mul_wide)
#define atr_fp6_neg ATR_NAME(fp6_neg)
#define atr_fp6_reduce ATR_NAME(fp6_reduce)
#define atr_fp6_sqr ATR_NAME(fp6_sqr)
#define atr_fp6_sub ATR_NAME(fp6_sub)
#define atr_fp6_wide_add_v ATR_NAME(fp6_wide_add_v)
#define atr_fp6_wide_fold ATR_NAME(fp6_wide_fold)
#define atr_fp6_wide_sub_sub ATR_NAME(fp6_wide_sub_sub)
#define atr_fp12_conj ATR_NAME(fp12_conj)
#define atr_fp12_cyclotomic_pow_x ATR_NAME(fp12_cyclotomic_pow_x)
#define atr_fp12_cyclotomic_sqr ATR_NAME(fp12_cyclotomic_sqr)
#define atr_fp12_equal ATR_NAME(fp12_equal)
#define atr_fp12_frobenius ATR_NAME(fp12_frobenius)
#define atr_fp12_frobenius2 ATR_NAME(fp12_frobenius2)
#define atr_fp12_inv ATR_NAME(fp12_inv)
#define atr_fp12_mul ATR_NAME(fp12_mul)
#define atr_fp12_mul_line ATR_NAME(fp12_mul_line)
#define atr_fp12_one ATR_NAME(fp12_one)
#define atr_fp12_select ATR_NAME(fp12_select)
#define atr_fp12_sqr ATR_NAME(fp12_sqr)

/* Too short to choose for. */
#define atr_g1_affine_equal ATR_NAME(g1_affine_equal)
#define atr_g1_affine_is_identity_vartime                                      \
    ATR_NAME(g1_affine_is_identity_vartime)
#define atr_g1_affine_neg ATR_NAME(g1_affine_neg)
#define atr_g1_equal ATR_NAME(g1_equal)
#define atr_g1_from_affine ATR_NAME(g1_from_affine)
#define atr_g1_identity ATR_NAME(g1_identity)
#define atr_g1_is_identity ATR_NAME(g1_is_identity)
#define atr_g1_neg ATR_NAME(g1_neg)
#define atr_g1_on_curve_vartime ATR_NAME(g1_on_curve_vartime)
#define atr_g1_select ATR_NAME(g1_select)
#define atr_g1_write ATR_NAME(g1_write)
#define atr_g1_write_wide ATR_NAME(g1_write_wide)
#define atr_g2_affine_equal ATR_NAME(g2_affine_equal)
#define atr_g2_affine_is_identity_vartime                                      \
    ATR_NAME(g2_affine_is_identity_vartime)
#define atr_g2_affine_neg ATR_NAME(g2_affine_neg)
#define atr_g2_equal ATR_NAME(g2_equal)
#define atr_g2_from_affine ATR_NAME(g2_from_affine)
#define atr_g2_identity ATR_NAME(g2_identity)
#define atr_g2_is_identity ATR_NAME(g2_is_identity)
#define atr_g2_neg ATR_NAME(g2_neg)
#define atr_g2_on_curve_vartime ATR_NAME(g2_on_curve_vartime)
#define atr_g2_select ATR_NAME(g2_select)
#define atr_g2_write ATR_NAME(g2_write)
#define atr_g2_write_wide ATR_NAME(g2_write_wide)
#define atr_gt_equal ATR_NAME(gt_equal)
#define atr_gt_inv ATR_NAME(gt_inv)
#define atr_gt_is_one ATR_NAME(gt_is_one)
#define atr_gt_one ATR_NAME(gt_one)
#define atr_gt_write ATR_NAME(gt_write)
#endif

#endif

#endif
