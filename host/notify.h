/* notify.h - telling systemd (sd_notify(3)), by one datagram and without its
 * library. Nothing happens when NOTIFY_SOCKET is not set. */
#ifndef ATR_NOTIFY_H
#define ATR_NOTIFY_H

#include "base/base.h"

/* atr_notify sends lines such as "READY=1\nSTATUS=serving 3 rooms",
 * "RELOADING=1", "STOPPING=1", "WATCHDOG=1"; RELOADING gets the
 * MONOTONIC_USEC it needs. Failure is of no consequence. */
void atr_notify(const char *lines);

/* atr_notify_watchdog_ms returns how often to send WATCHDOG=1 (half of
 * WATCHDOG_USEC), or 0 when systemd does not ask for it. */
uint64_t atr_notify_watchdog_ms(void);

#endif
