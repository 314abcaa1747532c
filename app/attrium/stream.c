#include "app/attrium/stream.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/armour.h"

#define BEGIN_LINE "-----BEGIN " ATR_ARMOUR_SEALED "-----\n"
#define END_LINE "-----END " ATR_ARMOUR_SEALED "-----\n"

atr_err atr_input_open(atr_input *out, const char *path, atr_fault *fault)
{
    memset(out, 0, sizeof *out);
    return atr_source_open(&out->source, path, fault);
}

/* Fills `raw` once what was in it is taken. */
static atr_err read_raw(atr_input *input, atr_fault *fault)
{
    input->raw_at = 0;
    return atr_source_read(input->raw, &input->raw_len, sizeof input->raw,
                           &input->source, fault);
}

/* The bytes of the next line of armour, or `ended`. */
static atr_err read_line(atr_input *input, atr_fault *fault)
{
    atr_err err = ATR_OK;

    input->line_at = 0;
    input->line_len = 0;
    while (err == ATR_OK && input->line_len == 0 && !input->ended) {
        if (input->raw_at < input->raw_len) {
            err = atr_dearmour_take(&input->dearmour, input->line,
                                    &input->line_len,
                                    input->raw[input->raw_at++]);
        } else if ((err = read_raw(input, fault)) != ATR_OK) {
            return err;
        } else if (input->raw_len == 0) {
            input->ended = true;
            err = atr_dearmour_end(&input->dearmour, input->line,
                                   &input->line_len);
        }
    }
    return err == ATR_OK ? ATR_OK
                         : atr_fault_set(fault, err,
                                         "the sealed file is damaged or cut "
                                         "off, in its armour");
}

/* Out of armour, if there is any; as atr_source_read. */
static atr_err read_bytes(uint8_t *out, size_t *len, size_t cap,
                          atr_input *input, atr_fault *fault)
{
    size_t rest = 0;
    atr_err err = ATR_OK;

    *len = 0;
    if (!input->armoured) {
        size_t left = input->raw_len - input->raw_at;

        *len = left < cap ? left : cap;
        memcpy(out, input->raw + input->raw_at, *len);
        input->raw_at += *len;
        if (*len < cap) {
            err = atr_source_read(out + *len, &rest, cap - *len, &input->source,
                                  fault);
        }
        *len += rest;
        return err;
    }
    while (err == ATR_OK && *len < cap) {
        if (input->line_at < input->line_len) {
            out[(*len)++] = input->line[input->line_at++];
        } else if (input->ended) {
            break;
        } else {
            err = read_line(input, fault);
        }
    }
    return err;
}

atr_err atr_input_peek(atr_bytes *out, atr_input *input, size_t cap,
                       atr_fault *fault)
{
    atr_err err = read_raw(input, fault);

    if (err != ATR_OK) {
        return err;
    }
    input->armoured = atr_armour_is_of((atr_bytes){input->raw, input->raw_len},
                                       ATR_ARMOUR_SEALED);
    atr_dearmour_init(&input->dearmour, ATR_ARMOUR_SEALED);
    if ((input->ahead = malloc(cap)) == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    err = read_bytes(input->ahead, &input->ahead_len, cap, input, fault);
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
        err = read_bytes(out + took, &rest, cap - took, input, fault);
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

static atr_err write_text(atr_stream *stream, const char *text,
                          atr_fault *fault)
{
    return atr_draft_write(
        &stream->out, (atr_bytes){(const uint8_t *)text, strlen(text)}, fault);
}

atr_err atr_stream_armour(atr_stream *stream, atr_fault *fault)
{
    stream->armoured = true;
    return write_text(stream, BEGIN_LINE, fault);
}

/* Lines are gathered, so that there are few writes. */
static atr_err write_armoured(atr_stream *stream, atr_bytes bytes,
                              atr_fault *fault)
{
    char text[64 * 65 + 1];
    size_t at = 0;
    atr_err err = ATR_OK;

    for (size_t i = 0; i < bytes.len && err == ATR_OK; i++) {
        stream->part[stream->part_len++] = bytes.data[i];
        if (stream->part_len == sizeof stream->part) {
            atr_base64_write(text + at, ATR_BYTES(stream->part));
            stream->part_len = 0;
            at += 64;
            text[at++] = '\n';
        }
        if (at == sizeof text - 1 || (i + 1 == bytes.len && at > 0)) {
            text[at] = 0;
            err = write_text(stream, text, fault);
            at = 0;
        }
    }
    return err;
}

atr_err atr_stream_write(atr_stream *stream, atr_bytes bytes, atr_fault *fault)
{
    return stream->armoured ? write_armoured(stream, bytes, fault)
                            : atr_draft_write(&stream->out, bytes, fault);
}

atr_err atr_stream_commit(atr_stream *stream, atr_fault *fault)
{
    char text[64 + 2];
    atr_err err = ATR_OK;

    if (stream->armoured && stream->part_len > 0) {
        atr_base64_write(text, (atr_bytes){stream->part, stream->part_len});
        strcat(text, "\n");
        err = write_text(stream, text, fault);
    }
    if (stream->armoured && err == ATR_OK) {
        err = write_text(stream, END_LINE, fault);
    }
    return err == ATR_OK ? atr_draft_commit(&stream->out, fault) : err;
}

void atr_stream_close(atr_stream *stream)
{
    atr_input_close(&stream->in);
    atr_draft_drop(&stream->out);
}
