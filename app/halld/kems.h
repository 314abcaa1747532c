/* kems.h - the KEMs of the authorities whose rooms stand in a hall.
 *
 * Making one takes milliseconds and a few hundred KiB, so each is made once
 * and kept; `max` bounds what strangers can make a hall keep.
 */
#ifndef ATR_KEMS_H
#define ATR_KEMS_H

#include "scheme/kem.h"

typedef struct atr_kems_entry atr_kems_entry;

typedef struct {
    atr_kems_entry **entries;
    size_t count;
    size_t max;
    /* Fingerprints of the only authorities taken; none: any. */
    uint8_t (*only)[ATR_MPK_HASH_BYTES];
    size_t only_count;
} atr_kems;

/* atr_kems_hm is the fingerprint of an authority. */
void atr_kems_hm(uint8_t hm[ATR_MPK_HASH_BYTES],
                 const uint8_t mpk[ATR_MPK_BYTES]);

/* atr_kems_only reads fingerprints, 64 hexadecimal digits each, separated by
 * blanks or commas. ATR_ERR_INPUT, or ATR_ERR_LIMIT without memory. */
ATR_MUST_USE atr_err atr_kems_only(atr_kems *kems, const char *list);

/* atr_kems_take_only moves that list from `from`, in place of the one in
 * `to`; KEMs that are there stay. */
void atr_kems_take_only(atr_kems *to, atr_kems *from);

/* atr_kems_for is the `kem_for` of an atr_hall_config whose context is an
 * atr_kems: NULL when `mpk` is not valid or not to be taken, or there are
 * `max` others. */
const atr_kem *atr_kems_for(void *context, const uint8_t mpk[ATR_MPK_BYTES]);
void atr_kems_wipe(atr_kems *kems);

#endif
