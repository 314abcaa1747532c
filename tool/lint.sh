#!/bin/sh
# Looks at the source: layers, names and style (these can fail), then cppcheck,
# clang-tidy and clang-format, whose findings are advice unless STRICT=1.
#
# usage: lint.sh BUILD
set -u

build=$1
root=$(dirname "$0")/..
cd "$root" || exit 1
status=0
python3 tool/layers.py includes . || status=1
python3 tool/style.py . || status=1
libraries=$(find "$build" -name 'libat*.a' -not -path '*/test/*')
python3 tool/layers.py symbols $libraries || status=1

advice=0
files=$(git ls-files 'lib/*.c' 'proto/*.c' 'host/*.c' 'app/*.c')
[ -n "$files" ] || exit $status
echo "# cppcheck"
cppcheck --quiet --enable=warning,portability,performance \
    --inline-suppr --suppress=missingIncludeSystem --error-exitcode=1 \
    -Ilib -I. $files || advice=1
echo "# clang-tidy"
clang-tidy --quiet -p "$build" $files 2>/dev/null || advice=1
echo "# clang-format"
for file in $files $(git ls-files '*.h'); do
    clang-format --dry-run -Werror "$file" >/dev/null 2>&1 || {
        echo "clang-format would change $file"
        advice=1
    }
done
if [ "${STRICT:-0}" = 1 ] && [ $advice != 0 ]; then
    status=1
fi
exit $status
