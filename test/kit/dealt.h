/* dealt.h - what the programs that deal an authority in one place write into a
 * node's directory.
 */
#ifndef KIT_DEALT_H
#define KIT_DEALT_H

#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"
#include "app/kmsd/ledger.h"
#include "app/kmsd/node.h"
#include "app/kmsd/node_key.h"
#include "app/kmsd/registrar.h"
#include "host/entropy.h"

static inline void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "dealing: %s\n", what);
        exit(1);
    }
}

static inline const char *path_of(const char *dir, const char *name)
{
    static char path[ATR_PATH_BYTES_MAX];

    must(atr_path_join(path, dir, name) == ATR_OK, "path too long");
    return path;
}

static inline void write_share(const char *dir, const atr_node_share *share,
                               atr_rng *rng)
{
    uint8_t bytes[ATR_NODE_SHARE_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_fault fault = {""};

    atr_node_share_build(&b, share);
    must(atr_locked_file_write(path_of(dir, ATR_NODE_SHARE),
                               atr_builder_bytes(&b), (atr_bytes){NULL, 0}, rng,
                               &fault) == ATR_OK,
         fault.text);
}

static inline void write_public(const char *dir, const atr_authority *authority)
{
    static uint8_t bytes[ATR_AUTHORITY_BYTES_MAX];
    static char text[4 * ATR_AUTHORITY_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    atr_fault fault = {""};

    atr_authority_build(&b, authority);
    must(atr_builder_end(&b) == ATR_OK, "bundle too large");
    atr_armour_write(text, ATR_ARMOUR_AUTHORITY, atr_builder_bytes(&b));
    must(atr_file_write(path_of(dir, ATR_NODE_PUBLIC),
                        (atr_bytes){(uint8_t *)text, strlen(text)}, 0644,
                        ATR_FILE_NEW, &fault) == ATR_OK,
         fault.text);
}

#endif
