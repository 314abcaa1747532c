/* offer.h - what may be asked for at an authority, and what was asked for as
 * people read it.
 *
 *     ONE, TWO, year=5              attributes, in their canonical form
 *     identity alice@example.org    an identity key
 *
 * No list of attributes begins as the second does: words stand apart by ", ".
 */
#ifndef ATR_OFFER_H
#define ATR_OFFER_H

#include "app/kmsd/universe.h"
#include "proto/enrol.h"

#define ATR_OFFER_IDENTITY "identity "

typedef struct {
    atr_bytes universe; /* attributes (universe.h); empty: any */
    bool identities;
} atr_offer;

/* atr_offer_admits checks that a person can ask so and that the authority
 * gives it, and writes its text. ATR_ERR_INPUT says what is wrong. An identity
 * has period 0 while there are no periods. */
ATR_MUST_USE atr_err atr_offer_admits(char text[ATR_ATTRS_TEXT_MAX],
                                      const atr_offer *offer,
                                      const atr_enrol_request *request,
                                      atr_fault *fault);

#endif
