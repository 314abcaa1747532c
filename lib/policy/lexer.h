/* lexer.h - the words of a policy or of a list of attributes.
 *
 * Text is ASCII. A name is as in attr.h; a number is decimal, without sign or
 * leading zero, at most 2^32 - 1; YYYY-MM-DD is the number of days from
 * 1970-01-01. Blanks are space, tab, line feed and carriage return.
 */
#ifndef ATR_LEXER_H
#define ATR_LEXER_H

#include "policy/attr.h"

typedef enum {
    ATR_TOKEN_END,
    ATR_TOKEN_BAD, /* no token follows: see `err` */
    ATR_TOKEN_NAME,
    ATR_TOKEN_NUMBER,
    ATR_TOKEN_AND,
    ATR_TOKEN_OR,
    ATR_TOKEN_OF,
    ATR_TOKEN_IN,
    ATR_TOKEN_NOT,
    ATR_TOKEN_LEFT,  /* ( */
    ATR_TOKEN_RIGHT, /* ) */
    ATR_TOKEN_FROM,  /* [ */
    ATR_TOKEN_TO,    /* ] */
    ATR_TOKEN_COMMA,
    ATR_TOKEN_WIDTH, /* # */
    ATR_TOKEN_DOTS,  /* .. */
    ATR_TOKEN_LESS,
    ATR_TOKEN_LESS_EQUAL,
    ATR_TOKEN_MORE,
    ATR_TOKEN_MORE_EQUAL,
    ATR_TOKEN_EQUAL
} atr_token;

typedef struct {
    atr_bytes text;
    size_t next; /* where the token after this one begins */

    atr_token token; /* the present token: */
    size_t at;       /* where it begins */
    atr_bytes name;  /* of a name */
    uint32_t value;  /* of a number */

    atr_err err;      /* the first failure, of the lexer or of its user: */
    const char *what; /* `at` tells where, as in atr_text_error */
    const char *hint;
} atr_lexer;

/* atr_lexer_of stands on the first token of `text`. */
atr_lexer atr_lexer_of(atr_bytes text);

/* atr_lexer_step goes to the next token; a bad one and the end stay. */
void atr_lexer_step(atr_lexer *lexer);

/* atr_lexer_take steps over `token` and returns true, or stays. */
bool atr_lexer_take(atr_lexer *lexer, atr_token token);

/* atr_lexer_fail ends the text with a failure at offset `at`, unless there is
 * one already. atr_lexer_want steps over `token` or fails at what is there. */
void atr_lexer_fail(atr_lexer *lexer, size_t at, atr_err err, const char *what,
                    const char *hint);
void atr_lexer_want(atr_lexer *lexer, atr_token token, const char *what,
                    const char *hint);

/* atr_text_error_at fills `error` (which may be NULL) for offset `at`. */
void atr_text_error_at(atr_text_error *error, atr_bytes text, size_t at,
                       const char *what, const char *hint);

#endif
