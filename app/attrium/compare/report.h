/* report.h - the rows of a comparison as a table, CSV, JSON, and a page with
 * plots.
 */
#ifndef ATR_REPORT_H
#define ATR_REPORT_H

#include <stdio.h>

#include "app/attrium/compare/stage.h"
#include "app/cli.h"

typedef struct {
    atr_compare_row *rows;
    size_t count;
    double latency_ms;
    double mbit_per_s;
    uint32_t jobs;       /* groups that ran at a time */
    const char *started; /* date and time, UTC */
    char machine[128];
} atr_report;

const char *atr_step_name(atr_group_step step); /* "set-up", "join", .. */

void atr_report_text(FILE *out, const atr_report *report);
void atr_report_csv(FILE *out, const atr_report *report);
json_t *atr_report_json(const atr_report *report);

/* atr_report_html writes a page that needs nothing else. Plots are drawn by
 * gnuplot; returns false when there is none, and the page has its tables. */
bool atr_report_html(FILE *out, const atr_report *report);

#endif
