#include "app/halld/kems.h"

#include <stdlib.h>

struct atr_kems_entry {
    uint8_t mpk[ATR_MPK_BYTES];
    atr_abe abe;
    atr_kem kem; /* lends `abe` */
};

static atr_kems_entry *make(const uint8_t mpk[ATR_MPK_BYTES])
{
    atr_kems_entry *entry = calloc(1, sizeof *entry);
    atr_mpk read;

    if (!entry || atr_mpk_read(&read, mpk) != ATR_OK ||
        atr_abe_init(&entry->abe, &read) != ATR_OK) {
        free(entry);
        return NULL;
    }
    memcpy(entry->mpk, mpk, sizeof entry->mpk);
    entry->kem = atr_kem_of(&entry->abe);
    return entry;
}

const atr_kem *atr_kems_for(void *context, const uint8_t mpk[ATR_MPK_BYTES])
{
    atr_kems *kems = context;
    atr_kems_entry **more;
    atr_kems_entry *entry;

    for (size_t i = 0; i < kems->count; i++) {
        if (memcmp(kems->entries[i]->mpk, mpk, ATR_MPK_BYTES) == 0) {
            return &kems->entries[i]->kem;
        }
    }
    if (kems->count >= kems->max) {
        return NULL;
    }
    more = realloc(kems->entries, (kems->count + 1) * sizeof *more);
    if (!more) {
        return NULL;
    }
    kems->entries = more;
    entry = make(mpk);
    if (!entry) {
        return NULL;
    }
    kems->entries[kems->count++] = entry;
    return &entry->kem;
}

void atr_kems_wipe(atr_kems *kems)
{
    if (kems) {
        for (size_t i = 0; i < kems->count; i++) {
            free(kems->entries[i]);
        }
        free(kems->entries);
        *kems = (atr_kems){0};
    }
}
