/* comparison.h - numbers within a text: widths, values and comparisons.
 *
 * All of these fail the lexer where something is wrong, and then return
 * something harmless.
 */
#ifndef ATR_COMPARISON_H
#define ATR_COMPARISON_H

#include "policy/lexer.h"
#include "policy/number.h"

/* atr_comparison_width takes "#" WIDTH where the present token is "#", and
 * returns the width, or the default without `*said`. */
unsigned atr_comparison_width(bool *said, atr_lexer *lexer);

/* atr_comparison_value takes a number of at most `width` bits. */
uint32_t atr_comparison_value(atr_lexer *lexer, unsigned width);

/* atr_comparison_parse takes what follows the name of a number, of which
 * out->name and out->width are set, from the comparison on. Returns false, and
 * takes nothing, when there is no comparison. The range is not empty. */
bool atr_comparison_parse(atr_range *out, atr_lexer *lexer);

#endif
