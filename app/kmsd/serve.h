/* serve.h - `attrium-kmsd run`: the authority on the network.
 *
 * At start it prints to standard output
 *
 *     address https://HOST:PORT#PIN
 *     fingerprint 0123 4567 ...
 *
 * and then serves until SIGTERM or SIGINT, which let running requests finish.
 * SIGHUP reads the certificate again. It needs no share: approved partial keys
 * stand sealed in the ledger.
 */
#ifndef ATR_SERVE_H
#define ATR_SERVE_H

#include "app/cli.h"

int atr_kmsd_run(const atr_cli *cli);

#endif
