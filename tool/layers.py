#!/usr/bin/env python3
"""Checks the layers of the house.

usage: layers.py includes ROOT        which room includes which
       layers.py symbols LIBRARY...   names in and names wanted by archives
       layers.py --self-test

Prints TAP, one result a rule. The rules:
  arrows   a file includes only rooms below its own (ALLOWED), by a path that
           names the room
  system   lib/ and proto/ include no header of the operating system
  prefix   every global symbol of a built library starts with atr_
  pure     the objects of lib/ and proto/ want nothing from the C library but
           what a freestanding compiler wants, and libsodium only where it is
           wrapped (lib/base/base.c, lib/base/rng.c, lib/sym)
"""
import os
import re
import subprocess
import sys
import tempfile

BELOW_KEX = {"scheme", "policy", "curve", "sym", "base"}
ROOMS = BELOW_KEX | {"kex"}
ALLOWED = {
    "base": set(),
    "sym": {"base"},
    "curve": {"sym", "base"},
    "policy": {"curve", "base"},
    "scheme": {"policy", "curve", "sym", "base"},
    "kex": BELOW_KEX,
    "proto": ROOMS,
    "host": {"base"},
    "app": ROOMS | {"proto", "host"},
}
# Where a room may enter another only by some doors.
DOORS = {("policy", "curve"): {"fr.h"}}

PURE = ROOMS | {"proto"}
SYSTEM_HEADERS = {"assert.h", "limits.h", "stdalign.h", "stdbool.h",
                  "stddef.h", "stdint.h", "string.h", "immintrin.h",
                  "valgrind/memcheck.h"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
C_FILES = (".c", ".h", ".S", ".inc")


def wraps_sodium(path):
    return path in ("lib/base/base.c", "lib/base/rng.c") or \
        path.startswith("lib/sym/")


# --- includes ----------------------------------------------------------------

def room_of(path):
    """The room of a file, None for lib/attrium.h, which opens them all."""
    parts = path.split("/")
    if parts[0] == "lib":
        return parts[1] if len(parts) > 2 else None
    return parts[0]


def wrong_own(path, room, target):
    entered, _, rest = target.partition("/")
    if not rest or entered not in ALLOWED:
        return f"{path}: \"{target}\" does not name a room"
    if room is None or entered == room:
        return None
    if entered not in ALLOWED[room]:
        return f"{path}: {room} may not include \"{target}\""
    doors = DOORS.get((room, entered))
    if doors is not None and rest not in doors:
        return f"{path}: {room} may include {entered} only by {sorted(doors)}"
    return None


def wrong_system(path, room, target):
    if room is not None and room not in PURE:
        return None
    if target == "sodium.h" and wraps_sodium(path):
        return None
    if target not in SYSTEM_HEADERS:
        return f"{path}: <{target}> is no business of {room}"
    return None


def check_includes(root):
    arrows = []
    system = []
    for path in c_files(root):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        room = room_of(path)
        if room is not None and room not in ALLOWED:
            arrows.append(f"{path}: {room} is not a room")
            continue
        for mark, target in INCLUDE.findall(text):
            own = mark == '"'
            wrong = (wrong_own if own else wrong_system)(path, room, target)
            if wrong:
                (arrows if own else system).append(wrong)
    return {"arrows": arrows, "system": system}


def c_files(root):
    for top in ("lib", "proto", "host", "app"):
        for folder, folders, files in os.walk(os.path.join(root, top)):
            folders[:] = [f for f in folders if f != "node_modules"]
            for name in sorted(files):
                if name.endswith(C_FILES):
                    yield os.path.relpath(os.path.join(folder, name), root)


# --- symbols -----------------------------------------------------------------

# What compilers, their sanitizers and their stack protector add.
ADDED = re.compile(r"^(__odr_asan|__asan_|__ubsan_|__sanitizer_|__sancov_|"
                   r"__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__assert_fail|"
                   r"__start___sancov|__stop___sancov|asan\.|sancov\.|"
                   r"__llvm_|__gcov_|__memcpy_chk|__memset_chk|__memmove_chk)")
FREESTANDING = {"memcpy", "memmove", "memset", "memcmp", "bcmp", "strlen",
                "memchr"}
SODIUM = re.compile(r"^(crypto|sodium)_")
WRAPPERS = re.compile(r"(^|_)(base_base|base_rng|sym_\w+)\.c\.o$")


def symbols(library):
    """(object, kind, name) of each global symbol an archive has or wants."""
    text = subprocess.run(["nm", "-g", library], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    member = ""
    for line in text.splitlines():
        if line.endswith(":"):
            member = os.path.basename(line[:-1])
        elif line:
            fields = line.split()
            yield member, fields[-2], fields[-1]


def check_symbols(libraries):
    prefix = []
    pure = []
    for library in libraries:
        label = os.path.basename(library)
        is_pure = label in ("libattrium.a", "libatrproto.a")
        for member, kind, name in symbols(library):
            where = f"{label}({member})"
            if ADDED.match(name) or name.startswith("atr_"):
                continue
            if kind not in "UwvV":
                prefix.append(f"{where}: {name} does not start with atr_")
            elif is_pure and name not in FREESTANDING:
                if not (SODIUM.match(name) and WRAPPERS.search(member)):
                    pure.append(f"{where}: wants {name}")
    return {"prefix": prefix, "pure": pure}


# --- TAP and the self-test ---------------------------------------------------

def report(results):
    print(f"1..{len(results)}")
    for number, (rule, wrong) in enumerate(results.items(), 1):
        for line in wrong:
            print(f"# {line}")
        print(f"{'not ok' if wrong else 'ok'} {number} - {rule}")
    return 1 if any(results.values()) else 0


def write(root, path, text):
    path = os.path.join(root, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


INCLUDE_CASES = [
    ("lib/curve/a.c", '#include "base/base.h"\n', None),
    ("lib/curve/a.c", '#include "scheme/abe.h"\n', "arrows"),
    ("lib/base/a.h", '#include "sym/hash.h"\n', "arrows"),
    ("lib/policy/a.c", '#include "curve/fr.h"\n', None),
    ("lib/policy/a.c", '#include "curve/g1.h"\n', "arrows"),
    ("lib/kex/a.c", '#include "proto/hall.h"\n', "arrows"),
    ("host/a.c", '#include "proto/hall.h"\n', "arrows"),
    ("host/a.c", '#include <sys/socket.h>\n', None),
    ("proto/a.c", '#include "host/loop.h"\n', "arrows"),
    ("proto/a.c", '#include <stdio.h>\n', "system"),
    ("lib/scheme/a.c", '#include <sodium.h>\n', "system"),
    ("lib/sym/a.c", '#include <sodium.h>\n', None),
    ("lib/sym/a.c", '  #  include <time.h>\n', "system"),
    ("app/attrium/a.c", '#include "a.h"\n', "arrows"),
    ("app/attrium/a.c", '#include "host/loop.h"\n', None),
    ("lib/new/a.c", "", "arrows"),
]
SYMBOL_CASES = [
    ("curve_a", "int atr_x(void); int atr_x(void) { return 1; }", None),
    ("curve_a", "int stray(void); int stray(void) { return 1; }", "prefix"),
    ("curve_a", "int stray;", "prefix"),
    ("curve_a", "void *malloc(unsigned long); void *atr_x(void);"
                "void *atr_x(void) { return malloc(1); }", "pure"),
    ("curve_a", "int crypto_x(void); int atr_x(void);"
                "int atr_x(void) { return crypto_x(); }", "pure"),
    ("sym_a", "int crypto_x(void); int atr_x(void);"
              "int atr_x(void) { return crypto_x(); }", None),
]


def caught(results):
    return next((rule for rule, wrong in results.items() if wrong), None)


def try_includes(path, text):
    with tempfile.TemporaryDirectory() as root:
        write(root, path, text)
        return caught(check_includes(root))


def try_symbols(name, text):
    with tempfile.TemporaryDirectory() as root:
        source = write(root, name + ".c", text)
        built = os.path.join(root, name + ".c.o")
        library = os.path.join(root, "libattrium.a")
        compiler = os.environ.get("CC", "cc").split()
        subprocess.run(compiler + ["-fcommon", "-c", source, "-o", built],
                       check=True)
        subprocess.run(["ar", "cr", library, built], check=True)
        return caught(check_symbols([library]))


def self_test():
    cases = [(try_includes, *case) for case in INCLUDE_CASES]
    cases += [(try_symbols, *case) for case in SYMBOL_CASES]
    bad = 0
    print(f"1..{len(cases)}")
    for number, (attempt, where, text, expected) in enumerate(cases, 1):
        got = attempt(where, text)
        bad += got != expected
        print(f"{'ok' if got == expected else 'not ok'} {number} - {where} "
              f"{text.strip()[:40]!r}: {got}")
    return 1 if bad else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    if len(sys.argv) == 3 and sys.argv[1] == "includes":
        sys.exit(report(check_includes(sys.argv[2])))
    if len(sys.argv) > 2 and sys.argv[1] == "symbols":
        sys.exit(report(check_symbols(sys.argv[2:])))
    sys.exit(__doc__)
