#!/usr/bin/env python3
"""The walk of doc/operators.md, command by command as it stands there: three
operators make an authority, issue, refresh, back up, lose a node and replace
it. Words in capitals are what earlier commands printed, as the page says, and
the ports are free ones. Whoever changes the page changes this test."""

import os
import re
import signal
import subprocess

from world import BUILD, LIMIT, Tap, World, quiet_port

tap = Tap()
ROOT = os.environ.get("ATTRIUM_SOURCE", os.getcwd())
WORD = re.compile(r"\b[A-Z]{2,}\b")


def steps():
    """The page's indented blocks, each a list of commands."""
    with open(os.path.join(ROOT, "doc/operators.md"), encoding="utf-8") as f:
        blocks = re.findall(r"(?:^    .+\n)+", f.read(), re.M)
    return [[line.strip() for line in block.splitlines()] for block in blocks]


def free_ports():
    """Of the page's ports free ones, in the same order: that of the cards is
    that of the numbers of the nodes."""
    ports = set()
    while len(ports) < 4:
        ports.add(quiet_port())
    return dict(zip(("7011", "7012", "7013", "7014"),
                    map(str, sorted(ports, key=str))))


class Walk:
    def __init__(self, world):
        self.env = dict(world.env)
        self.env["PATH"] = ":".join(
            [os.path.join(BUILD, "app", d) for d in ("attrium", "kmsd")] +
            [os.environ["PATH"]])
        self.log = world.log
        self.known = {}
        self.ports = free_ports()
        self.serving = {} # directory: process
        self.beside = [] # what goes on while others are started

    def start(self, command):
        text = WORD.sub(lambda m: self.known.get(m[0], m[0]), command)
        text = re.sub(r"\b70\d\d\b", lambda m: self.ports[m[0]], text)
        return subprocess.Popen(
            ["sh", "-c", text if text.startswith("(") else "exec " + text],
            env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=self.log, start_new_session=True)

    def serve(self, command):
        process = self.start(command)
        self.serving[folder(command)] = process
        return process.stdout.readline().startswith(b"address ")

    def burn(self, command):
        """The host is gone, and what runs on it with it."""
        process = self.serving.pop(command.split()[-1], None)
        if process is not None:
            process.kill()
            process.communicate()

    def take(self, block):
        """Whether all commands of a block do what they should."""
        good = True
        for line in block:
            command, _, note = (x.strip() for x in line.partition("  # "))
            goes_on = command.endswith("&")
            command = command.rstrip("& ")
            if command.startswith("attrium-kmsd run"):
                good &= self.ended()
                good &= self.serve(command)
            elif goes_on:
                self.beside.append(self.start(command))
            else:
                self.burn(command)
                good &= self.finish(command, note)
        return good & self.ended()

    def finish(self, command, note):
        process = self.start(command)
        out = process.communicate(timeout=2 * LIMIT)[0].decode()
        prints = re.fullmatch(r"prints ([A-Z]+)", note)
        if prints:
            self.known[prints[1]] = out.split()[-1] if out.split() else ""
        return process.returncode == 0

    def ended(self):
        """Whether all that goes on ends well."""
        codes = []
        while self.beside:
            self.beside[0].communicate(timeout=2 * LIMIT)
            codes.append(self.beside.pop(0).returncode)
        return not any(codes)

    def drop(self):
        for process in [*self.serving.values(), *self.beside]:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM) # its own session
            process.communicate()


def folder(command):
    return re.search(r"-d (\S+)", command)[1]


def main():
    blocks = steps()
    tap.ok(len(blocks) >= 10, "the page has its commands")
    with World() as world:
        walk = Walk(world)
        try:
            for block in blocks:
                with open(world.path("log"), "rb") as log:
                    log.seek(0, os.SEEK_END)
                    if not tap.ok(walk.take(block), block[0]):
                        tap.note(repr(log.read()[-1500:]))
                        break
        finally:
            walk.drop()
    tap.done()


if __name__ == "__main__":
    main()
