/* Any keys in any window: the line stays whole characters within its buffer,
 * and the picture within its own. The first byte is the width of the window. */
#include <stdlib.h>

#include "app/attrium/edit.h"
#include "app/attrium/sanitise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static void check(const atr_edit *edit, unsigned columns)
{
    char picture[4 * 256 + 128];
    atr_bytes line = {edit->line, edit->len};

    must(edit->at <= edit->len && edit->len <= sizeof edit->line);
    while (line.len > 0) {
        uint32_t point;
        size_t took = atr_utf8_next(&point, line);

        must(point != 0xfffd || took == 3); /* as it was typed */
        line.data += took;
        line.len -= took;
    }
    must(atr_edit_draw(picture, sizeof picture, edit, "> ", columns) <=
         sizeof picture);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static atr_edit edit;

    atr_edit_init(&edit);
    for (size_t i = 1; i < len; i++) {
        if (atr_edit_byte(&edit, data[i]) == ATR_EDIT_LINE) {
            must(edit.done[edit.done_len] == 0);
        }
        if (i % 8 == 0 || i + 1 == len) {
            check(&edit, data[0] + 1u);
        }
    }
    atr_edit_wipe(&edit);
    return 0;
}
