/* child.h - processes that `run` forks before the network is opened, for what
 * the process on the network must not hold: keys. Each is reached by a socket
 * pair of whole messages, has no core dumps, cannot be traced by others of its
 * user, and ends when its parent does.
 */
#ifndef ATR_CHILD_H
#define ATR_CHILD_H

#include <sys/types.h>

#include "app/cli.h"

typedef struct {
    pid_t pid;
    int fd; /* SOCK_SEQPACKET; -1: none */
} atr_child;

/* What a child does: it says `hello_len` bytes on `fd` once it is ready,
 * serves until recv gives nothing, and returns its exit code. */
typedef int atr_child_fn(const atr_cli *cli, int fd);

/* atr_child_start forks, and waits until the child is ready: its first message,
 * of at most `cap` bytes, is `hello`. Returns 0, or the exit code of a child
 * that ended instead, after it has said why. The descriptor does not block. */
int atr_child_start(atr_child *out, const atr_cli *cli, atr_child_fn *run,
                    uint8_t *hello, size_t cap);

/* atr_child_stop lets it finish what it is doing and waits for its end; without
 * one it does nothing. */
void atr_child_stop(atr_child *child);

/* atr_child_hide is for a child of a child: see above. */
void atr_child_hide(pid_t parent);

#endif
