#!/bin/sh
# Runs the tests of a build and counts them.
#
# usage: run_tests.sh BUILD [options of meson test]
#
# The last line is "N passed, N failed"; the exit status says the same.
set -u

build=$1
shift
here=$(dirname "$0")
log=$build/meson-logs/testlog.json
rm -f "$log"
meson test -C "$build" --no-rebuild --print-errorlogs \
    --num-processes "${JOBS:-$(nproc)}" "$@" >"$build/tests.txt" 2>&1
if [ ! -f "$log" ]; then
    cat "$build/tests.txt"
    echo "0 passed, 1 failed"
    exit 1
fi
# A program a line, and the output of those that failed.
grep -E '^ *[0-9]+/[0-9]+ ' "$build/tests.txt"
python3 "$here/check_summary.py" --output "$log"
