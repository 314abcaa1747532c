/* policy_text.h - policies as people write them.
 *
 *     policy := and ("or" and)*            and := unit ("and" unit)*
 *     unit   := ATTR | NUMBER | "(" policy ")"
 *             | K "of" "(" policy ("," policy)+ ")"
 *     NUMBER := ATTR["#"WIDTH] ( < | <= | > | >= | = ) INT
 *             | ATTR["#"WIDTH] "in" ( "[" LO "," HI "]" | LO ".." HI )
 *
 * Words of the grammar (and, or, of, in, not) are known in any case and never
 * name an attribute; attributes are ASCII and compared byte by byte. INT, LO
 * and HI are decimal numbers or dates YYYY-MM-DD; WIDTH is 1 to 32 bits, 32
 * when left out. A chain "a and b and c" is one gate, and so is "a or b or c";
 * parentheses around a part of it make that part a gate of its own. A
 * comparison is one "or" over the smallest cover of its range (number.h).
 */
#ifndef ATR_POLICY_TEXT_H
#define ATR_POLICY_TEXT_H

#include "policy/policy.h"

#define ATR_POLICY_TEXT_BYTES_MAX 65536

/* atr_policy_parse returns ATR_OK, ATR_ERR_INPUT or ATR_ERR_LIMIT; on error
 * `error` (which may be NULL) tells where and what, and `out` is all zero. */
ATR_MUST_USE atr_err atr_policy_parse(atr_policy *out, atr_bytes text,
                                      atr_text_error *error);

/* atr_policy_format writes the one canonical text of `policy`, ended by a
 * zero; parsing it gives the same policy. ATR_ERR_LIMIT when it does not
 * fit `out_cap` bytes: ATR_POLICY_TEXT_BYTES_MAX + 1 are always enough. */
ATR_MUST_USE atr_err atr_policy_format(char *out, size_t out_cap,
                                       const atr_policy *policy);

/* atr_policy_explain writes what `attrs` lacks of `policy`: attributes and
 * comparisons such as "year >= 5, staff", ended by a zero; nothing when it is
 * satisfied. It is the list of atr_policy_lacks in the words of the policy.
 * ATR_ERR_LIMIT when it does not fit. */
ATR_MUST_USE atr_err atr_policy_explain(char *out, size_t out_cap,
                                        const atr_policy *policy,
                                        const atr_attrs *attrs);

/* atr_attr_format writes one attribute as a person would write it; the label
 * of a period, which nobody can write, as "<period 2932>". */
ATR_MUST_USE atr_err atr_attr_format(char *out, size_t out_cap,
                                     const atr_attr *attr);

#endif
