/* host_conf.c - configuration text, line by line. */
#include "host/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const atr_conf_key keys[] = {
    {"listen", "address", ATR_CONF_TEXT, "127.0.0.1", 0, 0, ""},
    {"listen", "port", ATR_CONF_NUMBER, "7000", 1, 65535, ""},
    {"limits", "unsent-max", ATR_CONF_SIZE, "1 MiB", 1024, 1u << 30, ""},
    {"limits", "grace", ATR_CONF_TIME, "30 s", 0, 0, ""},
    {"log", "json", ATR_CONF_FLAG, "no", 0, 0, ""},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    atr_conf *conf;
    atr_fault fault = {""};
    atr_err err;

    if (atr_conf_open(&conf, keys, sizeof keys / sizeof keys[0]) != ATR_OK) {
        return 0;
    }
    err = atr_conf_parse(conf, "fuzz", (atr_bytes){data, len}, &fault);
    if ((err == ATR_OK) != (fault.text[0] == 0) ||
        atr_conf_number(conf, "listen", "port") > 65535 ||
        atr_conf_number(conf, "limits", "grace") > INT64_MAX) {
        __builtin_trap();
    }
    atr_conf_close(conf);
    return 0;
}
