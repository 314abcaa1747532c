/* host_system.c - logs, systemd, metrics, children, the loop, randomness. */
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/db.h"
#include "host/entropy.h"
#include "host/log.h"
#include "host/loop.h"
#include "host/metrics.h"
#include "host/notify.h"
#include "host/process.h"
#include "kit/kit.h"

/* --- log ------------------------------------------------------------------ */

static int log_pipe[2];

static const char *logged(void)
{
    static char text[4096];
    ssize_t got = read(log_pipe[0], text, sizeof text - 1);

    text[got > 0 ? got : 0] = 0;
    return text;
}

static void logs(void **state)
{
    atr_log log;
    atr_log_level level;
    const char *line;
    json_t *json;

    (void)state;
    unsetenv("JOURNAL_STREAM");
    unsetenv("INVOCATION_ID");
    assert_int_equal(pipe2(log_pipe, O_NONBLOCK), 0);
    atr_log_init(&log);
    assert_int_equal(log.fd, STDERR_FILENO);
    log.fd = log_pipe[1];
    atr_log_event(&log, ATR_LOG_INFO, "listening", "port=%d", 7);
    line = logged();
    assert_int_equal(strncmp(line, "time=20", 7), 0);
    assert_non_null(strstr(line, "Z level=info event=listening port=7\n"));
    atr_log_event(&log, ATR_LOG_DEBUG, "quiet", "%s", "");
    assert_string_equal(logged(), "");
    log.journal = true;
    atr_log_event(&log, ATR_LOG_ERROR, "bad", "file=\"%s\"", "a b\nc");
    assert_string_equal(logged(),
                        "<3>level=error event=bad file=\"a b?c\"\n");
    log.json = true;
    log.journal = false;
    atr_log_event(&log, ATR_LOG_WARN, "odd",
                  "a=1 b=\"x y \\\" z\" c= d=\\ e=\"un\\closed%s", "");
    line = logged();
    json = json_loads(line, 0, NULL);
    assert_non_null(json);
    assert_string_equal(kit_text(json, "event"), "odd");
    assert_string_equal(kit_text(json, "level"), "warn");
    assert_string_equal(kit_text(json, "a"), "1");
    assert_string_equal(kit_text(json, "b"), "x y \" z");
    assert_string_equal(kit_text(json, "c"), "");
    assert_string_equal(kit_text(json, "d"), "\\");
    json_decref(json);
    assert_int_equal(atr_log_parse_level(&level, "warn"), ATR_OK);
    assert_int_equal(level, ATR_LOG_WARN);
    assert_int_equal(atr_log_parse_level(&level, "Warn"), ATR_ERR_INPUT);
    setenv("INVOCATION_ID", "x", 1);
    atr_log_init(&log);
    assert_true(log.journal);
}

/* However long it is, a line stays one and ends. */
static void long_logs(void **state)
{
    atr_log log = {ATR_LOG_INFO, false, true, log_pipe[1]};
    char value[3000];
    const char *line;

    (void)state;
    memset(value, 'x', sizeof value);
    value[2999] = 0;
    for (int json = 0; json < 2; json++) {
        log.json = json;
        atr_log_event(&log, ATR_LOG_INFO, value, "v=\"%s\"", value);
        line = logged();
        assert_true(strlen(line) > 1000);
        assert_int_equal(line[strlen(line) - 1], '\n');
        assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    }
}

/* --- systemd -------------------------------------------------------------- */

static void notify(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    char text[600] = "";
    char number[32];

    (void)state;
    unsetenv("NOTIFY_SOCKET");
    atr_notify("READY=1"); /* nobody listens: nothing happens */
    setenv("NOTIFY_SOCKET", "/no/such/socket", 1);
    atr_notify("READY=1");
    snprintf(address.sun_path, sizeof address.sun_path, "/tmp/atr-notify-%d",
             (int)getpid());
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address),
                     0);
    setenv("NOTIFY_SOCKET", address.sun_path, 1);
    atr_notify("READY=1\nSTATUS=well");
    assert_int_equal(read(fd, text, sizeof text), 19);
    assert_string_equal(text, "READY=1\nSTATUS=well");
    atr_notify("RELOADING=1");
    assert_true(read(fd, text, sizeof text) > 20);
    assert_non_null(strstr(text, "RELOADING=1\nMONOTONIC_USEC="));
    close(fd);
    unlink(address.sun_path);
    unsetenv("NOTIFY_SOCKET");
    assert_int_equal(atr_notify_watchdog_ms(), 0);
    setenv("WATCHDOG_USEC", "30000000", 1);
    assert_int_equal(atr_notify_watchdog_ms(), 15000);
    setenv("WATCHDOG_PID", "1", 1);
    assert_int_equal(atr_notify_watchdog_ms(), 0);
    snprintf(number, sizeof number, "%d", (int)getpid());
    setenv("WATCHDOG_PID", number, 1);
    assert_int_equal(atr_notify_watchdog_ms(), 15000);
}

static void metrics(void **state)
{
    static const atr_metric table[] = {
        {"a_total", "Things.", ATR_METRIC_COUNTER, 7},
        {"b_bytes", "Size.", ATR_METRIC_GAUGE, UINT64_MAX},
    };
    static const char want[] = "# HELP a_total Things.\n"
                               "# TYPE a_total counter\na_total 7\n"
                               "# HELP b_bytes Size.\n"
                               "# TYPE b_bytes gauge\n"
                               "b_bytes 18446744073709551615\n";
    char out[400];
    size_t len;

    (void)state;
    assert_int_equal(atr_metrics_format(out, &len, sizeof out, table, 2),
                     ATR_OK);
    assert_string_equal(out, want);
    assert_int_equal(len, strlen(want));
    for (size_t cap = 0; cap <= strlen(want); cap++) {
        assert_int_equal(atr_metrics_format(out, &len, cap, table, 2),
                         ATR_ERR_LIMIT);
        assert_int_equal(len, 0);
    }
    assert_true(atr_metrics_memory() > 100000);
}

/* --- children ------------------------------------------------------------- */

static void children(void **state)
{
    static const char *const talk[] = {
        "sh", "-c", "read x; echo \"$x $NEW $HOME\"; echo end; exit 7", NULL};
    static const char *const env[] = {"NEW=1", "HOME=/there", NULL};
    static const char *const sleeps[] = {"sleep", "600", NULL};
    static const char *const deaf[] = {
        "sh", "-c", "trap '' TERM; echo on; read x", NULL};
    static const char *const none[] = {"/no/such/program", NULL};
    atr_process_options options = {talk, env, true, true, false};
    atr_process p;
    atr_fault fault = {""};
    char line[64];

    (void)state;
    assert_int_equal(atr_process_start(&p, &options, &fault), ATR_OK);
    assert_int_equal(atr_process_read_line(line, 64, &p, 20), ATR_ERR_IO);
    assert_int_equal(write(p.in, "hello\n", 6), 6);
    assert_int_equal(atr_process_read_line(line, 64, &p, 60000), ATR_OK);
    assert_string_equal(line, "hello 1 /there");
    assert_int_equal(atr_process_read_line(line, 3, &p, 60000), ATR_ERR_LIMIT);
    while (atr_process_read_line(line, 64, &p, 60000) == ATR_OK) {
    }
    assert_int_equal(atr_process_wait(&p, 60000), ATR_OK);
    assert_int_equal(p.status, 7);
    assert_int_equal(p.pid, 0);
    options = (atr_process_options){sleeps, NULL, false, false, false};
    assert_int_equal(atr_process_start(&p, &options, &fault), ATR_OK);
    assert_int_equal(atr_process_wait(&p, 30), ATR_ERR_STATE);
    atr_process_end(&p, 60000);
    assert_int_equal(p.status, 256 + SIGTERM);
    options = (atr_process_options){deaf, NULL, true, true, false};
    assert_int_equal(atr_process_start(&p, &options, &fault), ATR_OK);
    assert_int_equal(atr_process_read_line(line, 64, &p, 60000), ATR_OK);
    atr_process_end(&p, 50);
    assert_int_equal(p.status, 256 + SIGKILL);
    options.argv = none;
    assert_int_equal(atr_process_start(&p, &options, &fault), ATR_ERR_IO);
    assert_non_null(strstr(fault.text, "/no/such/program"));
}

/* --- the loop ------------------------------------------------------------- */

typedef struct {
    atr_loop *loop;
    atr_timer *timer;
    atr_watch *watch;
    int fd;
    char trace[256];
} bench;

static void note(bench *b, const char *what)
{
    strncat(b->trace, what, sizeof b->trace - strlen(b->trace) - 1);
}

static void on_commit(void *context)
{
    note(context, "c");
}

static void on_flush(void *context)
{
    note(context, "f ");
}

static void on_timer(void *context)
{
    bench *b = context;

    note(b, "t");
    if (strchr(b->trace, 'T') == NULL) {
        note(b, "T");
        atr_timer_set(b->timer, atr_loop_now(b->loop) + 5);
    } else {
        atr_loop_stop(b->loop);
    }
}

/* The hooks follow the callbacks of each turn, commit before flush, once. */
static void turns(void **state)
{
    bench b = {.fd = -1};
    atr_time from = atr_clock_now();

    (void)state;
    assert_int_equal(atr_loop_open(&b.loop), ATR_OK);
    assert_int_equal(atr_loop_hook(b.loop, ATR_TURN_FLUSH, on_flush, &b),
                     ATR_OK);
    assert_int_equal(atr_loop_hook(b.loop, ATR_TURN_COMMIT, on_commit, &b),
                     ATR_OK);
    assert_int_equal(atr_timer_open(&b.timer, b.loop, on_timer, &b), ATR_OK);
    atr_timer_set(b.timer, from + 1000000);
    atr_timer_set(b.timer, from + 20);
    assert_int_equal(atr_loop_run(b.loop), ATR_OK);
    assert_true(atr_clock_now() - from >= 25);
    assert_string_equal(b.trace, "tTcf tcf ");
    b.trace[0] = 0;
    atr_loop_unhook(b.loop, ATR_TURN_COMMIT, on_commit, &b);
    atr_timer_set(b.timer, ATR_NEVER);
    atr_loop_touch(b.loop);
    atr_loop_touch(b.loop);
    assert_int_equal(atr_loop_run(b.loop), ATR_OK); /* nothing can happen */
    assert_string_equal(b.trace, "f ");
    atr_timer_close(b.timer);
    atr_loop_close(b.loop);
}

static void on_bytes(void *context)
{
    bench *b = context;
    char byte = 0;

    if (read(b->fd, &byte, 1) == 1) {
        note(b, (char[]){byte, 0});
    } else {
        atr_watch_close(b->watch);
        b->watch = NULL;
        atr_loop_stop(b->loop);
    }
}

/* Pipes and plain files alike. */
static void watches(void **state)
{
    int pipes[2];
    FILE *file = tmpfile();
    bench b = {.fd = -1};

    (void)state;
    fputs("plain", file);
    rewind(file);
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(write(pipes[1], "pipe", 4), 4);
    close(pipes[1]);
    assert_int_equal(atr_loop_open(&b.loop), ATR_OK);
    b.fd = pipes[0];
    assert_int_equal(atr_watch_open(&b.watch, b.loop, b.fd, on_bytes, &b),
                     ATR_OK);
    assert_int_equal(atr_loop_run(b.loop), ATR_OK);
    assert_string_equal(b.trace, "pipe");
    close(pipes[0]);
    b.fd = fileno(file);
    assert_int_equal(atr_watch_open(&b.watch, b.loop, b.fd, on_bytes, &b),
                     ATR_OK);
    atr_watch_pause(b.watch, true);
    atr_watch_pause(b.watch, false);
    assert_int_equal(atr_loop_run(b.loop), ATR_OK);
    assert_string_equal(b.trace, "pipeplain");
    fclose(file);
    b.fd = open("/dev/null", O_RDONLY);
    assert_int_equal(atr_watch_open(&b.watch, b.loop, b.fd, on_bytes, &b),
                     ATR_OK);
    assert_int_equal(atr_loop_run(b.loop), ATR_OK);
    close(b.fd);
    assert_int_equal(atr_watch_open(&b.watch, b.loop, 999, on_bytes, &b),
                     ATR_ERR_IO);
    atr_loop_close(b.loop);
}

static void on_room(void *context)
{
    bench *b = context;

    note(b, "w");
    assert_int_equal(write(b->fd, "0123456789", 10), 10);
    atr_watch_pause(b->watch, true);
    atr_loop_stop(b->loop);
}

static void stop_it(void *context)
{
    bench *b = context;

    atr_loop_stop(b->loop);
}

/* A descriptor that takes bytes: called while it does, and not when full. */
static void watches_out(void **state)
{
    int pipes[2];
    uint8_t block[4096] = {0};
    FILE *file = tmpfile();
    bench b = {.fd = -1};

    (void)state;
    assert_int_equal(pipe2(pipes, O_NONBLOCK), 0);
    assert_int_equal(atr_loop_open(&b.loop), ATR_OK);
    for (size_t i = 0; i < 3; i++) {
        b.fd = i == 0   ? pipes[1]
               : i == 1 ? fileno(file)
                        : open("/dev/null", O_WRONLY);
        assert_int_equal(
            atr_watch_open_out(&b.watch, b.loop, b.fd, on_room, &b), ATR_OK);
        assert_int_equal(atr_loop_run(b.loop), ATR_OK);
        atr_watch_close(b.watch);
    }
    assert_string_equal(b.trace, "www");
    close(b.fd);
    while (write(pipes[1], block, sizeof block) > 0) {
    }
    b.fd = pipes[1];
    assert_int_equal(atr_watch_open_out(&b.watch, b.loop, b.fd, on_room, &b),
                     ATR_OK);
    assert_int_equal(atr_timer_open(&b.timer, b.loop, stop_it, &b), ATR_OK);
    atr_timer_set(b.timer, atr_clock_now() + 50);
    assert_int_equal(atr_loop_run(b.loop), ATR_OK);
    assert_string_equal(b.trace, "www"); /* full: not called */
    assert_int_equal(read(pipes[0], block, sizeof block), sizeof block);
    assert_int_equal(atr_loop_run(b.loop), ATR_OK);
    assert_string_equal(b.trace, "wwww");
    atr_timer_close(b.timer);
    atr_watch_close(b.watch);
    atr_loop_close(b.loop);
    close(pipes[0]);
    close(pipes[1]);
    fclose(file);
}

static void on_signal(void *context, int number)
{
    bench *b = context;

    note(b, number == SIGUSR1 ? "u" : number == SIGHUP ? "h" : "?");
    if (number == SIGTERM) {
        atr_loop_stop(b->loop);
    } else {
        raise(number == SIGUSR1 ? SIGHUP : SIGTERM);
    }
}

static void signals(void **state)
{
    bench b = {.fd = -1};

    (void)state;
    assert_int_equal(atr_loop_open(&b.loop), ATR_OK);
    assert_int_equal(atr_loop_signals(b.loop, on_signal, &b), ATR_OK);
    raise(SIGUSR1);
    raise(SIGPIPE); /* ignored */
    assert_int_equal(atr_loop_run(b.loop), ATR_OK);
    assert_string_equal(b.trace, "uh?");
    atr_loop_close(b.loop);
}

static void entropy(void **state)
{
    uint8_t a[ATR_SEED_BYTES] = {0};
    uint8_t b[ATR_SEED_BYTES] = {0};
    uint8_t none[ATR_SEED_BYTES] = {0};

    (void)state;
    atr_entropy_seed(a);
    atr_entropy_seed(b);
    assert_memory_not_equal(a, b, sizeof a);
    assert_memory_not_equal(a, none, sizeof a);
    assert_true(atr_clock_wall_ms() > 1700000000000ull);
}

/* A database that two processes may have open. */
static void shared_database(void **state)
{
    static const char *const steps[] = {"CREATE TABLE t(n INTEGER NOT NULL)",
                                        "ALTER TABLE t ADD COLUMN m"};
    atr_db_schema schema = {ATR_DB_ID_KMS, 1, steps, true};
    char path[] = "/tmp/atr-shared-XXXXXX";
    atr_db a;
    atr_db b;
    sqlite3_stmt *stmt;
    bool row;
    atr_fault fault = {""};

    (void)state;
    close(mkstemp(path));
    assert_int_equal(atr_db_open(&a, path, &schema, &fault), ATR_OK);
    schema.version = 2; /* the second is a newer program */
    assert_int_equal(atr_db_open(&b, path, &schema, &fault), ATR_OK);
    assert_int_equal(atr_db_begin(&a), ATR_OK);
    assert_int_equal(atr_db_exec(&a, "INSERT INTO t(n) VALUES(5)"), ATR_OK);
    assert_int_equal(atr_db_commit(&a), ATR_OK);
    assert_int_equal(atr_db_prepare(&stmt, &b, "SELECT n FROM t"), ATR_OK);
    assert_int_equal(atr_db_step(stmt, &row), ATR_OK);
    assert_true(row);
    assert_int_equal(atr_db_number(stmt, 0), 5);
    sqlite3_finalize(stmt);
    assert_int_not_equal(atr_db_exec(&b, "INSERT INTO t(n) VALUES(NULL)"),
                         ATR_OK);
    atr_db_close(&a);
    atr_db_close(&b);
    schema.version = 1;
    assert_int_equal(atr_db_open(&a, path, &schema, &fault), ATR_ERR_INPUT);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logs),     cmocka_unit_test(long_logs),
        cmocka_unit_test(notify),   cmocka_unit_test(metrics),
        cmocka_unit_test(children), cmocka_unit_test(turns),
        cmocka_unit_test(watches),
        cmocka_unit_test(watches_out),  cmocka_unit_test(signals),
        cmocka_unit_test(entropy),  cmocka_unit_test(shared_database),
    };

    return cmocka_run_group_tests_name("host_system", tests, NULL, NULL);
}
