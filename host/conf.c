#include <dirent.h>
#include <stdlib.h>
#include <strings.h>

#include "host/conf_state.h"
#include "host/file.h"

extern char **environ;

static const struct {
    const char *unit;
    atr_conf_kind kind;
    uint64_t factor;
} units[] = {
    {"", ATR_CONF_NUMBER, 1},          {"B", ATR_CONF_SIZE, 1},
    {"KiB", ATR_CONF_SIZE, 1u << 10},  {"MiB", ATR_CONF_SIZE, 1u << 20},
    {"GiB", ATR_CONF_SIZE, 1u << 30},  {"ms", ATR_CONF_TIME, 1},
    {"s", ATR_CONF_TIME, 1000},        {"m", ATR_CONF_TIME, 60 * 1000},
    {"h", ATR_CONF_TIME, 3600 * 1000}, {"d", ATR_CONF_TIME, 24 * 3600 * 1000},
};

static const char *const kinds[] = {
    [ATR_CONF_TEXT] = "a text",
    [ATR_CONF_NUMBER] = "a number",
    [ATR_CONF_SIZE] = "a size such as 64 KiB",
    [ATR_CONF_TIME] = "a time such as 30 s",
    [ATR_CONF_FLAG] = "yes or no",
};

static bool parse_flag(uint64_t *out, const char *text)
{
    static const char *const words[] = {"no",  "false", "off",
                                        "yes", "true",  "on"};

    for (size_t i = 0; i < 6; i++) {
        if (strcasecmp(text, words[i]) == 0) {
            *out = i / 3;
            return true;
        }
    }
    return false;
}

static bool parse_number(uint64_t *out, const char *text, atr_conf_kind kind)
{
    uint64_t sum = 0;
    const char *at = text;

    for (; (*at >= '0' && *at <= '9') || (*at == '_' && at != text); at++) {
        if (*at == '_') {
            continue;
        }
        if (sum > (INT64_MAX - 9) / 10) {
            return false;
        }
        sum = sum * 10 + (uint64_t)(*at - '0');
    }
    if (at == text || at[-1] == '_') {
        return false;
    }
    at += strspn(at, " ");
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (units[i].kind == kind && strcmp(at, units[i].unit) == 0) {
            return !__builtin_mul_overflow(sum, units[i].factor, out) &&
                   *out <= INT64_MAX;
        }
    }
    *out = 0;
    return *at == 0 && sum == 0; /* nothing needs no unit */
}

static bool parse_value(uint64_t *out, const char *text,
                        const atr_conf_key *key)
{
    *out = 0;
    switch (key->kind) {
    case ATR_CONF_TEXT:
        return true;
    case ATR_CONF_FLAG:
        return parse_flag(out, text);
    default:
        return parse_number(out, text, key->kind);
    }
}

static bool in_range(uint64_t number, const atr_conf_key *key)
{
    if (key->kind == ATR_CONF_TEXT || key->kind == ATR_CONF_FLAG ||
        (key->min == 0 && key->max == 0)) {
        return true;
    }
    return number >= key->min && number <= key->max;
}

const atr_conf_key *atr_conf_find(const atr_conf *conf, const char *section,
                                  const char *key)
{
    for (size_t i = 0; i < conf->count; i++) {
        if (strcmp(conf->keys[i].section, section) == 0 &&
            strcmp(conf->keys[i].key, key) == 0) {
            return &conf->keys[i];
        }
    }
    return NULL;
}

atr_conf_value *atr_conf_value_of(const atr_conf *conf, const atr_conf_key *key)
{
    return &conf->values[key - conf->keys];
}

atr_err atr_conf_put(atr_conf *conf, const atr_conf_key *key, const char *text,
                     const char *where, atr_fault *fault)
{
    atr_conf_value *v = atr_conf_value_of(conf, key);
    uint64_t number;

    if (strlen(text) >= sizeof v->text) {
        return atr_fault_set(fault, ATR_ERR_LIMIT, "%s: %s is too long", where,
                             key->key);
    }
    if (!parse_value(&number, text, key)) {
        return atr_fault_set(fault, ATR_ERR_INPUT, "%s: %s = %.60s: needs %s",
                             where, key->key, text, kinds[key->kind]);
    }
    if (!in_range(number, key)) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "%s: %s = %.60s: must be from %llu to %llu", where,
                             key->key, text, (unsigned long long)key->min,
                             (unsigned long long)key->max);
    }
    strcpy(v->text, text);
    v->number = number;
    return ATR_OK;
}

atr_err atr_conf_open(atr_conf **out, const atr_conf_key *keys, size_t count)
{
    atr_conf *conf = calloc(1, sizeof *conf);

    *out = NULL;
    if (conf == NULL ||
        (conf->values = calloc(count + 1, sizeof *conf->values)) == NULL) {
        free(conf);
        return ATR_ERR_LIMIT;
    }
    conf->keys = keys;
    conf->count = count;
    for (size_t i = 0; i < count; i++) {
        if (atr_conf_put(conf, &keys[i], keys[i].preset, "default", NULL) !=
            ATR_OK) {
            abort(); /* a default that is not one */
        }
    }
    *out = conf;
    return ATR_OK;
}

void atr_conf_close(atr_conf *conf)
{
    if (conf != NULL) {
        free(conf->values);
        free(conf);
    }
}

atr_err atr_conf_read(atr_conf *conf, const char *path, atr_fault *fault)
{
    atr_file file;
    atr_err err = atr_file_read(&file, path, ATR_CONF_BYTES_MAX, fault);

    if (err == ATR_OK) {
        err =
            atr_conf_parse(conf, path, (atr_bytes){file.data, file.len}, fault);
    }
    atr_file_wipe(&file);
    return err;
}

static int is_conf(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);

    return len > 5 && entry->d_name[0] != '.' &&
           strcmp(entry->d_name + len - 5, ".conf") == 0;
}

/* By bytes, not by the order of the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

atr_err atr_conf_read_folder(atr_conf *conf, const char *path, atr_fault *fault)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_conf, by_name);
    char file[ATR_PATH_BYTES_MAX];
    atr_err err = ATR_OK;

    for (int i = 0; i < count; i++) {
        if (err == ATR_OK) {
            err = atr_path_join(file, path, entries[i]->d_name);
            if (err != ATR_OK) {
                (void)atr_fault_set(fault, err, "%.200s: path too long", path);
            } else {
                err = atr_conf_read(conf, file, fault);
            }
        }
        free(entries[i]);
    }
    free(entries);
    return err;
}

/* "LISTEN__PORT" names [listen] port; "-" is written "_" in a variable. */
static const atr_conf_key *find_variable(const atr_conf *conf, const char *name,
                                         size_t len)
{
    for (size_t i = 0; i < conf->count; i++) {
        char text[140];
        int got = snprintf(text, sizeof text, "%s__%s", conf->keys[i].section,
                           conf->keys[i].key);

        for (char *c = text; *c != 0; c++) {
            *c = *c == '-' ? '_' : *c;
        }
        if (got > 0 && (size_t)got == len &&
            strncasecmp(text, name, len) == 0) {
            return &conf->keys[i];
        }
    }
    return NULL;
}

atr_err atr_conf_read_env(atr_conf *conf, const char *prefix, atr_fault *fault)
{
    size_t prefix_len = strlen(prefix);

    for (char **at = environ; *at != NULL; at++) {
        const char *name = *at + prefix_len + 2;
        const atr_conf_key *key;
        char where[200];
        size_t len;
        atr_err err;

        if (strncmp(*at, prefix, prefix_len) != 0 ||
            strncmp(*at + prefix_len, "__", 2) != 0) {
            continue;
        }
        len = strcspn(name, "=");
        (void)snprintf(where, sizeof where, "environment %s__%.*s", prefix,
                       (int)(len < 100 ? len : 100), name);
        key = name[len] == '=' ? find_variable(conf, name, len) : NULL;
        if (key == NULL) {
            return atr_fault_set(fault, ATR_ERR_INPUT, "%s: unknown key",
                                 where);
        }
        if ((err = atr_conf_put(conf, key, name + len + 1, where, fault)) !=
            ATR_OK) {
            return err;
        }
    }
    return ATR_OK;
}

atr_err atr_conf_set(atr_conf *conf, const char *section, const char *key,
                     const char *text, atr_fault *fault)
{
    const atr_conf_key *found = atr_conf_find(conf, section, key);

    if (found == NULL) {
        return atr_fault_set(fault, ATR_ERR_INPUT, "unknown key %.60s in [%s]",
                             key, section);
    }
    return atr_conf_put(conf, found, text, section, fault);
}

static const atr_conf_value *wanted(const atr_conf *conf, const char *section,
                                    const char *key, bool flag, bool text)
{
    const atr_conf_key *found = atr_conf_find(conf, section, key);

    if (found == NULL || (found->kind == ATR_CONF_FLAG) != flag ||
        (found->kind == ATR_CONF_TEXT) != text) {
        abort();
    }
    return atr_conf_value_of(conf, found);
}

const char *atr_conf_text(const atr_conf *conf, const char *section,
                          const char *key)
{
    return wanted(conf, section, key, false, true)->text;
}

uint64_t atr_conf_number(const atr_conf *conf, const char *section,
                         const char *key)
{
    return wanted(conf, section, key, false, false)->number;
}

bool atr_conf_flag(const atr_conf *conf, const char *section, const char *key)
{
    return wanted(conf, section, key, true, false)->number != 0;
}
