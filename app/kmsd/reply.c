#include "app/kmsd/reply.h"

#include <stdlib.h>
#include <strings.h>

void atr_reply_text(atr_server *server, uint64_t ticket, int status,
                    const char *type, const char *text)
{
    const atr_http_reply reply = {
        .status = status,
        .content_type = type,
        .body = {(const uint8_t *)text, strlen(text)},
        .retry_after = status == 429 || status == 503 ? "60" : NULL,
    };

    atr_server_reply(server, ticket, &reply);
}

void atr_reply_json(atr_server *server, uint64_t ticket, int status,
                    json_t *json)
{
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

    json_decref(json);
    if (text) {
        atr_reply_text(server, ticket, status, ATR_JSON_TYPE, text);
    } else {
        atr_reply_text(server, ticket, 500, "text/plain", "no memory\n");
    }
    free(text);
}

static const char *code_name(int status)
{
    static const struct {
        int status;
        const char *name;
    } names[] = {
        {401, "UNAUTHORIZED"}, {403, "REFUSED"},  {404, "NOT_FOUND"},
        {405, "METHOD"},       {409, "CONFLICT"}, {415, "TYPE"},
        {422, "ATTRIBUTES"},   {429, "BUSY"},     {503, "UNAVAILABLE"},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].status == status) {
            return names[i].name;
        }
    }
    return "MALFORMED";
}

void atr_reply_error(atr_server *server, uint64_t ticket, int status,
                     const char *message)
{
    atr_reply_json(server, ticket, status,
                   json_pack("{s:{s:s, s:s}}", "error", "code",
                             code_name(status), "message", message));
}

bool atr_reply_is_json(const atr_http_request *request)
{
    const size_t len = strcspn(request->content_type, "; ");

    return len == sizeof ATR_JSON_TYPE - 1 &&
           strncasecmp(request->content_type, ATR_JSON_TYPE, len) == 0;
}
