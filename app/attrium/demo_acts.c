/* demo_acts.c - what happens in the demonstration, act by act. */
#include "app/attrium/demo.h"

#include <stdio.h>
#include <stdlib.h>

#define POLICY "(ONE or THREE) and (TWO or FOUR)"

static bool start_authority(atr_demo *d)
{
    char dir[ATR_PATH_BYTES_MAX];
    const char *init[] = {d->troupe.kmsd,
                          "init",
                          "-d",
                          dir,
                          "--name",
                          "demo authority",
                          "--attributes",
                          "ONE TWO THREE FOUR FIVE",
                          NULL};
    const char *run[] = {
        d->troupe.kmsd, "run",         "-d",    dir, "--listen",
        "127.0.0.1:0",  "--log-level", "error", NULL};

    atr_demo_headline(d, "1. A key authority (attrium-kmsd, one node of one)");
    snprintf(dir, sizeof dir, "%.900s/authority", d->troupe.dir);
    if (atr_troupe_run(NULL, &d->troupe, init, false) != 0) {
        return atr_demo_fail(d, "the authority could not be made (%s)",
                             d->troupe.kmsd);
    }
    if (!atr_troupe_serve(&d->troupe.authority, d->authority,
                          sizeof d->authority, &d->troupe, "address", run)) {
        return atr_demo_fail(d, "the authority does not run");
    }
    atr_demo_show("%s", d->authority);
    return true;
}

static bool request_key(atr_demo *d, atr_actor *actor)
{
    const char *ask[] = {d->troupe.attrium,
                         "key",
                         "request",
                         "--json",
                         "-d",
                         actor->home,
                         "--authority",
                         d->authority,
                         "--note",
                         "demonstration",
                         actor->attributes,
                         NULL};
    char dir[ATR_PATH_BYTES_MAX];
    const char *approve[] = {d->troupe.kmsd, "approve", "-d", dir, NULL, NULL};
    const char *fetch[] = {d->troupe.attrium, "key", "fetch", "--json", "-d",
                           actor->home,       NULL};
    char *out = NULL;
    char *id;
    bool good;

    snprintf(dir, sizeof dir, "%.900s/authority", d->troupe.dir);
    if (atr_troupe_run(&out, &d->troupe, ask, false) != 0 ||
        (id = atr_demo_text(out, "id")) == NULL) {
        free(out);
        return atr_demo_fail(d, "%s could not ask for a key", actor->name);
    }
    free(out);
    approve[4] = id;
    good = atr_troupe_run(NULL, &d->troupe, fetch, true) == 1 && /* waits */
           atr_troupe_run(NULL, &d->troupe, approve, false) == 0 &&
           atr_troupe_run(NULL, &d->troupe, fetch, false) == 0;
    if (good) {
        atr_demo_show(
            "%-5s {%s}%*s request %.8s.., approved, key fetched and checked",
            actor->name, actor->attributes,
            (int)(16 - strlen(actor->attributes)), "", id);
    }
    free(id);
    return good || atr_demo_fail(d, "%s did not get the key", actor->name);
}

static bool issue_keys(atr_demo *d)
{
    atr_demo_headline(
        d, "3. Five people ask for attribute keys; the administrator "
           "approves");
    for (size_t i = 0; i < ATR_DEMO_PEOPLE; i++) {
        if (!request_key(d, &d->people[i])) {
            return false;
        }
    }
    atr_demo_claim(
        d,
        "the authority gave nothing before approval, then %d keys, each "
        "checked by its holder",
        ATR_DEMO_PEOPLE);
    return true;
}

static bool start_hall(atr_demo *d)
{
    atr_demo_headline(d, "2. A hall (attrium-halld)");
    return atr_demo_hall(d);
}

static bool create_room(atr_demo *d)
{
    atr_demo_headline(d, "4. A room for: " POLICY);
    return atr_demo_room(d, POLICY);
}

static bool join_all(atr_demo *d)
{
    atr_demo_headline(d, "5. Four of them join, one after the other");
    if (!atr_demo_enter(d, 0, ATR_DEMO_INSIDERS)) {
        return false;
    }
    atr_demo_claim(d, "{ONE THREE TWO}, {THREE TWO FOUR}, {ONE THREE FOUR} and "
                      "{ONE TWO FIVE} got in");
    atr_demo_claim(
        d, "after each join all members showed one and the same key mark, "
           "and a new one");
    return true;
}

static bool talk(atr_demo *d)
{
    atr_demo_headline(d, "6. They talk");
    if (!atr_demo_speak(d, ATR_DEMO_INSIDERS, 0,
                        "hello, is anybody qualified here?") ||
        !atr_demo_speak(d, ATR_DEMO_INSIDERS, 1,
                        "all of us, and nobody asked our names") ||
        !atr_demo_speak(d, ATR_DEMO_INSIDERS, 2,
                        "the hall knows only that we may enter") ||
        !atr_demo_speak(d, ATR_DEMO_INSIDERS, 3,
                        "and keeps what it cannot read") ||
        !atr_demo_heard(d, ATR_DEMO_INSIDERS, 4)) {
        return false;
    }
    atr_demo_claim(d, "4 texts reached all 4 members, once, in the same order, "
                      "acknowledged");
    return true;
}

/* Runs the outsider's client to its end: status 3, refused for `why`. */
static bool try_outsider(atr_demo *d, bool force, const char *why)
{
    atr_actor *eve = &d->people[ATR_DEMO_INSIDERS];
    int status;

    eve->was_refused = false;
    eve->holds_key = true;
    if (!atr_actor_enter(eve, &d->troupe, d->room, force)) {
        return atr_demo_fail(d, "%s's client does not start", eve->name);
    }
    status = atr_actor_end(eve, &d->troupe);
    if (!eve->was_refused || strcmp(eve->why, why) != 0) {
        return atr_demo_fail(
            d, "%s was not refused as it should be (\"%s\", exit %d)",
            eve->name, eve->why, status);
    }
    if (status != ATR_EXIT_DENIED || eve->holds_key || eve->mark[0] != 0) {
        return atr_demo_fail(d, "%s: exit status %d, %s", eve->name, status,
                             eve->holds_key ? "and holds a key" : "no key");
    }
    return true;
}

static bool refuse_outsider(atr_demo *d)
{
    const atr_actor *eve = &d->people[ATR_DEMO_INSIDERS];
    unsigned joins = d->people[0].joins;
    uint64_t epoch = d->people[0].epoch;

    atr_demo_headline(d, "7. The fifth, {FIVE}, tries");
    if (!try_outsider(d, false, "policy")) {
        return false;
    }
    atr_demo_show(
        "%s's own client says no: the key does not satisfy the policy",
        eve->name);
    atr_demo_claim(d, "{FIVE} is refused: exit status 3");
    if (!try_outsider(d, true, "denied")) {
        return false;
    }
    atr_demo_show(
        "%s skips that check: the hall's challenge stays closed, no key",
        eve->name);
    for (size_t i = 0; i < ATR_DEMO_INSIDERS; i++) {
        (void)atr_actor_listen(&d->people[i], 100);
    }
    if (d->people[0].joins != joins || d->people[0].epoch != epoch) {
        return atr_demo_fail(d, "the members were disturbed by the outsider");
    }
    atr_demo_claim(
        d, "{FIVE} holds no key even when it skips the local check, and "
           "nobody inside noticed");
    return true;
}

static bool one_leaves(atr_demo *d)
{
    atr_actor *leaver = &d->people[ATR_DEMO_INSIDERS - 1];
    uint64_t epoch = d->people[0].epoch;
    char old[65];

    atr_demo_headline(d, "8. One leaves, and the key changes");
    snprintf(old, sizeof old, "%s", d->people[0].mark);
    if (!atr_actor_tell(leaver, json_pack("{s:s}", "cmd", "quit")) ||
        atr_actor_end(leaver, &d->troupe) != 0) {
        return atr_demo_fail(d, "%s could not leave", leaver->name);
    }
    if (!atr_demo_agree(d, ATR_DEMO_INSIDERS - 1, epoch)) {
        return false;
    }
    atr_demo_mark("Dan leaves", &d->people[0]);
    if (strcmp(old, d->people[0].mark) == 0 ||
        strcmp(leaver->mark, d->people[0].mark) == 0) {
        return atr_demo_fail(d, "the key did not change");
    }
    atr_demo_claim(
        d, "one left; the other 3 agree on a new key, which the one who "
           "left never held");
    if (!atr_demo_speak(d, ATR_DEMO_INSIDERS - 1, 0,
                        "just the three of us now") ||
        !atr_demo_heard(d, ATR_DEMO_INSIDERS - 1, 5)) {
        return false;
    }
    if (leaver->heard_count != 4) {
        return atr_demo_fail(d, "the one who left heard more");
    }
    atr_demo_claim(d,
                   "the 3 talk under it; the one who left hears nothing more");
    return true;
}

static bool look_at_hall(atr_demo *d)
{
    char dir[ATR_PATH_BYTES_MAX];

    atr_demo_headline(d, "9. What the hall has kept");
    snprintf(dir, sizeof dir, "%.900s/hall", d->troupe.dir);
    if (!atr_folder_holds(dir, "THREE") || /* the policy: the search works */
        atr_folder_holds(dir, "is anybody qualified") ||
        atr_folder_holds(dir, "just the three of us") ||
        atr_folder_holds(dir, d->people[2].name)) {
        return atr_demo_fail(d, "the hall's files hold what they should not");
    }
    atr_demo_show(
        "the room's policy, and sealed texts: no word and no nickname");
    atr_demo_claim(d, "no text and no nickname stands in the hall's files");
    return true;
}

static bool all_leave(atr_demo *d)
{
    return atr_demo_leave(d, ATR_DEMO_INSIDERS - 1);
}

bool atr_demo_acts(atr_demo *d)
{
    static atr_demo_act *const acts[] = {
        start_authority, start_hall, issue_keys,   create_room, join_all, talk,
        refuse_outsider, one_leaves, look_at_hall, all_leave,
    };

    return atr_demo_play(d, acts, sizeof acts / sizeof acts[0]);
}
