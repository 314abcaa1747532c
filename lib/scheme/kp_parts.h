/* kp_parts.h - what the files of the key-policy schemes share.
 */
#ifndef ATR_KP_PARTS_H
#define ATR_KP_PARTS_H

#include "scheme/attr_points.h"
#include "scheme/kp.h"

/* j(i), and how many there are. */
size_t atr_kp_twist(const atr_kp *kp, const atr_policy_rows *rows, size_t row);
size_t atr_kp_twists(const atr_kp *kp, const atr_policy_rows *rows);

/* (2): H(u) of this authority. */
atr_attr_hash atr_kp_hash(const atr_kp *kp);

#endif
