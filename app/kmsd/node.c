#include "app/kmsd/node.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/armour.h"
#include "app/cli.h"
#include "app/kmsd/next.h"
#include "app/kmsd/universe.h"

#define PUBLIC_BYTES_MAX 32768 /* armoured */

static atr_err read_file(atr_file *out, const char *dir, const char *name,
                         size_t max, atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];

    if (atr_path_join(path, dir, name) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", dir);
    }
    return atr_file_read(out, path, max, fault);
}

static bool has_file(const char *dir, const char *name)
{
    char path[ATR_PATH_BYTES_MAX];

    return atr_path_join(path, dir, name) == ATR_OK && atr_path_exists(path);
}

/* A bundle is damaged, whatever the reader calls it. */
static atr_err read_public(atr_node *node, const atr_file *file,
                           atr_fault *fault)
{
    static const char what[] = "damaged: %s/" ATR_NODE_PUBLIC;
    uint8_t bytes[ATR_AUTHORITY_BYTES_MAX];
    size_t len = 0;

    if (atr_armour_read(bytes, &len, sizeof bytes, ATR_ARMOUR_AUTHORITY,
                        (atr_bytes){file->data, file->len}) != ATR_OK ||
        atr_authority_read(&node->authority, (atr_bytes){bytes, len}) !=
            ATR_OK ||
        atr_abe_init(&node->abe, &node->authority.mpk) != ATR_OK ||
        (atr_authority_gives_identities(&node->authority) &&
         atr_bf_init(&node->bf, node->authority.identities.mpk) != ATR_OK)) {
        return atr_fault_set(fault, ATR_ERR_AUTH, what, node->dir);
    }
    node->node = node->authority.issue.nodes == 1;
    atr_cli_clean(node->name, sizeof node->name,
                  (atr_bytes){node->authority.name, node->authority.name_len});
    atr_fingerprint_write(node->fingerprint, node->abe.hm);
    if (atr_authority_gives_identities(&node->authority)) {
        atr_fingerprint_write(node->id_fingerprint, node->bf.hm);
    }
    return ATR_OK;
}

static atr_err open_into(atr_node *node, const char *dir, atr_fault *fault)
{
    atr_file file = {0};
    atr_err err;

    if (strlen(dir) >= sizeof node->dir) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", dir);
    }
    strcpy(node->dir, dir);
    if ((err = atr_next_finish(dir, fault)) != ATR_OK) {
        return err;
    }
    if (!has_file(dir, ATR_NODE_PUBLIC)) {
        return atr_fault_set(fault, ATR_ERR_STATE,
                             "no authority here (attrium-kmsd init): %s", dir);
    }
    if ((err = read_file(&file, dir, ATR_NODE_PUBLIC, PUBLIC_BYTES_MAX,
                         fault)) != ATR_OK ||
        (err = read_public(node, &file, fault)) != ATR_OK) {
        goto out;
    }
    if (has_file(dir, ATR_NODE_UNIVERSE)) {
        atr_fault why;

        if ((err = read_file(&node->universe, dir, ATR_NODE_UNIVERSE,
                             ATR_NODE_UNIVERSE_BYTES_MAX, fault)) == ATR_OK &&
            (err = atr_universe_check(
                 (atr_bytes){node->universe.data, node->universe.len}, &why)) !=
                ATR_OK) {
            err = atr_fault_set(fault, ATR_ERR_AUTH,
                                "%s/" ATR_NODE_UNIVERSE ": %s", dir, why.text);
        }
    }
out:
    atr_file_wipe(&file);
    return err;
}

atr_err atr_node_open(atr_node **out, const char *dir, atr_fault *fault)
{
    atr_err err;

    *out = calloc(1, sizeof **out);
    if (!*out) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    err = open_into(*out, dir, fault);
    if (err != ATR_OK) {
        atr_node_close(*out);
        *out = NULL;
    }
    return err;
}

void atr_node_close(atr_node *node)
{
    if (node) {
        atr_file_wipe(&node->universe);
        free(node);
    }
}

atr_offer atr_node_offer(const atr_node *node)
{
    return (atr_offer){
        .universe = {node->universe.data, node->universe.len},
        .identities = atr_authority_gives_identities(&node->authority),
    };
}
