/* demo: the whole of it, live: an authority, a hall, people. Each claim is
 * checked on what the programs themselves say, and listed at the end. */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/attrium/commands.h"
#include "app/attrium/demo.h"
#include "host/clock.h"

#define LIMIT_MS 60000
#define LIMIT_THRESHOLD_MS 240000 /* it waits for periods to end */

static volatile bool stopped;

static void on_signal(int signal_number)
{
    (void)signal_number;
    stopped = true;
}

/* ---- showing ---- */

void atr_demo_headline(const atr_demo *d, const char *text)
{
    printf(d->colour ? "\n\033[1m%s\033[0m\n" : "\n%s\n", text);
    fflush(stdout);
}

void atr_demo_show(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("  ", stdout);
    vprintf(format, args);
    fputc('\n', stdout);
    va_end(args);
    fflush(stdout);
}

void atr_demo_claim(atr_demo *d, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (d->claim_count < ATR_DEMO_CLAIMS_MAX) {
        vsnprintf(d->claim[d->claim_count++], sizeof d->claim[0], format, args);
    }
    va_end(args);
}

bool atr_demo_fail(atr_demo *d, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(d->problem, sizeof d->problem, format, args);
    va_end(args);
    return false;
}

/* ---- the whole ---- */

bool atr_demo_play(atr_demo *d, atr_demo_act *const *acts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!acts[i](d)) {
            return false;
        }
    }
    return true;
}

static int make_folder(atr_demo *d)
{
    const char *keep = atr_cli_value(d->cli, "keep");
    const char *tmp = getenv("TMPDIR");
    char *dir = d->troupe.dir;

    if (keep != NULL) {
        snprintf(dir, sizeof d->troupe.dir, "%.900s", keep);
        if (strlen(keep) > 900 || mkdir(dir, 0700) != 0) {
            return atr_cli_fail(d->cli, ATR_EXIT_FAILED,
                                "cannot make the directory \"%.200s\"", keep);
        }
        return ATR_EXIT_DONE;
    }
    snprintf(dir, sizeof d->troupe.dir, "%.900s/attrium-demo-XXXXXX",
             tmp != NULL && tmp[0] != 0 ? tmp : "/tmp");
    if (mkdtemp(dir) == NULL) {
        return atr_cli_fail(d->cli, ATR_EXIT_FAILED,
                            "cannot make a temporary directory");
    }
    return ATR_EXIT_DONE;
}

static void cast(atr_demo *d)
{
    static const char *const names[ATR_DEMO_PEOPLE] = {"Ada", "Ben", "Cleo",
                                                       "Dan", "Eve"};
    static const char *const attributes[ATR_DEMO_PEOPLE] = {
        "THREE ONE TWO", "THREE TWO FOUR", "ONE THREE FOUR", "ONE TWO FIVE",
        "FIVE"};

    for (size_t i = 0; i < ATR_DEMO_PEOPLE; i++) {
        d->people[i].name = names[i];
        d->people[i].attributes = attributes[i];
        snprintf(d->people[i].home, sizeof d->people[i].home, "%.900s/%s",
                 d->troupe.dir, names[i]);
        d->people[i].process = (atr_process){.in = -1, .out = -1, .err = -1};
    }
    d->troupe.authority = d->people[0].process;
    d->troupe.hall = d->people[0].process;
}

static int conclude(const atr_demo *d, bool good)
{
    atr_demo_headline(d, good ? "Verified:" : "Verified before it failed:");
    for (size_t i = 0; i < d->claim_count; i++) {
        atr_demo_show("[x] %s", d->claim[i]);
    }
    if (good) {
        return ATR_EXIT_DONE;
    }
    fflush(stdout);
    if (stopped) {
        return atr_cli_fail(d->cli, ATR_EXIT_INTERRUPTED, "interrupted");
    }
    return atr_cli_fail(d->cli, ATR_EXIT_FAILED, "not verified: %s",
                        d->problem);
}

int atr_demo_run(const atr_cli *cli)
{
    struct sigaction action = {.sa_handler = on_signal};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    const bool threshold = atr_cli_has(cli, "threshold");
    atr_demo *d = calloc(1, sizeof *d);
    bool good;
    int code;

    if (d == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    d->cli = cli;
    d->troupe.stop = &stopped;
    d->troupe.end_at =
        atr_clock_now() + (threshold ? LIMIT_THRESHOLD_MS : LIMIT_MS);
    code = atr_cli_colour(&d->colour, cli, isatty(STDOUT_FILENO) != 0);
    if (code != ATR_EXIT_DONE || (code = make_folder(d)) != ATR_EXIT_DONE) {
        free(d);
        return code;
    }
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    atr_troupe_find(&d->troupe);
    cast(d);
    printf("Attrium: rooms that people enter by what they are.\n");
    atr_demo_show("working in %s", d->troupe.dir);
    good = threshold ? atr_demo_threshold(d) : atr_demo_acts(d);
    for (size_t i = 0; i < ATR_DEMO_PEOPLE; i++) {
        atr_actor_drop(&d->people[i]);
    }
    atr_process_end(&d->cheat, 500);
    atr_troupe_stop_all(&d->nodes);
    atr_troupe_drop(&d->troupe);
    if (!atr_cli_has(cli, "keep")) {
        atr_folder_remove(d->troupe.dir);
    }
    code = conclude(d, good);
    free(d);
    return code;
}
