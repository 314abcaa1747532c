/* policy check and policy format: what a policy is. */
#include <stdio.h>
#include <stdlib.h>

#include "app/attrium/args.h"
#include "app/attrium/commands.h"
#include "policy/policy_text.h"

static const char *operand(const atr_cli *cli)
{
    return cli->operand_count > 0 ? cli->operands[0] : NULL;
}

/* How many different attributes the rows name. */
static size_t distinct(const atr_policy_rows *rows)
{
    size_t count = 0;

    for (size_t i = 0; i < rows->count; i++) {
        count += rows->occurrence[i] == 0;
    }
    return count;
}

int atr_policy_check_run(const atr_cli *cli)
{
    atr_policy_rows rows;
    atr_policy policy;
    int code = atr_args_policy(&policy, cli, operand(cli));

    if (code != ATR_EXIT_DONE) {
        return code;
    }
    atr_policy_rows_of(&rows, &policy);
    if (cli->json) {
        json_t *out = atr_cli_document();

        json_object_set_new(out, "valid", json_true());
        json_object_set_new(out, "rows", json_integer((json_int_t)rows.count));
        json_object_set_new(out, "attributes",
                            json_integer((json_int_t)distinct(&rows)));
        return atr_cli_print_json(cli, out);
    }
    printf("valid: %zu rows, %zu different attributes\n", rows.count,
           distinct(&rows));
    return ATR_EXIT_DONE;
}

static json_t *leaf(const atr_attr *attr)
{
    char text[256];

    if (atr_attr_format(text, sizeof text, attr) != ATR_OK) {
        return json_null();
    }
    return json_string(text);
}

/* {"need": k, "of": [children]} for a gate, a text for a leaf. */
static json_t *tree_of(const atr_policy *policy)
{
    json_t *stack[ATR_POLICY_STEPS_MAX] = {NULL};
    size_t top = 0;

    for (size_t i = 0; i < policy->count; i++) {
        const atr_policy_step *step = &policy->steps[i];
        json_t *gate;
        json_t *children;

        if (step->of == 0) {
            stack[top++] = leaf(&step->attr);
            continue;
        }
        gate = json_object();
        children = json_array();
        for (unsigned k = step->of; k > 0; k--) {
            json_array_append_new(children, stack[top - k]);
        }
        top -= step->of;
        json_object_set_new(gate, "need", json_integer(step->need));
        json_object_set_new(gate, "of", children);
        stack[top++] = gate;
    }
    return stack[0];
}

int atr_policy_format_run(const atr_cli *cli)
{
    atr_policy policy;
    char *text;
    int code = atr_args_policy(&policy, cli, operand(cli));

    if (code != ATR_EXIT_DONE ||
        (code = atr_args_policy_text(&text, cli, &policy)) != ATR_EXIT_DONE) {
        return code;
    }
    if (cli->json) {
        json_t *out = atr_cli_document();

        json_object_set_new(out, "policy", json_string(text));
        json_object_set_new(out, "tree", tree_of(&policy));
        code = atr_cli_print_json(cli, out);
    } else {
        printf("%s\n", text);
    }
    free(text);
    return code;
}
