/* host_store.c - the durable log: what is acknowledged stays, what is wrong
 * is said. */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/db.h"
#include "host/store.h"
#include "kit/kit.h"

static char folder[64];
static char path[96];

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/atr-store-XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/hall.db", folder);
    return 0;
}

static int drop_folder(void **state)
{
    static const char *const ends[] = {"", "-wal", "-shm", ".lock",
                                       "-journal"};

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        char file[128];

        snprintf(file, sizeof file, "%s%s", path, ends[i]);
        unlink(file);
    }
    return rmdir(folder);
}

static atr_store *opened(void)
{
    atr_store *store;
    atr_fault fault = {""};

    if (atr_store_open(&store, path, &fault) != ATR_OK) {
        fail_msg("%s", fault.text);
    }
    return store;
}

static void make_id(uint8_t id[32], uint8_t first)
{
    memset(id, first, 32);
}

static void put(atr_store *store, uint8_t first, const char *head)
{
    atr_store_room room = {
        .is_public = first % 2,
        .head = {(const uint8_t *)head, strlen(head)}};

    make_id(room.id, first);
    assert_int_equal(atr_store_put_room(store, &room), ATR_OK);
}

static atr_err append(atr_store *store, uint8_t first, uint64_t seq,
                      const char *text)
{
    uint8_t id[32];

    make_id(id, first);
    return atr_store_append(store, id, seq,
                            (atr_bytes){(const uint8_t *)text, strlen(text)});
}

typedef struct {
    char text[4096];
    uint64_t last;
    size_t count;
    size_t stop_at;
} seen;

static atr_err see_record(void *context, uint64_t seq, atr_bytes record)
{
    seen *s = context;
    size_t len = strlen(s->text);

    assert_true(seq > s->last);
    s->last = seq;
    snprintf(s->text + len, sizeof s->text - len, "%llu=%.*s ",
             (unsigned long long)seq, (int)record.len,
             (const char *)record.data);
    return ++s->count == s->stop_at ? ATR_ERR_LIMIT : ATR_OK;
}

static atr_err see_room(void *context, const atr_store_room *room)
{
    seen *s = context;
    size_t len = strlen(s->text);

    snprintf(s->text + len, sizeof s->text - len, "%u%s:%.*s@%llu ",
             room->id[31], room->is_public ? "+" : "", (int)room->head.len,
             (const char *)room->head.data, (unsigned long long)room->last);
    return ++s->count == s->stop_at ? ATR_ERR_LIMIT : ATR_OK;
}

static void read_room(seen *s, atr_store *store, uint8_t first,
                      const atr_store_range *range)
{
    uint8_t id[32];

    make_id(id, first);
    memset(s, 0, sizeof *s);
    assert_int_equal(atr_store_read(store, id, range, see_record, s), ATR_OK);
}

static void rooms_and_records(void **state)
{
    atr_store *store = opened();
    atr_store_range all = {0, 100, 1 << 20};
    atr_store_range some = {1, 2, 1 << 20};
    atr_store_range few = {0, 100, 3};
    uint8_t id[32];
    seen s;

    (void)state;
    put(store, 7, "seven");
    put(store, 3, "three");
    put(store, 8, "");
    assert_int_equal(append(store, 7, 1, "a"), ATR_OK);
    assert_int_equal(append(store, 7, 2, ""), ATR_OK);
    assert_int_equal(append(store, 3, 1, "x"), ATR_OK);
    assert_int_equal(append(store, 7, 9, "bc"), ATR_OK);
    read_room(&s, store, 7, &all); /* before the commit too */
    assert_string_equal(s.text, "1=a 2= 9=bc ");
    assert_int_equal(atr_store_commit(store), ATR_OK);
    assert_int_equal(atr_store_commit(store), ATR_OK);
    put(store, 3, "drei");
    assert_int_equal(atr_store_commit(store), ATR_OK);
    atr_store_close(store);

    store = opened();
    memset(&s, 0, sizeof s);
    assert_int_equal(atr_store_each_room(store, see_room, &s), ATR_OK);
    assert_string_equal(s.text, "7+:seven@9 3+:drei@1 8:@0 ");
    read_room(&s, store, 7, &some);
    assert_string_equal(s.text, "2= 9=bc ");
    read_room(&s, store, 7, &few);
    assert_string_equal(s.text, "1=a 2= 9=bc ");
    few.bytes_max = 1;
    read_room(&s, store, 7, &few);
    assert_string_equal(s.text, "1=a ");
    some.after = UINT64_MAX;
    read_room(&s, store, 7, &some);
    assert_string_equal(s.text, "");
    read_room(&s, store, 99, &all);
    assert_string_equal(s.text, "");
    memset(&s, 0, sizeof s);
    make_id(id, 3);
    assert_int_equal(atr_store_find_room(store, id, see_room, &s), ATR_OK);
    assert_string_equal(s.text, "3+:drei@1 ");
    make_id(id, 99);
    assert_int_equal(atr_store_find_room(store, id, see_room, &s),
                     ATR_ERR_STATE);
    s.stop_at = s.count + 1; /* the callback's word is the last one */
    assert_int_equal(atr_store_each_room(store, see_room, &s), ATR_ERR_LIMIT);
    atr_store_close(store);
}

/* A refused append leaves the rest of the turn as it is. */
static void refusals(void **state)
{
    atr_store *store = opened();
    atr_store_range all = {0, 100, 1 << 20};
    atr_bytes huge = {(const uint8_t *)"", ATR_STORE_RECORD_BYTES_MAX + 1};
    uint8_t id[32];
    seen s;

    (void)state;
    put(store, 1, "");
    assert_int_equal(append(store, 1, 1, "a"), ATR_OK);
    assert_int_equal(append(store, 1, 1, "b"), ATR_ERR_STATE);
    assert_int_equal(append(store, 2, 1, "c"), ATR_ERR_STATE);
    assert_int_equal(append(store, 1, 0, "d"), ATR_ERR_STATE);
    assert_int_equal(append(store, 1, UINT64_MAX, "e"), ATR_ERR_STATE);
    make_id(id, 1);
    assert_int_equal(atr_store_append(store, id, 2, huge), ATR_ERR_LIMIT);
    assert_int_equal(append(store, 1, 2, "f"), ATR_OK);
    assert_int_equal(atr_store_commit(store), ATR_OK);
    atr_store_close(store);
    store = opened();
    read_room(&s, store, 1, &all);
    assert_string_equal(s.text, "1=a 2=f ");
    atr_store_close(store);
}

static void uncommitted_is_forgotten(void **state)
{
    atr_store *store = opened();
    atr_store_range all = {0, 100, 1 << 20};
    seen s;

    (void)state;
    put(store, 1, "");
    assert_int_equal(append(store, 1, 1, "kept"), ATR_OK);
    assert_int_equal(atr_store_commit(store), ATR_OK);
    assert_int_equal(append(store, 1, 2, "lost"), ATR_OK);
    atr_store_close(store);
    store = opened();
    read_room(&s, store, 1, &all);
    assert_string_equal(s.text, "1=kept ");
    atr_store_close(store);
}

static void meta(void **state)
{
    atr_store *store = opened();
    uint8_t out[8];
    size_t len = 1;

    (void)state;
    assert_int_equal(atr_store_meta(out, &len, 8, store, "a"), ATR_ERR_STATE);
    assert_int_equal(len, 0);
    assert_int_equal(atr_store_put_meta(store, "a", ATR_LITERAL("12345678")),
                     ATR_OK);
    assert_int_equal(atr_store_put_meta(store, "b", ATR_LITERAL("")), ATR_OK);
    assert_int_equal(atr_store_put_meta(store, "a", ATR_LITERAL("1234567")),
                     ATR_OK);
    assert_int_equal(atr_store_commit(store), ATR_OK);
    assert_int_equal(atr_store_meta(out, &len, 8, store, "a"), ATR_OK);
    assert_int_equal(len, 7);
    assert_memory_equal(out, "1234567", 7);
    assert_int_equal(atr_store_meta(out, &len, 6, store, "a"), ATR_ERR_LIMIT);
    assert_int_equal(atr_store_meta(out, &len, 6, store, "b"), ATR_OK);
    assert_int_equal(len, 0);
    atr_store_close(store);
}

static void one_process(void **state)
{
    atr_store *first = opened();
    atr_store *second;
    atr_fault fault;

    (void)state;
    assert_int_equal(atr_store_open(&second, path, &fault), ATR_ERR_STATE);
    assert_non_null(strstr(fault.text, path));
    assert_non_null(strstr(fault.text, "another process"));
    assert_null(second);
    atr_store_close(first);
    first = opened();
    atr_store_close(first);
}

static void is_private(void **state)
{
    atr_store *store = opened();
    struct stat st;

    (void)state;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    atr_store_close(store);
}

static void fill(unsigned records)
{
    atr_store *store = opened();
    char text[400];

    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    put(store, 1, "head");
    for (unsigned i = 1; i <= records; i++) {
        assert_int_equal(append(store, 1, i, text), ATR_OK);
    }
    assert_int_equal(atr_store_commit(store), ATR_OK);
    atr_store_close(store);
}

static void refuse_with(atr_err err, const char *words)
{
    atr_store *store;
    atr_fault fault = {""};

    assert_int_equal(atr_store_open(&store, path, &fault), err);
    assert_null(store);
    assert_non_null(strstr(fault.text, path));
    if (strstr(fault.text, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", fault.text, words);
    }
}

static void write_at(off_t at, const void *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    assert_int_equal(pwrite(fd, bytes, len, at), len);
    close(fd);
}

static void text_file(void **state)
{
    (void)state;
    write_at(0, "this is not a database, and long enough to be read as one, "
                "but it never was: it is a letter to nobody in particular.",
             115);
    refuse_with(ATR_ERR_INPUT, "not a database");
}

static void damaged_pages(void **state)
{
    uint8_t junk[3000];

    (void)state;
    fill(200);
    memset(junk, 0xa5, sizeof junk);
    for (off_t at = 4096; at < 10 * 4096; at += 4096) {
        write_at(at, junk, sizeof junk);
    }
    refuse_with(ATR_ERR_AUTH, "damaged");
}

static void truncated(void **state)
{
    struct stat st;

    (void)state;
    fill(200);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, st.st_size / 2 / 4096 * 4096), 0);
    refuse_with(ATR_ERR_AUTH, "damaged");
}

static void run_sql(const char *sql)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void foreign(void **state)
{
    (void)state;
    run_sql("CREATE TABLE recipes(name TEXT)");
    refuse_with(ATR_ERR_INPUT, "another program");
    unlink(path);
    run_sql("CREATE TABLE r(name TEXT); PRAGMA application_id=7;");
    refuse_with(ATR_ERR_INPUT, "another program");
}

static void newer(void **state)
{
    (void)state;
    fill(1);
    run_sql("PRAGMA user_version=2");
    refuse_with(ATR_ERR_INPUT, "newer");
}

static void unwritable(void **state)
{
    char there[96];
    atr_store *store;
    atr_fault fault = {""};

    (void)state;
    snprintf(there, sizeof there, "%s/no/such/folder", folder);
    assert_int_equal(atr_store_open(&store, there, &fault), ATR_ERR_IO);
    assert_non_null(strstr(fault.text, there));
    assert_int_equal(atr_store_open(&store, folder, &fault), ATR_ERR_IO);
    rmdir(there);
    snprintf(there, sizeof there, "%s.lock", folder);
    unlink(there);
}

/* A child appends and commits, telling each commit, until it is killed in the
 * middle; then everything told is there, in order, and nothing in pieces. */
static void append_for_ever(int tell)
{
    atr_store *store = opened();
    uint64_t seq = 0;
    char text[1024];

    put(store, 1, "");
    for (;;) {
        for (int i = 0; i < 7; i++) {
            size_t len;

            seq++;
            len = (size_t)(seq * 37 % 900);
            memset(text, 'a' + (int)(seq % 26), len);
            text[len] = 0;
            if (append(store, 1, seq, text) != ATR_OK) {
                _exit(1);
            }
        }
        if (atr_store_commit(store) != ATR_OK ||
            write(tell, &seq, sizeof seq) != sizeof seq) {
            _exit(2);
        }
    }
}

typedef struct {
    uint64_t last;
    bool whole;
} tally;

static atr_err check_record(void *context, uint64_t seq, atr_bytes record)
{
    tally *t = context;

    t->whole &= seq == t->last + 1 && record.len == seq * 37 % 900;
    for (size_t i = 0; i < record.len; i++) {
        t->whole &= record.data[i] == 'a' + seq % 26;
    }
    t->last = seq;
    return ATR_OK;
}

static void killed(void **state)
{
    atr_store_range all = {0, UINT32_MAX, SIZE_MAX};
    uint64_t most = 0;

    (void)state;
    for (unsigned round = 0; round < 6; round++) {
        struct timespec pause = {0, 20000000 + (long)round * 9777777};
        uint64_t told = 0;
        tally t = {0, true};
        uint8_t id[32];
        atr_store *store;
        int pipes[2];
        pid_t pid;

        drop_folder(state);
        make_folder(state);
        assert_int_equal(pipe(pipes), 0);
        pid = fork();
        if (pid == 0) {
            append_for_ever(pipes[1]);
        }
        close(pipes[1]);
        if (round > 0) { /* it has begun, however long that took */
            assert_int_equal(read(pipes[0], &told, sizeof told), sizeof told);
        }
        nanosleep(&pause, NULL);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        while (read(pipes[0], &told, sizeof told) == sizeof told) {
        }
        close(pipes[0]);
        store = opened();
        make_id(id, 1);
        assert_int_equal(atr_store_read(store, id, &all, check_record, &t),
                         ATR_OK);
        assert_true(t.whole);
        assert_true(t.last >= told);
        assert_int_equal(t.last % 7, 0); /* a turn is there or it is not */
        most = told > most ? told : most;
        atr_store_close(store);
    }
    assert_true(most > 0); /* or nothing has been tested */
}

/* The disk is full: the error comes, and the file is as at the last commit. */
static void disk_full(void **state)
{
    atr_store *store = opened();
    atr_store_range all = {0, 100, 1 << 20};
    seen s;
    pid_t pid;
    int status;

    (void)state;
    put(store, 1, "");
    assert_int_equal(append(store, 1, 1, "kept"), ATR_OK);
    assert_int_equal(atr_store_commit(store), ATR_OK);
    atr_store_close(store);
    pid = fork();
    if (pid == 0) {
        char *big = calloc(1, 400001);
        atr_store *limited = opened();
        struct rlimit most = {1 << 20, 1 << 20};
        atr_err err = ATR_OK;

        memset(big, 'z', 400000);
        signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &most) != 0) {
            _exit(3);
        }
        for (uint64_t i = 2; i < 50 && err == ATR_OK; i++) {
            err = append(limited, 1, i, big);
            if (err == ATR_OK) {
                err = atr_store_commit(limited);
            }
        }
        free(big);
        _exit(err == ATR_ERR_IO && atr_store_fault(limited)[0] != 0 ? 0 : 4);
    }
    waitpid(pid, &status, 0);
    assert_int_equal(status, 0);
    store = opened();
    all.count_max = 1;
    read_room(&s, store, 1, &all);
    assert_string_equal(s.text, "1=kept ");
    atr_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rooms_and_records, make_folder,
                                        drop_folder),
        cmocka_unit_test_setup_teardown(refusals, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(uncommitted_is_forgotten, make_folder,
                                        drop_folder),
        cmocka_unit_test_setup_teardown(meta, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(one_process, make_folder,
                                        drop_folder),
        cmocka_unit_test_setup_teardown(is_private, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(text_file, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(damaged_pages, make_folder,
                                        drop_folder),
        cmocka_unit_test_setup_teardown(truncated, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(foreign, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(newer, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(unwritable, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(killed, make_folder, drop_folder),
        cmocka_unit_test_setup_teardown(disk_full, make_folder, drop_folder),
    };

    return cmocka_run_group_tests_name("host_store", tests, NULL, NULL);
}
