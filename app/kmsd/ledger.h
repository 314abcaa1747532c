/* ledger.h - the requests of an authority, what became of them, and the
 * append-only audit log.
 *
 *     waiting --approve--> approved --first fetch--> issued
 *        |-----deny------> denied
 *        `---in time no---> expired
 *
 * A request is granted in one transaction that stores its sealed partial key,
 * so that there is exactly one, whatever is killed when: a fetch gives these
 * bytes again and again. Server and administrator are separate processes on
 * the same file.
 *
 * A request carries the time until which it may wait; whoever reads the ledger
 * calls atr_ledger_expire first. What was granted does not expire.
 *
 * Each entry of the audit log holds the hash of the one before it:
 *
 *     hash = H(enc("ATR1/KMS/audit", previous) seq(8) at(8)
 *              enc(event, id, attributes))      before the first: 32 zero bytes
 *
 * The database refuses to change or delete an entry; whoever writes the file
 * itself is found out by `audit verify` unless it rewrites all that follows,
 * which the head noted elsewhere tells. No key material is ever logged.
 */
#ifndef ATR_LEDGER_H
#define ATR_LEDGER_H

#include "host/db.h"
#include "proto/register.h"

#define ATR_LEDGER_ID_BYTES 32
#define ATR_LEDGER_NOTE_BYTES_MAX 500
#define ATR_LEDGER_PREFIX_MIN 4 /* digits of a shortened id */

#define ATR_GRANT_WAIT_MS_DEFAULT (30ull * 24 * 3600 * 1000)

/* A request as it stands in the ledger; borrowed inside a visit. */
typedef struct {
    uint8_t id[ATR_LEDGER_ID_BYTES];
    uint64_t at;         /* wall clock, ms */
    uint64_t expires_at; /* it waits until then; 0: for ever */
    uint64_t decided_at; /* 0: not yet */
    atr_grant_state state;
    atr_bytes request;      /* atr_enrol_request_build */
    const char *attributes; /* canonical text */
    const char *note;       /* of the asker: not trusted */
    const char *reason;     /* of a denial */
    atr_bytes sealed;       /* of a grant */
} atr_grant;

typedef atr_err atr_grant_fn(void *context, const atr_grant *grant);

typedef struct {
    uint64_t seq; /* from 1 */
    uint64_t at;
    const char *event;
    atr_bytes id;           /* of a request, or empty */
    const char *attributes; /* or "" */
    uint8_t hash[32];
} atr_audit_entry;

typedef atr_err atr_audit_fn(void *context, const atr_audit_entry *entry);

typedef struct atr_ledger atr_ledger;

/* atr_ledger_open opens or creates; errors as atr_db_open. */
ATR_MUST_USE atr_err atr_ledger_open(atr_ledger **out, const char *path,
                                     atr_fault *fault);
void atr_ledger_close(atr_ledger *ledger);

/* atr_ledger_wait sets how long to wait for another process that is writing:
 * 5 s unless said; a server waits less, as everybody waits with it. */
void atr_ledger_wait(atr_ledger *ledger, uint32_t limit_ms);

/* "waiting", "approved", "denied", "issued", "expired". */
const char *atr_grant_state_text(atr_grant_state state);

/* atr_ledger_put adds a waiting request, and an entry to the log; one that is
 * there already changes nothing. ATR_ERR_LIMIT when `waiting_max` are waiting.
 * The fields used are id, at, expires_at, request, attributes, note. */
ATR_MUST_USE atr_err atr_ledger_put(atr_ledger *ledger, const atr_grant *grant,
                                    uint64_t waiting_max);

/* atr_ledger_expire ends the waiting of all requests whose time is over at
 * `now` (wall clock, ms), and logs each. Writes nothing when there is none. */
ATR_MUST_USE atr_err atr_ledger_expire(atr_ledger *ledger, uint64_t now);

/* atr_ledger_find gives one request to `found`, or returns ATR_ERR_STATE. */
ATR_MUST_USE atr_err atr_ledger_find(atr_ledger *ledger, const uint8_t *id,
                                     atr_grant_fn *found, void *context);

/* atr_ledger_resolve turns a prefix of hexadecimal digits into the one id that
 * begins so. ATR_ERR_INPUT (not a prefix), ATR_ERR_STATE (none),
 * ATR_ERR_LIMIT (several). */
ATR_MUST_USE atr_err atr_ledger_resolve(uint8_t id[ATR_LEDGER_ID_BYTES],
                                        atr_ledger *ledger, const char *prefix,
                                        atr_fault *fault);

/* atr_ledger_each visits requests, oldest first. */
ATR_MUST_USE atr_err atr_ledger_each(atr_ledger *ledger, atr_grant_fn *each,
                                     void *context);

/* atr_ledger_grant and atr_ledger_deny decide on a waiting request and log it.
 * ATR_ERR_STATE when at the time `at` it is not waiting (any more): nothing
 * has changed. */
ATR_MUST_USE atr_err atr_ledger_grant(atr_ledger *ledger, const uint8_t *id,
                                      uint64_t at, atr_bytes sealed);
ATR_MUST_USE atr_err atr_ledger_deny(atr_ledger *ledger, const uint8_t *id,
                                     uint64_t at, const char *reason);

/* atr_ledger_collected notes that a grant was fetched; the first time moves it
 * from approved to issued, later ones change nothing. */
ATR_MUST_USE atr_err atr_ledger_collected(atr_ledger *ledger, const uint8_t *id,
                                          uint64_t at);

/* atr_ledger_count counts the requests in each state. */
ATR_MUST_USE atr_err atr_ledger_count(uint64_t counts[ATR_GRANT_STATES],
                                      atr_ledger *ledger);

/* atr_ledger_note adds an entry of its own to the log ("init"). */
ATR_MUST_USE atr_err atr_ledger_note(atr_ledger *ledger, const char *event,
                                     uint64_t at);

/* atr_ledger_audit visits the log and checks its chain as it goes; `head` is
 * the hash of the last entry. ATR_ERR_AUTH when an entry does not fit to the
 * one before it: `*broken` is its number. */
ATR_MUST_USE atr_err atr_ledger_audit(uint8_t head[32], uint64_t *broken,
                                      atr_ledger *ledger, atr_audit_fn *each,
                                      void *context);

/* atr_ledger_fault is the text of the last failure. */
const char *atr_ledger_fault(const atr_ledger *ledger);

#endif
