#!/bin/sh
# Every domain string in the sources stands in the table of doc/conventions.md,
# once. TAP.
cd "${ATTRIUM_SOURCE:-.}" || exit 1
used=$(grep -rhoE --include='*.[ch]' '"ATR1/[A-Za-z0-9/-]+' lib proto host app |
       cut -c2- | sort -u)
wrong=0
count=0
for string in $used; do
    count=$((count + 1))
    rows=$(grep -cE "^\| $string \|" doc/conventions.md)
    if [ "$rows" -ne 1 ]; then
        echo "# $string: $rows rows in doc/conventions.md"
        wrong=1
    fi
done
echo 1..1
if [ "$wrong" -eq 0 ] && [ "$count" -ge 15 ]; then
    echo "ok 1 - $count domain strings are documented"
else
    echo "not ok 1 - domain strings"
fi
