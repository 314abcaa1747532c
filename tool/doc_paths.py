#!/usr/bin/env python3
"""Checks that every file a document names is there.

usage: doc_paths.py ROOT
       doc_paths.py --self-test

A path is what stands between backquotes in *.md, begins with a folder of this
project, and holds no blank; `*` and `{a,b}` mean what they mean in a shell,
and a missing ending is found. Output is TAP, one line a document.
"""
import glob
import os
import re
import sys
import tempfile

FOLDERS = ("lib/", "proto/", "host/", "app/", "test/", "tool/", "doc/")


def braces(path):
    """Every path that `{a,b}` in `path` stands for; `<name>` is any."""
    path = re.sub(r"<[^<>]*>", "*", path)
    found = re.search(r"\{([^{}]*)\}", path)
    if not found:
        return [path]
    return [expanded
            for part in found.group(1).split(",")
            for expanded in braces(path[:found.start()] + part
                                   + path[found.end():])]


def is_there(root, path):
    full = os.path.join(root, path)
    return bool(glob.glob(full) or glob.glob(full + ".*"))


def missing(root, text):
    named = {match for match in re.findall(r"`([^`\s]+)`", text)
             if match.startswith(FOLDERS)}
    return sorted(path for name in named for path in braces(name.rstrip("/"))
                  if not is_there(root, path))


def documents(root):
    return sorted(glob.glob(os.path.join(root, "*.md"))
                  + glob.glob(os.path.join(root, "doc", "**", "*.md"),
                              recursive=True))


def main(root):
    files = documents(root)
    failed = 0
    print(f"1..{len(files)}")
    for number, name in enumerate(files, 1):
        with open(name, encoding="utf-8") as file:
            lost = missing(root, file.read())
        for path in lost:
            print(f"# {path} is not there")
        failed += bool(lost)
        print(f"{'not ok' if lost else 'ok'} {number} - "
              f"{os.path.relpath(name, root)}")
    return 1 if failed or not files else 0


def self_test():
    with tempfile.TemporaryDirectory() as root:
        os.makedirs(os.path.join(root, "test", "unit"))
        for name in ("a.c", "b_one.c"):
            with open(os.path.join(root, "test", "unit", name), "w"):
                pass
        checks = [
            (missing(root, "`test/unit/a.c` and `test/unit/b_*`") == [],
             "what is there is found"),
            (missing(root, "`test/unit/a`") == [], "an ending may lack"),
            (missing(root, "`test/unit/{a,c}.c`") == ["test/unit/c.c"],
             "each of the braces counts"),
            (missing(root, "`test/unit/c*`") == ["test/unit/c*"],
             "what is not there is told"),
            (missing(root, "test/gone.c and `make test/gone`") == [],
             "words are not paths"),
        ]
    print(f"1..{len(checks)}")
    for number, (good, name) in enumerate(checks, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
    return 0 if all(good for good, _ in checks) else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
