/* backup, restore, drill: a node in a file, and whether it would come back. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/kmsd/backup.h"
#include "app/kmsd/commands.h"
#include "app/kmsd/next.h"
#include "app/kmsd/passphrase.h"
#include "host/entropy.h"

#define COPY "kmsd.db.copy"
#define FILES_MAX 200

/* --- the files of a directory --- */

static bool ends_with(const char *name, const char *end)
{
    const size_t len = strlen(name);

    return len >= strlen(end) && strcmp(name + len - strlen(end), end) == 0;
}

/* Locks are of processes; the database is copied by itself. */
static bool is_kept(const char *name)
{
    return name[0] != '.' && !ends_with(name, ".lock") &&
           strncmp(name, ATR_NODE_LEDGER, strlen(ATR_NODE_LEDGER)) != 0;
}

static int fail(const atr_cli *cli, atr_err err, const atr_fault *fault)
{
    return atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault->text);
}

static int path_in(char out[ATR_PATH_BYTES_MAX], const atr_cli *cli,
                   const char *dir, const char *name)
{
    return atr_path_join(out, dir, name) == ATR_OK
               ? 0
               : atr_cli_fail(cli, ATR_EXIT_FAILED, "path too long: %s", dir);
}

static int add_one(atr_backup *backup, const atr_cli *cli, const char *dir,
                   const char *name)
{
    char path[ATR_PATH_BYTES_MAX];
    struct stat about;
    atr_fault fault;
    atr_err err;
    int code = path_in(path, cli, dir, name);

    if (code != 0 || lstat(path, &about) != 0 || !S_ISREG(about.st_mode)) {
        return code;
    }
    err = atr_backup_add(backup, name, path, &fault);
    return err == ATR_OK ? 0 : fail(cli, err, &fault);
}

static int add_files(atr_backup *backup, const atr_cli *cli, const char *dir)
{
    struct dirent **list = NULL;
    const int count = scandir(dir, &list, NULL, alphasort);
    int code = count < 0 || count > FILES_MAX
                   ? atr_cli_fail(cli, ATR_EXIT_FAILED,
                                  "cannot list, or too many files: %s", dir)
                   : 0;

    for (int i = 0; i < count; i++) {
        if (code == 0 && is_kept(list[i]->d_name)) {
            code = add_one(backup, cli, dir, list[i]->d_name);
        }
        free(list[i]);
    }
    free(list);
    return code;
}

/* Share and bundle are of one generation (next.h). */
static int add_files_held(atr_backup *backup, const atr_cli *cli,
                          const char *dir)
{
    atr_fault fault;
    int fd;
    atr_err err = atr_next_hold(&fd, dir, &fault);
    int code;

    if (err != ATR_OK) {
        return fail(cli, err, &fault);
    }
    code = add_files(backup, cli, dir);
    (void)close(fd);
    return code;
}

/* --- backup --- */

/* The database as it is at one moment, beside the live one. */
static int copy_ledger(char path[ATR_PATH_BYTES_MAX], const atr_cli *cli,
                       const atr_node *node)
{
    atr_ledger *ledger = NULL;
    int code = path_in(path, cli, node->dir, COPY);

    if (code == 0 && (code = atr_kmsd_open_ledger(&ledger, cli, node)) == 0) {
        (void)unlink(path);
        if (atr_ledger_copy(ledger, path) != ATR_OK) {
            code = atr_cli_fail(cli, ATR_EXIT_FAILED, ATR_NODE_LEDGER ": %s",
                                atr_ledger_fault(ledger));
        }
    }
    atr_ledger_close(ledger);
    return code;
}

static int fill(atr_backup *backup, const atr_cli *cli, const atr_node *node)
{
    char copy[ATR_PATH_BYTES_MAX];
    atr_fault fault;
    atr_err err;
    int code = copy_ledger(copy, cli, node);

    if (code == 0 && (code = add_files_held(backup, cli, node->dir)) == 0 &&
        (err = atr_backup_add(backup, ATR_NODE_LEDGER, copy, &fault)) !=
            ATR_OK) {
        code = fail(cli, err, &fault);
    }
    (void)unlink(copy);
    if (code == 0 && (err = atr_backup_finish(backup, &fault)) != ATR_OK) {
        code = fail(cli, err, &fault);
    }
    return code;
}

static int back_up(const atr_cli *cli, const char *path, atr_file_how how,
                   atr_bytes passphrase)
{
    atr_node *node = NULL;
    atr_backup *backup = NULL;
    atr_fault fault;
    atr_err err;
    int code = atr_kmsd_open_node(&node, cli);

    if (code != 0) {
        return code;
    }
    err = atr_backup_create(&backup, path, how, passphrase, &fault);
    code = err == ATR_OK ? fill(backup, cli, node) : fail(cli, err, &fault);
    atr_backup_drop(backup);
    atr_node_close(node);
    return code;
}

int atr_kmsd_backup(const atr_cli *cli)
{
    atr_secret secret = {0};
    int code = atr_kmsd_passphrase(&secret, cli, true);

    if (code == 0) {
        code =
            back_up(cli, cli->operands[0],
                    atr_cli_has(cli, "force") ? ATR_FILE_REPLACE : ATR_FILE_NEW,
                    (atr_bytes){secret.data, secret.len});
    }
    atr_secret_wipe(&secret);
    return code;
}

/* --- a directory for what comes out --- */

static int make_folder(char out[ATR_PATH_BYTES_MAX], const atr_cli *cli,
                       const char *beside, const char *what)
{
    const int len =
        snprintf(out, ATR_PATH_BYTES_MAX, "%s.%s-XXXXXX", beside, what);

    if (len < 0 || len >= ATR_PATH_BYTES_MAX) {
        out[0] = 0;
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "path too long: %s", beside);
    }
    if (!mkdtemp(out)) {
        const int error = errno;

        out[0] = 0;
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "%s: %s", beside,
                            strerror(error));
    }
    return 0;
}

/* What a backup or a ledger has put there: plain files. */
static void remove_folder(const char *dir)
{
    char path[ATR_PATH_BYTES_MAX];
    DIR *list = dir[0] ? opendir(dir) : NULL;
    const struct dirent *entry;

    while (list && (entry = readdir(list)) != NULL) {
        if (atr_path_join(path, dir, entry->d_name) == ATR_OK) {
            (void)unlink(path);
        }
    }
    if (list) {
        closedir(list);
        (void)rmdir(dir);
    }
}

/* --- restore --- */

/* Public side and database must be those of one node. */
static int check_restored(atr_node **out, const atr_cli *cli, const char *dir)
{
    atr_ledger *ledger = NULL;
    uint8_t head[32];
    uint64_t broken = 0;
    atr_trace_audit trace;
    atr_fault fault;
    atr_err err = atr_node_open(out, dir, &fault);
    int code;

    if (err != ATR_OK) {
        return fail(cli, err, &fault);
    }
    if ((code = atr_kmsd_open_ledger(&ledger, cli, *out)) == 0 &&
        atr_ledger_audit(head, &broken, ledger, NULL, NULL) != ATR_OK) {
        code = atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                            "the audit log in the backup is not whole");
    }
    if (code == 0) {
        code = atr_kmsd_check_trace(&trace, cli, *out, ledger);
    }
    atr_ledger_close(ledger);
    return code;
}

static int extract(const atr_cli *cli, const char *dir, atr_node **node)
{
    atr_secret secret = {0};
    atr_fault fault;
    atr_err err;
    int code = atr_kmsd_passphrase(&secret, cli, false);

    if (code == 0) {
        err = atr_backup_extract(cli->operands[0], dir,
                                 (atr_bytes){secret.data, secret.len}, &fault);
        code = err == ATR_OK ? check_restored(node, cli, dir)
                             : fail(cli, err, &fault);
    }
    atr_secret_wipe(&secret);
    return code;
}

static int announce(const atr_cli *cli, const atr_node *node)
{
    json_t *json;

    if (!cli->json) {
        printf("authority %s\nfingerprint %s\n",
               node->name[0] ? node->name : "(no name)", node->fingerprint);
        if (node->authority.nodes.count > 1) {
            printf("generation %lu of the shares; useless if the nodes have "
                   "made others since\n",
                   (unsigned long)node->authority.nodes.generation);
        }
        return 0;
    }
    json = atr_cli_document();
    json_object_set_new(json, "name", json_string(node->name));
    json_object_set_new(json, "fingerprint", json_string(node->fingerprint));
    json_object_set_new(json, "generation",
                        json_integer(node->authority.nodes.generation));
    return atr_cli_print_json(cli, json);
}

/* Whether a directory can take this name: nothing there, or an empty one. */
static bool is_free(const char *dir)
{
    DIR *list = opendir(dir);
    const struct dirent *entry;
    bool is_empty = list != NULL;

    while (is_empty && (entry = readdir(list)) != NULL) {
        is_empty =
            strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    }
    if (list) {
        closedir(list);
    }
    return is_empty || !atr_path_exists(dir);
}

int atr_kmsd_restore(const atr_cli *cli)
{
    const char *dir = atr_kmsd_dir(cli);
    char folder[ATR_PATH_BYTES_MAX] = "";
    atr_node *node = NULL;
    int code;

    if (!is_free(dir)) {
        return atr_cli_fail(cli, ATR_EXIT_UNSAFE,
                            "something is there already: %s", dir);
    }
    if ((code = make_folder(folder, cli, dir, "restore")) == 0 &&
        (code = extract(cli, folder, &node)) == 0) {
        if (rename(folder, dir) == 0) {
            folder[0] = 0;
            code = announce(cli, node);
        } else {
            code = atr_cli_fail(cli, ATR_EXIT_FAILED, "%s: %s", dir,
                                strerror(errno));
        }
    }
    atr_node_close(node);
    remove_folder(folder);
    return code;
}

/* --- drill --- */

static void say(const atr_cli *cli, json_t *list, const char *what)
{
    if (list) {
        json_array_append_new(list, json_string(what));
    } else if (!cli->quiet) {
        printf("ok  %s\n", what);
    }
}

static int share_secret(atr_secret *out, const atr_cli *cli,
                        const atr_node *node)
{
    atr_secret_sources sources = {
        .file = atr_cli_value(cli, "share-passphrase-file"),
        .fd = -1,
        .credential = ATR_KMSD_CREDENTIAL,
        .prompt = "Passphrase of the share: ",
    };
    bool locked = false;
    atr_fault fault;
    atr_err err = atr_node_share_is_locked(&locked, node, &fault);

    if (err == ATR_OK && locked) {
        err = atr_secret_read(out, &sources, &fault);
    }
    return err == ATR_OK ? 0 : fail(cli, err, &fault);
}

/* Makes a key that nobody gets, and checks it as its owner would. */
static int try_share(const atr_cli *cli, const atr_node *node,
                     const atr_node_share *share)
{
    atr_abe_key *key = calloc(1, sizeof *key);
    atr_attrs *attrs = calloc(1, sizeof *attrs);
    atr_rng rng;
    bool good = false;

    atr_entropy_rng(&rng);
    if (key && attrs &&
        atr_attrs_parse(attrs, ATR_LITERAL("drill"), NULL) == ATR_OK) {
        atr_abe_keygen(key, &node->abe, &share->alpha, attrs, &rng);
        good = atr_abe_key_check(&node->abe,
                                 &node->authority.issue.a[share->node - 1], key,
                                 &rng) == ATR_OK;
        atr_abe_key_wipe(key);
    }
    atr_rng_wipe(&rng);
    free(attrs);
    free(key);
    return good ? 0
                : atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                               "the share makes no good key");
}

static int check_share(const atr_cli *cli, atr_node *node, json_t *list)
{
    atr_secret secret = {0};
    atr_node_share share;
    atr_fault fault;
    atr_err err;
    int code = share_secret(&secret, cli, node);

    if (code == 0) {
        err = atr_node_share_open(&share, node,
                                  (atr_bytes){secret.data, secret.len}, &fault);
        code = err == ATR_OK ? 0 : fail(cli, err, &fault);
        if (code == 0) {
            say(cli, list, "the share belongs to the authority");
            code = try_share(cli, node, &share);
        }
        if (code == 0) {
            say(cli, list, "it makes a partial key that is good");
        }
        atr_node_share_wipe(&share);
    }
    atr_secret_wipe(&secret);
    return code;
}

/* A backup of the live node under a passphrase that nobody ever knows. */
static int back_up_and_extract(const atr_cli *cli, const char *folder,
                               atr_node **node)
{
    char path[ATR_PATH_BYTES_MAX];
    uint8_t passphrase[32];
    atr_fault fault;
    atr_rng rng;
    atr_err err;
    int code = path_in(path, cli, folder, ".backup");

    if (code != 0) {
        return code;
    }
    atr_entropy_rng(&rng);
    atr_rng_bytes(&rng, passphrase, sizeof passphrase);
    atr_rng_wipe(&rng);
    code = back_up(cli, path, ATR_FILE_NEW, ATR_BYTES(passphrase));
    if (code == 0) {
        err = atr_backup_extract(path, folder, ATR_BYTES(passphrase), &fault);
        code = err == ATR_OK ? check_restored(node, cli, folder)
                             : fail(cli, err, &fault);
    }
    atr_wipe(passphrase, sizeof passphrase);
    return code;
}

int atr_kmsd_drill(const atr_cli *cli)
{
    json_t *list = cli->json ? json_array() : NULL;
    char folder[ATR_PATH_BYTES_MAX] = "";
    atr_node *node = NULL;
    json_t *json;
    int code = make_folder(folder, cli, atr_kmsd_dir(cli), "drill");

    if (code == 0) {
        code = cli->operand_count > 0 ? extract(cli, folder, &node)
                                      : back_up_and_extract(cli, folder, &node);
    }
    if (code == 0) {
        say(cli, list, "the backup is whole, and so is its audit log");
        code = check_share(cli, node, list);
    }
    atr_node_close(node);
    remove_folder(folder);
    if (code == 0 && list) {
        json = atr_cli_document();
        json_object_set(json, "checks", list);
        code = atr_cli_print_json(cli, json);
    }
    json_decref(list);
    return code;
}
