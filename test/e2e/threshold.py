"""Three of five: five attrium-kmsd on loopback, dealt by a test, and what a
person has of them while some are down, cheat, lie or are killed."""

import concurrent.futures
import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../kit"))
from programs import *  # noqa

KMSD = "attrium-kmsd"
TEN = ["A%d" % i for i in range(10)]
temp = Temp()
nodes = {}  # number: Server
ports = {}
people = itertools.count()


def folder(number, authority="nodes"):
    return temp(authority, str(number))


def kit(*args):
    subprocess.run([os.path.join(BUILD, "test/kit_authority"), *args],
                   check=True)


def start(number, authority="nodes"):
    port = ports.get((authority, number), 0)
    run = Server(KMSD, "run", "-d", folder(number, authority), "--listen",
                 "127.0.0.1:%d" % port, lines=2)
    ports[authority, number] = run.port
    run.address = "https://127.0.0.1:%d#%s" % (run.port, run.pin)
    return run


def up(*numbers):
    """These nodes serve, and no others."""
    for number in list(nodes):
        if number not in numbers:
            nodes.pop(number).kill()
    for number in numbers:
        if number not in nodes or nodes[number].process.poll() is not None:
            nodes[number] = start(number)
            addresses[number] = nodes[number].address


addresses = {}


def at(*numbers):
    return [x for n in numbers for x in ("--authority", addresses[n])]


class Person:
    def __init__(self):
        self.home = temp("home-%d" % next(people))

    def __call__(self, code, *args):
        got = run("attrium", *args, env={"ATTRIUM_HOME": self.home})
        same(got.code, code, "%s\n%s%s" % (" ".join(args), got.out, got.err))
        return got

    def asks(self, numbers, *attributes, code=0):
        return self(code, "key", "request", *at(*numbers),
                    *attributes).out.strip()


def say(verb, name, *numbers, code=0):
    for number in numbers:
        expect(code, KMSD, verb, "-d", folder(number), "--registrar",
               temp("nodes", "registrar.key"), name)


def events(number, name):
    entries = expect(0, KMSD, "audit", "-d", folder(number),
                     "--json").json()["entries"]
    return [e["event"] for e in entries if e["id"] == name]


@test
def five_nodes_are_dealt():
    kit("deal", temp("nodes"), "5", "3")
    kit("deal", temp("others"), "5", "3")
    up(1, 2, 3, 4, 5)
    for number, run in nodes.items():
        same(run.get_json("/v1/authority")["node"], number)
        got = expect(0, KMSD, "status", "-d", folder(number), "--json").json()
        same((got["node"], got["nodes"], got["threshold"]), (number, 5, 3))


@test
def every_three_issue():
    for three in itertools.combinations(range(1, 6), 3):
        person = Person()
        name = person.asks(three, "ONE", "TWO")
        say("approve", name, *three)
        person(0, "key", "fetch")
        holds("ONE" in person(0, "key", "list").out)


@test
def identities_too():
    person = Person()
    name = person.asks([1, 3, 5], "--identity", "ada@example.org")
    say("approve", name, 1, 3, 5)
    person(0, "key", "fetch")


@test
def two_do_not():
    person = Person()
    got = person(2, "key", "request", *at(1, 2), "ONE")
    holds("3 nodes" in got.err, got.err)
    name = person.asks([1, 2, 3], "ONE")
    say("approve", name, 1, 2)
    got = person(1, "key", "fetch")
    holds("waits" in got.err, got.err)
    up(1, 2)
    got = person(6, "key", "fetch")
    holds(str(ports["nodes", 3]) in got.err and "too few" in got.err, got.err)
    got = Person()(6, "key", "request", *at(1, 2, 3), "ONE")
    holds(str(ports["nodes", 3]) in got.err, got.err)
    up(1, 2, 3, 4, 5)
    say("approve", name, 3)
    person(0, "key", "fetch")


@test
def one_down_and_one_cheating():
    person = Person()
    name = person.asks([1, 2, 3, 4, 5], *TEN)
    say("approve", name, 1, 2, 3, 4, 5)
    kit("forge", folder(2), name, "2")
    up(1, 2, 3, 5)
    kit("forge", folder(1), name, "2")  # sealed as another one's answer
    got = person(6, "key", "fetch")
    for text in ("node 2 of the authority cheats", "partial key of node 1",
                 str(ports["nodes", 4])):
        holds(text in got.err, got.err)
    holds(not os.path.exists(os.path.join(person.home, "data/keys",
                                          "default.key")))
    up(1, 2, 3, 4, 5)
    got = person(0, "key", "fetch")
    holds("node 2 of the authority cheats" in got.err, got.err)
    holds("partial key of node 1" in got.err, got.err)


@test
def a_lie_about_its_number():
    """A node under the name of another, twice the same node."""
    run = start(1, "others")
    with contextlib.ExitStack() as stack:
        stack.callback(run.kill)
        person = Person()
        got = person(4, "key", "request", *at(1, 2, 3), "--authority",
                     run.address, "ONE")
        holds(":%d gives other public parameters" % run.port in got.err,
              got.err)
        got = person(4, "key", "request", "--authority", run.address,
                     *at(4, 5), "ONE")
        holds(":%d gives other public parameters" % run.port in got.err,
              got.err)
    got = Person()(2, "key", "request", *at(1, 2, 3, 2), "ONE")
    holds("node 2 is given twice" in got.err, got.err)


@test
def down_when_asked_and_up_when_fetched():
    up(3, 4, 5)
    person = Person()
    name = person.asks([1, 2, 3, 4, 5], "ONE")
    say("approve", name, 3)
    up(1, 2, 3)
    got = person(1, "key", "fetch")  # 1 and 2 hear of it now
    holds("waits" in got.err, got.err)
    say("approve", name, 1, 2)
    got = person(0, "key", "fetch")
    up(1, 2, 3, 4, 5)


@test
def one_address_is_enough():
    """Where the bundle says where the nodes are, and one of them is down."""
    cards = []
    for number in range(1, 5):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        ports["listed", number] = port
        cards.append(expect(0, KMSD, "card", "-d", folder(number, "listed"),
                            "--listen", "127.0.0.1:%d" % port).out.strip())
    kit("deal", temp("listed"), "4", "3", *cards)
    os.replace(os.path.join(folder(3, "listed"), "share.key"),
               os.path.join(folder(3, "listed"), "share.own"))
    shutil.copy(os.path.join(folder(4, "listed"), "share.key"),
                folder(3, "listed"))
    got = expect(4, KMSD, "run", "-d", folder(3, "listed"), "--listen",
                 "127.0.0.1:%d" % ports["listed", 3])
    holds("share here is that of node 4" in got.err, got.err)
    runs = [start(number, "listed") for number in (1, 2, 4)]
    with contextlib.ExitStack() as stack:
        for run in runs:
            stack.callback(run.kill)
        person = Person()
        ask = ["key", "request", "--authority", cards[1], "ONE"]
        got = person(0, *ask)
        holds(":%d" % ports["listed", 3] in got.err, got.err)
        name = got.out.strip()
        same(person(0, *ask).out.strip(), name)  # it goes on
        for number in (1, 2, 4):
            expect(0, KMSD, "approve", "-d", folder(number, "listed"),
                   "--registrar", temp("listed", "registrar.key"), name)
        person(0, "key", "fetch")
        person = Person()  # the one that is named is down, another is not
        person(0, "key", "request", "--authority", cards[2], "--authority",
               cards[0], "ONE")


@test
def denied_and_withdrawn():
    person = Person()
    name = person.asks([1, 2, 3], "ONE")
    say("deny", name, 1)
    got = person(3, "key", "fetch")
    person = Person()
    name = person.asks([1, 2, 3, 4, 5], "ONE")
    say("approve", name, 1, 2, 3, 4, 5)
    say("withdraw", name, 1, 2)
    person(0, "key", "fetch")  # three do not know yet
    person = Person()
    name = person.asks([1, 2, 3, 4, 5], "ONE")
    say("approve", name, 1, 2, 3, 4, 5)
    say("withdraw", name, 1, 2, 3)
    got = person(5, "key", "fetch")
    holds("withdrawn" in got.err, got.err)


@test
def answers_do_not_mix():
    """Two issuances to one person, and two people: the answers to one request
    are noise to another."""
    public = os.path.join(folder(1), "authority.pub")
    asks = []
    for i in range(3):
        person = asks[0][0] if i == 1 else Person()
        request = temp("mix-%d" % i)
        person(0, "key", "request", "--offline", "--name", "n%d" % i,
               "--authority", public, "-o", request, "ONE", "TWO")
        for number in (1, 2, 3):
            expect(0, KMSD, "issue", "-d", folder(number), "--registrar",
                   temp("nodes", "registrar.key"), "--request", request, "-o",
                   temp("mix-%d-%d" % (i, number)))
        asks.append((person, "n%d" % i))
    for i, (person, name) in enumerate(asks):
        for other in range(3):
            if other != i:
                person(4, "key", "import", "--name", name,
                       temp("mix-%d-1" % i), temp("mix-%d-2" % i),
                       temp("mix-%d-3" % other))
        person(2, "key", "import", "--name", name, temp("mix-%d-1" % i),
               temp("mix-%d-2" % i))
        person(4, "key", "import", "--name", name, temp("mix-%d-1" % i),
               temp("mix-%d-2" % i), temp("mix-%d-2" % i))
    for i, (person, name) in enumerate(asks):
        person(0, "key", "import", "--name", name,
               *[temp("mix-%d-%d" % (i, n)) for n in (3, 1, 2)])


@test
def killed_during_issuance():
    """Nodes die while many fetch; who asks again has a key, and no node issued
    anything twice."""
    crowd = [Person() for _ in range(8)]
    names = [p.asks([1, 2, 3, 4, 5], *TEN) for p in crowd]
    for number in nodes:
        expect(0, KMSD, "approve", "-d", folder(number), "--registrar",
               temp("nodes", "registrar.key"), *names)
    for round in range(3):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            fetches = [pool.submit(run, "attrium", "key", "fetch",
                                   env={"ATTRIUM_HOME": p.home})
                       for p in crowd]
            time.sleep(0.02 * round)
            for number in (1 + round, 2 + round, 3 + round):
                nodes[number].send(signal.SIGKILL)
                nodes[number].process.wait(60 * SLOW)
            codes = {f.result().code for f in fetches}
        holds(codes <= {0, 1, 6}, codes)  # 1: there is none under way any more
        up(1, 2, 3, 4, 5)
    for person in crowd:
        if not os.path.exists(os.path.join(person.home,
                                           "data/keys/default.key")):
            person(0, "key", "fetch")
        holds("A9" in person(0, "key", "list").out)
    for number in nodes:
        for name in names:
            holds(events(number, name) in (["requested", "approved"],
                                           ["requested", "approved",
                                            "issued"]))
        expect(0, KMSD, "audit", "verify", "-d", folder(number))


run_tests()
