#include "policy/policy_text.h"

#include "policy/comparison.h"

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
} parser;

static void fail_at(parser *p, size_t at, atr_err err, const char *what,
                    const char *hint)
{
    atr_lexer_fail(&p->lexer, at, err, what, hint);
}

static void fail_here(parser *p, const char *what, const char *hint)
{
    fail_at(p, p->lexer.at, ATR_ERR_INPUT, what, hint);
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

    if (results->count > 1 && p->lexer.err == ATR_OK) {
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
    chain blocks = {0, 0};
    atr_number block;
    atr_attr attr;

    while (p->lexer.err == ATR_OK && atr_range_next(&block, &range)) {
        if (atr_attr_prefix(&attr, block.name, block.width, block.prefix_len,
                            block.prefix) != ATR_OK) {
            fail_at(p, at, ATR_ERR_INPUT, "this is not a number's name", NULL);
        }
        add_row(p, &attr, at);
        add_result(p, &blocks, 0);
    }
    close_chain(p, &blocks, 1, &p->open[p->top].ands);
}

/* ATTR or NUMBER; the present token is a name. */
static void parse_leaf(parser *p)
{
    size_t at = p->lexer.at;
    atr_range range = {.name = p->lexer.name};
    bool wide;
    atr_attr attr;

    atr_lexer_step(&p->lexer);
    range.width = atr_comparison_width(&wide, &p->lexer);
    if (atr_comparison_parse(&range, &p->lexer)) {
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
    atr_lexer_want(&p->lexer, ATR_TOKEN_LEFT, "a \"(\" is missing after \"of\"",
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
    frame list = {
        .is_list = true, .need = p->lexer.value, .need_at = p->lexer.at};

    atr_lexer_step(&p->lexer);
    atr_lexer_want(&p->lexer, ATR_TOKEN_OF,
                   "a number cannot stand here by itself",
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
        fail_at(p, f->need_at, ATR_ERR_INPUT, "a list needs two parts or more",
                "as in: 2 of (a, b, c)");
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

atr_err atr_policy_parse(atr_policy *out, atr_bytes text, atr_text_error *error)
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
    while (p.lexer.err == ATR_OK && !p.done) {
        wants_unit = wants_unit ? parse_unit(&p) : parse_after_unit(&p);
    }
    if (p.lexer.err != ATR_OK) {
        memset(out, 0, sizeof *out);
        atr_text_error_at(error, text, p.lexer.at, p.lexer.what, p.lexer.hint);
    }
    return p.lexer.err;
}
