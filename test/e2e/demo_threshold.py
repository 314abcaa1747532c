#!/usr/bin/env python3
"""`attrium demo --threshold` verifies all it claims, with five nodes of which
some are down and one cheats, and cleans up after itself."""

import os
import signal
import subprocess

from demo import processes_below
from world import ATTRIUM, Tap, World, wait_until

CLAIMS = (
    "five nodes made one public key in a ceremony",
    "two nodes and one that cheats gave no key",
    "one node down and one cheating; the client named both",
    "a node with two logs is caught",
    "agreed on one key",
    "every node has another share than before",
    "keys of old shares and of new ones open the same room",
    "dropped out at the period's end: exit status 3",
    "renewed their keys by themselves",
    "all clients ended with status 0",
)

tap = Tap()


def is_clean(w):
    return not [n for n in os.listdir(w.dir) if n.startswith("attrium-demo")] \
        and wait_until(lambda: not processes_below(w.dir + "/attrium-demo"))


def main():
    with World() as w:
        env = dict(w.env, TMPDIR=w.dir)
        status, out, err = w.run(ATTRIUM, "demo", "--threshold", env=env,
                                 timeout=400)
        text = out.decode()
        verified = [line for line in text.splitlines() if "[x]" in line]
        tap.ok(status == 0, "exit status 0", (status, text, err))
        tap.equal(err, b"", "no complaints")
        for claim in CLAIMS:
            tap.ok(any(claim in line for line in verified), "it says: " + claim,
                   text)
        tap.ok(is_clean(w), "neither files nor processes are left")

        started = subprocess.Popen([ATTRIUM, "demo", "-t"], env=env,
                                   stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        for line in started.stdout:
            if b"some nodes are down" in line:
                break
        started.send_signal(signal.SIGINT)
        started.communicate(timeout=400)
        tap.equal(started.returncode, 130, "interrupted: 130")
        tap.ok(is_clean(w), "and nothing is left")
    tap.done()


if __name__ == "__main__":
    main()
