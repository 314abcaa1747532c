#include "host/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads until `cap` bytes or the end; returns false on an error of the
 * system. */
static bool read_full(int fd, uint8_t *out, size_t cap, size_t *len)
{
    *len = 0;
    while (*len < cap) {
        ssize_t got = read(fd, out + *len, cap - *len);

        if (got == 0) {
            return true;
        }
        if (got > 0) {
            *len += (size_t)got;
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* Doubles the buffer as it fills, so that a small file takes little memory
 * whatever the limit is. */
static atr_err read_all(atr_file *out, int fd, const char *path, size_t max,
                        atr_fault *fault)
{
    size_t cap = max < 4096 ? max : 4096;
    uint8_t *data = malloc(cap + 1);
    size_t len = 0;
    atr_err err = ATR_OK;

    while (data != NULL) {
        size_t got = 0;
        uint8_t *more;

        if (!read_full(fd, data + len, cap + 1 - len, &got)) {
            err = atr_fault_os(fault, "%s", path);
            break;
        }
        len += got;
        if (len <= cap) {
            data[len] = 0;
            *out = (atr_file){data, len};
            return ATR_OK;
        }
        if (cap == max) {
            err = atr_fault_set(fault, ATR_ERR_LIMIT,
                                "%s: larger than %zu bytes", path, max);
            break;
        }
        cap = cap > max / 2 ? max : cap * 2;
        more = malloc(cap + 1);
        if (more != NULL) {
            memcpy(more, data, len);
        }
        atr_wipe(data, len);
        free(data);
        data = more;
    }
    if (data == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "%s: out of memory", path);
    }
    atr_wipe(data, len);
    free(data);
    return err;
}

static atr_err check_kind(int fd, const char *path, bool secret,
                          atr_fault *fault)
{
    struct stat st;

    if (fstat(fd, &st) != 0) {
        return atr_fault_os(fault, "%s", path);
    }
    if (S_ISDIR(st.st_mode)) {
        return atr_fault_set(fault, ATR_ERR_IO, "%s: is a folder", path);
    }
    if (secret && S_ISREG(st.st_mode) && (st.st_mode & 077) != 0) {
        return atr_fault_set(fault, ATR_ERR_STATE,
                             "%s: others may read it (mode %04o); it holds a "
                             "secret: chmod 600",
                             path, (unsigned)(st.st_mode & 07777));
    }
    return ATR_OK;
}

static atr_err read_file(atr_file *out, const char *path, size_t max,
                         bool secret, atr_fault *fault)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO
                      : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    atr_err err;

    *out = (atr_file){NULL, 0};
    if (fd < 0) {
        return atr_fault_os(fault, "%s", path);
    }
    err = standard ? ATR_OK : check_kind(fd, path, secret, fault);
    if (err == ATR_OK) {
        err = read_all(out, fd, path, max, fault);
    }
    if (!standard) {
        (void)close(fd);
    }
    return err;
}

atr_err atr_file_read(atr_file *out, const char *path, size_t max,
                      atr_fault *fault)
{
    return read_file(out, path, max, false, fault);
}

atr_err atr_file_read_secret(atr_file *out, const char *path, size_t max,
                             atr_fault *fault)
{
    return read_file(out, path, max, true, fault);
}

void atr_file_wipe(atr_file *file)
{
    if (file != NULL && file->data != NULL) {
        atr_wipe(file->data, file->len);
        free(file->data);
        *file = (atr_file){NULL, 0};
    }
}

atr_err atr_file_write(const char *path, atr_bytes bytes, unsigned mode,
                       atr_file_how how, atr_fault *fault)
{
    atr_draft draft;
    atr_err err;

    if ((err = atr_draft_open(&draft, path, mode, how, fault)) == ATR_OK &&
        (err = atr_draft_write(&draft, bytes, fault)) == ATR_OK) {
        err = atr_draft_commit(&draft, fault);
    }
    atr_draft_drop(&draft);
    return err;
}

static void folder_of(char out[ATR_PATH_BYTES_MAX], const char *path)
{
    char *slash;

    strcpy(out, path);
    slash = strrchr(out, '/');
    if (slash == NULL) {
        strcpy(out, ".");
    } else {
        slash[slash == out ? 1 : 0] = 0;
    }
}

/* "NAME.0123456789abcdef.tmp" */
static bool is_draft_of(const char *entry, const char *name)
{
    const size_t len = strlen(name);

    return strncmp(entry, name, len) == 0 && entry[len] == '.' &&
           strspn(entry + len + 1, "0123456789abcdef") == 16 &&
           strcmp(entry + len + 1 + 16, ".tmp") == 0;
}

/* Deletes what writers of the same name have left who were killed: one that
 * lives has locked its draft. */
static void sweep(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    char folder[ATR_PATH_BYTES_MAX];
    const struct dirent *entry;
    DIR *dir;

    folder_of(folder, path);
    dir = opendir(folder);
    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        int fd = is_draft_of(entry->d_name, name)
                     ? openat(dirfd(dir), entry->d_name,
                              O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
                     : -1;

        if (fd >= 0) {
            if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
                (void)unlinkat(dirfd(dir), entry->d_name, 0);
            }
            (void)close(fd);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
}

/* A new file, locked; again when somebody has swept it before it was. */
static int open_draft(atr_draft *draft)
{
    struct stat st = {.st_nlink = 0};
    uint64_t number = 0;
    int fd = -1;

    while (st.st_nlink == 0) {
        if (fd >= 0) {
            (void)close(fd);
        }
        if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number) {
            return -1;
        }
        (void)snprintf(draft->temp, sizeof draft->temp, "%s.%016llx.tmp",
                       draft->path, (unsigned long long)number);
        fd = open(draft->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (fd < 0) {
            return -1;
        }
        (void)flock(fd, LOCK_EX); /* where there are locks */
        if (fstat(fd, &st) != 0) {
            st.st_nlink = 1;
        }
    }
    return fd;
}

bool atr_path_exists(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

atr_err atr_draft_open(atr_draft *out, const char *path, unsigned mode,
                       atr_file_how how, atr_fault *fault)
{
    *out = (atr_draft){.fd = -1, .mode = mode, .how = how};
    if (strlen(path) >= sizeof out->path) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "%.60s...: path too long",
                             path);
    }
    strcpy(out->path, path);
    if (strcmp(path, "-") == 0) {
        out->fd = STDOUT_FILENO;
        return ATR_OK;
    }
    if (how == ATR_FILE_NEW && atr_path_exists(path)) {
        return atr_fault_set(fault, ATR_ERR_STATE, "%s: exists already", path);
    }
    sweep(path);
    out->fd = open_draft(out);
    if (out->fd < 0) {
        (void)atr_fault_os(fault, "%s", path);
        out->temp[0] = 0;
        return ATR_ERR_IO;
    }
    return ATR_OK;
}

atr_err atr_draft_write(atr_draft *draft, atr_bytes bytes, atr_fault *fault)
{
    while (bytes.len > 0) {
        ssize_t put = write(draft->fd, bytes.data, bytes.len);

        if (put >= 0) {
            bytes.data += put;
            bytes.len -= (size_t)put;
        } else if (errno != EINTR) {
            return atr_fault_os(fault, "%s", draft->path);
        }
    }
    return ATR_OK;
}

atr_err atr_dir_sync(const char *path, atr_fault *fault)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed;

    if (fd < 0) {
        return atr_fault_os(fault, "%s", path);
    }
    failed = fsync(fd);
    (void)close(fd);
    return failed == 0 ? ATR_OK : atr_fault_os(fault, "%s", path);
}

static atr_err sync_folder(const char *path, atr_fault *fault)
{
    char folder[ATR_PATH_BYTES_MAX];

    folder_of(folder, path);
    return atr_dir_sync(folder, fault);
}

atr_err atr_file_blank(const char *path, atr_fault *fault)
{
    static const uint8_t zeros[4096];
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat st = {0};
    bool good;

    if (fd < 0) {
        return errno == ENOENT ? ATR_OK : atr_fault_os(fault, "%s", path);
    }
    good = fstat(fd, &st) == 0;
    for (off_t at = 0; good && at < st.st_size;) {
        const size_t left = (size_t)(st.st_size - at);
        ssize_t put =
            pwrite(fd, zeros, left < sizeof zeros ? left : sizeof zeros, at);

        good = put > 0 || (put < 0 && errno == EINTR);
        at += put > 0 ? put : 0;
    }
    good = good && fsync(fd) == 0;
    if (!good) {
        (void)atr_fault_os(fault, "%s", path);
    }
    (void)close(fd);
    return good ? ATR_OK : ATR_ERR_IO;
}

/* link() fails where the name is taken and rename() does not: it is what
 * keeps a new file from replacing one that came in the meantime. */
static int give_name(const atr_draft *draft)
{
    if (draft->how == ATR_FILE_REPLACE) {
        return rename(draft->temp, draft->path);
    }
    if (link(draft->temp, draft->path) == 0) {
        return unlink(draft->temp);
    }
    if (errno == EPERM || errno == EOPNOTSUPP) { /* no hard links here */
        return renameat2(AT_FDCWD, draft->temp, AT_FDCWD, draft->path,
                         RENAME_NOREPLACE);
    }
    return -1;
}

atr_err atr_draft_commit(atr_draft *draft, atr_fault *fault)
{
    int failed;

    if (draft->temp[0] == 0) {
        return ATR_OK; /* standard output */
    }
    failed = fchmod(draft->fd, (mode_t)draft->mode) != 0 ||
             fsync(draft->fd) != 0;
    if (failed != 0 || give_name(draft) != 0) {
        bool taken = failed == 0 && errno == EEXIST;

        (void)atr_fault_os(fault, "%s", draft->path);
        return taken ? ATR_ERR_STATE : ATR_ERR_IO;
    }
    draft->temp[0] = 0;
    (void)close(draft->fd); /* it was locked until it had its name */
    draft->fd = -1;
    return sync_folder(draft->path, fault);
}

void atr_draft_drop(atr_draft *draft)
{
    if (draft->temp[0] != 0) {
        if (draft->fd >= 0) {
            (void)close(draft->fd);
        }
        (void)unlink(draft->temp);
        draft->temp[0] = 0;
    }
    draft->fd = -1;
}

atr_err atr_source_open(atr_source *out, const char *path, atr_fault *fault)
{
    atr_err err;

    *out = (atr_source){.fd = -1};
    (void)snprintf(out->path, sizeof out->path, "%s", path);
    if (strcmp(path, "-") == 0) {
        out->fd = STDIN_FILENO;
        return ATR_OK;
    }
    out->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (out->fd < 0) {
        return atr_fault_os(fault, "%s", path);
    }
    err = check_kind(out->fd, path, false, fault);
    if (err != ATR_OK) {
        atr_source_close(out);
    }
    return err;
}

atr_err atr_source_read(uint8_t *out, size_t *len, size_t cap,
                        atr_source *source, atr_fault *fault)
{
    if (!read_full(source->fd, out, cap, len)) {
        return atr_fault_os(fault, "%s", source->path);
    }
    return ATR_OK;
}

void atr_source_close(atr_source *source)
{
    if (source->fd > STDERR_FILENO) {
        (void)close(source->fd);
    }
    source->fd = -1;
}
