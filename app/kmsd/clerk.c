#include "app/kmsd/clerk.h"

#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/armour.h"
#include "app/kmsd/desk.h"
#include "host/clock.h"
#include "host/entropy.h"

#define CLERKS 4
#define LOST_MAX (2 * CLERKS) /* are replaced at once, in LOST_MS */
#define LOST_MS 60000
#define REST_MS 10000
#define VOUCH_MS (30ull * 24 * 3600 * 1000) /* then evidence is asked again */

/* One clerk. */
typedef struct {
    int fd;
    volatile uint64_t *ticket; /* of the question in hand, for the keeper */
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

static bool send_json(const clerk *c, json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    const bool sent = text && send(c->fd, text, strlen(text), MSG_NOSIGNAL) > 0;

    free(text);
    json_decref(json);
    return sent;
}

static bool answer(clerk *c, const json_t *question)
{
    json_t *ticket = json_object_get(question, "ticket");
    json_t *text;
    int status;

    *c->ticket = (uint64_t)json_integer_value(ticket);
    status = act(c, question);
    text = json_string(c->fault.text);
    return send_json(c, json_pack("{s:O?, s:i, s:o}", "ticket", ticket,
                                  "status", status, "message",
                                  text ? text : json_string("it is no text")));
}

/* False at the parent's end. */
static bool serve(clerk *c, char *bytes)
{
    ssize_t len;
    json_t *question;
    bool good;

    do {
        len = recv(c->fd, bytes, ATR_CLERK_QUESTION_BYTES_MAX, 0);
    } while (len < 0 && errno == EINTR);
    if (len <= 0) {
        return false;
    }
    question = json_loadb(bytes, (size_t)len, JSON_REJECT_DUPLICATES, NULL);
    atr_wipe(bytes, (size_t)len);
    good = answer(c, question);
    *c->ticket = 0;
    json_decref(question);
    return good;
}

/* --- the processes --- */

/* A connection to the database is one process's, so each clerk opens its own
 * after the key has been read once. */
static int work(clerk *c)
{
    char *bytes = malloc(ATR_CLERK_QUESTION_BYTES_MAX);
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

/* The clerks as their keeper sees them: he has the key, and does nothing but
 * start one again that has ended. The tickets are in memory that all have. */
typedef struct {
    pid_t pid[CLERKS];
    volatile uint64_t *ticket;
    atr_time since;
    unsigned lost; /* since then */
} staff;

static bool hire(clerk *c, staff *s, size_t at)
{
    const pid_t keeper = getpid();
    int code;

    s->ticket[at] = 0;
    s->pid[at] = fork();
    if (s->pid[at] == 0) {
        atr_child_hide(keeper);
        c->ticket = &s->ticket[at];
        code = work(c);
        atr_desk_close(&c->desk);
        _exit(code);
    }
    return s->pid[at] > 0;
}

/* Whoever asked has an answer, and the log a line. */
static void tell_lost(const clerk *c, uint64_t ticket, int status)
{
    char how[64];

    (void)snprintf(how, sizeof how, "a clerk has ended by %s %d",
                   WIFSIGNALED(status) ? "signal" : "status",
                   WIFSIGNALED(status) ? WTERMSIG(status)
                                       : WEXITSTATUS(status));
    (void)send_json(c, json_pack("{s:I, s:i, s:s, s:s}", "ticket",
                                 (json_int_t)ticket, "status", 503, "message",
                                 "whoever was to decide has ended; ask again",
                                 "lost", how));
}

/* Some at once, and then one in REST_MS. False at the parent's end. */
static bool may_hire(const clerk *c, staff *s)
{
    struct pollfd parent = {.fd = c->fd};
    const atr_time now = atr_clock_now();

    if (now - s->since > LOST_MS) {
        s->since = now;
        s->lost = 0;
    }
    return poll(&parent, 1, s->lost++ < LOST_MAX ? 0 : REST_MS) <= 0;
}

static size_t find_clerk(const staff *s, pid_t pid)
{
    size_t at = 0;

    while (at < CLERKS && s->pid[at] != pid) {
        at++;
    }
    return at;
}

/* Until all have ended in order, which is the parent's end. */
static void keep(clerk *c, staff *s)
{
    size_t left = CLERKS;

    while (left > 0) {
        int status;
        const pid_t pid = waitpid(-1, &status, 0);
        const size_t at = find_clerk(s, pid);

        if (pid < 0 && errno != EINTR) {
            return;
        }
        if (at == CLERKS) {
            continue;
        }
        if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
            left--;
            continue;
        }
        tell_lost(c, s->ticket[at], status);
        left -= !may_hire(c, s) || !hire(c, s, at);
    }
}

static int keep_clerks(clerk *c)
{
    staff s = {.since = atr_clock_now()};
    void *shared =
        mmap(NULL, CLERKS * sizeof *s.ticket, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bool good = shared != MAP_FAILED;

    s.ticket = shared;
    for (size_t i = 0; i < CLERKS && good; i++) {
        good = hire(c, &s, i);
    }
    if (!good || send(c->fd, "", 1, MSG_NOSIGNAL) != 1) {
        return ATR_EXIT_FAILED;
    }
    keep(c, &s);
    return ATR_EXIT_DONE;
}

/* What the parent has made ready, for run_clerks, which takes no more. */
static struct {
    const char *token;
    const atr_sources *sources;
} given;

static int run_clerks(const atr_cli *cli, int fd)
{
    clerk *c = calloc(1, sizeof *c);
    int code = c ? open_key(c, cli) : ATR_EXIT_FAILED;

    if (code == 0) {
        c->fd = fd;
        c->token = given.token;
        c->sources = given.sources;
        code = keep_clerks(c);
    }
    if (c) {
        atr_desk_close(&c->desk);
        free(c);
    }
    return code;
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
    /* Evidence and tokens come by the network, and travel as JSON. */
    json_set_alloc_funcs(malloc, atr_secret_free);
    atr_loop_wipes();
    given.token = out->token;
    given.sources = sources;
    return atr_child_start(&out->child, cli, run_clerks, hello, sizeof hello);
}
