/* leak.c - branches on a secret. valgrind must say so: a check of the check. */
#include <stdio.h>

#include "base/base.h"

int main(void)
{
    volatile uint8_t key[1] = {3};

    ATR_SECRET((void *)(uintptr_t)key, sizeof key);
    if (key[0] == 3) {
        printf("1..1\n");
    }
    return 0;
}
