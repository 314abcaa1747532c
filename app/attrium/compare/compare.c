/* compare: methods of group key exchange side by side, run for real on one
 * simulated network, and checked against their formulas. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "app/attrium/commands.h"
#include "app/attrium/compare/methods.h"
#include "app/attrium/compare/report.h"
#include "host/file.h"

#define STEPS 4

static const uint32_t sizes[] = {2, 5, 10, 20, 50, 100, 200, 500, 1000};
#define SIZES (sizeof sizes / sizeof sizes[0])

typedef struct {
    const atr_cli *cli;
    uint32_t most;
    bool quick;
    bool chosen[32]; /* methods */
    atr_report report;
    atr_compare_row rows[32 * SIZES * STEPS];
    char started[32];
    uint32_t done, all; /* groups, for the progress */
} comparison;

static uint32_t limit_of(const comparison *c, const atr_method *method)
{
    uint32_t limit = c->quick ? method->quick_max : method->change_max;

    return limit < c->most ? limit : c->most;
}

static void show_progress(comparison *c, const atr_method *method, uint32_t n)
{
    c->done++;
    if (!c->cli->quiet && isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r\033[K%u of %u: %s, %u members", c->done, c->all,
                method->name, n);
    }
}

static void end_progress(const comparison *c)
{
    if (!c->cli->quiet && isatty(STDERR_FILENO)) {
        fprintf(stderr, "\r\033[K");
    }
}

/* One group: set up, then a join, a leave from the middle, a refresh. */
static atr_err run_group(comparison *c, atr_stage *stage, uint32_t n)
{
    static const atr_group_step changes[] = {ATR_GROUP_JOIN, ATR_GROUP_LEAVE,
                                             ATR_GROUP_REFRESH};
    atr_compare_row *row = &c->report.rows[c->report.count];
    atr_err err = atr_stage_fill(stage, n);

    if (err == ATR_OK && n <= stage->method->setup_max) {
        err = atr_stage_step(row++, stage, ATR_GROUP_SETUP, 0);
    } else if (err == ATR_OK) {
        err = atr_stage_prepare(stage);
    }
    for (size_t i = 0; i < 3 && err == ATR_OK; i++) {
        err = atr_stage_step(row++, stage, changes[i], n / 2);
    }
    if (err == ATR_OK) {
        c->report.count = (size_t)(row - c->report.rows);
    }
    atr_stage_clear(stage);
    return err;
}

static int run_method(comparison *c, const atr_method *method)
{
    uint32_t limit = limit_of(c, method);
    atr_stage stage;
    atr_err err = atr_stage_open(&stage, method, limit + 1,
                                 c->report.latency_ms, c->report.mbit_per_s);
    int code = ATR_EXIT_DONE;

    if (err != ATR_OK) {
        return atr_cli_fail(c->cli, ATR_EXIT_FAILED, "%s: %s", method->name,
                            atr_err_text(err));
    }
    for (size_t i = 0; i < SIZES && code == ATR_EXIT_DONE; i++) {
        if (sizes[i] > limit) {
            break;
        }
        show_progress(c, method, sizes[i]);
        err = run_group(c, &stage, sizes[i]);
        if (err != ATR_OK) {
            end_progress(c);
            code = atr_cli_fail(c->cli, ATR_EXIT_FAILED, "%s, %u members: %s",
                                method->name, sizes[i],
                                stage.fault[0] != '\0' ? stage.fault
                                                       : atr_err_text(err));
        }
    }
    atr_stage_close(&stage);
    return code;
}

static void count_groups(comparison *c)
{
    for (size_t m = 0; m < atr_method_count; m++) {
        for (size_t i = 0; i < SIZES && c->chosen[m]; i++) {
            c->all += sizes[i] <= limit_of(c, atr_methods[m]);
        }
    }
}

static int run_all(comparison *c)
{
    int code = ATR_EXIT_DONE;

    count_groups(c);
    for (size_t m = 0; m < atr_method_count && code == ATR_EXIT_DONE; m++) {
        if (c->chosen[m]) {
            code = run_method(c, atr_methods[m]);
        }
    }
    end_progress(c);
    return code;
}

/* The processor, as the kernel names it. */
static void name_machine(char *out, size_t cap)
{
    FILE *file = fopen("/proc/cpuinfo", "r");
    char line[256];

    snprintf(out, cap, "an unknown processor");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const char *colon = strchr(line, ':');

        if (strncmp(line, "model name", 10) == 0 && colon != NULL) {
            line[strcspn(line, "\n")] = '\0';
            atr_cli_clean(
                out, cap,
                (atr_bytes){(const uint8_t *)colon + 2, strlen(colon + 2)});
            break;
        }
    }
    if (file != NULL) {
        fclose(file);
    }
}

static int choose_methods(comparison *c)
{
    const char *name = atr_cli_value(c->cli, "method");

    for (size_t m = 0; m < atr_method_count; m++) {
        c->chosen[m] = name == NULL;
    }
    for (size_t i = 0; (name = atr_cli_value_at(c->cli, "method", i)) != NULL;
         i++) {
        const atr_method *method = atr_method_by_name(name);

        if (method == NULL) {
            return atr_cli_usage(
                c->cli, "there is no method \"%s\"; --list shows all", name);
        }
        for (size_t m = 0; m < atr_method_count; m++) {
            c->chosen[m] |= atr_methods[m] == method;
        }
    }
    return ATR_EXIT_DONE;
}

static int read_options(comparison *c)
{
    uint64_t most = sizes[SIZES - 1];
    uint64_t latency = 20;
    uint64_t bandwidth = 100;
    time_t now = time(NULL);
    struct tm when;

    if (!atr_cli_number(&most, c->cli, "max", 2, sizes[SIZES - 1]) ||
        !atr_cli_number(&latency, c->cli, "latency", 0, 60000) ||
        !atr_cli_number(&bandwidth, c->cli, "bandwidth", 1, 1000000)) {
        return ATR_EXIT_USAGE;
    }
    c->most = (uint32_t)most;
    c->quick = atr_cli_has(c->cli, "quick");
    c->report.latency_ms = (double)latency;
    c->report.mbit_per_s = (double)bandwidth;
    c->report.rows = c->rows;
    c->report.started = c->started;
    strftime(c->started, sizeof c->started, "%Y-%m-%d %H:%M UTC",
             gmtime_r(&now, &when));
    name_machine(c->report.machine, sizeof c->report.machine);
    return choose_methods(c);
}

static bool write_html(FILE *out, const comparison *c)
{
    if (!atr_report_html(out, &c->report)) {
        atr_cli_note(c->cli, "the page has no plots: gnuplot could not be run");
    }
    return true;
}

static bool write_csv(FILE *out, const comparison *c)
{
    atr_report_csv(out, &c->report);
    return true;
}

/* The file that option `name` asks for. */
static int write_file(const comparison *c, const char *name,
                      bool (*write)(FILE *out, const comparison *c))
{
    const char *path = atr_cli_value(c->cli, name);
    atr_file_how how =
        atr_cli_has(c->cli, "force") ? ATR_FILE_REPLACE : ATR_FILE_NEW;
    atr_fault fault = {0};
    char *text = NULL;
    size_t len = 0;
    atr_err err = ATR_ERR_LIMIT;
    FILE *out;

    if (path == NULL) {
        return ATR_EXIT_DONE;
    }
    if ((out = open_memstream(&text, &len)) != NULL) {
        (void)write(out, c);
        if (fclose(out) == 0) {
            err = atr_file_write(path, (atr_bytes){(const uint8_t *)text, len},
                                 0644, how, &fault);
        }
    }
    free(text);
    if (err == ATR_ERR_STATE) {
        return atr_cli_fail(c->cli, ATR_EXIT_FAILED,
                            "%s exists; --force replaces it", path);
    }
    return err == ATR_OK ? ATR_EXIT_DONE
                         : atr_cli_fail(c->cli, ATR_EXIT_FAILED,
                                        "%s: cannot write it", path);
}

/* Before an hour of work, not after it. */
static int check_file(const atr_cli *cli, const char *name)
{
    const char *path = atr_cli_value(cli, name);

    if (path != NULL && !atr_cli_has(cli, "force") && atr_path_exists(path)) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED,
                            "%s exists; --force replaces it", path);
    }
    return ATR_EXIT_DONE;
}

static int list_methods(void)
{
    for (size_t m = 0; m < atr_method_count; m++) {
        printf("%-10s %s; up to %u members\n", atr_methods[m]->name,
               atr_methods[m]->doc, atr_methods[m]->change_max);
    }
    return ATR_EXIT_DONE;
}

static int compare(comparison *c)
{
    int code;

    if ((code = read_options(c)) != ATR_EXIT_DONE ||
        (code = check_file(c->cli, "csv")) != ATR_EXIT_DONE ||
        (code = check_file(c->cli, "html")) != ATR_EXIT_DONE ||
        (code = run_all(c)) != ATR_EXIT_DONE ||
        (code = write_file(c, "csv", write_csv)) != ATR_EXIT_DONE ||
        (code = write_file(c, "html", write_html)) != ATR_EXIT_DONE) {
        return code;
    }
    if (c->cli->json) {
        return atr_cli_print_json(c->cli, atr_report_json(&c->report));
    }
    atr_report_text(stdout, &c->report);
    return ATR_EXIT_DONE;
}

int atr_compare_run(const atr_cli *cli)
{
    comparison *c;
    int code;

    if (atr_cli_has(cli, "list")) {
        return list_methods();
    }
    if ((c = calloc(1, sizeof *c)) == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    c->cli = cli;
    code = compare(c);
    free(c);
    return code;
}
