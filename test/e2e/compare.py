#!/usr/bin/env python3
"""`attrium compare`: what it writes can be read, holds together, and replaces
nothing unasked."""

import csv
import json
import os
import shutil
import subprocess
import tempfile

from world import ATTRIUM, Tap

tap = Tap()
STEPS = ["set-up", "join", "leave", "refresh"]


def compare(*args):
    done = subprocess.run([ATTRIUM, "compare", *args], timeout=240,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    return done.returncode, done.stdout, done.stderr


def test_json(folder):
    page, table = (os.path.join(folder, n) for n in ("page.html", "t.csv"))
    status, out, err = compare("--quick", "--max", "5", "--json", "--html",
                               page, "--csv", table)
    doc = json.loads(out)
    rows = doc["rows"]
    methods = {row["method"] for row in rows}
    tap.ok(status == 0 and doc["schema"] == 1 and len(methods) >= 8,
           "a quick run of all methods", (status, err, methods))
    tap.ok(all(row["checked"] for row in rows),
           "every step is as its formula says")
    tap.equal(len(rows), len(methods) * 2 * len(STEPS),
              "each method, size and step once")
    by = {(r["method"], r["step"], r["n"]): r for r in rows}
    bd = by["bd", "set-up", 5]
    tap.ok(bd["rounds"] == 2 and bd["messages"] == 10 and
           bd["operations"]["powers"] == 15 and
           bd["operations_max"]["powers"] == 3, "Burmester-Desmedt of 5", bd)
    ake = by["ake-fabeo", "join", 5]
    tap.ok(ake["rounds"] == 1 and ake["operations"]["encaps"] == 1 and
           ake["operations"]["decaps"] == 10, "a join to AB-AKE of 5", ake)
    tap.ok(all(r["sent_bytes_max"] <= r["sent_bytes"] and
               r["cpu_ms_max"] <= r["cpu_ms"] + 1e-6 and
               r["path_ms"] >= 20 * r["rounds"] for r in rows),
           "no member does more than all, and no step outruns its rounds")
    claims = doc["properties"]
    tap.ok(len(claims) >= 9 and
           all(cell["verdict"] in ("yes", "partly", "no") and cell["link"]
               for claim in claims for name, cell in claim.items()
               if name != "property"), "each claim has its reason")
    with open(table, newline="", encoding="ascii") as f:
        lines = list(csv.DictReader(f))
    tap.ok(len(lines) == len(rows) and
           [int(line["powers"]) for line in lines] ==
           [row["operations"]["powers"] for row in rows],
           "the CSV has the same rows")
    with open(page, encoding="utf-8") as f:
        text = f.read()
    tap.ok(text.startswith("<!DOCTYPE html>") and "</html>" in text and
           text.count("<tr>") > len(rows) and "http-equiv" not in text and
           "<script" not in text, "the page is whole")
    if shutil.which("gnuplot"):
        tap.ok(text.count("<svg") == 3 * len(STEPS), "with its plots")
    else:
        print("# no gnuplot: plots were not looked for")
        tap.ok("gnuplot" in err.decode(), "and says that it has no plots")
    return page


def test_refusals(page):
    before = open(page, "rb").read()
    status, out, err = compare("--quick", "--max", "2", "--html", page)
    tap.ok(status == 1 and b"--force" in err and out == b"" and
           open(page, "rb").read() == before, "a page is not replaced", err)
    status, _, err = compare("--quick", "--max", "2", "-m", "bd", "--html",
                             page, "--force", "-q")
    tap.ok(status == 0 and open(page, "rb").read() != before,
           "but with --force", err)
    for args, name in ((["--max", "1"], "groups of one"),
                       (["--max", "1001"], "groups too large"),
                       (["--latency", "x"], "a latency that is no number"),
                       (["--bandwidth", "0"], "no bandwidth"),
                       (["-m", "nothing"], "an unknown method"),
                       (["operand"], "an operand")):
        status, out, err = compare(*args)
        tap.ok(status == 2 and out == b"" and err.startswith(b"attrium: "),
               "2: " + name, (status, err))
    status, _, err = compare("--quick", "--max", "2", "-m", "bd", "--csv",
                             os.path.join(page, "no", "folder"))
    tap.ok(status == 1 and b"cannot write" in err, "a folder that is not there",
           err)


def test_text():
    status, out, _ = compare("--quick", "--max", "2", "-m", "gdh3", "-m", "bcp")
    text = out.decode()
    tap.ok(status == 0 and all("\n" + s + "\n" in text for s in STEPS) and
           "gdh3" in text and "bcp" in text and "hybrid  " not in
           text.split("property")[0], "the table of two methods", text[:500])
    status, out, _ = compare("--list")
    tap.ok(status == 0 and b"ake-fabeo" in out and b"1000" in out,
           "the list of methods")


def main():
    folder = tempfile.mkdtemp(prefix="attrium-compare-")
    try:
        test_refusals(test_json(folder))
        test_text()
    finally:
        shutil.rmtree(folder)
    tap.done()


if __name__ == "__main__":
    main()
