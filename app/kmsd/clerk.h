/* clerk.h - processes that decide on requests for `run`: what an administrator
 * says on the page, and what a source vouches for. They alone hold the
 * registrar's key; the process on the network hands them a question and gets
 * an answer, each one message of JSON:
 *
 *     {"ticket":1, "token": 64 hex, "verb":"approve" | "deny" | "withdraw",
 *      "id": 64 hex, "reason": text}
 *     {"ticket":1, "verb":"vouch", "id": 64 hex, "source": name,
 *      "evidence":{..}}
 *     {"ticket":1, "status":200, "message": text}
 *
 * with "lost" when the clerk that had it has ended: why. It is not asked again,
 * as it may have been the reason.
 *
 * A decision needs the token that `run` printed; so does no other question.
 * Several clerks share one socket, so that a slow directory keeps nobody else
 * waiting. Their parent, the keeper, has the key too and starts one again that
 * ends: some at once, then one in ten seconds.
 */
#ifndef ATR_CLERK_H
#define ATR_CLERK_H

#include <jansson.h>

#include "app/kmsd/child.h"
#include "app/kmsd/source.h"
#include "host/log.h"
#include "host/loop.h"

#define ATR_CLERK_TOKEN_BYTES 32
#define ATR_CLERK_TOKEN_TEXT (2 * ATR_CLERK_TOKEN_BYTES + 1)
#define ATR_CLERK_QUESTION_BYTES_MAX (96 * 1024)

typedef struct {
    atr_child child;
    char token[ATR_CLERK_TOKEN_TEXT];
} atr_clerks;

/* atr_clerks_start opens the registrar's key in processes of their own, and
 * makes a token; from then on what this process frees of JSON and of the
 * network is wiped, so it comes before any loop. Returns 0, or the exit code
 * after saying what is wrong. */
int atr_clerks_start(atr_clerks *out, const atr_cli *cli,
                     const atr_sources *sources);

typedef struct atr_clerk_link atr_clerk_link;

/* Answers: the ticket of the question, a status as of HTTP, a text. */
typedef void atr_clerk_fn(void *context, uint64_t ticket, int status,
                          const char *message);

ATR_MUST_USE atr_err atr_clerk_link_open(atr_clerk_link **out, atr_loop *loop,
                                         const atr_clerks *clerks,
                                         const atr_log *log,
                                         atr_clerk_fn *answered, void *context);
void atr_clerk_link_close(atr_clerk_link *link);

/* atr_clerk_link_ask takes `question`; false when the clerks have too much to
 * do, or are gone. */
ATR_MUST_USE bool atr_clerk_link_ask(atr_clerk_link *link, json_t *question);

#endif
