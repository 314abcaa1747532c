#include "app/halld/kems.h"

#include <stdlib.h>

#include "app/armour.h"
#include "sym/hash.h"

struct atr_kems_entry {
    uint8_t mpk[ATR_MPK_BYTES];
    atr_abe abe;
    atr_cache cache; /* lent to `abe` */
    atr_kem kem;     /* lends `abe` */
};

atr_err atr_kems_only(atr_kems *kems, const char *list)
{
    static const char gaps[] = " ,\t";
    char digits[2 * ATR_MPK_HASH_BYTES + 1];
    uint8_t(*more)[ATR_MPK_HASH_BYTES];

    for (list += strspn(list, gaps); *list; list += strspn(list, gaps)) {
        size_t len = strcspn(list, gaps);

        if (len != sizeof digits - 1) {
            return ATR_ERR_INPUT;
        }
        more = realloc(kems->only, (kems->only_count + 1) * sizeof *more);
        if (!more) {
            return ATR_ERR_LIMIT;
        }
        kems->only = more;
        memcpy(digits, list, len);
        digits[len] = 0;
        if (atr_hex_read(more[kems->only_count], ATR_MPK_HASH_BYTES, digits) !=
            ATR_OK) {
            return ATR_ERR_INPUT;
        }
        kems->only_count++;
        list += len;
    }
    return ATR_OK;
}

void atr_kems_take_only(atr_kems *to, atr_kems *from)
{
    free(to->only);
    to->only = from->only;
    to->only_count = from->only_count;
    from->only = NULL;
    from->only_count = 0;
}

void atr_kems_hm(uint8_t hm[ATR_MPK_HASH_BYTES],
                 const uint8_t mpk[ATR_MPK_BYTES])
{
    atr_hash hash;

    atr_hash_init(&hash);
    atr_hash_field(&hash, (atr_bytes){mpk, ATR_MPK_BYTES});
    atr_hash_final(&hash, hm);
}

/* Before anything is computed for a stranger's authority. */
static bool is_taken(const atr_kems *kems, const uint8_t mpk[ATR_MPK_BYTES])
{
    uint8_t hm[ATR_MPK_HASH_BYTES];

    atr_kems_hm(hm, mpk);
    for (size_t i = 0; i < kems->only_count; i++) {
        if (memcmp(kems->only[i], hm, sizeof hm) == 0) {
            return true;
        }
    }
    return kems->only_count == 0;
}

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
    atr_abe_lend_cache(&entry->abe, &entry->cache);
    entry->kem = atr_kem_of(&entry->abe);
    return entry;
}

const atr_kem *atr_kems_for(void *context, const uint8_t mpk[ATR_MPK_BYTES])
{
    atr_kems *kems = context;
    atr_kems_entry **more;
    atr_kems_entry *entry;

    if (!is_taken(kems, mpk)) {
        return NULL;
    }
    for (size_t i = 0; i < kems->count; i++) {
        if (memcmp(kems->entries[i]->mpk, mpk, ATR_MPK_BYTES) == 0) {
            return &kems->entries[i]->kem;
        }
    }
    if (kems->count >= kems->max) {
        return NULL;
    }
    more = realloc(kems->entries, (kems->count + 1) * sizeof(atr_kems_entry *));
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
        free(kems->only);
        *kems = (atr_kems){0};
    }
}
