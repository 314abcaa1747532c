/* Plain TCP: listening, connecting, both ends of a connection. */
#include "host/tcp.h"

#include <poll.h>
#include <unistd.h>

#include "kit/kit.h"

static void pair(int ends[2])
{
    uint16_t port = 0;
    atr_fault fault;
    int listener;

    assert_int_equal(atr_tcp_listen(&listener, "127.0.0.1", &port, &fault),
                     ATR_OK);
    assert_int_not_equal(port, 0);
    assert_int_equal(atr_tcp_accept(&ends[1], listener, &fault),
                     ATR_ERR_STATE);
    assert_int_equal(
        atr_tcp_connect(&ends[0], "127.0.0.1", port, 30000, &fault), ATR_OK);
    assert_int_equal(atr_tcp_accept(&ends[1], listener, &fault), ATR_OK);
    close(listener);
}

static void wait_for(int fd, short events)
{
    struct pollfd wait = {.fd = fd, .events = events};

    assert_int_equal(poll(&wait, 1, 60000), 1);
}

static void both_ways_and_to_the_end(void **state)
{
    uint8_t bytes[16];
    int ends[2];
    size_t len;

    (void)state;
    pair(ends);
    for (int from = 0; from < 2; from++) {
        int to = 1 - from;

        assert_int_equal(atr_tcp_read(bytes, &len, sizeof bytes, ends[to]),
                         ATR_ERR_STATE);
        assert_int_equal(
            atr_tcp_write(&len, ends[from], ATR_LITERAL("hello")), ATR_OK);
        assert_int_equal(len, 5);
        wait_for(ends[to], POLLIN);
        assert_int_equal(atr_tcp_read(bytes, &len, sizeof bytes, ends[to]),
                         ATR_OK);
        assert_int_equal(len, 5);
        assert_memory_equal(bytes, "hello", 5);
    }
    atr_tcp_end(ends[0]); /* the other direction stays */
    wait_for(ends[1], POLLIN);
    assert_int_equal(atr_tcp_read(bytes, &len, sizeof bytes, ends[1]), ATR_OK);
    assert_int_equal(len, 0);
    assert_int_equal(atr_tcp_write(&len, ends[1], ATR_LITERAL("yes")), ATR_OK);
    assert_int_equal(atr_tcp_write(&len, ends[0], ATR_LITERAL("no")),
                     ATR_ERR_IO); /* and no signal */
    close(ends[0]);
    close(ends[1]);
}

static void a_full_connection_takes_nothing(void **state)
{
    static const uint8_t block[65536];
    size_t sent = 0;
    size_t len;
    int ends[2];
    atr_err err;

    (void)state;
    pair(ends);
    while ((err = atr_tcp_write(&len, ends[0], ATR_BYTES(block))) == ATR_OK) {
        sent += len;
        assert_true(sent < (1u << 30));
    }
    assert_int_equal(err, ATR_ERR_STATE);
    assert_int_equal(len, 0);
    close(ends[1]);
    close(ends[0]);
}

static void what_cannot_be(void **state)
{
    uint16_t port = 0;
    uint16_t other;
    atr_fault fault;
    int listener;
    int fd;

    (void)state;
    assert_int_equal(atr_tcp_listen(&fd, "not an address", &port, &fault),
                     ATR_ERR_INPUT);
    assert_int_equal(fd, -1);
    assert_int_equal(atr_tcp_listen(&listener, "127.0.0.1", &port, &fault),
                     ATR_OK);
    other = port;
    assert_int_equal(atr_tcp_listen(&fd, "127.0.0.1", &other, &fault),
                     ATR_ERR_IO); /* taken */
    close(listener);
    assert_int_equal(atr_tcp_connect(&fd, "127.0.0.1", port, 30000, &fault),
                     ATR_ERR_IO); /* nobody there */
    assert_int_equal(fd, -1);
    assert_int_equal(atr_tcp_connect(&fd, "", 1, 1000, &fault), ATR_ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_and_to_the_end),
        cmocka_unit_test(a_full_connection_takes_nothing),
        cmocka_unit_test(what_cannot_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
