#!/usr/bin/env python3
"""A ceremony one of whose nodes lies between the truths, and a node whose files
are spoilt: what is wrong is said in one line, nothing else changes, and once it
is put right everything goes on from where it was."""

import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../kit"))
from hostile import (Liar, chain_of, exchange, files_of, free_ports, page,
                     share_forms, status_of)
from programs import *  # noqa

KMSD = "attrium-kmsd"
WHO_AT = 7 + 1  # in a page: plan, vk, start, 32 bytes each; then count, messages
MESSAGES_AT = WHO_AT + 96 + 2
temp = Temp()
seed = random.randrange(1 << 32)
random.seed(seed)
print("# seed %d" % seed)


# --- three nodes; what the third says goes through a liar ---

dirs = [temp("node%d" % i) for i in range(3)]
ports = free_ports(4)
listens = [["--listen", "127.0.0.1:%d" % port] for port in ports]
cards = [expect(0, KMSD, "card", "-d", d, *listen).out.strip()
         for d, listen in zip(dirs, listens)]
listens[2] = listens[3]  # where it is: its card leads to the liar
numbers = [sorted(cards).index(card) + 1 for card in cards]
registrar = re.search("[0-9a-f]{64}", expect(
    0, KMSD, "registrar", "new", "-o", temp("registrar"), "--json").out)
options = ["--threshold", "2", "--name", "Three", "--registrar",
           registrar.group(0)]
for card in cards:
    options += ["--join", card]
running = {}


def start(i):
    log = open(dirs[i] + ".log", "ab")
    running[i] = subprocess.Popen(
        [program(KMSD), "init", "-d", dirs[i], *listens[i], *options],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    atexit.register(running[i].kill)


def text(i):
    with open(dirs[i] + ".log", errors="replace") as log:
        return log.read()


def wait_until(condition, what, limit=120):
    end = time.monotonic() + limit * SLOW
    while not condition():
        holds(time.monotonic() < end, "%s\n%s" % (
            what, "\n".join(text(i) for i in running)))
        time.sleep(0.02)


def has(i, name):
    return any(f.startswith(name)
               for f in os.listdir(os.path.join(dirs[i], "ceremony")))


# --- the liar ---

def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def field(data):
    return len(data).to_bytes(4, "big") + data


def counted(body, more):
    """A page that says it has so many messages more than it has."""
    count = int.from_bytes(body[MESSAGES_AT - 2:MESSAGES_AT], "big")
    return (body[:MESSAGES_AT - 2] + (count + more & 0xffff).to_bytes(2, "big")
            + body[MESSAGES_AT:])


# Answers that are no page, whatever the page was.
GARBAGE = [
    lambda body: b"",
    lambda body: b"\x15\3\1",
    lambda body: page(b""),
    lambda body: page(os.urandom(4000)),
    lambda body: page(body, 500),
    lambda body: page(body, length=1 << 40),
    lambda body: page(b"\0" * (2 << 20)),
    lambda body: page(body[:random.randrange(MESSAGES_AT)]),
    lambda body: page(body + b"\0"),
    lambda body: page(flipped(body, random.randrange(WHO_AT))),
    lambda body: page(flipped(body, WHO_AT + random.randrange(32))),
    lambda body: page(counted(body, 1)),
    lambda body: page(counted(body, -1)),
]

# Once who it is is known, it may be nobody else; and messages are signed.
LIES = [
    lambda body: page(flipped(body, WHO_AT + 32 + random.randrange(64))),
    lambda body: page(flipped(body, random.randrange(MESSAGES_AT + 4,
                                                     len(body)))),
    lambda body: page(body[:random.randrange(MESSAGES_AT, len(body))]),
    lambda body: page(counted(body, 1) + field(os.urandom(300))),
    lambda body: page(counted(body, 1) + field(b"")),
    lambda body: page(counted(body, 1) + b"\xff\xff\xff\xff"),
]
pages = []  # what the third node really said


def truth(head):
    """Asked under the names of both others, so that it knows that both know."""
    got = b""
    for i in (0, 1):
        try:
            got = exchange(ports[3], head, chain_of(dirs[i]))
        except OSError:
            return b""
    body = got.partition(b"\r\n\r\n")[2]
    pages.append(body)
    return got, body


class Tongue:
    """Which answers the liar gives: no truth at all, now and then, or all."""

    def __init__(self):
        self.lies = 0
        self.truths = 0
        self.mood = "garbage"

    def says(self, head):
        got = truth(head)
        if not got or status_of(got[0]) != 200:
            return page(b"", 503)
        got, body = got
        choice = GARBAGE + (LIES if len(body) > MESSAGES_AT + 5 else [])
        if self.mood == "silence":
            return b""
        if self.mood == "garbage" or (self.mood == "both" and
                                      random.random() < 0.5):
            self.lies += 1
            lie = GARBAGE if self.mood == "garbage" else choice
            return random.choice(lie)(body)
        self.truths += 1
        return got


tongue = Tongue()
liar = Liar(dirs[2], ports[2], tongue.says)


@test
def no_ceremony_comes_of_garbage():
    for i in range(3):
        start(i)
    wait_until(lambda: tongue.lies >= 12, "nobody asks")
    for i in (0, 1):
        holds(not has(i, "who-%d" % numbers[2]), "it is known")
        holds(not has(i, "said-"), "something was said")
        same(running[i].poll(), None, text(i))


@test
def strangers_and_wrong_questions():
    """At the door of a command that waits for its peers."""
    path = "/v1/peer/ceremony"
    stranger = temp("stranger")
    expect(0, KMSD, "card", "-d", stranger)

    def ask(target, chain, more=""):
        return status_of(exchange(ports[0], (
            "%s HTTP/1.1\r\nHost: x\r\n%s\r\n" % (target, more)).encode(),
            chain))

    peer = chain_of(dirs[2])
    same(ask("GET " + path, peer), 200)
    for chain in (None, chain_of(stranger)):
        same(ask("GET " + path, chain), 403)
    for query in ("from=", "from=x", "from=99", "from=1x", "x"):
        same(ask("GET %s?%s" % (path, query), peer), 400, query)
    same(ask("POST " + path, peer), 405)
    same(ask("GET /v1/peer/statements", peer), 404)
    same(ask("GET /v1/authority", None), 503)
    holds(ask("GET " + path, peer, "Upgrade: websocket\r\nConnection: Upgrade"
              "\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
              "dGhlIHNhbXBsZSBub25jZQ==\r\n") in (400, 404))
    same(running[0].poll(), None, text(0))


@test
def lies_between_truths_change_nothing():
    tongue.mood = "both"
    wait_until(lambda: has(0, "said-2-"), "no deals come")
    tongue.mood = "silence"
    holds(tongue.truths > 0)


def spoilt(data):
    """What a file may have become: what it is called, and the bytes."""
    yield "empty", b""
    yield "cut", data[:len(data) // 2]
    yield "cut by one", data[:-1]
    yield "longer by one", data + b"\0"
    yield "noise", os.urandom(len(data))
    yield "huge", b"\0" * (8 << 20)
    yield "its first byte", flipped(data, 0)


def fails(what, *args):
    """The program says what is wrong in one line, and changes nothing."""
    before = files_of(dirs[0])
    try:
        got = run(KMSD, *args, "-d", dirs[0], limit=30)
    except subprocess.TimeoutExpired:
        raise AssertionError("%s: it does not mind" % what)
    holds(got.code in (1, 2, 4, 7), "%s: exit %d\n%s" % (what, got.code,
                                                         got.err))
    lines = got.err.splitlines()
    holds(len(lines) == 1 and lines[0].startswith(KMSD + ": "),
          "%s: %r" % (what, got.err))
    holds(files_of(dirs[0]) == before, what)


def spoil(name, *args, more=()):
    """Each way in turn; the file is then as it was. Text may end in one byte
    more or less."""
    path = os.path.join(dirs[0], name)
    mode = os.stat(path).st_mode & 0o777
    with open(path, "rb") as f:
        data = f.read()
    for what, bytes_ in [*spoilt(data), *more]:
        if "by one" in what and data[:5] == b"-----":
            continue
        with open(path, "wb") as f:
            f.write(bytes_)
        fails("%s, %s" % (name, what), *args)
    os.unlink(path)
    os.mkdir(path)
    fails(name + " is a folder", *args)
    os.rmdir(path)
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, mode)


@test
def spoilt_files_of_a_ceremony():
    running[0].kill()
    running[0].wait()
    command = ["init", *listens[0], *options]
    folder = os.path.join(dirs[0], "ceremony")
    with open(os.path.join(folder, "begun"), "rb") as f:
        begun = f.read()
    spoil("ceremony/begun", *command, more=[
        ("another start", flipped(begun, 8)),
        ("another seed", flipped(begun, len(begun) - 1))])
    for name in sorted(os.listdir(folder)):
        if re.fullmatch("(who|said)-[0-9-]+", name):
            with open(os.path.join(folder, name), "rb") as f:
                data = f.read()
            spoil("ceremony/" + name, *command,
                  more=[("a bit", flipped(data, random.randrange(
                      32 if name.startswith("who-") else len(data))))])


@test
def it_goes_on_and_ends_well():
    start(0)
    tongue.mood = "both"
    wait_until(lambda: tongue.lies >= 20 or running[0].poll() is not None,
               "nobody asks")
    tongue.mood = "truth"
    for i in range(3):
        wait_until(lambda: running[i].poll() is not None, "it does not end")
        same(running[i].returncode, 0, text(i))
    bundles = set()
    for d in dirs:
        with open(os.path.join(d, "authority.pub")) as f:
            bundles.add(f.read())
    same(len(bundles), 1)
    liar.close()


@test
def no_share_was_shown():
    everything = b"".join(pages)
    holds(len(everything) > 5000)
    for d in dirs:
        for form in share_forms(d):
            holds(form not in everything, "in a page")
            holds(form not in "".join(text(i) for i in range(3)).encode(
                "latin-1", "replace"), "in a log")


# --- the files of a node ---

@test
def spoilt_files_of_a_node():
    command = ["run", *listens[0]]
    with open(os.path.join(dirs[0], "share.key"), "rb") as f:
        share = f.read()
    with open(os.path.join(dirs[1], "share.key"), "rb") as f:
        other = f.read()
    spoil("share.key", *command, more=[
        ("of another node", other),
        ("under another number", share[:8] + other[8:9] + share[9:]),
        *[("byte %d" % at, flipped(share, at))
          for at in random.sample(range(len(share)), 6)]])
    for name in ("authority.pub", "tls.key", "tls.crt"):
        spoil(name, *command)
    for name in ("share.key", "tls.key"):
        os.chmod(os.path.join(dirs[0], name), 0o644)
        fails(name + " for everybody", *command)
        os.chmod(os.path.join(dirs[0], name), 0o600)


@test
def spoilt_database():
    path = os.path.join(dirs[0], "kmsd.db")
    with open(path, "rb") as f:
        data = f.read()
    for what, bytes_ in spoilt(data):
        if what in ("empty", "cut by one", "longer by one"):
            continue  # no database at all, and what SQLite mends by itself
        with open(path, "wb") as f:
            f.write(bytes_)
        fails("the database, " + what, "run", *listens[0])
    with open(path, "wb") as f:
        f.write(data)


@test
def it_serves_afterwards():
    with Server(KMSD, "run", "-d", dirs[0], *listens[0], lines=2) as server:
        same(server.get_json("/v1/authority")["node"], numbers[0])
        same(server.stop(), 0)
    expect(0, KMSD, "audit", "verify", "-d", dirs[0])


run_tests()
