/* verifier.h - whether a partial key is what its node's public value says, so
 * that a node that cheats is found as it answers and another one asked.
 */
#ifndef ATR_VERIFIER_H
#define ATR_VERIFIER_H

#include "app/attrium/enrolment.h"

typedef struct atr_verifier atr_verifier;

/* atr_verifier_open makes one for a request, which it borrows; ATR_ERR_LIMIT.
 * What it has to compute first it computes at the first check. */
ATR_MUST_USE atr_err atr_verifier_open(atr_verifier **out,
                                       const atr_request *request);
void atr_verifier_close(atr_verifier *verifier);

/* atr_verifier_check verifies number `index` of what has been fetched against
 * A_j or P_j, and that it is of what was asked for: ATR_ERR_AUTH when not. */
ATR_MUST_USE atr_err atr_verifier_check(atr_verifier *verifier,
                                        const atr_enrolment *enrolment,
                                        size_t index);

#endif
