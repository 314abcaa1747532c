/* register.h - what is said about requests, and what follows from it.
 *
 * The register of an authority is a set of *statements* that only grows. Each
 * node keeps its own and verifies every statement itself; nodes copy them from
 * one another. What a request's state is follows from the set alone, whatever
 * the order in which it came together and however often a statement came: a
 * node that knows more is never undone by one that knows less.
 *
 *     statement = version(1) = 1, kind(1), hm(32), at(8), signer(1),
 *                 body-field, sig(64)
 *     id        = H(enc("ATR1/KMS/statement", all before sig))
 *     sig       = Ed25519 over id; zeros when nobody signs
 *
 *     kind        signer     body
 *     REQUEST     0          request-field note-field   (enrol.h)
 *     APPROVE     registrar  request id(32) until(8)
 *     DENY        registrar  request id(32) reason-field
 *     WITHDRAW    registrar  request id(32)
 *     GENERATION  registrar  number(4)
 *
 * Times are wall clocks in ms, at most INT64_MAX. A signature binds authority,
 * kind, request, time and the signer's number; `at` is what its maker says,
 * and decides nothing.
 */
#ifndef ATR_REGISTER_H
#define ATR_REGISTER_H

#include "proto/enrol.h"
#include "proto/registrars.h"

#define ATR_STATEMENT_TEXT_BYTES_MAX 500 /* a note, a reason */
#define ATR_STATEMENT_HEAD_BYTES (1 + 1 + 32 + 8 + 1 + 4)
#define ATR_STATEMENT_BYTES_MAX                                                \
    (ATR_STATEMENT_HEAD_BYTES + 4 + ATR_ENROL_REQUEST_BYTES_MAX + 4 +          \
     ATR_STATEMENT_TEXT_BYTES_MAX + ATR_ED25519_SIG_BYTES)

#define ATR_FOR_EVER ((uint64_t)INT64_MAX) /* an `until` without an end */

typedef enum {
    ATR_STATEMENT_REQUEST = 1,
    ATR_STATEMENT_APPROVE = 2,
    ATR_STATEMENT_DENY = 3,
    ATR_STATEMENT_WITHDRAW = 4,
    ATR_STATEMENT_GENERATION = 5
} atr_statement_kind;

typedef struct {
    uint8_t kind;
    uint8_t hm[32];
    uint64_t at;
    uint8_t signer; /* its number among the registrars; 0 in a REQUEST */
    uint8_t id[32]; /* of the request that it is about; not in GENERATION */
    uint64_t until; /* APPROVE: valid before this time, not 0 */
    uint32_t generation; /* GENERATION: not 0 */
    atr_bytes request;   /* REQUEST: borrowed */
    atr_bytes text;      /* REQUEST: the note; DENY: the reason; borrowed */
    uint8_t sig[ATR_ED25519_SIG_BYTES];
} atr_statement;

/* atr_statement_read takes one statement apart and checks all but the
 * signature; ATR_ERR_INPUT. In a REQUEST the `id` is computed. */
ATR_MUST_USE atr_err atr_statement_read(atr_statement *out, atr_bytes in);
void atr_statement_build(atr_builder *builder, const atr_statement *statement);

void atr_statement_id(uint8_t id[32], const atr_statement *statement);

/* atr_statement_sign signs as registrar number `signer`. */
void atr_statement_sign(atr_statement *statement, uint8_t signer,
                        const uint8_t secret_key[ATR_ED25519_SECRET_BYTES]);

/* atr_statement_verify returns ATR_ERR_AUTH for a statement about another
 * authority, by nobody whom `registrars` lists, or with a wrong signature. */
ATR_MUST_USE atr_err atr_statement_verify(const atr_statement *statement,
                                          const uint8_t hm[32],
                                          const atr_registrars *registrars);

typedef enum {
    ATR_GRANT_WAITING = 0,
    ATR_GRANT_APPROVED = 1, /* a grant: enough approvals, nothing against it */
    ATR_GRANT_DENIED = 2,
    ATR_GRANT_ISSUED = 3, /* approved, and a partial key was made here */
    ATR_GRANT_EXPIRED = 4,
    ATR_GRANT_WITHDRAWN = 5
} atr_grant_state;

#define ATR_GRANT_STATES 6

/* What a set of statements says about one request: a sum in which order and
 * repetition do not show. */
typedef struct {
    uint8_t id[32];
    uint64_t until[ATR_REGISTRARS_MAX]; /* of each one's approval, or 0 */
    bool withdrawn;
    bool denied;
    uint64_t denied_at; /* of the first denial, whose reason is given */
    size_t reason_len;
    uint8_t reason[ATR_STATEMENT_TEXT_BYTES_MAX];
} atr_standing;

void atr_standing_init(atr_standing *standing, const uint8_t id[32]);

/* atr_standing_add takes in a statement that atr_statement_verify has passed;
 * what is about another request changes nothing. */
void atr_standing_add(atr_standing *standing, const atr_statement *statement);

/* atr_standing_approvals counts the registrars whose approval is valid at
 * `now`. */
size_t atr_standing_approvals(const atr_standing *standing, uint64_t now);

/* atr_standing_until is when the grant ends: from then on fewer approvals are
 * valid than it takes. 0 when there were never enough. */
uint64_t atr_standing_until(const atr_standing *standing,
                            const atr_registrars *registrars);

/* atr_standing_state is the rule. Withdrawn wins over denied, and denied over
 * any number of approvals. Approvals that have ended make an expired request;
 * without enough of them it waits until `waits_until` (0: for ever), and has
 * expired then. Never ATR_GRANT_ISSUED. */
atr_grant_state atr_standing_state(const atr_standing *standing,
                                   const atr_registrars *registrars,
                                   uint64_t waits_until, uint64_t now);

#endif
