#!/usr/bin/env python3
"""`attrium demo` verifies all it claims, and cleans up after itself."""

import os
import shutil
import signal
import subprocess

from world import ATTRIUM, Tap, World, wait_until

tap = Tap()


def processes_below(folder):
    """The command lines that name `folder`."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as f:
                line = f.read()
        except OSError:
            continue
        if folder.encode() in line:
            found.append(line)
    return found


def main():
    with World() as w:
        env = dict(w.env, TMPDIR=w.dir)
        status, out, err = w.run(ATTRIUM, "demo", env=env, timeout=180)
        text = out.decode()
        tap.ok(status == 0, "exit status 0", (status, text, err))
        tap.equal(err, b"", "no complaints")
        tap.ok(text.count("[x]") == 10, "ten claims, all verified", text)
        for claim in ("holds no key even when it skips the local check",
                      "exit status 3", "agree on a new key"):
            tap.ok(claim in text, "it says: " + claim)
        tap.ok("\x1b" not in text, "no colours in a pipe")
        left = [n for n in os.listdir(w.dir) if n.startswith("attrium-demo")]
        tap.equal(left, [], "the directory is gone")
        tap.equal(processes_below(w.dir + "/attrium-demo"), [],
                  "no process is left")

        kept = w.path("kept")
        status, out, err = w.run(ATTRIUM, "demo", "--keep", kept, env=env,
                                 timeout=180)
        tap.ok(status == 0 and os.path.exists(kept + "/hall/hall.db"),
               "--keep leaves the directory", (status, err))
        status, out, err = w.run(ATTRIUM, "demo", "--keep", kept, env=env,
                                 timeout=180)
        tap.ok(status == 1 and os.path.exists(kept + "/hall/hall.db"),
               "--keep does not use one that is there", (status, err))

        started = subprocess.Popen([ATTRIUM, "demo"], env=env,
                                   stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        for line in started.stdout:
            if b"A hall" in line:
                break
        started.send_signal(signal.SIGINT)
        started.communicate(timeout=180)
        tap.equal(started.returncode, 130, "interrupted: 130")
        left = [n for n in os.listdir(w.dir) if n.startswith("attrium-demo")]
        tap.ok(not left and wait_until(
            lambda: not processes_below(w.dir + "/attrium-demo")),
            "and nothing is left", left)

        alone = w.path("alone")
        os.mkdir(alone)
        env["PATH"] = alone
        shutil.copy(ATTRIUM, alone + "/attrium")
        status, out, err = w.run(alone + "/attrium", "demo", env=env,
                                 timeout=180)
        tap.ok(status == 1 and b"not verified" in err,
               "without its siblings it fails, and says so", (status, err))
    tap.done()


if __name__ == "__main__":
    main()
