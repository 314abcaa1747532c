#include "app/attrium/compare/forms.h"

/* A set-up, of m parties, or what begins anew. */
static void setup_form(atr_form *out, atr_group_method_id method, uint64_t m)
{
    uint64_t *op = out->ops.of;

    switch (method) {
    case ATR_GROUP_GDH1:
        out->rounds = (uint32_t)(2 * (m - 1));
        out->messages = 2 * (m - 1);
        op[ATR_OP_POWER] = (m + 3) * m / 2 - 1;
        break;
    case ATR_GROUP_BCP:
        op[ATR_OP_SIGN] = m;
        op[ATR_OP_VERIFY] = 2 * (m - 1);
        /* fall through */
    case ATR_GROUP_GDH2:
        out->rounds = (uint32_t)m;
        out->messages = m;
        op[ATR_OP_POWER] = (m + 3) * m / 2 - 1;
        break;
    case ATR_GROUP_GDH3:
        out->rounds = (uint32_t)(m == 2 ? 2 : m + 1);
        out->messages = 2 * m - 1;
        op[ATR_OP_POWER] = 4 * m - 4;
        op[ATR_OP_INVERSE] = m - 2;
        break;
    case ATR_GROUP_BD:
        out->rounds = 2;
        out->messages = 2 * m;
        op[ATR_OP_POWER] = 3 * m;
        op[ATR_OP_PRODUCT] = m * (2 * m - 1);
        break;
    default: /* the hybrid, whatever the step */
        out->rounds = 1;
        out->messages = 1;
        op[ATR_OP_SIGN] = 1;
        op[ATR_OP_VERIFY] = m - 1;
        op[ATR_OP_DH] = 2 * (m - 1);
        break;
    }
}

/* Joins, leaves and refreshes as Cliques and BCP have them. */
static void change_form(atr_form *out, bool is_signed, atr_group_step step,
                        uint64_t m)
{
    bool joins = step == ATR_GROUP_JOIN;

    out->rounds = joins ? 2 : 1;
    out->messages = joins ? 2 : 1;
    /* the controller and the newcomer m each, or the controller m; others 1 */
    out->ops.of[ATR_OP_POWER] = joins ? 2 * m + (m - 2) : m + (m - 1);
    out->ops.of[ATR_OP_SIGN] = is_signed ? out->messages : 0;
    out->ops.of[ATR_OP_VERIFY] = is_signed ? m - 1 + joins : 0;
}

void atr_form_group(atr_form *out, atr_group_method_id method,
                    atr_group_step step, uint64_t m)
{
    memset(out, 0, sizeof *out);
    if (step != ATR_GROUP_SETUP &&
        (method == ATR_GROUP_GDH2 || method == ATR_GROUP_BCP)) {
        change_form(out, method == ATR_GROUP_BCP, step, m);
        return;
    }
    setup_form(out, method, m);
}

void atr_form_abe(atr_ops *ops, const atr_abe_form *abe, uint64_t encaps,
                  uint64_t decaps)
{
    uint64_t made = encaps + decaps; /* an opening makes the header again */

    ops->of[ATR_OP_ENCAP] = encaps;
    ops->of[ATR_OP_DECAP] = decaps;
    ops->of[ATR_OP_G1] = made * abe->g1;
    ops->of[ATR_OP_G2] = made * abe->g2;
    ops->of[ATR_OP_GT] = made * abe->gt;
    ops->of[ATR_OP_PAIRING] = decaps * abe->pairs;
    ops->of[ATR_OP_HASH] = made * abe->hashes;
}

void atr_form_ake(atr_form *out, const atr_abe_form *abe, atr_group_step step,
                  uint64_t m)
{
    bool all = step == ATR_GROUP_SETUP;
    bool joins = step == ATR_GROUP_JOIN;
    uint64_t encaps = all ? m : 1;
    uint64_t decaps = all ? m * (m - 1) : joins ? 2 * (m - 1) : m - 1;

    memset(out, 0, sizeof *out);
    out->rounds = 1;
    out->messages = encaps;
    atr_form_abe(&out->ops, abe, encaps, decaps);
    out->ops.of[ATR_OP_SIGN] = encaps;
    out->ops.of[ATR_OP_VERIFY] = decaps;
}

/* A run: three messages that are encrypted and opened, and a tag; two powers on
 * either side; a pairing with the other's identity on either side. */
void atr_form_ibake(atr_form *out, uint64_t runs, uint64_t m)
{
    uint64_t *op = out->ops.of;

    memset(out, 0, sizeof *out);
    out->rounds = runs != 0 ? 5 : 1;
    out->messages = 4 * runs + m - 1;
    op[ATR_OP_ENCAP] = 3 * runs;
    op[ATR_OP_DECAP] = 3 * runs;
    op[ATR_OP_DH] = 4 * runs;
    op[ATR_OP_G2] = 6 * runs;
    op[ATR_OP_GT] = 3 * runs;
    op[ATR_OP_PAIRING] = (3 + 2) * runs;
    op[ATR_OP_HASH] = 2 * runs;
}

const char *atr_form_differs(const atr_form *form, const atr_compare_row *row)
{
    if (form->rounds != row->rounds) {
        return "rounds";
    }
    if (form->messages != row->messages) {
        return "messages";
    }
    for (size_t i = 0; i < ATR_OPS; i++) {
        if (form->ops.of[i] != row->ops.of[i]) {
            return atr_op_names[i];
        }
    }
    return NULL;
}
