/* Any text: refused with a place and a reason, or a policy that is valid and
 * that its own text and bytes give back.
 */
#include <stdlib.h>

#include "policy/policy_text.h"
#include "policy/policy_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static atr_policy policy;
static atr_policy again;
static char text[ATR_POLICY_TEXT_BYTES_MAX + 1];
static uint8_t bytes[ATR_POLICY_BYTES_MAX];

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    atr_builder out = atr_builder_of(bytes, sizeof bytes);
    atr_text_error error;

    if (atr_policy_parse(&policy, (atr_bytes){data, len}, &error) != ATR_OK) {
        must(error.what != NULL && error.line >= 1 && error.column >= 1 &&
             error.column <= len + 1 && policy.count == 0);
        return 0;
    }
    must(atr_policy_check(&policy) == ATR_OK);
    must(atr_policy_format(text, sizeof text, &policy) == ATR_OK);
    must(atr_policy_parse(&again, (atr_bytes){(uint8_t *)text, strlen(text)},
                          NULL) == ATR_OK);
    must(memcmp(&again, &policy, sizeof policy) == 0);
    atr_policy_build(&out, &policy);
    must(atr_builder_end(&out) == ATR_OK);
    must(atr_policy_read(&again, atr_builder_bytes(&out)) == ATR_OK);
    must(memcmp(&again, &policy, sizeof policy) == 0);
    return 0;
}
