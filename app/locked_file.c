#include "app/locked_file.h"

#include <stdlib.h>

atr_err atr_locked_file_is(bool *out, size_t len, const char *path,
                           atr_fault *fault)
{
    atr_file file = {0};
    atr_err err =
        atr_file_read_secret(&file, path, ATR_LOCKED_FILE_BYTES_MAX, fault);

    *out = err == ATR_OK && atr_locked_is((atr_bytes){file.data, file.len});
    if (*out && file.len != len + ATR_LOCKED_EXTRA_BYTES) {
        *out = false;
        err = atr_fault_set(fault, ATR_ERR_AUTH, "damaged: %s", path);
    }
    atr_file_wipe(&file);
    return err;
}

/* Unlocks into `out`, or takes the file as it is. */
static atr_err unlock(uint8_t *out, size_t len, atr_bytes file,
                      atr_bytes passphrase)
{
    if (!atr_locked_is(file)) {
        if (file.len != len) {
            return ATR_ERR_AUTH;
        }
        memcpy(out, file.data, len);
        return ATR_OK;
    }
    if (file.len != len + ATR_LOCKED_EXTRA_BYTES || passphrase.len == 0) {
        return ATR_ERR_AUTH;
    }
    return atr_locked_open(out, passphrase, file);
}

atr_err atr_locked_file_read(uint8_t *out, size_t len, const char *path,
                             atr_bytes passphrase, atr_fault *fault)
{
    atr_file file = {0};
    atr_bytes bytes;
    atr_err err =
        atr_file_read_secret(&file, path, ATR_LOCKED_FILE_BYTES_MAX, fault);

    memset(out, 0, len);
    if (err != ATR_OK) {
        return err;
    }
    bytes = (atr_bytes){file.data, file.len};
    err = unlock(out, len, bytes, passphrase);
    if (err == ATR_ERR_LIMIT) {
        (void)atr_fault_set(fault, err, "no memory to try the passphrase");
    } else if (err != ATR_OK) {
        err = atr_fault_set(fault, ATR_ERR_AUTH, "%s: %s",
                            atr_locked_is(bytes) ? "wrong passphrase, or "
                                                   "damaged"
                                                 : "damaged",
                            path);
    }
    atr_file_wipe(&file);
    return err;
}

atr_err atr_locked_file_write(const char *path, atr_bytes secret,
                              atr_bytes passphrase, atr_rng *rng,
                              atr_fault *fault)
{
    size_t len = secret.len + ATR_LOCKED_EXTRA_BYTES;
    uint8_t *locked;
    atr_err err;

    if (passphrase.len == 0) {
        return atr_file_write(path, secret, 0600, ATR_FILE_NEW, fault);
    }
    locked = malloc(len);
    if (!locked || atr_locked_seal(locked, passphrase, secret, rng) != ATR_OK) {
        free(locked);
        return atr_fault_set(fault, ATR_ERR_LIMIT,
                             "no memory for the passphrase");
    }
    err = atr_file_write(path, (atr_bytes){locked, len}, 0600, ATR_FILE_NEW,
                         fault);
    free(locked);
    return err;
}
