/* generations.h - which generation of an authority's keys is the present one,
 * as the administrator has written it: after a revocation that is not to wait
 * for the end of the period.
 *
 *     FINGERPRINT=NUMBER, separated by blanks or commas; all others: 0
 */
#ifndef ATR_HALLD_GENERATIONS_H
#define ATR_HALLD_GENERATIONS_H

#include "base/base.h"

/* atr_generations_check returns ATR_ERR_INPUT for anything else. */
ATR_MUST_USE atr_err atr_generations_check(const char *list);

/* atr_generations_of finds the one of the authority `hm` in a list that has
 * been checked. */
uint32_t atr_generations_of(const char *list, const uint8_t hm[32]);

#endif
