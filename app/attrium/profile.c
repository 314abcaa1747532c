#include "app/attrium/profile.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/armour.h"

static const struct {
    const char *folder;
    const char *suffix;
} places[] = {
    [ATR_PROFILE_KEY] = {"keys", ".key"},
    [ATR_PROFILE_IDENTITY] = {"keys", ".idkey"},
    [ATR_PROFILE_REQUEST] = {"keys", ".request"},
    [ATR_PROFILE_RENEWAL] = {"keys", ".renewal"},
    [ATR_PROFILE_AUTHORITY] = {"authorities", ".authority"},
    [ATR_PROFILE_NODES] = {"authorities", ".nodes"},
    [ATR_PROFILE_HEADS] = {"traces", ".heads"},
    [ATR_PROFILE_EVIDENCE] = {"traces", ".evidence"},
    [ATR_PROFILE_ROOM] = {"rooms", ".admin"},
};

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
}

bool atr_profile_is_name(const char *name)
{
    size_t len = strlen(name);

    if (len == 0 || len > ATR_PROFILE_NAME_BYTES_MAX || name[0] == '.' ||
        name[0] == '-') {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (!is_alnum(name[i]) && strchr("._-", name[i]) == NULL) {
            return false;
        }
    }
    return true;
}

static atr_err folder_of(char out[ATR_PATH_BYTES_MAX], const char *dir,
                         atr_profile_kind kind, atr_fault *fault)
{
    char data[ATR_PATH_BYTES_MAX];
    atr_err err = atr_path_home(data, ATR_HOME_DATA, dir, fault);

    if (err != ATR_OK) {
        return err;
    }
    err = atr_path_join(out, data, places[kind].folder);
    return err == ATR_OK
               ? ATR_OK
               : atr_fault_set(fault, err, "the name of \"%s\" is too long",
                               data);
}

atr_err atr_profile_path(char out[ATR_PATH_BYTES_MAX], const char *dir,
                         atr_profile_kind kind, const char *name, bool make,
                         atr_fault *fault)
{
    char folder[ATR_PATH_BYTES_MAX];
    char file[ATR_PROFILE_NAME_BYTES_MAX + 16];
    atr_err err;

    if (!atr_profile_is_name(name)) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "\"%.80s\" cannot name a key: use letters, "
                             "digits, \".\", \"_\", \"-\"",
                             name);
    }
    if ((err = folder_of(folder, dir, kind, fault)) != ATR_OK ||
        (make && (err = atr_dir_make(folder, fault)) != ATR_OK)) {
        return err;
    }
    snprintf(file, sizeof file, "%s%s", name, places[kind].suffix);
    err = atr_path_join(out, folder, file);
    return err == ATR_OK
               ? ATR_OK
               : atr_fault_set(fault, err, "the name of \"%s\" is too long",
                               file);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Adds `file` without `suffix` where it has it. */
static atr_err add_name(atr_names *names, const char *file, const char *suffix)
{
    size_t len = strlen(file);
    size_t tail = strlen(suffix);
    char **more;
    char *name;

    if (len <= tail || strcmp(file + len - tail, suffix) != 0 ||
        (name = strndup(file, len - tail)) == NULL) {
        return ATR_OK;
    }
    more = atr_profile_is_name(name)
               ? realloc(names->name, (names->count + 1) * sizeof *more)
               : NULL;
    if (more == NULL) {
        free(name);
        return ATR_OK;
    }
    names->name = more;
    names->name[names->count++] = name;
    return ATR_OK;
}

atr_err atr_profile_list(atr_names *out, const char *dir, atr_profile_kind kind,
                         atr_fault *fault)
{
    char folder[ATR_PATH_BYTES_MAX];
    struct dirent *entry;
    DIR *open;
    atr_err err;

    *out = (atr_names){0};
    if ((err = folder_of(folder, dir, kind, fault)) != ATR_OK) {
        return err;
    }
    if ((open = opendir(folder)) == NULL) {
        return errno == ENOENT
                   ? ATR_OK
                   : atr_fault_os(fault, "cannot look into \"%s\"", folder);
    }
    while (err == ATR_OK && (entry = readdir(open)) != NULL) {
        err = add_name(out, entry->d_name, places[kind].suffix);
    }
    closedir(open);
    if (out->count > 1) {
        qsort(out->name, out->count, sizeof *out->name, by_name);
    }
    return err;
}

void atr_names_free(atr_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        free(names->name[i]);
    }
    free(names->name);
    *names = (atr_names){0};
}

atr_err atr_profile_resolve(char out[ATR_PATH_BYTES_MAX], const char *dir,
                            atr_profile_kind kind, const char *which,
                            atr_fault *fault)
{
    atr_err err;

    if (strchr(which, '/') != NULL || !atr_profile_is_name(which)) {
        if (strlen(which) >= ATR_PATH_BYTES_MAX) {
            return atr_fault_set(fault, ATR_ERR_LIMIT,
                                 "the file name is too long");
        }
        snprintf(out, ATR_PATH_BYTES_MAX, "%s", which);
        return ATR_OK;
    }
    if ((err = atr_profile_path(out, dir, kind, which, false, fault)) !=
        ATR_OK) {
        return err;
    }
    if (!atr_path_exists(out) && atr_path_exists(which)) {
        snprintf(out, ATR_PATH_BYTES_MAX, "%s", which);
    }
    return ATR_OK;
}

atr_err atr_profile_read(atr_file *out, const char *path, const char *label,
                         size_t max, bool is_secret, atr_fault *fault)
{
    size_t cap = 2 * atr_armour_len(label, max);
    atr_file raw = {0};
    size_t len = 0;
    atr_err err;

    *out = (atr_file){0};
    err = is_secret ? atr_file_read_secret(&raw, path, cap, fault)
                    : atr_file_read(&raw, path, cap, fault);
    if (err != ATR_OK) {
        return err;
    }
    if ((out->data = malloc(max)) == NULL) {
        err = atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    } else if ((err = atr_armour_read(out->data, &len, max, label,
                                      (atr_bytes){raw.data, raw.len})) !=
               ATR_OK) {
        atr_fault_set(fault, err, "\"%s\" is damaged, or something else", path);
    }
    out->len = max; /* what atr_file_wipe wipes */
    if (err != ATR_OK) {
        atr_file_wipe(out);
    } else {
        out->len = len;
    }
    atr_file_wipe(&raw);
    return err;
}

atr_err atr_profile_write(const char *path, const char *label, atr_bytes bytes,
                          unsigned mode, atr_fault *fault)
{
    size_t cap = atr_armour_len(label, bytes.len);
    char *text = malloc(cap);
    atr_err err;

    if (text == NULL) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "no memory");
    }
    atr_armour_write(text, label, bytes);
    err = atr_file_write(path, (atr_bytes){(uint8_t *)text, strlen(text)}, mode,
                         ATR_FILE_REPLACE, fault);
    atr_wipe(text, cap);
    free(text);
    return err;
}
