#!/usr/bin/env python3
"""New shares of an authority of five: real processes, killed anywhere; whoever
had a share before has nothing any more, and a lost node is replaced."""

import os
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../kit"))
from programs import *  # noqa

NAME = "attrium-kmsd"
ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001
SHARE_AT = 7 + 1 + 1 + 32  # of alpha_j in share.key
temp = Temp()


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Node:
    """One operator's directory, the server on it, and one command beside."""

    def __init__(self, folder, port):
        self.folder = folder
        self.listen = ["--listen", "127.0.0.1:%d" % port]
        self.card = expect(0, NAME, "card", "-d", folder,
                           *self.listen).out.strip()
        self.server = None
        self.process = None

    def start(self, verb, *args):
        self.log = open(self.folder + ".log", "ab+")
        self.process = subprocess.Popen(
            [program(NAME), verb, "-d", self.folder, *self.listen, *args],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            start_new_session=True)
        atexit.register(self.kill)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def end(self, code=0, limit=120):
        try:
            got = self.process.wait(limit * SLOW)
        except subprocess.TimeoutExpired:
            raise AssertionError("does not end:\n" + self.text())
        if got != code:
            raise AssertionError("%s: exit %d, want %d\n%s" % (
                self.folder, got, code, self.text()))

    def text(self):
        with open(self.folder + ".log", errors="replace") as log:
            return log.read()

    def wait_for(self, condition, what, limit=120):
        end = time.monotonic() + limit * SLOW
        while not condition():
            holds(time.monotonic() < end, "%s: not %s\n%s" % (
                self.folder, what, self.text()))
            time.sleep(0.05)

    def has(self, name):
        return os.path.exists(os.path.join(self.folder, name))

    def bytes_of(self, name):
        with open(os.path.join(self.folder, name), "rb") as file:
            return file.read()

    def share(self):
        data = self.bytes_of("share.key")
        same(data[:7], b"ATRSHAR")
        return data[8], int.from_bytes(data[SHARE_AT:SHARE_AT + 32], "big")

    def status(self):
        return expect(0, NAME, "status", "-d", self.folder, "--json").json()

    def run(self, *args):
        self.server = Server(NAME, "run", "-d", self.folder, *self.listen,
                             *args, lines=2)


KEY = re.search("[0-9a-f]{64}", expect(
    0, NAME, "registrar", "new", "-o", temp("registrar"), "--json").out)[0]


def authority(name, count, threshold, *more):
    """Makes one; its nodes in the order of their numbers."""
    nodes = [Node(temp("%s-%d" % (name, i)), port)
             for i, port in enumerate(free_ports(count))]
    nodes.sort(key=lambda n: n.card)
    args = ["--threshold", str(threshold), "--name", name, "--registrar", KEY,
            *more]
    for n in nodes:
        args += ["--join", n.card]
    all_of(nodes, "init", *args)
    return nodes


def all_of(nodes, *args):
    for n in nodes:
        n.start(*args)
    for n in nodes:
        n.end()


def secret_of(shares):
    """What nobody should be able to do: the shares at 0."""
    total = 0
    for j, share in shares:
        weight = 1
        for m, _ in shares:
            if m != j:
                weight = weight * m * pow(m - j, -1, ORDER) % ORDER
        total += weight * share
    return total % ORDER


def attrium(code, home, *args):
    return expect(code, "attrium", *args,
                  env={"ATTRIUM_HOME": temp(home)}).out


def ask(nodes, home, *attributes):
    """A request, approved; returns its id."""
    out = attrium(0, home, "key", "request", "--json", "--authority",
                  nodes[0].card, *attributes)
    approve(nodes, json.loads(out)["id"])
    return json.loads(out)["id"]


def approve(nodes, id_):
    """Approves it at one node, and waits until the others have heard."""
    expect(0, NAME, "approve", "-d", nodes[0].folder, "--registrar",
           temp("registrar"), id_)
    for n in nodes:
        n.wait_for(lambda: n.server.get_json("/v1/requests/" + id_)["state"] !=
                   "waiting", "approved")


def fetch(home):
    attrium(0, home, "key", "fetch", "--wait", "--timeout", "60")


five = authority("five", 5, 3)


@test
def what_cannot_be_is_refused():
    expect(0, NAME, "init", "-d", temp("one"))
    got = expect(1, NAME, "refresh-shares", "-d", temp("one"))
    holds("is the master secret" in got.err, got.err)
    expect(1, NAME, "refresh-shares", "-d", temp("nothing"))
    holds(not os.path.exists(temp("nothing")), "made a directory")
    here = ["-d", five[0].folder, *five[0].listen]
    expect(2, NAME, "replace", *here)
    expect(2, NAME, "replace", *here, "--node", "2")
    expect(2, NAME, "replace", *here, "--node", "6", "--card", five[0].card)
    expect(2, NAME, "replace", *here, "--node", "2", "--card", five[2].card)
    expect(2, NAME, "replace", *here, "--node", "2", "--card", "nonsense")
    for n in five:
        holds(not n.has("ceremony-1"), "has begun")


@test
def all_get_new_shares_of_the_same_secret():
    before = [n.share() for n in five]
    bundle = five[0].bytes_of("authority.pub")
    all_of(five, "refresh-shares")
    after = [n.share() for n in five]
    for n in five:
        same(n.bytes_of("authority.pub"), five[0].bytes_of("authority.pub"))
        holds(not n.has("ceremony-1/begun"), "the seed is there still")
        holds(not n.has("next") and not n.has("next.tmp"), "not finished")
        same(n.status()["generation"], 1)
    holds(five[0].bytes_of("authority.pub") != bundle)
    same([j for j, _ in after], [1, 2, 3, 4, 5])
    holds(not set(before) & set(after), "a share stayed")
    secret = secret_of(before[:3])
    same(secret_of(after[2:]), secret)
    # two that were stolen before and one of now
    for new in (after[0], after[3]):
        old = [b for b in before if b[0] != new[0]][:2]
        holds(secret_of(old + [new]) != secret, "generations add up")


@test
def servers_go_on_and_take_the_new_share():
    for n in five:
        n.run()
    ask(five, "anna", "staff")
    fetch("anna")
    all_of(five, "refresh-shares")
    for n in five:
        same(json.loads(n.server.get("/v1/authority")[1])["node"],
             five.index(n) + 1)
        same(n.status()["generation"], 2)
    ask(five, "bert", "staff")
    fetch("bert")


run_tests()
