/* troupe.h - the programs of the demonstration: started, driven by their
 * standard streams, watched against a time limit, and ended.
 */
#ifndef ATR_TROUPE_H
#define ATR_TROUPE_H

#include <jansson.h>

#include "host/file.h"
#include "host/process.h"

#define ATR_TROUPE_HEARD_MAX 64

/* A person: an `attrium chat --json` and what it has told so far. */
typedef struct {
    const char *name;
    const char *attributes;
    char home[ATR_PATH_BYTES_MAX];
    char request[65]; /* the id of its own for a key, where it is wanted */
    atr_process process;
    uint64_t epoch;
    unsigned members;
    char mark[65]; /* of the newest key, "" before the first */
    bool was_refused;
    char why[32];   /* of the refusal, or of the end */
    bool holds_key; /* at the refusal or the end */
    unsigned joins; /* arrivals seen, its own too */
    unsigned acked; /* own texts the hall keeps */
    size_t heard_count;
    char *heard[ATR_TROUPE_HEARD_MAX]; /* "nick: text" in order */
} atr_actor;

typedef struct {
    char dir[ATR_PATH_BYTES_MAX]; /* where all of it happens */
    char attrium[ATR_PATH_BYTES_MAX];
    char kmsd[ATR_PATH_BYTES_MAX];
    char halld[ATR_PATH_BYTES_MAX];
    atr_time end_at; /* nothing waits longer */
    atr_process authority;
    atr_process hall;
    volatile bool *stop; /* set by a signal */
} atr_troupe;

/* atr_troupe_find looks for the three programs: beside this one, in the
 * folders of the build, or in PATH. */
void atr_troupe_find(atr_troupe *troupe);

/* atr_troupe_run runs a program to its end. Returns its exit status, or -1
 * when it cannot be run or takes too long; `out` (may be NULL) is what it
 * wrote, to be freed. With `hush` its complaints are not shown. */
int atr_troupe_run(char **out, atr_troupe *troupe, const char *const *argv,
                   bool hush);

/* atr_troupe_complaints is atr_troupe_run for what a program complains of, to
 * be freed; NULL for nothing. */
int atr_troupe_complaints(char **complaints, atr_troupe *troupe,
                          const char *const *argv);

/* atr_troupe_serve starts a server and reads its first lines until one begins
 * with `key` and a blank; the rest of that line goes to `value`. */
ATR_MUST_USE bool atr_troupe_serve(atr_process *out, char *value, size_t cap,
                                   atr_troupe *troupe, const char *key,
                                   const char *const *argv);

/* atr_actor_enter starts a person's client. */
ATR_MUST_USE bool atr_actor_enter(atr_actor *actor, atr_troupe *troupe,
                                  const char *link, bool force);

/* atr_actor_tell sends one command. */
ATR_MUST_USE bool atr_actor_tell(atr_actor *actor, json_t *command);

/* atr_actor_listen takes what is there, waiting at most `limit_ms` for the
 * first; false when the client has ended. */
bool atr_actor_listen(atr_actor *actor, uint32_t limit_ms);

/* atr_actor_end waits for the end of the client: its exit status, or -1. */
int atr_actor_end(atr_actor *actor, atr_troupe *troupe);
void atr_actor_drop(atr_actor *actor);

/* atr_troupe_is_late tells whether time is over, or a signal came;
 * atr_troupe_time how much is left, in ms. */
bool atr_troupe_is_late(const atr_troupe *troupe);
uint32_t atr_troupe_time(const atr_troupe *troupe);

/* atr_troupe_drop ends the servers. */
void atr_troupe_drop(atr_troupe *troupe);

/* atr_folder_remove deletes a directory and all in it, never following
 * symbolic links. atr_folder_holds tells whether a file in it holds `text`. */
void atr_folder_remove(const char *path);
bool atr_folder_holds(const char *path, const char *text);

#endif
