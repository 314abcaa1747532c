/* Clerks, as the process on the network sees them. */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "app/kmsd/clerk.h"

struct atr_clerk_link {
    atr_watch *watch;
    int fd;
    bool ended;
    const atr_log *log;
    atr_clerk_fn *answered;
    void *context;
};

static void take_answer(atr_clerk_link *link, const char *bytes, size_t len)
{
    json_t *answer = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *ticket = json_object_get(answer, "ticket");
    const json_t *status = json_object_get(answer, "status");
    const char *text = json_string_value(json_object_get(answer, "message"));
    const char *lost = json_string_value(json_object_get(answer, "lost"));

    if (lost) {
        atr_log_event(link->log, ATR_LOG_ERROR, "clerk", "fault=\"%s\"", lost);
    }
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
        atr_log_event(link->log, ATR_LOG_ERROR, "clerk", "fault=\"%s\"",
                      "all have ended: nothing is decided here any more");
    }
}

atr_err atr_clerk_link_open(atr_clerk_link **out, atr_loop *loop,
                            const atr_clerks *clerks, const atr_log *log,
                            atr_clerk_fn *answered, void *context)
{
    atr_clerk_link *link = calloc(1, sizeof *link);
    atr_err err;

    *out = NULL;
    if (!link) {
        return ATR_ERR_LIMIT;
    }
    link->fd = clerks->child.fd;
    link->log = log;
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
                      strlen(text) <= ATR_CLERK_QUESTION_BYTES_MAX &&
                      send(link->fd, text, strlen(text), MSG_NOSIGNAL) > 0;

    if (text) {
        atr_wipe(text, strlen(text));
        free(text);
    }
    json_decref(question);
    return sent;
}
