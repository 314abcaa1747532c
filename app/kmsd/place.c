#include "app/kmsd/place.h"

#include <stdio.h>

#include "app/kmsd/commands.h"

/* The name in the printed address: IPv6 addresses stand in brackets there. */
static int take_host(atr_place *place, const atr_cli *cli)
{
    const char *host = atr_cli_value(cli, "host");
    const char *listen = place->listen;
    char text[ATR_LINK_TEXT_MAX];
    int len;

    if (!host) {
        host = listen[0] && strcmp(listen, "::") != 0 &&
                       strcmp(listen, "0.0.0.0") != 0
                   ? listen
                   : "localhost";
    }
    len =
        snprintf(place->address.host, sizeof place->address.host,
                 strchr(host, ':') && host[0] != '[' ? "[%.253s]" : "%s", host);
    place->address.port = place->port ? place->port : 1;
    if (len < 0 || (size_t)len >= sizeof place->address.host ||
        atr_address_format(text, &place->address) != ATR_OK) {
        return atr_cli_usage(cli, "--host: not a host name: %s", host);
    }
    return 0;
}

int atr_place_read(atr_place *out, const atr_cli *cli)
{
    const char *text = atr_cli_value(cli, "listen");
    atr_fault fault;

    memset(out, 0, sizeof *out);
    if (atr_listen_parse(out->listen, &out->port, text ? text : ATR_KMSD_LISTEN,
                         &fault) != ATR_OK) {
        return atr_cli_usage(cli, "--listen: %s", fault.text);
    }
    if (atr_selfcert_paths(&out->cert, atr_kmsd_dir(cli),
                           atr_cli_value(cli, "cert"),
                           atr_cli_value(cli, "key"), &fault) != ATR_OK) {
        return atr_cli_usage(cli, "%s", fault.text);
    }
    return take_host(out, cli);
}

atr_err atr_place_open_tls(atr_tls **out, atr_place *place, atr_fault *fault)
{
    atr_err err =
        atr_selfcert_open(out, &place->cert, place->address.host, fault);

    if (err == ATR_OK) {
        atr_tls_ask(*out);
        atr_tls_pin(place->address.pin, *out);
        place->address.has_pin = true;
    }
    return err;
}
