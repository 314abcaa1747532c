#!/usr/bin/env python3
"""The tour of the README, command by command as it stands there, with the
words in capitals replaced by what earlier commands printed, and the two ports
by free ones. Whoever changes the README changes this test."""

import os
import re
import subprocess

from world import BUILD, LIMIT, Tap, World

tap = Tap()
ROOT = os.environ.get("ATTRIUM_SOURCE", os.getcwd())


def commands():
    """The indented lines of the tour that begin with one of the programs."""
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as f:
        text = f.read()
    tour = re.search(r"## A tour by hand\n(.*?)\n## ", text, re.S).group(1)
    return re.findall(r"^    (attrium.*)$", tour, re.M)


def fill(line, known):
    """`line` with its words in capitals replaced."""
    return re.sub(r"\b[A-Z]{2,}\b", lambda m: known.get(m[0], m[0]), line)


class Shell:
    """Commands as a person types them."""

    def __init__(self, world):
        self.world = world
        self.env = dict(world.env)
        self.env["PATH"] = ":".join(
            [os.path.join(BUILD, "app", d)
             for d in ("attrium", "kmsd", "halld")] + [os.environ["PATH"]])
        self.running = []

    def start(self, line):
        process = subprocess.Popen(["sh", "-c", "exec env sh -c '%s'" %
                                    line.replace("'", "'\\''")],
                                   env=self.env, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE,
                                   stderr=self.world.log,
                                   start_new_session=True)
        self.running.append(process)
        return process

    def serve(self, line, key):
        """Starts a server; what follows `key` on one of its first lines."""
        line = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:0", line)
        line = re.sub(r"&& (\S+)", r"&& exec \1", line)
        process = self.start(line)
        for out in process.stdout:
            word, _, rest = out.decode().strip().partition(" ")
            if word == key:
                return rest
        return None

    def finish(self):
        for process in self.running:
            if process.poll() is None:
                os.killpg(process.pid, 15) # the session that we started
            process.communicate()


def main():
    lines = commands()
    tap.equal(len(lines), 6, "the tour has its commands")
    with World() as w:
        shell = Shell(w)
        known = {}
        try:
            walk(lines, shell, known)
        finally:
            shell.finish()
    tap.done()


def walk(lines, shell, known):
    authority, hall, request, approve, room, chat = lines
    known["ADDRESS"] = shell.serve(authority, "address")
    tap.ok(known["ADDRESS"], "1. the authority runs: " + authority)
    known["HALL"] = shell.serve(hall, "hall")
    tap.ok(known["HALL"], "2. the hall runs: " + hall)
    asking = shell.start(fill(request, known))
    known["ID"] = asking.stdout.readline().decode().strip()
    tap.ok(re.fullmatch("[0-9a-f]{64}", known["ID"]),
           "3. a key is requested: " + request)
    approving = shell.start(fill(approve, known))
    approving.communicate(timeout=LIMIT)
    asking.communicate(timeout=LIMIT)
    tap.equal((approving.returncode, asking.returncode), (0, 0),
              "   and approved: " + approve)
    making = shell.start(fill(room, known))
    known["LINK"] = making.communicate(timeout=LIMIT)[0].decode().strip()
    tap.ok(making.returncode == 0 and known["LINK"].startswith("attrium://"),
           "4. a room is made: " + room)
    talking = shell.start(fill(chat, known))
    out, _ = talking.communicate(b"hello, world\n/quit\n", timeout=LIMIT)
    tap.ok(talking.returncode == 0 and b"hello, world" in out,
           "5. and talked in: " + chat, out)


if __name__ == "__main__":
    main()
