/* The page: tables, and plots where gnuplot is there to draw them. */
#include <stdlib.h>
#include <unistd.h>

#include "app/attrium/compare/matrix.h"
#include "app/attrium/compare/methods.h"
#include "app/attrium/compare/report.h"
#include "host/file.h"
#include "host/process.h"

#define GNUPLOT_MS 60000
#define SVG_BYTES_MAX ((size_t)4 << 20)

/* One thing that a plot shows, over the size of the group. */
typedef struct {
    const char *title;
    const char *axis;
    double (*value)(const atr_compare_row *row);
} measure;

static double cpu(const atr_compare_row *row)
{
    return row->cpu_max_ms;
}

static double path(const atr_compare_row *row)
{
    return row->path_ms;
}

static double received(const atr_compare_row *row)
{
    return (double)(row->sent_max + row->received_max);
}

static const measure measures[] = {
    {"processor time of the busiest member", "ms", cpu},
    {"until the last member holds the key", "ms", path},
    {"bytes sent and received, largest member", "bytes", received},
};

/* A method's line: a block of data of its own, in the order of n. */
static size_t write_data(FILE *out, const atr_report *report,
                         const measure *what, atr_group_step step,
                         const char *method)
{
    size_t points = 0;

    for (size_t i = 0; i < report->count; i++) {
        const atr_compare_row *row = &report->rows[i];

        if (row->step == step && strcmp(row->method, method) == 0) {
            fprintf(out, "%u %.6f\n", row->n, what->value(row));
            points++;
        }
    }
    return points;
}

static void write_script(FILE *out, const atr_report *report,
                         const measure *what, atr_group_step step)
{
    const char *between = "plot ";

    for (size_t m = 0; m < atr_method_count; m++) {
        fprintf(out, "$m%zu << EOD\n", m);
        (void)write_data(out, report, what, step, atr_methods[m]->name);
        fprintf(out, "EOD\n");
    }
    fprintf(out,
            "set terminal svg size 620,420 font 'sans,12'\n"
            "set logscale xy\nset key left top\nset grid\n"
            "set xlabel 'members'\nset ylabel '%s'\n"
            "set title '%s: %s'\n",
            what->axis, atr_step_name(step), what->title);
    for (size_t m = 0; m < atr_method_count; m++) {
        fprintf(out, "%s$m%zu with linespoints title '%s'", between, m,
                atr_methods[m]->name);
        between = ", \\\n     ";
    }
    fprintf(out, "\n");
}

/* gnuplot reads the script and writes the picture; both are files in `dir`. */
static bool draw(FILE *out, const char *dir, const atr_report *report,
                 const measure *what, atr_group_step step)
{
    char script[ATR_PATH_BYTES_MAX];
    char picture[ATR_PATH_BYTES_MAX];
    char setting[ATR_PATH_BYTES_MAX + 32];
    const char *argv[] = {"gnuplot", "-e", setting, script, NULL};
    const atr_process_options options = {.argv = argv};
    atr_process process = {0};
    atr_file svg = {0};
    atr_fault fault;
    FILE *file;
    bool drawn = false;

    snprintf(script, sizeof script, "%s/plot", dir);
    snprintf(picture, sizeof picture, "%s/svg", dir);
    snprintf(setting, sizeof setting, "set output '%s'", picture);
    if ((file = fopen(script, "w")) == NULL) {
        return false;
    }
    write_script(file, report, what, step);
    if (fclose(file) == 0 &&
        atr_process_start(&process, &options, &fault) == ATR_OK) {
        if (atr_process_wait(&process, GNUPLOT_MS) != ATR_OK) {
            atr_process_end(&process, 0);
        }
        drawn = process.status == 0 &&
                atr_file_read(&svg, picture, SVG_BYTES_MAX, &fault) == ATR_OK;
    }
    if (drawn) { /* without the XML declaration, which a page has no place for
                  */
        const char *text = (const char *)svg.data;
        const char *begin = strstr(text, "<svg");

        drawn = begin != NULL;
        fprintf(out, "<figure>%s</figure>\n", drawn ? begin : "");
    }
    atr_file_wipe(&svg);
    (void)unlink(script);
    (void)unlink(picture);
    return drawn;
}

static bool draw_all(FILE *out, const atr_report *report)
{
    char dir[] = "/tmp/attrium-compare-XXXXXX";
    bool drawn = true;

    if (mkdtemp(dir) == NULL) {
        return false;
    }
    for (int step = ATR_GROUP_SETUP; step <= ATR_GROUP_REFRESH; step++) {
        for (size_t i = 0; i < sizeof measures / sizeof measures[0] && drawn;
             i++) {
            drawn = draw(out, dir, report, &measures[i], (atr_group_step)step);
        }
    }
    (void)rmdir(dir);
    return drawn;
}

/* Texts of this program alone: only these three need care. */
static void escape(FILE *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        default:
            fputc(*text, out);
            break;
        }
    }
}

static void write_rows(FILE *out, const atr_report *report, atr_group_step step)
{
    fprintf(out,
            "<h2>%s</h2>\n<table>\n<tr><th>method<th>members<th>rounds"
            "<th>messages<th>sent, largest<th>received, largest<th>sent, all"
            "<th>processor, all, ms<th>processor, busiest, ms"
            "<th>critical path, ms",
            atr_step_name(step));
    for (size_t k = 0; k < ATR_OPS; k++) {
        fprintf(out, "<th>%s", atr_op_names[k]);
    }
    fprintf(out, "<th>as the formula\n");
    for (size_t i = 0; i < report->count; i++) {
        const atr_compare_row *row = &report->rows[i];

        if (row->step != step) {
            continue;
        }
        fprintf(out,
                "<tr><th>%s<td>%u<td>%u<td>%llu<td>%llu<td>%llu<td>%llu"
                "<td>%.1f<td>%.1f<td>%.1f",
                row->method, row->n, row->rounds,
                (unsigned long long)row->messages,
                (unsigned long long)row->sent_max,
                (unsigned long long)row->received_max,
                (unsigned long long)row->sent, row->cpu_ms, row->cpu_max_ms,
                row->path_ms);
        for (size_t k = 0; k < ATR_OPS; k++) {
            fprintf(out, "<td>%llu", (unsigned long long)row->ops.of[k]);
        }
        fprintf(out, "<td>%s\n", row->is_checked ? "yes" : "not checked");
    }
    fprintf(out, "</table>\n");
}

static void write_matrix(FILE *out)
{
    fprintf(out, "<h2>What they give</h2>\n<table>\n<tr><th>property");
    for (size_t f = 0; f < ATR_FAMILIES; f++) {
        fprintf(out, "<th>%s", atr_families[f]);
    }
    for (size_t i = 0; i < atr_matrix_rows; i++) {
        fprintf(out, "\n<tr><th>%s", atr_matrix[i].property);
        for (size_t f = 0; f < ATR_FAMILIES; f++) {
            const atr_cell *cell = &atr_matrix[i].cell[f];

            fprintf(out,
                    "<td class=t><b>%s</b>: ", atr_verdict_text(cell->verdict));
            escape(out, cell->why);
            fprintf(out, "<br><code>");
            escape(out, cell->link);
            fprintf(out, "</code>");
        }
    }
    fprintf(out, "\n</table>\n");
}

bool atr_report_html(FILE *out, const atr_report *report)
{
    bool drawn;

    fprintf(out, "<!DOCTYPE html>\n<html lang=en><meta charset=utf-8>\n"
                 "<meta name=viewport content='width=device-width'>\n"
                 "<title>Group key exchange compared</title>\n<style>\n"
                 "body{font:15px/1.4 sans-serif;margin:2em;max-width:80em}\n"
                 "table{border-collapse:collapse;display:block;"
                 "overflow-x:auto}\n"
                 "td,th{border:1px solid #aaa;padding:.15em .5em;"
                 "text-align:right;font-weight:normal}\n"
                 "th{background:#eee}.t{text-align:left}\n"
                 "figure{display:inline-block;margin:0}\n</style>\n"
                 "<h1>Group key exchange compared</h1>\n<p>");
    escape(out, report->started);
    fprintf(out, ", ");
    escape(out, report->machine);
    fprintf(out,
            ". Latency %g ms, %g Mbit/s a party. Processor times are those "
            "seen on this machine, each party counted as a computer of its "
            "own; bytes received count a broadcast at each receiver. A join "
            "is from n to n+1 members, a leave from n+1 to n.</p>\n",
            report->latency_ms, report->mbit_per_s);
    drawn = draw_all(out, report);
    for (int step = ATR_GROUP_SETUP; step <= ATR_GROUP_REFRESH; step++) {
        write_rows(out, report, (atr_group_step)step);
    }
    write_matrix(out);
    fprintf(out, "</html>\n");
    return drawn;
}
