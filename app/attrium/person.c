#include "app/attrium/person.h"

#include <stdio.h>
#include <stdlib.h>

/* A key that does not fit its authority would fail later, without a reason. */
static atr_err make_ready(atr_person *person, atr_fault *fault)
{
    if (atr_bf_init(&person->bf, person->file.authority.identities.mpk) !=
            ATR_OK ||
        atr_bf_key_check(&person->bf, &person->file.key) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_AUTH,
                             "the key in \"%s\" was not issued by the "
                             "authority it names",
                             person->path);
    }
    return ATR_OK;
}

static atr_err read_key(atr_person *person, const char *dir, const char *which,
                        const atr_secret_sources *sources, atr_fault *fault)
{
    const atr_keyring *ring = &atr_keyring_identities;
    atr_file file = {0};
    atr_err err = atr_keyring_find(person->path, ring, dir, which, fault);

    if (err == ATR_OK) {
        err = atr_keyring_read(&file, &person->passphrase, ring, person->path,
                               sources, fault);
    }
    if (err == ATR_OK &&
        (err = atr_idfile_read(&person->file,
                               (atr_bytes){file.data, file.len})) != ATR_OK) {
        atr_fault_set(fault, err, "\"%s\" is not a whole identity key",
                      person->path);
    }
    atr_file_wipe(&file);
    return err == ATR_OK ? make_ready(person, fault) : err;
}

atr_err atr_person_open(atr_person **out, const char *dir, const char *which,
                        const atr_secret_sources *sources, atr_fault *fault)
{
    atr_person *person = calloc(1, sizeof *person);
    atr_err err;

    *out = NULL;
    if (person == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    err = read_key(person, dir, which, sources, fault);
    if (err != ATR_OK) {
        atr_person_close(person);
        return err;
    }
    *out = person;
    return ATR_OK;
}

atr_err atr_person_write(const char *path, const atr_idfile *file,
                         const atr_secret *passphrase, atr_fault *fault)
{
    uint8_t *bytes = malloc(ATR_IDFILE_BYTES_MAX);
    atr_builder builder = atr_builder_of(bytes, ATR_IDFILE_BYTES_MAX);
    atr_err err;

    if (bytes == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    atr_idfile_build(&builder, file);
    err = atr_keyring_save(path, &atr_keyring_identities,
                           atr_builder_bytes(&builder), passphrase, fault);
    atr_wipe(bytes, ATR_IDFILE_BYTES_MAX);
    free(bytes);
    return err;
}

atr_err atr_person_save(const atr_person *person, const atr_secret *passphrase,
                        atr_fault *fault)
{
    return atr_person_write(person->path, &person->file, passphrase, fault);
}

void atr_person_close(atr_person *person)
{
    if (person != NULL) {
        atr_idfile_wipe(&person->file);
        atr_secret_wipe(&person->passphrase);
        free(person);
    }
}

atr_err atr_person_name(atr_identity *out, const char *text, atr_fault *fault)
{
    atr_err err = atr_identity_of(
        out, (atr_bytes){(const uint8_t *)text, strlen(text)}, 0);

    return err == ATR_OK ? ATR_OK
                         : atr_fault_set(fault, err,
                                         "an identity is 1 to %d characters of "
                                         "printable ASCII without blanks, as "
                                         "alice@example.org",
                                         ATR_IDENTITY_NAME_BYTES_MAX);
}

void atr_person_text(char out[ATR_PERSON_TEXT_MAX], const atr_identity *id)
{
    snprintf(out, ATR_PERSON_TEXT_MAX, "%.*s", (int)id->len,
             (const char *)id->name);
}
