#include "host/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "host/clock.h"

#define LINE_BYTES_MAX 2048

static const char *const names[] = {"error", "warn", "info", "debug"};
static const char priorities[] = {'3', '4', '6', '7'}; /* syslog(3) */

void atr_log_init(atr_log *log)
{
    *log = (atr_log){.level = ATR_LOG_INFO, .fd = STDERR_FILENO};
    log->journal = getenv("JOURNAL_STREAM") != NULL ||
                   getenv("INVOCATION_ID") != NULL;
}

atr_err atr_log_parse_level(atr_log_level *out, const char *text)
{
    for (int i = ATR_LOG_ERROR; i <= ATR_LOG_DEBUG; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = (atr_log_level)i;
            return ATR_OK;
        }
    }
    *out = ATR_LOG_ERROR;
    return ATR_ERR_INPUT;
}

/* A line under construction; what does not fit is left out. */
typedef struct {
    char text[LINE_BYTES_MAX];
    size_t len;
} line;

static void put(line *out, const char *text, size_t len)
{
    size_t room = sizeof out->text - 4 - out->len; /* for the end of a line */

    if (len > room) {
        len = room;
    }
    memcpy(out->text + out->len, text, len);
    out->len += len;
}

static void put_text(line *out, const char *text)
{
    put(out, text, strlen(text));
}

static void put_time(line *out)
{
    uint64_t now = atr_clock_wall_ms();
    time_t seconds = (time_t)(now / 1000);
    struct tm tm = {0};
    char text[40];
    size_t len;

    (void)gmtime_r(&seconds, &tm);
    len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    (void)snprintf(text + len, sizeof text - len, ".%03uZ",
                   (unsigned)(now % 1000));
    put_text(out, text);
}

/* The end of the value at `at`: a blank, or the closing quote, inside which
 * a backslash keeps the next character. */
static const char *value_end(const char *at)
{
    if (*at != '"') {
        return at + strcspn(at, " ");
    }
    for (at++; *at != 0 && *at != '"'; at++) {
        if (*at == '\\' && at[1] != 0) {
            at++;
        }
    }
    return *at == '"' ? at + 1 : at;
}

static void put_json_value(line *out, const char *from, const char *to)
{
    bool quoted = *from == '"';

    if (quoted) {
        from++;
        to -= to > from && to[-1] == '"';
    }
    put(out, "\"", 1);
    for (; from < to; from++) {
        if (*from == '"' || (*from == '\\' && !quoted)) {
            put(out, "\\", 1);
        } else if (*from == '\\') { /* escaped already, by the caller */
            bool known = from[1] == '"' || from[1] == '\\';

            put(out, "\\", 1);
            from += known;
        }
        put(out, from, 1);
    }
    put(out, "\"", 1);
}

static void put_json_pairs(line *out, const char *pairs)
{
    while (*pairs != 0) {
        size_t len;
        const char *value;
        const char *end;

        pairs += strspn(pairs, " ");
        len = strcspn(pairs, "= ");
        if (pairs[len] != '=') {
            return;
        }
        value = pairs + len + 1;
        end = value_end(value);
        put_text(out, ",\"");
        put(out, pairs, len);
        put_text(out, "\":");
        put_json_value(out, value, end);
        pairs = end;
    }
}

static void compose(line *out, const atr_log *log, atr_log_level level,
                    const char *event, const char *pairs)
{
    char priority[4] = {'<', priorities[level], '>', 0};

    if (log->journal) {
        put_text(out, priority);
    }
    if (log->json) {
        put_text(out, "{");
        if (!log->journal) {
            put_text(out, "\"time\":\"");
            put_time(out);
            put_text(out, "\",");
        }
        put_text(out, "\"level\":\"");
        put_text(out, names[level]);
        put_text(out, "\",\"event\":");
        put_json_value(out, event, event + strlen(event));
        put_json_pairs(out, pairs);
        out->text[out->len++] = '}';
    } else {
        if (!log->journal) {
            put_text(out, "time=");
            put_time(out);
            put_text(out, " ");
        }
        put_text(out, "level=");
        put_text(out, names[level]);
        put_text(out, " event=");
        put_text(out, event);
        put_text(out, pairs[0] != 0 ? " " : "");
        put_text(out, pairs);
    }
    out->text[out->len++] = '\n';
}

void atr_log_event(const atr_log *log, atr_log_level level, const char *event,
                   const char *format, ...)
{
    char pairs[LINE_BYTES_MAX / 2];
    line out = {.len = 0};
    va_list args;

    if (level > log->level) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(pairs, sizeof pairs, format, args);
    va_end(args);
    for (char *c = pairs; *c != 0; c++) {
        if ((uint8_t)*c < ' ' || *c == 0x7f) {
            *c = '?';
        }
    }
    compose(&out, log, level, event, pairs);
    if (write(log->fd, out.text, out.len) < 0) {
        return; /* there is nowhere to complain */
    }
}
