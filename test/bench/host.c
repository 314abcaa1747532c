/* host.c - what the server of host/ costs without a hall in it: resident
 * memory of an idle TLS WebSocket, and processor time of a delivery when one
 * member writes 256 bytes and all receive them.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/client.h"
#include "host/server.h"
#include "kit/bench.h"

#define CONNS_MAX 1000
#define TEXT_BYTES 256
#define QUEUE_BYTES (256 * 1024)

static void must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "bench host: %s\n", what);
        exit(1);
    }
}

/* --- the server, in a child ----------------------------------------------- */

typedef struct {
    uint8_t *data;
    size_t len;
} outbox;

static atr_server *server;
static outbox boxes[CONNS_MAX + 8];
static uint32_t top;

static bool ws_open(void *context, uint32_t conn, const char *path)
{
    (void)context;
    (void)path;
    top = conn >= top ? conn + 1 : top;
    return conn < CONNS_MAX + 8;
}

static void ws_data(void *context, uint32_t from, atr_bytes data)
{
    (void)context;
    (void)from;
    for (uint32_t i = 0; i < top; i++) {
        outbox *box = &boxes[i];

        if (box->data == NULL) {
            box->data = malloc(QUEUE_BYTES);
        }
        must(box->data != NULL && box->len + data.len <= QUEUE_BYTES,
             "queue full");
        memcpy(box->data + box->len, data.data, data.len);
        box->len += data.len;
        atr_server_ready(server, i);
    }
}

static void ws_close(void *context, uint32_t conn, atr_ws_why why)
{
    (void)context;
    (void)conn;
    (void)why;
}

static atr_bytes outgoing(void *context, uint32_t conn)
{
    (void)context;
    return (atr_bytes){boxes[conn].data, boxes[conn].len};
}

static void sent(void *context, uint32_t conn, size_t len)
{
    outbox *box = &boxes[conn];

    (void)context;
    box->len -= len;
    memmove(box->data, box->data + len, box->len);
    if (box->len == 0) {
        free(box->data);
        box->data = NULL;
    }
}

static void serve(const atr_tls *tls, int tell)
{
    static const atr_server_handler handler = {
        NULL, NULL, ws_open, ws_data, ws_close, outgoing, sent};
    atr_server_options options = {.tls = tls, .address = "127.0.0.1"};
    atr_loop *loop;
    uint16_t port;

    must(atr_loop_open(&loop) == ATR_OK &&
             atr_server_open(&server, loop, &options, &handler, NULL) ==
                 ATR_OK,
         "no server");
    port = atr_server_port(server);
    must(write(tell, &port, sizeof port) == sizeof port, "no pipe");
    _exit(atr_loop_run(loop) != ATR_OK);
}

/* --- the clients ---------------------------------------------------------- */

typedef struct {
    atr_client *client;
    uint64_t got;
    uint64_t want; /* bytes to be sent by this one */
} guest;

static atr_loop *loop;
static guest guests[CONNS_MAX];
static size_t guest_count;
static size_t open_count;
static uint64_t got_all;
static uint64_t goal;
static uint64_t window;
static uint8_t text[16 * TEXT_BYTES * 16];

static void opened(void *context)
{
    (void)context;
    open_count++;
    atr_loop_stop(loop);
}

static void closed(void *context, atr_err err, uint16_t code, const char *why)
{
    (void)context;
    (void)err;
    (void)code;
    must(false, why);
}

static void came(void *context, atr_bytes data)
{
    guest *g = context;

    g->got += data.len;
    got_all += data.len;
    if (g == &guests[0]) {
        atr_client_ready(g->client);
    }
    if (got_all >= goal * guest_count) {
        atr_loop_stop(loop);
    }
}

/* Only the first one speaks, `window` bytes ahead of what it has seen. */
static uint64_t spoken;

static atr_bytes to_send(void *context)
{
    guest *g = context;
    uint64_t most = g->got + window < goal ? g->got + window : goal;

    if (g != &guests[0] || spoken >= most) {
        return (atr_bytes){NULL, 0};
    }
    return (atr_bytes){text, most - spoken < TEXT_BYTES
                                 ? (size_t)(most - spoken)
                                 : TEXT_BYTES};
}

static void was_sent(void *context, size_t len)
{
    (void)context;
    spoken += len;
}

static void join(uint16_t port, const uint8_t *pin, size_t count)
{
    atr_client_options options = {
        .host = "127.0.0.1", .port = port, .path = "/", .pin = pin,
        .connect_ms = 30000};

    while (guest_count < count) {
        guest *g = &guests[guest_count];
        atr_client_handler handler = {g, opened, came, closed, to_send,
                                      was_sent};

        must(atr_client_open(&g->client, loop, &options, &handler, NULL) ==
                 ATR_OK,
             "no client");
        guest_count++;
        while (open_count < guest_count) {
            must(atr_loop_run(loop) == ATR_OK, "no loop");
        }
    }
}

static double read_number(pid_t pid, const char *file, int column)
{
    char path[64];
    double numbers[2] = {0, 0};
    FILE *in;

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    in = fopen(path, "r");
    must(in != NULL && fscanf(in, "%lf %lf", &numbers[0], &numbers[1]) == 2,
         path);
    fclose(in);
    return numbers[column];
}

static void flood(pid_t pid, uint64_t messages, uint64_t ahead)
{
    double before = read_number(pid, "schedstat", 0);
    double us;

    got_all = 0;
    spoken = 0;
    goal = messages * TEXT_BYTES;
    window = ahead * TEXT_BYTES;
    for (size_t i = 0; i < guest_count; i++) {
        guests[i].got = 0;
    }
    atr_client_ready(guests[0].client);
    must(atr_loop_run(loop) == ATR_OK, "no loop");
    us = (read_number(pid, "schedstat", 0) - before) / 1000;
    bench_value(ahead > 1 ? "host_delivery" : "host_delivery_alone", "cpu",
                guest_count, "us",
                us / (double)(messages * guest_count));
}

int main(void)
{
    char folder[] = "/tmp/atr-bench-XXXXXX";
    char cert[64];
    char key[64];
    atr_tls *tls;
    uint8_t pin[ATR_PIN_BYTES];
    uint16_t port;
    int pipes[2];
    pid_t pid;
    double before; /* pages */

    must(mkdtemp(folder) != NULL && pipe(pipes) == 0, "no folder");
    snprintf(cert, sizeof cert, "%s/crt", folder);
    snprintf(key, sizeof key, "%s/key", folder);
    must(atr_tls_make_cert(cert, key, "localhost", NULL) == ATR_OK &&
             atr_tls_server_open(&tls, cert, key, NULL) == ATR_OK,
         "no certificate");
    unlink(cert);
    unlink(key);
    rmdir(folder);
    atr_tls_pin(pin, tls);
    pid = fork();
    if (pid == 0) {
        serve(tls, pipes[1]);
    }
    must(read(pipes[0], &port, sizeof port) == sizeof port &&
             atr_loop_open(&loop) == ATR_OK,
         "no server");
    join(port, pin, 100);
    flood(pid, 4000, 200);
    flood(pid, 400, 1); /* one message a turn: nothing to put together */
    before = read_number(pid, "statm", 1);
    join(port, pin, 1000);
    bench_value("host_idle_memory", "rss", 900, "kB",
                (read_number(pid, "statm", 1) - before) *
                    (double)sysconf(_SC_PAGESIZE) / 1024 / 900);
    flood(pid, 400, 20);
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    return 0;
}
