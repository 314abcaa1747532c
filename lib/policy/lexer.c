#include "policy/lexer.h"

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

/* The byte at offset `at`, or -1 past the end. */
static int peek(const atr_lexer *lexer, size_t at)
{
    return at < lexer->text.len ? lexer->text.data[at] : -1;
}

static void bad(atr_lexer *lexer, const char *what, const char *hint)
{
    atr_lexer_fail(lexer, lexer->at, ATR_ERR_INPUT, what, hint);
}

static bool is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned days_of_month(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30,
                                   31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01 in the Gregorian calendar. */
static uint32_t days_of(unsigned year, unsigned month, unsigned day)
{
    unsigned before = year - 1;
    uint32_t leap_days = before / 4 - before / 100 + before / 400;
    uint32_t days = 365 * (year - 1970) + leap_days - 477; /* till 1969 */

    for (unsigned m = 1; m < month; m++) {
        days += days_of_month(year, m);
    }
    return days + day - 1;
}

static unsigned digits_at(const atr_lexer *lexer, size_t at, size_t count)
{
    unsigned value = 0;

    for (size_t i = at; i < at + count; i++) {
        value = 10 * value + (unsigned)(lexer->text.data[i] - '0');
    }
    return value;
}

/* Whether the text at lexer->at has the form 0000-00-00. */
static bool looks_like_date(const atr_lexer *lexer)
{
    for (size_t i = 0; i < 10; i++) {
        int c = peek(lexer, lexer->at + i);

        if (i == 4 || i == 7 ? c != '-' : !is_digit(c)) {
            return false;
        }
    }
    return true;
}

static void read_date(atr_lexer *lexer)
{
    unsigned year = digits_at(lexer, lexer->at, 4);
    unsigned month = digits_at(lexer, lexer->at + 5, 2);
    unsigned day = digits_at(lexer, lexer->at + 8, 2);

    lexer->next = lexer->at + 10;
    if (year < 1970 || month < 1 || month > 12 || day < 1 ||
        day > days_of_month(year, month)) {
        bad(lexer, "there is no such date",
            "dates are YYYY-MM-DD, from 1970-01-01 on");
        return;
    }
    lexer->value = days_of(year, month, day);
}

static void read_decimal(atr_lexer *lexer)
{
    uint64_t value = 0;

    while (is_digit(peek(lexer, lexer->next))) {
        value = 10 * value + digits_at(lexer, lexer->next, 1);
        lexer->next++;
        if (value > UINT32_MAX) {
            bad(lexer, "the number is too large",
                "numbers go up to 4294967295");
            return;
        }
    }
    if (lexer->next > lexer->at + 1 && peek(lexer, lexer->at) == '0') {
        bad(lexer, "the number begins with a zero",
            "write it without leading zeros");
        return;
    }
    lexer->value = (uint32_t)value;
}

static void read_number(atr_lexer *lexer)
{
    int after;

    lexer->token = ATR_TOKEN_NUMBER;
    lexer->next = lexer->at;
    if (looks_like_date(lexer)) {
        read_date(lexer);
    } else {
        read_decimal(lexer);
    }
    after = peek(lexer, lexer->next);
    if (lexer->token == ATR_TOKEN_NUMBER && after >= 0 &&
        atr_attr_is_name_byte((uint8_t)after) &&
        !(after == '.' && peek(lexer, lexer->next + 1) == '.')) {
        bad(lexer, "a number runs into other characters",
            "names begin with a letter; numbers are whole and decimal");
    }
}

static void read_name(atr_lexer *lexer)
{
    static const atr_token tokens[] = {
        [ATR_WORD_NONE] = ATR_TOKEN_NAME, [ATR_WORD_AND] = ATR_TOKEN_AND,
        [ATR_WORD_OR] = ATR_TOKEN_OR,     [ATR_WORD_OF] = ATR_TOKEN_OF,
        [ATR_WORD_IN] = ATR_TOKEN_IN,     [ATR_WORD_NOT] = ATR_TOKEN_NOT,
    };
    int c;

    while ((c = peek(lexer, lexer->next)) >= 0 &&
           atr_attr_is_name_byte((uint8_t)c)) {
        lexer->next++;
    }
    lexer->name.data = lexer->text.data + lexer->at;
    lexer->name.len = lexer->next - lexer->at;
    if (lexer->name.len > ATR_ATTR_NAME_BYTES_MAX) {
        bad(lexer, "the name is too long", "names have at most 64 characters");
        return;
    }
    lexer->token = tokens[atr_attr_word(lexer->name)];
}

static void read_sign(atr_lexer *lexer)
{
    static const struct {
        const char *text;
        atr_token token;
    } signs[] = {
        {"(", ATR_TOKEN_LEFT},        {")", ATR_TOKEN_RIGHT},
        {"[", ATR_TOKEN_FROM},        {"]", ATR_TOKEN_TO},
        {",", ATR_TOKEN_COMMA},       {"#", ATR_TOKEN_WIDTH},
        {"..", ATR_TOKEN_DOTS},       {"<=", ATR_TOKEN_LESS_EQUAL},
        {">=", ATR_TOKEN_MORE_EQUAL}, {"<", ATR_TOKEN_LESS},
        {">", ATR_TOKEN_MORE},        {"=", ATR_TOKEN_EQUAL},
    };

    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        const char *text = signs[i].text;

        if (peek(lexer, lexer->at) == text[0] &&
            (text[1] == 0 || peek(lexer, lexer->at + 1) == text[1])) {
            lexer->token = signs[i].token;
            lexer->next = lexer->at + (text[1] == 0 ? 1 : 2);
            return;
        }
    }
    bad(lexer, "this character has no meaning here",
        "names begin with a letter and have A-Z a-z 0-9 _ . : @ / - in them");
}

/* Characters that people bring from other languages get their own advice. */
static void read_other(atr_lexer *lexer)
{
    switch (peek(lexer, lexer->at)) {
    case '"':
    case '\'':
        bad(lexer, "names are written without quotes",
            "names begin with a letter and have A-Z a-z 0-9 _ . : @ / - in "
            "them");
        return;
    case '&':
        bad(lexer, "this sign is not used here", "write: and");
        return;
    case '|':
        bad(lexer, "this sign is not used here", "write: or");
        return;
    case '!':
        bad(lexer, "negation is not offered",
            "let the authority issue the opposite as an attribute");
        return;
    case '-':
    case '+':
        bad(lexer, "numbers have no sign", "numbers are 0 to 4294967295");
        return;
    default:
        read_sign(lexer);
    }
}

void atr_lexer_step(atr_lexer *lexer)
{
    int c;

    if (lexer->token == ATR_TOKEN_BAD) {
        return;
    }
    while ((c = peek(lexer, lexer->next)) == ' ' || c == '\t' || c == '\n' ||
           c == '\r') {
        lexer->next++;
    }
    lexer->at = lexer->next;
    if (c < 0) {
        lexer->token = ATR_TOKEN_END;
    } else if (c >= 0x80 || c == 0x7f || c < ' ') {
        bad(lexer, "only plain ASCII text can stand here",
            "attributes have no accents, no other alphabets and no control "
            "characters");
    } else if (is_digit(c)) {
        read_number(lexer);
    } else if (atr_attr_is_name_byte((uint8_t)c) && (c | 0x20) >= 'a' &&
               (c | 0x20) <= 'z') {
        read_name(lexer);
    } else {
        read_other(lexer);
    }
}

atr_lexer atr_lexer_of(atr_bytes text)
{
    atr_lexer lexer = {.text = text, .token = ATR_TOKEN_END};

    atr_lexer_step(&lexer);
    return lexer;
}

bool atr_lexer_take(atr_lexer *lexer, atr_token token)
{
    if (lexer->token != token) {
        return false;
    }
    atr_lexer_step(lexer);
    return true;
}

void atr_lexer_fail(atr_lexer *lexer, size_t at, atr_err err, const char *what,
                    const char *hint)
{
    if (lexer->err == ATR_OK) {
        lexer->token = ATR_TOKEN_BAD;
        lexer->at = at;
        lexer->err = err;
        lexer->what = what;
        lexer->hint = hint;
    }
}

void atr_lexer_want(atr_lexer *lexer, atr_token token, const char *what,
                    const char *hint)
{
    if (!atr_lexer_take(lexer, token)) {
        bad(lexer, what, hint);
    }
}

void atr_text_error_at(atr_text_error *error, atr_bytes text, size_t at,
                       const char *what, const char *hint)
{
    size_t line = 1;
    size_t begin = 0;

    if (error == NULL) {
        return;
    }
    for (size_t i = 0; i < at && i < text.len; i++) {
        if (text.data[i] == '\n') {
            line++;
            begin = i + 1;
        }
    }
    *error = (atr_text_error){line, at - begin + 1, what, hint};
}
