/* compare: methods of group key exchange side by side, run for real on one
 * simulated network, and checked against their formulas. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "app/attrium/commands.h"
#include "app/attrium/compare/groups.h"
#include "app/attrium/compare/methods.h"
#include "app/attrium/compare/report.h"
#include "host/file.h"

static const uint32_t sizes[] = {2, 5, 10, 20, 50, 100, 200, 500, 1000};
#define SIZES (sizeof sizes / sizeof sizes[0])
#define METHODS_MAX 32
#define GROUPS_MAX (METHODS_MAX * SIZES)

typedef struct {
    const atr_cli *cli;
    uint32_t most;
    bool quick;
    bool chosen[METHODS_MAX];
    atr_groups groups;
    atr_groups_one one[GROUPS_MAX];
    atr_report report;
    atr_compare_row rows[GROUPS_MAX * ATR_GROUPS_STEPS];
    char started[32];
} comparison;

static uint32_t limit_of(const comparison *c, const atr_method *method)
{
    uint32_t limit = c->quick ? method->quick_max : method->change_max;

    return limit < c->most ? limit : c->most;
}

static bool shows_progress(const comparison *c)
{
    return !c->cli->quiet && isatty(STDERR_FILENO);
}

static void show_progress(void *context, const atr_groups_one *group,
                          size_t before)
{
    const comparison *c = context;

    if (shows_progress(c)) {
        fprintf(stderr, "\r\033[K%zu of %zu: %s, %u members", before + 1,
                c->groups.count, group->method->name, group->n);
    }
}

/* The largest first, so that no long one is left for the end. */
static void list_groups(comparison *c)
{
    for (size_t i = SIZES; i-- > 0;) {
        for (size_t m = 0; m < atr_method_count; m++) {
            if (c->chosen[m] && sizes[i] <= limit_of(c, atr_methods[m])) {
                c->one[c->groups.count++] =
                    (atr_groups_one){.method = atr_methods[m], .n = sizes[i]};
            }
        }
    }
}

/* By method, and then by size. */
static void collect_rows(comparison *c)
{
    for (size_t m = 0; m < atr_method_count; m++) {
        for (size_t i = c->groups.count; i-- > 0;) {
            const atr_groups_one *one = &c->one[i];

            if (one->method == atr_methods[m]) {
                memcpy(&c->rows[c->report.count], one->row, sizeof one->row);
                c->report.count += one->count;
            }
        }
    }
}

static int run_all(comparison *c)
{
    atr_err err;

    list_groups(c);
    err = atr_groups_run(&c->groups);
    if (shows_progress(c)) {
        fprintf(stderr, "\r\033[K");
    }
    if (err != ATR_OK) {
        return atr_cli_fail(c->cli, ATR_EXIT_FAILED, "%s, %u members: %s",
                            c->groups.failed->method->name, c->groups.failed->n,
                            c->groups.fault);
    }
    collect_rows(c);
    return ATR_EXIT_DONE;
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

static uint32_t processors(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);

    if (count < 1) {
        return 1;
    }
    return count < ATR_GROUPS_THREADS_MAX ? (uint32_t)count
                                          : ATR_GROUPS_THREADS_MAX;
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
    uint64_t jobs = processors();
    time_t now = time(NULL);
    struct tm when;

    if (!atr_cli_number(&most, c->cli, "max", 2, sizes[SIZES - 1]) ||
        !atr_cli_number(&latency, c->cli, "latency", 0, 60000) ||
        !atr_cli_number(&bandwidth, c->cli, "bandwidth", 1, 1000000) ||
        !atr_cli_number(&jobs, c->cli, "jobs", 1, ATR_GROUPS_THREADS_MAX)) {
        return ATR_EXIT_USAGE;
    }
    c->most = (uint32_t)most;
    c->quick = atr_cli_has(c->cli, "quick");
    c->groups = (atr_groups){
        .one = c->one,
        .latency_ms = (double)latency,
        .mbit_per_s = (double)bandwidth,
        .threads = (uint32_t)jobs,
        .progress = show_progress,
        .context = c,
    };
    c->report.latency_ms = c->groups.latency_ms;
    c->report.mbit_per_s = c->groups.mbit_per_s;
    c->report.jobs = c->groups.threads;
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
