/* chat_renew.c - keys for the periods that come while one talks.
 *
 * A child asks the authority, so that nobody waits for it: it writes the key
 * to a pipe, and its exit code says why when there is none. It is sent a while
 * before the period ends, and again when the room wants a key that is not
 * there. The key of a later period goes over the one in the file when that
 * period comes: under the passphrase, if there is one, that was said at the
 * start, and by the child, since that takes a second.
 *
 *     answer = key-field file-field         (file: as it is to be written)
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/attrium/chat.h"
#include "app/attrium/renewal.h"
#include "app/locked.h"
#include "host/clock.h"

#define EARLY_S_MAX 600 /* how long before the end */
#define AGAIN_MS 5000   /* after the network failed */

#define FILE_BYTES_MAX (ATR_KEYFILE_BYTES_MAX + ATR_LOCKED_EXTRA_BYTES)
#define ANSWER_BYTES_MAX (4 + ATR_KEYFILE_BYTES_MAX + 4 + FILE_BYTES_MAX)

struct atr_chat_renewal {
    atr_keyfile *key[2]; /* secret: of later periods, the newest first */
    bool is_saved;       /* the newest one */
    uint8_t *file;       /* secret: until then, as it is to be written */
    size_t file_len;
    bool is_wanted; /* the room waits for the key of `period` */
    atr_period period;
    uint64_t give_up_s; /* by the clock on the wall */
    atr_timer *timer;   /* early, or again */
    atr_watch *watch;
    pid_t pid; /* of the child; 0: none */
    int fd;
    uint8_t *bytes; /* secret: what it has written so far */
    size_t len;
};

static bool is_of(const atr_keyfile *file, atr_period period)
{
    atr_period own;

    return file != NULL && atr_attrs_period(&own, &file->key.attrs) &&
           atr_period_compare(own, period) == 0;
}

/* ---- the child ---- */

static bool build_answer(atr_builder *out, const atr_keyfile *file,
                         const atr_secret *passphrase)
{
    uint8_t *key = malloc(ATR_KEYFILE_BYTES_MAX);
    uint8_t *locked = malloc(FILE_BYTES_MAX);
    atr_builder builder = atr_builder_of(key, ATR_KEYFILE_BYTES_MAX);
    atr_fault fault;

    if (key == NULL || locked == NULL) {
        return false;
    }
    atr_keyfile_build(&builder, file);
    atr_build_field(out, atr_builder_bytes(&builder));
    if (passphrase->len == 0) {
        atr_build_field(out, atr_builder_bytes(&builder));
    } else if (atr_keyring_seal(locked, atr_builder_bytes(&builder), passphrase,
                                &fault) == ATR_OK) {
        atr_build_field(
            out, (atr_bytes){locked, builder.len + ATR_LOCKED_EXTRA_BYTES});
    }
    return true; /* the process ends, and its memory with it */
}

static void send_answer(int fd, const atr_builder *builder)
{
    for (size_t at = 0; at < builder->len;) {
        ssize_t sent = write(fd, builder->data + at, builder->len - at);

        if (sent <= 0) {
            _exit(ATR_EXIT_FAILED);
        }
        at += (size_t)sent;
    }
}

static void ask(const atr_chat *chat, int fd, uint64_t number)
{
    static const int to_default[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};
    const atr_secret *passphrase = &chat->holder->passphrase;
    atr_keyfile *file = calloc(1, sizeof *file);
    atr_builder builder =
        atr_builder_of(chat->renewal->bytes, ANSWER_BYTES_MAX);
    int nowhere = open("/dev/null", O_RDWR);
    int code = ATR_EXIT_FAILED;

    for (size_t i = 0; i < sizeof to_default / sizeof to_default[0]; i++) {
        (void)signal(to_default[i], SIG_DFL);
    }
    for (int i = 0; i < 3; i++) { /* the screen is the parent's */
        (void)dup2(nowhere, i);
    }
    atr_secret_keep(passphrase);
    if (file != NULL) {
        const atr_renewal_of key = {chat->holder->path, passphrase, number};

        code = atr_renewal_fetch(file, chat->cli, &key);
    }
    if (code == ATR_EXIT_DONE && build_answer(&builder, file, passphrase)) {
        send_answer(fd, &builder);
    }
    _exit(code);
}

static void drop_child(atr_chat_renewal *r)
{
    atr_watch_close(r->watch);
    r->watch = NULL;
    if (r->pid != 0) {
        close(r->fd);
        r->pid = 0;
    }
    if (r->bytes != NULL) {
        atr_wipe(r->bytes, ANSWER_BYTES_MAX);
    }
    r->len = 0;
}

/* ---- what it brought ---- */

static void forget_file(atr_chat_renewal *r)
{
    if (r->file != NULL) {
        atr_wipe(r->file, r->file_len);
    }
    free(r->file);
    r->file = NULL;
}

static void save(atr_chat *chat)
{
    atr_chat_renewal *r = chat->renewal;
    atr_fault fault = {{0}};

    r->is_saved = true;
    if (r->file == NULL ||
        atr_keyring_save(chat->holder->path, &atr_keyring_attributes,
                         (atr_bytes){r->file, r->file_len}, NULL,
                         &fault) != ATR_OK) {
        atr_chat_complain(chat, "the new key is not kept: %s",
                          fault.text[0] ? fault.text : "no memory");
    }
    forget_file(r);
}

/* A hall cannot hide a new generation from who renews a key. */
static void warn_of_hall(atr_chat *chat, const atr_keyfile *file)
{
    atr_period own;
    atr_period here;

    if (atr_attrs_period(&own, &file->key.attrs) &&
        atr_member_period(chat->member, &here) &&
        own.generation > here.generation) {
        atr_chat_complain(chat,
                          "the authority has begun generation %lu of its keys, "
                          "but the hall has not turned the room",
                          (unsigned long)own.generation);
    }
}

/* The one before the last is not needed any more. */
static void adopt(atr_chat *chat, atr_keyfile *file)
{
    atr_chat_renewal *r = chat->renewal;

    atr_keyfile_wipe(r->key[1]);
    free(r->key[1]);
    r->key[1] = r->key[0];
    r->key[0] = file;
    r->is_saved = false;
    if (r->is_wanted && is_of(file, r->period)) {
        r->is_wanted = false;
        save(chat);
    }
    warn_of_hall(chat, file);
    atr_member_rekey(chat->member, &file->key, atr_loop_now(chat->loop));
    atr_conn_pump(chat->conn);
}

static void give_up(atr_chat *chat)
{
    chat->renewal->is_wanted = false;
    atr_member_rekey(chat->member, NULL, atr_loop_now(chat->loop));
    atr_conn_pump(chat->conn);
}

static void judge(atr_chat *chat, int code)
{
    atr_chat_renewal *r = chat->renewal;
    bool may_help = code == ATR_EXIT_NETWORK || code == ATR_EXIT_DONE;

    if (!r->is_wanted) {
        return; /* too early, or not needed any more */
    }
    if (may_help && atr_clock_wall_ms() / 1000 < r->give_up_s) {
        atr_timer_set(r->timer, atr_loop_now(chat->loop) + AGAIN_MS);
    } else {
        give_up(chat);
    }
}

/* The key; the file may be lacking, where there was no memory for it. */
static atr_keyfile *take_answer(atr_chat_renewal *r)
{
    atr_reader reader = atr_reader_of((atr_bytes){r->bytes, r->len});
    atr_keyfile *key = calloc(1, sizeof *key);
    atr_bytes file;

    if (key == NULL ||
        atr_keyfile_read(key, atr_read_field(&reader)) != ATR_OK) {
        free(key);
        return NULL;
    }
    file = atr_read_field(&reader);
    forget_file(r);
    if (file.len > 0 && (r->file = malloc(file.len)) != NULL) {
        memcpy(r->file, file.data, file.len);
        r->file_len = file.len;
    }
    return key;
}

static void on_end(atr_chat *chat)
{
    atr_chat_renewal *r = chat->renewal;
    atr_keyfile *file;
    int status = 0;
    int code = ATR_EXIT_FAILED;

    while (waitpid(r->pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status)) {
        code = WEXITSTATUS(status);
    }
    file = code == ATR_EXIT_DONE ? take_answer(r) : NULL;
    drop_child(r);
    if (file != NULL) {
        adopt(chat, file);
    }
    judge(chat, code);
}

static void on_readable(void *context)
{
    atr_chat *chat = context;
    atr_chat_renewal *r = chat->renewal;
    ssize_t got = read(r->fd, r->bytes + r->len, ANSWER_BYTES_MAX - r->len);

    if (got > 0) {
        r->len += (size_t)got;
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
        on_end(chat);
    }
}

static void send_child(atr_chat *chat, uint64_t number)
{
    atr_chat_renewal *r = chat->renewal;
    int ends[2];

    if (r->pid != 0 || pipe(ends) != 0) {
        return;
    }
    r->pid = fork();
    if (r->pid == 0) {
        close(ends[0]);
        ask(chat, ends[1], number);
    }
    close(ends[1]);
    r->fd = ends[0];
    if (r->pid < 0 || atr_watch_open(&r->watch, chat->loop, r->fd, on_readable,
                                     chat) != ATR_OK) {
        close(r->fd);
        r->pid = 0;
    }
}

/* ---- when ---- */

static void on_timer(void *context)
{
    atr_chat *chat = context;
    atr_period period;

    if (chat->renewal->is_wanted) {
        send_child(chat, chat->renewal->period.number);
    } else if (atr_member_period(chat->member, &period)) {
        send_child(chat, period.number + 1);
    }
}

static bool has_next(const atr_chat_renewal *r, atr_period period)
{
    atr_period own;

    return r->key[0] != NULL && atr_attrs_period(&own, &r->key[0]->key.attrs) &&
           own.number > period.number;
}

/* A while before the end, and not all members at the same moment. */
static void set_early(atr_chat *chat, atr_period period)
{
    const uint32_t seconds = chat->room.period_s;
    uint64_t lead = seconds / 4 < EARLY_S_MAX ? seconds / 4 : EARLY_S_MAX;
    uint64_t at = (atr_period_end(period.number, seconds) - lead) * 1000 +
                  (uint64_t)getpid() % (lead * 500 + 1);
    uint64_t now = atr_clock_wall_ms();

    atr_timer_set(chat->renewal->timer,
                  atr_loop_now(chat->loop) + (at > now ? at - now : 0));
}

void atr_chat_renew(atr_chat *chat, atr_period period)
{
    atr_chat_renewal *r = chat->renewal;

    r->is_wanted = true;
    r->period = period;
    r->give_up_s =
        atr_clock_wall_ms() / 1000 + atr_period_grace(chat->room.period_s);
    send_child(chat, period.number);
}

/* Told at ROOM, at KEYED and at TURN. */
void atr_chat_in_period(atr_chat *chat)
{
    atr_chat_renewal *r = chat->renewal;
    atr_period period;

    if (!atr_member_period(chat->member, &period)) {
        return;
    }
    if (!r->is_saved && is_of(r->key[0], period)) {
        save(chat);
    }
    if (!r->is_wanted && !has_next(r, period)) {
        set_early(chat, period);
    }
}

atr_err atr_chat_renewal_open(atr_chat *chat)
{
    atr_chat_renewal *r = calloc(1, sizeof *r);

    chat->renewal = r;
    if (r == NULL || (r->bytes = malloc(ANSWER_BYTES_MAX)) == NULL) {
        return ATR_ERR_LIMIT;
    }
    r->is_saved = true;
    atr_secret_keep(&chat->holder->passphrase);
    return atr_timer_open(&r->timer, chat->loop, on_timer, chat);
}

void atr_chat_renewal_close(atr_chat *chat)
{
    atr_chat_renewal *r = chat->renewal;

    if (r == NULL) {
        return;
    }
    drop_child(r);
    atr_timer_close(r->timer);
    for (size_t i = 0; i < 2; i++) {
        atr_keyfile_wipe(r->key[i]);
        free(r->key[i]);
    }
    forget_file(r);
    free(r->bytes);
    free(r);
    chat->renewal = NULL;
}
