/* dearmour.h - reading armour (armour.h) of any length, character by character
 * and with constant memory.
 *
 * Stricter than atr_armour_read: lines of 64 characters but for the last, no
 * blank lines inside, nothing but blanks around. A line may end with CR LF.
 * What was given out before damage is found must be checked by other means.
 */
#ifndef ATR_DEARMOUR_H
#define ATR_DEARMOUR_H

#include "base/base.h"

#define ATR_DEARMOUR_BYTES_MAX 48 /* what one line gives */
#define ATR_DEARMOUR_LINE_MAX 80

typedef struct {
    const char *label;
    enum { ATR_DEARMOUR_HEAD, ATR_DEARMOUR_BODY, ATR_DEARMOUR_TAIL } part;
    bool is_last; /* a short line was read: the end must follow */
    size_t len;
    char line[ATR_DEARMOUR_LINE_MAX];
} atr_dearmour;

/* atr_dearmour_init; `label` is borrowed. */
void atr_dearmour_init(atr_dearmour *out, const char *label);

/* atr_dearmour_take takes one character, and gives the bytes of the line that
 * it ends. atr_dearmour_end takes the end of the input. ATR_ERR_INPUT when it
 * is damaged or, at the end, cut off; nothing may be taken after that. */
ATR_MUST_USE atr_err atr_dearmour_take(atr_dearmour *dearmour,
                                       uint8_t out[ATR_DEARMOUR_BYTES_MAX],
                                       size_t *len, uint8_t character);
ATR_MUST_USE atr_err atr_dearmour_end(atr_dearmour *dearmour,
                                      uint8_t out[ATR_DEARMOUR_BYTES_MAX],
                                      size_t *len);

#endif
