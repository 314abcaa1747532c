#include "app/address.h"

#include <stdio.h>
#include <stdlib.h>

#define SCHEME "https://"
#define ROOM_SCHEME "attrium://"

atr_err atr_address_parse(atr_link *out, const char *text, atr_fault *fault)
{
    char link[ATR_LINK_TEXT_MAX];
    int len;

    memset(out, 0, sizeof *out);
    if (strncmp(text, SCHEME, strlen(SCHEME)) != 0) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "not an address of an authority "
                             "(https://HOST:PORT#PIN): %s",
                             text);
    }
    len = snprintf(link, sizeof link, ROOM_SCHEME "%s", text + strlen(SCHEME));
    if (len < 0 || (size_t)len >= sizeof link ||
        atr_link_parse(out, (atr_bytes){(const uint8_t *)link, strlen(link)}) !=
            ATR_OK ||
        out->has_room) {
        memset(out, 0, sizeof *out);
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "not an address of an authority "
                             "(https://HOST:PORT#PIN): %s",
                             text);
    }
    return ATR_OK;
}

atr_err atr_address_format(char out[ATR_LINK_TEXT_MAX], const atr_link *address)
{
    char link[ATR_LINK_TEXT_MAX];
    atr_err err = atr_link_format(link, sizeof link, address);

    out[0] = 0;
    if (err == ATR_OK) {
        snprintf(out, ATR_LINK_TEXT_MAX, SCHEME "%s",
                 link + strlen(ROOM_SCHEME));
    }
    return err;
}

static bool parse_port(uint16_t *out, const char *text)
{
    char *end = NULL;
    unsigned long value = 65536;

    if (text[0] >= '0' && text[0] <= '9' && strlen(text) <= 5) {
        value = strtoul(text, &end, 10);
    }
    *out = (uint16_t)value;
    return end && *end == 0 && value <= 65535;
}

atr_err atr_listen_parse(char address[ATR_LINK_HOST_MAX + 1], uint16_t *port,
                         const char *text, atr_fault *fault)
{
    const char *from = text;
    const char *to = strrchr(text, ':');
    const char *digits = to ? to + 1 : "";

    *port = 0;
    address[0] = 0;
    if (to && text[0] == '[') {
        from = text + 1;
        to = to > from && to[-1] == ']' ? to - 1 : NULL;
    } else if (to && strchr(text, ':') != to) {
        to = NULL; /* an IPv6 address wants brackets */
    }
    if (!to || (size_t)(to - from) > ATR_LINK_HOST_MAX ||
        !parse_port(port, digits)) {
        *port = 0;
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "not ADDRESS:PORT or [ADDRESS]:PORT: %s", text);
    }
    memcpy(address, from, (size_t)(to - from));
    address[to - from] = 0;
    return ATR_OK;
}
