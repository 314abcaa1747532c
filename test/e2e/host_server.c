/* host_server.c - the server under good and bad clients, on loopback. */
#include "kit/peer.h"

/* How long the server waits, as for /limits: most tests have a minute, those of
 * the limits themselves wait them out. */
#define PATIENT "300,60000,65536,60000"
#define STRICT_MS 1500
#define STRICT "300,1500,65536,60000"

static peer server;

static int start(void **state)
{
    atr_server_options o = {.unsent_max = 256 * 1024,
                            .message_max = 64 * 1024,
                            .fragments_max = 16,
                            .head_max = 4096,
                            .body_max = 10000,
                            .handshake_ms = 60000,
                            .request_ms = 60000,
                            .answer_ms = 60000,
                            .ping_ms = 60000,
                            .close_ms = 300,
                            .conns_max = 300,
                            .admin_address = "127.0.0.1"};

    (void)state;
    peer_start(&server, &o);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    peer_stop(&server);
    return 0;
}

/* Waits until all connections but the one that asks are gone. */
static void wait_for_quiet(void)
{
    for (int i = 0; i < 6000; i++) {
        if (peer_count(&server).conns <= 1) {
            return;
        }
        peer_pause(10);
    }
    fail_msg("connections are left over");
}

static uint64_t since(uint64_t from)
{
    return atr_clock_now() - from;
}

/* Whether the server closes within `ms`, whatever it says before. */
static bool is_cut(int fd, int ms)
{
    uint64_t until = atr_clock_now() + (uint64_t)ms;
    char bytes[4096];

    for (;;) {
        struct pollfd p = {fd, POLLIN, 0};
        uint64_t now = atr_clock_now();

        if (now >= until || poll(&p, 1, (int)(until - now)) <= 0) {
            return false;
        }
        if (read(fd, bytes, sizeof bytes) <= 0) {
            return true;
        }
    }
}

static void set_limits(const char *numbers)
{
    char path[64];
    char text[64];

    snprintf(path, sizeof path, "/limits?%s", numbers);
    assert_int_equal(peer_call(&server, "GET", path, "", text, sizeof text),
                     200);
    assert_string_equal(text, "limited");
}

static int be_strict(void **state)
{
    (void)state;
    set_limits(STRICT);
    return 0;
}

static int be_patient(void **state)
{
    (void)state;
    set_limits(PATIENT);
    return 0;
}

static void requests(void **state)
{
    char text[4096];

    (void)state;
    assert_int_equal(peer_call(&server, "GET", "/echo%20a?x=%20", "", text,
                               sizeof text), 200);
    assert_string_equal(text, "GET /echo a ?x=%20 ");
    assert_int_equal(peer_call(&server, "POST", "/echo", "{\"a\":1}", text,
                               sizeof text), 200);
    assert_string_equal(text, "POST /echo ? {\"a\":1}");
    assert_int_equal(peer_call(&server, "HEAD", "/echo", "", text,
                               sizeof text), 200);
    assert_string_equal(text, "");
    assert_int_equal(peer_call(&server, "GET", "/late", "", text,
                               sizeof text), 200);
    assert_string_equal(text, "late");
    assert_int_equal(peer_call(&server, "GET", "/a%00b", "", text,
                               sizeof text), 400);
}

static int ask_raw(const char *request, char *head, size_t cap)
{
    wire w = wire_open(&server);
    int status;

    (void)wire_send(&w, request, strlen(request));
    status = wire_head(&w, head, cap);
    wire_close(&w);
    return status;
}

static void hostile_heads(void **state)
{
    static const char *const bad[] = {
        "GET /echo HTTP/1.1\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
        "Content-Length: 2\r\n\r\nab",
        "GET /echo HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n",
        "GET /echo HTTP/1.1\nHost: a\n\n",
        "GET /echo HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost : a\r\nHost: a\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nX y: b\r\n\r\n",
        "GET echo HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /echo HTTP/2.0\r\nHost: a\r\n\r\n",
        "GET /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAA\r\n\r\n",
        "BREW /echo HTTP/1.1\r\nHost: a\r\n\r\n",
        "TRACE /echo HTTP/1.1\r\nHost: a\r\n\r\n",
    };
    char head[4096];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int status = ask_raw(bad[i], head, sizeof head);

        if (status == 101 || (status >= 200 && status < 400)) {
            fail_msg("accepted with %d: %s", status, bad[i]);
        }
    }
    assert_int_equal(ask_raw("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n", head,
                             sizeof head), 200);
    assert_int_equal(ask_raw("GET /no HTTP/1.1\r\nHost: a\r\n"
                             "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                             "Sec-WebSocket-Version: 13\r\n\r\n",
                             head, sizeof head), 404);
    wait_for_quiet();
}

static void too_large(void **state)
{
    static char request[200000];
    char head[4096];
    int at;

    (void)state;
    at = snprintf(request, sizeof request,
                  "GET /echo HTTP/1.1\r\nHost: a\r\nX: ");
    memset(request + at, 'x', 20000);
    strcpy(request + at + 20000, "\r\n\r\n");
    assert_int_not_equal(ask_raw(request, head, sizeof head), 200);
    at = snprintf(request, sizeof request,
                  "POST /echo HTTP/1.1\r\nHost: a\r\n"
                  "Content-Length: 100000\r\n\r\n");
    memset(request + at, 'x', 100000);
    request[at + 100000] = 0;
    assert_int_not_equal(ask_raw(request, head, sizeof head), 200);
    strcpy(request, "POST /echo HTTP/1.1\r\nHost: a\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 20; i++) {
        strcat(request, "400\r\n");
        at = (int)strlen(request);
        memset(request + at, 'y', 1024);
        strcpy(request + at + 1024, "\r\n");
    }
    strcat(request, "0\r\n\r\n");
    assert_int_not_equal(ask_raw(request, head, sizeof head), 200);
    wait_for_quiet();
}

/* Two requests in one connection, the second's head watched like the first. */
static void kept_alive(void **state)
{
    static const char good[] = "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n";
    static const char bad[] = "GET /echo HTTP/1.1\r\nHost: a\r\nX: b\r\n"
                              " c\r\n\r\n";
    wire w = wire_open(&server);
    char head[4096];
    char body[64];

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_true(wire_send(&w, good, strlen(good)));
        assert_int_equal(wire_head(&w, head, sizeof head), 200);
        assert_true(wire_read(&w, body, strlen("GET /echo ? ")));
    }
    assert_true(wire_send(&w, bad, strlen(bad)));
    assert_int_equal(wire_head(&w, head, sizeof head), 400);
    wire_close(&w);
}

static void slow_ones_are_cut(void **state)
{
    uint64_t late = peer_count(&server).late;
    uint64_t from = atr_clock_now();
    wire drip = wire_open(&server);
    wire idle = wire_open(&server);
    wire never = wire_open(&server);
    int silent = wire_tcp(&server);
    int hello = wire_tcp(&server);
    static const char ask[] = "GET /never HTTP/1.1\r\nHost: a\r\n\r\n";
    static const uint8_t piece[] = {0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3};
    unsigned sent = 0;
    char head[1024];

    (void)state;
    assert_true(wire_send(&never, ask, strlen(ask)));
    /* A byte each 20 ms is never idle for long, and is cut all the same. */
    while (SSL_write(drip.ssl, "G", 1) > 0) {
        (void)!write(hello, piece + sent % sizeof piece, sent < 11);
        sent++;
        peer_pause(20);
    }
    assert_true(since(from) >= STRICT_MS / 2 && sent < 3000);
    assert_true(is_cut(silent, 60000));
    assert_true(is_cut(hello, 60000));
    assert_true(is_cut(idle.fd, 60000));
    assert_int_equal(wire_head(&never, head, sizeof head), 503);
    assert_true(peer_count(&server).late >= late + 4);
    close(silent);
    close(hello);
    wire_close(&drip);
    wire_close(&idle);
    wire_close(&never);
    wait_for_quiet();
}

static void half_open_flood(void **state)
{
    int fds[250];
    char text[64];

    (void)state;
    for (int i = 0; i < 250; i++) {
        fds[i] = wire_tcp(&server);
    }
    /* Others are served meanwhile. */
    assert_int_equal(peer_call(&server, "GET", "/echo", "", text,
                               sizeof text), 200);
    for (int i = 0; i < 250; i++) {
        assert_true(is_cut(fds[i], 60000));
        close(fds[i]);
    }
    wait_for_quiet();
}

/* More connections than the server takes wait in the queue of the kernel
 * until the silent ones are cut. */
static void full_house(void **state)
{
    int fds[340];

    (void)state;
    for (int i = 0; i < 340; i++) {
        fds[i] = wire_tcp(&server);
    }
    assert_true(peer_count(&server).conns <= 300);
    for (int i = 0; i < 340; i++) {
        close(fds[i]);
    }
    wait_for_quiet();
}

static void streams(void **state)
{
    wire a = wire_websocket(&server);
    wire b = wire_websocket(&server);
    uint8_t *payload;
    size_t len;

    (void)state;
    /* Fragments and message borders mean nothing; each side gets the bytes. */
    assert_true(wire_frame(&a, 0x02, "he", 2));
    assert_true(wire_frame(&a, 0x89, "p", 1));
    assert_true(wire_frame(&a, 0x80, "llo", 3));
    assert_true(wire_frame(&a, 0x82, "", 0));
    for (size_t got = 0; got < 5;) {
        assert_int_equal(wire_take_frame(&b, &payload, &len), 0x82);
        assert_memory_equal(payload, &"hello"[got], len);
        got += len;
        free(payload);
    }
    wire_close(&a);
    wire_close(&b);
    wait_for_quiet();
}

/* Frames that come in the same record as the upgrade. */
static void early_frames(void **state)
{
    wire w = wire_open(&server);
    uint8_t bytes[sizeof WIRE_UPGRADE + 32];
    size_t at = strlen(WIRE_UPGRADE);
    char head[1024];
    uint8_t *payload;
    size_t len;

    (void)state;
    memcpy(bytes, WIRE_UPGRADE, at);
    at += frame_head(bytes + at, 0x82, 5);
    memcpy(bytes + at, "early", 5);
    frame_mask(bytes + at, 5, 0);
    assert_true(wire_send(&w, bytes, at + 5));
    assert_int_equal(wire_head(&w, head, sizeof head), 101);
    assert_int_equal(wire_take_frame(&w, &payload, &len), 0x82);
    assert_string_equal((char *)payload, "early");
    free(payload);
    wire_close(&w);
    wait_for_quiet();
}

static int code_after(uint8_t first, size_t len, unsigned times)
{
    wire w = wire_websocket(&server);
    uint8_t *payload = calloc(1, len + 1);
    int code;

    for (unsigned i = 0; i < times; i++) {
        if (!wire_frame(&w, i == 0 ? first : first & 0x80, payload, len)) {
            break;
        }
    }
    free(payload);
    code = wire_close_code(&w);
    wire_close(&w);
    return code;
}

static void limits(void **state)
{
    peer_counts before = peer_count(&server);

    (void)state;
    assert_int_equal(code_after(0x81, 5, 1), 1003);      /* text */
    assert_int_equal(code_after(0x82, 70000, 1), 1009);  /* large */
    assert_int_equal(code_after(0x02, 10000, 7), 1009);  /* large in pieces */
    assert_int_equal(code_after(0x02, 1, 17), 1008);     /* many pieces */
    assert_int_equal(code_after(0xc2, 1, 1), 1002);      /* RSV1 */
    wait_for_quiet();
    assert_int_equal(peer_count(&server).protocol, before.protocol + 5);
}

/* Fewer connections than there are: all stay, and keep their limits; the next
 * one waits until there is room. Then more than the server was opened for. */
static void limits_change(void **state)
{
    static uint8_t large[30000];
    wire many[320];
    wire old;
    uint8_t *payload;
    size_t len;
    int fd;

    (void)state;
    old = wire_websocket(&server);
    set_limits("1,1500,1000,60000");
    fd = wire_tcp(&server);
    assert_false(is_cut(fd, 2000)); /* not even looked at: no handshake yet */
    assert_true(wire_frame(&old, 0x82, large, sizeof large));
    for (size_t got = 0; got < sizeof large;) {
        int first = wire_take_frame(&old, &payload, &len);

        assert_true(first == 0x82 || first == 0x89);
        got += first == 0x82 ? len : 0;
        free(payload);
    }
    wire_close(&old);
    assert_true(is_cut(fd, 60000)); /* now it is, for 1,500 ms */
    close(fd);
    set_limits("400,60000,1000,60000");
    assert_int_equal(code_after(0x82, 1001, 1), 1009);
    for (int i = 0; i < 320; i++) {
        many[i] = wire_websocket(&server);
    }
    assert_int_equal(peer_count(&server).open, 320);
    for (int i = 0; i < 320; i++) {
        wire_close(&many[i]);
    }
    wait_for_quiet();
}

static void hang_up(void **state)
{
    wire w = wire_websocket(&server); /* the only one */
    char text[64];

    (void)state;
    assert_true(wire_frame(&w, 0x82, "x", 1));
    assert_int_equal(peer_call(&server, "GET", "/kick", "", text,
                               sizeof text), 200);
    assert_int_equal(wire_close_code(&w), 4001);
    /* It does not close; the server lets go all the same. */
    wait_for_quiet();
    assert_true(peer_count(&server).hung_up >= 1);
    wire_close(&w);
}

/* The slow one reads nothing, though it shows that it lives. Everybody else
 * gets every byte. */
static void slow_reader_is_cut(void **state)
{
    wire slow = wire_websocket(&server);
    wire sender = wire_websocket(&server);
    wire reader = wire_websocket(&server);
    peer_counts before = peer_count(&server);
    static uint8_t chunk[32 * 1024];
    uint64_t sum = 0;
    const uint64_t all = 400 * sizeof chunk; /* 12.8 MB */

    (void)state;
    memset(chunk, 0x5a, sizeof chunk);
    for (uint64_t n = 0; n < all; n += sizeof chunk) {
        uint64_t got[2] = {0, 0};
        wire *readers[2] = {&sender, &reader};

        assert_true(wire_frame(&sender, 0x82, chunk, sizeof chunk));
        assert_true(wire_frame(&reader, 0x8a, "", 0));
        (void)wire_frame(&slow, 0x8a, "", 0); /* it may be gone */
        for (int i = 0; i < 2; i++) {
            while (got[i] < sizeof chunk) {
                uint8_t *payload;
                size_t len;
                int first = wire_take_frame(readers[i], &payload, &len);

                assert_true(first == 0x82 || first == 0x89);
                got[i] += first == 0x82 ? len : 0;
                free(payload);
            }
        }
        sum += got[1];
    }
    assert_true(sum == all);
    assert_int_equal(peer_count(&server).slow, before.slow + 1);
    assert_int_equal(peer_count(&server).open, 2);
    wire_close(&slow);
    wire_close(&sender);
    wire_close(&reader);
    wait_for_quiet();
}

/* Pings whose pongs are never read must not pile up either. */
static void ping_flood_is_cut(void **state)
{
    wire w = wire_websocket(&server);
    peer_counts before = peer_count(&server);
    uint8_t many[131 * 100];
    size_t at = 0;
    uint64_t from = atr_clock_now();

    (void)state;
    for (int i = 0; i < 100; i++) {
        at += frame_head(many + at, 0x89, 125);
        memset(many + at, 0, 125);
        at += 125;
    }
    while (wire_send(&w, many, at) && since(from) < 60000) {
    }
    assert_true(since(from) < 60000);
    wire_close(&w);
    wait_for_quiet();
    assert_true(peer_count(&server).slow == before.slow + 1);
}

/* One that sends as fast as it can does not keep others from being served. */
static void flood_is_shared(void **state)
{
    wire flooder = wire_websocket(&server);
    pid_t pid = fork();
    char text[64];

    (void)state;
    if (pid == 0) {
        static uint8_t frame[16 + 20];
        size_t head = frame_head(frame, 0x8a, 20); /* pongs: no answer */

        while (wire_send(&flooder, frame, head + 20)) { /* until it is killed */
        }
        _exit(0);
    }
    for (int i = 0; i < 20; i++) {
        assert_int_equal(peer_call(&server, "GET", "/echo", "", text,
                                   sizeof text), 200);
    }
    assert_int_equal(waitpid(pid, NULL, WNOHANG), 0); /* it still floods */
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    wire_close(&flooder);
    wait_for_quiet();
}

static void idle_is_pinged_and_cut(void **state)
{
    peer_counts before = peer_count(&server);
    uint64_t from;
    wire quiet;
    wire alive;
    bool cut = false;

    (void)state;
    set_limits("300,60000,65536,1000");
    from = atr_clock_now();
    quiet = wire_websocket(&server);
    alive = wire_websocket(&server);
    while (!cut || since(from) < 4000) {
        uint8_t *payload;
        size_t len;

        if (wire_readable(&alive, 50)) {
            assert_int_equal(wire_take_frame(&alive, &payload, &len), 0x89);
            free(payload);
            assert_true(wire_frame(&alive, 0x8a, "", 0));
        }
        if (!cut && is_cut(quiet.fd, 1)) {
            cut = true;
            assert_true(since(from) > 1000); /* two pings' time, or nearly */
        }
    }
    assert_int_equal(peer_count(&server).idle, before.idle + 1);
    assert_int_equal(peer_count(&server).open, 1);
    wire_close(&quiet);
    wire_close(&alive);
    wait_for_quiet();
}

/* Every cut of a good conversation, by the byte and by a reset. */
static void ends_anywhere(void **state)
{
    uint8_t bytes[sizeof WIRE_UPGRADE + 32];
    size_t len = strlen(WIRE_UPGRADE);

    (void)state;
    memcpy(bytes, WIRE_UPGRADE, len);
    len += frame_head(bytes + len, 0x82, 5);
    memcpy(bytes + len, "abcde", 5);
    len += 5;
    for (size_t cut = 1; cut <= len; cut += 3) {
        wire w = wire_open(&server);
        struct linger hard = {1, 0};

        (void)wire_send(&w, bytes, cut);
        if (cut % 2) {
            setsockopt(w.fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        }
        wire_close(&w);
    }
    wait_for_quiet();
}

static void garbage(void **state)
{
    atr_rng rng;
    uint8_t bytes[600];
    uint64_t seed = kit_seed();

    (void)state;
    kit_rng(&rng, seed);
    for (int i = 0; i < 60; i++) {
        atr_rng_bytes(&rng, bytes, sizeof bytes);
        if (i % 3 == 0) { /* no TLS at all */
            int fd = wire_tcp(&server);

            (void)!write(fd, bytes, sizeof bytes);
            assert_true(is_cut(fd, 60000));
            close(fd);
        } else {
            wire w = i % 3 == 1 ? wire_open(&server)
                                : wire_websocket(&server);

            (void)wire_send(&w, bytes, sizeof bytes);
            wire_close(&w);
        }
    }
    wait_for_quiet();
}

static void admin(void **state)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(server.admin_port)};
    static const char ask[] = "GET /echo HTTP/1.0\r\n\r\n";
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char text[2048] = "";
    size_t len = 0;
    ssize_t got;

    (void)state;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(write(fd, ask, strlen(ask)), strlen(ask));
    while ((got = read(fd, text + len, sizeof text - 1 - len)) > 0) {
        len += (size_t)got;
    }
    assert_non_null(strstr(text, " 200 "));
    assert_non_null(strstr(text, "GET /echo ?  admin"));
    close(fd);
}

static void pins(void **state)
{
    atr_https_request request = {.host = "127.0.0.1",
                                 .port = server.port,
                                 .method = "GET",
                                 .path = "/reload",
                                 .pin = server.second_pin,
                                 .limit_ms = 60000};
    atr_https_reply reply;
    atr_fault fault;
    wire old = wire_websocket(&server);
    char text[64];
    uint8_t *payload;
    size_t len;

    (void)state;
    assert_int_equal(atr_https_call(&reply, &request, &fault), ATR_ERR_AUTH);
    assert_non_null(strstr(fault.text, "pinned"));
    request.pin = NULL; /* self-signed: not in the system's trust store */
    assert_int_equal(atr_https_call(&reply, &request, &fault), ATR_ERR_AUTH);
    assert_int_equal(peer_call(&server, "GET", "/reload", "", text,
                               sizeof text), 200);
    /* The new certificate, while the old connection lives on. */
    assert_int_equal(peer_call(&server, "GET", "/echo", "", text,
                               sizeof text), -1);
    memcpy(server.pin, server.second_pin, sizeof server.pin);
    assert_int_equal(peer_call(&server, "GET", "/echo", "", text,
                               sizeof text), 200);
    assert_true(wire_frame(&old, 0x82, "still", 5));
    assert_int_equal(wire_take_frame(&old, &payload, &len), 0x82);
    free(payload);
    wire_close(&old);
}

/* SIGTERM: 1001 to everybody, what was sent arrives, exit status 0. */
static void drain(void **state)
{
    wire a = wire_websocket(&server);
    wire b = wire_websocket(&server);
    uint8_t *payload;
    size_t len;

    (void)state;
    assert_true(wire_frame(&a, 0x82, "last words", 10));
    assert_int_equal(wire_take_frame(&b, &payload, &len), 0x82);
    free(payload);
    kill(server.pid, SIGTERM);
    server.ending = true;
    assert_int_equal(wire_close_code(&b), 1001);
    assert_true(wire_frame(&b, 0x88, "\x03\xe9", 2));
    assert_int_equal(wire_close_code(&a), 1001);
    wire_close(&a);
    wire_close(&b);
}

#define WITH_LIMITS(test)                                                      \
    cmocka_unit_test_setup_teardown(test, be_strict, be_patient)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),
        cmocka_unit_test(hostile_heads),
        cmocka_unit_test(too_large),
        cmocka_unit_test(kept_alive),
        WITH_LIMITS(slow_ones_are_cut),
        WITH_LIMITS(half_open_flood),
        WITH_LIMITS(full_house),
        cmocka_unit_test(streams),
        cmocka_unit_test(early_frames),
        cmocka_unit_test(limits),
        WITH_LIMITS(limits_change),
        cmocka_unit_test(hang_up),
        cmocka_unit_test(slow_reader_is_cut),
        cmocka_unit_test(ping_flood_is_cut),
        cmocka_unit_test(flood_is_shared),
        WITH_LIMITS(idle_is_pinged_and_cut),
        cmocka_unit_test(ends_anywhere),
        WITH_LIMITS(garbage),
        cmocka_unit_test(admin),
        cmocka_unit_test(pins),
        cmocka_unit_test(drain), /* the last one: nobody serves after it */
    };

    return cmocka_run_group_tests_name("host_server", tests, start, stop);
}
