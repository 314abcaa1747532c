/* lab: the table of chapters, and the command that runs them. */
#include <stdio.h>

#include "app/attrium/commands.h"
#include "app/attrium/lab/lab.h"
#include "host/entropy.h"

static const atr_lab_chapter chapters[] = {
    {"sharing", "a secret in three shares, any two of which are enough",
     atr_lab_sharing},
    {"policy", "a policy as a tree and as a matrix", atr_lab_matrix},
    {"pairing", "the pairing and why it is called bilinear", atr_lab_pairing},
    {"ibe", "encryption to a name: Boneh and Franklin", atr_lab_ibe},
    {"abe", "encryption to attributes: FABEO", atr_lab_abe},
    {"collusion", "two keys together open no more than each alone",
     atr_lab_collusion},
    {"hole", "the session key of the prototype, broken and mended",
     atr_lab_hole},
    {"exchange", "AB-AKE: three agree on a key in one round", atr_lab_exchange},
};
#define CHAPTERS (sizeof chapters / sizeof chapters[0])

static int list(const atr_cli *cli)
{
    json_t *out = atr_cli_document();
    json_t *all = json_array();

    for (size_t i = 0; i < CHAPTERS; i++) {
        if (!cli->json) {
            printf("%-10s %s\n", chapters[i].name, chapters[i].title);
        }
        json_array_append_new(all,
                              json_pack("{s:s,s:s}", "name", chapters[i].name,
                                        "title", chapters[i].title));
    }
    json_object_set_new(out, "chapters", all);
    if (cli->json) {
        return atr_cli_print_json(cli, out);
    }
    json_decref(out);
    return ATR_EXIT_DONE;
}

/* Runs one chapter into `out`; says what failed. */
static int run(const atr_cli *cli, const atr_lab_chapter *chapter, json_t *out)
{
    atr_lab lab = {.is_text = !cli->json, .steps = json_array()};

    if (lab.is_text) {
        printf("%s: %s\n", chapter->name, chapter->title);
    }
    atr_entropy_rng(&lab.rng);
    chapter->run(&lab);
    atr_rng_wipe(&lab.rng);
    if (lab.is_text) {
        printf("  %zu of %zu claims hold.\n\n", lab.claims - lab.failed,
               lab.claims);
    }
    json_array_append_new(
        out, json_pack("{s:s,s:s,s:o,s:I,s:b}", "name", chapter->name, "title",
                       chapter->title, "steps", lab.steps, "claims",
                       (json_int_t)lab.claims, "ok", (int)(lab.failed == 0)));
    return lab.failed == 0
               ? ATR_EXIT_DONE
               : atr_cli_fail(cli, ATR_EXIT_FAILED, "%s: it does not hold: %s",
                              chapter->name, lab.failure);
}

int atr_lab_run(const atr_cli *cli)
{
    const char *name = cli->operand_count > 0 ? cli->operands[0] : NULL;
    json_t *out;
    json_t *all;
    int code = ATR_EXIT_DONE;

    if (name == NULL) {
        return list(cli);
    }
    all = json_array();
    for (size_t i = 0; i < CHAPTERS; i++) {
        if ((strcmp(name, "all") == 0 || strcmp(name, chapters[i].name) == 0) &&
            run(cli, &chapters[i], all) != ATR_EXIT_DONE) {
            code = ATR_EXIT_FAILED;
        }
    }
    if (json_array_size(all) == 0) {
        json_decref(all);
        return atr_cli_usage(cli, "there is no chapter \"%s\"", name);
    }
    out = atr_cli_document();
    json_object_set_new(out, "chapters", all);
    json_object_set_new(out, "ok", json_boolean(code == ATR_EXIT_DONE));
    if (cli->json) {
        int printed = atr_cli_print_json(cli, out);

        return printed != ATR_EXIT_DONE ? printed : code;
    }
    json_decref(out);
    return code;
}
