/* posting.h - a request as strangers post it, taken apart and checked whole
 * before anything is stored.
 */
#ifndef ATR_POSTING_H
#define ATR_POSTING_H

#include "app/kmsd/ledger.h"
#include "app/kmsd/offer.h"
#include "app/kmsd/source.h"

typedef struct {
    uint8_t bytes[ATR_ENROL_REQUEST_BYTES_MAX];
    size_t len;
    atr_enrol_request request;
    char attributes[ATR_ATTRS_TEXT_MAX]; /* the text of atr_offer_admits */
    char note[ATR_LEDGER_NOTE_BYTES_MAX + 1];
    char source[ATR_SOURCE_NAME_MAX + 1]; /* empty: no evidence */
    json_t *evidence;                     /* with a source: an object */
    uint8_t id[32];
    atr_fault fault; /* what to tell the asker */
} atr_posting;

/* atr_posting_wipe lets go of the evidence. */
void atr_posting_wipe(atr_posting *posting);

/* atr_posting_parse reads the JSON of api.h. Large: keep postings on the heap.
 * Returns ATR_ERR_INPUT for what is malformed, ATR_ERR_POLICY for what `offer`
 * does not have. */
ATR_MUST_USE atr_err atr_posting_parse(atr_posting *out, const atr_offer *offer,
                                       const uint8_t hm[32], atr_bytes body);

#endif
