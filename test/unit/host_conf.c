/* host_conf.c - configuration: values, errors with file and line, variables,
 * and a printed default that reads back as itself. */
#include <sys/stat.h>
#include <unistd.h>

#include "host/conf.h"
#include "kit/kit.h"

static const atr_conf_key keys[] = {
    {"listen", "address", ATR_CONF_TEXT, "127.0.0.1", 0, 0, "Where.\nTwice."},
    {"listen", "port", ATR_CONF_NUMBER, "7000", 1, 65535, "Port."},
    {"limits", "unsent-max", ATR_CONF_SIZE, "1 MiB", 1024, 1u << 30, "Most."},
    {"limits", "grace", ATR_CONF_TIME, "30 s", 0, 0, "Time."},
    {"limits", "name", ATR_CONF_TEXT, " # x", 0, 0, "Odd."},
    {"log", "json", ATR_CONF_FLAG, "no", 0, 0, "Form."},
};

#define KEY_COUNT (sizeof keys / sizeof keys[0])

static atr_conf *fresh(void)
{
    atr_conf *conf;

    assert_int_equal(atr_conf_open(&conf, keys, KEY_COUNT), ATR_OK);
    return conf;
}

static atr_err parse(atr_conf *conf, const char *text, atr_fault *fault)
{
    return atr_conf_parse(
        conf, "x.conf", (atr_bytes){(const uint8_t *)text, strlen(text)},
        fault);
}

static void presets(void **state)
{
    atr_conf *conf = fresh();

    (void)state;
    assert_string_equal(atr_conf_text(conf, "listen", "address"),
                        "127.0.0.1");
    assert_int_equal(atr_conf_number(conf, "listen", "port"), 7000);
    assert_int_equal(atr_conf_number(conf, "limits", "unsent-max"), 1 << 20);
    assert_int_equal(atr_conf_number(conf, "limits", "grace"), 30000);
    assert_string_equal(atr_conf_text(conf, "limits", "name"), " # x");
    assert_false(atr_conf_flag(conf, "log", "json"));
    atr_conf_close(conf);
    atr_conf_close(NULL);
}

static void values(void **state)
{
    atr_conf *conf = fresh();
    atr_fault fault = {""};

    (void)state;
    assert_int_equal(parse(conf,
                           "# a comment\r\n"
                           "\n"
                           "[ listen ]\n"
                           "port = 1_024 # with a comment\n"
                           "  address=::1#not a comment\n"
                           "[limits]\n"
                           "unsent-max = 2KiB\n"
                           "grace = 2 d\n"
                           "name = \"a # b\" # c\n"
                           "[log]\n"
                           "json = Yes",
                           &fault),
                     ATR_OK);
    assert_int_equal(atr_conf_number(conf, "listen", "port"), 1024);
    assert_string_equal(atr_conf_text(conf, "listen", "address"),
                        "::1#not a comment");
    assert_int_equal(atr_conf_number(conf, "limits", "unsent-max"), 2048);
    assert_int_equal(atr_conf_number(conf, "limits", "grace"), 172800000);
    assert_string_equal(atr_conf_text(conf, "limits", "name"), "a # b");
    assert_true(atr_conf_flag(conf, "log", "json"));
    /* A later file overrides. */
    assert_int_equal(parse(conf, "[listen]\nport=9\n[limits]\ngrace=0\n"
                                 "name=\n", &fault), ATR_OK);
    assert_int_equal(atr_conf_number(conf, "listen", "port"), 9);
    assert_int_equal(atr_conf_number(conf, "limits", "grace"), 0);
    assert_string_equal(atr_conf_text(conf, "limits", "name"), "");
    atr_conf_close(conf);
}

static void errors(void **state)
{
    static const struct {
        const char *text;
        const char *says;
    } bad[] = {
        {"[listen]\nprot = 1", "line 2: unknown key prot"},
        {"[lisen]\n", "line 1: unknown section [lisen]"},
        {"port = 1", "line 1: a key before"},
        {"[listen]\n\nport = 0", "line 3: port = 0: must be from 1 to 65535"},
        {"[listen]\nport = 65536", "must be from"},
        {"[listen]\nport = 7x", "needs a number"},
        {"[listen]\nport = -1", "needs a number"},
        {"[listen]\nport =", "needs a number"},
        {"[listen]\nport = 1_", "needs a number"},
        {"[listen]\nport = _1", "needs a number"},
        {"[listen]\nport = 1\nport = 2", "line 3: port for the second time"},
        {"[listen]\nport = 1\n[log]\n[listen]\nport = 1", "second time"},
        {"[listen]\nport", "neither"},
        {"[listen\n", "brackets"},
        {"[]\n", "brackets"},
        {"[listen] port = 1\n", "brackets"},
        {"[listen]\n= 1\n", "one word"},
        {"[listen]\nPort = 1\n", "one word"},
        {"[limits]\nname = \"a", "quote is not closed"},
        {"[limits]\nname = \"a\" b", "follows"},
        {"[limits]\nname = a\x01" "b", "control character"},
        {"[limits]\ngrace = 5", "a time such as"},
        {"[limits]\ngrace = 5 KiB", "a time such as"},
        {"[limits]\nunsent-max = 5 s", "a size such as"},
        {"[limits]\nunsent-max = 9223372036854775807 GiB", "a size"},
        {"[limits]\nunsent-max = 99999999999999999999 B", "a size"},
        {"[log]\njson = maybe", "yes or no"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        atr_conf *conf = fresh();
        atr_fault fault = {""};

        if (parse(conf, bad[i].text, &fault) != ATR_ERR_INPUT ||
            strstr(fault.text, bad[i].says) == NULL ||
            strstr(fault.text, "x.conf line ") == NULL) {
            fail_msg("%s\n  gives \"%s\", not \"%s\"", bad[i].text,
                     fault.text, bad[i].says);
        }
        atr_conf_close(conf);
    }
}

static void too_long(void **state)
{
    atr_conf *conf = fresh();
    char *text = malloc(ATR_CONF_BYTES_MAX + 100);
    atr_fault fault;

    (void)state;
    strcpy(text, "[limits]\nname = ");
    memset(text + strlen(text), 'x', 2000);
    text[2000] = 0;
    assert_int_equal(parse(conf, text, &fault), ATR_ERR_INPUT);
    memset(text, '\n', ATR_CONF_BYTES_MAX + 1);
    text[ATR_CONF_BYTES_MAX + 1] = 0;
    assert_int_equal(parse(conf, text, &fault), ATR_ERR_LIMIT);
    assert_int_equal(atr_conf_parse(conf, "nul",
                                    (atr_bytes){(const uint8_t *)"a\0b", 3},
                                    &fault), ATR_ERR_INPUT);
    free(text);
    atr_conf_close(conf);
}

static void variables(void **state)
{
    atr_conf *conf = fresh();
    atr_fault fault = {""};

    (void)state;
    setenv("ATTRIUM_T__LISTEN__PORT", "81", 1);
    setenv("ATTRIUM_T__LIMITS__UNSENT_MAX", "4 KiB", 1);
    setenv("ATTRIUM_TX__LISTEN__PORT", "82", 1);
    assert_int_equal(atr_conf_read_env(conf, "ATTRIUM_T", &fault), ATR_OK);
    assert_int_equal(atr_conf_number(conf, "listen", "port"), 81);
    assert_int_equal(atr_conf_number(conf, "limits", "unsent-max"), 4096);
    setenv("ATTRIUM_T__LISTEN__PORT", "x", 1);
    assert_int_equal(atr_conf_read_env(conf, "ATTRIUM_T", &fault),
                     ATR_ERR_INPUT);
    assert_non_null(strstr(fault.text, "ATTRIUM_T__LISTEN__PORT"));
    setenv("ATTRIUM_T__LISTEN__PORT", "1", 1);
    setenv("ATTRIUM_T__LISTEN__PROT", "1", 1);
    assert_int_equal(atr_conf_read_env(conf, "ATTRIUM_T", &fault),
                     ATR_ERR_INPUT);
    assert_non_null(strstr(fault.text, "ATTRIUM_T__LISTEN__PROT"));
    unsetenv("ATTRIUM_T__LISTEN__PROT");
    assert_int_equal(atr_conf_set(conf, "listen", "port", "5", &fault),
                     ATR_OK);
    assert_int_equal(atr_conf_number(conf, "listen", "port"), 5);
    assert_int_equal(atr_conf_set(conf, "listen", "prot", "5", &fault),
                     ATR_ERR_INPUT);
    atr_conf_close(conf);
}

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[200];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void folders(void **state)
{
    char folder[] = "/tmp/atr-conf-XXXXXX";
    char path[200];
    atr_conf *conf = fresh();
    atr_fault fault = {""};

    (void)state;
    assert_non_null(mkdtemp(folder));
    write_file(folder, "20.conf", "[listen]\nport = 20\n");
    write_file(folder, "10.conf", "[listen]\nport = 10\naddress = a\n");
    write_file(folder, "30.conf~", "[listen]\nport = 30\n");
    assert_int_equal(atr_conf_read_folder(conf, folder, &fault), ATR_OK);
    assert_int_equal(atr_conf_number(conf, "listen", "port"), 20);
    assert_string_equal(atr_conf_text(conf, "listen", "address"), "a");
    write_file(folder, "10.conf", "[listen]\npor = 10\n");
    assert_int_equal(atr_conf_read_folder(conf, folder, &fault),
                     ATR_ERR_INPUT);
    assert_non_null(strstr(fault.text, "10.conf line 2"));
    unlink((snprintf(path, sizeof path, "%s/10.conf", folder), path));
    unlink((snprintf(path, sizeof path, "%s/20.conf", folder), path));
    unlink((snprintf(path, sizeof path, "%s/30.conf~", folder), path));
    rmdir(folder);
    assert_int_equal(atr_conf_read_folder(conf, folder, &fault), ATR_OK);
    assert_int_equal(atr_conf_read(conf, folder, &fault), ATR_ERR_IO);
    atr_conf_close(conf);
}

/* With its comment signs removed the default file sets every key to what it
 * is anyway. */
static void printed(void **state)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    atr_conf *conf = fresh();
    atr_fault fault = {""};

    (void)state;
    atr_conf_print_default(out, "A title.", keys, KEY_COUNT);
    fclose(out);
    assert_int_equal(parse(conf, text, &fault), ATR_OK);
    assert_non_null(strstr(text, "# A title.\n\n[listen]\n\n# Where.\n"
                                 "# Twice.\n#address = 127.0.0.1\n"));
    for (char *c = text; *c != 0; c++) {
        if (*c == '#' && c[1] != ' ' && c > text && c[-1] == '\n') {
            *c = ' ';
        }
    }
    if (parse(conf, text, &fault) != ATR_OK) {
        fail_msg("%s", fault.text);
    }
    assert_string_equal(atr_conf_text(conf, "limits", "name"), " # x");
    assert_int_equal(atr_conf_number(conf, "limits", "unsent-max"), 1 << 20);
    free(text);
    atr_conf_close(conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(presets),   cmocka_unit_test(values),
        cmocka_unit_test(errors),    cmocka_unit_test(too_long),
        cmocka_unit_test(variables), cmocka_unit_test(folders),
        cmocka_unit_test(printed),
    };

    return cmocka_run_group_tests_name("host_conf", tests, NULL, NULL);
}
