#!/bin/sh
# Installs libsodium.js for the wasm32 tests, in the versions of the lock
# file. Without npm or the registry the tests are skipped, and say so.
#
# usage: fetch.sh FOLDER
set -eu

here=$(dirname "$0")
folder=$1
if ! command -v npm >/dev/null; then
    echo "no npm: the wasm32 tests under node are skipped"
    exit 0
fi
mkdir -p "$folder"
if [ -d "$folder/node_modules/libsodium-wrappers-sumo" ] &&
    cmp -s "$here/package-lock.json" "$folder/package-lock.json"; then
    exit 0
fi
cp "$here/package.json" "$here/package-lock.json" "$folder/"
if ! (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error) \
    >"$folder/npm.txt" 2>&1; then
    tail -n 5 "$folder/npm.txt"
    rm -rf "$folder/node_modules"
    echo "npm could not fetch libsodium.js: the wasm32 tests are skipped"
fi
