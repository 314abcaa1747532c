#include "app/kmsd/commands.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "app/kmsd/place.h"
#include "app/kmsd/serve.h"
#include "host/clock.h"
#include "host/conf.h"

#define DIR_OPTION                                                             \
    {                                                                          \
        "dir", 'd', "DIR", "where the authority lives"                         \
    }
#define JSON_OPTION                                                            \
    {                                                                          \
        "json", 0, NULL, "write JSON"                                          \
    }
#define PASSPHRASE_OPTIONS                                                     \
    {"passphrase-file", 0, "FILE", "a locked file's passphrase: first line"},  \
    {                                                                          \
        "passphrase-fd", 0, "N", "the same, from a file descriptor"            \
    }

#define REGISTRAR_OPTION                                                       \
    {                                                                          \
        "registrar", 0, "FILE", "the key to sign with (DIR/registrar.key)"     \
    }

static const atr_cli_option init_options[] = {
    DIR_OPTION,
    {"name", 'n', "NAME", "a name for people"},
    {"scheme", 0, "NAME", "fabeo (the default) or w11"},
    {"attributes", 0, "FILE|LIST", "the attributes that may be asked for"},
    {"identities", 0, NULL, "with --attributes: identity keys may be too"},
    {"period", 0, "TIME", "keys are for so long, as 7d (for ever)"},
    {"join", 'j', "CARD", "of each node, this one too: several make it"},
    {"shares", 0, "N", "how many nodes, to be sure (default: the cards)"},
    {"threshold", 'k', "K", "how many of them issue a key (of one: 1)"},
    {"registrar", 0, "KEY", "of an administrator (registrar new); repeatable"},
    {"approvals", 0, "M", "registrars who must approve (default 1)"},
    {"passphrase", 0, NULL, "put its keys under a passphrase: ask for it"},
    PASSPHRASE_OPTIONS,
    ATR_PLACE_OPTIONS,
    JSON_OPTION,
};

static const atr_cli_option card_options[] = {
    DIR_OPTION,
    ATR_PLACE_OPTIONS,
    JSON_OPTION,
};

static const atr_cli_option run_options[] = {
    DIR_OPTION,
    ATR_PLACE_OPTIONS,
    {"admin", 0, "ADDRESS:PORT", "a page, and /metrics; on loopback, or with"},
    {"admin-client", 0, "PIN", "of a certificate that may see and decide"},
    {"waiting-max", 0, "N", "requests that may wait (default 1000)"},
    {"expire", 0, "TIME", "how long they may wait, as 12h (default 30d)"},
    REGISTRAR_OPTION,
    PASSPHRASE_OPTIONS,
    {"log-level", 0, "LEVEL", "error, warn, info or debug"},
    {"log-format", 0, "FORMAT", "logfmt or json"},
};

static const atr_cli_option list_options[] = {
    DIR_OPTION,
    {"all", 'a', NULL, "also what has been decided"},
    JSON_OPTION,
};

static const atr_cli_option plain_options[] = {
    DIR_OPTION,
    JSON_OPTION,
};

static const atr_cli_option status_options[] = {
    DIR_OPTION,
    {"cert", 0, "FILE", "this node's certificate, if it is not self-made"},
    {"key", 0, "FILE", "its private key (PEM)"},
    JSON_OPTION,
};

static const atr_cli_option approve_options[] = {
    DIR_OPTION,
    REGISTRAR_OPTION,
    {"valid", 0, "TIME", "keys may be issued for so long, as 90d (for ever)"},
    PASSPHRASE_OPTIONS,
    JSON_OPTION,
};

static const atr_cli_option deny_options[] = {
    DIR_OPTION,       {"reason", 'r', "TEXT", "shown to the asker"},
    REGISTRAR_OPTION, PASSPHRASE_OPTIONS,
    JSON_OPTION,
};

static const atr_cli_option withdraw_options[] = {
    DIR_OPTION,
    REGISTRAR_OPTION,
    PASSPHRASE_OPTIONS,
    JSON_OPTION,
};

static const atr_cli_option revoke_options[] = {
    DIR_OPTION,       {"force", 'f', NULL, "do not ask"},
    REGISTRAR_OPTION, PASSPHRASE_OPTIONS,
    JSON_OPTION,
};

static const atr_cli_option new_options[] = {
    DIR_OPTION,
    {"output", 'o', "FILE", "a key for elsewhere, not for this node"},
    {"passphrase", 0, NULL, "put it under a passphrase: ask for it"},
    PASSPHRASE_OPTIONS,
    JSON_OPTION,
};

static const atr_cli_option issue_options[] = {
    DIR_OPTION,
    {"request", 0, "FILE", "a request that came as a file"},
    {"output", 'o', "FILE", "default: standard output"},
    {"force", 'f', NULL, "overwrite FILE"},
    REGISTRAR_OPTION,
    {"valid", 0, "TIME", "keys may be issued for so long, as 90d (for ever)"},
    PASSPHRASE_OPTIONS,
    JSON_OPTION,
};

static const atr_cli_option refresh_options[] = {
    DIR_OPTION,
    ATR_PLACE_OPTIONS,
    PASSPHRASE_OPTIONS,
    JSON_OPTION,
};

static const atr_cli_option replace_options[] = {
    DIR_OPTION,
    {"node", 0, "N", "the number of the node that is lost"},
    {"card", 0, "CARD", "of the node that takes its place"},
    {"threshold", 'k', "K", "how many issue a key from now on (as before)"},
    {"authority", 0, "FILE", "at the new node: authority.pub of another"},
    {"attributes", 0, "FILE|LIST", "at the new node: what may be asked for"},
    {"passphrase", 0, NULL, "at the new node: put its share under one"},
    PASSPHRASE_OPTIONS,
    ATR_PLACE_OPTIONS,
    JSON_OPTION,
};

static const atr_cli_option backup_options[] = {
    DIR_OPTION,
    {"force", 'f', NULL, "overwrite FILE"},
    PASSPHRASE_OPTIONS,
    JSON_OPTION,
};

static const atr_cli_option restore_options[] = {
    DIR_OPTION,
    PASSPHRASE_OPTIONS,
    JSON_OPTION,
};

static const atr_cli_option drill_options[] = {
    DIR_OPTION,
    {"share-passphrase-file", 0, "FILE", "where the share is locked"},
    PASSPHRASE_OPTIONS,
    JSON_OPTION,
};

#define OPTIONS(table) (table), sizeof(table) / sizeof(table)[0]

static const atr_cli_command commands[] = {
    {"init", "", "make an authority in a new directory", OPTIONS(init_options),
     0, 0, atr_kmsd_init},
    {"card", "", "show this node's card, for the operators of the others",
     OPTIONS(card_options), 0, 0, atr_kmsd_card},
    {"run", "", "serve enrolment over HTTPS", OPTIONS(run_options), 0, 0,
     atr_kmsd_run},
    {"requests", "", "list the requests that wait for approval",
     OPTIONS(list_options), 0, 0, atr_kmsd_requests},
    {"approve", "ID...", "approve requests: enough approvals grant them",
     OPTIONS(approve_options), 1, 1000, atr_kmsd_approve},
    {"deny", "ID...", "refuse requests", OPTIONS(deny_options), 1, 1000,
     atr_kmsd_deny},
    {"withdraw", "ID...", "take back requests and grants",
     OPTIONS(withdraw_options), 1, 1000, atr_kmsd_withdraw},
    {"revoke", "", "begin a new generation of keys, now",
     OPTIONS(revoke_options), 0, 0, atr_kmsd_revoke},
    {"registrar new", "", "make a key to approve with", OPTIONS(new_options), 0,
     0, atr_kmsd_registrar_new},
    {"registrar show", "", "show who may approve, or the key of a file",
     OPTIONS(withdraw_options), 0, 0, atr_kmsd_registrar_show},
    {"issue", "[ID]", "approve one request and write its sealed partial key",
     OPTIONS(issue_options), 0, 1, atr_kmsd_issue},
    {"refresh-shares", "", "at all nodes: new shares, old ones are useless",
     OPTIONS(refresh_options), 0, 0, atr_kmsd_refresh},
    {"replace", "", "new shares, with another node in the place of a lost one",
     OPTIONS(replace_options), 0, 0, atr_kmsd_replace},
    {"backup", "FILE", "put this node into a file under a passphrase",
     OPTIONS(backup_options), 1, 1, atr_kmsd_backup},
    {"restore", "FILE", "make a directory of a backup",
     OPTIONS(restore_options), 1, 1, atr_kmsd_restore},
    {"drill", "[FILE]", "try whether a backup would serve; changes nothing",
     OPTIONS(drill_options), 0, 1, atr_kmsd_drill},
    {"status", "", "show and check the state of this node",
     OPTIONS(status_options), 0, 0, atr_kmsd_status},
    {"audit verify", "", "check that the audit log is whole",
     OPTIONS(plain_options), 0, 0, atr_kmsd_audit_verify},
    {"audit", "", "show the audit log, checking it", OPTIONS(plain_options), 0,
     0, atr_kmsd_audit},
};

const atr_cli_program atr_kmsd_program = {
    .name = "attrium-kmsd",
    .doc = "a node of the key authority",
    .commands = commands,
    .count = sizeof commands / sizeof commands[0],
    .more =
        "The directory is --dir, else $ATTRIUM_KMSD_DIR, else\n" ATR_KMSD_DIR
        ". ID is the beginning of a request's id.\n",
};

const char *atr_kmsd_dir(const atr_cli *cli)
{
    const char *dir = atr_cli_value(cli, "dir");

    if (!dir) {
        dir = getenv("ATTRIUM_KMSD_DIR");
    }
    return dir && dir[0] ? dir : ATR_KMSD_DIR;
}

int atr_kmsd_open_node(atr_node **out, const atr_cli *cli)
{
    atr_fault fault;
    atr_err err = atr_node_open(out, atr_kmsd_dir(cli), &fault);

    if (err == ATR_OK) {
        return 0;
    }
    return atr_cli_fail(
        cli, err == ATR_ERR_STATE ? ATR_EXIT_FAILED : atr_cli_exit_of(err),
        "%s", fault.text);
}

static void set_rules(atr_ledger *ledger, const atr_node *node)
{
    const atr_ledger_rules rules = {
        .hm = node->abe.hm,
        .registrars = &node->authority.registrars,
        .offer = atr_node_offer(node),
        .waiting_max = UINT64_MAX, /* for the administrator */
        .wait_ms = ATR_GRANT_WAIT_MS_DEFAULT,
    };

    atr_ledger_set_rules(ledger, &rules);
}

int atr_kmsd_open_ledger(atr_ledger **out, const atr_cli *cli,
                         const atr_node *node)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_fault fault;
    atr_err err;

    if (atr_path_join(path, node->dir, ATR_NODE_LEDGER) != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "path too long: %s",
                            node->dir);
    }
    if (!atr_path_exists(path)) {
        return atr_cli_fail(cli, ATR_EXIT_CORRUPT, "missing: %s", path);
    }
    err = atr_ledger_open(out, path, &fault);
    if (err == ATR_OK) {
        set_rules(*out, node);
        err = atr_ledger_expire(*out, atr_clock_wall_ms());
        return err == ATR_OK ? 0
                             : atr_cli_fail(cli, atr_cli_exit_of(err),
                                            ATR_NODE_LEDGER ": %s",
                                            atr_ledger_fault(*out));
    }
    return atr_cli_fail(
        cli, err == ATR_ERR_STATE ? ATR_EXIT_FAILED : atr_cli_exit_of(err),
        "%s", fault.text);
}

/* In the notation of configuration files. */
int atr_kmsd_time(uint64_t *out, const atr_cli *cli, const char *option)
{
    const atr_conf_key key = {"kmsd", "time", ATR_CONF_TIME,
                              "1 s",  1000,   3650ull * 24 * 3600 * 1000,
                              ""};
    const char *text = atr_cli_value(cli, option);
    atr_conf *conf = NULL;
    atr_fault fault;
    int code = 0;

    if (!text) {
        return 0;
    }
    if (atr_conf_open(&conf, &key, 1) != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    if (atr_conf_set(conf, "kmsd", "time", text, &fault) == ATR_OK) {
        *out = atr_conf_number(conf, "kmsd", "time");
    } else {
        code =
            atr_cli_usage(cli, "--%s: want a time from 1s to 3650d, as 12h: %s",
                          option, text);
    }
    atr_conf_close(conf);
    return code;
}

bool atr_kmsd_is_running(const atr_node *node)
{
    char path[ATR_PATH_BYTES_MAX];
    bool taken;
    int fd;

    if (atr_path_join(path, node->dir, ATR_KMSD_LOCK) != ATR_OK ||
        (fd = open(path, O_RDWR | O_CLOEXEC)) < 0) {
        return false;
    }
    taken = flock(fd, LOCK_SH | LOCK_NB) != 0;
    close(fd);
    return taken;
}
