/* open: the content of a sealed file. Nothing of a chunk leaves before its
 * tag is checked, and an output file appears only when all of it is. */
#include <stdlib.h>

#include "app/attrium/args.h"
#include "app/attrium/commands.h"
#include "app/attrium/sanitise.h"
#include "app/attrium/stream.h"
#include "policy/policy_text.h"
#include "scheme/sealed.h"

typedef struct {
    atr_holder *holder;
    atr_stream stream;
    atr_sealed_header header;
    atr_sealed sealed;
    uint8_t chunk[2][ATR_SEALED_CHUNK_SEALED_BYTES];
    uint8_t plain[ATR_SEALED_CHUNK_BYTES];
} job;

static int refuse(const job *j, const atr_cli *cli, atr_err err)
{
    atr_attrs missing;
    char *text;
    int code;

    switch (err) {
    case ATR_ERR_POLICY:
        atr_policy_lacks(&missing, &j->header.policy,
                         &j->holder->file.key.attrs);
        text = atr_args_attrs_text(&missing);
        code = atr_cli_fail(cli, ATR_EXIT_DENIED,
                            "this key does not satisfy the file's policy; it "
                            "lacks: %s",
                            text != NULL ? text : "?");
        free(text);
        return code;
    case ATR_ERR_STATE:
        return atr_cli_fail(cli, ATR_EXIT_DENIED,
                            "the file was sealed under another authority "
                            "than that of this key");
    default:
        return atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                            "the sealed file is damaged or forged");
    }
}

static int read_header(job *j, const atr_cli *cli)
{
    atr_fault fault = {{0}};
    atr_bytes head;
    atr_err err = atr_input_peek(&head, &j->stream.in,
                                 ATR_SEALED_HEADER_BYTES_MAX, &fault);

    if (err != ATR_OK) {
        return atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    if ((err = atr_sealed_header_read(&j->header, head)) != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                            err == ATR_ERR_LIMIT
                                ? "the sealed file is cut off in its header"
                                : "this is not a sealed file, or one of a "
                                  "newer version");
    }
    err = atr_sealed_open(&j->sealed, &j->header, &j->holder->kem,
                          &j->holder->file.key);
    if (err != ATR_OK) {
        return refuse(j, cli, err);
    }
    atr_input_skip(&j->stream.in, j->header.header_len);
    return ATR_EXIT_DONE;
}

/* What a terminal may be given without being asked for: text. */
static bool is_plain_text(atr_bytes text)
{
    while (text.len != 0) {
        uint32_t point;
        size_t len = atr_utf8_next(&point, text);

        if (point == 0xfffd ||
            (point < 0x20 && point != '\n' && point != '\t' && point != '\r') ||
            (point >= 0x7f && atr_utf8_width(point) == 0)) {
            return false;
        }
        text.data += len;
        text.len -= len;
    }
    return true;
}

static int release(job *j, const atr_cli *cli, size_t len)
{
    atr_bytes plain = {j->plain, len};
    atr_fault fault = {{0}};

    if (j->stream.to_terminal && !is_plain_text(plain)) {
        return atr_cli_fail(cli, ATR_EXIT_UNSAFE,
                            "the content is not plain text and not for a "
                            "terminal; use -o FILE, or -o - if you must");
    }
    if (atr_draft_write(&j->stream.out, plain, &fault) != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    return ATR_EXIT_DONE;
}

static int open_chunk(job *j, const atr_cli *cli, atr_bytes chunk, bool last)
{
    if (chunk.len < 16 ||
        atr_sealed_unchunk(&j->sealed, j->plain, chunk, last) != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_CORRUPT,
                            "the sealed file is damaged, forged or cut off, "
                            "in chunk %llu",
                            (unsigned long long)j->sealed.next);
    }
    return release(j, cli, chunk.len - 16);
}

/* One chunk is read ahead, to know which one is the last. */
static int open_chunks(job *j, const atr_cli *cli)
{
    size_t len[2] = {0, 0};
    atr_fault fault = {{0}};
    unsigned now = 0;
    bool last = false;
    int code = ATR_EXIT_DONE;
    atr_err err = atr_input_read(j->chunk[0], &len[0], sizeof j->chunk[0],
                                 &j->stream.in, &fault);

    while (err == ATR_OK && code == ATR_EXIT_DONE && !last) {
        unsigned next = now ^ 1;

        len[next] = 0;
        if (len[now] == sizeof j->chunk[now]) {
            err = atr_input_read(j->chunk[next], &len[next],
                                 sizeof j->chunk[next], &j->stream.in, &fault);
        }
        last = len[next] == 0;
        if (err == ATR_OK) {
            code =
                open_chunk(j, cli, (atr_bytes){j->chunk[now], len[now]}, last);
        }
        now = next;
    }
    if (err != ATR_OK) {
        return atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    return code;
}

static int open_file(job *j, const atr_cli *cli)
{
    atr_fault fault = {{0}};
    int code;

    if ((code = read_header(j, cli)) != ATR_EXIT_DONE ||
        (code = open_chunks(j, cli)) != ATR_EXIT_DONE) {
        return code;
    }
    if (atr_draft_commit(&j->stream.out, &fault) != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    atr_cli_detail(cli, "%llu chunks opened, after a header of %zu bytes",
                   (unsigned long long)j->sealed.next, j->header.header_len);
    return ATR_EXIT_DONE;
}

int atr_open_run(const atr_cli *cli)
{
    job *j = calloc(1, sizeof *j);
    int code;

    if (j == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    code = atr_args_holder(&j->holder, cli);
    if (code == ATR_EXIT_DONE &&
        (code = atr_stream_open(&j->stream, cli, false)) == ATR_EXIT_DONE) {
        code = open_file(j, cli);
        atr_stream_close(&j->stream);
    }
    atr_holder_close(j->holder);
    atr_wipe(j, sizeof *j);
    free(j);
    return code;
}
