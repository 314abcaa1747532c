/* cp_parts.h - what a scheme of cp.h brings: the making and the opening of a
 * header.
 */
#ifndef ATR_CP_PARTS_H
#define ATR_CP_PARTS_H

#include "policy/policy_wire.h"
#include "scheme/cp.h"
#include "scheme/fo.h"
#include "scheme/held_rows.h"

/* One capsule: what its core is made from, and the policy in its byte form. */
typedef struct {
    const atr_cp *cp;
    const atr_policy *policy;
    atr_policy_rows rows;
    uint8_t tree[ATR_POLICY_BYTES_MAX];
    atr_fo fo;
} atr_cp_transform;

struct atr_cp_scheme {
    uint8_t id;
    bool one_use;        /* no attribute twice in a policy */
    atr_share_cost cost; /* of a row, when it is opened */
    size_t head_bytes;   /* of a header */
    size_t row_bytes;    /* and of each row in it */

    /* As atr_fo.encap; the context is an atr_cp_transform. */
    void (*encap)(uint8_t *header, atr_gt *z, const void *transform,
                  atr_rng *coins);
    /* Z of a header of the right length, by the key of t->cp. ATR_ERR_AUTH for
     * a point that is none: every one is read, used or not. */
    atr_err (*open)(atr_gt *z, const atr_cp_transform *t,
                    const atr_held_rows *held, const uint8_t *header);
};

#define ATR_CP_HEADER_BYTES_MAX                                                \
    (3 * ATR_G2_BYTES + ATR_POLICY_ROWS_MAX * 3 * ATR_G1_BYTES)

#endif
