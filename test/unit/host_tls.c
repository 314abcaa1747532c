/* host_tls.c - certificates and keys on disk, and the heads of answers. */
#include <sys/stat.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/file.h"
#include "host/head.h"
#include "host/tls.h"
#include "kit/kit.h"

static char folder[64];
static char cert[96];
static char key[96];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/atr-tls-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(cert, sizeof cert, "%s/crt", folder);
    snprintf(key, sizeof key, "%s/key", folder);
    return 0;
}

static int drop_folder(void **state)
{
    (void)state;
    unlink(cert);
    unlink(key);
    return rmdir(folder);
}

static void made(void **state)
{
    atr_tls *tls;
    atr_tls *again;
    atr_fault fault = {""};
    uint8_t pin[ATR_PIN_BYTES];
    uint8_t pin2[ATR_PIN_BYTES];
    struct stat st;
    uint64_t years;

    (void)state;
    assert_int_equal(atr_tls_make_cert(cert, key, "hall.example.org", &fault),
                     ATR_OK);
    assert_int_equal(stat(key, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(atr_tls_make_cert(cert, key, "x", &fault),
                     ATR_ERR_STATE);
    assert_int_equal(atr_tls_server_open(&tls, cert, key, &fault), ATR_OK);
    assert_int_equal(atr_tls_server_open(&again, cert, key, &fault), ATR_OK);
    atr_tls_pin(pin, tls);
    atr_tls_pin(pin2, again);
    assert_memory_equal(pin, pin2, sizeof pin);
    years = (atr_tls_expires_at(tls) - atr_clock_wall_ms()) / 1000 / 3600 /
            24 / 365;
    assert_int_equal(years, 10);
    atr_tls_close(tls);
    atr_tls_close(again);
    atr_tls_close(NULL);
}

static void names(void **state)
{
    static const char *const bad[] = {"", "a b", "a,IP:1.2.3.4", "a\n", "*",
                                      "\xc3\xa9"};
    static const char *const good[] = {"::1", "10.0.0.1", "a-b.example"};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(atr_tls_make_cert(cert, key, bad[i], NULL),
                         ATR_ERR_INPUT);
        assert_false(atr_path_exists(cert));
        assert_false(atr_path_exists(key));
    }
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(atr_tls_make_cert(cert, key, good[i], NULL), ATR_OK);
        unlink(cert);
        unlink(key);
    }
}

static void refused(atr_err err, const char *words)
{
    atr_tls *tls;
    atr_fault fault = {""};

    assert_int_equal(atr_tls_server_open(&tls, cert, key, &fault), err);
    assert_null(tls);
    if (strstr(fault.text, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", fault.text, words);
    }
}

static void damaged(void **state)
{
    char other[128];
    atr_file file;

    (void)state;
    refused(ATR_ERR_IO, cert);
    assert_int_equal(atr_tls_make_cert(cert, key, "a", NULL), ATR_OK);
    assert_int_equal(chmod(key, 0644), 0);
    refused(ATR_ERR_STATE, key);
    assert_int_equal(chmod(key, 0600), 0);
    unlink(key);
    refused(ATR_ERR_IO, key);
    assert_int_equal(atr_file_write(key, ATR_LITERAL("-----BEGIN nothing"),
                                    0600, ATR_FILE_NEW, NULL), ATR_OK);
    refused(ATR_ERR_INPUT, "not a PEM key");
    unlink(key);
    /* The key of another certificate. */
    snprintf(other, sizeof other, "%s/other", folder);
    assert_int_equal(atr_tls_make_cert(other, key, "a", NULL), ATR_OK);
    unlink(other);
    refused(ATR_ERR_INPUT, key);
    assert_int_equal(atr_file_read(&file, cert, 10000, NULL), ATR_OK);
    assert_int_equal(atr_file_write(cert,
                                    (atr_bytes){file.data, file.len / 2},
                                    0644, ATR_FILE_REPLACE, NULL), ATR_OK);
    atr_file_wipe(&file);
    refused(ATR_ERR_INPUT, "not a PEM certificate");
}

/* --- heads ---------------------------------------------------------------- */

static atr_err parse(atr_head *head, const char *text)
{
    size_t used = 7;
    size_t len = strlen(text);
    /* In a block of its own, to be watched by the sanitizer. */
    uint8_t *copy = malloc(len + 1);
    atr_err err;

    memcpy(copy, text, len);
    err = atr_head_parse(head, &used, (atr_bytes){copy, len});
    assert_true(err == ATR_OK ? used <= len : used == 0);
    head->lines = (atr_bytes){NULL, 0};
    free(copy);
    return err;
}

static void heads(void **state)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nA: b \r\n"
                               "content-LENGTH:\t12\r\nE:\r\na: c\r\n\r\nbody";
    atr_head head;
    size_t used;
    unsigned count;
    uint64_t len;
    atr_bytes value;

    (void)state;
    assert_int_equal(atr_head_parse(&head, &used, ATR_LITERAL(text)), ATR_OK);
    assert_int_equal(head.status, 200);
    assert_int_equal(used, strlen(text) - 4);
    value = atr_head_value(&count, &head, "a");
    assert_int_equal(count, 2);
    assert_true(atr_head_is(value, "B"));
    assert_false(atr_head_is(value, "bb"));
    value = atr_head_value(&count, &head, "E");
    assert_int_equal(count, 1);
    assert_int_equal(value.len, 0);
    (void)atr_head_value(&count, &head, "nothing");
    assert_int_equal(count, 0);
    assert_int_equal(atr_head_length(&len, &head), ATR_OK);
    assert_int_equal(len, 12);
    assert_int_equal(parse(&head, "HTTP/1.0 404\r\n\r\n"), ATR_OK);
    assert_int_equal(head.status, 404);
    for (size_t i = 0; i < used - 1; i++) { /* every beginning of it */
        size_t at;

        assert_int_equal(atr_head_parse(&head, &at,
                                        (atr_bytes){(const uint8_t *)text, i}),
                         ATR_ERR_STATE);
    }
}

static void bad_heads(void **state)
{
    static const char *const bad[] = {
        "HTTP/2 200 OK\r\n\r\n",       "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n",     "HTTP/1.1 600 OK\r\n\r\n",
        "HTTP/1.1 2000\r\n\r\n",       "SSH-2.0-x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA\r\n\r\n", "HTTP/1.1 200 OK\r\n: b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n",
        "HTTP/1.1 200 OK\r\nA: \x01\r\n\r\n",
    };
    static char large[ATR_HEAD_BYTES_MAX + 100];
    atr_head head;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (parse(&head, bad[i]) != ATR_ERR_INPUT) {
            fail_msg("accepted: %s", bad[i]);
        }
    }
    memset(large, 'x', sizeof large - 1);
    assert_int_equal(parse(&head, large), ATR_ERR_LIMIT);
    memcpy(large, "HTTP/1.1 200 OK\r\nA:", 19);
    memcpy(large + sizeof large - 6, "\r\n\r\n", 5);
    assert_int_equal(parse(&head, large), ATR_ERR_LIMIT);
}

static void lengths(void **state)
{
    static const struct {
        const char *text;
        atr_err err;
    } cases[] = {
        {"", ATR_ERR_STATE},
        {"Content-Length: \r\n", ATR_ERR_INPUT},
        {"Content-Length: -1\r\n", ATR_ERR_INPUT},
        {"Content-Length: 1 2\r\n", ATR_ERR_INPUT},
        {"Content-Length: 1,1\r\n", ATR_ERR_INPUT},
        {"Content-Length: 99999999999999999999\r\n", ATR_ERR_INPUT},
        {"Content-Length: 1\r\nContent-Length: 1\r\n", ATR_ERR_INPUT},
        {"Content-Length: 0\r\n", ATR_OK},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[200];
        atr_head head;
        size_t used;
        uint64_t len;

        snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\n%s\r\n",
                 cases[i].text);
        assert_int_equal(
            atr_head_parse(&head, &used,
                           (atr_bytes){(const uint8_t *)text, strlen(text)}),
            ATR_OK);
        assert_int_equal(atr_head_length(&len, &head), cases[i].err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(made, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(names, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(damaged, make_folder, drop_folder),
        cmocka_unit_test(heads),
        cmocka_unit_test(bad_heads),
        cmocka_unit_test(lengths),
    };

    return cmocka_run_group_tests_name("host_tls", tests, NULL, NULL);
}
