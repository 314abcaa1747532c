#include "app/attrium/compare/matrix.h"

const char *const atr_families[ATR_FAMILIES] = {"ab-ake", "gdh, bd", "bcp",
                                                "hybrid"};

const char *atr_verdict_text(atr_verdict verdict)
{
    static const char *const texts[] = {"no", "partly", "yes"};

    return texts[verdict];
}

#define GROUP "test/attack/group.c#"
#define AKE "test/attack/ake.c#"

const atr_matrix_row atr_matrix[] = {
    {"authentication",
     {{ATR_YES, "of attributes: who cannot open forces nothing",
       AKE "an_outsider_forces_nothing"},
      {ATR_NO, "whoever sits on the wire is everybody",
       GROUP "man_in_the_middle_of_unsigned_methods"},
      {ATR_YES, "of names: every message is signed",
       GROUP "forged_names_against_bcp"},
      {ATR_PARTLY, "the sender is named, the receivers prove nothing",
       GROUP "man_in_the_middle_of_signed_methods"}}},
    {"anonymity",
     {{ATR_YES, "a key for the room alone, no name",
       "doc/threat-model.md#What each can learn"},
      {ATR_PARTLY, "no names, but places in an order",
       "doc/scheme/group.md#Methods"},
      {ATR_NO, "the list of names is in what is signed",
       "doc/scheme/group.md#Messages"},
      {ATR_NO, "one sealed secret a named key",
       "doc/scheme/group.md#Methods"}}},
    {"forward secrecy",
     {{ATR_NO, "one satisfying key opens what was recorded",
       AKE "a_stolen_key_opens_yesterdays_session"},
      {ATR_YES, "exponents are not kept", "doc/scheme/group.md#What they give"},
      {ATR_YES, "exponents are not kept", "doc/scheme/group.md#What they give"},
      {ATR_NO, "a receiver's secret opens what was recorded",
       GROUP "a_stolen_secret_opens_yesterdays_hybrid"}}},
    {"post-compromise",
     {{ATR_NO, "the stolen attribute key opens what comes too",
       AKE "a_stolen_key_opens_yesterdays_session"},
      {ATR_YES, "a new run draws new exponents",
       "test/unit/group.c#changes_in_any_order_give_fresh_keys"},
      {ATR_PARTLY, "a refresh shuts out a thief of exponents, not of a name",
       "test/unit/group.c#changes_in_any_order_give_fresh_keys"},
      {ATR_NO, "the stolen secret opens what comes too",
       GROUP "a_stolen_secret_opens_yesterdays_hybrid"}}},
    {"key confirmation",
     {{ATR_YES, "a tag of each member under the new key",
       "test/unit/ake.c#confirmations_are_of_one_member_and_epoch"},
      {ATR_NO, "no message is under the key", "doc/scheme/group.md#Messages"},
      {ATR_NO, "no message is under the key", "doc/scheme/group.md#Messages"},
      {ATR_NO, "no message is under the key", "doc/scheme/group.md#Messages"}}},
    {"contributiveness",
     {{ATR_YES, "every contribution is in the key whole",
       AKE "every_contribution_changes_the_key"},
      {ATR_YES, "every exponent is in the key", "doc/scheme/group.md#Methods"},
      {ATR_YES, "every exponent is in the key", "doc/scheme/group.md#Methods"},
      {ATR_NO, "the first party chooses alone",
       "doc/scheme/group.md#Methods"}}},
    {"no escrow",
     {{ATR_NO, "k nodes of the authority can open everything", "doc/limits.md"},
      {ATR_YES, "there is no authority", "doc/scheme/group.md#What they give"},
      {ATR_YES, "whoever certifies names can only act in them",
       "doc/scheme/group.md#What they give"},
      {ATR_YES, "whoever certifies names can only act in them",
       "doc/scheme/group.md#What they give"}}},
    {"removal",
     {{ATR_PARTLY, "who sees the next contribution and still satisfies follows",
       AKE "a_leaver_follows_with_its_attribute_key"},
      {ATR_PARTLY, "a new run, with nothing to tell who takes part",
       GROUP "man_in_the_middle_of_unsigned_methods"},
      {ATR_YES, "no point for who has left", GROUP "a_leaver_reads_on"},
      {ATR_YES, "no sealed secret for who has left",
       "test/unit/group.c#changes_in_any_order_give_fresh_keys"}}},
    {"deniability",
     {{ATR_PARTLY, "signatures are of a key nobody can lay to a person",
       "doc/scheme/ake.md#What it does not give"},
      {ATR_YES, "nothing is signed", "doc/scheme/group.md#Messages"},
      {ATR_NO, "the list of names is signed", GROUP "forged_names_against_bcp"},
      {ATR_NO, "the sender signs", "doc/scheme/group.md#Messages"}}},
    {"no list beforehand",
     {{ATR_YES, "whoever satisfies the policy may come",
       "doc/scheme/ake.md#Equations"},
      {ATR_NO, "an agreed order of parties", "doc/scheme/group.md#Methods"},
      {ATR_NO, "the names of all, in order", "doc/scheme/group.md#Messages"},
      {ATR_NO, "a public key of each", "doc/scheme/group.md#Methods"}}},
};

const size_t atr_matrix_rows = sizeof atr_matrix / sizeof atr_matrix[0];
