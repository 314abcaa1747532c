#!/bin/sh
# Fuzzes each target of a fuzz build from its committed corpus.
#
# usage: fuzz.sh BUILD SECONDS
#
# What is found goes to BUILD/fuzz/<target>/ and leaves the tree as it is.
# Prints TAP, then "N passed, N failed", a target a test.
set -u

build=$1
seconds=$2
root=$(dirname "$0")/..
passed=0
failed=0
programs=$(find "$build/test" -maxdepth 1 -type f -name 'fuzz_*' | sort)
echo "1..$(echo "$programs" | grep -c .)"
for program in $programs; do
    name=${program##*/fuzz_}
    found=$build/fuzz/$name
    mkdir -p "$found/corpus"
    if "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -print_final_stats=1 -verbosity=1 -artifact_prefix="$found/" \
        "$found/corpus" "$root/test/fuzz/corpus/$name" >"$found/log.txt" 2>&1
    then
        passed=$((passed + 1))
        word=ok
    else
        failed=$((failed + 1))
        word="not ok"
        tail -n 40 "$found/log.txt" | sed 's/^/# /'
    fi
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$found/log.txt")
    echo "$word $((passed + failed)) - fuzz/$name, ${runs:-?} runs"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
