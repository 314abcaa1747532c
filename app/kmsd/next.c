#include "app/kmsd/next.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "app/kmsd/node.h"

#define NEXT "next"
#define DRAFT "next.tmp"
#define LOCK "next.lock"

/* In the order in which they are moved. */
static const char *const files[] = {ATR_NODE_SHARE, ATR_NODE_PUBLIC};

static atr_err path_of(char out[ATR_PATH_BYTES_MAX], const char *dir,
                       const char *name, atr_fault *fault)
{
    return atr_path_join(out, dir, name) == ATR_OK
               ? ATR_OK
               : atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", dir);
}

static atr_err lock(int *fd, const char *dir, int how, atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_err err = path_of(path, dir, LOCK, fault);

    *fd = -1;
    if (err != ATR_OK) {
        return err;
    }
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*fd < 0) {
        return atr_fault_os(fault, "%s", path);
    }
    while (flock(*fd, how) != 0) {
        if (errno != EINTR) {
            err = atr_fault_os(fault, "%s", path);
            (void)close(*fd);
            *fd = -1;
            return err;
        }
    }
    return ATR_OK;
}

/* Moves one file to its place, over what a secret has left of itself. */
static atr_err move(const char *dir, const char *from, const char *name,
                    atr_fault *fault)
{
    char old[ATR_PATH_BYTES_MAX];
    char new[ATR_PATH_BYTES_MAX];
    atr_err err;

    if ((err = path_of(old, dir, name, fault)) != ATR_OK ||
        (err = path_of(new, from, name, fault)) != ATR_OK) {
        return err;
    }
    if (!atr_path_exists(new)) {
        return ATR_OK; /* moved before */
    }
    if (strcmp(name, ATR_NODE_SHARE) == 0 &&
        (err = atr_file_blank(old, fault)) != ATR_OK) {
        return err;
    }
    return rename(new, old) == 0 ? ATR_OK : atr_fault_os(fault, "%s", old);
}

static atr_err finish(const char *dir, const char *next, atr_fault *fault)
{
    atr_err err = ATR_OK;

    for (size_t i = 0; i < sizeof files / sizeof files[0] && err == ATR_OK;
         i++) {
        err = move(dir, next, files[i], fault);
    }
    if (err == ATR_OK && (err = atr_dir_sync(dir, fault)) == ATR_OK &&
        rmdir(next) != 0 && errno != ENOENT) {
        err = atr_fault_os(fault, "%s", next);
    }
    return err == ATR_OK ? atr_dir_sync(dir, fault) : err;
}

atr_err atr_next_finish(const char *dir, atr_fault *fault)
{
    char next[ATR_PATH_BYTES_MAX];
    atr_err err = path_of(next, dir, NEXT, fault);
    int fd;

    if (err != ATR_OK || !atr_path_exists(next) ||
        (err = lock(&fd, dir, LOCK_EX, fault)) != ATR_OK) {
        return err;
    }
    err = finish(dir, next, fault);
    (void)close(fd);
    return err;
}

atr_err atr_next_open(char out[ATR_PATH_BYTES_MAX], const char *dir,
                      atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_err err;

    if ((err = path_of(path, dir, NEXT, fault)) != ATR_OK ||
        (err = path_of(out, dir, DRAFT, fault)) != ATR_OK) {
        return err;
    }
    if (atr_path_exists(path)) {
        return atr_fault_set(fault, ATR_ERR_STATE, "not finished: %s", path);
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if ((err = path_of(path, out, files[i], fault)) != ATR_OK ||
            (err = atr_file_blank(path, fault)) != ATR_OK) {
            return err;
        }
        (void)unlink(path); /* of an attempt that was cut off */
    }
    return atr_dir_make(out, fault);
}

atr_err atr_next_commit(const char *dir, atr_fault *fault)
{
    char draft[ATR_PATH_BYTES_MAX];
    char next[ATR_PATH_BYTES_MAX];
    atr_err err;

    if ((err = path_of(draft, dir, DRAFT, fault)) != ATR_OK ||
        (err = path_of(next, dir, NEXT, fault)) != ATR_OK ||
        (err = atr_dir_sync(draft, fault)) != ATR_OK) {
        return err;
    }
    return rename(draft, next) == 0 ? atr_dir_sync(dir, fault)
                                    : atr_fault_os(fault, "%s", next);
}

atr_err atr_next_hold(int *fd, const char *dir, atr_fault *fault)
{
    atr_err err = atr_next_finish(dir, fault);

    *fd = -1;
    return err == ATR_OK ? lock(fd, dir, LOCK_SH, fault) : err;
}
