#include "app/attrium/compare/methods.h"

const atr_method *const atr_methods[] = {
    &atr_method_ake_fabeo, &atr_method_ake_w11, &atr_method_ake_fame,
    &atr_method_ibake,     &atr_method_gdh1,    &atr_method_gdh2,
    &atr_method_gdh3,      &atr_method_bd,      &atr_method_bcp,
    &atr_method_hybrid,
};

const size_t atr_method_count = sizeof atr_methods / sizeof atr_methods[0];

const atr_method *atr_method_by_name(const char *name)
{
    for (size_t i = 0; i < atr_method_count; i++) {
        if (strcmp(atr_methods[i]->name, name) == 0) {
            return atr_methods[i];
        }
    }
    return NULL;
}
