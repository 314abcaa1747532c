/* Partial keys become a key, and the key a file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/armour.h"
#include "app/attrium/crowd.h"
#include "app/attrium/enrolment.h"
#include "app/attrium/keyring.h"
#include "host/clock.h"
#include "host/entropy.h"

/* A key put together, as its file will hold it. */
typedef struct {
    const atr_keyring *ring;
    uint8_t bytes[ATR_KEYFILE_BYTES_MAX]; /* secret */
    size_t len;
} made;

_Static_assert(ATR_IDFILE_BYTES_MAX <= ATR_KEYFILE_BYTES_MAX,
               "either kind fits");

static int not_combined(const atr_cli *cli, atr_err err, uint8_t cheat)
{
    if (err == ATR_ERR_AUTH && cheat != 0) {
        return atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                            "node %u of the authority cheats: its partial key "
                            "does not fit its public commitment",
                            cheat);
    }
    return atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                        "the partial keys do not make a whole key");
}

static atr_err combine(atr_keyfile *out, uint8_t *cheat,
                       const atr_request *request,
                       const atr_enrolment *enrolment)
{
    atr_issue_partial partials[ATR_ISSUE_NODES_MAX];
    atr_abe *abe = malloc(sizeof *abe);
    atr_attrs held;
    atr_rng rng;
    atr_err err = ATR_ERR_LIMIT;

    for (size_t i = 0; i < enrolment->count; i++) {
        partials[i] = (atr_issue_partial){enrolment->node[i],
                                          &enrolment->partial[i].attributes};
    }
    out->authority = request->authority;
    if (abe != NULL &&
        (err = atr_abe_init(abe, &request->authority.mpk)) == ATR_OK &&
        (err = atr_request_expects(&held, request,
                                   &enrolment->partial[0].attributes,
                                   atr_clock_wall_ms() / 1000)) == ATR_OK) {
        atr_entropy_rng(&rng);
        err =
            atr_issue_combine(&out->key, cheat, abe, &request->authority.issue,
                              &held, partials, enrolment->count, &rng);
        atr_rng_wipe(&rng);
    }
    free(abe);
    return err;
}

int atr_enrolment_combine(atr_keyfile *out, const atr_cli *cli,
                          const atr_request *request,
                          const atr_enrolment *enrolment)
{
    uint8_t cheat = 0;
    atr_err err = combine(out, &cheat, request, enrolment);

    return err == ATR_OK ? ATR_EXIT_DONE : not_combined(cli, err, cheat);
}

static int make_attributes(made *out, const atr_cli *cli,
                           const atr_request *request,
                           const atr_enrolment *enrolment)
{
    atr_builder builder = atr_builder_of(out->bytes, sizeof out->bytes);
    atr_keyfile *file = calloc(1, sizeof *file);
    int code;

    if (file == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    code = atr_enrolment_combine(file, cli, request, enrolment);
    if (code == ATR_EXIT_DONE) {
        atr_keyfile_build(&builder, file);
        out->ring = &atr_keyring_attributes;
        out->len = builder.len;
    }
    atr_keyfile_wipe(file);
    free(file);
    return code;
}

static atr_err identity(atr_idfile *out, uint8_t *cheat,
                        const atr_request *request,
                        const atr_enrolment *enrolment)
{
    const atr_authority_identities *ids = &request->authority.identities;
    atr_bf_issue_partial partials[ATR_ISSUE_NODES_MAX];
    atr_bf *bf = malloc(sizeof *bf);
    atr_identity wanted;
    atr_err err = ATR_ERR_LIMIT;

    for (size_t i = 0; i < enrolment->count; i++) {
        partials[i] = (atr_bf_issue_partial){enrolment->node[i],
                                             &enrolment->partial[i].identity};
    }
    out->authority = request->authority;
    if (bf != NULL && (err = atr_bf_init(bf, ids->mpk)) == ATR_OK &&
        (err = atr_request_expects_identity(
             &wanted, request, &enrolment->partial[0].identity,
             atr_clock_wall_ms() / 1000)) == ATR_OK) {
        err = atr_bf_issue_combine(&out->key, cheat, bf, &ids->issue, &wanted,
                                   partials, enrolment->count);
    }
    free(bf);
    return err;
}

int atr_enrolment_identity(atr_idfile *out, const atr_cli *cli,
                           const atr_request *request,
                           const atr_enrolment *enrolment)
{
    uint8_t cheat = 0;
    atr_err err = identity(out, &cheat, request, enrolment);

    return err == ATR_OK ? ATR_EXIT_DONE : not_combined(cli, err, cheat);
}

static int make_identity(made *out, const atr_cli *cli,
                         const atr_request *request,
                         const atr_enrolment *enrolment)
{
    atr_builder builder = atr_builder_of(out->bytes, sizeof out->bytes);
    atr_idfile *file = calloc(1, sizeof *file);
    int code;

    if (file == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    code = atr_enrolment_identity(file, cli, request, enrolment);
    if (code == ATR_EXIT_DONE) {
        atr_idfile_build(&builder, file);
        out->ring = &atr_keyring_identities;
        out->len = builder.len;
    }
    atr_idfile_wipe(file);
    free(file);
    return code;
}

static atr_err write_authority(const char *dir, const char *name,
                               const atr_authority *authority, atr_fault *fault)
{
    uint8_t *bytes = malloc(ATR_AUTHORITY_BYTES_MAX);
    atr_builder builder = atr_builder_of(bytes, ATR_AUTHORITY_BYTES_MAX);
    char path[ATR_PATH_BYTES_MAX];
    atr_err err;

    if (bytes == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    atr_authority_build(&builder, authority);
    err = atr_profile_path(path, dir, ATR_PROFILE_AUTHORITY, name, true, fault);
    if (err == ATR_OK) {
        err = atr_profile_write(path, ATR_ARMOUR_AUTHORITY,
                                atr_builder_bytes(&builder), 0644, fault);
    }
    free(bytes);
    return err;
}

static atr_err write_key(char path[ATR_PATH_BYTES_MAX], const char *dir,
                         const char *name, const made *key, atr_fault *fault)
{
    atr_err err =
        atr_profile_path(path, dir, key->ring->kind, name, true, fault);

    return err == ATR_OK ? atr_keyring_save(path, key->ring,
                                            (atr_bytes){key->bytes, key->len},
                                            NULL, fault)
                         : err;
}

/* The key is there: the request is of no use any more, or of another one. */
static atr_err put_away(const char *dir, const char *name,
                        const atr_request *request, atr_fault *fault)
{
    char pending[ATR_PATH_BYTES_MAX];
    char renewal[ATR_PATH_BYTES_MAX];
    atr_err err =
        atr_profile_path(pending, dir, ATR_PROFILE_REQUEST, name, false, fault);

    if (err != ATR_OK || !atr_request_has_period(request)) {
        (void)unlink(pending); /* asking twice is harmless */
        return err;
    }
    err =
        atr_profile_path(renewal, dir, ATR_PROFILE_RENEWAL, name, true, fault);
    if (err == ATR_OK && rename(pending, renewal) != 0 && errno != ENOENT) {
        err = atr_fault_set(fault, ATR_ERR_IO, "cannot write \"%s\"", renewal);
    }
    return err;
}

int atr_enrolment_finish(char path[ATR_PATH_BYTES_MAX], const atr_cli *cli,
                         const char *name, const atr_request *request,
                         const atr_enrolment *enrolment)
{
    const char *dir = atr_cli_value(cli, "dir");
    made *key = calloc(1, sizeof *key);
    atr_fault fault = {{0}};
    uint8_t hm[32];
    int code;

    if (key == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    code = atr_enrolment_hm(hm, cli, &request->authority);
    if (code == ATR_EXIT_DONE) {
        code = request->enrol.request.kind == ATR_ENROL_IDENTITY
                   ? make_identity(key, cli, request, enrolment)
                   : make_attributes(key, cli, request, enrolment);
    }
    if (code == ATR_EXIT_DONE &&
        (write_authority(dir, name, &request->authority, &fault) != ATR_OK ||
         atr_crowd_keep(dir, request, hm, &fault) != ATR_OK ||
         write_key(path, dir, name, key, &fault) != ATR_OK ||
         put_away(dir, name, request, &fault) != ATR_OK)) {
        code = atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    atr_wipe(key, sizeof *key);
    free(key);
    return code;
}
