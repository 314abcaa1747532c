/* config.h - what an administrator may say to a hall: the table of keys, and
 * the settings that come out of it. attrium-halld.conf(5) explains them.
 */
#ifndef ATR_HALLD_CONFIG_H
#define ATR_HALLD_CONFIG_H

#include <stdio.h>

#include "app/cli.h"
#include "app/selfcert.h"
#include "host/conf.h"
#include "host/log.h"
#include "proto/hall.h"

#define ATR_HALLD_CONF "/etc/attrium/attrium-halld.conf"
#define ATR_HALLD_ENV "ATTRIUM_HALLD"

typedef struct {
    char address[ATR_LINK_HOST_MAX + 1]; /* empty: all */
    uint16_t port;
    char name[ATR_LINK_HOST_MAX + 1]; /* as it stands in links */
    char dir[ATR_PATH_BYTES_MAX];
    char store[ATR_PATH_BYTES_MAX];
    atr_selfcert cert;
    char admin[ATR_LINK_HOST_MAX + 1]; /* empty: no admin listener */
    uint16_t admin_port;
    bool metrics_public; /* /metrics on the main listener */
    atr_hall_limits limits;
    uint32_t conns_max;
    size_t memory_max;
    size_t authorities_max;
    char authorities[ATR_CONF_VALUE_BYTES_MAX]; /* see atr_kems_only */
    char generations[ATR_CONF_VALUE_BYTES_MAX]; /* see generations.h */
    char bundles[ATR_CONF_VALUE_BYTES_MAX];     /* see authorities.h */
    uint32_t generations_ms;
    uint32_t handshake_ms;
    uint32_t request_ms;
    uint32_t ping_ms;
    uint32_t drain_ms;
    atr_log_level log_level;
    bool log_json;
} atr_halld_settings;

/* atr_halld_load reads the default file (or --config), its folder of parts
 * (".d" appended), the environment and the options --dir, --listen, --host of
 * `cli`. Returns 0, or prints the error and returns the exit code. */
int atr_halld_load(atr_halld_settings *out, const atr_cli *cli);

/* atr_halld_print_default writes the commented default file. */
void atr_halld_print_default(FILE *out);

#endif
