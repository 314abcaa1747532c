#!/bin/sh
# Installs what tests take from npm, in the versions of the lock file:
# libsodium.js for wasm32, an OpenID Connect issuer for the attribute sources,
# and what drives a browser and looks whether a page is accessible.
# Without npm or the registry those tests are skipped, and say so.
#
# usage: fetch.sh FOLDER
set -eu

here=$(dirname "$0")
folder=$1
if ! command -v npm >/dev/null; then
    echo "no npm: tests that need its packages are skipped"
    exit 0
fi
mkdir -p "$folder"
if [ -d "$folder/node_modules" ] &&
    cmp -s "$here/package-lock.json" "$folder/package-lock.json"; then
    exit 0
fi
cp "$here/package.json" "$here/package-lock.json" "$folder/"
if ! (cd "$folder" && npm ci --no-audit --no-fund --loglevel=error) \
    >"$folder/npm.txt" 2>&1; then
    tail -n 5 "$folder/npm.txt"
    rm -rf "$folder/node_modules"
    echo "npm could not fetch its packages: tests that need them are skipped"
fi
