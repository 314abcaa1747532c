#include "app/kmsd/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

/* Who only looks whether it is taken holds it for an instant. */
static bool try_lock(int fd)
{
    for (int i = 0; i < 10; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
            return true;
        }
        (void)usleep(20000);
    }
    return false;
}

atr_err atr_lock_take(int *fd, const char *dir, const char *name,
                      atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];

    *fd = -1;
    if (atr_path_join(path, dir, name) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", dir);
    }
    *fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (*fd < 0) {
        return atr_fault_os(fault, "cannot lock: %s", path);
    }
    if (!try_lock(*fd)) {
        (void)close(*fd);
        *fd = -1;
        return atr_fault_set(fault, ATR_ERR_STATE,
                             "another attrium-kmsd runs on %s", dir);
    }
    (void)!ftruncate(*fd, 0); /* what the last one has said */
    return ATR_OK;
}

void atr_lock_say(int fd, uint32_t generation)
{
    char text[64];
    const int len = snprintf(text, sizeof text, "%ld %lu\n", (long)getpid(),
                             (unsigned long)generation);

    (void)!pwrite(fd, text, (size_t)len, 0);
    (void)!ftruncate(fd, len);
}

bool atr_lock_owner(pid_t *pid, uint32_t *generation, const char *dir,
                    const char *name)
{
    char path[ATR_PATH_BYTES_MAX];
    char text[64] = "";
    unsigned long number = 0;
    long owner = 0;
    bool taken;
    int fd;

    *pid = 0;
    *generation = 0;
    if (atr_path_join(path, dir, name) != ATR_OK ||
        (fd = open(path, O_RDWR | O_CLOEXEC)) < 0) {
        return false;
    }
    taken = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    (void)!pread(fd, text, sizeof text - 1, 0);
    (void)close(fd);
    if (taken && sscanf(text, "%ld %lu", &owner, &number) == 2 && owner > 1) {
        *pid = (pid_t)owner;
        *generation = (uint32_t)number;
    }
    return taken;
}
