/* Any text as a list of attributes, and any bytes as a set of them: refused
 * whole, or a set that its own text and bytes give back.
 */
#include <stdlib.h>

#include "policy/attr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static atr_attrs attrs;
static atr_attrs again;
static char text[65536];
static uint8_t bytes[2 + ATR_ATTRS_MAX * (1 + ATR_ATTR_BYTES_MAX)];

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check_bytes(void)
{
    atr_builder out = atr_builder_of(bytes, sizeof bytes);
    atr_reader in;

    atr_attrs_build(&out, &attrs);
    must(atr_builder_end(&out) == ATR_OK);
    in = atr_reader_of(atr_builder_bytes(&out));
    atr_attrs_read(&again, &in);
    must(atr_reader_end(&in) == ATR_OK);
    must(memcmp(&again, &attrs, sizeof attrs) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    atr_reader in = atr_reader_of((atr_bytes){data, len});
    atr_text_error error;

    atr_attrs_read(&attrs, &in);
    if (atr_reader_end(&in) == ATR_OK) {
        check_bytes();
        must(atr_attrs_format(text, sizeof text, &attrs) == ATR_OK);
    }
    if (atr_attrs_parse(&attrs, (atr_bytes){data, len}, &error) != ATR_OK) {
        must(error.what != NULL && error.column <= len + 1 && attrs.count == 0);
        return 0;
    }
    check_bytes();
    must(atr_attrs_format(text, sizeof text, &attrs) == ATR_OK);
    must(atr_attrs_parse(&again, (atr_bytes){(uint8_t *)text, strlen(text)},
                         NULL) == ATR_OK);
    must(memcmp(&again, &attrs, sizeof attrs) == 0);
    return 0;
}
