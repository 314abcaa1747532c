#!/bin/sh
# Installs the Debian packages that are missing for what is asked for, when
# it may; otherwise says which to install, and fails.
#
# usage: packages.sh build|check|clang|wasm|ct|lint|directory|browser...
set -eu

needed=
for part in "$@"; do
    case $part in
    build) needed="$needed gcc libc6-dev make meson ninja-build pkg-config
        python3 libsodium-dev libjansson-dev libcmocka-dev libevent-dev
        libwslay-dev libsqlite3-dev libssl-dev libncurses-dev scdoc
        libldap-dev libcurl4-openssl-dev libcjose-dev" ;;
    check) needed="$needed openssl gnuplot-nox" ;;
    wasm) needed="$needed clang lld wasi-libc libclang-rt-14-dev-wasm32
        nodejs npm" ;;
    clang) needed="$needed clang llvm" ;;
    ct) needed="$needed valgrind" ;;
    directory) needed="$needed slapd" ;;
    browser) needed="$needed chromium" ;;
    lint) needed="$needed clang-format clang-tidy cppcheck" ;;
    *) echo "packages.sh: what is $part?" >&2; exit 2 ;;
    esac
done

# A node that came another way than by Debian will do.
provided() {
    case $1 in
    nodejs) command -v node >/dev/null ;;
    npm | valgrind | clang | gcc | make | meson | openssl | cppcheck | scdoc)
        command -v "$1" >/dev/null ;;
    *) return 1 ;;
    esac
}

installed() {
    status=$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) || return 1
    [ "$status" = installed ]
}

missing=
for package in $needed; do
    provided "$package" || installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root="sudo -n"
else
    as_root=none
fi
if [ "$as_root" = none ] || ! command -v apt-get >/dev/null; then
    echo "These packages are missing; install them and start again:" >&2
    echo "    apt-get install$missing" >&2
    exit 1
fi

echo "Installing:$missing"
log=$(mktemp)
export DEBIAN_FRONTEND=noninteractive
# A directory server for tests is not to be set up, nor started.
case " $missing " in
*" slapd"*)
    echo "slapd slapd/no_configuration boolean true" |
        $as_root debconf-set-selections
    export RUNLEVEL=1 ;;
esac
# Lists may be absent or old; an update that fails is no reason to stop yet.
$as_root apt-get -q -o DPkg::Lock::Timeout=300 update >"$log" 2>&1 || true
if ! $as_root apt-get -q -o DPkg::Lock::Timeout=300 install -y \
    --no-install-recommends $missing >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "apt-get could not install:$missing (log: $log)" >&2
    exit 1
fi
rm -f "$log"
