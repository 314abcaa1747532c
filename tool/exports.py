#!/usr/bin/env python3
"""Writes the linker's version script of libattrium.

usage: exports.py HEADER...

Exported is every function that an installed header declares, and nothing
else: a function that is not in a header given here cannot be called from
outside the library.
"""
import re
import sys

COMMENT = re.compile(r"/\*.*?\*/", re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\\n|\\.)*$", re.M)
NAME = re.compile(r"\b(atr_\w+)\s*\(")


def declared(text):
    """The functions a header declares: names before "(" outside bodies."""
    text = DIRECTIVE.sub("", COMMENT.sub("", text))
    depth = 0
    flat = []
    for char in text:
        depth += char == "{"
        if depth == 0:
            flat.append(char)
        depth -= char == "}"
    return set(NAME.findall("".join(flat)))


def main(paths):
    names = set()
    for path in paths:
        with open(path, encoding="utf-8") as file:
            names |= declared(file.read())
    print("ATTRIUM_0 {\n  global:")
    for name in sorted(names):
        print(f"    {name};")
    print("  local:\n    *;\n};")


if __name__ == "__main__":
    main(sys.argv[1:])
