#include "host/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

atr_err atr_metrics_format(char *out, size_t *len, size_t cap,
                           const atr_metric *metrics, size_t count)
{
    size_t used = 0;

    *len = 0;
    if (cap > 0) {
        out[0] = 0;
    }
    for (size_t i = 0; i < count; i++) {
        const atr_metric *m = &metrics[i];
        int put = snprintf(out + used, cap - used,
                           "# HELP %s %s\n# TYPE %s %s\n%s %llu\n", m->name,
                           m->help, m->name,
                           m->kind == ATR_METRIC_COUNTER ? "counter" : "gauge",
                           m->name, (unsigned long long)m->value);

        if (put < 0 || (size_t)put >= cap - used) {
            if (cap > 0) {
                memset(out, 0, cap);
            }
            return ATR_ERR_LIMIT;
        }
        used += (size_t)put;
    }
    *len = used;
    return ATR_OK;
}

uint64_t atr_metrics_memory(void)
{
    char text[128] = "";
    char *second = text;
    FILE *file = fopen("/proc/self/statm", "re");

    if (file != NULL) {
        if (fgets(text, sizeof text, file) == NULL) {
            text[0] = 0;
        }
        (void)fclose(file);
    }
    (void)strtoull(text, &second, 10); /* all; resident comes second */
    return strtoull(second, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t atr_metrics_cpu_ms(void)
{
    struct rusage use = {0};

    (void)getrusage(RUSAGE_SELF, &use);
    return (uint64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000 +
           (uint64_t)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1000;
}
