#!/usr/bin/env python3
"""Checks what can be counted of the style: CONTRIBUTING.md has the rest.

usage: style.py ROOT
       style.py --self-test

Rules: lines of 80 columns, no tabs, no blanks at the end, no // comments,
include guards that start with ATR_ or the folder's word, functions of at most
FUNCTION_LINES, files of at most FILE_LINES (tests, tables and known answers
excepted). Prints TAP, a result a rule.
"""
import os
import re
import subprocess
import sys

COLUMNS = 80
FUNCTION_LINES = 60
FILE_LINES = 700
C_FILES = (".c", ".h", ".inc")


def check_text(path, text):
    """(rule, complaint) for each thing that is wrong."""
    lines = text.split("\n")
    product = path.split("/")[0] in ("lib", "proto", "host", "app")
    for number, line in enumerate(lines, 1):
        where = f"{path}:{number}"
        if len(line) > COLUMNS:
            yield "columns", f"{where}: {len(line)} columns"
        if "\t" in line:
            yield "blanks", f"{where}: a tab"
        if line != line.rstrip():
            yield "blanks", f"{where}: blanks at the end"
        if re.match(r"\s*//", line):
            yield "comments", f"{where}: // comment"
    guarded = re.search(r"^#ifndef \w+_H$", text, re.M)
    if path.endswith(".h") and path.split("/")[0] != "tool" and not guarded:
        yield "guards", f"{path}: no include guard"
    if product and len(lines) > FILE_LINES and not tables(text):
        yield "length", f"{path}: {len(lines)} lines"
    if product:
        for start, length in functions(lines):
            if length > FUNCTION_LINES:
                yield "length", f"{path}:{start}: function of {length} lines"


def tables(text):
    """Constants count as data: most lines are numbers."""
    numbers = len(re.findall(r"^\s*[{]*0x", text, re.M))
    return numbers > text.count("\n") / 2


def functions(lines):
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            yield start, number - start - 1
            start = None


RULES = ("columns", "blanks", "comments", "guards", "length")


def check(root):
    listed = subprocess.run(["git", "-C", root, "ls-files"], text=True,
                            stdout=subprocess.PIPE).stdout.split()
    wrong = {rule: [] for rule in RULES}
    for path in listed:
        full = os.path.join(root, path)
        if path.endswith(C_FILES) and os.path.exists(full):
            with open(full, encoding="utf-8") as file:
                for rule, complaint in check_text(path, file.read()):
                    wrong[rule].append(complaint)
    return wrong


def report(wrong):
    print(f"1..{len(wrong)}")
    for number, (rule, complaints) in enumerate(wrong.items(), 1):
        for line in complaints:
            print(f"# {line}")
        print(f"{'not ok' if complaints else 'ok'} {number} - {rule}")
    return 1 if any(wrong.values()) else 0


GUARD = "#ifndef X_H\n#define X_H\n#endif\n"
CASES = [
    ("lib/base/a.c", "int x;\n", None),
    ("lib/base/a.c", "x" * 81, "columns"),
    ("lib/base/a.c", "\tint x;\n", "blanks"),
    ("lib/base/a.c", "int x; \n", "blanks"),
    ("lib/base/a.c", "// hello\n", "comments"),
    ("lib/base/a.h", "int x;\n", "guards"),
    ("lib/base/a.h", GUARD, None),
    ("lib/base/a.c", "{\n" + "x;\n" * 61 + "}\n", "length"),
    ("lib/base/a.c", "{\n" + "x;\n" * 60 + "}\n", None),
    ("lib/base/a.c", "x;\n" * 701, "length"),
    ("lib/base/a.c", "    0x12,\n" * 701, None),
]


def self_test():
    bad = 0
    print(f"1..{len(CASES)}")
    for number, (path, text, expected) in enumerate(CASES, 1):
        got = next((rule for rule, _ in check_text(path, text)), None)
        bad += got != expected
        print(f"{'ok' if got == expected else 'not ok'} {number} - "
              f"{expected or 'nothing'}: {got}")
    return 1 if bad else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(report(check(sys.argv[1])))
