#include "policy/attr.h"

#include "policy/comparison.h"

/* Fails the text at `at` when adding what stands there did not work. */
static void check_added(atr_lexer *lexer, size_t at, atr_err err)
{
    if (err == ATR_ERR_LIMIT) {
        atr_lexer_fail(lexer, at, err, "there are too many attributes",
                       "at most 256, and a number of w bits counts w + 1");
    } else if (err != ATR_OK) {
        atr_lexer_fail(lexer, at, err,
                       "this number has another value or width already",
                       "give each number once");
    }
}

/* ATTR, or ATTR ["#" WIDTH] "=" INT. */
static void parse_item(atr_attrs *out, atr_lexer *lexer)
{
    atr_bytes name = lexer->name;
    size_t at = lexer->at;
    unsigned width;
    bool wide;
    atr_attr attr;

    atr_lexer_want(lexer, ATR_TOKEN_NAME, "an attribute is missing here",
                   "and, or, of, in and not cannot name one");
    width = atr_comparison_width(&wide, lexer);
    if (atr_lexer_take(lexer, ATR_TOKEN_EQUAL)) {
        uint32_t value = atr_comparison_value(lexer, width);

        if (lexer->err == ATR_OK) {
            check_added(lexer, at,
                        atr_attrs_add_number(out, name, width, value));
        }
    } else if (wide) {
        atr_lexer_fail(lexer, lexer->at, ATR_ERR_INPUT,
                       "a value is missing after the width", "as in age#8=42");
    } else if (lexer->err == ATR_OK) {
        if (atr_attr_name(&attr, name) != ATR_OK) {
            atr_lexer_fail(lexer, at, ATR_ERR_INPUT, "this is not an attribute",
                           NULL);
        }
        check_added(lexer, at, atr_attrs_add(out, &attr));
    }
}

atr_err atr_attrs_parse(atr_attrs *out, atr_bytes text, atr_text_error *error)
{
    atr_lexer lexer;

    memset(out, 0, sizeof *out);
    if (text.len > ATR_ATTRS_TEXT_BYTES_MAX) {
        atr_text_error_at(error, text, ATR_ATTRS_TEXT_BYTES_MAX,
                          "the text is too long",
                          "a list has at most 65536 characters");
        return ATR_ERR_LIMIT;
    }
    lexer = atr_lexer_of(text);
    do {
        parse_item(out, &lexer);
        if (atr_lexer_take(&lexer, ATR_TOKEN_COMMA) &&
            lexer.token == ATR_TOKEN_END) {
            atr_lexer_fail(&lexer, lexer.at, ATR_ERR_INPUT,
                           "an attribute is missing after the comma", NULL);
        }
    } while (lexer.err == ATR_OK && lexer.token != ATR_TOKEN_END);
    if (lexer.err != ATR_OK) {
        memset(out, 0, sizeof *out);
    }
    atr_text_error_at(error, text, lexer.at, lexer.what, lexer.hint);
    return lexer.err;
}
