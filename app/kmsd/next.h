/* next.h - from one generation of shares to the next: share and bundle change
 * together, or neither does.
 *
 *     DIR/next.tmp    both are written here, and nobody reads it
 *     DIR/next        the same folder, renamed: from this moment on the node
 *                     is of the new generation
 *
 * Whoever opens the node finishes what stands in DIR/next, under a lock: the
 * old share is overwritten, the new one moved to its place, then the bundle. A
 * kill anywhere in between leaves something to finish and nothing to decide.
 * That old bytes are overwritten is as much as a program can do: a disk or a
 * file system that keeps copies has them still, and so has every backup.
 */
#ifndef ATR_NEXT_H
#define ATR_NEXT_H

#include "host/file.h"

/* atr_next_open makes an empty DIR/next.tmp, `out`, to write both files to.
 * ATR_ERR_STATE when something is to be finished first, ATR_ERR_IO. */
ATR_MUST_USE atr_err atr_next_open(char out[ATR_PATH_BYTES_MAX],
                                   const char *dir, atr_fault *fault);

/* atr_next_commit is the moment. ATR_ERR_IO: it has not come. */
ATR_MUST_USE atr_err atr_next_commit(const char *dir, atr_fault *fault);

/* atr_next_finish finishes; where there is nothing to finish it does nothing
 * and needs no permission. ATR_ERR_IO, ATR_ERR_LIMIT. */
ATR_MUST_USE atr_err atr_next_finish(const char *dir, atr_fault *fault);

/* atr_next_hold keeps the files as they are, all of one generation, until the
 * descriptor is closed. ATR_ERR_IO. */
ATR_MUST_USE atr_err atr_next_hold(int *fd, const char *dir, atr_fault *fault);

#endif
