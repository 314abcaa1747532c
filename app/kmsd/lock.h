/* lock.h - one process at a time for something in the directory of a node, and
 * who that is.
 *
 * The file is locked (flock) and says "PID GENERATION": the process, and the
 * generation of the shares that it works with. The lock ends with the process.
 */
#ifndef ATR_LOCK_H
#define ATR_LOCK_H

#include <sys/types.h>

#include "host/file.h"

/* atr_lock_take takes the lock, until `*fd` is closed. ATR_ERR_STATE when
 * another process has it, ATR_ERR_IO. */
ATR_MUST_USE atr_err atr_lock_take(int *fd, const char *dir, const char *name,
                                   atr_fault *fault);

/* atr_lock_say writes who has it: before that nobody knows. */
void atr_lock_say(int fd, uint32_t generation);

/* atr_lock_owner tells whether it is taken, and by whom; `*pid` 0 when that is
 * not said yet. */
bool atr_lock_owner(pid_t *pid, uint32_t *generation, const char *dir,
                    const char *name);

#endif
