/* utf8.h - what counts as text: well-formed UTF-8 (RFC 3629). */
#ifndef ATR_UTF8_H
#define ATR_UTF8_H

#include "base/base.h"

/* atr_utf8_is_text returns whether `bytes` is well-formed and holds no zero
 * byte. Control characters are for the one who shows it to filter. */
bool atr_utf8_is_text(atr_bytes bytes);

/* atr_utf8_is_label returns whether `bytes` is text that may stand in a line:
 * no control characters, and none of those that are invisible or turn the
 * direction of writing, so that two labels that look alike are alike. */
bool atr_utf8_is_label(atr_bytes bytes);

#endif
