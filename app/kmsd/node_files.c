#include "app/kmsd/node_files.h"

#include <assert.h>
#include <stdlib.h>

#include "app/armour.h"
#include "app/kmsd/ledger.h"
#include "app/locked_file.h"
#include "host/clock.h"

atr_err atr_node_write_universe(const char *dir, atr_bytes universe,
                                atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];

    if (atr_path_join(path, dir, ATR_NODE_UNIVERSE) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", dir);
    }
    return atr_file_write(path, universe, 0644, ATR_FILE_NEW, fault);
}

atr_err atr_node_write_share(const char *dir, const atr_node_share *share,
                             atr_bytes passphrase, atr_rng *rng,
                             atr_fault *fault)
{
    uint8_t plain[ATR_NODE_SHARE_BYTES_MAX];
    char path[ATR_PATH_BYTES_MAX];
    atr_builder b = atr_builder_of(plain, sizeof plain);
    atr_err err;

    atr_node_share_build(&b, share);
    err = atr_path_join(path, dir, ATR_NODE_SHARE) == ATR_OK
              ? atr_locked_file_write(path, atr_builder_bytes(&b), passphrase,
                                      rng, fault)
              : atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", dir);
    atr_wipe(plain, sizeof plain);
    return err;
}

atr_err atr_node_write_public(const char *dir, const atr_authority *authority,
                              atr_file_how how, atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];
    uint8_t bytes[ATR_AUTHORITY_BYTES_MAX];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    char *text;
    atr_err err;

    atr_authority_build(&b, authority);
    text = malloc(atr_armour_len(ATR_ARMOUR_AUTHORITY, b.len));
    if (!text || atr_builder_end(&b) != ATR_OK) {
        free(text);
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    atr_armour_write(text, ATR_ARMOUR_AUTHORITY, atr_builder_bytes(&b));
    err = atr_path_join(path, dir, ATR_NODE_PUBLIC) == ATR_OK
              ? atr_file_write(path, (atr_bytes){(uint8_t *)text, strlen(text)},
                               0644, how, fault)
              : atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", dir);
    free(text);
    return err;
}

atr_err atr_node_make_ledger(const char *dir, atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_ledger *ledger = NULL;
    atr_err err;

    if (atr_path_join(path, dir, ATR_NODE_LEDGER) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path too long: %s", dir);
    }
    if ((err = atr_ledger_open(&ledger, path, fault)) == ATR_OK &&
        (err = atr_ledger_note(ledger, "init", atr_clock_wall_ms())) !=
            ATR_OK) {
        (void)atr_fault_set(fault, err, "%s: %s", path,
                            atr_ledger_fault(ledger));
    }
    atr_ledger_close(ledger);
    return err;
}

void atr_node_take(atr_authority *authority, atr_node_share *share,
                   const atr_dkg *dkg)
{
    atr_authority_identities *ids = &authority->identities;
    atr_err err = atr_dkg_issue(&authority->issue, &authority->mpk, dkg, 0);

    assert(err == ATR_OK);
    share->node = dkg->self;
    share->alpha = dkg->share[0];
    share->has_s = dkg->secrets == 2;
    if (share->has_s) {
        share->s = dkg->share[1];
        ids->mpk[0] = ATR_BF_ID;
        atr_g2_write(ids->mpk + 1, &dkg->result[1].p[0]);
        ids->issue.nodes = dkg->nodes;
        ids->issue.threshold = dkg->threshold;
        memcpy(ids->issue.p, dkg->result[1].p + 1,
               dkg->nodes * sizeof ids->issue.p[0]);
    }
}
