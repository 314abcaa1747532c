/* rules.h - which attributes a directory entry or a token earns, by a file
 * that somebody wrote and others can read.
 *
 *     # one rule a line
 *     give member      if mail ends "@example.org"
 *     give cardiology  if memberOf is "cn=cardiology,ou=groups,dc=example"
 *     give senior staff if title begins Senior and accountStatus is active
 *     give since={startYear} if startYear
 *     give everybody
 *
 * A rule gives its attributes when each of its conditions holds for at least
 * one value of its key. A key alone holds when there is a value. Keys compare
 * without regard to the case of ASCII letters, as directories name them;
 * values compare byte by byte. "name={key}" is a number: the one value of the
 * key, decimal digits alone; where there is none, or several, the number is
 * not given. Nothing else of an entry ever becomes part of an attribute.
 */
#ifndef ATR_RULES_H
#define ATR_RULES_H

#include "host/fault.h"
#include "policy/attr.h"

#define ATR_RULES_BYTES_MAX 65536
#define ATR_RULES_MAX 1000
#define ATR_RULE_KEYS_MAX 64

typedef struct atr_rules atr_rules;

/* atr_rules_parse reads a file's text. ATR_ERR_INPUT with line and column, or
 * ATR_ERR_LIMIT. Free the rules with atr_rules_free. */
ATR_MUST_USE atr_err atr_rules_parse(atr_rules **out, atr_bytes text,
                                     atr_fault *fault);
void atr_rules_free(atr_rules *rules);

/* atr_rules_keys gives the keys that the rules look at, each once: what to ask
 * a directory for. They are borrowed from `rules` and end with a zero. */
size_t atr_rules_keys(const char *keys[ATR_RULE_KEYS_MAX],
                      const atr_rules *rules);

/* One value that the source vouches for. A key may come several times. */
typedef struct {
    atr_bytes key;
    atr_bytes value;
} atr_claim;

/* atr_rules_apply gives the attributes that `claims` earn, perhaps none.
 * ATR_ERR_INPUT when the rules give one number two values, ATR_ERR_LIMIT when
 * there are too many; `out` is then empty. */
ATR_MUST_USE atr_err atr_rules_apply(atr_attrs *out, const atr_rules *rules,
                                     const atr_claim *claims, size_t count,
                                     atr_fault *fault);

#endif
