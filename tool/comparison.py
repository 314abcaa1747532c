#!/usr/bin/env python3
"""Writes the results of `attrium compare` into doc/comparison.md, and its plots
beside it.

usage: comparison.py BUILD [--quick]

What stands between "<!-- begin NAME -->" and "<!-- end NAME -->" is replaced:
NAME is `run`, `properties`, or a step. The texts around stay as they are.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.join(HERE, "../doc/comparison.md")
FIGURES = os.path.join(HERE, "../doc/figures")
SIZES = (2, 10, 50, 100, 200, 1000)
STEPS = ("set-up", "join", "leave", "refresh")
PLOTS = ("cpu", "path", "bytes")


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(c) for c in row) + " |" for row in rows]
    return "\n".join(lines)


def figure(value):
    return "%.1f" % value if value < 100 else "%d" % round(value)


def step_table(rows, step):
    head = ("method", "n", "rounds", "messages", "sent, one, B",
            "received, one, B", "powers", "pairings", "CPU, all, ms",
            "CPU, one, ms", "path, ms")
    largest = {r["method"]: r["n"] for r in rows if r["step"] == step}
    picked = [r for r in rows if r["step"] == step and
              (r["n"] in SIZES or r["n"] == largest[r["method"]])]
    return table(head, [
        (r["method"], r["n"], r["rounds"], r["messages"], r["sent_bytes_max"],
         r["received_bytes_max"],
         sum(r["operations"][k] for k in ("powers", "x25519", "g1", "g2", "gt")),
         r["operations"]["pairings"], figure(r["cpu_ms"]),
         figure(r["cpu_ms_max"]), figure(r["path_ms"])) for r in picked])


def plots(step):
    names = ["figures/compare-%s-%s.svg" % (step, p) for p in PLOTS]
    return "\n".join("![%s: %s](%s)" % (step, p, n)
                     for p, n in zip(PLOTS, names))


def property_table(claims):
    families = [k for k in claims[0] if k != "property"]
    return table(["property"] + families, [
        [c["property"]] + ["**%s**: %s (%s)" % (c[f]["verdict"], c[f]["why"],
                                                linked(c[f]["link"]))
                           for f in families] for c in claims])


def linked(link):
    """A file, and in it a test or a heading."""
    path, _, name = link.partition("#")
    return "`%s`%s" % (path, ", " + name.replace("_", r"\_") if name else "")


def replace(text, name, content):
    pattern = r"(<!-- begin %s -->\n).*?(<!-- end %s -->)" % (name, name)
    text, count = re.subn(pattern, lambda m: m[1] + content + "\n" + m[2],
                          text, flags=re.S)
    if count != 1:
        sys.exit("comparison.py: %d places for %s in doc/comparison.md" %
                 (count, name))
    return text


def main():
    build, options = sys.argv[1], sys.argv[2:]
    attrium = os.path.join(build, "app/attrium/attrium")
    with tempfile.TemporaryDirectory() as folder:
        html = os.path.join(folder, "page.html")
        out = subprocess.run([attrium, "compare", "--json", "--html", html,
                              *options], stdout=subprocess.PIPE, check=True)
        with open(html, encoding="utf-8") as f:
            drawn = re.findall(r"<figure>(<svg.*?</svg>)", f.read(), re.S)
    doc = json.loads(out.stdout)
    if len(drawn) != len(STEPS) * len(PLOTS):
        sys.exit("comparison.py: no plots; is gnuplot installed?")
    os.makedirs(FIGURES, exist_ok=True)
    for i, svg in enumerate(drawn):
        name = "compare-%s-%s.svg" % (STEPS[i // 3], PLOTS[i % 3])
        with open(os.path.join(FIGURES, name), "w", encoding="utf-8") as f:
            f.write(svg + "\n")
    with open(PAGE, encoding="utf-8") as f:
        text = f.read()
    text = replace(text, "run", "%s on %s, %d groups at a time, %d s of processor "
                   "time in all; latency %g ms, %g Mbit/s a member." %
                   (doc["started"], doc["machine"], doc["jobs"],
                    round(sum(r["cpu_ms"] for r in doc["rows"]) / 1000),
                    doc["latency_ms"], doc["mbit_per_s"]))
    for step in STEPS:
        text = replace(text, step, step_table(doc["rows"], step) + "\n\n" +
                       plots(step))
    text = replace(text, "properties", property_table(doc["properties"]))
    with open(PAGE, "w", encoding="utf-8") as f:
        f.write(text)


if __name__ == "__main__":
    main()
