#!/bin/sh
# The library as a program outside sees it: its header alone, in C and C++,
# and the names its shared object shows.
set -u

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
include="-I$ATTRIUM_SOURCE/lib"
library=$ATTRIUM_BUILD/lib
count=0
bad=0

# is STATUS NAME: prints one result, and what the command said if it failed.
is() {
    count=$((count + 1))
    if [ "$1" = 0 ]; then
        echo "ok $count - $2"
    else
        bad=1
        sed 's/^/# /' "$work/log"
        echo "not ok $count - $2"
    fi
}

cat >"$work/use.c" <<'C'
#include <attrium.h>

int main(void)
{
    uint8_t seed[ATR_SEED_BYTES] = {0};
    uint8_t out[4];
    atr_rng rng;

    atr_rng_init(&rng, seed);
    atr_rng_bytes(&rng, out, sizeof out);
    return out[0] == 0xda && out[1] == 0x41 ? 0 : 1;
}
C
cp "$work/use.c" "$work/use.cc"

echo 1..5
cc -std=c11 -Wall -Wextra -Werror $include -c "$work/use.c" \
    -o "$work/use.o" >"$work/log" 2>&1
is $? "the header alone compiles as C11"

if command -v g++ >/dev/null; then
    g++ -std=c++17 -Wall -Wextra -Werror $include -c "$work/use.cc" \
        -o "$work/usecc.o" >"$work/log" 2>&1
    is $? "and as C++17"
else
    count=$((count + 1))
    echo "ok $count # SKIP no g++"
fi

# A sanitizer's runtime has to be linked first: not what a program does.
if nm -D -u "$library/libattrium.so" | grep -qE '__(asan|ubsan)_'; then
    flags=-fsanitize=address,undefined
else
    flags=
fi
{
    cc $flags "$work/use.o" -L"$library" -lattrium -o "$work/use" &&
        LD_LIBRARY_PATH=$library "$work/use"
} >"$work/log" 2>&1
is $? "a program links the shared library and runs"

nm -D --defined-only "$library/libattrium.so" |
    awk '$2 != "A" && $3 !~ /^(atr_|__odr_asan)/' >"$work/log"
test ! -s "$work/log"
is $? "it shows no name without atr_"

# Arithmetic inside the curve is in no installed header's functions.
nm -D --defined-only "$library/libattrium.so" >"$work/names"
nm -g --defined-only "$library/libattrium.a" 2>/dev/null |
    awk '$2 == "T" { print $3 }' | sort -u >"$work/all"
shown=$(grep -c ' T ' "$work/names")
have=$(wc -l <"$work/all")
echo "$shown shown of $have" >"$work/log"
test "$shown" -gt 50 && test "$shown" -lt "$have"
is $? "it shows fewer names than it has ($shown of $have)"
exit $bad
