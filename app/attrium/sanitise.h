/* sanitise.h - text from other people made safe for a terminal.
 *
 * Names, policies and messages come from strangers. Before anything of them
 * is shown, controls (C0, DEL, C1, so every escape sequence loses its head),
 * bidirectional overrides, and characters of no width are dropped, and what
 * is not UTF-8 becomes U+FFFD. Line ends and tabs become blanks, and no more
 * than four combining marks stay on one letter.
 */
#ifndef ATR_SANITISE_H
#define ATR_SANITISE_H

#include "base/base.h"

/* atr_sanitise writes `in`, made safe and cut to whole characters that fit
 * `cap` bytes with the zero that ends them, and returns its length. `cap` is
 * not 0; 3 * in.len + 1 is always enough. */
size_t atr_sanitise(char *out, size_t cap, atr_bytes in);

/* atr_utf8_next reads the first character of `in` to `*point` and returns its
 * bytes; 0 at the end. A byte that begins no valid character counts as one
 * character U+FFFD. */
size_t atr_utf8_next(uint32_t *point, atr_bytes in);

/* atr_utf8_width tells how many columns `point` takes: 0, 1 or 2. */
unsigned atr_utf8_width(uint32_t point);

#endif
