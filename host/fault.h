/* fault.h - one line that says what went wrong and where, for people.
 *
 * The atr_err of a host function says what the caller can do; the fault beside
 * it is the text to print or log. Functions that take an atr_fault accept
 * NULL, and write to it only when they return an error. A fault never holds
 * secret bytes.
 */
#ifndef ATR_FAULT_H
#define ATR_FAULT_H

#include "base/base.h"

#define ATR_FAULT_BYTES_MAX 512

typedef struct {
    char text[ATR_FAULT_BYTES_MAX]; /* ends with a zero, without newline */
} atr_fault;

/* atr_fault_set formats `fault->text`, cut to fit, and returns `err`, so that
 * a failure is one statement:  return atr_fault_set(fault, ATR_ERR_IO, ...) */
atr_err atr_fault_set(atr_fault *fault, atr_err err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* atr_fault_os is atr_fault_set with ": " and the text of `errno` appended. */
atr_err atr_fault_os(atr_fault *fault, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
