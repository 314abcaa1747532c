#!/usr/bin/env python3
"""Counts the tests inside the test programs of one meson run.

usage: check_summary.py [--output] TESTLOG.json...
       check_summary.py --self-test

Each program prints TAP. Counted are its results, not the program. A program
that crashed, ran out of time, ended with a bad status without saying which
test failed, or printed fewer results than it planned, adds one failure of its
own. Prints failures and skips, and as its last line exactly
"N passed, N failed". Exit status 1 when something failed or nothing passed.
--output first shows what failed programs printed.
"""
import json
import re
import sys

RESULT = re.compile(r"^(not )?ok\b\s*(\d+)?\s*(?:-\s*)?(.*)$")
SKIP = re.compile(r"#\s*SKIP\b\s*(.*)$", re.I)
PLAN = re.compile(r"^1\.\.(\d+)\s*(?:#\s*SKIP\b\s*(.*))?$", re.I)


class Count:
    def __init__(self):
        self.passed = 0
        self.failures = []
        self.skips = []


def read_tap(name, text, count):
    """Adds the results in `text`; returns what is wrong with it, or None."""
    planned = None
    seen = 0
    bad = 0
    for line in text.splitlines():
        plan = PLAN.match(line)
        result = RESULT.match(line)
        if plan:
            planned = int(plan[1])
            if planned == 0:
                count.skips.append(f"{name}: {plan[2] or 'no reason given'}")
        elif result:
            seen += 1
            skip = SKIP.search(line)
            if skip:  # cmocka writes "not ok 2 # SKIP name"
                label = SKIP.sub("", result[3]).strip() or skip[1]
                count.skips.append(f"{name}: {label}")
            elif result[1]:
                bad += 1
                count.failures.append(f"{name}: {result[3]}")
            else:
                count.passed += 1
    if planned is None:
        return "printed no plan", bad
    if seen != planned:
        return f"printed {seen} of {planned} results", bad
    return None, bad


def add_program(entry, count):
    name = entry["name"].split(" / ")[-1]
    wrong, bad = read_tap(name, entry.get("stdout") or "", count)
    result = entry.get("result", "ERROR")
    if result == "TIMEOUT":
        wrong = "ran out of time"
    elif result == "INTERRUPT":
        wrong = "was interrupted"
    elif entry.get("returncode", 0) != 0 and bad == 0 and not wrong:
        wrong = f"ended with status {entry['returncode']}"
    elif wrong and entry.get("returncode", 0) != 0:
        wrong += f", ended with status {entry['returncode']}"
    if wrong:
        count.failures.append(f"{name}: the program {wrong}")


def show(entry):
    print(f"--- {entry['name']}")
    for stream in ("stdout", "stderr"):
        text = (entry.get(stream) or "").splitlines()
        for line in text[-200:]:
            print(f"    {line}")


def summary(entries, output=False, out=sys.stdout):
    count = Count()
    for entry in entries:
        before = len(count.failures)
        add_program(entry, count)
        if output and len(count.failures) > before:
            show(entry)
    for skip in count.skips:
        print(f"skipped: {skip}", file=out)
    for failure in count.failures:
        print(f"FAILED: {failure}", file=out)
    if count.skips:
        print(f"{len(count.skips)} skipped", file=out)
    print(f"{count.passed} passed, {len(count.failures)} failed", file=out)
    return 1 if count.failures or not count.passed else 0


def read_log(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


# --- self-test ---------------------------------------------------------------

def entry(stdout, result="OK", returncode=0):
    return {"name": "x", "stdout": stdout, "result": result,
            "returncode": returncode}


CASES = [
    ("all well", entry("1..2\nok 1 - a\nok 2 - b\n"), 2, 0, 0),
    ("one fails", entry("1..2\nok 1 - a\nnot ok 2 - b\n", "FAIL", 1), 1, 1, 0),
    ("cmocka's skip", entry("1..2\nok 1 - a\nnot ok 2 # SKIP b\n"), 1, 0, 1),
    ("whole program skipped", entry("1..0 # SKIP no node\n"), 0, 0, 1),
    ("crash after results", entry("1..2\nok 1 - a\n", "FAIL", -11), 1, 1, 0),
    ("crash before output", entry("", "FAIL", -6), 0, 1, 0),
    ("time-out", entry("1..1\nok 1 - a\n", "TIMEOUT", -15), 1, 1, 0),
    ("no plan", entry("hello\n"), 0, 1, 0),
    ("leak found at exit", entry("1..1\nok 1 - a\n", "FAIL", 23), 1, 1, 0),
    ("status hidden", entry("1..1\nnot ok 1 - a\n"), 0, 1, 0),
]


def self_test():
    print(f"1..{len(CASES)}")
    bad = 0
    for number, (name, program, passed, failed, skipped) in enumerate(CASES, 1):
        count = Count()
        add_program(program, count)
        got = (count.passed, len(count.failures), len(count.skips))
        good = got == (passed, failed, skipped)
        bad += not good
        print(f"{'ok' if good else 'not ok'} {number} - {name} {got}")
    return 1 if bad else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    logs = [path for path in sys.argv[1:] if path != "--output"]
    sys.exit(summary([e for path in logs for e in read_log(path)],
                     output="--output" in sys.argv[1:]))
