#!/usr/bin/env python3
"""Runs the benchmarks of a build, prints one table, writes bench.json.

usage: bench.py BUILD [NAME...]
       bench.py --self-test

A benchmark prints one JSON object a line with at least "name", "engine" and
"n"; usually "core_cycles" and "us"; whatever more it likes, with numbers.
NAME chooses among the programs of BUILD/test/bench_NAME and, run by node,
BUILD/test/wasm/bench_NAME.wasm; what begins with "1..0 # SKIP" has no rows.
"""
import glob
import json
import os
import subprocess
import sys

FIRST = ("name", "engine", "n", "core_cycles", "us")


def parse(text, program):
    rows = []
    for line in text.splitlines():
        if not line.strip():
            continue
        if line.startswith("1..0 # SKIP"):
            print(f"{program}: {line.split('# ')[1]}", file=sys.stderr)
            continue
        row = json.loads(line)
        if not {"name", "engine", "n"} <= row.keys():
            raise ValueError(f"{program}: a row without name, engine or n")
        rows.append(row)
    return rows


def number(value):
    if value is None:
        return ""
    if isinstance(value, float) and abs(value) < 1000:
        return f"{value:.3f}"
    return f"{value:,.0f}"


def cells(row):
    more = [f"{key} {number(value) if isinstance(value, (int, float)) else value}"
            for key, value in row.items() if key not in FIRST]
    return [str(row["name"]), str(row["engine"]), str(row["n"]),
            number(row.get("core_cycles")), number(row.get("us")),
            ", ".join(more)]


def table(rows):
    lines = [["name", "engine", "n", "core cycles", "us", ""]]
    lines += [cells(row) for row in rows]
    widths = [max(len(line[i]) for line in lines) for i in range(6)]
    out = []
    for line in lines:
        left = [line[i].ljust(widths[i]) for i in (0, 1)]
        right = [line[i].rjust(widths[i]) for i in (2, 3, 4)]
        out.append("  ".join(left + right + [line[5]]).rstrip())
    return "\n".join(out)


def command(program, build):
    if not program.endswith(".wasm"):
        return [program]
    runner = os.path.join(os.path.dirname(__file__), "wasm", "run.mjs")
    return ["node", "--no-warnings", runner, program, f"{build}/npm"]


def main(build, names):
    programs = sorted(path for path in glob.glob(f"{build}/test/bench_*")
                      if os.path.isfile(path) and os.access(path, os.X_OK))
    programs += sorted(glob.glob(f"{build}/test/wasm/bench_*.wasm"))
    if names:
        wanted = [f"bench_{name}" for name in names]
        programs = [path for path in programs
                    if os.path.splitext(os.path.basename(path))[0] in wanted]
    rows = []
    bad = 0
    for program in programs:
        print(f"{os.path.basename(program)} ...", file=sys.stderr)
        run = subprocess.run(command(program, build), text=True,
                              stdout=subprocess.PIPE)
        bad += run.returncode != 0
        if run.returncode != 0:
            print(f"{program}: status {run.returncode}", file=sys.stderr)
        rows += parse(run.stdout, program)
    with open(f"{build}/bench.json", "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=1)
        file.write("\n")
    print(table(rows))
    return 1 if bad or not rows else 0


def self_test():
    text = ('{"name": "pairing", "engine": "portable", "n": 1, '
            '"core_cycles": 4100000, "us": 1020.5}\n'
            '{"name": "hall", "engine": "tls", "n": 100, "per_second": 9e6}\n')
    shown = table(parse(text, "x"))
    checks = [("4,100,000" in shown, "cycles are shown"),
              ("per_second 9,000,000" in shown, "other numbers are shown")]
    checks.append((parse("1..0 # SKIP no sodium\n", "x") == [],
                   "a skipped program has no rows"))
    try:
        parse('{"name": "x"}', "x")
        checks.append((False, "a row without n is refused"))
    except ValueError:
        checks.append((True, "a row without n is refused"))
    print(f"1..{len(checks)}")
    for index, (good, name) in enumerate(checks, 1):
        print(f"{'ok' if good else 'not ok'} {index} - {name}")
    return 0 if all(good for good, _ in checks) else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(self_test())
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
