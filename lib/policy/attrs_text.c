#include "policy/attr.h"

#include "policy/lexer.h"
#include "policy/number.h"

/* A failure of the list at the present token, or at `at`. */
typedef struct {
    atr_err err;
    size_t at;
    const char *what;
    const char *hint;
} trouble;

static const trouble no_trouble = {ATR_OK, 0, NULL, NULL};

static trouble trouble_here(const atr_lexer *lexer, const char *what,
                            const char *hint)
{
    if (lexer->token == ATR_TOKEN_BAD) {
        what = lexer->what;
        hint = lexer->hint;
    }
    return (trouble){ATR_ERR_INPUT, lexer->at, what, hint};
}

/* The trouble of adding what began at `at`. */
static trouble trouble_of(atr_err err, size_t at)
{
    switch (err) {
    case ATR_OK:
        return no_trouble;
    case ATR_ERR_LIMIT:
        return (trouble){err, at, "there are too many attributes",
                         "at most 256, and a number of w bits counts w + 1"};
    default:
        return (trouble){err, at,
                         "this number has another value or width already",
                         "give each number once"};
    }
}

/* The value after "=", for the number `name`. */
static trouble parse_number(atr_attrs *out, atr_lexer *lexer, atr_bytes name,
                            unsigned width)
{
    uint32_t value = lexer->value;
    size_t at = lexer->at;

    if (lexer->token != ATR_TOKEN_NUMBER) {
        return trouble_here(lexer, "a number is missing",
                            "numbers are 0 to 4294967295, dates YYYY-MM-DD");
    }
    if (value > atr_number_max(width)) {
        return trouble_here(lexer, "the number does not fit its width",
                            "a number of w bits goes up to 2^w - 1");
    }
    atr_lexer_step(lexer);
    return trouble_of(atr_attrs_add_number(out, name, width, value), at);
}

static trouble parse_item(atr_attrs *out, atr_lexer *lexer)
{
    atr_bytes name = lexer->name;
    size_t at = lexer->at;
    unsigned width = ATR_NUMBER_WIDTH_DEFAULT;
    bool wide;
    atr_attr attr;

    if (lexer->token != ATR_TOKEN_NAME) {
        return trouble_here(lexer, "an attribute is missing here",
                            "and, or, of, in and not cannot name one");
    }
    atr_lexer_step(lexer);
    wide = atr_lexer_take(lexer, ATR_TOKEN_WIDTH);
    if (wide) {
        width = lexer->value;
        if (lexer->token != ATR_TOKEN_NUMBER || width == 0 ||
            width > ATR_NUMBER_WIDTH_MAX) {
            return trouble_here(lexer, "this is not a width in bits",
                                "widths are 1 to 32, as in age#8=42");
        }
        atr_lexer_step(lexer);
    }
    if (atr_lexer_take(lexer, ATR_TOKEN_EQUAL)) {
        return parse_number(out, lexer, name, width);
    }
    if (wide) {
        return trouble_here(lexer, "a value is missing after the width",
                            "as in age#8=42");
    }
    if (atr_attr_name(&attr, name) != ATR_OK) {
        return (trouble){ATR_ERR_INPUT, at, "this is not an attribute", NULL};
    }
    return trouble_of(atr_attrs_add(out, &attr), at);
}

atr_err atr_attrs_parse(atr_attrs *out, atr_bytes text, atr_text_error *error)
{
    atr_lexer lexer;
    trouble t;

    memset(out, 0, sizeof *out);
    if (text.len > ATR_ATTRS_TEXT_BYTES_MAX) {
        atr_text_error_at(error, text, ATR_ATTRS_TEXT_BYTES_MAX,
                          "the text is too long",
                          "a list has at most 65536 characters");
        return ATR_ERR_LIMIT;
    }
    lexer = atr_lexer_of(text);
    do {
        t = parse_item(out, &lexer);
        if (t.err == ATR_OK && atr_lexer_take(&lexer, ATR_TOKEN_COMMA) &&
            lexer.token == ATR_TOKEN_END) {
            t = trouble_here(&lexer, "an attribute is missing after the comma",
                             NULL);
        }
    } while (t.err == ATR_OK && lexer.token != ATR_TOKEN_END);
    if (t.err != ATR_OK) {
        memset(out, 0, sizeof *out);
    }
    atr_text_error_at(error, text, t.at, t.what, t.hint);
    return t.err;
}
