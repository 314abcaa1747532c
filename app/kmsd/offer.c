#include "app/kmsd/offer.h"

#include <stdio.h>

static atr_err admits_identity(char text[ATR_ATTRS_TEXT_MAX],
                               const atr_offer *offer,
                               const atr_identity *identity, atr_fault *fault)
{
    text[0] = 0;
    if (!offer->identities) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "this authority gives no identity keys");
    }
    if (identity->period != 0) {
        return atr_fault_set(fault, ATR_ERR_INPUT,
                             "an identity of a period: this authority has "
                             "none");
    }
    snprintf(text, ATR_ATTRS_TEXT_MAX, ATR_OFFER_IDENTITY "%.*s",
             (int)identity->len, (const char *)identity->name);
    return ATR_OK;
}

atr_err atr_offer_admits(char text[ATR_ATTRS_TEXT_MAX], const atr_offer *offer,
                         const atr_enrol_request *request, atr_fault *fault)
{
    return request->kind == ATR_ENROL_IDENTITY
               ? admits_identity(text, offer, &request->identity, fault)
               : atr_universe_admits(text, offer->universe, &request->attrs,
                                     fault);
}
