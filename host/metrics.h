/* metrics.h - the Prometheus text form, from a table of numbers. */
#ifndef ATR_METRICS_H
#define ATR_METRICS_H

#include "base/base.h"

typedef enum { ATR_METRIC_COUNTER, ATR_METRIC_GAUGE } atr_metric_kind;

typedef struct {
    const char *name; /* "attrium_hall_records_total" */
    const char *help;
    atr_metric_kind kind;
    uint64_t value;
} atr_metric;

/* atr_metrics_format writes the table to `out` and sets `*len`; a zero byte
 * follows. ATR_ERR_LIMIT when it does not fit. */
ATR_MUST_USE atr_err atr_metrics_format(char *out, size_t *len, size_t cap,
                                        const atr_metric *metrics,
                                        size_t count);

#define ATR_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* atr_metrics_memory returns the resident bytes of this process, and
 * atr_metrics_cpu_ms the processor time it has used. */
uint64_t atr_metrics_memory(void);
uint64_t atr_metrics_cpu_ms(void);

#endif
