#!/usr/bin/env python3
"""New shares of an authority of five: real processes, killed anywhere; whoever
had a share before has nothing any more, and a lost node is replaced."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../kit"))
from programs import *  # noqa

NAME = "attrium-kmsd"
ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001
SHARE_AT = 7 + 1 + 1 + 32  # of alpha_j in share.key
temp = Temp()
ids = {}


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


def ask_at(node, home, *attributes):
    out = attrium(0, home, "key", "request", "-f", "--json", "--authority",
                  node.card, *attributes)
    id_ = json.loads(out)["id"]
    expect(0, NAME, "approve", "-d", node.folder, "--registrar",
           temp("registrar"), id_)
    ids[home] = id_
    node.wait_for(lambda: node.server.get_json("/v1/requests/" + id_)["state"]
                  != "waiting", "approved")
    return id_


def ask(nodes, home, *attributes):
    """A request, approved at one node; all others have heard."""
    id_ = ask_at(nodes[0], home, *attributes)
    for n in nodes:
        n.wait_for(lambda: json.loads(n.server.get("/v1/requests/" + id_)[1])
                   .get("state", "waiting") != "waiting", "approved")


def shares_of(node, home):
    return node.server.get_json("/v1/requests/" + ids[home])["shares"]


def once_each(nodes, home):
    """A node has at most one partial key in each generation of its shares."""
    for n in nodes:
        db = sqlite3.connect("file:%s?mode=ro" % os.path.join(
            n.folder, "kmsd.db"), uri=True)
        rows = db.execute("SELECT share FROM partials WHERE request = ?",
                          (bytes.fromhex(ids[home]),)).fetchall()
        db.close()
        same(len(rows), len(set(rows)))


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
    ask(five, "carl", "staff", "oslo")
    fetch("anna")
    all_of(five, "refresh-shares")
    for n in five:
        same(shares_of(n, "carl"), 2)
        same(n.status()["generation"], 2)
    # who comes now, and who had asked before
    ask(five, "bert", "staff")
    fetch("bert")
    fetch("carl")
    ask(five, "anna", "staff", "rome")  # with what it knew from the first key
    fetch("anna")


@test
def a_share_of_before_is_told_and_not_combined():
    """Three of five have the new share: it is their bundle that counts, and
    the others are passed over by name."""
    ask(five, "dora", "staff")
    old = [temp("old-%d" % i) for i in range(2)]
    for n, kept in zip(five, old):
        same(n.server.stop(), 0)
        shutil.copytree(n.folder, kept)
    for n in five[:2]:
        n.run()
    all_of(five, "refresh-shares")
    for n, kept in zip(five, old):
        same(n.server.stop(), 0)
        os.rename(n.folder, n.folder + ".new")
        os.rename(kept, n.folder)
        n.run()  # put back from a backup of before
        for verb in ("status", "refresh-shares"):
            more = n.listen if verb != "status" else []
            got = run(NAME, verb, "-d", n.folder, *more)
            same(got.code, 5, got.err)
            holds("of no use any more" in got.err, got.err)
        holds(not n.has("ceremony-3/begun"), "has begun")
    # two that show another bundle are too few to be believed
    same(five[2].server.stop(), 0)
    got = run("attrium", "key", "fetch", env={"ATTRIUM_HOME": temp("dora")})
    same(got.code, 6, got.err)
    holds("has new shares" not in got.err, got.err)
    five[2].run()
    got = run("attrium", "key", "fetch", env={"ATTRIUM_HOME": temp("dora")})
    same(got.code, 0, got.err)
    holds("has new shares" in got.err, got.err)
    holds("generation 3" in got.err, got.err)
    five[2].server.stop()
    ask_at(five[3], "emil", "staff")
    got = run("attrium", "key", "fetch", env={"ATTRIUM_HOME": temp("emil")})
    same(got.code, 6, got.err)
    holds("has a share of generation" in got.err, got.err)
    for n in five[:2]:
        same(n.server.stop(), 0)
        shutil.rmtree(n.folder)
        os.rename(n.folder + ".new", n.folder)
    for n in five[:3]:
        n.run()
    fetch("emil")


@test
def killed_in_every_round_while_people_fetch():
    """Each command is killed once, in another round or on its way to the new
    share, and two of the servers too."""
    people = []
    for n in five:
        n.start("refresh-shares")
    for at, n in enumerate(five):
        word = "said-%d-%d" % ((1, 2, 3, 5, 6)[at], at + 1)
        n.wait_for(lambda: n.process.poll() is not None or
                   n.has("ceremony-4/" + word), word)
        n.kill()
        if at < 2:
            n.server.kill()
            n.run()
        people.append("person-%d" % at)
        ask(five, people[-1], "staff")
        if n.status()["generation"] < 4:
            n.start("refresh-shares")
    for n in five:
        code = n.process.wait(200 * SLOW)
        if code != 0:  # it had been done as it was killed
            same(n.status()["generation"], 4, n.text())
        elif n.has("ceremony-4/begun"):
            raise AssertionError("the seed is there still")
    for n in five:
        same(n.bytes_of("authority.pub"), five[0].bytes_of("authority.pub"))
        if n.has("ceremony-4/begun"):
            n.start("refresh-shares")  # what was left to do
            n.end()
        n.wait_for(lambda: shares_of(n, "anna") == 4, "told")
    for home in people:
        fetch(home)
        once_each(five, home)


@test
def a_lost_node_is_replaced():
    """Its directory is gone. The new one issues with two others that stay."""
    ask(five, "fred", "staff")
    ask(five, "hugo", "staff")
    lost = five[1]
    lost.server.kill()
    shutil.rmtree(lost.folder)
    new = Node(temp("new"), free_ports(1)[0])
    args = ["--node", "2", "--card", new.card]
    rest = [n for n in five if n is not lost]
    bundle = os.path.join(five[0].folder, "authority.pub")
    old = temp("authority.pub")
    shutil.copy(bundle, old)
    expect(1, NAME, "replace", "-d", new.folder, *new.listen, *args)
    expect(2, NAME, "replace", "-d", new.folder, *new.listen, "--node", "2",
           "--card", lost.card, "--authority", old)
    expect(7, NAME, "replace", "-d", five[0].folder, *five[0].listen, *args,
           "--authority", old)
    for n in rest:
        n.start("replace", *args)
    new.start("replace", *args, "--authority", old)
    for n in [*rest, new]:
        n.end()
        same(n.bytes_of("authority.pub"), five[0].bytes_of("authority.pub"))
    expect(0, NAME, "replace", "-d", new.folder, *new.listen, *args,
           "--authority", old)  # the same again: it stands
    new.run()
    six = [five[0], new, *five[2:]]
    ask(six, "gina", "staff")
    fetch("fred")  # asked for when node 2 was another one
    ask(six, "bert", "staff", "rome")  # who knows the log of that one
    for n in five[3:]:
        same(n.server.stop(), 0)
    fetch("gina")  # of nodes 1, 2 and 3
    fetch("bert")
    # two that hugo knows are too few to believe in another bundle
    got = run("attrium", "key", "fetch", env={"ATTRIUM_HOME": temp("hugo")})
    same(got.code, 6, got.err)
    five[3].run()
    fetch("hugo")
    same(five[3].server.stop(), 0)
    same(new.status()["node"], 2)
    for n in six:
        expect(0, NAME, "audit", "verify", "-d", n.folder)
    share = new.share()
    same(share[0], 2)
    for n in (five[0], five[2], new):
        same(n.server.stop(), 0)


@test
def shares_under_a_passphrase():
    """Given once to the command; the vault has kept it."""
    secret = temp("secret")
    with open(secret, "w") as file:
        file.write("open sesame\\n")
    os.chmod(secret, 0o600)
    under = ["--passphrase-file", secret]
    three = authority("locked", 3, 2, *under)
    for n in three:
        n.run(*under)
    wrong = temp("wrong")
    with open(wrong, "w") as file:
        file.write("open barley\\n")
    os.chmod(wrong, 0o600)
    three[0].start("refresh-shares", "--passphrase-file", wrong)
    three[0].end(4)
    three[0].start("refresh-shares", *under)
    three[0].wait_for(lambda: three[0].has("ceremony-1/begun"), "begun")
    same(three[0].bytes_of("ceremony-1/begun")[:7], b"ATRLOCK")
    three[0].kill()
    all_of(three, "refresh-shares", *under)
    for n in three:
        same(n.bytes_of("share.key")[:7], b"ATRLOCK")
    ask(three, "ines", "staff")
    fetch("ines")
    same(shares_of(three[0], "ines"), 1)
    for n in three:
        same(n.server.stop(), 0)


@test
def another_card_is_told():
    """Operators who do not say the same make nothing."""
    two = authority("two", 3, 2)
    cards = [Node(temp("card-%d" % i), port).card
             for i, port in enumerate(free_ports(2))]
    two[0].start("replace", "--node", "3", "--card", cards[0])
    two[1].start("replace", "--node", "3", "--card", cards[1])
    for n in two[:2]:
        n.wait_for(lambda: "other options or cards" in n.text(), "told")
    for n in two[:2]:
        n.kill()
        same(n.status()["generation"], 0)
        same(n.status()["renewing"]["round"], "meeting")
    two[0].start("refresh-shares")
    two[0].end(7)
    holds("another ceremony is under way" in two[0].text())


run_tests()
