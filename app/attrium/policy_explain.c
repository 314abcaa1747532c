/* policy explain: why a set of attributes opens a policy, or what it lacks. */
#include <stdio.h>
#include <stdlib.h>

#include "app/attrium/args.h"
#include "app/attrium/commands.h"
#include "policy/policy_text.h"
#include "policy/share.h"

/* The attributes in question: of --attributes, or of a key. */
static int attrs_of(atr_attrs *out, const atr_cli *cli)
{
    const char *text = atr_cli_value(cli, "attributes");
    atr_holder *holder;
    int code;

    if (text != NULL && atr_cli_has(cli, "identity")) {
        return atr_cli_usage(cli, "give a key or --attributes, not both");
    }
    if (text != NULL) {
        return atr_args_attrs(out, cli, "attributes", text);
    }
    if ((code = atr_args_holder(&holder, cli)) == ATR_EXIT_DONE) {
        *out = holder->file.key.attrs;
        atr_holder_close(holder);
    }
    return code;
}

static int print_json(const atr_cli *cli, const atr_policy *policy,
                      const atr_policy_rows *rows, const atr_share_plan *plan,
                      const atr_attrs *missing)
{
    json_t *out = atr_cli_document();
    json_t *uses = json_array();

    json_object_set_new(out, "satisfied", json_boolean(plan != NULL));
    for (size_t i = 0; plan != NULL && i < plan->count; i++) {
        json_t *use = json_object();
        char text[256] = "";

        (void)!atr_attr_format(text, sizeof text,
                               atr_policy_row(policy, rows, plan->row[i]));
        json_object_set_new(use, "row", json_integer(plan->row[i] + 1));
        json_object_set_new(use, "attribute", json_string(text));
        json_array_append_new(uses, use);
    }
    json_object_set_new(out, "uses", uses);
    json_object_set_new(out, "missing", atr_args_attrs_json(missing));
    return atr_cli_print_json(cli, out);
}

static int print_text(const atr_policy *policy, const atr_policy_rows *rows,
                      const atr_share_plan *plan, const atr_attrs *missing)
{
    char *text;

    if (plan == NULL) {
        text = atr_args_attrs_text(missing);
        printf("not satisfied\nmissing: %s\n", text != NULL ? text : "?");
        free(text);
        return ATR_EXIT_DONE;
    }
    printf("satisfied, by %zu of %zu rows\n", plan->count, rows->count);
    for (size_t i = 0; i < plan->count; i++) {
        char attr[256] = "";

        (void)!atr_attr_format(attr, sizeof attr,
                               atr_policy_row(policy, rows, plan->row[i]));
        printf("  row %u: %s\n", plan->row[i] + 1u, attr);
    }
    return ATR_EXIT_DONE;
}

int atr_policy_explain_run(const atr_cli *cli)
{
    static const atr_share_cost cost = {1, 1};
    atr_attrs attrs = {0};
    atr_attrs missing = {0};
    atr_policy_rows rows;
    atr_policy policy;
    atr_share_plan plan;
    bool satisfied;
    int code = atr_args_policy(
        &policy, cli, cli->operand_count > 0 ? cli->operands[0] : NULL);

    if (code != ATR_EXIT_DONE ||
        (code = attrs_of(&attrs, cli)) != ATR_EXIT_DONE) {
        return code;
    }
    atr_policy_rows_of(&rows, &policy);
    satisfied = atr_share_plan_make(&plan, &policy, &attrs, cost) == ATR_OK;
    if (!satisfied) {
        atr_policy_lacks(&missing, &policy, &attrs);
    }
    code = cli->json
               ? print_json(cli, &policy, &rows, satisfied ? &plan : NULL,
                            &missing)
               : print_text(&policy, &rows, satisfied ? &plan : NULL, &missing);
    if (code != ATR_EXIT_DONE) {
        return code;
    }
    return satisfied ? ATR_EXIT_DONE : ATR_EXIT_DENIED;
}
