#include "host/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "host/file.h"
#include "host/process.h"

#define ASKPASS_MS 120000

/* A signal that came while the terminal was silent; it is raised again once
 * the terminal speaks. */
static volatile sig_atomic_t caught;

static void catch (int number)
{
    caught = number;
}

/* Takes the first line of `bytes`. */
static atr_err take_line(atr_secret *out, atr_bytes bytes, const char *source,
                         atr_fault *fault)
{
    size_t len = 0;

    while (len < bytes.len && bytes.data[len] != '\n') {
        len++;
    }
    if (len > 0 && bytes.data[len - 1] == '\r') {
        len--;
    }
    if (len == 0) {
        return atr_fault_set(fault, ATR_ERR_INPUT, "%s: empty", source);
    }
    if (len >= sizeof out->data) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "%s: longer than %d bytes",
                             source, ATR_SECRET_BYTES_MAX - 1);
    }
    memcpy(out->data, bytes.data, len);
    out->data[len] = 0;
    out->len = len;
    ATR_SECRET(out->data, len);
    return ATR_OK;
}

static atr_err from_file(atr_secret *out, const char *path, atr_fault *fault)
{
    atr_file file;
    atr_err err =
        atr_file_read_secret(&file, path, ATR_SECRET_BYTES_MAX * 4, fault);

    if (err == ATR_OK) {
        err = take_line(out, (atr_bytes){file.data, file.len}, path, fault);
    }
    atr_file_wipe(&file);
    return err;
}

/* Byte by byte, so that what follows the line stays in the pipe. */
static atr_err from_fd(atr_secret *out, int fd, const char *source,
                       atr_fault *fault)
{
    uint8_t line[ATR_SECRET_BYTES_MAX + 1];
    size_t len = 0;
    atr_err err = ATR_OK;

    while (len < sizeof line) {
        ssize_t got = read(fd, line + len, 1);

        if (got < 0 && errno == EINTR && caught == 0) {
            continue;
        }
        if (got < 0) {
            err = atr_fault_os(fault, "%s", source);
        }
        if (got <= 0 || line[len] == '\n') {
            break;
        }
        len++;
    }
    if (err == ATR_OK) {
        err = take_line(out, (atr_bytes){line, len}, source, fault);
    }
    atr_wipe(line, sizeof line);
    return err;
}

static atr_err from_askpass(atr_secret *out, const char *program,
                            const char *prompt, atr_fault *fault)
{
    const char *const argv[] = {program, prompt, NULL};
    atr_process_options options = {.argv = argv, .pipe_out = true};
    atr_process process;
    atr_err err = atr_process_start(&process, &options, fault);

    if (err != ATR_OK) {
        return err;
    }
    err = from_fd(out, process.out, program, fault);
    if (atr_process_wait(&process, ASKPASS_MS) != ATR_OK) {
        atr_process_end(&process, 100);
    }
    if (err == ATR_OK && process.status != 0) {
        err = atr_fault_set(fault, ATR_ERR_INPUT, "%s: gave up", program);
    }
    return err;
}

static const int interrupts[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

static void catch_all(struct sigaction old[4])
{
    struct sigaction action = {.sa_handler = catch};

    caught = 0;
    for (int i = 0; i < 4; i++) {
        (void)sigaction(interrupts[i], &action, &old[i]);
    }
}

static void release_all(const struct sigaction old[4])
{
    for (int i = 0; i < 4; i++) {
        (void)sigaction(interrupts[i], &old[i], NULL);
    }
    if (caught != 0) {
        (void)raise(caught);
        caught = 0;
    }
}

static atr_err ask_once(atr_secret *out, int tty, const char *prompt,
                        atr_fault *fault)
{
    struct sigaction actions[4];
    struct termios old;
    struct termios silent;
    atr_err err;

    if (tcgetattr(tty, &old) != 0) {
        return atr_fault_os(fault, "terminal");
    }
    silent = old;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    silent.c_lflag |= ICANON | ISIG;
    catch_all(actions);
    if (tcsetattr(tty, TCSAFLUSH, &silent) != 0) {
        err = atr_fault_os(fault, "terminal");
    } else {
        (void)dprintf(tty, "%s: ", prompt);
        err = from_fd(out, tty, "terminal", fault);
        (void)tcsetattr(tty, TCSAFLUSH, &old);
        (void)dprintf(tty, "\n");
    }
    release_all(actions);
    return err;
}

static atr_err from_terminal(atr_secret *out, const atr_secret_sources *sources,
                             int tty, atr_fault *fault)
{
    atr_secret again = {.len = 0};
    char prompt[160];
    atr_err err = ask_once(out, tty, sources->prompt, fault);

    if (err == ATR_OK && sources->confirm) {
        (void)snprintf(prompt, sizeof prompt, "%.120s (again)",
                       sources->prompt);
        err = ask_once(&again, tty, prompt, fault);
        if (err == ATR_OK &&
            (again.len != out->len ||
             !atr_secret_equal(again.data, out->data, out->len))) {
            err = atr_fault_set(fault, ATR_ERR_INPUT, "the two differ");
        }
    }
    atr_secret_wipe(&again);
    return err;
}

static bool credential_path(char out[ATR_PATH_BYTES_MAX], const char *name)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");

    return name != NULL && folder != NULL &&
           atr_path_join(out, folder, name) == ATR_OK && atr_path_exists(out);
}

static atr_err from_prompt(atr_secret *out, const atr_secret_sources *sources,
                           atr_fault *fault)
{
    const char *askpass = getenv("ATTRIUM_ASKPASS");
    atr_err err;
    int tty;

    if (sources->prompt != NULL && askpass != NULL && askpass[0] != 0) {
        return from_askpass(out, askpass, sources->prompt, fault);
    }
    tty = sources->prompt != NULL ? open("/dev/tty", O_RDWR | O_CLOEXEC) : -1;
    if (tty < 0) {
        return atr_fault_set(fault, ATR_ERR_STATE,
                             "a passphrase is needed and there is no terminal "
                             "to ask on: use --passphrase-file, "
                             "--passphrase-fd or ATTRIUM_ASKPASS");
    }
    err = from_terminal(out, sources, tty, fault);
    (void)close(tty);
    return err;
}

atr_err atr_secret_read(atr_secret *out, const atr_secret_sources *sources,
                        atr_fault *fault)
{
    char path[ATR_PATH_BYTES_MAX];
    atr_err err;

    memset(out, 0, sizeof *out);
    if (sources->known != NULL) {
        *out = *sources->known;
        err = ATR_OK;
    } else if (sources->file != NULL) {
        err = from_file(out, sources->file, fault);
    } else if (sources->fd >= 0) {
        err = from_fd(out, sources->fd, "--passphrase-fd", fault);
    } else if (credential_path(path, sources->credential)) {
        err = from_file(out, path, fault);
    } else {
        err = from_prompt(out, sources, fault);
    }
    if (err != ATR_OK) {
        atr_secret_wipe(out);
    }
    return err;
}

void atr_secret_keep(const atr_secret *secret)
{
    (void)mlock(secret, sizeof *secret);
}

void atr_secret_wipe(atr_secret *secret)
{
    if (secret != NULL) {
        atr_wipe(secret, sizeof *secret);
    }
}

void atr_secret_free(void *memory)
{
    if (memory != NULL) {
        atr_wipe(memory, malloc_usable_size(memory));
        free(memory);
    }
}

void *atr_secret_realloc(void *memory, size_t len)
{
    void *more = malloc(len);
    size_t had;

    if (memory != NULL && more != NULL) {
        had = malloc_usable_size(memory);
        memcpy(more, memory, had < len ? had : len);
        atr_secret_free(memory);
    }
    return more;
}
