/* ibake: an encrypted two-way pipe between two people known by identity.
 *
 * Where the authority's keys have periods, who connects says before the
 * exchange of which period both are to be, in 4 bytes: by its clock the present
 * one. Who listens takes that when its own clock allows it, and gets the key of
 * it when it has another. The exchange binds the period: whoever changes these
 * bytes on the way only prevents it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/address.h"
#include "app/attrium/args.h"
#include "app/attrium/commands.h"
#include "app/attrium/renewal.h"
#include "app/attrium/talk.h"
#include "host/clock.h"
#include "host/entropy.h"

#define TIMEOUT_S 30 /* for the connection and the exchange */
#define TIMEOUT_S_MAX 3600

typedef struct {
    const atr_cli *cli;
    atr_ibake_role role; /* who connects begins */
    char host[ATR_LINK_HOST_MAX + 1];
    uint16_t port;
    uint64_t limit_ms;
    atr_person *own;
    atr_identity peer_id;
    atr_bf_recipient peer;
    char peer_text[ATR_PERSON_TEXT_MAX];
    atr_pipe pipe;
    atr_loop *loop;
    atr_timer *timer; /* until the peer is confirmed */
    atr_watch *door;
    atr_watch *first; /* bytes of a connection: the period */
    uint8_t period[4];
    size_t period_len;
    atr_talk *talk;
    int listener;
    int network;
    bool has_code;
    int code;
} meeting;

/* The first reason to end is the one that counts. */
static void leave(meeting *m, int code)
{
    if (!m->has_code) {
        m->has_code = true;
        m->code = code;
    }
    atr_loop_stop(m->loop);
}

/* What has happened: a line of words, or of JSON, on standard error. */
static void tell(const meeting *m, const char *event, const char *key,
                 const char *value)
{
    json_t *line;
    char *text;

    if (!m->cli->json) {
        atr_cli_note(m->cli, "%s %s", event, value);
        return;
    }
    line =
        json_pack("{s:i, s:s, s:s}", "schema", 1, "event", event, key, value);
    text = line != NULL ? json_dumps(line, JSON_COMPACT) : NULL;
    if (text != NULL) {
        fprintf(stderr, "%s\n", text);
    }
    free(text);
    json_decref(line);
}

static void on_opened(void *context)
{
    meeting *m = context;

    atr_timer_set(m->timer, ATR_NEVER);
    tell(m, "confirmed", "peer", m->peer_text);
}

/* Whoever reads standard output sees its end now, although we may go on. */
static void on_heard(void *context)
{
    meeting *m = context;
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (nowhere < 0 || close(STDOUT_FILENO) != 0 ||
        dup2(nowhere, STDOUT_FILENO) < 0) {
        leave(m,
              atr_cli_fail(m->cli, ATR_EXIT_FAILED, "cannot write the output"));
    }
    if (nowhere >= 0) {
        (void)close(nowhere);
    }
}

static void on_over(void *context, atr_err err, const char *text)
{
    static const int codes[] = {
        [ATR_OK] = ATR_EXIT_DONE,
        [ATR_ERR_AUTH] = ATR_EXIT_CORRUPT,
        [ATR_ERR_IO] = ATR_EXIT_NETWORK,
        [ATR_ERR_STATE] = ATR_EXIT_FAILED,
    };
    meeting *m = context;

    leave(m, err == ATR_OK ? ATR_EXIT_DONE
                           : atr_cli_fail(m->cli, codes[err], "%s", text));
}

static void on_late(void *context)
{
    meeting *m = context;

    leave(m, atr_cli_fail(m->cli, ATR_EXIT_NETWORK,
                          "%s has not answered within %u seconds", m->peer_text,
                          (unsigned)(m->limit_ms / 1000)));
}

static void on_signal(void *context, int number)
{
    meeting *m = context;

    if (number == SIGINT || number == SIGTERM) {
        leave(m, atr_cli_fail(m->cli, ATR_EXIT_INTERRUPTED, "interrupted"));
    }
}

/* The connection is there: the exchange begins. */
static int meet(meeting *m)
{
    const atr_talk_ends ends = {m->network, STDIN_FILENO, STDOUT_FILENO};
    const atr_talk_handler handler = {m, on_opened, on_heard, on_over};
    uint8_t seed[ATR_SEED_BYTES];
    atr_err err;

    atr_entropy_seed(seed);
    err = atr_pipe_init(&m->pipe, m->role, &m->own->file.key, &m->peer, seed);
    atr_wipe(seed, sizeof seed);
    if (err != ATR_OK) {
        return atr_cli_fail(m->cli, ATR_EXIT_FAILED, "cannot begin");
    }
    atr_timer_set(m->timer, atr_clock_now() + m->limit_ms);
    if (atr_talk_open(&m->talk, m->loop, &m->pipe, &ends, &handler) != ATR_OK) {
        return atr_cli_fail(m->cli, ATR_EXIT_FAILED,
                            "standard input or output is not open");
    }
    return ATR_EXIT_DONE;
}

/* ---- the period ---- */

static bool has_periods(const meeting *m)
{
    return m->own->file.authority.period_s != 0;
}

/* Both are of period `number`; 0 where there are none. */
static int take_period(meeting *m, uint64_t number)
{
    int code = atr_renewal_of_person(m->own, m->cli, number);

    if (code == ATR_EXIT_DONE) {
        m->peer_id.period = (uint32_t)number;
        atr_bf_recipient_init(&m->peer, &m->own->bf, &m->peer_id);
    }
    return code;
}

/* The first bytes of a connection: the socket takes them. */
static int say_period(const meeting *m)
{
    uint8_t bytes[4];
    atr_builder b = atr_builder_of(bytes, sizeof bytes);
    size_t len = 0;

    atr_build_u32(&b, m->peer_id.period);
    return atr_tcp_write(&len, m->network, ATR_BYTES(bytes)) == ATR_OK &&
                   len == sizeof bytes
               ? ATR_EXIT_DONE
               : atr_cli_fail(m->cli, ATR_EXIT_NETWORK,
                              "the connection is lost");
}

static int heard_period(meeting *m)
{
    atr_reader reader = atr_reader_of(ATR_BYTES(m->period));
    const uint64_t number = atr_read_u32(&reader);
    int code;

    if (!atr_period_is_now(number, m->own->file.authority.period_s,
                           atr_clock_wall_ms() / 1000)) {
        return atr_cli_fail(m->cli, ATR_EXIT_CORRUPT,
                            "the other end is in another period: one of the "
                            "two clocks is wrong");
    }
    code = take_period(m, number);
    return code == ATR_EXIT_DONE ? meet(m) : code;
}

static void on_first(void *context)
{
    meeting *m = context;
    size_t len = 0;
    atr_err err = atr_tcp_read(m->period + m->period_len, &len,
                               sizeof m->period - m->period_len, m->network);
    int code = ATR_EXIT_DONE;

    m->period_len += len;
    if (err == ATR_ERR_STATE) {
        return;
    }
    if (err != ATR_OK || len == 0) {
        code = atr_cli_fail(m->cli, ATR_EXIT_CORRUPT,
                            "the connection ended before the exchange");
    } else if (m->period_len == sizeof m->period) {
        atr_watch_close(m->first);
        m->first = NULL;
        code = heard_period(m);
    }
    if (code != ATR_EXIT_DONE) {
        leave(m, code);
    }
}

/* Somebody is there. */
static int welcome(meeting *m)
{
    if (!has_periods(m)) {
        return meet(m);
    }
    atr_timer_set(m->timer, atr_clock_now() + m->limit_ms);
    return atr_watch_open(&m->first, m->loop, m->network, on_first, m) == ATR_OK
               ? ATR_EXIT_DONE
               : atr_cli_fail(m->cli, ATR_EXIT_FAILED, "no memory");
}

/* One connection is taken; whoever comes after it finds the door closed. */
static void on_knock(void *context)
{
    meeting *m = context;
    atr_fault fault = {{0}};
    atr_err err = atr_tcp_accept(&m->network, m->listener, &fault);
    int code = ATR_EXIT_DONE;

    if (err == ATR_ERR_STATE) {
        return;
    }
    atr_watch_pause(m->door, true);
    (void)close(m->listener);
    m->listener = -1;
    code = err == ATR_OK
               ? welcome(m)
               : atr_cli_fail(m->cli, ATR_EXIT_NETWORK, "%s", fault.text);
    if (code != ATR_EXIT_DONE) {
        leave(m, code);
    }
}

static int wait_for_peer(meeting *m)
{
    char where[ATR_LINK_HOST_MAX + 16];
    atr_fault fault = {{0}};
    atr_err err = atr_tcp_listen(&m->listener, m->host, &m->port, &fault);

    if (err != ATR_OK) {
        return err == ATR_ERR_INPUT
                   ? atr_cli_usage(m->cli, "--listen: %s", fault.text)
                   : atr_cli_fail(m->cli, ATR_EXIT_NETWORK, "%s", fault.text);
    }
    if (atr_watch_open(&m->door, m->loop, m->listener, on_knock, m) != ATR_OK) {
        return atr_cli_fail(m->cli, ATR_EXIT_FAILED, "cannot listen");
    }
    snprintf(where, sizeof where, strchr(m->host, ':') ? "[%s]:%u" : "%s:%u",
             m->host, m->port);
    tell(m, "listening", "address", where);
    return ATR_EXIT_DONE;
}

static int go_to_peer(meeting *m)
{
    atr_fault fault = {{0}};

    if (atr_tcp_connect(&m->network, m->host, m->port, (uint32_t)m->limit_ms,
                        &fault) != ATR_OK) {
        return atr_cli_fail(m->cli, ATR_EXIT_NETWORK, "%s", fault.text);
    }
    return has_periods(m) ? say_period(m) : ATR_EXIT_DONE;
}

/* --listen or --connect, and --timeout. */
static int take_place(meeting *m)
{
    const char *listen_at = atr_cli_value(m->cli, "listen");
    const char *connect_to = atr_cli_value(m->cli, "connect");
    uint64_t seconds = TIMEOUT_S;
    atr_fault fault = {{0}};

    if ((listen_at == NULL) == (connect_to == NULL)) {
        return atr_cli_usage(m->cli, "give --listen or --connect");
    }
    if (!atr_cli_number(&seconds, m->cli, "timeout", 1, TIMEOUT_S_MAX)) {
        return ATR_EXIT_USAGE;
    }
    m->limit_ms = seconds * 1000;
    m->role = listen_at != NULL ? ATR_IBAKE_RESPONDER : ATR_IBAKE_INITIATOR;
    if (atr_listen_parse(m->host, &m->port,
                         listen_at != NULL ? listen_at : connect_to,
                         &fault) != ATR_OK) {
        return atr_cli_usage(m->cli, "%s", fault.text);
    }
    if (connect_to != NULL && (m->port == 0 || m->host[0] == 0)) {
        return atr_cli_usage(m->cli, "--connect HOST:PORT");
    }
    return ATR_EXIT_DONE;
}

/* Who I am, and whom I want. */
static int take_people(meeting *m)
{
    atr_fault fault = {{0}};
    int code;

    if (atr_person_name(&m->peer_id, m->cli->operands[0], &fault) != ATR_OK) {
        return atr_cli_usage(m->cli, "%s", fault.text);
    }
    atr_person_text(m->peer_text, &m->peer_id);
    code = atr_args_person(&m->own, m->cli, atr_cli_value(m->cli, "identity"));
    if (code != ATR_EXIT_DONE) {
        return code;
    }
    m->peer_id.period = m->own->file.key.id.period;
    if (atr_identity_equal(&m->peer_id, &m->own->file.key.id)) {
        return atr_cli_usage(m->cli, "%s is you", m->peer_text);
    }
    return take_period(m, atr_renewal_present(&m->own->file.authority));
}

static int run(meeting *m)
{
    int code;

    if ((code = take_place(m)) != ATR_EXIT_DONE ||
        (code = take_people(m)) != ATR_EXIT_DONE) {
        return code;
    }
    if (m->role == ATR_IBAKE_INITIATOR &&
        (code = go_to_peer(m)) != ATR_EXIT_DONE) {
        return code; /* it blocks: a signal simply ends the program */
    }
    if (atr_loop_open(&m->loop) != ATR_OK ||
        atr_timer_open(&m->timer, m->loop, on_late, m) != ATR_OK ||
        atr_loop_signals(m->loop, on_signal, m) != ATR_OK) {
        return atr_cli_fail(m->cli, ATR_EXIT_FAILED, "cannot begin");
    }
    code = m->role == ATR_IBAKE_INITIATOR ? meet(m) : wait_for_peer(m);
    if (code == ATR_EXIT_DONE && atr_loop_run(m->loop) != ATR_OK) {
        code = atr_cli_fail(m->cli, ATR_EXIT_FAILED, "cannot go on");
    }
    return code == ATR_EXIT_DONE ? m->code : code;
}

static void close_all(meeting *m)
{
    atr_talk_close(m->talk);
    atr_watch_close(m->first);
    atr_watch_close(m->door);
    atr_timer_close(m->timer);
    atr_loop_close(m->loop);
    if (m->listener >= 0) {
        (void)close(m->listener);
    }
    if (m->network >= 0) {
        (void)close(m->network);
    }
    atr_pipe_wipe(&m->pipe);
    atr_person_close(m->own);
}

int atr_ibake_run(const atr_cli *cli)
{
    meeting *m = calloc(1, sizeof *m);
    int code;

    if (m == NULL) {
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "no memory");
    }
    m->cli = cli;
    m->listener = -1;
    m->network = -1;
    m->code = ATR_EXIT_FAILED;
    code = run(m);
    close_all(m);
    atr_wipe(m, sizeof *m);
    free(m);
    return code;
}
