"""Five nodes make an authority: real processes on loopback, killed anywhere."""

import os
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../kit"))
from programs import *  # noqa

NAME = "attrium-kmsd"
temp = Temp()


def free_ports(count):
    """Ports that nobody had a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


class Node:
    """One operator's directory, and the program that runs in it."""

    def __init__(self, folder, port):
        self.folder = folder
        self.listen = ["--listen", "127.0.0.1:%d" % port]
        self.card = expect(0, NAME, "card", "-d", folder,
                           *self.listen).out.strip()
        self.process = None

    def start(self, args):
        self.log = open(self.folder + ".log", "ab+")
        self.process = subprocess.Popen(
            [program(NAME), "init", "-d", self.folder, *self.listen, *args],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            start_new_session=True)
        atexit.register(self.kill)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

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

    def end(self, code=0, limit=120):
        try:
            got = self.process.wait(limit * SLOW)
        except subprocess.TimeoutExpired:
            raise AssertionError("does not end:\n" + self.text())
        if got != code:
            raise AssertionError("%s: exit %d, want %d\n%s" % (
                self.folder, got, code, self.text()))

    def bundle(self):
        with open(os.path.join(self.folder, "authority.pub")) as file:
            return file.read()

    def status(self, code=0):
        got = run(NAME, "status", "-d", self.folder, "--json")
        same(got.code, code, got.err)
        return got.json()


def registrar(folder):
    """A key to approve with, and its 64 digits."""
    path = temp(folder)
    out = expect(0, NAME, "registrar", "new", "-o", path, "--json").json()
    return next(v for v in out.values()
                if isinstance(v, str) and re.fullmatch("[0-9a-f]{64}", v))


def nodes_of(name, count):
    return [Node(temp("%s-%d" % (name, i)), port)
            for i, port in enumerate(free_ports(count))]


def options(nodes, threshold, *more):
    args = ["--threshold", str(threshold), "--name", "Five", "--registrar",
            KEY, *more]
    for n in nodes:
        args += ["--join", n.card]
    return args


KEY = registrar("registrar")


@test
def usage():
    """What cannot be is refused before anything is written."""
    card = "https://127.0.0.1:7001/#" + "ab" * 32
    other = "https://127.0.0.1:7002/#" + "cd" * 32
    two = ["--join", card, "--join", other, "--registrar", KEY]
    for args in (["--join", "nonsense", "--registrar", KEY],
                 ["--join", card, "--join", card, "--registrar", KEY],
                 [*two], [*two, "--threshold", "3"],
                 [*two, "--threshold", "2", "--shares", "3"],
                 ["--join", card, "--join", other, "--threshold", "2"],
                 [*two, "--threshold", "2"]):  # none of them is this node
        expect(2, NAME, "init", "-d", temp("usage"), *args)
    holds(not os.path.exists(temp("usage", "authority.pub")))


@test
def three_of_five_with_kills_at_every_step():
    """Each node is killed once in another round, and started again."""
    nodes = nodes_of("five", 5)
    args = options(nodes, 3)
    for n in nodes:
        n.start(args)
    for at, n in enumerate(nodes[:4]):
        # after it has said hello, deal, complaint, open
        word = "said-%d-" % (1, 2, 3, 5)[at]
        folder = os.path.join(n.folder, "ceremony")
        n.wait_for(lambda: n.process.poll() is not None or (
            os.path.isdir(folder) and
            any(f.startswith(word) for f in os.listdir(folder))), word)
        if n.process.poll() is None:
            n.process.kill()
            n.process.wait()
            n.start(args)
    for n in nodes:
        n.end()
        holds(not n.has("ceremony/begun"), "the seed is there still")
    for n in nodes:
        same(n.bundle(), nodes[0].bundle())
    numbers = sorted(n.status()["node"] for n in nodes)
    same(numbers, [1, 2, 3, 4, 5])
    same(nodes[0].status()["threshold"], 3)
    nodes[2].start(args)  # the same again: it stands
    nodes[2].end()
    number = nodes[0].status()["node"]
    with Server(NAME, "run", "-d", nodes[0].folder, *nodes[0].listen,
                lines=2) as server:
        same(server.get_json("/v1/authority")["node"], number)
        same(server.get("/v1/peer/ceremony")[0], 403)


@test
def a_node_that_comes_late():
    """The others wait, say for whom, and `status` says so too; who has ended
    shows its log in `run`."""
    nodes = nodes_of("late", 3)
    args = options(nodes, 2)
    expect(1, NAME, "status", "-d", nodes[0].folder)  # nothing is there yet
    nodes[0].start(args)
    nodes[0].wait_for(lambda: "waiting for node" in nodes[0].text(), "waiting")
    state = nodes[0].status(2)
    same(state["state"], "ceremony")
    same(state["nodes"], 3)
    same(state["round"], "meeting")
    nodes[1].start(args)
    nodes[0].wait_for(lambda: len(nodes[0].status(2)["heard"]) == 2, "met")
    nodes[0].process.send_signal(signal.SIGTERM)
    nodes[0].end(130)
    holds("goes on" in nodes[0].text())
    nodes[0].start(args)
    nodes[2].start(args)
    for n in nodes:
        n.end()
    same(nodes[0].bundle(), nodes[2].bundle())


@test
def different_options_are_told():
    nodes = nodes_of("differ", 2)
    nodes[0].start(options(nodes, 2))
    nodes[1].start(options(nodes, 1))
    for n in nodes:
        n.wait_for(lambda: "other options" in n.text(), "told")
    for n in nodes:
        n.kill()
        holds(not n.has("authority.pub"))


@test
def one_node_alone_joins_itself():
    nodes = nodes_of("alone", 1)
    nodes[0].start(options(nodes, 1, "--attributes", "ONE, TWO"))
    nodes[0].end()
    same(nodes[0].status()["nodes"], 1)


@test
def the_seed_under_a_passphrase():
    nodes = nodes_of("locked", 2)
    secret = temp("secret")
    with open(secret, "w") as file:
        file.write("open sesame\n")
    os.chmod(secret, 0o600)
    args = options(nodes, 2, "--passphrase-file", secret)
    nodes[0].start(args)
    nodes[0].wait_for(lambda: nodes[0].has("ceremony/begun"), "begun")
    with open(os.path.join(nodes[0].folder, "ceremony/begun"), "rb") as file:
        same(file.read(7), b"ATRLOCK")
    nodes[0].kill()
    with open(secret, "w") as file:
        file.write("open barley\n")
    nodes[0].start(args)
    nodes[0].end(4)
    with open(secret, "w") as file:
        file.write("open sesame\n")
    for n in nodes:
        n.start(args)
    for n in nodes:
        n.end()
    with open(os.path.join(nodes[1].folder, "share.key"), "rb") as file:
        same(file.read(7), b"ATRLOCK")


run_tests()
