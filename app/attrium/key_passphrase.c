/* key passphrase: a key at rest under a passphrase, by Argon2id. */
#include "app/attrium/args.h"
#include "app/attrium/commands.h"
#include "app/attrium/renewal.h"

/* The new one: from a file, from ATTRIUM_ASKPASS, or asked for twice. */
static int read_new(atr_secret *out, const atr_cli *cli)
{
    atr_secret_sources sources = {
        .file = atr_cli_value(cli, "new-passphrase-file"),
        .fd = -1,
        .prompt = "New passphrase: ",
        .confirm = true,
    };
    atr_fault fault = {{0}};
    atr_err err = atr_secret_read(out, &sources, &fault);

    if (err == ATR_ERR_STATE && sources.file == NULL) {
        return atr_cli_usage(cli, "--new-passphrase-file FILE is needed "
                                  "without a terminal");
    }
    if (err != ATR_OK) {
        return atr_cli_fail(
            cli, err == ATR_ERR_STATE ? ATR_EXIT_UNSAFE : ATR_EXIT_FAILED, "%s",
            fault.text);
    }
    return ATR_EXIT_DONE;
}

/* NULL: in the open. */
static atr_err save(const atr_holder *holder, const atr_person *person,
                    const atr_secret *secret, atr_fault *fault)
{
    atr_err err;

    if (person != NULL) {
        err =
            atr_renewal_lock(person->path, &person->passphrase, secret, fault);
        return err == ATR_OK ? atr_person_save(person, secret, fault) : err;
    }
    err = atr_renewal_lock(holder->path, &holder->passphrase, secret, fault);
    return err == ATR_OK ? atr_holder_save(holder, secret, fault) : err;
}

int atr_key_passphrase(const atr_cli *cli)
{
    const char *which = cli->operand_count > 0 ? cli->operands[0] : NULL;
    bool remove = atr_cli_has(cli, "remove");
    const atr_keyring *ring = atr_keyring_of(atr_cli_value(cli, "dir"), which);
    atr_holder *holder = NULL;
    atr_person *person = NULL;
    atr_secret secret = {.len = 0};
    atr_fault fault = {{0}};
    int code;

    if (remove && atr_cli_has(cli, "new-passphrase-file")) {
        return atr_cli_usage(cli, "--remove takes no new passphrase");
    }
    code = ring == &atr_keyring_identities
               ? atr_args_person(&person, cli, which)
               : atr_args_key(&holder, cli, which);
    if (code == ATR_EXIT_DONE && !remove) {
        code = read_new(&secret, cli);
    }
    if (code == ATR_EXIT_DONE &&
        save(holder, person, remove ? NULL : &secret, &fault) != ATR_OK) {
        code = atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    atr_secret_wipe(&secret);
    atr_holder_close(holder);
    atr_person_close(person);
    return code;
}
