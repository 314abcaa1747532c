/* trace show, export, forget: the heads that are kept here. */
#include "app/attrium/trace.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"
#include "app/attrium/args.h"
#include "app/attrium/commands.h"
#include "app/attrium/renewal.h"

int atr_trace_load(atr_heads **out, const atr_cli *cli)
{
    atr_heads *heads = calloc(1, sizeof *heads);
    atr_fault fault = {{0}};
    atr_err err;

    *out = NULL;
    if (heads == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    err = atr_heads_load_all(heads, atr_cli_value(cli, "dir"), &fault);
    if (err != ATR_OK) {
        free(heads);
        return atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    *out = heads;
    return ATR_EXIT_DONE;
}

void atr_trace_name(char out[ATR_TRACE_NAME_BYTES_MAX], const atr_seen *seen)
{
    char hex[13];

    atr_hex_write(hex, (atr_bytes){seen->head.hm, 6});
    snprintf(out, ATR_TRACE_NAME_BYTES_MAX, "node %u of %s", seen->head.node,
             hex);
}

json_t *atr_trace_json(const atr_seen *seen)
{
    const atr_trace_head *head = &seen->head;
    char address[ATR_LINK_TEXT_MAX] = "";

    (void)!atr_address_format(address, &seen->at);
    return json_pack(
        "{s:o, s:i, s:I, s:I, s:o, s:o, s:s}", "authority",
        atr_args_hex(head->hm, sizeof head->hm), "node", (int)head->node,
        "size", (json_int_t)head->tree.size, "at_ms", (json_int_t)head->at,
        "root", atr_args_hex(head->tree.root, sizeof head->tree.root), "key",
        atr_args_hex(seen->vk, sizeof seen->vk), "address", address);
}

static void print_seen(const atr_seen *seen)
{
    char name[ATR_TRACE_NAME_BYTES_MAX];
    char date[ATR_RENEWAL_DATE_BYTES_MAX];
    char root[65];

    atr_trace_name(name, seen);
    atr_renewal_date(date, seen->head.at / 1000);
    atr_hex_write(root, ATR_BYTES(seen->head.tree.root));
    printf("%s  %llu entries  %s  %s\n", name,
           (unsigned long long)seen->head.tree.size, date, root);
}

int atr_trace_show_run(const atr_cli *cli)
{
    atr_heads *heads;
    json_t *list;
    json_t *out;
    int code = atr_trace_load(&heads, cli);

    if (heads == NULL) {
        return code;
    }
    if (cli->json) {
        list = json_array();
        for (size_t i = 0; i < heads->count; i++) {
            json_array_append_new(list, atr_trace_json(&heads->seen[i]));
        }
        out = atr_cli_document();
        json_object_set_new(out, "heads", list);
        code = atr_cli_print_json(cli, out);
    } else {
        for (size_t i = 0; i < heads->count; i++) {
            print_seen(&heads->seen[i]);
        }
        if (heads->count == 0) {
            atr_cli_note(cli, "no log of a node was seen yet");
        }
    }
    free(heads);
    return code;
}

static atr_err write_to(const char *path, atr_file_how how, atr_bytes text,
                        atr_fault *fault)
{
    atr_draft draft;
    atr_err err = atr_draft_open(&draft, path, 0644, how, fault);

    if (err == ATR_OK) {
        if ((err = atr_draft_write(&draft, text, fault)) == ATR_OK) {
            err = atr_draft_commit(&draft, fault);
        }
        atr_draft_drop(&draft);
    }
    return err;
}

static int export_heads(const atr_cli *cli, const atr_heads *heads)
{
    const char *path = atr_cli_value(cli, "output");
    const atr_file_how how =
        atr_cli_has(cli, "force") ? ATR_FILE_REPLACE : ATR_FILE_NEW;
    uint8_t *bytes = malloc(ATR_HEADS_BYTES_MAX);
    char *text = malloc(atr_armour_len(ATR_ARMOUR_HEADS, ATR_HEADS_BYTES_MAX));
    atr_builder builder = atr_builder_of(bytes, ATR_HEADS_BYTES_MAX);
    atr_fault fault = {{0}};
    atr_err err = ATR_ERR_LIMIT;

    (void)atr_fault_set(&fault, err, "no memory");
    if (bytes != NULL && text != NULL) {
        atr_heads_build(&builder, heads);
        atr_armour_write(text, ATR_ARMOUR_HEADS, atr_builder_bytes(&builder));
        err =
            write_to(path != NULL ? path : "-", how,
                     (atr_bytes){(const uint8_t *)text, strlen(text)}, &fault);
    }
    free(text);
    free(bytes);
    return err == ATR_OK
               ? ATR_EXIT_DONE
               : atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
}

int atr_trace_export_run(const atr_cli *cli)
{
    atr_heads *heads;
    int code = atr_trace_load(&heads, cli);

    if (heads == NULL) {
        return code;
    }
    code = heads->count > 0 ? export_heads(cli, heads)
                            : atr_cli_fail(cli, ATR_EXIT_FAILED,
                                           "no log of a node was seen yet");
    free(heads);
    return code;
}

/* The one node with this number, of the authority that --authority begins. */
static int choose(const atr_seen **out, const atr_cli *cli,
                  const atr_heads *heads)
{
    const char *prefix = atr_cli_value(cli, "authority");
    const unsigned long number = strtoul(cli->operands[0], NULL, 10);
    size_t found = 0;

    for (size_t i = 0; i < heads->count; i++) {
        const atr_seen *seen = &heads->seen[i];
        char hex[65];

        atr_hex_write(hex, ATR_BYTES(seen->head.hm));
        if (seen->head.node == number &&
            (prefix == NULL || strncmp(hex, prefix, strlen(prefix)) == 0)) {
            *out = seen;
            found++;
        }
    }
    if (found == 0) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED,
                            "no log of such a node was seen: %s",
                            cli->operands[0]);
    }
    return found == 1 ? ATR_EXIT_DONE
                      : atr_cli_usage(cli,
                                      "%zu authorities have a node %s; give "
                                      "--authority",
                                      found, cli->operands[0]);
}

int atr_trace_forget_run(const atr_cli *cli)
{
    const atr_seen *seen = NULL;
    atr_heads *heads;
    atr_fault fault = {{0}};
    atr_err err;
    int code = atr_trace_load(&heads, cli);

    if (heads == NULL) {
        return code;
    }
    code = choose(&seen, cli, heads);
    if (seen != NULL && code == ATR_EXIT_DONE) {
        err = atr_heads_forget(atr_cli_value(cli, "dir"), seen->head.hm,
                               seen->head.node, &fault);
        code = err == ATR_OK
                   ? ATR_EXIT_DONE
                   : atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    free(heads);
    return code;
}
