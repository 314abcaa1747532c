/* process.h - children with pipes. */
#ifndef ATR_PROCESS_H
#define ATR_PROCESS_H

#include <sys/types.h>

#include "host/fault.h"

typedef struct {
    pid_t pid;   /* 0: none, or waited for */
    int in;      /* write end of its standard input, or -1 */
    int out;     /* read ends, or -1 */
    int err;
    int status;  /* after the wait: 0-255 its exit, 256+n killed by signal n */
} atr_process;

typedef struct {
    const char *const *argv; /* ends with NULL; argv[0] is found in PATH */
    const char *const *env;  /* "NAME=value" added to the environment, ends
                                with NULL; or NULL */
    bool pipe_in;            /* else /dev/null */
    bool pipe_out;           /* else as the parent's */
    bool pipe_err;           /* else as the parent's */
} atr_process_options;

/* atr_process_start runs a program. Only the three standard descriptors reach
 * it, given that all others are close-on-exec, as this project's are. */
ATR_MUST_USE atr_err atr_process_start(atr_process *out,
                                       const atr_process_options *options,
                                       atr_fault *fault);

/* atr_process_read_line reads from `out` up to a newline, which is dropped,
 * waiting at most `limit_ms`. ATR_ERR_STATE at the end of the stream,
 * ATR_ERR_IO when the time is over, ATR_ERR_LIMIT when it does not fit. */
ATR_MUST_USE atr_err atr_process_read_line(char *line, size_t cap,
                                           atr_process *process,
                                           uint32_t limit_ms);

/* atr_process_wait waits for the end; ATR_ERR_STATE when `limit_ms` pass
 * first. Sets `status` and closes the pipes. */
ATR_MUST_USE atr_err atr_process_wait(atr_process *process, uint32_t limit_ms);

/* atr_process_kill sends a signal to this child alone, if it still runs. */
void atr_process_kill(atr_process *process, int signal_number);

/* atr_process_end asks with TERM, waits `limit_ms`, then uses KILL. */
void atr_process_end(atr_process *process, uint32_t limit_ms);

#endif
