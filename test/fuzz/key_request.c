/* A request under way: refused and wiped, or exactly the bytes that are
 * written again. */
#include <stdlib.h>

#include "app/attrium/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint8_t bytes[ATR_REQUEST_BYTES_MAX];
    static atr_request request;
    atr_builder builder = atr_builder_of(bytes, sizeof bytes);

    if (atr_request_read(&request, (atr_bytes){data, len}) != ATR_OK) {
        if (request.node_count != 0) {
            abort();
        }
        return 0;
    }
    atr_request_build(&builder, &request);
    if (!atr_bytes_equal(atr_builder_bytes(&builder), (atr_bytes){data, len})) {
        abort();
    }
    atr_request_wipe(&request);
    return 0;
}
