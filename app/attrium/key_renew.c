/* key renew: the key of the present period, from the grant of the one before.
 */
#include <stdio.h>
#include <stdlib.h>

#include "app/attrium/args.h"
#include "app/attrium/commands.h"
#include "app/attrium/renewal.h"

static int report(const atr_cli *cli, const char *path, const atr_keyfile *file)
{
    char date[ATR_RENEWAL_DATE_BYTES_MAX];
    atr_period period;
    json_t *out;

    (void)atr_attrs_period(&period, &file->key.attrs);
    atr_renewal_date(date, atr_renewal_until(file));
    if (!cli->json) {
        atr_cli_note(cli, "the key in \"%s\" serves until %s", path, date);
        return ATR_EXIT_DONE;
    }
    out = atr_cli_document();
    json_object_set_new(out, "file", json_string(path));
    json_object_set_new(out, "period", json_integer((json_int_t)period.number));
    json_object_set_new(out, "generation", json_integer(period.generation));
    json_object_set_new(out, "until", json_string(date));
    return atr_cli_print_json(cli, out);
}

/* The file of the key, and `*holder` where it takes that to have its
 * passphrase. */
static int find(char path[ATR_PATH_BYTES_MAX], atr_holder **holder,
                const atr_cli *cli)
{
    const char *dir = atr_cli_value(cli, "dir");
    const char *which = cli->operand_count > 0 ? cli->operands[0] : NULL;
    atr_fault fault = {{0}};
    bool locked = false;

    if (atr_keyring_find(path, &atr_keyring_attributes, dir, which, &fault) !=
            ATR_OK ||
        atr_keyring_look(&locked, &atr_keyring_attributes, dir, path, &fault) !=
            ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    return locked ? atr_args_key(holder, cli, path) : ATR_EXIT_DONE;
}

int atr_key_renew(const atr_cli *cli)
{
    atr_keyfile *file = calloc(1, sizeof *file);
    atr_holder *holder = NULL;
    const atr_secret *passphrase;
    char path[ATR_PATH_BYTES_MAX];
    atr_fault fault = {{0}};
    int code;

    if (file == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    code = find(path, &holder, cli);
    passphrase = holder != NULL ? &holder->passphrase : NULL;
    if (code == ATR_EXIT_DONE) {
        code = atr_renewal_fetch(file, cli, path, passphrase, 0);
    }
    if (code == ATR_EXIT_DONE &&
        atr_renewal_save(path, file, passphrase, &fault) != ATR_OK) {
        code = atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    if (code == ATR_EXIT_DONE) {
        code = report(cli, path, file);
    }
    atr_keyfile_wipe(file);
    free(file);
    atr_holder_close(holder);
    return code;
}
