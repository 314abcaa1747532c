#include "app/attrium/edit.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/attrium/sanitise.h"

#define CTRL(letter) ((letter) - 'A' + 1)
#define ESCAPE 0x1b
#define BACKSPACE 0x7f

void atr_edit_init(atr_edit *edit)
{
    memset(edit, 0, sizeof *edit);
}

void atr_edit_wipe(atr_edit *edit)
{
    for (size_t i = 0; i < edit->history_count; i++) {
        atr_wipe(edit->history[i], strlen(edit->history[i]));
        free(edit->history[i]);
    }
    atr_wipe(edit, sizeof *edit);
}

/* Where the character before or after `at` begins or ends. */
static size_t before(const atr_edit *edit, size_t at)
{
    while (at > 0 && (edit->line[--at] & 0xc0) == 0x80) {
    }
    return at;
}

static size_t after(const atr_edit *edit, size_t at)
{
    if (at < edit->len) {
        at++;
    }
    while (at < edit->len && (edit->line[at] & 0xc0) == 0x80) {
        at++;
    }
    return at;
}

static size_t word_before(const atr_edit *edit, size_t at)
{
    while (at > 0 && edit->line[at - 1] == ' ') {
        at--;
    }
    while (at > 0 && edit->line[at - 1] != ' ') {
        at--;
    }
    return at;
}

static size_t word_after(const atr_edit *edit, size_t at)
{
    while (at < edit->len && edit->line[at] == ' ') {
        at++;
    }
    while (at < edit->len && edit->line[at] != ' ') {
        at++;
    }
    return at;
}

static atr_edit_result insert(atr_edit *edit, const uint8_t *bytes, size_t len)
{
    if (len > sizeof edit->line - edit->len) {
        edit->full = true;
        return ATR_EDIT_NONE;
    }
    memmove(edit->line + edit->at + len, edit->line + edit->at,
            edit->len - edit->at);
    memcpy(edit->line + edit->at, bytes, len);
    edit->at += len;
    edit->len += len;
    return ATR_EDIT_CHANGED;
}

static void cut(atr_edit *edit, size_t from, size_t to)
{
    memmove(edit->line + from, edit->line + to, edit->len - to);
    edit->len -= to - from;
    edit->at = from;
    edit->full = false;
}

/* cut, and keep it for Ctrl+Y. */
static atr_edit_result kill_range(atr_edit *edit, size_t from, size_t to)
{
    if (from < to) {
        memcpy(edit->killed, edit->line + from, to - from);
        edit->killed_len = to - from;
        cut(edit, from, to);
    }
    return ATR_EDIT_CHANGED;
}

void atr_edit_clear(atr_edit *edit)
{
    (void)kill_range(edit, 0, edit->len);
    edit->history_at = edit->history_count;
}

static void remember(atr_edit *edit)
{
    char *copy;

    if (edit->history_count > 0 &&
        strcmp(edit->history[edit->history_count - 1],
               (const char *)edit->done) == 0) {
        return;
    }
    if ((copy = strdup((const char *)edit->done)) == NULL) {
        return;
    }
    if (edit->history_count == ATR_EDIT_HISTORY_MAX) {
        atr_wipe(edit->history[0], strlen(edit->history[0]));
        free(edit->history[0]);
        memmove(edit->history, edit->history + 1,
                (ATR_EDIT_HISTORY_MAX - 1) * sizeof edit->history[0]);
        edit->history_count--;
    }
    edit->history[edit->history_count++] = copy;
}

static atr_edit_result enter(atr_edit *edit)
{
    memcpy(edit->done, edit->line, edit->len);
    edit->done[edit->len] = 0;
    edit->done_len = edit->len;
    if (edit->len > 0) {
        remember(edit);
    }
    edit->len = 0;
    edit->at = 0;
    edit->full = false;
    edit->history_at = edit->history_count;
    return ATR_EDIT_LINE;
}

static atr_edit_result show_history(atr_edit *edit, size_t at)
{
    const char *text = at < edit->history_count ? edit->history[at] : "";

    edit->history_at = at;
    edit->len = strlen(text);
    memcpy(edit->line, text, edit->len);
    edit->at = edit->len;
    return ATR_EDIT_CHANGED;
}

static atr_edit_result move_to(atr_edit *edit, size_t at)
{
    edit->at = at;
    return ATR_EDIT_CHANGED;
}

static atr_edit_result older(atr_edit *edit)
{
    return edit->history_at == 0 ? ATR_EDIT_NONE
                                 : show_history(edit, edit->history_at - 1);
}

static atr_edit_result newer(atr_edit *edit)
{
    return edit->history_at >= edit->history_count
               ? ATR_EDIT_NONE
               : show_history(edit, edit->history_at + 1);
}

static atr_edit_result erase_forward(atr_edit *edit)
{
    cut(edit, edit->at, after(edit, edit->at));
    return ATR_EDIT_CHANGED;
}

static atr_edit_result erase_back(atr_edit *edit)
{
    cut(edit, before(edit, edit->at), edit->at);
    return ATR_EDIT_CHANGED;
}

static atr_edit_result left(atr_edit *edit)
{
    return move_to(edit, before(edit, edit->at));
}

static atr_edit_result right(atr_edit *edit)
{
    return move_to(edit, after(edit, edit->at));
}

static atr_edit_result home(atr_edit *edit)
{
    return move_to(edit, 0);
}

static atr_edit_result end(atr_edit *edit)
{
    return move_to(edit, edit->len);
}

static atr_edit_result word_left(atr_edit *edit)
{
    return move_to(edit, word_before(edit, edit->at));
}

static atr_edit_result word_right(atr_edit *edit)
{
    return move_to(edit, word_after(edit, edit->at));
}

static atr_edit_result kill_word_right(atr_edit *edit)
{
    return kill_range(edit, edit->at, word_after(edit, edit->at));
}

static atr_edit_result paste_begins(atr_edit *edit)
{
    edit->pasting = true;
    return ATR_EDIT_NONE;
}

static atr_edit_result paste_ends(atr_edit *edit)
{
    edit->pasting = false;
    return ATR_EDIT_CHANGED;
}

/* What terminals send for keys, after the escape character. */
static const struct {
    const char *sequence;
    atr_edit_result (*action)(atr_edit *edit);
} sequences[] = {
    {"[A", older},
    {"[B", newer},
    {"[C", right},
    {"[D", left},
    {"[H", home},
    {"[F", end},
    {"OA", older},
    {"OB", newer},
    {"OC", right},
    {"OD", left},
    {"OH", home},
    {"OF", end},
    {"[1~", home},
    {"[7~", home},
    {"[4~", end},
    {"[8~", end},
    {"[3~", erase_forward},
    {"b", word_left},
    {"f", word_right},
    {"d", kill_word_right},
    {"[1;5D", word_left},
    {"[1;5C", word_right},
    {"[200~", paste_begins},
    {"[201~", paste_ends},
};

/* An escape sequence ends with a letter or "~", after "[" or "O" at once. */
static bool is_whole(const uint8_t *bytes, size_t len)
{
    if (len < 2) {
        return false;
    }
    if (bytes[1] == 'O') {
        return len == 3;
    }
    return bytes[1] != '[' ||
           (len > 2 && bytes[len - 1] >= 0x40 && bytes[len - 1] <= 0x7e);
}

static atr_edit_result take_escape(atr_edit *edit, uint8_t byte)
{
    size_t len;

    if (edit->escape_len < sizeof edit->escape) {
        edit->escape[edit->escape_len++] = byte;
    }
    len = edit->escape_len;
    if (!is_whole(edit->escape, len) && len < sizeof edit->escape) {
        return ATR_EDIT_NONE;
    }
    edit->escape_len = 0;
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
        if (strlen(sequences[i].sequence) == len - 1 &&
            memcmp(sequences[i].sequence, edit->escape + 1, len - 1) == 0) {
            return sequences[i].action(edit);
        }
    }
    return ATR_EDIT_NONE; /* a key without a meaning here */
}

/* Collects the bytes of one character, so that no part of one is inserted. */
static atr_edit_result take_character(atr_edit *edit, uint8_t byte)
{
    uint32_t point;
    size_t want = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;

    if (edit->escape_len > 0) {
        uint8_t first = edit->escape[0];

        want = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
        if ((byte & 0xc0) != 0x80) { /* not UTF-8: drop it, take this anew */
            edit->escape_len = 0;
            return atr_edit_byte(edit, byte);
        }
    } else if (byte >= 0x80 && byte < 0xc0) {
        return ATR_EDIT_NONE;
    }
    edit->escape[edit->escape_len++] = byte;
    if (edit->escape_len < want) {
        return ATR_EDIT_NONE;
    }
    edit->escape_len = 0;
    if (atr_utf8_next(&point, (atr_bytes){edit->escape, want}) != want ||
        (point >= 0x80 && point < 0xa0)) {
        return ATR_EDIT_NONE; /* not UTF-8, or a control (C1) */
    }
    return insert(edit, edit->escape, want);
}

static atr_edit_result take_control(atr_edit *edit, uint8_t byte)
{
    switch (byte) {
    case '\r':
    case '\n':
        return enter(edit);
    case CTRL('A'):
        return home(edit);
    case CTRL('B'):
        return left(edit);
    case CTRL('C'):
        return ATR_EDIT_INTERRUPT;
    case CTRL('D'):
        return edit->len == 0 ? ATR_EDIT_END : erase_forward(edit);
    case CTRL('E'):
        return end(edit);
    case CTRL('F'):
        return right(edit);
    case CTRL('H'):
    case BACKSPACE:
        return erase_back(edit);
    case CTRL('K'):
        return kill_range(edit, edit->at, edit->len);
    case CTRL('L'):
        return ATR_EDIT_REDRAW;
    case CTRL('N'):
        return newer(edit);
    case CTRL('P'):
        return older(edit);
    case CTRL('U'):
        return kill_range(edit, 0, edit->at);
    case CTRL('W'):
        return kill_range(edit, word_before(edit, edit->at), edit->at);
    case CTRL('Y'):
        return insert(edit, edit->killed, edit->killed_len);
    case CTRL('Z'):
        return ATR_EDIT_SUSPEND;
    default:
        return ATR_EDIT_NONE;
    }
}

atr_edit_result atr_edit_byte(atr_edit *edit, uint8_t byte)
{
    if (edit->escape_len > 0 && edit->escape[0] == ESCAPE) {
        return take_escape(edit, byte);
    }
    if (byte == ESCAPE) {
        edit->escape[0] = byte;
        edit->escape_len = 1;
        return ATR_EDIT_NONE;
    }
    if (byte >= 0x20 && byte != BACKSPACE) {
        return take_character(edit, byte);
    }
    edit->escape_len = 0;
    if (edit->pasting) {
        return byte == '\r' || byte == '\n' || byte == '\t'
                   ? insert(edit, (const uint8_t *)" ", 1)
                   : ATR_EDIT_NONE;
    }
    return take_control(edit, byte);
}

static unsigned width_of(const atr_edit *edit, size_t from, size_t to)
{
    unsigned width = 0;

    while (from < to) {
        uint32_t point;

        from +=
            atr_utf8_next(&point, (atr_bytes){edit->line + from, to - from});
        width += atr_utf8_width(point);
    }
    return width;
}

/* Appends to `out` what fits. */
static void put(char *out, size_t cap, size_t *len, const void *bytes,
                size_t bytes_len)
{
    if (bytes_len <= cap - *len) {
        memcpy(out + *len, bytes, bytes_len);
        *len += bytes_len;
    }
}

/* The part of the line to be seen: it holds the cursor, and fits `room`. */
static void choose_view(size_t *from, size_t *to, const atr_edit *edit,
                        unsigned room)
{
    *from = edit->at;
    while (*from > 0 &&
           width_of(edit, before(edit, *from), edit->at) + 1 <= room) {
        *from = before(edit, *from);
    }
    *to = edit->at;
    while (*to < edit->len && width_of(edit, *from, after(edit, *to)) < room) {
        *to = after(edit, *to);
    }
}

size_t atr_edit_draw(char *out, size_t cap, const atr_edit *edit,
                     const char *prompt, unsigned columns)
{
    unsigned prompt_len = (unsigned)strlen(prompt);
    unsigned room;
    char move[32];
    size_t from;
    size_t to;
    size_t len = 0;
    unsigned back;

    if (prompt_len + 8 > columns) { /* a very narrow window */
        prompt = "";
        prompt_len = 0;
    }
    room = columns > prompt_len + 2 ? columns - prompt_len - 1 : 2;
    choose_view(&from, &to, edit, room);
    back = prompt_len + width_of(edit, from, edit->at);
    put(out, cap, &len, "\r\033[K", 4);
    put(out, cap, &len, prompt, prompt_len);
    put(out, cap, &len, edit->line + from, to - from);
    snprintf(move, sizeof move, back > 0 ? "\r\033[%uC" : "\r", back);
    put(out, cap, &len, move, strlen(move));
    return len;
}
