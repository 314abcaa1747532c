#!/bin/sh
# Runs a program that leaks on purpose, and passes when valgrind says so.
#
# usage: ct_catches.sh VALGRIND PROGRAM
echo 1..1
"$1" --quiet --error-exitcode=99 "$2" >/dev/null 2>&1
if [ $? = 99 ]; then
    echo "ok 1 - valgrind sees a branch on a secret"
else
    echo "not ok 1 - valgrind sees a branch on a secret"
    exit 1
fi
