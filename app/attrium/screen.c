#include "app/attrium/screen.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define COLUMNS_PRESET 80
#define COLUMNS_MAX 1000

/* For the end of the program, which knows no context. */
static struct termios saved;
static bool is_saved;

static void put(const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t wrote = write(STDOUT_FILENO, bytes, len);

        if (wrote <= 0) {
            return; /* nobody looks any more */
        }
        bytes += wrote;
        len -= (size_t)wrote;
    }
}

static void give_back(void)
{
    if (is_saved) {
        put("\r\033[K\033[?2004l", 12);
        (void)tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
        is_saved = false;
    }
}

static bool take(void)
{
    struct termios raw;

    if (tcgetattr(STDIN_FILENO, &saved) != 0) {
        return false;
    }
    raw = saved;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    raw.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IXON);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) != 0) {
        return false;
    }
    is_saved = true;
    put("\033[?2004h", 8); /* bracketed paste */
    return true;
}

bool atr_screen_is_possible(void)
{
    const char *term = getenv("TERM");

    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term != NULL &&
           strcmp(term, "dumb") != 0;
}

void atr_screen_open(atr_screen *screen, const char *prompt)
{
    atr_edit_init(&screen->edit);
    screen->prompt = prompt;
    screen->is_raw = take();
    (void)atexit(give_back);
    atr_screen_draw(screen);
}

void atr_screen_close(atr_screen *screen)
{
    give_back();
    screen->is_raw = false;
    atr_edit_wipe(&screen->edit);
}

static unsigned columns_now(void)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
        return COLUMNS_PRESET;
    }
    return size.ws_col < COLUMNS_MAX ? size.ws_col : COLUMNS_MAX;
}

void atr_screen_draw(const atr_screen *screen)
{
    char picture[4 * COLUMNS_MAX + 128];

    if (screen->is_raw) {
        put(picture, atr_edit_draw(picture, sizeof picture, &screen->edit,
                                   screen->prompt, columns_now()));
    }
}

void atr_screen_print(atr_screen *screen, const char *text)
{
    put("\r\033[K", 4);
    put(text, strlen(text));
    put("\n", 1);
    atr_screen_draw(screen);
}

void atr_screen_suspend(atr_screen *screen)
{
    give_back();
    (void)raise(SIGTSTP);
    screen->is_raw = take();
    atr_screen_draw(screen);
}
