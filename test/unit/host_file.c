/* host_file.c - files that are written whole or not at all, homes, and where
 * secrets come from. */
#include <dirent.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/file.h"
#include "host/secret.h"
#include "kit/kit.h"

static char folder[64];

static const char *in_folder(const char *name)
{
    static char paths[4][128];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, 128, "%s/%s", folder, name);
    return path;
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/atr-file-XXXXXX");
    assert_non_null(mkdtemp(folder));
    return 0;
}

static size_t count_entries(bool remove_them)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    size_t count = 0;

    while ((entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] != '.') {
            count++;
            if (remove_them) {
                char path[512];

                snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
                if (unlink(path) != 0) {
                    rmdir(path);
                }
            }
        }
    }
    closedir(dir);
    return count;
}

static int drop_folder(void **state)
{
    (void)state;
    count_entries(true);
    return rmdir(folder);
}

static void assert_file(const char *path, const char *text)
{
    atr_file file;

    assert_int_equal(atr_file_read(&file, path, 1 << 20, NULL), ATR_OK);
    assert_int_equal(file.len, strlen(text));
    assert_string_equal((char *)file.data, text);
    atr_file_wipe(&file);
    atr_file_wipe(&file);
}

static void write_and_read(void **state)
{
    const char *path = in_folder("a");
    atr_fault fault = {""};
    struct stat st;

    (void)state;
    assert_int_equal(
        atr_file_write(path, ATR_LITERAL("one"), 0600, ATR_FILE_NEW, &fault),
        ATR_OK);
    assert_file(path, "one");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(
        atr_file_write(path, ATR_LITERAL("two"), 0644, ATR_FILE_NEW, &fault),
        ATR_ERR_STATE);
    assert_non_null(strstr(fault.text, "exists"));
    assert_file(path, "one");
    assert_int_equal(atr_file_write(path, ATR_LITERAL("three"), 0644,
                                    ATR_FILE_REPLACE, &fault),
                     ATR_OK);
    assert_file(path, "three");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    assert_int_equal(count_entries(false), 1);
}

static void read_errors(void **state)
{
    atr_file file;
    atr_fault fault = {""};

    (void)state;
    assert_int_equal(atr_file_read(&file, in_folder("no"), 10, &fault),
                     ATR_ERR_IO);
    assert_non_null(strstr(fault.text, "No such file"));
    assert_null(file.data);
    assert_int_equal(atr_file_read(&file, folder, 10, &fault), ATR_ERR_IO);
    assert_int_equal(atr_file_write(in_folder("a"), ATR_LITERAL("12345"), 0600,
                                    ATR_FILE_NEW, &fault),
                     ATR_OK);
    assert_int_equal(atr_file_read(&file, in_folder("a"), 4, &fault),
                     ATR_ERR_LIMIT);
    assert_null(file.data);
    assert_int_equal(atr_file_read(&file, in_folder("a"), 5, &fault), ATR_OK);
    atr_file_wipe(&file);
    assert_int_equal(atr_file_read(&file, "/dev/zero", 100000, &fault),
                     ATR_ERR_LIMIT);
}

static void large_file(void **state)
{
    size_t len = 3000000;
    uint8_t *bytes = malloc(len);
    atr_file file;

    (void)state;
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    }
    assert_int_equal(atr_file_write(in_folder("b"), (atr_bytes){bytes, len},
                                    0600, ATR_FILE_NEW, NULL),
                     ATR_OK);
    assert_int_equal(atr_file_read(&file, in_folder("b"), len, NULL), ATR_OK);
    assert_int_equal(file.len, len);
    assert_memory_equal(file.data, bytes, len);
    atr_file_wipe(&file);
    free(bytes);
}

static void open_secrets(void **state)
{
    atr_file file;
    atr_fault fault = {""};
    const char *path = in_folder("key");

    (void)state;
    assert_int_equal(
        atr_file_write(path, ATR_LITERAL("k"), 0640, ATR_FILE_NEW, NULL),
        ATR_OK);
    assert_int_equal(atr_file_read_secret(&file, path, 10, &fault),
                     ATR_ERR_STATE);
    assert_non_null(strstr(fault.text, "0640"));
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(atr_file_read_secret(&file, path, 10, &fault), ATR_OK);
    atr_file_wipe(&file);
}

/* The system refuses more bytes in the middle: the old file stays, and no
 * other. */
static void write_fails(void **state)
{
    const char *path = in_folder("a");
    int status;
    pid_t pid;

    (void)state;
    assert_int_equal(
        atr_file_write(path, ATR_LITERAL("old"), 0600, ATR_FILE_NEW, NULL),
        ATR_OK);
    pid = fork();
    if (pid == 0) {
        static uint8_t big[200000];
        struct rlimit most = {100000, 100000};
        atr_fault fault = {""};

        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &most);
        _exit(atr_file_write(path, ATR_BYTES(big), 0600, ATR_FILE_REPLACE,
                             &fault) == ATR_ERR_IO &&
                      strstr(fault.text, "too large") != NULL
                  ? 0
                  : 1);
    }
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    assert_file(path, "old");
    assert_int_equal(count_entries(false), 1);
}

/* How many names in the folder begin so. */
static size_t count_of(const char *begin)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    size_t count = 0;

    while ((entry = readdir(dir)) != NULL) {
        count += strncmp(entry->d_name, begin, strlen(begin)) == 0;
    }
    closedir(dir);
    return count;
}

/* A writer that was killed leaves its draft, which the next one of the same
 * name deletes; that of one that lives stays, and so does every other name. */
static void drafts_of_the_dead(void **state)
{
    const char *path = in_folder("dead");
    char other[ATR_PATH_BYTES_MAX];
    atr_draft alive;
    pid_t pid;
    int status;

    (void)state;
    assert_int_equal(atr_draft_open(&alive, path, 0600, ATR_FILE_REPLACE, NULL),
                     ATR_OK);
    pid = fork();
    if (pid == 0) {
        atr_draft draft;

        if (atr_draft_open(&draft, path, 0600, ATR_FILE_REPLACE, NULL) ==
                ATR_OK &&
            atr_draft_write(&draft, ATR_LITERAL("half"), NULL) == ATR_OK) {
            (void)raise(SIGKILL);
        }
        _exit(1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(count_of("dead."), 2);
    snprintf(other, sizeof other, "%s.0123456789abcde.tmp", path);
    assert_int_equal(atr_file_write(other, ATR_LITERAL("x"), 0600,
                                    ATR_FILE_NEW, NULL), ATR_OK);
    assert_int_equal(atr_file_write(path, ATR_LITERAL("whole"), 0600,
                                    ATR_FILE_NEW, NULL), ATR_OK);
    assert_int_equal(count_of("dead."), 2); /* `alive`, and no draft */
    assert_int_equal(atr_draft_write(&alive, ATR_LITERAL("late"), NULL),
                     ATR_OK);
    assert_int_equal(atr_draft_commit(&alive, NULL), ATR_OK);
    atr_draft_drop(&alive);
    assert_int_equal(count_of("dead."), 1);
    assert_int_equal(unlink(other), 0);
}

static void drafts(void **state)
{
    atr_draft draft;
    const char *path = in_folder("d");

    (void)state;
    assert_int_equal(atr_draft_open(&draft, path, 0600, ATR_FILE_NEW, NULL),
                     ATR_OK);
    assert_int_equal(atr_draft_write(&draft, ATR_LITERAL("half"), NULL),
                     ATR_OK);
    assert_false(atr_path_exists(path));
    atr_draft_drop(&draft);
    atr_draft_drop(&draft);
    assert_int_equal(count_entries(false), 0);
    assert_int_equal(atr_draft_open(&draft, path, 0600, ATR_FILE_NEW, NULL),
                     ATR_OK);
    assert_int_equal(atr_draft_write(&draft, ATR_LITERAL("mine"), NULL),
                     ATR_OK);
    /* Somebody takes the name in the meantime: theirs stays. */
    assert_int_equal(
        atr_file_write(path, ATR_LITERAL("theirs"), 0600, ATR_FILE_NEW, NULL),
        ATR_OK);
    assert_int_equal(atr_draft_commit(&draft, NULL), ATR_ERR_STATE);
    atr_draft_drop(&draft);
    assert_file(path, "theirs");
    assert_int_equal(count_entries(false), 1);
    assert_int_equal(
        atr_draft_open(&draft, in_folder("no/d"), 0600, ATR_FILE_NEW, NULL),
        ATR_ERR_IO);
    atr_draft_drop(&draft);
}

static void sources(void **state)
{
    atr_source source;
    uint8_t bytes[4];
    size_t len;
    const char *path = in_folder("s");

    (void)state;
    assert_int_equal(
        atr_file_write(path, ATR_LITERAL("123456"), 0600, ATR_FILE_NEW, NULL),
        ATR_OK);
    assert_int_equal(atr_source_open(&source, path, NULL), ATR_OK);
    assert_int_equal(atr_source_read(bytes, &len, 4, &source, NULL), ATR_OK);
    assert_int_equal(len, 4);
    assert_int_equal(atr_source_read(bytes, &len, 4, &source, NULL), ATR_OK);
    assert_int_equal(len, 2);
    assert_memory_equal(bytes, "56", 2);
    assert_int_equal(atr_source_read(bytes, &len, 4, &source, NULL), ATR_OK);
    assert_int_equal(len, 0);
    atr_source_close(&source);
    assert_int_equal(atr_source_open(&source, folder, NULL), ATR_ERR_IO);
    assert_int_equal(atr_source_open(&source, in_folder("n"), NULL),
                     ATR_ERR_IO);
}

static void homes(void **state)
{
    char path[ATR_PATH_BYTES_MAX];
    char long_path[2000];
    struct stat st;
    atr_fault fault;

    (void)state;
    unsetenv("ATTRIUM_HOME");
    unsetenv("XDG_DATA_HOME");
    setenv("HOME", "/h", 1);
    assert_int_equal(atr_path_home(path, ATR_HOME_DATA, NULL, NULL), ATR_OK);
    assert_string_equal(path, "/h/.local/share/attrium");
    setenv("XDG_DATA_HOME", "relative", 1); /* to be ignored */
    assert_int_equal(atr_path_home(path, ATR_HOME_DATA, NULL, NULL), ATR_OK);
    assert_string_equal(path, "/h/.local/share/attrium");
    setenv("XDG_DATA_HOME", "/x", 1);
    assert_int_equal(atr_path_home(path, ATR_HOME_DATA, NULL, NULL), ATR_OK);
    assert_string_equal(path, "/x/attrium");
    setenv("ATTRIUM_HOME", "/a", 1);
    assert_int_equal(atr_path_home(path, ATR_HOME_DATA, NULL, NULL), ATR_OK);
    assert_string_equal(path, "/a/data");
    assert_int_equal(atr_path_home(path, ATR_HOME_CONFIG, "/o/", NULL), ATR_OK);
    assert_string_equal(path, "/o/config");
    unsetenv("ATTRIUM_HOME");
    unsetenv("XDG_DATA_HOME");
    unsetenv("XDG_RUNTIME_DIR");
    unsetenv("HOME");
    assert_int_equal(atr_path_home(path, ATR_HOME_DATA, NULL, &fault),
                     ATR_ERR_STATE);
    setenv("HOME", "/h", 1);
    assert_int_equal(atr_path_home(path, ATR_HOME_RUNTIME, NULL, &fault),
                     ATR_ERR_STATE);
    memset(long_path, 'a', sizeof long_path);
    long_path[1999] = 0;
    assert_int_equal(atr_path_home(path, ATR_HOME_DATA, long_path, &fault),
                     ATR_ERR_LIMIT);
    assert_string_equal(path, "");
    assert_int_equal(atr_dir_make(in_folder("p"), NULL), ATR_OK);
    assert_int_equal(atr_dir_make(in_folder("p/q//r/"), NULL), ATR_OK);
    assert_int_equal(atr_dir_make(in_folder("p/q/r"), NULL), ATR_OK);
    assert_int_equal(stat(in_folder("p/q/r"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(atr_file_write(in_folder("f"), ATR_LITERAL(""), 0600,
                                    ATR_FILE_NEW, NULL),
                     ATR_OK);
    assert_int_equal(atr_dir_make(in_folder("f/g"), &fault), ATR_ERR_IO);
    rmdir(in_folder("p/q/r"));
    rmdir(in_folder("p/q"));
}

static void secrets(void **state)
{
    atr_secret_sources from = {.fd = -1};
    atr_secret secret;
    atr_fault fault = {""};
    char line[ATR_SECRET_BYTES_MAX + 10];
    int pipes[2];

    (void)state;
    assert_int_equal(atr_secret_read(&secret, &from, &fault), ATR_ERR_STATE);
    assert_non_null(strstr(fault.text, "--passphrase-file"));
    assert_int_equal(atr_file_write(in_folder("pw"),
                                    ATR_LITERAL("from file\r\nrest\n"), 0600,
                                    ATR_FILE_NEW, NULL),
                     ATR_OK);
    from.credential = "pw";
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    assert_int_equal(atr_secret_read(&secret, &from, &fault), ATR_OK);
    assert_string_equal((char *)secret.data, "from file");
    assert_int_equal(secret.len, 9);
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_int_equal(atr_secret_read(&secret, &from, &fault), ATR_ERR_STATE);
    assert_int_equal(pipe(pipes), 0);
    assert_int_equal(write(pipes[1], "from fd\nnext\n\n", 14), 14);
    from.fd = pipes[0];
    assert_int_equal(atr_secret_read(&secret, &from, &fault), ATR_OK);
    assert_string_equal((char *)secret.data, "from fd");
    assert_int_equal(atr_secret_read(&secret, &from, &fault), ATR_OK);
    assert_string_equal((char *)secret.data, "next");
    assert_int_equal(atr_secret_read(&secret, &from, &fault), ATR_ERR_INPUT);
    assert_int_equal(secret.len, 0);
    memset(line, 'a', sizeof line);
    assert_int_equal(write(pipes[1], line, sizeof line), sizeof line);
    assert_int_equal(atr_secret_read(&secret, &from, &fault), ATR_ERR_LIMIT);
    close(pipes[0]);
    close(pipes[1]);
    from.file = in_folder("pw");
    assert_int_equal(chmod(from.file, 0644), 0);
    assert_int_equal(atr_secret_read(&secret, &from, &fault), ATR_ERR_STATE);
    assert_non_null(strstr(fault.text, "others may read"));
    atr_secret_wipe(&secret);
    atr_secret_wipe(NULL);
}

static void askpass(void **state)
{
    atr_secret_sources from = {.fd = -1, .prompt = "Say it"};
    atr_secret secret;
    atr_fault fault = {""};
    const char *program = in_folder("ask");

    (void)state;
    assert_int_equal(atr_file_write(program,
                                    ATR_LITERAL("#!/bin/sh\necho \"<$1>\"\n"),
                                    0700, ATR_FILE_NEW, NULL),
                     ATR_OK);
    setenv("ATTRIUM_ASKPASS", program, 1);
    assert_int_equal(atr_secret_read(&secret, &from, &fault), ATR_OK);
    assert_string_equal((char *)secret.data, "<Say it>");
    assert_int_equal(atr_file_write(program,
                                    ATR_LITERAL("#!/bin/sh\necho a\nexit 1\n"),
                                    0700, ATR_FILE_REPLACE, NULL),
                     ATR_OK);
    assert_int_equal(atr_secret_read(&secret, &from, &fault), ATR_ERR_INPUT);
    assert_int_equal(secret.len, 0);
    setenv("ATTRIUM_ASKPASS", "/no/such/program", 1);
    assert_int_equal(atr_secret_read(&secret, &from, &fault), ATR_ERR_IO);
    unsetenv("ATTRIUM_ASKPASS");
}

/* A terminal of our own: nothing typed comes back, and it is asked twice. */
static int ask_on_terminal(const char *typed, char *screen, size_t cap)
{
    int terminal;
    int status;
    size_t len = 0;
    pid_t pid = forkpty(&terminal, NULL, NULL, NULL);
    ssize_t got;

    if (pid == 0) {
        atr_secret_sources from = {
            .fd = -1, .prompt = "New word", .confirm = true};
        atr_secret secret;
        atr_err err = atr_secret_read(&secret, &from, NULL);

        _exit(err == ATR_OK && strcmp((char *)secret.data, "geheim") == 0
                  ? 0
                  : (int)err + 10);
    }
    for (const char *part = typed; *part != 0;) {
        size_t n = strcspn(part, "\n") + 1;
        size_t shown = len;

        /* What is typed before its prompt is thrown away. */
        while ((len < shown + 2 || memcmp(screen + len - 2, ": ", 2) != 0) &&
               len + 1 < cap &&
               (got = read(terminal, screen + len, cap - 1 - len)) > 0) {
            len += (size_t)got;
        }
        assert_int_equal(write(terminal, part, n), n);
        part += n;
    }
    while (len + 1 < cap &&
           (got = read(terminal, screen + len, cap - 1 - len)) > 0) {
        len += (size_t)got;
    }
    screen[len] = 0;
    close(terminal);
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void terminal(void **state)
{
    char screen[1000];

    (void)state;
    assert_int_equal(ask_on_terminal("geheim\ngeheim\n", screen, sizeof screen),
                     0);
    assert_non_null(strstr(screen, "New word: "));
    assert_non_null(strstr(screen, "New word (again): "));
    assert_null(strstr(screen, "geheim"));
    assert_int_equal(ask_on_terminal("geheim\ngemein\n", screen, sizeof screen),
                     10 + ATR_ERR_INPUT);
    assert_int_equal(ask_on_terminal("\n", screen, sizeof screen),
                     10 + ATR_ERR_INPUT);
    assert_int_equal(ask_on_terminal("ge\x03\n", screen, sizeof screen), -1);
}

#define IN_FOLDER(test)                                                        \
    cmocka_unit_test_setup_teardown(test, make_folder, drop_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(write_and_read), IN_FOLDER(read_errors),
        IN_FOLDER(large_file),     IN_FOLDER(open_secrets),
        IN_FOLDER(write_fails),    IN_FOLDER(drafts),
        IN_FOLDER(drafts_of_the_dead),
        IN_FOLDER(sources),        IN_FOLDER(homes),
        IN_FOLDER(secrets),        IN_FOLDER(askpass),
        IN_FOLDER(terminal),
    };

    return cmocka_run_group_tests_name("host_file", tests, NULL, NULL);
}
