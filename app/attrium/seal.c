/* seal: a file that only keys which satisfy a policy can open. */
#include <stdlib.h>

#include "app/attrium/args.h"
#include "app/attrium/commands.h"
#include "app/attrium/stream.h"
#include "host/entropy.h"
#include "scheme/sealed.h"

typedef struct {
    atr_holder *to; /* whose authority's public parameters are used */
    atr_policy policy;
    atr_stream stream;
    atr_sealed sealed;
    size_t header_len;
    uint64_t plain_len;
    uint8_t header[ATR_SEALED_HEADER_BYTES_MAX];
    uint8_t plain[2][ATR_SEALED_CHUNK_BYTES];
    uint8_t chunk[ATR_SEALED_CHUNK_SEALED_BYTES];
} job;

/* --authority, or the authority of a key. */
static int choose_authority(job *j, const atr_cli *cli)
{
    const char *authority = atr_cli_value(cli, "authority");
    atr_fault fault = {{0}};
    atr_err err;

    if (authority == NULL) {
        return atr_args_holder(&j->to, cli);
    }
    if (atr_cli_has(cli, "identity")) {
        return atr_cli_usage(cli, "give a key or --authority, not both");
    }
    err =
        atr_holder_public(&j->to, atr_cli_value(cli, "dir"), authority, &fault);
    if (err != ATR_OK) {
        return atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    return ATR_EXIT_DONE;
}

static atr_err write_header(job *j, atr_fault *fault)
{
    atr_builder header = atr_builder_of(j->header, sizeof j->header);
    atr_rng rng;
    atr_err err;

    atr_entropy_rng(&rng);
    err = atr_sealed_begin(&j->sealed, &header, &j->to->kem, &j->policy, &rng);
    atr_rng_wipe(&rng);
    if (err != ATR_OK) {
        return atr_fault_set(fault, err, "cannot seal under this policy: %s",
                             atr_err_text(err));
    }
    j->header_len = atr_builder_bytes(&header).len;
    return atr_stream_write(&j->stream, atr_builder_bytes(&header), fault);
}

/* One chunk is read ahead, to know which one is the last. */
static atr_err write_chunks(job *j, atr_fault *fault)
{
    size_t len[2] = {0, 0};
    unsigned now = 0;
    bool last = false;
    atr_err err = atr_input_read(j->plain[0], &len[0], sizeof j->plain[0],
                                 &j->stream.in, fault);

    while (err == ATR_OK && !last) {
        atr_bytes plain = {j->plain[now], len[now]};
        unsigned next = now ^ 1;

        len[next] = 0;
        if (plain.len == ATR_SEALED_CHUNK_BYTES &&
            (err = atr_input_read(j->plain[next], &len[next],
                                  sizeof j->plain[next], &j->stream.in,
                                  fault)) != ATR_OK) {
            break;
        }
        last = len[next] == 0;
        err = atr_sealed_chunk(&j->sealed, j->chunk, plain, last);
        if (err != ATR_OK) {
            return atr_fault_set(fault, err, "cannot seal: %s",
                                 atr_err_text(err));
        }
        err = atr_stream_write(&j->stream,
                               (atr_bytes){j->chunk, plain.len + 16}, fault);
        j->plain_len += plain.len;
        now = next;
    }
    return err;
}

static int seal(job *j, const atr_cli *cli)
{
    atr_fault fault = {{0}};
    atr_err err = ATR_OK;

    if (atr_cli_has(cli, "armor")) {
        err = atr_stream_armour(&j->stream, &fault);
    }
    if (err != ATR_OK || (err = write_header(j, &fault)) != ATR_OK ||
        (err = write_chunks(j, &fault)) != ATR_OK ||
        (err = atr_stream_commit(&j->stream, &fault)) != ATR_OK) {
        return atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    atr_cli_detail(cli,
                   "%llu bytes sealed, in %llu chunks after a header of "
                   "%zu bytes",
                   (unsigned long long)j->plain_len,
                   (unsigned long long)j->sealed.next, j->header_len);
    return ATR_EXIT_DONE;
}

int atr_seal_run(const atr_cli *cli)
{
    job *j = calloc(1, sizeof *j);
    int code;

    if (j == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    code = atr_args_policy(&j->policy, cli, atr_cli_value(cli, "policy"));
    if (code == ATR_EXIT_DONE) {
        code = choose_authority(j, cli);
    }
    if (code == ATR_EXIT_DONE &&
        (code = atr_stream_open(&j->stream, cli, !atr_cli_has(cli, "armor"))) ==
            ATR_EXIT_DONE) {
        code = seal(j, cli);
        atr_stream_close(&j->stream);
    }
    atr_holder_close(j->to);
    atr_wipe(j, sizeof *j);
    free(j);
    return code;
}
