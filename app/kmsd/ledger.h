/* ledger.h - a node's register (proto/register.h) on disk: the statements, what
 * they make of each request, the partial keys, and the append-only audit log.
 *
 *                    +---------- issued ----+
 *                    |                      |  until is over
 *     waiting --> approved ---------------> +--------------> expired
 *        |           |                      |                   ^
 *        |           v                      v                   |
 *        +------> denied, withdrawn <-------+                   |
 *        `------------------- in time no approvals -------------+
 *
 * The state of a request is computed again in the transaction that adds a
 * statement about it, and ends by itself when its time is over: whoever reads
 * the ledger calls atr_ledger_expire first. Server, vault and administrator are
 * separate processes on the same file.
 *
 * A partial key is stored in one transaction with its entry in the log, and
 * there is at most one for a request, its period and the generations: a fetch
 * gives these bytes again and again, whatever is killed when.
 *
 * Each entry of the audit log holds the hash of the one before it:
 *
 *     hash = H(enc("ATR1/KMS/audit", previous) seq(8) at(8)
 *              enc(event, id, attributes))      before the first: 32 zero bytes
 *
 * The database refuses to change or delete an entry; whoever writes the file
 * itself is found out by `audit verify` unless it rewrites all that follows,
 * which the head noted elsewhere tells. No key material is ever logged.
 *
 * What others can check is the Merkle log beside it (ledger_trace.h): each
 * partial key has its leaf there, in the same transaction.
 */
#ifndef ATR_LEDGER_H
#define ATR_LEDGER_H

#include "app/kmsd/offer.h"
#include "host/db.h"
#include "proto/register.h"
#include "proto/trace.h"

#define ATR_LEDGER_VERSION 5 /* of the tables */
#define ATR_LEDGER_ID_BYTES 32
#define ATR_LEDGER_NOTE_BYTES_MAX ATR_STATEMENT_TEXT_BYTES_MAX
#define ATR_LEDGER_PREFIX_MIN 4 /* digits of a shortened id */

#define ATR_GRANT_WAIT_MS_DEFAULT (30ull * 24 * 3600 * 1000)
#define ATR_LEDGER_WAITING_DEFAULT 1000

/* What a ledger takes: statements of this authority, by these registrars, about
 * what may be asked for. The pointers stay the caller's. */
typedef struct {
    const uint8_t *hm; /* 32 bytes */
    const atr_registrars *registrars;
    atr_offer offer;      /* what is given here */
    uint64_t waiting_max; /* requests that may wait */
    uint64_t wait_ms;     /* for so long */
} atr_ledger_rules;

/* A request as it stands in the ledger; borrowed inside a visit. */
typedef struct {
    uint8_t id[ATR_LEDGER_ID_BYTES];
    uint64_t at;         /* wall clock, ms */
    uint64_t expires_at; /* the present state ends then; 0: never */
    uint64_t decided_at; /* 0: not yet */
    atr_grant_state state;
    uint8_t approvals;      /* registrars who have approved */
    atr_bytes request;      /* atr_enrol_request_build */
    const char *attributes; /* the text of atr_offer_admits */
    const char *note;       /* of the asker: not trusted */
    const char *reason;     /* of a denial */
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

/* atr_ledger_set_rules comes before anything is put. */
void atr_ledger_set_rules(atr_ledger *ledger, const atr_ledger_rules *rules);

/* "waiting", "approved", "denied", "issued", "expired", "withdrawn". */
const char *atr_grant_state_text(atr_grant_state state);

/* atr_ledger_put verifies the bytes of a statement, of whomever they come from,
 * and adds it with an entry to the log, at the wall clock `now`. What says
 * nothing new (the same statement, a request that is there already, an approval
 * no longer than the same registrar's) changes nothing and is ATR_OK.
 *
 *     ATR_ERR_INPUT   no statement
 *     ATR_ERR_AUTH    of another authority, or not signed by a registrar
 *     ATR_ERR_POLICY  a request for what is not given here
 *     ATR_ERR_LIMIT   a request, while too many wait
 *     ATR_ERR_STATE   a generation that is not the next one
 *     ATR_ERR_IO      the database failed; all others are final
 *
 * Statements about a request that is not known here are kept: it may come
 * later. */
ATR_MUST_USE atr_err atr_ledger_put(atr_ledger *ledger, atr_bytes statement,
                                    uint64_t now);

/* atr_ledger_hold opens a transaction, of which all changes are parts until
 * atr_ledger_release makes them durable together: one wait for the disk in
 * place of many. A change that fails leaves the others. Others write only
 * afterwards, so hold it briefly. ATR_ERR_IO; of release: nothing was kept. */
ATR_MUST_USE atr_err atr_ledger_hold(atr_ledger *ledger);
ATR_MUST_USE atr_err atr_ledger_release(atr_ledger *ledger);

/* A statement of the ledger, with its local number (from 1, growing). */
typedef atr_err atr_statement_fn(void *context, uint64_t seq,
                                 atr_bytes statement);

/* atr_ledger_after visits at most `max` statements with a number above `seq`,
 * in the order of their numbers: what peers pull. */
ATR_MUST_USE atr_err atr_ledger_after(atr_ledger *ledger, uint64_t seq,
                                      size_t max, atr_statement_fn *each,
                                      void *context);

/* atr_ledger_about visits all statements about a request; with NULL those that
 * begin a generation, the newest last. */
ATR_MUST_USE atr_err atr_ledger_about(atr_ledger *ledger, const uint8_t *id,
                                      atr_statement_fn *each, void *context);

/* atr_ledger_last is the highest number of a statement, 0 for none. */
ATR_MUST_USE atr_err atr_ledger_last(uint64_t *seq, atr_ledger *ledger);

/* The numbers of a ledger mean something together with its name: random bytes
 * from when it was made. */
#define ATR_LEDGER_LOG_BYTES 16
ATR_MUST_USE atr_err atr_ledger_log_name(uint8_t name[ATR_LEDGER_LOG_BYTES],
                                         atr_ledger *ledger);

/* How far the ledger of another node has been read; all zero: not at all. */
typedef struct {
    uint8_t log[ATR_LEDGER_LOG_BYTES]; /* its name */
    uint64_t seq;                      /* of the last statement taken */
} atr_ledger_place;

/* The place in the ledger of the node with this pin. */
ATR_MUST_USE atr_err atr_ledger_find_place(atr_ledger_place *out,
                                           atr_ledger *ledger,
                                           const uint8_t pin[32]);
ATR_MUST_USE atr_err atr_ledger_set_place(atr_ledger *ledger,
                                          const uint8_t pin[32],
                                          const atr_ledger_place *place);

/* atr_ledger_generation gives the present generation, 0 before the first
 * revocation. */
ATR_MUST_USE atr_err atr_ledger_generation(uint32_t *out, atr_ledger *ledger);

/* atr_ledger_expire ends what is over at `now` (wall clock, ms): waiting, and
 * grants; and logs each. Writes nothing when there is none. */
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

/* atr_ledger_from visits at most `max` requests with an id above `after`, in
 * the order of their ids; none is ATR_OK too. */
ATR_MUST_USE atr_err atr_ledger_from(atr_ledger *ledger, const uint8_t *after,
                                     size_t max, atr_grant_fn *each,
                                     void *context);

/* Which of the keys of a grant: the period (0 where the authority has none),
 * the generation that `revoke` raises, and that of the node's share. */
typedef struct {
    uint32_t period;
    uint32_t generation;
    uint32_t share;
} atr_term;

/* A partial key that has been made, to be kept. */
typedef struct {
    uint8_t id[ATR_LEDGER_ID_BYTES];
    atr_term term;
    atr_bytes sealed; /* empty: there is none */
    atr_err err;      /* out, as atr_ledger_keep says */
} atr_ledger_partial;

/* Who signs the heads of the Merkle log: this node. */
typedef struct {
    const uint8_t *hm;     /* 32 bytes */
    const uint8_t *secret; /* 64 bytes, of Ed25519 */
    uint8_t node;
} atr_trace_signer;

/* atr_ledger_keep stores `count` partial keys and logs each as issued, with a
 * leaf in the Merkle log and a head over all of them by `by`, in one
 * transaction. An item's err is ATR_ERR_STATE when its request is not (or no
 * longer) granted; where the same term has a partial already, that one stays
 * and `sealed` is forgotten. Items whose err is not ATR_OK are left out. */
ATR_MUST_USE atr_err atr_ledger_keep(atr_ledger *ledger,
                                     atr_ledger_partial *items, size_t count,
                                     const atr_trace_signer *by, uint64_t now);

/* atr_ledger_issued gives the partial key of a term to `found`, or returns
 * ATR_ERR_STATE. */
typedef atr_err atr_sealed_fn(void *context, atr_bytes sealed);
ATR_MUST_USE atr_err atr_ledger_issued(atr_ledger *ledger, const uint8_t *id,
                                       const atr_term *term,
                                       atr_sealed_fn *found, void *context);

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

/* atr_ledger_copy writes the ledger as it is at one moment to a new file. */
ATR_MUST_USE atr_err atr_ledger_copy(atr_ledger *ledger, const char *path);

/* atr_ledger_fault is the text of the last failure. */
const char *atr_ledger_fault(const atr_ledger *ledger);

#endif
