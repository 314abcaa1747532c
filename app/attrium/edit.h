/* edit.h - the line that is being typed: a value, without any terminal.
 *
 * Bytes of the keyboard go in one by one, escape sequences included; a picture
 * of the line comes out as bytes for the terminal, always on one row, scrolled
 * sideways where it is long. So what arrives from others can be printed above:
 * erase the row, print, draw again.
 *
 *     Left Right Home End, Ctrl+A E B F, Alt+B F   move
 *     Backspace Delete, Ctrl+D K U W, Alt+D        delete; Ctrl+Y brings back
 *     Up Down, Ctrl+P N                            history
 *
 * A pasted text (bracketed paste) stays in the line, its line ends as blanks,
 * so that nothing is sent before Enter.
 */
#ifndef ATR_EDIT_H
#define ATR_EDIT_H

#include "base/base.h"

#define ATR_EDIT_BYTES_MAX 16000
#define ATR_EDIT_HISTORY_MAX 64

typedef enum {
    ATR_EDIT_NONE,      /* nothing to see */
    ATR_EDIT_CHANGED,   /* draw it again */
    ATR_EDIT_LINE,      /* `done` is a line; draw it again */
    ATR_EDIT_END,       /* Ctrl+D on an empty line */
    ATR_EDIT_INTERRUPT, /* Ctrl+C; the line is as it was */
    ATR_EDIT_SUSPEND,   /* Ctrl+Z */
    ATR_EDIT_REDRAW     /* Ctrl+L */
} atr_edit_result;

typedef struct {
    uint8_t line[ATR_EDIT_BYTES_MAX];
    size_t len;
    size_t at;                            /* the cursor, in bytes */
    uint8_t done[ATR_EDIT_BYTES_MAX + 1]; /* with a zero after it */
    size_t done_len;
    uint8_t killed[ATR_EDIT_BYTES_MAX];
    size_t killed_len;
    uint8_t escape[16]; /* an escape sequence, or the start of a character */
    size_t escape_len;
    bool pasting;
    bool full;                           /* something typed did not fit */
    char *history[ATR_EDIT_HISTORY_MAX]; /* oldest first */
    size_t history_count;
    size_t history_at; /* history_count: the line itself */
} atr_edit;

void atr_edit_init(atr_edit *edit);

/* atr_edit_wipe frees the history and wipes what was typed. */
void atr_edit_wipe(atr_edit *edit);

/* atr_edit_byte takes one byte from the keyboard. */
atr_edit_result atr_edit_byte(atr_edit *edit, uint8_t byte);

/* atr_edit_clear empties the line (and keeps it for Ctrl+Y). */
void atr_edit_clear(atr_edit *edit);

/* atr_edit_draw writes what draws `prompt` (ASCII) and the line on the row of
 * the cursor, for a terminal of `columns`, and returns its length. `out` of
 * 4 * columns + 128 bytes is enough; what does not fit is left out. */
size_t atr_edit_draw(char *out, size_t cap, const atr_edit *edit,
                     const char *prompt, unsigned columns);

#endif
