#include "app/kmsd/passphrase.h"

int atr_kmsd_passphrase(atr_secret *out, const atr_cli *cli, bool is_new)
{
    atr_secret_sources sources = {
        .file = atr_cli_value(cli, "passphrase-file"),
        .fd = -1,
        .credential = ATR_KMSD_CREDENTIAL,
        .prompt = "Passphrase of the authority's keys here: ",
        .confirm = is_new,
    };
    uint64_t fd = 0;
    atr_fault fault;
    atr_err err;

    if (!atr_cli_number(&fd, cli, "passphrase-fd", 0, 65535)) {
        return ATR_EXIT_USAGE;
    }
    if (atr_cli_has(cli, "passphrase-fd")) {
        sources.fd = (int)fd;
    }
    err = atr_secret_read(out, &sources, &fault);
    if (err == ATR_OK) {
        return 0;
    }
    if (err == ATR_ERR_STATE && !sources.file) { /* no source at all */
        return atr_cli_usage(cli, "%s", fault.text);
    }
    return atr_cli_fail(
        cli, err == ATR_ERR_STATE ? ATR_EXIT_UNSAFE : ATR_EXIT_FAILED, "%s",
        fault.text);
}

bool atr_kmsd_wants_passphrase(const atr_cli *cli)
{
    return atr_cli_has(cli, "passphrase") ||
           atr_cli_has(cli, "passphrase-fd") ||
           atr_cli_has(cli, "passphrase-file");
}
