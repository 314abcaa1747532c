#include "app/kmsd/node_key.h"

#include "base/bytes.h"
#include "host/entropy.h"

static const uint8_t mark[] = {'A', 'T', 'R', 'N', 'O', 'D', 'E'};

static atr_err make(const char *path, atr_fault *fault)
{
    uint8_t bytes[ATR_NODE_KEY_BYTES];
    uint8_t seed[32];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_err err;

    atr_entropy_seed(seed);
    atr_build_bytes(&b, ATR_BYTES(mark));
    atr_build_u8(&b, 1);
    atr_build_bytes(&b, ATR_BYTES(seed));
    err =
        atr_file_write(path, atr_builder_bytes(&b), 0600, ATR_FILE_NEW, fault);
    atr_wipe(bytes, sizeof bytes);
    atr_wipe(seed, sizeof seed);
    return err == ATR_ERR_STATE ? ATR_OK : err; /* another was quicker */
}

static atr_err parse(atr_node_key *out, atr_bytes in)
{
    atr_reader r = atr_reader_of(in);
    atr_bytes found = atr_read_view(&r, sizeof mark);
    uint8_t version = atr_read_u8(&r);
    uint8_t seed[32];
    atr_err err = ATR_ERR_AUTH;

    atr_read_copy(&r, seed, sizeof seed);
    ATR_SECRET(seed, sizeof seed);
    if (atr_reader_end(&r) == ATR_OK && version == 1 &&
        atr_bytes_equal(found, ATR_BYTES(mark))) {
        atr_ed25519_keypair(out->vk, out->secret, seed);
        ATR_PUBLIC(out->vk, sizeof out->vk);
        err = ATR_OK;
    }
    atr_wipe(seed, sizeof seed);
    return err;
}

atr_err atr_node_key_open(atr_node_key *out, const char *dir, atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_file file = {0};
    atr_err err;

    memset(out, 0, sizeof *out);
    if (atr_path_join(path, dir, ATR_NODE_KEY) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", dir);
    }
    if (!atr_path_exists(path) && (err = make(path, fault)) != ATR_OK) {
        return err;
    }
    err = atr_file_read_secret(&file, path, 4096, fault);
    if (err == ATR_OK &&
        parse(out, (atr_bytes){file.data, file.len}) != ATR_OK) {
        err = atr_fault_set(fault, ATR_ERR_AUTH, "damaged: %s", path);
    }
    atr_file_wipe(&file);
    return err;
}

atr_err atr_node_key_find(atr_node_key *out, const atr_node *node,
                          uint8_t number, atr_fault *fault)
{
    const atr_nodes *listed = &node->authority.nodes;
    atr_err err = atr_node_key_open(out, node->dir, fault);

    if (err == ATR_OK && listed->count > 0 &&
        (number == 0 || number > listed->count ||
         memcmp(listed->entries[number - 1].vk, out->vk, sizeof out->vk) !=
             0)) {
        err = atr_fault_set(fault, ATR_ERR_AUTH,
                            "the share here is that of node %u, and not with "
                            "the key that is listed for it: "
                            "%.800s/" ATR_NODE_KEY,
                            number, node->dir);
        atr_node_key_wipe(out);
    }
    return err;
}

void atr_node_key_wipe(atr_node_key *key)
{
    if (key) {
        atr_wipe(key, sizeof *key);
    }
}
