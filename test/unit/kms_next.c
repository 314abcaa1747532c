/* Share and bundle change together: whatever a kill has left, the next who
 * opens the node finds both of one generation. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/kmsd/next.h"
#include "app/kmsd/node.h"
#include "kit/kit.h"

#define KILLS 60

static char folder[] = "/tmp/atr-next-XXXXXX";
static char dir[64];
static atr_fault fault;
static unsigned count;

static void put(const char *where, const char *name, const char *text)
{
    char path[ATR_PATH_BYTES_MAX];

    assert_int_equal(atr_path_join(path, where, name), ATR_OK);
    assert_int_equal(atr_file_write(path,
                                    (atr_bytes){(const uint8_t *)text,
                                                strlen(text)},
                                    0600, ATR_FILE_REPLACE, &fault),
                     ATR_OK);
}

static bool has(const char *where, const char *name, const char *text)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_file file = {0};
    bool same;

    assert_int_equal(atr_path_join(path, where, name), ATR_OK);
    if (!atr_path_exists(path)) {
        return text == NULL;
    }
    if (text == NULL) {
        return false;
    }
    assert_int_equal(atr_file_read(&file, path, 4096, &fault), ATR_OK);
    same = file.len == strlen(text) && memcmp(file.data, text, file.len) == 0;
    atr_file_wipe(&file);
    return same;
}

static void at(char out[ATR_PATH_BYTES_MAX], const char *name)
{
    assert_int_equal(atr_path_join(out, dir, name), ATR_OK);
}

/* A new directory of the old generation. */
static void begin(void)
{
    snprintf(dir, sizeof dir, "%s/%u", folder, count++);
    assert_int_equal(atr_dir_make(dir, &fault), ATR_OK);
    put(dir, ATR_NODE_SHARE, "old share");
    put(dir, ATR_NODE_PUBLIC, "old bundle");
}

static bool is_old(void)
{
    return has(dir, ATR_NODE_SHARE, "old share") &&
           has(dir, ATR_NODE_PUBLIC, "old bundle");
}

static bool is_new(void)
{
    return has(dir, ATR_NODE_SHARE, "new share") &&
           has(dir, ATR_NODE_PUBLIC, "new bundle") && has(dir, "next", NULL) &&
           has(dir, "next.tmp", NULL);
}

static void finish(void)
{
    assert_int_equal(atr_next_finish(dir, &fault), ATR_OK);
    assert_int_equal(atr_next_finish(dir, &fault), ATR_OK);
}

static atr_err change(void)
{
    char draft[ATR_PATH_BYTES_MAX];
    atr_err err = atr_next_open(draft, dir, &fault);

    if (err == ATR_OK) {
        put(draft, ATR_NODE_SHARE, "new share");
        put(draft, ATR_NODE_PUBLIC, "new bundle");
        err = atr_next_commit(dir, &fault);
    }
    return err;
}

static void both_change(void **state)
{
    (void)state;
    begin();
    finish();
    assert_true(is_old());
    assert_int_equal(change(), ATR_OK);
    finish();
    assert_true(is_new());
}

static void before_the_moment_nothing_has_changed(void **state)
{
    char draft[ATR_PATH_BYTES_MAX];

    (void)state;
    begin();
    assert_int_equal(atr_next_open(draft, dir, &fault), ATR_OK);
    finish();
    assert_true(is_old());
    put(draft, ATR_NODE_SHARE, "half a share");
    finish();
    assert_true(is_old());
    assert_int_equal(change(), ATR_OK); /* over what was left */
    finish();
    assert_true(is_new());
}

/* Each state that a kill after the moment can leave. */
static void after_the_moment_all_changes(void **state)
{
    char next[ATR_PATH_BYTES_MAX];
    char path[ATR_PATH_BYTES_MAX];
    char own[ATR_PATH_BYTES_MAX];

    (void)state;
    for (int step = 0; step < 4; step++) {
        begin();
        assert_int_equal(change(), ATR_OK);
        at(next, "next");
        at(own, ATR_NODE_SHARE);
        assert_int_equal(atr_path_join(path, next, ATR_NODE_SHARE), ATR_OK);
        if (step == 1) { /* the old share is overwritten */
            assert_int_equal(atr_file_blank(own, &fault), ATR_OK);
            assert_false(has(dir, ATR_NODE_SHARE, "old share"));
        }
        if (step >= 2) { /* the new one is in its place */
            assert_int_equal(rename(path, own), 0);
        }
        at(own, ATR_NODE_PUBLIC);
        assert_int_equal(atr_path_join(path, next, ATR_NODE_PUBLIC), ATR_OK);
        if (step >= 3) { /* so is the bundle */
            assert_int_equal(rename(path, own), 0);
        }
        finish();
        assert_true(is_new());
    }
}

static void one_change_at_a_time(void **state)
{
    char draft[ATR_PATH_BYTES_MAX];

    (void)state;
    begin();
    assert_int_equal(change(), ATR_OK);
    assert_int_equal(atr_next_open(draft, dir, &fault), ATR_ERR_STATE);
    finish();
    assert_int_equal(atr_next_open(draft, dir, &fault), ATR_OK);
}

/* The old file itself, by a name that an attacker has kept. */
static void the_old_share_is_overwritten(void **state)
{
    static const char zeros[] = "\0\0\0\0\0\0\0\0";
    char own[ATR_PATH_BYTES_MAX];
    char kept[ATR_PATH_BYTES_MAX];
    char got[16] = "";
    int fd;

    (void)state;
    begin();
    at(own, ATR_NODE_SHARE);
    at(kept, "kept");
    assert_int_equal(link(own, kept), 0);
    assert_int_equal(change(), ATR_OK);
    finish();
    fd = open(kept, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, got, sizeof got), 9);
    assert_memory_equal(got, zeros, 9);
    assert_int_equal(close(fd), 0);
}

/* While somebody copies both, neither changes. */
static void held_files_wait(void **state)
{
    int status = 0;
    int fd;
    pid_t pid;

    (void)state;
    begin();
    assert_int_equal(atr_next_hold(&fd, dir, &fault), ATR_OK);
    assert_int_equal(change(), ATR_OK);
    pid = fork();
    if (pid == 0) {
        (void)close(fd); /* or it would wait for itself */
        _exit(atr_next_finish(dir, &fault) == ATR_OK ? 0 : 1);
    }
    assert_true(pid > 0);
    usleep(50000);
    assert_true(is_old());
    assert_int_equal(close(fd), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_true(is_new());
}

static void killed_at_any_moment(void **state)
{
    unsigned changed = 0;

    (void)state;
    for (unsigned i = 0; i < KILLS; i++) {
        int status;
        pid_t pid;

        begin();
        pid = fork();
        if (pid == 0) {
            _exit(change() == ATR_OK && atr_next_finish(dir, &fault) == ATR_OK
                      ? 0
                      : 1);
        }
        assert_true(pid > 0);
        usleep(i * 40);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        finish();
        assert_true(is_old() || is_new());
        changed += is_new();
    }
    print_message("# %u of %d had come to the moment\n", changed, KILLS);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[64];

    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_change),
        cmocka_unit_test(before_the_moment_nothing_has_changed),
        cmocka_unit_test(after_the_moment_all_changes),
        cmocka_unit_test(one_change_at_a_time),
        cmocka_unit_test(the_old_share_is_overwritten),
        cmocka_unit_test(held_files_wait),
        cmocka_unit_test(killed_at_any_moment),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
