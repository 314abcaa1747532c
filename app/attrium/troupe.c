#include "app/attrium/troupe.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/clock.h"

#define LINE_MAX_BYTES 131072

bool atr_troupe_is_late(const atr_troupe *troupe)
{
    return *troupe->stop || atr_clock_now() >= troupe->end_at;
}

uint32_t atr_troupe_time(const atr_troupe *troupe)
{
    atr_time now = atr_clock_now();

    return troupe->end_at > now ? (uint32_t)(troupe->end_at - now) : 0;
}

/* ---- finding the programs ---- */

static void find(char out[ATR_PATH_BYTES_MAX], const char *here,
                 const char *folder, const char *name)
{
    char path[2 * ATR_PATH_BYTES_MAX];

    snprintf(path, sizeof path, "%s/%s", here, name);
    if (access(path, X_OK) != 0) {
        snprintf(path, sizeof path, "%s/../%s/%s", here, folder, name);
    }
    if (access(path, X_OK) != 0) {
        snprintf(path, sizeof path, "%s", name); /* in PATH */
    }
    snprintf(out, ATR_PATH_BYTES_MAX, "%.*s", ATR_PATH_BYTES_MAX - 1, path);
}

void atr_troupe_find(atr_troupe *troupe)
{
    char self[ATR_PATH_BYTES_MAX] = "";
    char copy[ATR_PATH_BYTES_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    const char *here;

    if (len <= 0) {
        snprintf(self, sizeof self, "attrium");
    }
    snprintf(copy, sizeof copy, "%s", self);
    here = dirname(copy);
    snprintf(troupe->attrium, sizeof troupe->attrium, "%s", self);
    find(troupe->kmsd, here, "kmsd", "attrium-kmsd");
    find(troupe->halld, here, "halld", "attrium-halld");
}

/* ---- running programs ---- */

/* Appends a line to the text `*out`. */
static bool append(char **out, size_t *len, const char *line)
{
    size_t more = strlen(line);
    char *grown = realloc(*out, *len + more + 2);

    if (grown == NULL) {
        return false;
    }
    memcpy(grown + *len, line, more);
    memcpy(grown + *len + more, "\n", 2);
    *len += more + 1;
    *out = grown;
    return true;
}

/* All lines of a stream, to its end; NULL for none. */
static char *read_all(atr_process *process, const atr_troupe *troupe)
{
    char *line = malloc(LINE_MAX_BYTES);
    char *text = NULL;
    size_t len = 0;

    while (line != NULL &&
           atr_process_read_line(line, LINE_MAX_BYTES, process,
                                 atr_troupe_time(troupe)) == ATR_OK &&
           append(&text, &len, line)) {
    }
    free(line);
    return text;
}

static int run(char **out, char **complaints, atr_troupe *troupe,
               const atr_process_options *options)
{
    atr_process process = {0};
    int status = -1;

    *out = *complaints = NULL;
    if (atr_process_start(&process, options, NULL) != ATR_OK) {
        return -1;
    }
    *out = read_all(&process, troupe);
    if (options->pipe_err) {
        const int done = process.out;

        process.out = process.err;
        *complaints = read_all(&process, troupe);
        process.out = done;
    }
    if (atr_process_wait(&process, atr_troupe_time(troupe)) == ATR_OK) {
        status = process.status;
    }
    atr_process_end(&process, 500);
    return status;
}

int atr_troupe_run(char **out, atr_troupe *troupe, const char *const *argv,
                   bool hush)
{
    const atr_process_options options = {
        .argv = argv, .pipe_out = true, .pipe_err = hush};
    char *complaints;
    char *text;
    int status = run(&text, &complaints, troupe, &options);

    free(complaints);
    if (out != NULL) {
        *out = text;
    } else {
        free(text);
    }
    return status;
}

int atr_troupe_complaints(char **complaints, atr_troupe *troupe,
                          const char *const *argv)
{
    const atr_process_options options = {
        .argv = argv, .pipe_out = true, .pipe_err = true};
    char *text;
    int status = run(&text, complaints, troupe, &options);

    free(text);
    return status;
}

bool atr_troupe_serve(atr_process *out, char *value, size_t cap,
                      atr_troupe *troupe, const char *key,
                      const char *const *argv)
{
    atr_process_options options = {.argv = argv, .pipe_out = true};
    size_t key_len = strlen(key);
    char line[1024];

    if (atr_process_start(out, &options, NULL) != ATR_OK) {
        return false;
    }
    while (!atr_troupe_is_late(troupe) &&
           atr_process_read_line(line, sizeof line, out,
                                 atr_troupe_time(troupe)) == ATR_OK) {
        if (strncmp(line, key, key_len) == 0 && line[key_len] == ' ') {
            snprintf(value, cap, "%s", line + key_len + 1);
            return true;
        }
    }
    return false;
}

void atr_troupe_drop(atr_troupe *troupe)
{
    atr_process_end(&troupe->hall, 3000);
    atr_process_end(&troupe->authority, 3000);
}

/* ---- people ---- */

bool atr_actor_enter(atr_actor *actor, atr_troupe *troupe, const char *link,
                     bool force)
{
    const char *argv[] = {troupe->attrium,
                          "chat",
                          "--json",
                          "-d",
                          actor->home,
                          "--nick",
                          actor->name,
                          "--give-up",
                          "20",
                          link,
                          force ? "--force" : NULL,
                          NULL};
    atr_process_options options = {
        .argv = argv, .pipe_in = true, .pipe_out = true};

    return atr_process_start(&actor->process, &options, NULL) == ATR_OK;
}

bool atr_actor_tell(atr_actor *actor, json_t *command)
{
    char *text = json_dumps(command, JSON_COMPACT);
    size_t len = text != NULL ? strlen(text) : 0;
    bool sent = false;

    if (text != NULL && actor->process.in >= 0) {
        text[len] = '\n'; /* in place of the final zero */
        sent = write(actor->process.in, text, len + 1) == (ssize_t)len + 1;
    }
    free(text);
    json_decref(command);
    return sent;
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}

static void hear(atr_actor *actor, const json_t *event)
{
    char line[512];

    if (actor->heard_count < ATR_TROUPE_HEARD_MAX) {
        snprintf(line, sizeof line, "%s: %s", text_of(event, "nick"),
                 text_of(event, "text"));
        actor->heard[actor->heard_count++] = strdup(line);
    }
}

static void take_event(atr_actor *actor, const json_t *event)
{
    const char *kind = text_of(event, "event");

    if (strcmp(kind, "keyed") == 0) {
        actor->epoch =
            (uint64_t)json_integer_value(json_object_get(event, "epoch"));
        actor->members =
            (unsigned)json_integer_value(json_object_get(event, "members"));
        snprintf(actor->mark, sizeof actor->mark, "%s", text_of(event, "mark"));
    } else if (strcmp(kind, "text") == 0) {
        hear(actor, event);
    } else if (strcmp(kind, "joined") == 0) {
        actor->joins++;
    } else if (strcmp(kind, "sent") == 0) {
        actor->acked++;
    } else if (strcmp(kind, "closed") == 0) {
        snprintf(actor->why, sizeof actor->why, "%s", text_of(event, "why"));
    } else if (strcmp(kind, "refused") == 0) {
        actor->was_refused = true;
        actor->holds_key = json_is_true(json_object_get(event, "holds_key"));
        snprintf(actor->why, sizeof actor->why, "%s", text_of(event, "why"));
    }
}

bool atr_actor_listen(atr_actor *actor, uint32_t limit_ms)
{
    char *line = malloc(LINE_MAX_BYTES);
    atr_err err = ATR_ERR_STATE;

    while (line != NULL &&
           (err = atr_process_read_line(line, LINE_MAX_BYTES, &actor->process,
                                        limit_ms)) == ATR_OK) {
        json_t *event = json_loads(line, 0, NULL);

        take_event(actor, event);
        json_decref(event);
        limit_ms = 0; /* and what else is there already */
    }
    free(line);
    return err == ATR_ERR_IO; /* only the time is over */
}

int atr_actor_end(atr_actor *actor, atr_troupe *troupe)
{
    while (!atr_troupe_is_late(troupe) && atr_actor_listen(actor, 50)) {
    }
    if (atr_process_wait(&actor->process, atr_troupe_time(troupe)) != ATR_OK) {
        return -1;
    }
    return actor->process.status;
}

void atr_actor_drop(atr_actor *actor)
{
    atr_process_end(&actor->process, 500);
    for (size_t i = 0; i < actor->heard_count; i++) {
        free(actor->heard[i]);
    }
    actor->heard_count = 0;
}
