/* matrix.h - what each family of methods gives, each claim with the test or
 * the text that supports it.
 */
#ifndef ATR_MATRIX_H
#define ATR_MATRIX_H

#include <stddef.h>

typedef enum { ATR_NO, ATR_PARTLY, ATR_YES } atr_verdict;

typedef struct {
    atr_verdict verdict;
    const char *why;  /* a few words */
    const char *link; /* file, or file#name of a test or heading */
} atr_cell;

#define ATR_FAMILIES 5
extern const char *const atr_families[ATR_FAMILIES];

typedef struct {
    const char *property;
    atr_cell cell[ATR_FAMILIES];
} atr_matrix_row;

extern const atr_matrix_row atr_matrix[];
extern const size_t atr_matrix_rows;

/* "no", "partly", "yes" */
const char *atr_verdict_text(atr_verdict verdict);

#endif
