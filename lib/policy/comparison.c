#include "policy/comparison.h"

unsigned atr_comparison_width(bool *said, atr_lexer *lexer)
{
    unsigned width;

    *said = atr_lexer_take(lexer, ATR_TOKEN_WIDTH);
    if (!*said) {
        return ATR_NUMBER_WIDTH_DEFAULT;
    }
    width = lexer->value;
    if (lexer->token != ATR_TOKEN_NUMBER || width == 0 ||
        width > ATR_NUMBER_WIDTH_MAX) {
        atr_lexer_fail(lexer, lexer->at, ATR_ERR_INPUT,
                       "this is not a width in bits",
                       "widths are 1 to 32, as in age#8 >= 18");
        return ATR_NUMBER_WIDTH_DEFAULT;
    }
    atr_lexer_step(lexer);
    return width;
}

uint32_t atr_comparison_value(atr_lexer *lexer, unsigned width)
{
    uint32_t value = lexer->value;

    if (lexer->token != ATR_TOKEN_NUMBER) {
        atr_lexer_fail(lexer, lexer->at, ATR_ERR_INPUT, "a number is missing",
                       "numbers are 0 to 4294967295, dates YYYY-MM-DD");
        return 0;
    }
    if (value > atr_number_max(width)) {
        atr_lexer_fail(lexer, lexer->at, ATR_ERR_INPUT,
                       "the number does not fit its width",
                       "a number of w bits goes up to 2^w - 1");
        return 0;
    }
    atr_lexer_step(lexer);
    return value;
}

/* "[" LO "," HI "]" or LO ".." HI, after "in". */
static void parse_bounds(atr_range *out, atr_lexer *lexer)
{
    static const char form[] = "ranges are 5..7 or [5,7], both ends included";
    bool bracket = atr_lexer_take(lexer, ATR_TOKEN_FROM);

    out->lo = atr_comparison_value(lexer, out->width);
    if (bracket) {
        atr_lexer_want(lexer, ATR_TOKEN_COMMA,
                       "a comma is missing in the range", form);
    } else {
        atr_lexer_want(lexer, ATR_TOKEN_DOTS,
                       "two dots are missing in the range", form);
    }
    out->hi = atr_comparison_value(lexer, out->width);
    if (bracket) {
        atr_lexer_want(lexer, ATR_TOKEN_TO,
                       "a \"]\" is missing after the range", form);
    }
}

/* The value after < <= > >= or =, which was `token`. */
static void parse_bound(atr_range *out, atr_lexer *lexer, atr_token token)
{
    uint32_t value = atr_comparison_value(lexer, out->width);

    switch (token) {
    case ATR_TOKEN_LESS:
        out->lo = value == 0; /* nothing is below 0: empty, not -1 */
        out->hi = value == 0 ? 0 : (uint64_t)value - 1;
        break;
    case ATR_TOKEN_LESS_EQUAL:
        out->hi = value;
        break;
    case ATR_TOKEN_MORE:
        out->lo = (uint64_t)value + 1;
        break;
    case ATR_TOKEN_MORE_EQUAL:
        out->lo = value;
        break;
    default: /* = */
        out->lo = value;
        out->hi = value;
    }
}

bool atr_comparison_parse(atr_range *out, atr_lexer *lexer)
{
    atr_token token = lexer->token;
    size_t at = lexer->at;

    out->lo = 0;
    out->hi = atr_number_max(out->width);
    if (token != ATR_TOKEN_IN &&
        (token < ATR_TOKEN_LESS || token > ATR_TOKEN_EQUAL)) {
        return false;
    }
    atr_lexer_step(lexer);
    if (token == ATR_TOKEN_IN) {
        parse_bounds(out, lexer);
    } else if (lexer->token == ATR_TOKEN_EQUAL) {
        atr_lexer_fail(lexer, lexer->at, ATR_ERR_INPUT,
                       "this comparison is not known",
                       "comparisons are < <= > >= = and in 5..7");
    } else {
        parse_bound(out, lexer, token);
    }
    if (lexer->err == ATR_OK && out->lo > out->hi) {
        atr_lexer_fail(lexer, at, ATR_ERR_INPUT, "no number satisfies this",
                       "turn the comparison round, or leave it out");
    }
    return true;
}
