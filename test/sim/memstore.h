/* memstore.h - a hall's store in memory, with transactions: what was not
 * committed is gone after memstore_crash.
 */
#ifndef SIM_MEMSTORE_H
#define SIM_MEMSTORE_H

#include "proto/hall.h"

typedef struct {
    uint8_t *data;
    size_t len;
} memstore_blob;

typedef struct {
    uint8_t id[32];
    bool listed;
    memstore_blob head;
    memstore_blob *records; /* records[i] has sequence number i + 1 */
    size_t count;
    size_t committed;
    size_t cap;
} memstore_room;

typedef struct {
    memstore_room *rooms;
    size_t count;
    size_t committed;
    size_t cap;
    size_t commits;
    size_t fail_in; /* the so-many-th operation from now fails; 0: none */
} memstore;

atr_hall_store memstore_face(memstore *store);
void memstore_crash(memstore *store);
void memstore_free(memstore *store);

#endif
