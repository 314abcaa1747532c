#include "policy/policy_text.h"

#include "policy/lexer.h"
#include "policy/number.h"

/* Results in a row that wait for their gate: how many, and how deep the
 * deepest of them is. */
typedef struct {
    unsigned count;
    unsigned deep;
} chain;

/* What is open: the whole text, a "(" or the list of a "k of". Within it, the
 * units of the present "and", the ends of "and" chains of the present "or",
 * and the finished items of a list. */
typedef struct {
    bool is_list;
    uint32_t need;  /* of a list */
    size_t need_at; /* where that stands in the text */
    chain ands;
    chain ors;
    chain items;
} frame;

typedef struct {
    atr_lexer lexer;
    atr_policy *out;
    size_t rows;
    frame open[ATR_POLICY_DEPTH_MAX + 1];
    size_t top; /* the present frame */
    bool done;

    atr_err err;
    size_t at;
    const char *what;
    const char *hint;
} parser;

static void fail_at(parser *p, size_t at, atr_err err, const char *what,
                    const char *hint)
{
    if (p->err == ATR_OK) {
        p->err = err;
        p->at = at;
        p->what = what;
        p->hint = hint;
    }
}

/* The present token cannot stand here; a bad one has its own reason. */
static void fail_here(parser *p, const char *what, const char *hint)
{
    bool bad = p->lexer.token == ATR_TOKEN_BAD;

    fail_at(p, p->lexer.at, ATR_ERR_INPUT, bad ? p->lexer.what : what,
            bad ? p->lexer.hint : hint);
}

static void add_result(parser *p, chain *results, unsigned deep)
{
    if (results->count == ATR_POLICY_CHILDREN_MAX) {
        fail_at(p, p->lexer.at, ATR_ERR_LIMIT,
                "more than 64 parts stand side by side",
                "group some of them with parentheses");
        return;
    }
    results->count++;
    results->deep = deep > results->deep ? deep : results->deep;
}

/* Makes one result of `results`: of two or more, by a gate. */
static void close_chain(parser *p, chain *results, unsigned need, chain *into)
{
    unsigned deep = results->deep;

    if (results->count > 1 && p->err == ATR_OK) {
        atr_policy_step *s = &p->out->steps[p->out->count++];

        s->need = (uint8_t)need;
        s->of = (uint8_t)results->count;
        deep++;
    }
    if (deep > ATR_POLICY_DEPTH_MAX) {
        fail_at(p, p->lexer.at, ATR_ERR_LIMIT, "the policy is too deep",
                "at most 32 gates may stand inside one another");
    }
    *results = (chain){0, 0};
    add_result(p, into, deep);
}

static void add_row(parser *p, const atr_attr *attr, size_t at)
{
    if (p->rows == ATR_POLICY_ROWS_MAX) {
        fail_at(p, at, ATR_ERR_LIMIT, "the policy is too large",
                "at most 256 attributes, and a range counts as several");
        return;
    }
    p->rows++;
    p->out->steps[p->out->count++].attr = *attr;
}

/* Adds the cover of `range` and the "or" over it. */
static void add_range(parser *p, atr_range range, size_t at)
{
    frame *f = &p->open[p->top];
    chain blocks = {0, 0};
    atr_number block;
    atr_attr attr;

    if (range.lo > range.hi) {
        fail_at(p, at, ATR_ERR_INPUT, "no number satisfies this",
                "turn the comparison round, or leave it out");
    }
    while (p->err == ATR_OK && atr_range_next(&block, &range)) {
        if (atr_attr_prefix(&attr, block.name, block.width, block.prefix_len,
                            block.prefix) != ATR_OK) {
            fail_at(p, at, ATR_ERR_INPUT, "this is not a number's name", NULL);
        }
        add_row(p, &attr, at);
        add_result(p, &blocks, 0);
    }
    close_chain(p, &blocks, 1, &f->ands);
}

static uint32_t parse_value(parser *p, unsigned width)
{
    uint32_t value = p->lexer.value;

    if (p->lexer.token != ATR_TOKEN_NUMBER) {
        fail_here(p, "a number is missing",
                  "numbers are 0 to 4294967295, dates YYYY-MM-DD");
    } else if (value > atr_number_max(width)) {
        fail_at(p, p->lexer.at, ATR_ERR_INPUT,
                "the number does not fit its width",
                "a number of w bits goes up to 2^w - 1");
    }
    atr_lexer_step(&p->lexer);
    return value;
}

static void expect(parser *p, atr_token token, const char *what,
                   const char *hint)
{
    if (p->err == ATR_OK && !atr_lexer_take(&p->lexer, token)) {
        fail_here(p, what, hint);
    }
}

/* "[" LO "," HI "]" or LO ".." HI, after "in". */
static void parse_bounds(parser *p, atr_range *range)
{
    static const char form[] = "ranges are 5..7 or [5,7], both ends included";
    bool bracket = atr_lexer_take(&p->lexer, ATR_TOKEN_FROM);

    range->lo = parse_value(p, range->width);
    if (bracket) {
        expect(p, ATR_TOKEN_COMMA, "a comma is missing in the range", form);
    } else {
        expect(p, ATR_TOKEN_DOTS, "two dots are missing in the range", form);
    }
    if (p->err == ATR_OK) {
        range->hi = parse_value(p, range->width);
    }
    if (bracket) {
        expect(p, ATR_TOKEN_TO, "a \"]\" is missing after the range", form);
    }
}

static bool compares(atr_token token)
{
    return token == ATR_TOKEN_IN ||
           (token >= ATR_TOKEN_LESS && token <= ATR_TOKEN_EQUAL);
}

/* What follows the name of a number, from the comparison on. */
static void parse_comparison(parser *p, atr_range *range)
{
    atr_token token = p->lexer.token;
    uint32_t value;

    atr_lexer_step(&p->lexer);
    if (token == ATR_TOKEN_IN) {
        parse_bounds(p, range);
        return;
    }
    if (p->lexer.token == ATR_TOKEN_EQUAL) {
        fail_here(p, "this comparison is not known",
                  "comparisons are < <= > >= = and in 5..7");
        return;
    }
    value = parse_value(p, range->width);
    switch (token) {
    case ATR_TOKEN_LESS:
        range->lo = value == 0; /* nothing is below 0: empty, not -1 */
        range->hi = value == 0 ? 0 : (uint64_t)value - 1;
        break;
    case ATR_TOKEN_LESS_EQUAL:
        range->hi = value;
        break;
    case ATR_TOKEN_MORE:
        range->lo = (uint64_t)value + 1;
        break;
    case ATR_TOKEN_MORE_EQUAL:
        range->lo = value;
        break;
    default: /* = */
        range->lo = value;
        range->hi = value;
    }
}

/* "#" WIDTH, after a name. */
static unsigned parse_width(parser *p)
{
    unsigned width = p->lexer.value;

    if (p->lexer.token != ATR_TOKEN_NUMBER || width == 0 ||
        width > ATR_NUMBER_WIDTH_MAX) {
        fail_here(p, "this is not a width in bits",
                  "widths are 1 to 32, as in age#8 >= 18");
        return ATR_NUMBER_WIDTH_MAX;
    }
    atr_lexer_step(&p->lexer);
    return width;
}

/* ATTR or NUMBER; the present token is a name. */
static void parse_leaf(parser *p)
{
    size_t at = p->lexer.at;
    atr_range range = {p->lexer.name, ATR_NUMBER_WIDTH_DEFAULT, 0, 0};
    bool wide;
    atr_attr attr;

    atr_lexer_step(&p->lexer);
    wide = atr_lexer_take(&p->lexer, ATR_TOKEN_WIDTH);
    if (wide) {
        range.width = parse_width(p);
    }
    if (p->err == ATR_OK && compares(p->lexer.token)) {
        range.hi = atr_number_max(range.width);
        parse_comparison(p, &range);
        add_range(p, range, at);
    } else if (wide) {
        fail_here(p, "a comparison is missing after the width",
                  "as in age#8 >= 18");
    } else if (atr_attr_name(&attr, range.name) == ATR_OK) {
        add_row(p, &attr, at);
        add_result(p, &p->open[p->top].ands, 0);
    } else {
        fail_at(p, at, ATR_ERR_INPUT, "this is not an attribute", NULL);
    }
}

static void open_frame(parser *p, frame opened)
{
    expect(p, ATR_TOKEN_LEFT, "a \"(\" is missing after \"of\"",
           "as in: 2 of (a, b, c)");
    if (p->top == ATR_POLICY_DEPTH_MAX) {
        fail_at(p, p->lexer.at, ATR_ERR_LIMIT,
                "parentheses stand too deep inside one another",
                "at most 32 may be open at once");
        return;
    }
    p->open[++p->top] = opened;
}

/* K "of" "(", the beginning of a list. */
static void parse_list(parser *p)
{
    frame list = {.is_list = true,
                  .need = p->lexer.value,
                  .need_at = p->lexer.at};

    atr_lexer_step(&p->lexer);
    expect(p, ATR_TOKEN_OF, "a number cannot stand here by itself",
           "write the attribute first (year >= 5), or: 2 of (a, b, c)");
    if (list.need == 0) {
        fail_at(p, list.need_at, ATR_ERR_INPUT,
                "a list that needs none of its parts is open to everybody",
                "ask for 1 or more");
    }
    open_frame(p, list);
}

/* Returns whether a unit is still wanted after this. */
static bool parse_unit(parser *p)
{
    switch (p->lexer.token) {
    case ATR_TOKEN_NAME:
        parse_leaf(p);
        return false;
    case ATR_TOKEN_NUMBER:
        parse_list(p);
        return true;
    case ATR_TOKEN_LEFT:
        open_frame(p, (frame){.is_list = false});
        return true;
    case ATR_TOKEN_NOT:
        fail_here(p, "negation is not offered",
                  "let the authority issue the opposite as an attribute");
        return true;
    case ATR_TOKEN_END:
        fail_here(p, "an attribute is missing at the end", NULL);
        return true;
    default:
        fail_here(p, "an attribute is missing here",
                  "and, or, of, in and not cannot name an attribute");
        return true;
    }
}

static void close_and(parser *p)
{
    frame *f = &p->open[p->top];

    close_chain(p, &f->ands, f->ands.count, &f->ors);
}

/* The end of what may stand between parentheses or commas. */
static void close_or(parser *p, chain *into)
{
    close_and(p);
    close_chain(p, &p->open[p->top].ors, 1, into);
}

static void close_list(parser *p)
{
    frame *f = &p->open[p->top];
    chain *outer = &p->open[p->top - 1].ands;

    close_or(p, &f->items);
    if (f->items.count < 2) {
        fail_at(p, f->need_at, ATR_ERR_INPUT,
                "a list needs two parts or more", "as in: 2 of (a, b, c)");
    } else if (f->need > f->items.count) {
        fail_at(p, f->need_at, ATR_ERR_INPUT,
                "the list has fewer parts than it needs",
                "ask for at most as many as there are");
    }
    close_chain(p, &f->items, f->need, outer);
    p->top--;
}

static void close_frame(parser *p)
{
    if (p->top == 0) {
        fail_here(p, "this \")\" closes nothing", NULL);
    } else if (p->open[p->top].is_list) {
        close_list(p);
    } else {
        close_or(p, &p->open[p->top - 1].ands);
        p->top--;
    }
}

static void finish(parser *p)
{
    if (p->top != 0) {
        fail_here(p, "a \")\" is missing at the end", NULL);
        return;
    }
    close_or(p, &p->open[0].items);
    p->done = true;
}

/* Returns whether a unit is wanted after this. */
static bool parse_after_unit(parser *p)
{
    frame *f = &p->open[p->top];

    if (atr_lexer_take(&p->lexer, ATR_TOKEN_AND)) {
        return true;
    }
    if (atr_lexer_take(&p->lexer, ATR_TOKEN_OR)) {
        close_and(p);
        return true;
    }
    if (f->is_list && atr_lexer_take(&p->lexer, ATR_TOKEN_COMMA)) {
        close_or(p, &f->items);
        return true;
    }
    if (p->lexer.token == ATR_TOKEN_RIGHT) {
        close_frame(p);
        atr_lexer_step(&p->lexer);
    } else if (p->lexer.token == ATR_TOKEN_END) {
        finish(p);
    } else {
        fail_here(p, "\"and\" or \"or\" is missing here",
                  "a comma stands only within: 2 of (a, b, c)");
    }
    return false;
}

atr_err atr_policy_parse(atr_policy *out, atr_bytes text,
                         atr_text_error *error)
{
    parser p = {.out = out};
    bool wants_unit = true;

    memset(out, 0, sizeof *out);
    atr_text_error_at(error, text, 0, NULL, NULL);
    if (text.len > ATR_POLICY_TEXT_BYTES_MAX) {
        atr_text_error_at(error, text, ATR_POLICY_TEXT_BYTES_MAX,
                          "the text is too long",
                          "a policy has at most 65536 characters");
        return ATR_ERR_LIMIT;
    }
    p.lexer = atr_lexer_of(text);
    while (p.err == ATR_OK && !p.done) {
        wants_unit = wants_unit ? parse_unit(&p) : parse_after_unit(&p);
    }
    if (p.err != ATR_OK) {
        memset(out, 0, sizeof *out);
        atr_text_error_at(error, text, p.at, p.what, p.hint);
    }
    return p.err;
}
