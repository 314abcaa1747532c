/* demo_room.c - what both demonstrations have: a hall, a room, people who
 * enter, agree on a key and talk. */
#include "app/attrium/demo.h"

#include <stdio.h>
#include <stdlib.h>

void atr_demo_mark(const char *before, const atr_actor *actor)
{
    const char *mark = actor->mark;

    atr_demo_show(
        "%-22s epoch %-3llu %u member%s  key mark %.4s %.4s %.4s %.4s", before,
        (unsigned long long)actor->epoch, actor->members,
        actor->members == 1 ? " " : "s", mark, mark + 4, mark + 8, mark + 12);
}

/* Its own configuration, so that none of this machine's is read. */
static bool configure_hall(atr_demo *d, char path[ATR_PATH_BYTES_MAX])
{
    snprintf(path, ATR_PATH_BYTES_MAX, "%.900s/halld.conf", d->troupe.dir);
    return atr_file_write(path, ATR_LITERAL("[log]\nlevel = error\n"), 0600,
                          ATR_FILE_NEW, NULL) == ATR_OK;
}

bool atr_demo_hall(atr_demo *d)
{
    char config[ATR_PATH_BYTES_MAX];
    char dir[ATR_PATH_BYTES_MAX];
    const char *run[] = {d->troupe.halld, "run",         "-c",
                         config,          "-d",          dir,
                         "--listen",      "127.0.0.1:0", NULL};

    snprintf(dir, sizeof dir, "%.900s/hall", d->troupe.dir);
    if (!configure_hall(d, config) ||
        !atr_troupe_serve(&d->troupe.hall, d->hall, sizeof d->hall, &d->troupe,
                          "hall", run)) {
        return atr_demo_fail(d, "the hall does not run (%s)", d->troupe.halld);
    }
    atr_demo_show("%s", d->hall);
    return true;
}

/* The text member of the JSON that a program wrote, freed by the caller. */
char *atr_demo_text(const char *document, const char *name)
{
    json_t *root = document != NULL ? json_loads(document, 0, NULL) : NULL;
    const char *text = json_string_value(json_object_get(root, name));
    char *copy = text != NULL ? strdup(text) : NULL;

    json_decref(root);
    return copy;
}

bool atr_demo_room(atr_demo *d, const char *policy)
{
    const char *create[] = {d->troupe.attrium, "room",  "create",
                            "--json",          "-d",    d->people[0].home,
                            "--hall",          d->hall, "--name",
                            "demonstration",   policy,  NULL};
    char *out = NULL;
    char *link = NULL;

    if (atr_troupe_run(&out, &d->troupe, create, false) == 0) {
        link = atr_demo_text(out, "link");
    }
    free(out);
    if (link == NULL) {
        return atr_demo_fail(d, "the room could not be created");
    }
    snprintf(d->room, sizeof d->room, "%s", link);
    free(link);
    atr_demo_show("%s", d->room);
    return true;
}

/* Waits until the first `count` people agree: an epoch later than `after`, of
 * `count` members, one mark. */
bool atr_demo_agree(atr_demo *d, size_t count, uint64_t after)
{
    const atr_actor *first = &d->people[0];

    while (!atr_troupe_is_late(&d->troupe)) {
        bool all = true;

        for (size_t i = 0; i < count; i++) {
            atr_actor *actor = &d->people[i];

            if (!atr_actor_listen(actor, 20)) {
                return atr_demo_fail(d, "%s's client has ended", actor->name);
            }
            all = all && actor->epoch > after && actor->members == count &&
                  actor->epoch == first->epoch;
        }
        for (size_t i = 0; all && i < count; i++) {
            if (strcmp(d->people[i].mark, first->mark) != 0) {
                return atr_demo_fail(
                    d, "%s and %s hold different keys in epoch %llu",
                    first->name, d->people[i].name,
                    (unsigned long long)first->epoch);
            }
        }
        if (all && first->mark[0] != 0) {
            return true;
        }
    }
    return atr_demo_fail(d, "they did not agree on a key in time");
}

bool atr_demo_enter(atr_demo *d, size_t from, size_t to)
{
    char last[65];

    snprintf(last, sizeof last, "%s", from > 0 ? d->people[0].mark : "");
    for (size_t i = from; i < to; i++) {
        uint64_t before = i > 0 ? d->people[0].epoch : 0;
        char text[64];

        if (!atr_actor_enter(&d->people[i], &d->troupe, d->room, false) ||
            !atr_demo_agree(d, i + 1, before)) {
            return d->problem[0] == 0 &&
                   atr_demo_fail(d, "%s could not join", d->people[i].name);
        }
        snprintf(text, sizeof text, "%s joins", d->people[i].name);
        atr_demo_mark(text, &d->people[0]);
        if (strcmp(last, d->people[0].mark) == 0) {
            return atr_demo_fail(d, "the key did not change by a join");
        }
        snprintf(last, sizeof last, "%s", d->people[0].mark);
    }
    return true;
}

/* Whether the text is acknowledged, and everybody has heard as many as wanted.
 */
static bool all_heard(const atr_demo *d, size_t to, const size_t *want,
                      const atr_actor *speaker, unsigned acked)
{
    for (size_t i = 0; i < to; i++) {
        if (d->people[i].heard_count < want[i]) {
            return false;
        }
    }
    return speaker->acked > acked;
}

/* Everybody in people[0..to) hears `text` of `speaker`. */
bool atr_demo_speak(atr_demo *d, size_t to, size_t speaker, const char *text)
{
    atr_actor *who = &d->people[speaker];
    size_t want[ATR_DEMO_PEOPLE];
    unsigned acked = who->acked;

    for (size_t i = 0; i < to; i++) {
        want[i] = d->people[i].heard_count + 1;
    }
    if (!atr_actor_tell(who,
                        json_pack("{s:s,s:s}", "cmd", "say", "text", text))) {
        return atr_demo_fail(d, "%s cannot speak", who->name);
    }
    while (!all_heard(d, to, want, who, acked)) {
        for (size_t i = 0; i < to; i++) {
            if (!atr_actor_listen(&d->people[i], 10)) {
                return atr_demo_fail(d, "%s's client has ended",
                                     d->people[i].name);
            }
        }
        if (atr_troupe_is_late(&d->troupe)) {
            return atr_demo_fail(d, "not everybody heard %s", who->name);
        }
    }
    atr_demo_show("%s: %s", who->name, text);
    return true;
}

/* All heard the same, in the same order, nothing twice. */
bool atr_demo_heard(atr_demo *d, size_t to, size_t count)
{
    const atr_actor *first = &d->people[0];

    for (size_t i = 0; i < to; i++) {
        const atr_actor *actor = &d->people[i];

        if (actor->heard_count != count) {
            return atr_demo_fail(d, "%s heard %zu texts instead of %zu",
                                 actor->name, actor->heard_count, count);
        }
        for (size_t k = 0; k < count; k++) {
            if (strcmp(actor->heard[k], first->heard[k]) != 0) {
                return atr_demo_fail(d, "%s heard something else than %s",
                                     actor->name, first->name);
            }
        }
    }
    return true;
}
bool atr_demo_leave(atr_demo *d, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!atr_actor_tell(&d->people[i], json_pack("{s:s}", "cmd", "quit")) ||
            atr_actor_end(&d->people[i], &d->troupe) != 0) {
            return atr_demo_fail(d, "%s could not leave", d->people[i].name);
        }
    }
    atr_demo_claim(d, "all clients ended with status 0, nothing unsent");
    return true;
}
