/* policy_wire.h - policies as bytes: the form that is hashed.
 *
 * Prefix order: 01 len bytes is a leaf, 02 k m and m children is "k of m".
 * The form is canonical: reading and writing again gives the same bytes.
 */
#ifndef ATR_POLICY_WIRE_H
#define ATR_POLICY_WIRE_H

#include "base/bytes.h"
#include "policy/policy.h"

#define ATR_POLICY_BYTES_MAX                                                   \
    (ATR_POLICY_ROWS_MAX * (2 + ATR_ATTR_BYTES_MAX) +                          \
     (ATR_POLICY_STEPS_MAX - ATR_POLICY_ROWS_MAX) * 3)

void atr_policy_build(atr_builder *builder, const atr_policy *policy);

/* atr_policy_bytes returns how many bytes atr_policy_build writes. */
size_t atr_policy_bytes(const atr_policy *policy);

/* atr_policy_read takes exactly one policy from `in`: ATR_ERR_INPUT when it
 * is malformed or followed by anything, ATR_ERR_LIMIT when it is too large. */
ATR_MUST_USE atr_err atr_policy_read(atr_policy *out, atr_bytes in);

#endif
