/* file.h - whole files, written whole or not at all. Until one is whole it is
 * called PATH.0123456789abcdef.tmp; what a killed writer has left is deleted by
 * the next writer of the same PATH.
 */
#ifndef ATR_FILE_H
#define ATR_FILE_H

#include "host/fault.h"

#define ATR_PATH_BYTES_MAX 1024

/* A file read into memory; data ends with a zero byte beyond `len`. */
typedef struct {
    uint8_t *data;
    size_t len;
} atr_file;

/* atr_file_read reads a plain file (or "-": standard input) of at most `max`
 * bytes. Returns ATR_ERR_IO or ATR_ERR_LIMIT. */
ATR_MUST_USE atr_err atr_file_read(atr_file *out, const char *path, size_t max,
                                   atr_fault *fault);

/* atr_file_read_secret also refuses (ATR_ERR_STATE) a file that group or
 * others may read or write. */
ATR_MUST_USE atr_err atr_file_read_secret(atr_file *out, const char *path,
                                          size_t max, atr_fault *fault);

/* atr_file_wipe wipes and frees; twice is fine. */
void atr_file_wipe(atr_file *file);

typedef enum {
    ATR_FILE_NEW,    /* the file must not exist: ATR_ERR_STATE */
    ATR_FILE_REPLACE /* it may */
} atr_file_how;

/* atr_file_write writes `bytes` to a new file in the same directory, fsyncs
 * it, renames it to `path` and fsyncs the directory, so that after a crash
 * there is the old file or the new one. `mode` is 0600 for secrets. Returns
 * ATR_ERR_IO, or ATR_ERR_STATE when `how` is ATR_FILE_NEW and it exists. */
ATR_MUST_USE atr_err atr_file_write(const char *path, atr_bytes bytes,
                                    unsigned mode, atr_file_how how,
                                    atr_fault *fault);

/* The same in pieces, for outputs that do not fit in memory. The path "-" is
 * standard output, written as it comes. A draft that is not committed leaves
 * nothing behind. */
typedef struct {
    int fd;
    unsigned mode;
    atr_file_how how;
    char path[ATR_PATH_BYTES_MAX];
    char temp[ATR_PATH_BYTES_MAX + 32];
} atr_draft;

ATR_MUST_USE atr_err atr_draft_open(atr_draft *out, const char *path,
                                    unsigned mode, atr_file_how how,
                                    atr_fault *fault);
ATR_MUST_USE atr_err atr_draft_write(atr_draft *draft, atr_bytes bytes,
                                     atr_fault *fault);
ATR_MUST_USE atr_err atr_draft_commit(atr_draft *draft, atr_fault *fault);
/* atr_draft_drop deletes what was not committed; after a commit it does
 * nothing, so it can stand at the end of every path. */
void atr_draft_drop(atr_draft *draft);

/* Reading in pieces; "-" is standard input. atr_source_read fills `cap` bytes
 * unless the end comes first, and sets `*len`. */
typedef struct {
    int fd;
    char path[ATR_PATH_BYTES_MAX];
} atr_source;

ATR_MUST_USE atr_err atr_source_open(atr_source *out, const char *path,
                                     atr_fault *fault);
ATR_MUST_USE atr_err atr_source_read(uint8_t *out, size_t *len, size_t cap,
                                     atr_source *source, atr_fault *fault);
void atr_source_close(atr_source *source);

/* atr_dir_make makes `path` and its parents with mode 0700; those that are
 * there stay as they are. */
ATR_MUST_USE atr_err atr_dir_make(const char *path, atr_fault *fault);

/* atr_dir_sync fsyncs a folder: what was named in it before stays so. */
ATR_MUST_USE atr_err atr_dir_sync(const char *path, atr_fault *fault);

/* atr_file_blank overwrites a file with zeros and fsyncs it; one that is not
 * there is fine. */
ATR_MUST_USE atr_err atr_file_blank(const char *path, atr_fault *fault);

/* atr_path_exists tells whether something has this name. */
bool atr_path_exists(const char *path);

/* atr_path_join writes "dir/name". ATR_ERR_LIMIT when it does not fit. */
ATR_MUST_USE atr_err atr_path_join(char out[ATR_PATH_BYTES_MAX],
                                   const char *dir, const char *name);

typedef enum {
    ATR_HOME_CONFIG,  /* $XDG_CONFIG_HOME/attrium,  ~/.config/attrium */
    ATR_HOME_DATA,    /* $XDG_DATA_HOME/attrium,    ~/.local/share/attrium */
    ATR_HOME_STATE,   /* $XDG_STATE_HOME/attrium,   ~/.local/state/attrium */
    ATR_HOME_CACHE,   /* $XDG_CACHE_HOME/attrium,   ~/.cache/attrium */
    ATR_HOME_RUNTIME  /* $XDG_RUNTIME_DIR/attrium */
} atr_home;

/* atr_path_home gives the directory for files of a kind. `override` (the
 * --dir of the command line, may be NULL) or else $ATTRIUM_HOME replaces them
 * all, with the kind as a folder below: "$ATTRIUM_HOME/data". The directory
 * is not made. Returns ATR_ERR_STATE when no home is known. */
ATR_MUST_USE atr_err atr_path_home(char out[ATR_PATH_BYTES_MAX], atr_home kind,
                                   const char *override, atr_fault *fault);

#endif
