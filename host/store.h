/* store.h - the hall's rooms and their ordered logs, durably.
 *
 * What is put or appended stands in one open transaction until
 * atr_store_commit, which makes it durable with one fsync for a whole turn of
 * the loop. Acknowledge nothing before that has returned ATR_OK. When any
 * function here returns ATR_ERR_IO or ATR_ERR_AUTH, the transaction is lost:
 * stop the program, the file is as it was at the last commit.
 */
#ifndef ATR_STORE_H
#define ATR_STORE_H

#include "host/fault.h"

#define ATR_STORE_ID_BYTES 32
#define ATR_STORE_RECORD_BYTES_MAX (1u << 24)

typedef struct atr_store atr_store;

typedef struct {
    uint8_t id[ATR_STORE_ID_BYTES];
    bool is_public;
    atr_bytes head;   /* the descriptor and what else the hall keeps */
    uint64_t last;    /* newest sequence number, 0 for none; out only */
} atr_store_room;

typedef struct {
    uint64_t after;     /* records with a greater sequence number */
    uint32_t count_max; /* at most so many */
    size_t bytes_max;   /* stop when this is reached; at least one comes */
} atr_store_range;

/* Return ATR_OK to go on; anything else stops and is returned. */
typedef atr_err atr_store_room_fn(void *context, const atr_store_room *room);
typedef atr_err atr_store_record_fn(void *context, uint64_t seq,
                                    atr_bytes record);

/* atr_store_open opens or creates the store; errors as atr_db_open. */
ATR_MUST_USE atr_err atr_store_open(atr_store **out, const char *path,
                                    atr_fault *fault);
/* atr_store_close forgets what was not committed. */
void atr_store_close(atr_store *store);

/* atr_store_put_room adds a room, or replaces `is_public` and `head` of one
 * that is there. */
ATR_MUST_USE atr_err atr_store_put_room(atr_store *store,
                                        const atr_store_room *room);

/* atr_store_find_room gives one room to `found`, or returns ATR_ERR_STATE
 * when there is none of that id. */
ATR_MUST_USE atr_err atr_store_find_room(atr_store *store, const uint8_t *id,
                                         atr_store_room_fn *found,
                                         void *context);

/* atr_store_each_room gives all rooms in the order they were put. */
ATR_MUST_USE atr_err atr_store_each_room(atr_store *store,
                                         atr_store_room_fn *each,
                                         void *context);

/* atr_store_append adds a record under `seq` (1 to INT64_MAX). Returns
 * ATR_ERR_STATE for an unknown room or a sequence number in use, and
 * ATR_ERR_LIMIT for a record too large; nothing has changed then. */
ATR_MUST_USE atr_err atr_store_append(atr_store *store, const uint8_t *id,
                                      uint64_t seq, atr_bytes record);

/* atr_store_commit makes all of the above durable; free when there is
 * nothing. */
ATR_MUST_USE atr_err atr_store_commit(atr_store *store);

/* atr_store_read gives records in rising order; those not yet committed are
 * seen too. */
ATR_MUST_USE atr_err atr_store_read(atr_store *store, const uint8_t *id,
                                    const atr_store_range *range,
                                    atr_store_record_fn *each, void *context);

/* Small named values. atr_store_meta copies at most `cap` bytes and sets
 * `*len`; ATR_ERR_STATE when there is no such name, ATR_ERR_LIMIT when it
 * does not fit. */
ATR_MUST_USE atr_err atr_store_put_meta(atr_store *store, const char *name,
                                        atr_bytes value);
ATR_MUST_USE atr_err atr_store_meta(uint8_t *out, size_t *len, size_t cap,
                                    atr_store *store, const char *name);

/* atr_store_fault is the text of the last error of this store. */
const char *atr_store_fault(const atr_store *store);

#endif
