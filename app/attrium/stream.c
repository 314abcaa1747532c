#include "app/attrium/stream.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

atr_err atr_input_open(atr_input *out, const char *path, atr_fault *fault)
{
    memset(out, 0, sizeof *out);
    return atr_source_open(&out->source, path, fault);
}

atr_err atr_input_peek(atr_bytes *out, atr_input *input, size_t cap,
                       atr_fault *fault)
{
    atr_err err;

    if ((input->ahead = malloc(cap)) == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    err = atr_source_read(input->ahead, &input->ahead_len, cap, &input->source,
                          fault);
    *out = (atr_bytes){input->ahead, input->ahead_len};
    return err;
}

void atr_input_skip(atr_input *input, size_t len)
{
    size_t left = input->ahead_len - input->ahead_at;

    input->ahead_at += len < left ? len : left;
}

atr_err atr_input_read(uint8_t *out, size_t *len, size_t cap, atr_input *input,
                       atr_fault *fault)
{
    size_t took = input->ahead_len - input->ahead_at;
    size_t rest = 0;
    atr_err err = ATR_OK;

    took = took < cap ? took : cap;
    if (took > 0) {
        memcpy(out, input->ahead + input->ahead_at, took);
        input->ahead_at += took;
    }
    if (took < cap) {
        err = atr_source_read(out + took, &rest, cap - took, &input->source,
                              fault);
    }
    *len = took + rest;
    return err;
}

void atr_input_close(atr_input *input)
{
    if (input->ahead != NULL) {
        atr_wipe(input->ahead, input->ahead_len);
        free(input->ahead);
    }
    atr_source_close(&input->source);
    memset(input, 0, sizeof *input);
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat first;
    struct stat second;

    return stat(a, &first) == 0 && stat(b, &second) == 0 &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

static int check_output(bool *to_terminal, const atr_cli *cli, const char *in,
                        const char *out, bool is_binary)
{
    if (out == NULL) {
        *to_terminal = isatty(STDOUT_FILENO) != 0;
        if (*to_terminal && is_binary) {
            return atr_cli_fail(cli, ATR_EXIT_UNSAFE,
                                "this is binary and not for a terminal; use "
                                "-o FILE, or -o - if you must");
        }
        return ATR_EXIT_DONE;
    }
    if (strcmp(in, "-") != 0 && strcmp(out, "-") != 0 &&
        is_same_file(in, out)) {
        return atr_cli_fail(cli, ATR_EXIT_UNSAFE,
                            "\"%s\" is the input; it is never overwritten",
                            out);
    }
    return ATR_EXIT_DONE;
}

int atr_stream_open(atr_stream *out, const atr_cli *cli, bool is_binary)
{
    const char *in_path = cli->operand_count > 0 ? cli->operands[0] : "-";
    const char *out_path = atr_cli_value(cli, "output");
    atr_file_how how =
        atr_cli_has(cli, "force") ? ATR_FILE_REPLACE : ATR_FILE_NEW;
    atr_fault fault = {{0}};
    atr_err err;
    int code;

    memset(out, 0, sizeof *out);
    code = check_output(&out->to_terminal, cli, in_path, out_path, is_binary);
    if (code != ATR_EXIT_DONE) {
        return code;
    }
    if (atr_input_open(&out->in, in_path, &fault) != ATR_OK) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "%s", fault.text);
    }
    if (out_path != NULL && how == ATR_FILE_NEW && strcmp(out_path, "-") != 0 &&
        atr_path_exists(out_path)) {
        atr_input_close(&out->in);
        return atr_cli_fail(cli, ATR_EXIT_UNSAFE,
                            "\"%s\" is there already; -f replaces it",
                            out_path);
    }
    err = atr_draft_open(&out->out, out_path != NULL ? out_path : "-", 0600,
                         how, &fault);
    if (err != ATR_OK) {
        atr_input_close(&out->in);
        return atr_cli_fail(cli, atr_cli_exit_of(err), "%s", fault.text);
    }
    return ATR_EXIT_DONE;
}

void atr_stream_close(atr_stream *stream)
{
    atr_input_close(&stream->in);
    atr_draft_drop(&stream->out);
}
