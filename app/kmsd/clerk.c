#include "app/kmsd/clerk.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/armour.h"
#include "app/kmsd/desk.h"
#include "host/clock.h"
#include "host/entropy.h"

#define CLERKS 4
#define QUESTION_BYTES_MAX (96 * 1024)
#define VOUCH_MS (30ull * 24 * 3600 * 1000) /* then evidence is asked again */

/* One clerk. */
typedef struct {
    int fd;
    const char *token;
    const atr_sources *sources;
    atr_desk desk;
    uint8_t id[32];
    atr_desk_entry entry;
    atr_fault fault;
} clerk;

static int say(clerk *c, int status, const char *text)
{
    (void)atr_fault_set(&c->fault, ATR_OK, "%s", text);
    return status;
}

/* --- what an administrator says --- */

/* Says `kind` of the request, which is then in `entry` as it stands. */
static int sign(clerk *c, atr_statement *s, const char *done)
{
    int code;

    memcpy(s->id, c->id, sizeof s->id);
    code = atr_desk_sign(&c->desk, s);
    if (code == 0) {
        code = atr_desk_find(&c->desk, c->id, &c->entry);
    }
    return code == 0 ? say(c, 200, done)
                     : say(c, 503, "it could not be done: see the node's log");
}

static int approve(clerk *c, const json_t *question)
{
    atr_statement s = {.kind = ATR_STATEMENT_APPROVE, .until = ATR_FOR_EVER};

    (void)question;
    return c->entry.state == ATR_GRANT_WAITING
               ? sign(c, &s, "approved")
               : say(c, 409, "it is not waiting any more");
}

static int deny(clerk *c, const json_t *question)
{
    const json_t *given = json_object_get(question, "reason");
    char reason[ATR_LEDGER_NOTE_BYTES_MAX + 1];
    atr_statement s = {.kind = ATR_STATEMENT_DENY};

    if (c->entry.state != ATR_GRANT_WAITING) {
        return say(c, 409, "it is not waiting any more");
    }
    atr_cli_clean(reason, sizeof reason,
                  (atr_bytes){(const uint8_t *)json_string_value(given),
                              json_string_length(given)});
    s.text = (atr_bytes){(const uint8_t *)reason, strlen(reason)};
    return sign(c, &s, "denied");
}

static int withdraw(clerk *c, const json_t *question)
{
    atr_statement s = {.kind = ATR_STATEMENT_WITHDRAW};

    (void)question;
    if (c->entry.state != ATR_GRANT_APPROVED &&
        c->entry.state != ATR_GRANT_ISSUED) {
        return say(c, 409, "nothing is granted that could be withdrawn");
    }
    return sign(c, &s, "withdrawn");
}

/* --- what a source vouches for --- */

static bool earns_all(const atr_attrs *earned, const atr_attrs *asked)
{
    for (size_t i = 0; i < asked->count; i++) {
        if (!atr_attrs_has(earned, &asked->attr[i])) {
            return false;
        }
    }
    return asked->count > 0;
}

static int status_of(atr_err err)
{
    return err == ATR_ERR_INPUT                            ? 400
           : err == ATR_ERR_POLICY || err == ATR_ERR_STATE ? 403
                                                           : 503;
}

static int compare(clerk *c, const atr_source_of *source,
                   const json_t *evidence, atr_enrol_request *request,
                   atr_attrs *earned)
{
    atr_statement s = {.kind = ATR_STATEMENT_APPROVE};
    atr_err err;

    if (atr_enrol_request_read(
            request, (atr_bytes){c->entry.bytes, c->entry.len}) != ATR_OK ||
        request->kind != ATR_ENROL_ATTRIBUTES) {
        return say(c, 403, "sources vouch for attributes alone");
    }
    err = atr_source_ask(earned, source, c->id, evidence, &c->fault);
    if (err != ATR_OK) {
        return status_of(err);
    }
    if (!earns_all(earned, &request->attrs)) {
        return say(c, 403, "the evidence does not earn all that is asked for");
    }
    s.until = atr_clock_wall_ms() + VOUCH_MS;
    return sign(c, &s, "approved");
}

static int vouch(clerk *c, const json_t *question)
{
    const char *name = json_string_value(json_object_get(question, "source"));
    const atr_source_of *source =
        name ? atr_sources_find(c->sources, name) : NULL;
    atr_enrol_request *request = calloc(1, sizeof *request);
    atr_attrs *earned = calloc(1, sizeof *earned);
    int status;

    if (!request || !earned) {
        status = say(c, 503, "no memory");
    } else if (!source) {
        status = say(c, 400, "no such source");
    } else if (c->entry.state != ATR_GRANT_WAITING) {
        status = say(c, 200, "it is decided already");
    } else {
        status = compare(c, source, json_object_get(question, "evidence"),
                         request, earned);
    }
    free(earned);
    free(request);
    return status;
}

/* --- one question --- */

static const struct {
    const char *verb;
    bool is_decision; /* of an administrator */
    int (*act)(clerk *c, const json_t *question);
} verbs[] = {
    {"approve", true, approve},
    {"deny", true, deny},
    {"withdraw", true, withdraw},
    {"vouch", false, vouch},
};

static bool has_token(const clerk *c, const json_t *question)
{
    const char *token = json_string_value(json_object_get(question, "token"));

    return token && strlen(token) == ATR_CLERK_TOKEN_TEXT - 1 &&
           sodium_memcmp(token, c->token, ATR_CLERK_TOKEN_TEXT - 1) == 0;
}

static int act(clerk *c, const json_t *question)
{
    const char *verb = json_string_value(json_object_get(question, "verb"));
    const char *id = json_string_value(json_object_get(question, "id"));

    if (!verb || !id || atr_hex_read(c->id, sizeof c->id, id) != ATR_OK) {
        return say(c, 400, "malformed");
    }
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].verb, verb) != 0) {
            continue;
        }
        if (verbs[i].is_decision && !has_token(c, question)) {
            return say(c, 401, "open the address that attrium-kmsd printed");
        }
        if (atr_ledger_expire(c->desk.ledger, atr_clock_wall_ms()) != ATR_OK ||
            atr_desk_find(&c->desk, c->id, &c->entry) != 0) {
            return say(c, 404, "no such request");
        }
        return verbs[i].act(c, question);
    }
    return say(c, 400, "malformed");
}

static bool answer(clerk *c, const json_t *question)
{
    const int status = act(c, question);
    json_t *json = json_pack("{s:O?, s:i, s:s}", "ticket",
                             json_object_get(question, "ticket"), "status",
                             status, "message", c->fault.text);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    const bool sent = text && send(c->fd, text, strlen(text), MSG_NOSIGNAL) > 0;

    free(text);
    json_decref(json);
    return sent;
}

/* False at the parent's end. */
static bool serve(clerk *c, char *bytes)
{
    ssize_t len;
    json_t *question;
    bool good;

    do {
        len = recv(c->fd, bytes, QUESTION_BYTES_MAX, 0);
    } while (len < 0 && errno == EINTR);
    if (len <= 0) {
        return false;
    }
    question = json_loadb(bytes, (size_t)len, JSON_REJECT_DUPLICATES, NULL);
    atr_wipe(bytes, (size_t)len);
    good = answer(c, question);
    json_decref(question);
    return good;
}

/* --- the processes --- */

/* A connection to the database is one process's, so each clerk opens its own
 * after the key has been read once. */
static int work(clerk *c)
{
    char *bytes = malloc(QUESTION_BYTES_MAX);
    int code =
        bytes ? atr_kmsd_open_ledger(&c->desk.ledger, c->desk.cli, c->desk.node)
              : ATR_EXIT_FAILED;

    while (code == 0 && serve(c, bytes)) {
    }
    free(bytes);
    return code;
}

static int open_key(clerk *c, const atr_cli *cli)
{
    int code = atr_desk_open(&c->desk, cli);

    if (code == 0) {
        code = atr_desk_unlock(&c->desk);
    }
    atr_ledger_close(c->desk.ledger);
    c->desk.ledger = NULL;
    return code;
}

/* What the parent has made ready, for run_clerks, which takes no more. */
static struct {
    const char *token;
    const atr_sources *sources;
} given;

static int run_clerks(const atr_cli *cli, int fd)
{
    clerk *c = calloc(1, sizeof *c);
    const pid_t first = getpid();
    int code = c ? open_key(c, cli) : ATR_EXIT_FAILED;

    if (code == 0 && send(fd, "", 1, MSG_NOSIGNAL) == 1) {
        c->fd = fd;
        c->token = given.token;
        c->sources = given.sources;
        for (int i = 1; i < CLERKS && getpid() == first; i++) {
            if (fork() == 0) {
                atr_child_hide(first);
            }
        }
        code = work(c);
    }
    if (c) {
        atr_desk_close(&c->desk);
        free(c);
    }
    return code;
}

/* Evidence and tokens travel as JSON: what of it is freed is wiped. */
static void wipe_and_free(void *memory)
{
    if (memory) {
        atr_wipe(memory, malloc_usable_size(memory));
        free(memory);
    }
}

int atr_clerks_start(atr_clerks *out, const atr_cli *cli,
                     const atr_sources *sources)
{
    uint8_t token[ATR_CLERK_TOKEN_BYTES];
    uint8_t hello[1];
    atr_rng rng;

    *out = (atr_clerks){.child.fd = -1};
    atr_entropy_rng(&rng);
    atr_rng_bytes(&rng, token, sizeof token);
    atr_rng_wipe(&rng);
    atr_hex_write(out->token, ATR_BYTES(token));
    atr_wipe(token, sizeof token);
    json_set_alloc_funcs(malloc, wipe_and_free);
    given.token = out->token;
    given.sources = sources;
    return atr_child_start(&out->child, cli, run_clerks, hello, sizeof hello);
}

/* --- the process on the network --- */

struct atr_clerk_link {
    atr_watch *watch;
    int fd;
    bool ended;
    atr_clerk_fn *answered;
    void *context;
};

static void take_answer(atr_clerk_link *link, const char *bytes, size_t len)
{
    json_t *answer = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *ticket = json_object_get(answer, "ticket");
    const json_t *status = json_object_get(answer, "status");
    const char *text = json_string_value(json_object_get(answer, "message"));

    if (json_is_integer(ticket) && json_is_integer(status) && text) {
        link->answered(link->context, (uint64_t)json_integer_value(ticket),
                       (int)json_integer_value(status), text);
    }
    json_decref(answer);
}

static void readable(void *context)
{
    atr_clerk_link *link = context;
    char bytes[4096];
    ssize_t len;

    while ((len = recv(link->fd, bytes, sizeof bytes, 0)) > 0 ||
           (len < 0 && errno == EINTR)) {
        if (len > 0) {
            take_answer(link, bytes, (size_t)len);
        }
    }
    if (len == 0 || errno != EAGAIN) {
        link->ended = true;
        atr_watch_pause(link->watch, true);
    }
}

atr_err atr_clerk_link_open(atr_clerk_link **out, atr_loop *loop,
                            const atr_clerks *clerks, atr_clerk_fn *answered,
                            void *context)
{
    atr_clerk_link *link = calloc(1, sizeof *link);
    atr_err err;

    *out = NULL;
    if (!link) {
        return ATR_ERR_LIMIT;
    }
    link->fd = clerks->child.fd;
    link->answered = answered;
    link->context = context;
    err = atr_watch_open(&link->watch, loop, link->fd, readable, link);
    if (err != ATR_OK) {
        free(link);
        return err;
    }
    *out = link;
    return ATR_OK;
}

void atr_clerk_link_close(atr_clerk_link *link)
{
    if (link) {
        atr_watch_close(link->watch);
        free(link);
    }
}

bool atr_clerk_link_ask(atr_clerk_link *link, json_t *question)
{
    char *text = question ? json_dumps(question, JSON_COMPACT) : NULL;
    const bool sent = text && link && !link->ended &&
                      strlen(text) <= QUESTION_BYTES_MAX &&
                      send(link->fd, text, strlen(text), MSG_NOSIGNAL) > 0;

    if (text) {
        atr_wipe(text, strlen(text));
        free(text);
    }
    json_decref(question);
    return sent;
}
