/* forms.h - the closed formulas of the methods, from their papers and
 * doc/scheme/group.md, which every run is checked against.
 */
#ifndef ATR_FORMS_H
#define ATR_FORMS_H

#include "app/attrium/compare/stage.h"

/* What a step costs all parties together. */
typedef struct atr_form {
    uint32_t rounds;
    uint64_t messages;
    atr_ops ops;
} atr_form;

/* atr_form_group fills `out` for the methods of kex/group.h; `m` is the number
 * of members after the step. */
void atr_form_group(atr_form *out, atr_group_method_id method,
                    atr_group_step step, uint64_t m);

/* What one encapsulation takes under a policy, and in pairings one opening,
 * which makes the header again too. */
typedef struct {
    uint64_t g1; /* powers */
    uint64_t g2;
    uint64_t gt;
    uint64_t hashes; /* to G1 */
    uint64_t pairs;
} atr_abe_form;

/* atr_form_abe adds what `encaps` and `decaps` take inside. */
void atr_form_abe(atr_ops *ops, const atr_abe_form *abe, uint64_t encaps,
                  uint64_t decaps);
/* atr_form_ake is AB-AKE in one round. */
void atr_form_ake(atr_form *out, const atr_abe_form *abe, atr_group_step step,
                  uint64_t m);

/* atr_form_ibake is `runs` exchanges (of doc/scheme/ibake.md) and a sealed key
 * to each of the other members. */
void atr_form_ibake(atr_form *out, uint64_t runs, uint64_t m);

/* atr_form_differs names the first count that is not as it must be, or
 * returns NULL. */
const char *atr_form_differs(const atr_form *form, const atr_compare_row *row);

#endif
