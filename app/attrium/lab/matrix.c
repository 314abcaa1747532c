/* A policy as a tree and as a matrix. */
#include <stdio.h>

#include "app/attrium/lab/lab.h"
#include "policy/share.h"

#define POLICY "A and 2 of (B, C, D)"
#define COLUMNS_MAX 8
#define DENOMINATOR_MAX 9

/* Writes a number below 1000, or one that is so when negated. */
static bool write_small(char out[24], const atr_fr *value, const char *sign,
                        unsigned denominator)
{
    uint64_t limb[4];

    atr_fr_limbs(limb, value);
    if ((limb[1] | limb[2] | limb[3]) != 0 || limb[0] >= 1000) {
        return false;
    }
    if (denominator == 1) {
        snprintf(out, 24, "%s%u", sign, (unsigned)limb[0]);
    } else {
        snprintf(out, 24, "%s%u/%u", sign, (unsigned)limb[0], denominator);
    }
    return true;
}

/* A number as people write it: those of matrices and weights are small
 * fractions mod r. */
static void write_number(char out[24], const atr_fr *value)
{
    atr_fr times = atr_fr_of(0);
    atr_fr negated;

    for (unsigned d = 1; d <= DENOMINATOR_MAX; d++) {
        atr_fr_add(&times, &times, value);
        atr_fr_neg(&negated, &times);
        if (write_small(out, &times, "", d) ||
            write_small(out, &negated, "-", d)) {
            return;
        }
    }
    snprintf(out, 24, "large");
}

static void show_tree(atr_lab *lab, const atr_policy *policy)
{
    unsigned row = 0;

    for (size_t i = 0; i < policy->count; i++) {
        const atr_policy_step *step = &policy->steps[i];

        if (step->of == 0) {
            atr_lab_say(lab, "Step %zu is row %u: attribute %.*s", i, row++,
                        step->attr.len, (const char *)step->attr.bytes);
        } else {
            atr_lab_say(lab, "Step %zu is a gate: %u of the %u results before",
                        i, step->need, step->of);
        }
    }
}

static void show_matrix(atr_lab *lab, const atr_policy *policy,
                        const atr_policy_rows *rows)
{
    const size_t columns = atr_share_columns(policy);
    atr_fr entry[COLUMNS_MAX];

    for (size_t i = 0; i < rows->count; i++) {
        char line[24 * COLUMNS_MAX] = "";

        atr_share_matrix_row(entry, policy, i);
        for (size_t k = 0; k < columns; k++) {
            char number[24];
            size_t at = strlen(line);

            write_number(number, &entry[k]);
            snprintf(line + at, sizeof line - at, " %s", number);
        }
        atr_lab_say(lab, "Row %zu of the matrix: (%s )", i, line);
    }
}

static void recombine(atr_lab *lab, const atr_policy *policy,
                      const atr_fr *share, const atr_fr *secret,
                      const char *attrs)
{
    const atr_share_cost cost = {.row = 1};
    atr_fr sum = atr_fr_of(0);
    atr_share_plan plan;
    atr_attrs set;

    if (!atr_lab_attrs(lab, &set, attrs)) {
        return;
    }
    if (atr_share_plan_make(&plan, policy, &set, cost) != ATR_OK) {
        atr_lab_claim(lab, false, "{%s} satisfies the policy", attrs);
        return;
    }
    for (size_t i = 0; i < plan.count; i++) {
        char number[24];
        atr_fr term;

        write_number(number, &plan.weight[i]);
        atr_lab_say(lab, "{%s} uses row %u with weight %s", attrs, plan.row[i],
                    number);
        atr_fr_mul(&term, &plan.weight[i], &share[plan.row[i]]);
        atr_fr_add(&sum, &sum, &term);
    }
    atr_lab_claim(lab, atr_fr_equal(&sum, secret) != 0,
                  "the weighted shares of {%s} sum to the secret", attrs);
}

static void refuse(atr_lab *lab, const atr_policy *policy, const char *attrs)
{
    const atr_share_cost cost = {.row = 1};
    atr_share_plan plan;
    atr_attrs set;

    if (atr_lab_attrs(lab, &set, attrs)) {
        atr_lab_claim(lab,
                      atr_share_plan_make(&plan, policy, &set, cost) ==
                          ATR_ERR_POLICY,
                      "no weights exist for {%s}", attrs);
    }
}

void atr_lab_matrix(atr_lab *lab)
{
    atr_fr share[ATR_POLICY_ROWS_MAX];
    atr_policy_rows rows;
    atr_policy policy;
    atr_fr secret;

    if (!atr_lab_policy(lab, &policy, POLICY)) {
        return;
    }
    atr_policy_rows_of(&rows, &policy);
    atr_lab_say(lab, "The policy is: " POLICY);
    atr_lab_say(lab, "As a tree it stands in postfix order");
    show_tree(lab, &policy);
    if (atr_share_columns(&policy) > COLUMNS_MAX) {
        atr_lab_claim(lab, false, "the matrix is narrow");
        return;
    }
    atr_lab_say(lab, "Shares are this matrix times (secret, coins)");
    show_matrix(lab, &policy, &rows);
    atr_fr_random(&secret, &lab->rng);
    atr_share_split(share, &secret, &policy, &lab->rng);
    atr_lab_scalar(lab, "secret", &secret);
    for (size_t i = 0; i < rows.count; i++) {
        char name[48];

        snprintf(name, sizeof name, "share of row %zu", i);
        atr_lab_scalar(lab, name, &share[i]);
    }
    recombine(lab, &policy, share, &secret, "A, B, C");
    recombine(lab, &policy, share, &secret, "A, B, D");
    recombine(lab, &policy, share, &secret, "A, C, D");
    refuse(lab, &policy, "A, B");
    refuse(lab, &policy, "B, C, D");
}
