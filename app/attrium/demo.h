/* demo.h - the demonstrations: their stage (demo.c), what they share
 * (demo_room.c) and their acts: of one node (demo_acts.c), and of five
 * (demo_threshold.c), one of which cheats (demo_cheat.c).
 */
#ifndef ATR_DEMO_H
#define ATR_DEMO_H

#include "app/attrium/troupe_nodes.h"
#include "app/cli.h"

#define ATR_DEMO_PEOPLE 5
#define ATR_DEMO_INSIDERS 4 /* of these the first */
#define ATR_DEMO_CLAIMS_MAX 32

typedef struct {
    const atr_cli *cli;
    bool colour;
    atr_troupe troupe;
    atr_actor people[ATR_DEMO_PEOPLE];
    char authority[1024];   /* address */
    atr_troupe_nodes nodes; /* of the demonstration of five */
    atr_process cheat;
    char fingerprint[128];
    char hall[1024]; /* link */
    char room[1024]; /* link */
    size_t claim_count;
    char claim[ATR_DEMO_CLAIMS_MAX][160];
    char problem[512];
} atr_demo;

void atr_demo_headline(const atr_demo *d, const char *text);

/* atr_demo_show prints a line of what happens. */
void atr_demo_show(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* atr_demo_claim notes what has been verified; atr_demo_fail what has not, and
 * returns false: the end of the demonstration. */
void atr_demo_claim(atr_demo *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool atr_demo_fail(atr_demo *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* atr_demo_hall starts the hall, atr_demo_room has the first person make a room
 * for `policy`. */
bool atr_demo_hall(atr_demo *d);
bool atr_demo_room(atr_demo *d, const char *policy);

/* atr_demo_enter lets people[from..to) join one after the other; after each
 * all agree on a new key. */
bool atr_demo_enter(atr_demo *d, size_t from, size_t to);

/* atr_demo_agree waits until people[0..count) are in one epoch later than
 * `after`, of `count` members, with one mark. */
bool atr_demo_agree(atr_demo *d, size_t count, uint64_t after);

/* atr_demo_speak has people[0..to) hear `text` of one of them; atr_demo_heard
 * compares all they have heard: the same `count` texts in the same order. */
bool atr_demo_speak(atr_demo *d, size_t to, size_t speaker, const char *text);
bool atr_demo_heard(atr_demo *d, size_t to, size_t count);

/* atr_demo_leave ends the clients of people[0..count). */
bool atr_demo_leave(atr_demo *d, size_t count);

void atr_demo_mark(const char *before, const atr_actor *actor);

/* atr_demo_text is a text in JSON that a program wrote, to be freed; NULL. */
char *atr_demo_text(const char *document, const char *name);

/* atr_demo_acts and atr_demo_threshold play all acts, until one fails. */
typedef bool atr_demo_act(atr_demo *d);
bool atr_demo_acts(atr_demo *d);
bool atr_demo_threshold(atr_demo *d);
bool atr_demo_play(atr_demo *d, atr_demo_act *const *acts, size_t count);

#endif
