#include "app/attrium/keyring.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "app/armour.h"
#include "app/locked.h"
#include "host/entropy.h"
#include "proto/enrol.h"

const atr_keyring atr_keyring_attributes = {
    .kind = ATR_PROFILE_KEY,
    .label = ATR_ARMOUR_KEY,
    .bytes_max = ATR_KEYFILE_BYTES_MAX,
    .what = "attribute key",
    .preset = "default",
    .request = "attrium key request",
};

const atr_keyring atr_keyring_identities = {
    .kind = ATR_PROFILE_IDENTITY,
    .label = ATR_ARMOUR_IDENTITY,
    .bytes_max = ATR_IDFILE_BYTES_MAX,
    .what = "identity key",
    .preset = "identity",
    .request = "attrium key request --identity",
};

static bool has_key(const char *dir, const atr_keyring *ring, const char *name)
{
    char path[ATR_PATH_BYTES_MAX];

    return atr_profile_path(path, dir, ring->kind, name, false, NULL) ==
               ATR_OK &&
           atr_path_exists(path);
}

static bool has_any(const char *dir, const atr_keyring *ring)
{
    atr_names names;
    bool any;

    if (atr_profile_list(&names, dir, ring->kind, NULL) != ATR_OK) {
        return false;
    }
    any = names.count > 0;
    atr_names_free(&names);
    return any;
}

/* Whether a file says by its first bytes, which are public, that it is an
 * identity key. What can be read only once is left alone. */
static bool is_identity_file(const char *path)
{
    uint8_t head[64];
    atr_bytes in = {head, 0};
    struct stat status;
    FILE *file;

    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode) ||
        (file = fopen(path, "re")) == NULL) {
        return false;
    }
    in.len = fread(head, 1, sizeof head, file);
    (void)fclose(file);
    return atr_armour_is_of(in, ATR_ARMOUR_IDENTITY) ||
           (in.len >= 8 && memcmp(head, "ATRIDKEY", 8) == 0);
}

const atr_keyring *atr_keyring_of(const char *dir, const char *which)
{
    const atr_keyring *const one = &atr_keyring_attributes;
    const atr_keyring *const other = &atr_keyring_identities;

    if (which == NULL) {
        return has_any(dir, one) || !has_any(dir, other) ? one : other;
    }
    if (atr_profile_is_name(which)) {
        if (has_key(dir, one, which)) {
            return one;
        }
        if (has_key(dir, other, which)) {
            return other;
        }
    }
    return is_identity_file(which) ? other : one;
}

/* The only key there is, or the one of the preset name. */
static atr_err choose(char path[ATR_PATH_BYTES_MAX], const atr_keyring *ring,
                      const char *dir, atr_fault *fault)
{
    const char *chosen = NULL;
    atr_names names;
    atr_err err = atr_profile_list(&names, dir, ring->kind, fault);

    if (err != ATR_OK) {
        return err;
    }
    for (size_t i = 0; i < names.count; i++) {
        if (names.count == 1 || strcmp(names.name[i], ring->preset) == 0) {
            chosen = names.name[i];
        }
    }
    if (chosen != NULL) {
        err = atr_profile_path(path, dir, ring->kind, chosen, false, fault);
    } else if (names.count == 0) {
        err = atr_fault_set(fault, ATR_ERR_IO,
                            "there is no %s yet; ask an authority with \"%s\"",
                            ring->what, ring->request);
    } else {
        err = atr_fault_set(fault, ATR_ERR_LIMIT,
                            "there are %zu keys; say which one by its name "
                            "(\"attrium key list\" shows them)",
                            names.count);
    }
    atr_names_free(&names);
    return err;
}

atr_err atr_keyring_find(char path[ATR_PATH_BYTES_MAX], const atr_keyring *ring,
                         const char *dir, const char *which, atr_fault *fault)
{
    return which == NULL
               ? choose(path, ring, dir, fault)
               : atr_profile_resolve(path, dir, ring->kind, which, fault);
}

/* What lies under a passphrase, in place of the file that it was. */
static atr_err unlock(atr_file *file, atr_secret *secret, const char *path,
                      const atr_secret_sources *sources, atr_fault *fault)
{
    size_t len = file->len - ATR_LOCKED_EXTRA_BYTES;
    uint8_t *plain;
    atr_err err;

    if (file->len <= ATR_LOCKED_EXTRA_BYTES) {
        return atr_fault_set(fault, ATR_ERR_INPUT, "\"%s\" is cut off", path);
    }
    if (sources == NULL) {
        return atr_fault_set(fault, ATR_ERR_STATE,
                             "\"%s\" is under a passphrase", path);
    }
    if ((err = atr_secret_read(secret, sources, fault)) != ATR_OK) {
        return err;
    }
    if ((plain = malloc(len)) == NULL) {
        err = atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    } else if ((err = atr_locked_open(
                    plain, (atr_bytes){secret->data, secret->len},
                    (atr_bytes){file->data, file->len})) != ATR_OK) {
        atr_fault_set(fault, err, "\"%s\": a wrong passphrase, or damaged",
                      path);
        free(plain);
    } else {
        atr_file_wipe(file);
        *file = (atr_file){plain, len};
    }
    return err;
}

atr_err atr_keyring_read(atr_file *out, atr_secret *passphrase,
                         const atr_keyring *ring, const char *path,
                         const atr_secret_sources *sources, atr_fault *fault)
{
    atr_err err =
        atr_profile_read(out, path, ring->label,
                         ring->bytes_max + ATR_LOCKED_EXTRA_BYTES, true, fault);

    atr_secret_wipe(passphrase);
    if (err == ATR_OK && atr_locked_is((atr_bytes){out->data, out->len})) {
        err = unlock(out, passphrase, path, sources, fault);
    }
    if (err != ATR_OK) {
        atr_secret_wipe(passphrase);
        atr_file_wipe(out);
    }
    return err;
}

atr_err atr_keyring_look(bool *locked, const atr_keyring *ring, const char *dir,
                         const char *which, atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_file file = {0};
    atr_err err = atr_keyring_find(path, ring, dir, which, fault);

    *locked = false;
    if (err == ATR_OK &&
        (err = atr_profile_read(&file, path, ring->label,
                                ring->bytes_max + ATR_LOCKED_EXTRA_BYTES, true,
                                fault)) == ATR_OK) {
        *locked = atr_locked_is((atr_bytes){file.data, file.len});
    }
    atr_file_wipe(&file);
    return err;
}

atr_err atr_keyring_seal(uint8_t *out, atr_bytes key,
                         const atr_secret *passphrase, atr_fault *fault)
{
    atr_rng rng;
    atr_err err;

    atr_entropy_rng(&rng);
    err = atr_locked_seal(out, (atr_bytes){passphrase->data, passphrase->len},
                          key, &rng);
    atr_rng_wipe(&rng);
    return err == ATR_OK ? ATR_OK
                         : atr_fault_set(fault, err, "no memory for Argon2id");
}

atr_err atr_keyring_save(const char *path, const atr_keyring *ring,
                         atr_bytes key, const atr_secret *passphrase,
                         atr_fault *fault)
{
    size_t len = key.len + ATR_LOCKED_EXTRA_BYTES;
    uint8_t *locked;
    atr_err err;

    if (passphrase == NULL || passphrase->len == 0) {
        return atr_profile_write(path, ring->label, key, 0600, fault);
    }
    if ((locked = malloc(len)) == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    err = atr_keyring_seal(locked, key, passphrase, fault);
    if (err == ATR_OK) {
        err = atr_profile_write(path, ring->label, (atr_bytes){locked, len},
                                0600, fault);
    }
    free(locked);
    return err;
}
