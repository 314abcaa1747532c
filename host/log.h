/* log.h - one line an event, on standard error.
 *
 *     atr_log_event(&log, ATR_LOG_INFO, "listening", "port=%u", port);
 *
 * gives  time=2026-01-31T09:30:00.123Z level=info event=listening port=7000
 * as logfmt, or an object with the same keys as JSON; under systemd
 * (JOURNAL_STREAM or INVOCATION_ID) each line begins with a syslog priority
 * <3>..<7> and carries no time. Values that need it are quoted. Never log
 * addresses, attributes, names or pseudonyms.
 */
#ifndef ATR_LOG_H
#define ATR_LOG_H

#include "base/base.h"

typedef enum {
    ATR_LOG_ERROR,
    ATR_LOG_WARN,
    ATR_LOG_INFO,
    ATR_LOG_DEBUG
} atr_log_level;

typedef struct {
    atr_log_level level; /* what is less important is dropped */
    bool json;
    bool journal;        /* priorities instead of time */
    int fd;
} atr_log;

/* atr_log_init sets level info, logfmt, standard error, and `journal` as the
 * environment says. */
void atr_log_init(atr_log *log);

/* atr_log_parse_level reads "error", "warn", "info" or "debug". */
ATR_MUST_USE atr_err atr_log_parse_level(atr_log_level *out, const char *text);

/* atr_log_event writes one line with one write(2). `format` gives pairs
 * key=value separated by blanks; a value with blanks is put in double quotes
 * by the caller: "file=\"%s\"". Control characters become "?". "" for no
 * pairs. */
void atr_log_event(const atr_log *log, atr_log_level level, const char *event,
                   const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
