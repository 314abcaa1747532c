#include "app/attrium/node_call.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"
#include "host/https.h"

int atr_node_says(atr_node_said *said, int code, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(said->why.text, sizeof said->why.text, format, args);
    va_end(args);
    said->code = code;
    return code;
}

/* What the error document of an answer says. */
static void error_text(char *out, size_t cap, const json_t *answer)
{
    const char *text = json_string_value(
        json_object_get(json_object_get(answer, "error"), "message"));

    atr_cli_clean(out, cap,
                  (atr_bytes){(const uint8_t *)(text != NULL ? text : ""),
                              text != NULL ? strlen(text) : 0});
}

static int refused(atr_node_said *said, const atr_link *address, int status,
                   const json_t *answer)
{
    int code = status == 429 || status >= 500 ? ATR_EXIT_NETWORK
               : status == 403                ? ATR_EXIT_DENIED
                                              : ATR_EXIT_FAILED;
    char why[256];

    error_text(why, sizeof why, answer);
    return atr_node_says(said, code, "%s:%u refuses (HTTP %d)%s%s",
                         address->host, address->port, status,
                         why[0] != 0 ? ": " : "", why);
}

int atr_node_call(json_t **out, int *status, atr_node_said *said,
                  const atr_cli *cli, const atr_link *address, const char *path,
                  const char *body)
{
    atr_https_request request = {
        .host = address->host,
        .port = address->port,
        .method = body != NULL ? "POST" : "GET",
        .path = path,
        .pin = address->has_pin ? address->pin : NULL,
        .body = {(const uint8_t *)body, body != NULL ? strlen(body) : 0},
    };
    atr_https_reply reply = {0};
    atr_err err = atr_https_call(&reply, &request, &said->why);
    json_t *answer;

    *out = NULL;
    *status = 0;
    said->code = ATR_EXIT_DONE;
    if (err != ATR_OK) {
        said->code = atr_cli_exit_of_network(err);
        return said->code;
    }
    *status = reply.status;
    atr_cli_detail(cli, "%s https://%s:%u%s: %d, %zu bytes", request.method,
                   address->host, address->port, path, reply.status,
                   reply.body_len);
    answer = json_loadb((const char *)reply.body, reply.body_len, 0, NULL);
    if (reply.status < 200 || reply.status > 299) {
        (void)refused(said, address, reply.status, answer);
    } else if (!json_is_object(answer)) {
        (void)atr_node_says(said, ATR_EXIT_NETWORK,
                            "%s:%u does not answer as an authority does",
                            address->host, address->port);
    } else {
        *out = json_incref(answer);
    }
    json_decref(answer);
    atr_https_reply_wipe(&reply);
    return said->code;
}

bool atr_node_base64(uint8_t **out, size_t *len, size_t cap,
                     const json_t *answer, const char *name)
{
    const char *text = json_string_value(json_object_get(answer, name));

    *out = NULL;
    if (text == NULL || (*out = malloc(cap)) == NULL) {
        return false;
    }
    if (atr_base64_read(*out, len, cap, text) != ATR_OK) {
        free(*out);
        *out = NULL;
        return false;
    }
    return true;
}

void atr_nodes_note(const atr_cli *cli, const atr_node_said *said, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (said[i].code != ATR_EXIT_DONE) {
            atr_cli_note(cli, "%s; going on with the others", said[i].why.text);
        }
    }
}

int atr_nodes_failed(const atr_cli *cli, const atr_node_said *said,
                     size_t count, const char *what)
{
    char text[ATR_ISSUE_NODES_MAX * (sizeof said->why.text + 2)] = "";
    int code = ATR_EXIT_DONE;
    size_t len = 0;

    for (size_t i = 0; i < count; i++) {
        if (said[i].code != ATR_EXIT_DONE) {
            code = code == ATR_EXIT_DONE || code == said[i].code
                       ? said[i].code
                       : ATR_EXIT_NETWORK;
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s",
                                    len > 0 ? "; " : "", said[i].why.text);
        }
    }
    return atr_cli_fail(cli, code, "%s%s%s", count > 1 ? what : "",
                        count > 1 ? ": " : "", text);
}
