/* stream.h - where a command reads and writes: files or standard streams.
 *
 * Refusals for safety stand here once: no binary to a terminal, no output over
 * a file that is there (unless forced), never output over the input.
 */
#ifndef ATR_STREAM_H
#define ATR_STREAM_H

#include "app/cli.h"
#include "host/file.h"

/* The start of an input read ahead, and then the rest of it. */
typedef struct {
    atr_source source;
    uint8_t *ahead; /* read but not yet taken */
    size_t ahead_len;
    size_t ahead_at;
} atr_input;

/* A command's input and output. */
typedef struct {
    atr_input in;
    atr_draft out;
    bool to_terminal; /* output goes to a terminal, by default */
} atr_stream;

/* atr_input_open opens "-" or a file. atr_input_peek reads up to `cap` bytes
 * ahead, once, and shows them; atr_input_skip drops some of these.
 * atr_input_read fills `cap` bytes unless the end comes first. */
ATR_MUST_USE atr_err atr_input_open(atr_input *out, const char *path,
                                    atr_fault *fault);
ATR_MUST_USE atr_err atr_input_peek(atr_bytes *out, atr_input *input,
                                    size_t cap, atr_fault *fault);
void atr_input_skip(atr_input *input, size_t len);
ATR_MUST_USE atr_err atr_input_read(uint8_t *out, size_t *len, size_t cap,
                                    atr_input *input, atr_fault *fault);
void atr_input_close(atr_input *input);

/* atr_stream_open opens the operand (or standard input) and --output (or
 * standard output), and returns the exit code. With `is_binary` a terminal is
 * refused as output; without, `to_terminal` tells of it. */
int atr_stream_open(atr_stream *out, const atr_cli *cli, bool is_binary);

/* atr_stream_close drops an output that is not committed. */
void atr_stream_close(atr_stream *stream);

#endif
