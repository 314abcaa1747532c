#!/usr/bin/env python3
"""The worked examples of doc/applications.md: every policy is read, and lets in
and keeps out whom the page says."""

import json
import os
import re
import subprocess

from world import ATTRIUM, Tap

tap = Tap()
SOURCE = os.environ.get("ATTRIUM_SOURCE", os.getcwd())


def explain(policy, attributes):
    done = subprocess.run([ATTRIUM, "policy", "explain", "--json",
                           "--attributes", attributes, policy],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60)
    return done.returncode, done.stdout, done.stderr


def main():
    with open(os.path.join(SOURCE, "doc/applications.md"),
              encoding="utf-8") as f:
        lines = re.findall(r"^    (policy|enters|stays out): +(.+)$", f.read(),
                           re.M)
    policy, counts = None, {"policy": 0, "enters": 0, "stays out": 0}
    for kind, text in lines:
        counts[kind] += 1
        if kind == "policy":
            policy = text
            continue
        status, out, err = explain(policy, text)
        satisfied = json.loads(out)["satisfied"] if out else None
        tap.ok(satisfied is (kind == "enters") and
               status == (0 if satisfied else 3),
               "%s: %s" % (kind, text), (policy, status, err))
    tap.ok(counts["policy"] >= 8 and
           min(counts["enters"], counts["stays out"]) >= counts["policy"],
           "every example has both", counts)
    tap.done()


if __name__ == "__main__":
    main()
