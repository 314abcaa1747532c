#include "app/kmsd/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Who stops the server stops its parent, and that ends this. */
void atr_child_hide(pid_t parent)
{
    static const int not_for_us[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGPIPE};
    const struct rlimit none = {0, 0};

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)prctl(PR_SET_DUMPABLE, 0);
    (void)setrlimit(RLIMIT_CORE, &none);
    if (getppid() != parent) {
        _exit(ATR_EXIT_FAILED);
    }
    for (size_t i = 0; i < sizeof not_for_us / sizeof not_for_us[0]; i++) {
        (void)signal(not_for_us[i], SIG_IGN);
    }
}

static int exit_code(pid_t pid)
{
    int status = 0;

    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status)
                                                         : ATR_EXIT_FAILED;
}

/* Waits for the first message: false when the child has ended instead. */
static bool is_ready(const atr_child *child, uint8_t *hello, size_t cap)
{
    ssize_t len;

    do {
        len = recv(child->fd, hello, cap, 0);
    } while (len < 0 && errno == EINTR);
    return len > 0 && fcntl(child->fd, F_SETFL,
                            fcntl(child->fd, F_GETFL) | O_NONBLOCK) == 0;
}

int atr_child_start(atr_child *out, const atr_cli *cli, atr_child_fn *run,
                    uint8_t *hello, size_t cap)
{
    const pid_t parent = getpid();
    int pair[2];
    int code;

    *out = (atr_child){.fd = -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0 ||
        (out->pid = fork()) < 0) {
        out->pid = 0;
        return atr_cli_fail(cli, ATR_EXIT_FAILED, "cannot start a process");
    }
    if (out->pid == 0) {
        (void)close(pair[0]);
        atr_child_hide(parent);
        _exit(run(cli, pair[1]));
    }
    (void)close(pair[1]);
    out->fd = pair[0];
    if (is_ready(out, hello, cap)) {
        return 0;
    }
    (void)close(out->fd);
    code = exit_code(out->pid);
    *out = (atr_child){.fd = -1};
    return code;
}

void atr_child_stop(atr_child *child)
{
    if (child->pid > 0) {
        (void)close(child->fd);
        (void)exit_code(child->pid);
        *child = (atr_child){.fd = -1};
    }
}
