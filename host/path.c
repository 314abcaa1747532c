/* path.c - folders and names: the second half of file.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/file.h"

static bool is_dir(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool make_one(const char *path)
{
    if (mkdir(path, 0700) == 0) {
        return true;
    }
    return errno == EEXIST && is_dir(path);
}

atr_err atr_dir_make(const char *path, atr_fault *fault)
{
    char part[ATR_PATH_BYTES_MAX];
    size_t len = strlen(path);

    if (len == 0 || len >= sizeof part) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "path empty or too long");
    }
    strcpy(part, path);
    for (size_t i = 1; i < len; i++) {
        if (part[i] == '/') {
            part[i] = 0;
            if (!make_one(part)) {
                return atr_fault_os(fault, "%s", part);
            }
            part[i] = '/';
        }
    }
    return make_one(part) ? ATR_OK : atr_fault_os(fault, "%s", part);
}

atr_err atr_path_join(char out[ATR_PATH_BYTES_MAX], const char *dir,
                      const char *name)
{
    size_t len = strlen(dir);
    const char *between = len > 0 && dir[len - 1] == '/' ? "" : "/";
    int put =
        snprintf(out, ATR_PATH_BYTES_MAX, "%s%s%s", dir, between, name);

    if (put < 0 || put >= ATR_PATH_BYTES_MAX) {
        out[0] = 0;
        return ATR_ERR_LIMIT;
    }
    return ATR_OK;
}

static const struct {
    const char *folder;   /* below ATTRIUM_HOME */
    const char *variable; /* of the XDG base directory specification */
    const char *fallback; /* below HOME, or NULL */
} homes[] = {
    [ATR_HOME_CONFIG] = {"config", "XDG_CONFIG_HOME", ".config"},
    [ATR_HOME_DATA] = {"data", "XDG_DATA_HOME", ".local/share"},
    [ATR_HOME_STATE] = {"state", "XDG_STATE_HOME", ".local/state"},
    [ATR_HOME_CACHE] = {"cache", "XDG_CACHE_HOME", ".cache"},
    [ATR_HOME_RUNTIME] = {"run", "XDG_RUNTIME_DIR", NULL},
};

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != 0 ? value : NULL;
}

atr_err atr_path_home(char out[ATR_PATH_BYTES_MAX], atr_home kind,
                      const char *override, atr_fault *fault)
{
    const char *all = override != NULL ? override : variable("ATTRIUM_HOME");
    const char *xdg = variable(homes[kind].variable);
    const char *home = variable("HOME");
    char base[ATR_PATH_BYTES_MAX];
    atr_err err;

    out[0] = 0;
    if (all != NULL) {
        err = atr_path_join(out, all, homes[kind].folder);
    } else if (xdg != NULL && xdg[0] == '/') { /* others are to be ignored */
        err = atr_path_join(out, xdg, "attrium");
    } else if (home != NULL && homes[kind].fallback != NULL) {
        err = atr_path_join(base, home, homes[kind].fallback);
        if (err == ATR_OK) {
            err = atr_path_join(out, base, "attrium");
        }
    } else {
        return atr_fault_set(fault, ATR_ERR_STATE,
                             "neither ATTRIUM_HOME, %s nor HOME is set",
                             homes[kind].variable);
    }
    if (err != ATR_OK) {
        return atr_fault_set(fault, err, "path of the home folder too long");
    }
    return ATR_OK;
}
