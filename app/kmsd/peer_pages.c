#include "app/kmsd/peer_pages.h"

void atr_peer_reply(atr_server *server, uint64_t ticket, int status,
                    atr_bytes body)
{
    atr_http_reply reply = {
        .status = status, .content_type = ATR_PEER_TYPE, .body = body};

    atr_server_reply(server, ticket, &reply);
}

static void refuse(atr_peer_desk *desk, uint64_t ticket, int status,
                   const char *text)
{
    atr_http_reply reply = {
        .status = status,
        .content_type = "text/plain",
        .body = {(const uint8_t *)text, strlen(text)},
    };

    atr_server_reply(desk->server, ticket, &reply);
}

static const atr_peer_page *find_page(const atr_peer_desk *desk,
                                      const char *path)
{
    for (size_t i = 0; i < desk->page_count; i++) {
        if (strcmp(desk->pages[i].path, path) == 0) {
            return &desk->pages[i];
        }
    }
    return NULL;
}

static bool is_admitted(const atr_peer_page *page,
                        const atr_http_request *request)
{
    return page && page->admits && page->admits(page->context, request);
}

bool atr_peer_http(atr_peer_desk *desk, const atr_http_request *request)
{
    const size_t stranger = desk->peers->count;
    const atr_peer_page *page = find_page(desk, request->path);
    size_t peer = stranger;

    if (strncmp(request->path, ATR_PEER_PATH, strlen(ATR_PEER_PATH)) != 0) {
        return false;
    }
    if (request->client_pin) {
        peer = atr_peers_find(desk->peers, request->client_pin);
    }
    if (!request->client_pin ||
        (peer == stranger && !is_admitted(page, request))) {
        desk->refused_total++;
        refuse(desk, request->ticket, 403, "for nodes of the authority\n");
        return true;
    }
    if (desk->seen && peer < stranger) {
        desk->seen(desk->context, peer);
    }
    if (!page) {
        refuse(desk, request->ticket, 404, "no such page\n");
    } else if (strcmp(request->method, "GET") != 0) {
        refuse(desk, request->ticket, 405, "GET\n");
    } else {
        page->answer(page->context, request, peer);
    }
    return true;
}
