/* screen.h - the terminal in line mode: what is typed stays at the bottom,
 * what happens is printed above it. The only file that knows terminals.
 */
#ifndef ATR_SCREEN_H
#define ATR_SCREEN_H

#include "app/attrium/edit.h"

typedef struct {
    atr_edit edit;
    const char *prompt;
    bool is_raw; /* the terminal is ours */
} atr_screen;

/* atr_screen_open takes the terminal of standard input and output; it is given
 * back by atr_screen_close, and when the program exits otherwise. */
void atr_screen_open(atr_screen *screen, const char *prompt);
void atr_screen_close(atr_screen *screen);

/* atr_screen_print shows `text`, which is safe, as one line above. */
void atr_screen_print(atr_screen *screen, const char *text);

/* atr_screen_draw draws the line being typed. */
void atr_screen_draw(const atr_screen *screen);

/* atr_screen_suspend stops the program as Ctrl+Z does, and takes the terminal
 * again when it goes on. */
void atr_screen_suspend(atr_screen *screen);

/* atr_screen_is_possible tells whether both standard streams are terminals
 * that can be drawn on. */
bool atr_screen_is_possible(void);

#endif
