/* host_client.c - the client and the HTTPS call, against a good server and
 * against bad ones. */
#include "host/client.h"
#include "host/file.h"
#include "host/ws.h"
#include "kit/actor.h"

static peer server;
static atr_loop *loop;

static int start(void **state)
{
    atr_server_options o = {.close_ms = 300};

    (void)state;
    peer_start(&server, &o);
    return atr_loop_open(&loop) != ATR_OK;
}

static int stop(void **state)
{
    (void)state;
    atr_loop_close(loop);
    peer_stop(&server);
    return 0;
}

typedef struct {
    atr_client *client;
    uint8_t out[300000];
    size_t out_len;
    size_t out_at;
    uint64_t got;
    uint64_t want;    /* hang up when so much has come */
    uint64_t sum;     /* of the bytes that came, weighted by place */
    uint32_t patience_ms; /* to connect and between pings; 0 for a minute */
    bool opened;
    bool closed;
    atr_err err;
    uint16_t code;
    char text[256];
} guest;

static void on_open(void *context)
{
    guest *g = context;

    g->opened = true;
}

static void on_data(void *context, atr_bytes data)
{
    guest *g = context;

    for (size_t i = 0; i < data.len; i++) {
        g->got++;
        g->sum += data.data[i] * g->got;
    }
    if (g->want != 0 && g->got >= g->want) {
        g->want = 0;
        atr_client_hang_up(g->client, 1000);
    }
}

static void on_closed(void *context, atr_err err, uint16_t code,
                      const char *text)
{
    guest *g = context;

    assert_false(g->closed);
    g->closed = true;
    g->err = err;
    g->code = code;
    snprintf(g->text, sizeof g->text, "%s", text);
    atr_client_close(g->client);
    g->client = NULL;
    atr_loop_stop(loop);
}

static atr_bytes on_outgoing(void *context)
{
    guest *g = context;

    return (atr_bytes){g->out + g->out_at, g->out_len - g->out_at};
}

static void on_sent(void *context, size_t len)
{
    guest *g = context;

    g->out_at += len;
}

static void open_guest(guest *g, uint16_t port, const uint8_t *pin,
                       const char *path)
{
    uint32_t patience_ms = g->patience_ms != 0 ? g->patience_ms : 60000;
    atr_client_options options = {.host = "localhost",
                                  .port = port,
                                  .path = path,
                                  .pin = pin,
                                  .connect_ms = patience_ms,
                                  .ping_ms = patience_ms,
                                  .close_ms = patience_ms};
    atr_client_handler handler = {g,         on_open,     on_data,
                                  on_closed, on_outgoing, on_sent};
    atr_fault fault = {""};

    if (atr_client_open(&g->client, loop, &options, &handler, &fault) !=
        ATR_OK) {
        fail_msg("%s", fault.text);
    }
}

static guest *meet_for(uint32_t patience_ms, uint16_t port, const uint8_t *pin,
                       const char *path)
{
    guest *g = calloc(1, sizeof *g);

    g->patience_ms = patience_ms;
    open_guest(g, port, pin, path);
    assert_int_equal(atr_loop_run(loop), ATR_OK);
    assert_true(g->closed);
    return g;
}

static guest *meet(uint16_t port, const uint8_t *pin, const char *path)
{
    return meet_for(0, port, pin, path);
}

static void conversation(void **state)
{
    guest *g = calloc(1, sizeof *g);
    uint64_t sum = 0;

    (void)state;
    for (size_t i = 0; i < sizeof g->out; i++) {
        g->out[i] = (uint8_t)(i * 31 + i / 256);
        sum += (uint64_t)g->out[i] * (i + 1);
    }
    g->out_len = g->want = sizeof g->out;
    open_guest(g, server.port, server.pin, "/room");
    atr_client_ready(g->client); /* before it is open: it waits */
    assert_int_equal(atr_loop_run(loop), ATR_OK);
    assert_true(g->opened && g->closed);
    assert_int_equal(g->got, sizeof g->out);
    assert_true(g->sum == sum);
    assert_int_equal(g->err, ATR_OK);
    assert_int_equal(g->code, 1000);
    free(g);
}

static void refused(void **state)
{
    uint8_t wrong[ATR_PIN_BYTES] = {1};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t len = sizeof at;
    guest *g;

    (void)state;
    g = meet(server.port, wrong, "/");
    assert_int_equal(g->err, ATR_ERR_AUTH);
    assert_false(g->opened);
    free(g);
    g = meet(server.port, NULL, "/");
    assert_int_equal(g->err, ATR_ERR_AUTH);
    free(g);
    g = meet(server.port, server.pin, "/no");
    assert_int_equal(g->err, ATR_ERR_INPUT);
    assert_non_null(strstr(g->text, "404"));
    free(g);
    /* A port where nobody listens. */
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    g = meet(ntohs(at.sin_port), NULL, "/");
    assert_int_equal(g->err, ATR_ERR_IO);
    free(g);
    /* One that accepts and says nothing. */
    assert_int_equal(listen(fd, 5), 0);
    g = meet_for(500, ntohs(at.sin_port), NULL, "/");
    assert_int_equal(g->err, ATR_ERR_IO);
    assert_non_null(strstr(g->text, "too long"));
    free(g);
    close(fd);
}

static void kicked(void **state)
{
    guest *g = calloc(1, sizeof *g);
    char text[64];

    (void)state;
    open_guest(g, server.port, server.pin, "/");
    g->out[0] = 'x';
    g->out_len = 1;
    g->want = 0;
    atr_client_ready(g->client);
    while (g->got == 0) {
        /* A turn at a time, until its own byte has come back. */
        atr_loop_stop(loop);
        assert_int_equal(atr_loop_run(loop), ATR_OK);
    }
    assert_int_equal(peer_call(&server, "GET", "/kick", "", text,
                               sizeof text), 200);
    assert_int_equal(atr_loop_run(loop), ATR_OK);
    assert_int_equal(g->err, ATR_OK);
    assert_int_equal(g->code, 4001);
    free(g);
}

static void early_close(void **state)
{
    guest *g = calloc(1, sizeof *g);

    (void)state;
    open_guest(g, server.port, server.pin, "/");
    atr_client_close(g->client); /* no callbacks any more */
    assert_false(g->closed);
    open_guest(g, server.port, server.pin, "/");
    atr_client_hang_up(g->client, 1000);
    assert_int_equal(atr_loop_run(loop), ATR_OK);
    assert_true(g->closed);
    assert_int_equal(g->err, ATR_OK);
    free(g);
}

static void bad_names(void **state)
{
    atr_client_options options = {.host = "a\r\nb", .port = 1, .path = "/"};
    atr_client_handler handler = {NULL,      on_open,     on_data,
                                  on_closed, on_outgoing, on_sent};
    atr_client *client;
    atr_fault fault = {""};

    (void)state;
    assert_int_equal(atr_client_open(&client, loop, &options, &handler,
                                     &fault), ATR_ERR_INPUT);
    options.host = "no-such-host.invalid";
    assert_int_equal(atr_client_open(&client, loop, &options, &handler,
                                     &fault), ATR_ERR_IO);
    assert_null(client);
    options.host = "localhost";
    options.path = "/a b";
    assert_int_equal(atr_client_open(&client, loop, &options, &handler,
                                     &fault), ATR_ERR_INPUT);
}

/* --- bad servers ---------------------------------------------------------- */

/* With `hold` the server keeps the connection open after its script. */
static atr_err call_actor(const char *script, bool hold, uint32_t limit_ms,
                          atr_https_reply *out, char *text)
{
    actor a;
    atr_https_request request = {.host = "127.0.0.1", .method = "GET",
                                 .path = "/", .limit_ms = limit_ms,
                                 .reply_max = 1000};
    atr_fault fault = {""};
    atr_err err;

    hire(&a, script, hold);
    request.port = a.port;
    request.pin = a.pin;
    err = atr_https_call(out, &request, &fault);
    strcpy(text, fault.text);
    dismiss(&a);
    return err;
}

static void bad_answers(void **state)
{
    static const struct {
        const char *script;
        bool hold;
        atr_err err;
        const char *says;
    } cases[] = {
        {"nonsense\r\n\r\n", false, ATR_ERR_INPUT, "not HTTP"},
        {"", false, ATR_ERR_IO, "hung up"},
        {"HTTP/1.1 200 OK\r\n", true, ATR_ERR_IO, "too long"},
        {"HTTP/1.1 200 OK\r\n", false, ATR_ERR_IO, "hung up"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", false,
         ATR_ERR_IO, "cut short"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", true,
         ATR_ERR_IO, "too long"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", true,
         ATR_ERR_LIMIT, "too large"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
         true, ATR_ERR_INPUT, "unclear"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         true, ATR_ERR_INPUT, "unclear"},
    };
    atr_https_reply reply;
    char text[ATR_FAULT_BYTES_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool is_late = strcmp(cases[i].says, "too long") == 0;
        atr_err err = call_actor(cases[i].script, cases[i].hold,
                                 is_late ? 600 : 60000, &reply, text);

        if (err != cases[i].err || strstr(text, cases[i].says) == NULL) {
            fail_msg("%s gives %d \"%s\"", cases[i].script, (int)err, text);
        }
        assert_null(reply.body);
    }
    assert_int_equal(call_actor("HTTP/1.1 100 Continue\r\n\r\n"
                                "HTTP/1.1 418 Teapot\r\n\r\nto the end",
                                false, 60000, &reply, text), ATR_OK);
    assert_int_equal(reply.status, 418);
    assert_string_equal((char *)reply.body, "to the end");
    atr_https_reply_wipe(&reply);
    assert_int_equal(call_actor("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
                                "okay", true, 60000, &reply, text), ATR_OK);
    assert_string_equal((char *)reply.body, "ok");
    atr_https_reply_wipe(&reply);
}

static void bad_upgrades(void **state)
{
    static const struct {
        const char *script;
        atr_err err;
    } cases[] = {
        {"nonsense\r\n\r\n", ATR_ERR_INPUT},
        {"", ATR_ERR_IO},
        {"HTTP/1.1 200 OK\r\n\r\n", ATR_ERR_INPUT},
        /* The accept value of another key. */
        {"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
         ATR_ERR_INPUT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        actor a;
        guest *g;

        hire(&a, cases[i].script, false);
        g = meet(a.port, a.pin, "/");
        assert_int_equal(g->err, cases[i].err);
        assert_false(g->opened);
        free(g);
        dismiss(&a);
    }
}

/* --- a good server that begins to talk at once ---------------------------- */

#define EARLY_BYTES (16384 - 6) /* a record, but for what is before them */

/* The answer to the upgrade but for its last line end, then that and a message
 * in one record. */
static void greet_at_once(SSL *ssl, const char *request, const char *script)
{
    static const char name[] = "Sec-WebSocket-Key: ";
    char key[ATR_WS_KEY_BYTES + 1] = "";
    char accept[ATR_WS_ACCEPT_BYTES];
    char head[1000];
    char record[16384] = {'\r', '\n', (char)0x82, 126,
                          (char)(EARLY_BYTES >> 8), (char)(EARLY_BYTES & 255)};
    const char *found = strstr(request, name);
    int len;

    (void)script;
    if (found == NULL) {
        return;
    }
    memcpy(key, found + sizeof name - 1, ATR_WS_KEY_BYTES);
    if (atr_ws_accept(accept, key) != ATR_OK) {
        return;
    }
    len = snprintf(head, sizeof head,
                   "HTTP/1.1 101 X\r\nUpgrade: websocket\r\n"
                   "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n",
                   accept);
    memset(record + 6, 'e', EARLY_BYTES);
    (void)SSL_write(ssl, head, len);
    (void)SSL_write(ssl, record, sizeof record);
}

/* More than the client has room for with the answer: the rest of the record
 * stays with OpenSSL, and nothing more comes from the network. */
static void early_message(void **state)
{
    guest *g = calloc(1, sizeof *g);
    actor a;

    (void)state;
    hire_to(&a, greet_at_once, NULL, true);
    g->want = EARLY_BYTES;
    g->patience_ms = 5000;
    open_guest(g, a.port, a.pin, "/");
    assert_int_equal(atr_loop_run(loop), ATR_OK);
    assert_int_equal(g->got, EARLY_BYTES);
    dismiss(&a);
    free(g);
}

/* The server stops answering: pings notice. */
static void silence(void **state)
{
    guest *g = calloc(1, sizeof *g);

    (void)state;
    g->patience_ms = 1000;
    open_guest(g, server.port, server.pin, "/");
    while (!g->opened) {
        atr_loop_stop(loop);
        assert_int_equal(atr_loop_run(loop), ATR_OK);
    }
    kill(server.pid, SIGSTOP);
    assert_int_equal(atr_loop_run(loop), ATR_OK);
    kill(server.pid, SIGCONT);
    assert_int_equal(g->err, ATR_ERR_IO);
    assert_non_null(strstr(g->text, "does not answer"));
    free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversation), cmocka_unit_test(refused),
        cmocka_unit_test(kicked),       cmocka_unit_test(early_close),
        cmocka_unit_test(bad_names),    cmocka_unit_test(bad_answers),
        cmocka_unit_test(bad_upgrades), cmocka_unit_test(silence),
        cmocka_unit_test(early_message),
    };

    return cmocka_run_group_tests_name("host_client", tests, start, stop);
}
