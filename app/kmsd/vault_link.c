#include "app/kmsd/vault_link.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#define UNDER_WAY_MAX 64 /* far below what a socket holds */

struct atr_vault_link {
    atr_watch *watch;
    int fd;
    bool ended;
    atr_vault_handler handler;
    size_t under_way;
    size_t first; /* of the queue, a ring */
    size_t count;
    atr_errand queue[ATR_VAULT_QUEUE_MAX];
};

static void end(atr_vault_link *link)
{
    if (!link->ended) {
        link->ended = true;
        atr_watch_pause(link->watch, true);
        link->handler.gone(link->handler.context);
    }
}

static void send_some(atr_vault_link *link)
{
    uint8_t bytes[ATR_ERRAND_BYTES];

    while (!link->ended && link->count > 0 && link->under_way < UNDER_WAY_MAX) {
        atr_errand_write(bytes, &link->queue[link->first]);
        if (send(link->fd, bytes, sizeof bytes, MSG_NOSIGNAL) < 0) {
            if (errno != EAGAIN && errno != EINTR) {
                end(link);
            }
            return; /* until the next answer */
        }
        link->first = (link->first + 1) % ATR_VAULT_QUEUE_MAX;
        link->count--;
        link->under_way++;
    }
}

static void readable(void *context)
{
    atr_vault_link *link = context;
    uint8_t bytes[ATR_ERRAND_BYTES + 1];
    atr_errand errand;
    ssize_t len;

    while (!link->ended &&
           ((len = recv(link->fd, bytes, sizeof bytes, 0)) >= 0 ||
            errno == EINTR)) {
        if (len < 0) {
            continue;
        }
        if (len == 0 ||
            atr_errand_read(&errand, (atr_bytes){bytes, (size_t)len}) !=
                ATR_OK) {
            end(link);
            return;
        }
        link->under_way -= link->under_way > 0;
        link->handler.done(link->handler.context, &errand);
    }
    if (!link->ended && errno != EAGAIN) {
        end(link);
    }
    send_some(link);
}

atr_err atr_vault_link_open(atr_vault_link **out, atr_loop *loop, int fd,
                            const atr_vault_handler *handler)
{
    atr_vault_link *link = calloc(1, sizeof *link);
    atr_err err;

    *out = NULL;
    if (!link) {
        return ATR_ERR_LIMIT;
    }
    link->fd = fd;
    link->handler = *handler;
    err = atr_watch_open(&link->watch, loop, fd, readable, link);
    if (err != ATR_OK) {
        free(link);
        return err;
    }
    *out = link;
    return ATR_OK;
}

void atr_vault_link_close(atr_vault_link *link)
{
    if (link) {
        atr_watch_close(link->watch);
        free(link);
    }
}

bool atr_vault_link_ask(atr_vault_link *link, const atr_errand *errand)
{
    if (link->ended || link->count == ATR_VAULT_QUEUE_MAX) {
        return false;
    }
    link->queue[(link->first + link->count) % ATR_VAULT_QUEUE_MAX] = *errand;
    link->count++;
    send_some(link);
    return true;
}
