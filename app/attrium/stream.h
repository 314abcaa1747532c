/* stream.h - where a command reads and writes: files or standard streams.
 *
 * Refusals for safety stand here once: no binary to a terminal, no output over
 * a file that is there (unless forced), never output over the input.
 * A sealed file in armour is read as what it stands for.
 */
#ifndef ATR_STREAM_H
#define ATR_STREAM_H

#include "app/cli.h"
#include "app/dearmour.h"
#include "host/file.h"

/* The start of an input read ahead, and then the rest of it. */
typedef struct {
    atr_source source;
    bool armoured; /* found by atr_input_peek */
    atr_dearmour dearmour;
    uint8_t raw[4096]; /* of the source, not yet taken */
    size_t raw_len;
    size_t raw_at;
    uint8_t line[ATR_DEARMOUR_BYTES_MAX]; /* out of armour, not yet taken */
    size_t line_len;
    size_t line_at;
    bool ended;
    uint8_t *ahead; /* read but not yet taken */
    size_t ahead_len;
    size_t ahead_at;
} atr_input;

/* A command's input and output. */
typedef struct {
    atr_input in;
    atr_draft out;
    bool to_terminal; /* output goes to a terminal, by default */
    bool armoured;    /* the output is to be armoured */
    uint8_t part[48]; /* of a line */
    size_t part_len;
} atr_stream;

/* atr_input_open opens "-" or a file. atr_input_peek reads up to `cap` bytes
 * ahead, once, and shows them; atr_input_skip drops some of these.
 * atr_input_read fills `cap` bytes unless the end comes first. Damaged armour
 * is ATR_ERR_INPUT. */
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

/* atr_stream_armour armours the output from here on, with the label of sealed
 * files; atr_stream_write writes; atr_stream_commit ends it. */
ATR_MUST_USE atr_err atr_stream_armour(atr_stream *stream, atr_fault *fault);
ATR_MUST_USE atr_err atr_stream_write(atr_stream *stream, atr_bytes bytes,
                                      atr_fault *fault);
ATR_MUST_USE atr_err atr_stream_commit(atr_stream *stream, atr_fault *fault);

/* atr_stream_close drops an output that is not committed. */
void atr_stream_close(atr_stream *stream);

#endif
