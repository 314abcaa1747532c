#include "host/notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static bool address_of(struct sockaddr_un *out, socklen_t *len)
{
    const char *path = getenv("NOTIFY_SOCKET");
    size_t path_len = path != NULL ? strlen(path) : 0;

    if (path_len < 2 || path_len >= sizeof out->sun_path ||
        (path[0] != '/' && path[0] != '@')) {
        return false;
    }
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(out->sun_path, path, path_len);
    if (path[0] == '@') { /* abstract */
        out->sun_path[0] = 0;
    }
    *len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path_len);
    return true;
}

void atr_notify(const char *lines)
{
    struct sockaddr_un address;
    socklen_t len;
    char text[512];
    struct timespec now = {0};
    int fd;

    if (!address_of(&address, &len)) {
        return;
    }
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return;
    }
    (void)snprintf(text, sizeof text - 40, "%s", lines);
    if (strstr(text, "RELOADING=1") != NULL) {
        size_t used = strlen(text);

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        (void)snprintf(text + used, sizeof text - used,
                       "\nMONOTONIC_USEC=%llu",
                       (unsigned long long)now.tv_sec * 1000000 +
                           (unsigned long long)now.tv_nsec / 1000);
    }
    (void)sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
                 (const struct sockaddr *)&address, len);
    (void)close(fd);
}

uint64_t atr_notify_watchdog_ms(void)
{
    const char *usec = getenv("WATCHDOG_USEC");
    const char *pid = getenv("WATCHDOG_PID");
    uint64_t ms;

    if (usec == NULL ||
        (pid != NULL && strtoull(pid, NULL, 10) != (uint64_t)getpid())) {
        return 0;
    }
    ms = strtoull(usec, NULL, 10) / 2000;
    return ms < 3600000 ? ms : 3600000;
}
