/* probe.c - can this machine make wasm32 programs? 128-bit products need
 * compiler-rt, printf the C library. */
#include <stdio.h>

int main(int argc, char **argv)
{
    unsigned __int128 square = (unsigned __int128)(unsigned)argc * argc;

    (void)argv;
    printf("%u\n", (unsigned)(square * square >> 3));
    return 0;
}
