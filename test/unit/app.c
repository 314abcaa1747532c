/* What the three programs share: command lines, text for people, armour,
 * locked files, addresses. */
#include "kit/kit.h"

#include <fcntl.h>
#include <unistd.h>

#include "app/address.h"
#include "app/armour.h"
#include "app/cli.h"
#include "app/locked.h"

/* --- command lines -------------------------------------------------------- */

static struct {
    int runs;
    bool json;
    bool all;
    char name[64];
    char second[64];
    uint64_t number;
    size_t operands;
    char operand[64];
} seen;

static int run_thing(const atr_cli *cli)
{
    const char *name = atr_cli_value(cli, "name");
    const char *second = atr_cli_value_at(cli, "name", 1);

    seen.runs++;
    seen.json = cli->json;
    seen.all = atr_cli_has(cli, "all");
    snprintf(seen.name, sizeof seen.name, "%s", name ? name : "");
    snprintf(seen.second, sizeof seen.second, "%s", second ? second : "");
    seen.operands = cli->operand_count;
    snprintf(seen.operand, sizeof seen.operand, "%s",
             cli->operand_count ? cli->operands[0] : "");
    seen.number = 7;
    return atr_cli_number(&seen.number, cli, "number", 1, 100)
               ? ATR_EXIT_DONE
               : ATR_EXIT_USAGE;
}

static int run_denied(const atr_cli *cli)
{
    return atr_cli_fail(cli, ATR_EXIT_DENIED, "not \x1b[2J allowed");
}

static const atr_cli_option options[] = {
    {"name", 'n', "NAME", "a name"},
    {"number", 0, "N", "a number"},
    {"all", 'a', NULL, "everything"},
    {"json", 0, NULL, "JSON"},
};

static const atr_cli_command commands[] = {
    {"thing make", "[FILE...]", "two words", options, 4, 0, 2, run_thing},
    {"thing", "FILE", "one word", options, 4, 1, 1, run_thing},
    {"denied", "", "fails", options, 4, 0, 0, run_denied},
};

static const atr_cli_program program = {"test", "a test", commands, 3, NULL,
                                        false};

/* Runs a command line with both outputs in `out` and `err`. */
static int call(char out[4096], char err[4096], const char *const *words)
{
    char *argv[16] = {(char[]){"test"}};
    char copies[16][64];
    int saved[2] = {dup(1), dup(2)};
    int pipes[2][2];
    int argc = 1;
    int code;

    for (; words[argc - 1]; argc++) {
        snprintf(copies[argc], sizeof copies[argc], "%s", words[argc - 1]);
        argv[argc] = copies[argc];
    }
    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pipe(pipes[i]), 0);
        assert_true(dup2(pipes[i][1], i + 1) >= 0);
        close(pipes[i][1]);
    }
    memset(&seen, 0, sizeof seen);
    code = atr_cli_main(&program, argc, argv);
    fflush(stdout);
    for (int i = 0; i < 2; i++) {
        char *to = i == 0 ? out : err;
        ssize_t len;

        assert_true(dup2(saved[i], i + 1) >= 0);
        close(saved[i]);
        len = read(pipes[i][0], to, 4095);
        to[len > 0 ? len : 0] = 0;
        close(pipes[i][0]);
    }
    return code;
}

#define CALL(...) call(out, err, (const char *const[]){__VA_ARGS__, NULL})

static void options_are_taken(void **state)
{
    char out[4096];
    char err[4096];

    (void)state;
    assert_int_equal(CALL("thing", "file"), 0);
    assert_int_equal(seen.runs, 1);
    assert_string_equal(seen.operand, "file");
    assert_string_equal(seen.name, "");
    assert_int_equal(CALL("thing", "-n", "x", "file", "-a"), 0);
    assert_true(seen.all);
    assert_string_equal(seen.name, "x");
    assert_int_equal(CALL("thing", "--name=x", "--name", "y", "f"), 0);
    assert_string_equal(seen.name, "y");
    assert_string_equal(seen.second, "y");
    assert_int_equal(CALL("thing", "-ny", "--", "-a"), 0);
    assert_false(seen.all);
    assert_string_equal(seen.operand, "-a");
    assert_int_equal(CALL("thing", "make", "--number", "100"), 0);
    assert_int_equal(seen.number, 100);
    assert_int_equal(seen.operands, 0);
    assert_int_equal(CALL("thing", "make", "a", "b", "--json"), 0);
    assert_true(seen.json);
    assert_int_equal(CALL("thing", "--", "--json"), 0);
    assert_false(seen.json);
    assert_string_equal(err, "");
}

static void usage_is_checked(void **state)
{
    static const char *const bad[][5] = {
        {"nothing"}, {"thing"}, {"thing", "a", "b"},
        {"thing", "make", "a", "b", "c"}, {"thing", "--nothing", "a"},
        {"thing", "-x", "a"}, {"thing", "a", "--name"}, {"thing", "a", "-n"},
        {"thing", "--all=1", "a"}, {"thing", "--number", "0", "a"},
        {"thing", "--number", "101", "a"}, {"thing", "--number", "1x", "a"},
        {"thing", "--number", "-1", "a"}, {"thing", "--number", " 1", "a"},
        {"thing", "--number", "99999999999999999999", "a"},
        {"thing", "--number", "", "a"}, {"help", "nothing"}, {""},
    };
    char out[4096];
    char err[4096];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *words[6] = {0};

        memcpy(words, bad[i], sizeof bad[i]);
        assert_int_equal(call(out, err, words), ATR_EXIT_USAGE);
        assert_string_equal(out, "");
        assert_true(strncmp(err, "test: ", 6) == 0);
        assert_non_null(strstr(err, "try 'test help"));
    }
}

static void failures_are_one_line(void **state)
{
    char out[4096];
    char err[4096];

    (void)state;
    assert_int_equal(CALL("denied"), ATR_EXIT_DENIED);
    assert_string_equal(err, "test: not ?[2J allowed\n");
    assert_int_equal(CALL("denied", "--json"), ATR_EXIT_DENIED);
    assert_string_equal(err, "{\"error\": {\"code\": \"POLICY_UNSATISFIED\", "
                             "\"message\": \"not ?[2J allowed\"}}\n");
    assert_int_equal(CALL("thing", "--json", "--nothing"), ATR_EXIT_USAGE);
    assert_true(strncmp(err, "{\"error\": {\"code\": \"USAGE\"", 26) == 0);
}

static void help_shows_all(void **state)
{
    char out[4096];
    char err[4096];

    (void)state;
    assert_int_equal(CALL("--help"), 0);
    assert_non_null(strstr(out, "thing make"));
    assert_int_equal(CALL("help", "thing", "make"), 0);
    assert_non_null(strstr(out, "-n, --name NAME"));
    assert_non_null(strstr(out, "--json"));
    assert_int_equal(CALL("thing", "make", "-h"), 0);
    assert_int_equal(seen.runs, 0);
    assert_int_equal(CALL("--version"), 0);
    assert_true(strncmp(out, "test ", 5) == 0);
}

/* --- text for people --------------------------------------------------------
 */

static void others_text_is_harmless(void **state)
{
    static const char *const cases[][2] = {
        {"plain", "plain"},
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
         "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"a\x1b[31mb", "a?[31mb"},
        {"a\tb\nc\rd\x7f", "a?b?c?d?"},
        {"a\xc2\x9b" "b", "a?b"},              /* C1 */
        {"a\xe2\x80\xae" "b", "a?b"},          /* right-to-left override */
        {"a\xe2\x80\x8b" "b", "a?b"},          /* zero width space */
        {"a\xef\xbb\xbf" "b", "a?b"},          /* byte order mark */
        {"a\xf3\xa0\x81\x81" "b", "a?b"},      /* tag letter */
        {"a\xc0\xaf" "b", "a??b"},             /* too long for "/" */
        {"a\xf5\x80\x80\x80", "a????"},        /* beyond Unicode */
        {"a\xe2\x82", "a??"},                  /* cut short */
        {"\x80\xff", "??"},
    };
    char out[64];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *in = cases[i][0];

        atr_cli_clean(out, sizeof out,
                      (atr_bytes){(const uint8_t *)in, strlen(in)});
        assert_string_equal(out, cases[i][1]);
    }
    atr_cli_clean(out, sizeof out, ATR_LITERAL("a\xed\xa0\x80" "b"));
    assert_string_equal(out, "a?b"); /* a surrogate */
    atr_cli_clean(out, sizeof out, ATR_LITERAL("a\0b"));
    assert_string_equal(out, "a?b");
    atr_cli_clean(out, 5, ATR_LITERAL("ab\xe2\x82\xac"));
    assert_string_equal(out, "ab"); /* no half characters */
    atr_cli_clean(out, 6, ATR_LITERAL("ab\xe2\x82\xac"));
    assert_string_equal(out, "ab\xe2\x82\xac");
    atr_cli_clean(out, 1, ATR_LITERAL("ab"));
    assert_string_equal(out, "");
}

/* --- armour
 * -------------------------------------------------------------------- */

static void hexadecimal(void **state)
{
    uint8_t bytes[4];
    char text[9];

    (void)state;
    assert_int_equal(atr_hex_read(bytes, 4, "00ff1A2b"), ATR_OK);
    atr_hex_write(text, ATR_BYTES(bytes));
    assert_string_equal(text, "00ff1a2b");
    assert_int_equal(atr_hex_read(bytes, 4, "00ff1a2"), ATR_ERR_INPUT);
    assert_int_equal(atr_hex_read(bytes, 4, "00ff1a2b0"), ATR_ERR_INPUT);
    assert_int_equal(atr_hex_read(bytes, 4, "00ff1a2g"), ATR_ERR_INPUT);
    assert_int_equal(atr_hex_read(bytes, 4, "00 f1a2b"), ATR_ERR_INPUT);
}

static void base64(void **state)
{
    static const char *const bad[] = {"A",    "AA",      "AAA", "AA=A", "AA==A",
                                      "AA= ", " AAAA",   "AAAA\n", "-_AA",
                                      "AB==", "A===", "====", "AAAA="};
    uint8_t bytes[6];
    char text[ATR_BASE64_TEXT_MAX(6)];
    size_t len;

    (void)state;
    assert_int_equal(atr_base64_read(bytes, &len, 6, "aGk="), ATR_OK);
    assert_int_equal(len, 2);
    assert_memory_equal(bytes, "hi", 2);
    atr_base64_write(text, ATR_LITERAL("foobar"));
    assert_string_equal(text, "Zm9vYmFy");
    assert_int_equal(atr_base64_read(bytes, &len, 6, ""), ATR_OK);
    assert_int_equal(len, 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(atr_base64_read(bytes, &len, 6, bad[i]),
                         ATR_ERR_INPUT);
        assert_int_equal(len, 0);
    }
    assert_int_equal(atr_base64_read(bytes, &len, 5, "Zm9vYmFy"),
                     ATR_ERR_LIMIT);
}

static void fingerprints(void **state)
{
    uint8_t hash[32];
    uint8_t got[32];
    char text[ATR_FINGERPRINT_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < 32; i++) {
        hash[i] = (uint8_t)(i * 7);
    }
    atr_fingerprint_write(text, hash);
    assert_int_equal(strlen(text), 79);
    assert_true(strncmp(text, "0007 0e15 ", 10) == 0);
    assert_int_equal(atr_fingerprint_read(got, text), ATR_OK);
    assert_memory_equal(got, hash, 32);
    text[4] = ':';
    assert_int_equal(atr_fingerprint_read(got, text), ATR_OK);
    text[4] = 'x';
    assert_int_equal(atr_fingerprint_read(got, text), ATR_ERR_INPUT);
    assert_int_equal(atr_fingerprint_read(got, "0007"), ATR_ERR_INPUT);
}

static void armoured_files(void **state)
{
    uint8_t bytes[300];
    uint8_t got[300];
    char text[600];
    char damaged[600];
    size_t len;

    (void)state;
    for (size_t size = 0; size < 200; size++) {
        memset(bytes, (int)size, sizeof bytes);
        atr_armour_write(text, ATR_ARMOUR_KEY, (atr_bytes){bytes, size});
        assert_int_equal(strlen(text) + 1,
                         atr_armour_len(ATR_ARMOUR_KEY, size));
        assert_int_equal(atr_armour_read(got, &len, sizeof got, ATR_ARMOUR_KEY,
                                         (atr_bytes){(uint8_t *)text,
                                                     strlen(text)}),
                         ATR_OK);
        assert_int_equal(len, size);
        assert_memory_equal(got, bytes, size);
    }
    /* Cut anywhere before its last newline, or of another kind: refused. */
    for (size_t cut = 20; cut + 1 < strlen(text); cut++) {
        assert_int_equal(atr_armour_read(got, &len, sizeof got, ATR_ARMOUR_KEY,
                                         (atr_bytes){(uint8_t *)text, cut}),
                         ATR_ERR_INPUT);
    }
    assert_int_equal(atr_armour_read(got, &len, sizeof got,
                                     ATR_ARMOUR_REQUEST,
                                     (atr_bytes){(uint8_t *)text,
                                                 strlen(text)}),
                     ATR_ERR_INPUT);
    memcpy(damaged, text, sizeof damaged);
    damaged[40] = '!';
    assert_int_equal(atr_armour_read(got, &len, sizeof got, ATR_ARMOUR_KEY,
                                     (atr_bytes){(uint8_t *)damaged,
                                                 strlen(damaged)}),
                     ATR_ERR_INPUT);
    assert_int_equal(atr_armour_read(got, &len, 10, ATR_ARMOUR_KEY,
                                     (atr_bytes){(uint8_t *)text,
                                                 strlen(text)}),
                     ATR_ERR_LIMIT);
    assert_int_equal(atr_armour_read(got, &len, sizeof got, ATR_ARMOUR_KEY,
                                     ATR_LITERAL("ATRKEY plain")),
                     ATR_OK); /* not armoured: as it is */
    assert_int_equal(len, 12);
}

/* --- locked files ------------------------------------------------------------
 */

static void locked_files(void **state)
{
    uint8_t file[5 + ATR_LOCKED_EXTRA_BYTES];
    uint8_t got[5];
    atr_rng rng;

    (void)state;
    kit_rng(&rng, 3);
    assert_int_equal(atr_locked_seal(file, ATR_LITERAL("pass"),
                                     ATR_LITERAL("hello"), &rng),
                     ATR_OK);
    assert_true(atr_locked_is(ATR_BYTES(file)));
    assert_int_equal(atr_locked_open(got, ATR_LITERAL("pass"),
                                     ATR_BYTES(file)),
                     ATR_OK);
    assert_memory_equal(got, "hello", 5);
    assert_int_equal(atr_locked_open(got, ATR_LITERAL("word"),
                                     ATR_BYTES(file)),
                     ATR_ERR_AUTH);
    assert_memory_equal(got, "\0\0\0\0\0", 5);
    file[sizeof file - 1] ^= 1;
    assert_int_equal(atr_locked_open(got, ATR_LITERAL("pass"),
                                     ATR_BYTES(file)),
                     ATR_ERR_AUTH);
    /* Headers that ask for absurd work are refused before it is done. */
    file[8] = 0xff;
    assert_int_equal(atr_locked_open(got, ATR_LITERAL("pass"),
                                     ATR_BYTES(file)),
                     ATR_ERR_INPUT);
    file[8] = 0;
    file[12] = 0xff;
    assert_int_equal(atr_locked_open(got, ATR_LITERAL("pass"),
                                     ATR_BYTES(file)),
                     ATR_ERR_INPUT);
    for (size_t len = 0; len < ATR_LOCKED_EXTRA_BYTES; len++) {
        assert_int_equal(atr_locked_open(got, ATR_LITERAL("pass"),
                                         (atr_bytes){file, len}),
                         ATR_ERR_INPUT);
    }
}

/* --- addresses
 * ------------------------------------------------------------------ */

static void addresses(void **state)
{
    static const char *const bad[] = {
        "", "https://", "http://a:1", "a:1", "https://a", "https://a:0x1",
        "https://a:99999", "https://a:1#12", "https://a b:1",
        "attrium://a:1"};
    char text[ATR_LINK_TEXT_MAX];
    char long_text[2000];
    atr_link link;
    atr_fault fault;

    (void)state;
    assert_int_equal(atr_address_parse(&link, "https://kms.example:7001/",
                                       &fault),
                     ATR_OK);
    assert_string_equal(link.host, "kms.example");
    assert_int_equal(link.port, 7001);
    assert_false(link.has_pin);
    link.has_pin = true;
    assert_int_equal(atr_address_format(text, &link), ATR_OK);
    assert_int_equal(atr_address_parse(&link, text, &fault), ATR_OK);
    assert_true(link.has_pin);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(atr_address_parse(&link, bad[i], &fault),
                         ATR_ERR_INPUT);
    }
    memset(long_text, 'a', sizeof long_text);
    memcpy(long_text, "https://", 8);
    long_text[sizeof long_text - 1] = 0;
    assert_int_equal(atr_address_parse(&link, long_text, &fault),
                     ATR_ERR_INPUT);
}

static void listeners(void **state)
{
    static const struct {
        const char *text;
        const char *address;
        int port; /* -1: refused */
    } cases[] = {
        {"127.0.0.1:7000", "127.0.0.1", 7000}, {":0", "", 0},
        {"[::1]:65535", "::1", 65535},         {"host:1", "host", 1},
        {"::1:7000", "", -1},                  {"127.0.0.1", "", -1},
        {"127.0.0.1:", "", -1},                {"127.0.0.1:65536", "", -1},
        {"127.0.0.1:-1", "", -1},              {"127.0.0.1: 1", "", -1},
        {"127.0.0.1:1x", "", -1},              {"[::1:1", "", -1},
        {"[::1]", "", -1},                     {"", "", -1},
    };
    char address[ATR_LINK_HOST_MAX + 1];
    uint16_t port;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        atr_fault fault;
        atr_err err = atr_listen_parse(address, &port, cases[i].text, &fault);

        assert_int_equal(err, cases[i].port < 0 ? ATR_ERR_INPUT : ATR_OK);
        assert_string_equal(address, cases[i].address);
        assert_int_equal(port, cases[i].port < 0 ? 0 : cases[i].port);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_taken),
        cmocka_unit_test(usage_is_checked),
        cmocka_unit_test(failures_are_one_line),
        cmocka_unit_test(help_shows_all),
        cmocka_unit_test(others_text_is_harmless),
        cmocka_unit_test(hexadecimal),
        cmocka_unit_test(base64),
        cmocka_unit_test(fingerprints),
        cmocka_unit_test(armoured_files),
        cmocka_unit_test(locked_files),
        cmocka_unit_test(addresses),
        cmocka_unit_test(listeners),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
