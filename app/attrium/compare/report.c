#include "app/attrium/compare/report.h"

#include "app/attrium/compare/matrix.h"

const char *atr_step_name(atr_group_step step)
{
    static const char *const names[] = {"set-up", "join", "leave", "refresh"};

    return names[step];
}

static void text_row(FILE *out, const atr_compare_row *row)
{
    const uint64_t *op = row->ops.of;

    fprintf(
        out,
        "%-10s %5u %6u %8llu %10llu %10llu %11llu %8llu %8llu %10.1f "
        "%9.1f %9.1f%s\n",
        row->method, row->n, row->rounds, (unsigned long long)row->messages,
        (unsigned long long)row->sent_max,
        (unsigned long long)row->received_max, (unsigned long long)row->sent,
        (unsigned long long)(op[ATR_OP_POWER] + op[ATR_OP_DH] + op[ATR_OP_G1] +
                             op[ATR_OP_G2] + op[ATR_OP_GT]),
        (unsigned long long)op[ATR_OP_PAIRING], row->cpu_ms, row->cpu_max_ms,
        row->path_ms, row->is_checked ? "" : "  not checked");
}

static void text_step(FILE *out, const atr_report *report, atr_group_step step)
{
    fprintf(out,
            "\n%s\n%-10s %5s %6s %8s %10s %10s %11s %8s %8s %10s %9s %9s\n",
            atr_step_name(step), "method", "n", "rounds", "messages",
            "sent max B", "recv max B", "sent all B", "powers", "pairings",
            "cpu all ms", "cpu max", "path ms");
    for (size_t i = 0; i < report->count; i++) {
        if (report->rows[i].step == step) {
            text_row(out, &report->rows[i]);
        }
    }
}

static void text_matrix(FILE *out)
{
    fprintf(out, "\n%-22s", "property");
    for (size_t f = 0; f < ATR_FAMILIES; f++) {
        fprintf(out, " %-11s", atr_families[f]);
    }
    fprintf(out, "\n");
    for (size_t i = 0; i < atr_matrix_rows; i++) {
        fprintf(out, "%-22s", atr_matrix[i].property);
        for (size_t f = 0; f < ATR_FAMILIES; f++) {
            fprintf(out, " %-11s",
                    atr_verdict_text(atr_matrix[i].cell[f].verdict));
        }
        fprintf(out, "\n");
    }
    fprintf(out,
            "\nEach cell has its reason and its test: --json or --html.\n");
}

void atr_report_text(FILE *out, const atr_report *report)
{
    fprintf(
        out,
        "%s, %s, groups at a time: %u\nlatency %g ms, %g Mbit/s a party; CPU "
        "as measured here, each party on a computer of its own\n",
        report->started, report->machine, report->jobs, report->latency_ms,
        report->mbit_per_s);
    for (int step = ATR_GROUP_SETUP; step <= ATR_GROUP_REFRESH; step++) {
        text_step(out, report, (atr_group_step)step);
    }
    text_matrix(out);
}

void atr_report_csv(FILE *out, const atr_report *report)
{
    fprintf(out, "method,step,n,rounds,messages,sent_bytes,received_bytes,"
                 "sent_bytes_max,received_bytes_max,cpu_ms,cpu_ms_max,path_ms");
    for (size_t k = 0; k < ATR_OPS; k++) {
        fprintf(out, ",%s,%s_max", atr_op_names[k], atr_op_names[k]);
    }
    fprintf(out, ",checked\n");
    for (size_t i = 0; i < report->count; i++) {
        const atr_compare_row *row = &report->rows[i];

        fprintf(out, "%s,%s,%u,%u,%llu,%llu,%llu,%llu,%llu,%.3f,%.3f,%.3f",
                row->method, atr_step_name(row->step), row->n, row->rounds,
                (unsigned long long)row->messages,
                (unsigned long long)row->sent,
                (unsigned long long)row->received,
                (unsigned long long)row->sent_max,
                (unsigned long long)row->received_max, row->cpu_ms,
                row->cpu_max_ms, row->path_ms);
        for (size_t k = 0; k < ATR_OPS; k++) {
            fprintf(out, ",%llu,%llu", (unsigned long long)row->ops.of[k],
                    (unsigned long long)row->ops_max.of[k]);
        }
        fprintf(out, ",%s\n", row->is_checked ? "yes" : "no");
    }
}

static void set_number(json_t *object, const char *name, uint64_t value)
{
    json_object_set_new(object, name, json_integer((json_int_t)value));
}

static json_t *json_ops(const atr_ops *ops)
{
    json_t *out = json_object();

    for (size_t k = 0; k < ATR_OPS; k++) {
        set_number(out, atr_op_names[k], ops->of[k]);
    }
    return out;
}

static json_t *json_row(const atr_compare_row *row)
{
    json_t *out = json_object();

    json_object_set_new(out, "method", json_string(row->method));
    json_object_set_new(out, "step", json_string(atr_step_name(row->step)));
    set_number(out, "n", row->n);
    set_number(out, "rounds", row->rounds);
    set_number(out, "messages", row->messages);
    set_number(out, "sent_bytes", row->sent);
    set_number(out, "received_bytes", row->received);
    set_number(out, "sent_bytes_max", row->sent_max);
    set_number(out, "received_bytes_max", row->received_max);
    json_object_set_new(out, "cpu_ms", json_real(row->cpu_ms));
    json_object_set_new(out, "cpu_ms_max", json_real(row->cpu_max_ms));
    json_object_set_new(out, "path_ms", json_real(row->path_ms));
    json_object_set_new(out, "operations", json_ops(&row->ops));
    json_object_set_new(out, "operations_max", json_ops(&row->ops_max));
    json_object_set_new(out, "checked", json_boolean(row->is_checked));
    return out;
}

static json_t *json_matrix(void)
{
    json_t *out = json_array();

    for (size_t i = 0; i < atr_matrix_rows; i++) {
        json_t *row = json_object();

        json_object_set_new(row, "property",
                            json_string(atr_matrix[i].property));
        for (size_t f = 0; f < ATR_FAMILIES; f++) {
            const atr_cell *cell = &atr_matrix[i].cell[f];
            json_t *one = json_object();

            json_object_set_new(one, "verdict",
                                json_string(atr_verdict_text(cell->verdict)));
            json_object_set_new(one, "why", json_string(cell->why));
            json_object_set_new(one, "link", json_string(cell->link));
            json_object_set_new(row, atr_families[f], one);
        }
        json_array_append_new(out, row);
    }
    return out;
}

json_t *atr_report_json(const atr_report *report)
{
    json_t *out = atr_cli_document();
    json_t *rows = json_array();

    json_object_set_new(out, "started", json_string(report->started));
    json_object_set_new(out, "machine", json_string(report->machine));
    json_object_set_new(out, "latency_ms", json_real(report->latency_ms));
    json_object_set_new(out, "mbit_per_s", json_real(report->mbit_per_s));
    set_number(out, "jobs", report->jobs);
    for (size_t i = 0; i < report->count; i++) {
        json_array_append_new(rows, json_row(&report->rows[i]));
    }
    json_object_set_new(out, "rows", rows);
    json_object_set_new(out, "properties", json_matrix());
    return out;
}
