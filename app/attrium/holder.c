#include "app/attrium/holder.h"

#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"
#include "app/locked.h"
#include "host/entropy.h"

/* The only key there is, or "default". */
static atr_err choose_key(char out[ATR_PATH_BYTES_MAX], const char *dir,
                          atr_fault *fault)
{
    const char *chosen = NULL;
    atr_names names;
    atr_err err = atr_profile_list(&names, dir, ATR_PROFILE_KEY, fault);

    if (err != ATR_OK) {
        return err;
    }
    for (size_t i = 0; i < names.count; i++) {
        if (names.count == 1 || strcmp(names.name[i], "default") == 0) {
            chosen = names.name[i];
        }
    }
    if (chosen != NULL) {
        err = atr_profile_path(out, dir, ATR_PROFILE_KEY, chosen, false, fault);
    } else if (names.count == 0) {
        err = atr_fault_set(fault, ATR_ERR_IO,
                            "there is no attribute key yet; ask an authority "
                            "with \"attrium key request\"");
    } else {
        err = atr_fault_set(fault, ATR_ERR_LIMIT,
                            "there are %zu keys; say which one by its name "
                            "(\"attrium key list\" shows them)",
                            names.count);
    }
    atr_names_free(&names);
    return err;
}

/* What `which` means: a path as it is, or a name. */
static atr_err resolve(char out[ATR_PATH_BYTES_MAX], const char *dir,
                       atr_profile_kind kind, const char *which,
                       atr_fault *fault)
{
    atr_err err;

    if (strchr(which, '/') != NULL || !atr_profile_is_name(which)) {
        if (strlen(which) >= ATR_PATH_BYTES_MAX) {
            return atr_fault_set(fault, ATR_ERR_LIMIT,
                                 "the file name is too long");
        }
        snprintf(out, ATR_PATH_BYTES_MAX, "%s", which);
        return ATR_OK;
    }
    if ((err = atr_profile_path(out, dir, kind, which, false, fault)) !=
        ATR_OK) {
        return err;
    }
    if (!atr_path_exists(out) && atr_path_exists(which)) {
        snprintf(out, ATR_PATH_BYTES_MAX, "%s", which);
    }
    return ATR_OK;
}

static atr_err make_ready(atr_holder *holder, atr_fault *fault)
{
    if (atr_abe_init(&holder->abe, &holder->file.authority.mpk) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "\"%s\" is of a scheme this program does not know",
                             holder->path);
    }
    atr_abe_lend_cache(&holder->abe, &holder->cache);
    holder->kem = atr_kem_of(&holder->abe);
    return ATR_OK;
}

/* A key that does not fit its authority would fail later, without a reason. */
static atr_err check_key(const atr_holder *holder, atr_fault *fault)
{
    atr_rng rng;
    atr_err err;

    atr_entropy_rng(&rng);
    err = atr_abe_key_check(&holder->abe, &holder->abe.mpk.a, &holder->file.key,
                            &rng);
    atr_rng_wipe(&rng);
    return err == ATR_OK
               ? ATR_OK
               : atr_fault_set(fault, ATR_ERR_AUTH,
                               "the key in \"%s\" was not issued by the "
                               "authority it names",
                               holder->path);
}

/* The bytes of a file of at most `max` bytes, armoured or not; free `*out`. */
static atr_err read_file(atr_file *out, const char *path, const char *label,
                         size_t max, atr_fault *fault)
{
    bool is_secret = strcmp(label, ATR_ARMOUR_KEY) == 0;
    size_t cap = 2 * atr_armour_len(label, max);
    atr_file raw = {0};
    size_t len = 0;
    atr_err err;

    *out = (atr_file){0};
    err = is_secret ? atr_file_read_secret(&raw, path, cap, fault)
                    : atr_file_read(&raw, path, cap, fault);
    if (err != ATR_OK) {
        return err;
    }
    if ((out->data = malloc(max)) == NULL) {
        err = atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    } else if ((err = atr_armour_read(out->data, &len, max, label,
                                      (atr_bytes){raw.data, raw.len})) !=
               ATR_OK) {
        atr_fault_set(fault, err, "\"%s\" is damaged, or something else", path);
    }
    out->len = max; /* what atr_file_wipe wipes */
    if (err != ATR_OK) {
        atr_file_wipe(out);
    } else {
        out->len = len;
    }
    atr_file_wipe(&raw);
    return err;
}

/* What lies under a passphrase, in place of the file that it was. */
static atr_err unlock(atr_file *file, const char *path,
                      const atr_secret_sources *sources, atr_fault *fault)
{
    atr_secret secret = {.len = 0};
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
    if ((err = atr_secret_read(&secret, sources, fault)) != ATR_OK) {
        return err;
    }
    if ((plain = malloc(len)) == NULL) {
        err = atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    } else if ((err = atr_locked_open(
                    plain, (atr_bytes){secret.data, secret.len},
                    (atr_bytes){file->data, file->len})) != ATR_OK) {
        atr_fault_set(fault, err, "\"%s\": a wrong passphrase, or damaged",
                      path);
        free(plain);
    } else {
        atr_file_wipe(file);
        *file = (atr_file){plain, len};
    }
    atr_secret_wipe(&secret);
    return err;
}

static atr_err read_key(atr_holder *holder, const atr_secret_sources *sources,
                        atr_fault *fault)
{
    atr_file file;
    atr_err err =
        read_file(&file, holder->path, ATR_ARMOUR_KEY,
                  ATR_KEYFILE_BYTES_MAX + ATR_LOCKED_EXTRA_BYTES, fault);

    holder->was_locked =
        err == ATR_OK && atr_locked_is((atr_bytes){file.data, file.len});
    if (holder->was_locked) {
        err = unlock(&file, holder->path, sources, fault);
    }
    if (err == ATR_OK &&
        (err = atr_keyfile_read(&holder->file,
                                (atr_bytes){file.data, file.len})) != ATR_OK) {
        atr_fault_set(fault, err, "\"%s\" is not a whole attribute key",
                      holder->path);
    }
    atr_file_wipe(&file);
    return err;
}

atr_err atr_holder_look(bool *locked, const char *dir, const char *which,
                        atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_file file = {0};
    atr_err err = resolve(path, dir, ATR_PROFILE_KEY, which, fault);

    *locked = false;
    if (err == ATR_OK &&
        (err = read_file(&file, path, ATR_ARMOUR_KEY,
                         ATR_KEYFILE_BYTES_MAX + ATR_LOCKED_EXTRA_BYTES,
                         fault)) == ATR_OK) {
        *locked = atr_locked_is((atr_bytes){file.data, file.len});
    }
    atr_file_wipe(&file);
    return err;
}

/* Writes a key, sealed to a passphrase. */
static atr_err save_locked(const atr_holder *holder, atr_bytes key,
                           const atr_secret *passphrase, atr_fault *fault)
{
    size_t len = key.len + ATR_LOCKED_EXTRA_BYTES;
    uint8_t *locked = malloc(len);
    atr_rng rng;
    atr_err err;

    if (locked == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    atr_entropy_rng(&rng);
    err = atr_locked_seal(
        locked, (atr_bytes){passphrase->data, passphrase->len}, key, &rng);
    atr_rng_wipe(&rng);
    err = err == ATR_OK
              ? atr_profile_write(holder->path, ATR_ARMOUR_KEY,
                                  (atr_bytes){locked, len}, 0600, fault)
              : atr_fault_set(fault, err, "no memory for Argon2id");
    free(locked);
    return err;
}

atr_err atr_holder_save(const atr_holder *holder, const atr_secret *passphrase,
                        atr_fault *fault)
{
    uint8_t *bytes = malloc(ATR_KEYFILE_BYTES_MAX);
    atr_builder builder = atr_builder_of(bytes, ATR_KEYFILE_BYTES_MAX);
    atr_err err;

    if (bytes == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    atr_keyfile_build(&builder, &holder->file);
    err = passphrase != NULL
              ? save_locked(holder, atr_builder_bytes(&builder), passphrase,
                            fault)
              : atr_profile_write(holder->path, ATR_ARMOUR_KEY,
                                  atr_builder_bytes(&builder), 0600, fault);
    atr_wipe(bytes, ATR_KEYFILE_BYTES_MAX);
    free(bytes);
    return err;
}

static atr_err read_public(atr_holder *holder, atr_fault *fault)
{
    atr_file file;
    atr_err err = read_file(&file, holder->path, ATR_ARMOUR_AUTHORITY,
                            ATR_AUTHORITY_BYTES_MAX, fault);

    if (err == ATR_OK && (err = atr_authority_read(
                              &holder->file.authority,
                              (atr_bytes){file.data, file.len})) != ATR_OK) {
        atr_fault_set(fault, err,
                      "\"%s\" does not hold the public parameters of an "
                      "authority",
                      holder->path);
    }
    atr_file_wipe(&file);
    return err;
}

static atr_err open_with(atr_holder **out, const char *dir,
                         atr_profile_kind kind, const char *which,
                         const atr_secret_sources *sources, atr_fault *fault)
{
    atr_holder *holder = calloc(1, sizeof *holder);
    atr_err err;

    *out = NULL;
    if (holder == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    err = which == NULL ? choose_key(holder->path, dir, fault)
                        : resolve(holder->path, dir, kind, which, fault);
    if (err == ATR_OK) {
        err = kind == ATR_PROFILE_KEY ? read_key(holder, sources, fault)
                                      : read_public(holder, fault);
    }
    if (err == ATR_OK && (err = make_ready(holder, fault)) == ATR_OK &&
        kind == ATR_PROFILE_KEY) {
        err = check_key(holder, fault);
    }
    if (err != ATR_OK) {
        atr_holder_close(holder);
        return err;
    }
    *out = holder;
    return ATR_OK;
}

atr_err atr_holder_open(atr_holder **out, const char *dir, const char *which,
                        const atr_secret_sources *sources, atr_fault *fault)
{
    return open_with(out, dir, ATR_PROFILE_KEY, which, sources, fault);
}

atr_err atr_holder_public(atr_holder **out, const char *dir, const char *which,
                          atr_fault *fault)
{
    return open_with(out, dir, ATR_PROFILE_AUTHORITY, which, NULL, fault);
}

void atr_holder_close(atr_holder *holder)
{
    if (holder != NULL) {
        atr_keyfile_wipe(&holder->file);
        free(holder);
    }
}
