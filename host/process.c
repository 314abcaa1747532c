#include "host/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/clock.h"

extern char **environ;

static void shut(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
    *fd = -1;
}

/* The parent's environment with `more` in place of what it names again. The
 * strings are borrowed; free the array. */
static const char **merge(const char *const *more)
{
    size_t old = 0;
    size_t extra = 0;
    size_t count = 0;
    const char **all;

    while (environ[old] != NULL) {
        old++;
    }
    while (more != NULL && more[extra] != NULL) {
        extra++;
    }
    all = calloc(old + extra + 1, sizeof *all);
    for (size_t i = 0; all != NULL && i < old; i++) {
        size_t name = strcspn(environ[i], "=");
        bool again = false;

        for (size_t k = 0; k < extra; k++) {
            again |= strncmp(environ[i], more[k], name + 1) == 0;
        }
        if (!again) {
            all[count++] = environ[i];
        }
    }
    for (size_t k = 0; all != NULL && k < extra; k++) {
        all[count++] = more[k];
    }
    return all;
}

typedef struct {
    int in[2];
    int out[2];
    int err[2];
} pipes;

static bool open_pipes(pipes *p, const atr_process_options *o)
{
    *p = (pipes){{-1, -1}, {-1, -1}, {-1, -1}};
    return (!o->pipe_in || pipe2(p->in, O_CLOEXEC) == 0) &&
           (!o->pipe_out || pipe2(p->out, O_CLOEXEC) == 0) &&
           (!o->pipe_err || pipe2(p->err, O_CLOEXEC) == 0);
}

static void close_pipes(pipes *p)
{
    for (int i = 0; i < 2; i++) {
        shut(&p->in[i]);
        shut(&p->out[i]);
        shut(&p->err[i]);
    }
}

static int plan(posix_spawn_file_actions_t *actions, const pipes *p)
{
    int failed =
        p->in[0] >= 0
            ? posix_spawn_file_actions_adddup2(actions, p->in[0], 0)
            : posix_spawn_file_actions_addopen(actions, 0, "/dev/null",
                                               O_RDONLY, 0);

    if (failed == 0 && p->out[1] >= 0) {
        failed = posix_spawn_file_actions_adddup2(actions, p->out[1], 1);
    }
    if (failed == 0 && p->err[1] >= 0) {
        failed = posix_spawn_file_actions_adddup2(actions, p->err[1], 2);
    }
    return failed;
}

/* Signals that this process ignores or blocks are normal again in the child. */
static int plan_signals(posix_spawnattr_t *attr)
{
    sigset_t none;
    sigset_t normal;

    (void)sigemptyset(&none);
    (void)sigemptyset(&normal);
    (void)sigaddset(&normal, SIGPIPE);
    (void)sigaddset(&normal, SIGINT);
    (void)sigaddset(&normal, SIGTERM);
    (void)sigaddset(&normal, SIGHUP);
    (void)posix_spawnattr_setsigmask(attr, &none);
    (void)posix_spawnattr_setsigdefault(attr, &normal);
    return posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF);
}

static int spawn(pid_t *pid, const pipes *p, const atr_process_options *o)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    const char **env = merge(o->env);
    /* posix_spawnp takes char *const[] for history's sake, and does not
     * write. */
    union {
        const char *const *read_only;
        char *const *plain;
    } argv = {o->argv}, envp = {env};
    int failed;

    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawnattr_init(&attr);
    failed = env == NULL ? ENOMEM : plan(&actions, p);
    if (failed == 0 && (failed = plan_signals(&attr)) == 0) {
        failed = posix_spawnp(pid, o->argv[0], &actions, &attr, argv.plain,
                              envp.plain);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attr);
    free(env);
    return failed;
}

atr_err atr_process_start(atr_process *out, const atr_process_options *options,
                          atr_fault *fault)
{
    pipes p;
    pid_t pid = 0;
    int failed;

    *out = (atr_process){0, -1, -1, -1, 0};
    if (!open_pipes(&p, options)) {
        (void)atr_fault_os(fault, "%s", options->argv[0]);
        close_pipes(&p);
        return ATR_ERR_IO;
    }
    failed = spawn(&pid, &p, options);
    if (failed == 0) {
        *out = (atr_process){pid, p.in[1], p.out[0], p.err[0], 0};
        p.in[1] = p.out[0] = p.err[0] = -1;
    }
    close_pipes(&p);
    if (failed != 0) {
        errno = failed;
        return atr_fault_os(fault, "%s", options->argv[0]);
    }
    return ATR_OK;
}

atr_err atr_process_read_line(char *line, size_t cap, atr_process *process,
                              uint32_t limit_ms)
{
    atr_time until = atr_clock_now() + limit_ms;
    size_t len = 0;

    line[0] = 0;
    for (;;) {
        struct pollfd p = {process->out, POLLIN, 0};
        atr_time now = atr_clock_now();
        char c;

        if (poll(&p, 1, now < until ? (int)(until - now) : 0) <= 0) {
            if (now >= until) {
                return ATR_ERR_IO;
            }
            continue;
        }
        if (read(process->out, &c, 1) != 1) {
            return ATR_ERR_STATE;
        }
        if (c == '\n') {
            return ATR_OK;
        }
        if (len + 1 >= cap) {
            return ATR_ERR_LIMIT;
        }
        line[len++] = c;
        line[len] = 0;
    }
}

atr_err atr_process_wait(atr_process *process, uint32_t limit_ms)
{
    atr_time until = atr_clock_now() + limit_ms;
    struct timespec pause = {0, 2000000};
    int status = 0;
    pid_t got;

    if (process->pid == 0) {
        return ATR_OK;
    }
    while ((got = waitpid(process->pid, &status, WNOHANG)) == 0) {
        if (atr_clock_now() >= until) {
            return ATR_ERR_STATE;
        }
        (void)nanosleep(&pause, NULL);
        if (pause.tv_nsec < 20000000) {
            pause.tv_nsec *= 2;
        }
    }
    if (got < 0) {
        status = 0xff00;
    }
    process->status = WIFSIGNALED(status) ? 256 + WTERMSIG(status)
                                          : WEXITSTATUS(status);
    process->pid = 0;
    shut(&process->in);
    shut(&process->out);
    shut(&process->err);
    return ATR_OK;
}

void atr_process_kill(atr_process *process, int signal_number)
{
    if (process->pid > 0) {
        (void)kill(process->pid, signal_number);
    }
}

void atr_process_end(atr_process *process, uint32_t limit_ms)
{
    atr_process_kill(process, SIGTERM);
    if (atr_process_wait(process, limit_ms) != ATR_OK) {
        atr_process_kill(process, SIGKILL);
        if (atr_process_wait(process, 5000) != ATR_OK) {
            process->pid = 0; /* in the hands of the kernel */
        }
    }
}
