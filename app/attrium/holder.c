#include "app/attrium/holder.h"

#include <stdlib.h>

#include "app/armour.h"
#include "host/entropy.h"

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

static atr_err read_key(atr_holder *holder, const char *dir, const char *which,
                        const atr_secret_sources *sources, atr_fault *fault)
{
    const atr_keyring *ring = &atr_keyring_attributes;
    atr_file file = {0};
    atr_err err = atr_keyring_find(holder->path, ring, dir, which, fault);

    if (err == ATR_OK) {
        err = atr_keyring_read(&file, &holder->passphrase, ring, holder->path,
                               sources, fault);
    }
    if (err == ATR_OK &&
        (err = atr_keyfile_read(&holder->file,
                                (atr_bytes){file.data, file.len})) != ATR_OK) {
        atr_fault_set(fault, err, "\"%s\" is not a whole attribute key",
                      holder->path);
    }
    atr_file_wipe(&file);
    if (err == ATR_OK && (err = make_ready(holder, fault)) == ATR_OK) {
        err = check_key(holder, fault);
    }
    return err;
}

static atr_err read_public(atr_holder *holder, const char *dir,
                           const char *which, atr_fault *fault)
{
    atr_file file = {0};
    atr_err err = atr_profile_resolve(holder->path, dir, ATR_PROFILE_AUTHORITY,
                                      which, fault);

    if (err == ATR_OK) {
        err = atr_profile_read(&file, holder->path, ATR_ARMOUR_AUTHORITY,
                               ATR_AUTHORITY_BYTES_MAX, false, fault);
    }
    if (err == ATR_OK && (err = atr_authority_read(
                              &holder->file.authority,
                              (atr_bytes){file.data, file.len})) != ATR_OK) {
        atr_fault_set(fault, err,
                      "\"%s\" does not hold the public parameters of an "
                      "authority",
                      holder->path);
    }
    atr_file_wipe(&file);
    return err == ATR_OK ? make_ready(holder, fault) : err;
}

/* `*out` when `err` is none, else nothing. */
static atr_err give(atr_holder **out, atr_holder *holder, atr_err err)
{
    if (err == ATR_OK) {
        *out = holder;
    } else {
        atr_holder_close(holder);
    }
    return err;
}

atr_err atr_holder_open(atr_holder **out, const char *dir, const char *which,
                        const atr_secret_sources *sources, atr_fault *fault)
{
    atr_holder *holder = calloc(1, sizeof *holder);

    *out = NULL;
    if (holder == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    return give(out, holder, read_key(holder, dir, which, sources, fault));
}

atr_err atr_holder_public(atr_holder **out, const char *dir, const char *which,
                          atr_fault *fault)
{
    atr_holder *holder = calloc(1, sizeof *holder);

    *out = NULL;
    if (holder == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    return give(out, holder, read_public(holder, dir, which, fault));
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
    err = atr_keyring_save(holder->path, &atr_keyring_attributes,
                           atr_builder_bytes(&builder), passphrase, fault);
    atr_wipe(bytes, ATR_KEYFILE_BYTES_MAX);
    free(bytes);
    return err;
}

void atr_holder_close(atr_holder *holder)
{
    if (holder != NULL) {
        atr_keyfile_wipe(&holder->file);
        atr_secret_wipe(&holder->passphrase);
        free(holder);
    }
}
