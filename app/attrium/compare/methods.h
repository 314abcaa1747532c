/* methods.h - the methods that are compared, as the stage sees them. A new
 * one is a line in the table of methods.c.
 */
#ifndef ATR_METHODS_H
#define ATR_METHODS_H

#include "app/attrium/compare/stage.h"

extern const atr_method *const atr_methods[];
extern const size_t atr_method_count;

/* atr_method_by_name returns NULL for an unknown one. */
const atr_method *atr_method_by_name(const char *name);

extern const atr_method atr_method_gdh1;
extern const atr_method atr_method_gdh2;
extern const atr_method atr_method_gdh3;
extern const atr_method atr_method_bd;
extern const atr_method atr_method_bcp;
extern const atr_method atr_method_hybrid;
extern const atr_method atr_method_ake_fabeo;
extern const atr_method atr_method_ake_w11;
extern const atr_method atr_method_ake_fame;
extern const atr_method atr_method_ibake;

#endif
