/* universe.h - the attributes that an authority gives, as a list of words.
 *
 *     # one or more words a line; "#" begins a comment
 *     ONE TWO THREE
 *     staff, student
 *     year=            any value of this number
 */
#ifndef ATR_UNIVERSE_H
#define ATR_UNIVERSE_H

#include "host/fault.h"
#include "policy/attr.h"

#define ATR_ATTRS_TEXT_MAX (ATR_ATTRS_MAX * (ATR_ATTR_BYTES_MAX + 16))

/* atr_universe_check returns ATR_ERR_INPUT, naming the line, when a word is not
 * a name that may be used. */
ATR_MUST_USE atr_err atr_universe_check(atr_bytes universe, atr_fault *fault);

/* atr_universe_admits checks that `attrs` is what a person can write (whole
 * numbers, one value each) and stands in `universe` (empty: anything does),
 * and writes its canonical text. ATR_ERR_INPUT names the attribute. */
ATR_MUST_USE atr_err atr_universe_admits(char text[ATR_ATTRS_TEXT_MAX],
                                         atr_bytes universe,
                                         const atr_attrs *attrs,
                                         atr_fault *fault);

#endif
