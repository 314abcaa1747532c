#include "app/halld/config.h"

#include <stdlib.h>

#include "app/address.h"
#include "app/halld/authorities.h"
#include "app/halld/generations.h"
#include "app/halld/kems.h"

#define KiB ((uint64_t)1 << 10)
#define MiB ((uint64_t)1 << 20)
#define GiB ((uint64_t)1 << 30)
#define MINUTE ((uint64_t)60 * 1000)
#define HOUR (60 * MINUTE)

static const atr_conf_key keys[] = {
    {"listen", "address", ATR_CONF_TEXT, "", 0, 0,
     "The address to listen on; empty: all of this machine. Needs a restart."},
    {"listen", "port", ATR_CONF_NUMBER, "7000", 0, 65535,
     "The port; 0 lets the system choose one. Needs a restart."},
    {"listen", "name", ATR_CONF_TEXT, "", 0, 0,
     "The host name or address in links to rooms. Empty: the address above,\n"
     "or localhost. Needs a restart."},
    {"state", "dir", ATR_CONF_TEXT, "/var/lib/attrium-halld", 0, 0,
     "Where the rooms (hall.db) and a self-made certificate are kept. Needs a\n"
     "restart."},
    {"tls", "cert", ATR_CONF_TEXT, "", 0, 0,
     "Certificate chain, PEM. Empty: tls.crt in the state directory, made at\n"
     "the first start."},
    {"tls", "key", ATR_CONF_TEXT, "", 0, 0,
     "Its private key, PEM, readable by nobody else."},
    {"rooms", "authorities", ATR_CONF_TEXT, "", 0, 0,
     "Fingerprints of the only authorities whose rooms are taken, separated "
     "by\n"
     "blanks; empty: any. Rooms that stand stay."},
    {"rooms", "generations", ATR_CONF_TEXT, "", 0, 0,
     "The present generation of an authority's keys, as its administrator "
     "says\n"
     "after a revocation: FINGERPRINT=NUMBER, separated by blanks; others: 0."},
    {"rooms", "bundles", ATR_CONF_TEXT, "", 0, 0,
     "Files of public parameters, separated by blanks, of authorities whose\n"
     "nodes are asked for their present generation. Of one that does not say\n"
     "where its only node is: \"FILE=https://HOST:PORT/#PIN\", in quotes."},
    {"limits", "connections", ATR_CONF_NUMBER, "20000", 1, 1000000,
     "Connections at once, of any kind."},
    {"limits", "rooms", ATR_CONF_NUMBER, "10000", 1, 10000000, "Rooms."},
    {"limits", "members", ATR_CONF_NUMBER, "10000", 1, 10000,
     "Members in one room."},
    {"limits", "authorities", ATR_CONF_NUMBER, "64", 1, 4096,
     "Different key authorities; each takes about 300 KiB of memory."},
    {"limits", "challenges", ATR_CONF_NUMBER, "100", 0, 1000000,
     "Newcomers challenged in a second, in all rooms together, and after a\n"
     "calm twice as many; others wait their turn. 0: no limit."},
    {"limits", "unsent", ATR_CONF_SIZE, "4 MiB", 64 * KiB, GiB,
     "A connection that lets more than this wait is cut."},
    {"limits", "memory", ATR_CONF_SIZE, "1 GiB", MiB, 1024 * GiB,
     "Memory for rosters and queues of all rooms. Needs a restart."},
    {"time", "grace", ATR_CONF_TIME, "60 s", 1, 24 * HOUR,
     "A member whose connection is lost may come back within this time."},
    {"time", "answer", ATR_CONF_TIME, "20 s", 1000, 10 * MINUTE,
     "To open a room, and to answer its challenge."},
    {"time", "handshake", ATR_CONF_TIME, "10 s", 1000, 10 * MINUTE,
     "From a new connection to its first whole request."},
    {"time", "request", ATR_CONF_TIME, "15 s", 1000, 10 * MINUTE,
     "For each further HTTP request."},
    {"time", "ping", ATR_CONF_TIME, "30 s", 1000, HOUR,
     "A connection silent for this long is asked, and cut when it does not\n"
     "answer in the same time again."},
    {"time", "generations", ATR_CONF_TIME, "5 s", 200, HOUR,
     "How often an authority's node is asked for the present generation."},
    {"time", "drain", ATR_CONF_TIME, "5 s", 0, 10 * MINUTE,
     "At the end, for connections to close."},
    {"log", "level", ATR_CONF_TEXT, "info", 0, 0,
     "error, warn, info or debug."},
    {"log", "format", ATR_CONF_TEXT, "logfmt", 0, 0, "logfmt or json."},
    {"metrics", "listen", ATR_CONF_TEXT, "", 0, 0,
     "ADDRESS:PORT on loopback for /metrics in plain HTTP. Empty: /metrics is\n"
     "answered on the main listener if that is on loopback, else nowhere.\n"
     "Needs a restart."},
};

#define KEY_COUNT (sizeof keys / sizeof keys[0])

void atr_halld_print_default(FILE *out)
{
    atr_conf_print_default(out,
                           "attrium-halld.conf - see "
                           "attrium-halld.conf(5)\n"
                           "SIGHUP applies what is changed here, but for keys "
                           "that need a restart.",
                           keys, KEY_COUNT);
}

/* --listen replaces address and port, --dir the state directory. */
static atr_err take_options(atr_conf *conf, const atr_cli *cli,
                            atr_fault *fault)
{
    const char *dir = atr_cli_value(cli, "dir");
    const char *listen = atr_cli_value(cli, "listen");
    const char *host = atr_cli_value(cli, "host");
    char address[ATR_LINK_HOST_MAX + 1];
    char port[8];
    uint16_t number;
    atr_err err = ATR_OK;

    if (dir) {
        err = atr_conf_set(conf, "state", "dir", dir, fault);
    }
    if (err == ATR_OK && host) {
        err = atr_conf_set(conf, "listen", "name", host, fault);
    }
    if (err == ATR_OK && listen) {
        err = atr_listen_parse(address, &number, listen, fault);
        if (err == ATR_OK) {
            snprintf(port, sizeof port, "%u", (unsigned)number);
            err = atr_conf_set(conf, "listen", "address", address, fault);
        }
        if (err == ATR_OK) {
            err = atr_conf_set(conf, "listen", "port", port, fault);
        }
    }
    return err;
}

static atr_err read_files(atr_conf *conf, const atr_cli *cli, atr_fault *fault)
{
    const char *given = atr_cli_value(cli, "config");
    const char *path = given ? given : ATR_HALLD_CONF;
    char folder[ATR_PATH_BYTES_MAX];
    atr_err err = ATR_OK;

    if (given || atr_path_exists(path)) {
        err = atr_conf_read(conf, path, fault);
    }
    if (err == ATR_OK) {
        snprintf(folder, sizeof folder, "%s.d", path);
        err = atr_conf_read_folder(conf, folder, fault);
    }
    return err;
}

static bool is_any(const char *address)
{
    return !address[0] || strcmp(address, "::") == 0 ||
           strcmp(address, "0.0.0.0") == 0;
}

static bool is_loopback(const char *address)
{
    return strcmp(address, "::1") == 0 || strcmp(address, "localhost") == 0 ||
           strncmp(address, "127.", 4) == 0;
}

static bool copy(char *out, size_t cap, const char *text)
{
    int len = snprintf(out, cap, "%s", text);

    return len >= 0 && (size_t)len < cap;
}

/* The name in links: IPv6 addresses stand in brackets there. */
static bool take_name(atr_halld_settings *s, const char *name)
{
    atr_link link = {.port = 1};
    char text[ATR_LINK_TEXT_MAX];

    if (!name[0]) {
        name = is_any(s->address) ? "localhost" : s->address;
    }
    if (strlen(name) + 3 > sizeof s->name) {
        return false;
    }
    snprintf(s->name, sizeof s->name,
             strchr(name, ':') && name[0] != '[' ? "[%.250s]" : "%.255s", name);
    memcpy(link.host, s->name, sizeof link.host);
    return atr_link_format(text, sizeof text, &link) == ATR_OK;
}

static atr_err take_listen(atr_halld_settings *s, const atr_conf *conf,
                           atr_fault *fault)
{
    const char *admin = atr_conf_text(conf, "metrics", "listen");

    s->port = (uint16_t)atr_conf_number(conf, "listen", "port");
    if (!copy(s->address, sizeof s->address,
              atr_conf_text(conf, "listen", "address"))) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "[listen] address: too long");
    }
    if (!take_name(s, atr_conf_text(conf, "listen", "name"))) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "[listen] name: not a host name or address: %s",
                             atr_conf_text(conf, "listen", "name"));
    }
    if (admin[0] &&
        (atr_listen_parse(s->admin, &s->admin_port, admin, fault) != ATR_OK ||
         !is_loopback(s->admin))) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "[metrics] listen: not a loopback ADDRESS:PORT: "
                             "%s",
                             admin);
    }
    s->metrics_public = !admin[0] && is_loopback(s->address);
    return ATR_OK;
}

static atr_err take_places(atr_halld_settings *s, const atr_conf *conf,
                           atr_fault *fault)
{
    const char *dir = atr_conf_text(conf, "state", "dir");

    if (!dir[0] || !copy(s->dir, sizeof s->dir, dir) ||
        atr_path_join(s->store, dir, "hall.db") != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "[state] dir: empty or too long");
    }
    return atr_selfcert_paths(&s->cert, dir, atr_conf_text(conf, "tls", "cert"),
                              atr_conf_text(conf, "tls", "key"), fault);
}

static atr_err take_authorities(atr_halld_settings *s, const atr_conf *conf,
                                atr_fault *fault)
{
    const char *list = atr_conf_text(conf, "rooms", "authorities");
    atr_kems try = {0};
    atr_err err = atr_kems_only(&try, list);

    atr_kems_wipe(&try);
    if (err != ATR_OK || !copy(s->authorities, sizeof s->authorities, list)) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "[rooms] authorities: not fingerprints of 64 "
                             "hexadecimal digits");
    }
    return ATR_OK;
}

static atr_err take_generations(atr_halld_settings *s, const atr_conf *conf,
                                atr_fault *fault)
{
    const char *list = atr_conf_text(conf, "rooms", "generations");

    if (atr_generations_check(list) != ATR_OK ||
        !copy(s->generations, sizeof s->generations, list)) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "[rooms] generations: not FINGERPRINT=NUMBER");
    }
    return ATR_OK;
}

/* Tried here, so that check-config does. */
static atr_err take_bundles(atr_halld_settings *s, const atr_conf *conf,
                            atr_fault *fault)
{
    const char *list = atr_conf_text(conf, "rooms", "bundles");
    atr_authorities *try = NULL;
    atr_fault why = {""};
    atr_err err = atr_authorities_read(&try, list, &why);

    atr_authorities_close(try);
    if (err == ATR_OK && !copy(s->bundles, sizeof s->bundles, list)) {
        err = atr_fault_set(&why, ATR_ERR_INPUT, "too long");
    }
    return err == ATR_OK
               ? ATR_OK
               : atr_fault_set(fault, err, "[rooms] bundles: %s", why.text);
}

static atr_err take_log(atr_halld_settings *s, const atr_conf *conf,
                        atr_fault *fault)
{
    const char *level = atr_conf_text(conf, "log", "level");
    const char *format = atr_conf_text(conf, "log", "format");

    if (atr_log_parse_level(&s->log_level, level) != ATR_OK) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "[log] level: want error, warn, info or debug: "
                             "%s",
                             level);
    }
    s->log_json = strcmp(format, "json") == 0;
    if (!s->log_json && strcmp(format, "logfmt") != 0) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "[log] format: want logfmt or json: %s", format);
    }
    return ATR_OK;
}

static void take_numbers(atr_halld_settings *s, const atr_conf *conf)
{
    s->conns_max = (uint32_t)atr_conf_number(conf, "limits", "connections");
    s->memory_max = (size_t)atr_conf_number(conf, "limits", "memory");
    s->authorities_max = (size_t)atr_conf_number(conf, "limits", "authorities");
    s->handshake_ms = (uint32_t)atr_conf_number(conf, "time", "handshake");
    s->request_ms = (uint32_t)atr_conf_number(conf, "time", "request");
    s->ping_ms = (uint32_t)atr_conf_number(conf, "time", "ping");
    s->generations_ms = (uint32_t)atr_conf_number(conf, "time", "generations");
    s->drain_ms = (uint32_t)atr_conf_number(conf, "time", "drain");
    s->limits = atr_hall_limits_default();
    s->limits.grace_ms = atr_conf_number(conf, "time", "grace");
    s->limits.answer_ms = atr_conf_number(conf, "time", "answer");
    s->limits.rooms_max = (size_t)atr_conf_number(conf, "limits", "rooms");
    s->limits.members_max = (size_t)atr_conf_number(conf, "limits", "members");
    s->limits.challenges_per_second =
        (uint32_t)atr_conf_number(conf, "limits", "challenges");
    s->limits.conn_bytes_max =
        (size_t)atr_conf_number(conf, "limits", "unsent");
}

static atr_err load(atr_halld_settings *out, const atr_cli *cli,
                    atr_fault *fault)
{
    atr_conf *conf = NULL;
    atr_err err = atr_conf_open(&conf, keys, KEY_COUNT);

    if (err != ATR_OK) {
        return atr_fault_set(fault, err, "no memory");
    }
    if ((err = read_files(conf, cli, fault)) == ATR_OK &&
        (err = atr_conf_read_env(conf, ATR_HALLD_ENV, fault)) == ATR_OK &&
        (err = take_options(conf, cli, fault)) == ATR_OK &&
        (err = take_listen(out, conf, fault)) == ATR_OK &&
        (err = take_places(out, conf, fault)) == ATR_OK &&
        (err = take_authorities(out, conf, fault)) == ATR_OK &&
        (err = take_generations(out, conf, fault)) == ATR_OK &&
        (err = take_bundles(out, conf, fault)) == ATR_OK) {
        err = take_log(out, conf, fault);
        take_numbers(out, conf);
    }
    atr_conf_close(conf);
    return err;
}

int atr_halld_load(atr_halld_settings *out, const atr_cli *cli)
{
    atr_fault fault = {""};
    atr_err err;

    memset(out, 0, sizeof *out);
    err = load(out, cli, &fault);
    if (err == ATR_OK) {
        return 0;
    }
    return atr_cli_fail(cli,
                        err == ATR_ERR_IO ? ATR_EXIT_FAILED : ATR_EXIT_USAGE,
                        "%s", fault.text);
}
