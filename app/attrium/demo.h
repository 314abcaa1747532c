/* demo.h - the demonstration: its stage (demo.c) and its acts (demo_acts.c). */
#ifndef ATR_DEMO_H
#define ATR_DEMO_H

#include "app/attrium/troupe.h"
#include "app/cli.h"

#define ATR_DEMO_PEOPLE 5
#define ATR_DEMO_INSIDERS 4 /* of these the first */
#define ATR_DEMO_CLAIMS_MAX 32

typedef struct {
    const atr_cli *cli;
    bool colour;
    atr_troupe troupe;
    atr_actor people[ATR_DEMO_PEOPLE];
    char authority[1024]; /* address */
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

/* atr_demo_acts plays all acts, until one fails. */
bool atr_demo_acts(atr_demo *d);

#endif
