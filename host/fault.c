#include "host/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

atr_err atr_fault_set(atr_fault *fault, atr_err err, const char *format, ...)
{
    va_list args;

    if (fault != NULL) {
        va_start(args, format);
        (void)vsnprintf(fault->text, sizeof fault->text, format, args);
        va_end(args);
    }
    return err;
}

atr_err atr_fault_os(atr_fault *fault, const char *format, ...)
{
    int number = errno;
    size_t used;
    va_list args;

    if (fault != NULL) {
        va_start(args, format);
        (void)vsnprintf(fault->text, sizeof fault->text, format, args);
        va_end(args);
        used = strlen(fault->text);
        (void)snprintf(fault->text + used, sizeof fault->text - used, ": %s",
                       strerror(number));
    }
    return ATR_ERR_IO;
}
