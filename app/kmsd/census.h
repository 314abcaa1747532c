/* census.h - how many people hold each attribute, counted from the register.
 *
 * A grant that is approved or issued, and not over, counts once: it has a key
 * or may have one at any time. They are counted a few at a time, so that others
 * are served meanwhile, and again when the register has changed, at most every
 * few seconds, whoever asks how often. What is told is coarse: at most how many
 * hold an attribute, at least how many people there are (policy/crowd.h); the
 * last count but for those who came or went since.
 */
#ifndef ATR_CENSUS_H
#define ATR_CENSUS_H

#include "app/kmsd/ledger.h"
#include "host/loop.h"
#include "proto/holders.h"

#define ATR_CENSUS_EVERY_MS 3000
#define ATR_CENSUS_SLICE 256 /* requests at a time */

typedef struct atr_census atr_census;

/* atr_census_open begins to count at the next turn of the loop. Loop and
 * ledger are lent. ATR_ERR_IO without memory. */
ATR_MUST_USE atr_err atr_census_open(atr_census **out, atr_loop *loop,
                                     atr_ledger *ledger);
void atr_census_close(atr_census *census);

/* atr_census_page is the newest page (proto/holders.h), borrowed until the loop
 * goes on; empty before the first count is done, and after the database has
 * failed. */
atr_bytes atr_census_page(const atr_census *census);

/* atr_census_shown is what it tells of the holders of one attribute as text, a
 * name or "year=5"; 0 for what is none. */
uint32_t atr_census_shown(const atr_census *census, const char *attribute);

#endif
