#!/usr/bin/env python3
"""Hostile strangers, a hostile node and a hostile page, against real nodes:
every route of every door with everything wrong in turn. After each there is an
answer that says so, nothing has changed in the ledger or the directory, the
processes are the same, and nothing that was said shows a share."""

import os
import random
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../kit"))
from hostile import (Liar, chain_of, context_of, exchange, files_of, free_ports,
                     ledger_of, page, share_forms, status_of)
from memory import family, memory_has
from programs import *  # noqa

KMSD = "attrium-kmsd"
ZEROS = "0" * 32
ID = "a5" * 32
temp = Temp()
seed = random.randrange(1 << 32)
random.seed(seed)
print("# seed %d" % seed)
heard = []  # all that the node has ever said to anybody


# --- three nodes, of which the third is the test ---

dirs = [temp("node%d" % i) for i in range(3)]
ports = free_ports(3)
cards = [expect(0, KMSD, "card", "-d", d, "--listen",
                "127.0.0.1:%d" % port).out.strip()
         for d, port in zip(dirs, ports)]


def deal(folders, cards):
    subprocess.run([os.path.join(BUILD, "test", "deal"), "2", "1",
                    *[x for pair in zip(folders, cards) for x in pair]],
                   stdout=subprocess.DEVNULL, check=True)


deal(dirs, cards)


def start(i, *more, lines=2):
    return Server(KMSD, "run", "-d", dirs[i], "--listen",
                  "127.0.0.1:%d" % ports[i], *more, lines=lines)


node = start(0, "--admin", "127.0.0.1:0", lines=3)
honest = start(1)
printed = re.match(r"admin http://127.0.0.1:(\d+)/#token=(\w+)$", node.lines[2])
peer = chain_of(dirs[2])  # the certificate of the third
OTHER = "log=" + ZEROS

# Where a request goes: the port, how, and what every request there has.
DOORS = {
    "public": (node.port, {}, ""),
    "peer": (node.port, {"chain": peer}, ""),
    "admin": (int(printed.group(1)), {"plain": True},
              "Authorization: Bearer %s\r\n" % printed.group(2)),
}

# Every route: door, method, path, query, and the status of a good request (a
# POST without a body is none). A new route is a line.
ROUTES = [
    ("public", "GET", "/v1/authority", "", 200),
    ("public", "GET", "/v1/crowd", "", 200),
    ("public", "POST", "/v1/requests", "", 415),
    ("public", "GET", "/v1/requests/" + ID, "", 404),
    ("public", "GET", "/v1/requests/" + ID + "/1", "", 404),
    ("public", "GET", "/v1/requests/" + ID, "log=0", 404),
    ("public", "GET", "/v1/log/head", "", 200),
    ("public", "GET", "/v1/log/head", "from=1&to=2", 200),
    ("public", "GET", "/v1/log/leaves", "from=0&count=9", 200),
    ("public", "GET", "/v1/generation", "", 200),
    ("public", "GET", "/healthz", "", 200),
    ("public", "GET", "/readyz", "", 200),
    ("public", "GET", "/version", "", 200),
    ("admin", "GET", "/metrics", "", 200),
    ("peer", "GET", "/v1/peer/statements", "after=0&log=" + ZEROS, 200),
    ("peer", "GET", "/v1/peer/state", "", 200),
    ("peer", "GET", "/v1/peer/ceremony", "", 200),
    ("peer", "GET", "/v1/peer/ceremony", "from=3", 200),
    ("peer", "GET", "/v1/peer/ceremony", "generation=1&from=2", 200),
    ("admin", "GET", "/", "", 200),
    ("admin", "GET", "/page.js", "", 200),
    ("admin", "GET", "/page.css", "", 200),
    ("admin", "GET", "/admin/state", "", 200),
    ("admin", "POST", "/admin/approve", "", 415),
    ("admin", "POST", "/admin/deny", "", 415),
    ("admin", "POST", "/admin/withdraw", "", 415),
]

# Queries that a route refuses with 400.
QUERIES = {
    "/v1/peer/statements": [
        "", "after=0", OTHER, "after=&" + OTHER, "after=-1&" + OTHER,
        "after=+1&" + OTHER, "after= 1&" + OTHER, "after=0x1&" + OTHER,
        "after=12345678901234567890&" + OTHER, "after=0&log=", "log=&after=",
        "after=0&log=" + ZEROS[1:], "after=0&log=" + ZEROS + "0",
        "after=0&log=" + "g" * 32, "after=0&log=" + "A" * 32,
        "after=0&" + OTHER + "&", "after=0&" + OTHER + "&x=1",
        "after=0&%6cog=" + ZEROS, "after=0&after=0&" + OTHER],
    "/v1/requests/" + ID: [
        "log=", "log=x", "log=-1", "log=1&", "log=1&log=1",
        "log=1234567890123456789", "from=1", "Log=1"],
    "/v1/log/head": [
        "from=", "to=", "from=x", "from=-1", "from=+1", "to=1&from=1",
        "from=1&from=1", "from=1&", "&from=1", "from=1234567890123456789"],
    "/v1/log/leaves": [
        "from=", "count=", "from=x", "from=0&count=-1", "count=1&from=0",
        "from=0&count=1&", "from=1234567890123456789"],
    "/v1/peer/ceremony": [
        "from=", "from=x", "from=-1", "from=12", "from=1x", "from=1&from=2",
        "from=1&", "x", "from", "From=1", "generation=1", "generation=&from=1",
        "generation=-1&from=1", "generation=0x1&from=1",
        "generation=1&from=1&", "generation=../1&from=1",
        "generation=9999999999&from=1", "from=1&generation=1"],
}


def send(door, data, chain=None):
    port, how, _ = DOORS[door]
    got = exchange(port, data, **(how if chain is None else {"chain": chain}))
    heard.append(got)
    return got


def request(door, method, path, query="", body=None, headers=(), length=None):
    """The bytes of a request as it ought to be, but for what is given."""
    lines = ["%s %s%s HTTP/1.1" % (method, path, "?" + query if query else ""),
             "Host: 127.0.0.1"]
    if body is not None or length is not None:
        lines.append("Content-Length: %d" %
                     (len(body) if length is None else length))
    lines += headers
    return ("\r\n".join(lines) + "\r\n" + DOORS[door][2] +
            "\r\n").encode() + (body or b"")


def ask(door, method, path, query="", **more):
    return status_of(send(door, request(door, method, path, query, **more)))


def wait_until(condition, what, limit=60):
    end = time.monotonic() + limit * SLOW
    while not condition():
        holds(time.monotonic() < end, what)
        time.sleep(0.02)


# --- what must not move ---

def snapshot():
    return ledger_of(dirs[0]), files_of(dirs[0])


before = snapshot()
processes = family(node.process.pid)


def unmoved(what):
    now = snapshot()
    for was, is_ in zip(before, now):
        for name in was.keys() | is_.keys():
            holds(is_.get(name) == was.get(name), "%s moves %s" % (what, name))
    same(family(node.process.pid), processes, what)
    same(ask("public", "GET", "/healthz"), 200, what)


def moves():
    """The state as it is now is the one to keep."""
    global before
    before = snapshot()


# --- every route, and everything wrong ---

@test
def routes_are_where_they_should_be():
    for door, method, path, query, status in ROUTES:
        same(ask(door, method, path, query,
                 body=b"" if method == "POST" else None), status, path)
        for other in DOORS.keys() - {door}:
            if (door, other) in (("public", "peer"), ("public", "admin")):
                continue  # they may do what anybody may
            if (door, path) == ("admin", "/metrics"):
                other = "public"
            same(ask(other, method, path, query),
                 403 if door == "peer" else 404, "%s by %s" % (path, other))
    unmoved("good requests")


def wrong_of(door, method, path, query):
    """Pairs: what is wrong, and the bytes. Whatever route it is, such a request
    gets a status of 4xx (or 501) and not what it asks for."""
    def of(*args, **more):
        return request(door, *args, **more)

    for verb in ("GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS",
                 "TRACE", "CONNECT", "get", "X" * 5000, "\0"):
        if verb != method:
            yield "method " + verb[:9], of(verb, path, query)
    for more in ("x", "%00", "/../../share.key", "%2f..", "/%2e%2e/x", "%",
                 "%zz", ";", "\\", "\xff", " ", "/" * 3000, "a" * 30000):
        yield "path + %r" % more[:9], of(method, path + more, query)
    for where in ("", "*", "http://127.0.0.1", "//" + path, path[1:]):
        yield "path %r" % where[:9], of(method, where, query)
    good = of(method, path, query)
    yield "no host", good.replace(b"Host: 127.0.0.1\r\n", b"")
    yield "two hosts", of(method, path, query, headers=["Host: x"])
    yield "an old version", good.replace(b"HTTP/1.1", b"HTTP/0.9")
    yield "a new version", good.replace(b"HTTP/1.1", b"HTTP/3.0")
    yield "no version", good.replace(b" HTTP/1.1", b"")
    if door != "admin":  # it has no TLS, and nobody else's requests before it
        yield "lines without CR", good.replace(b"\r\n", b"\n")
        yield "a folded line", of(method, path, query,
                                  headers=["A: b", " c"])
    yield "a head too long", of(method, path, query,
                                headers=["A: " + "a" * 9000])
    yield "a head of many lines", of(method, path, query,
                                     headers=["A: a"] * 3000)
    yield "a body too long", of(method, path, query, length=1 << 40)
    yield "a body a little too long", of(method, path, query,
                                         body=b"x" * 65537)
    yield "a negative length", of(method, path, query, length=-1)
    yield "two lengths", of(method, path, query, body=b"ab",
                            headers=["Content-Length: 1"])
    yield "a length and chunks", of(method, path, query, body=b"0\r\n\r\n",
                                    headers=["Transfer-Encoding: chunked",
                                             "Content-Length: 4"])
    yield "a bad chunk", of(method, path, query, headers=[
        "Transfer-Encoding: chunked"]) + b"zz\r\nabc\r\n0\r\n\r\n"
    yield "an upgrade", of(method, path, query, headers=[
        "Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="])
    yield "noise", os.urandom(300) + b"\r\n\r\n"


@test
def whatever_is_wrong_is_refused():
    for door, method, path, query, _ in ROUTES:
        for what, data in wrong_of(door, method, path, query):
            got = send(door, data)
            status = status_of(got)
            holds(status is None or 400 <= status < 500 or status == 501,
                  "%s %s: %s: %r" % (method, path, what, got[:200]))
        unmoved(path)


@test
def whatever_is_cut_off_moves_nothing():
    for door, method, path, query, _ in ROUTES:
        whole = request(door, method, path, query, body=b'{"request": "x"}',
                        headers=["Content-Type: application/json"])
        port, how, _ = DOORS[door]
        context = context_of(how.get("chain"))
        for cut in sorted(random.sample(range(len(whole)), 12)):
            raw = socket.create_connection(("127.0.0.1", port))
            with raw if "plain" in how else context.wrap_socket(raw) as s:
                s.sendall(whole[:cut])
        unmoved(path)


@test
def queries_that_say_nothing():
    for door, method, path, query, _ in ROUTES:
        for text in QUERIES.get(path, []) if query else []:
            same(ask(door, method, path, text.replace(" ", "%20")), 400, text)
        for text in ("a" * 4000, "%", "&&&", "=", "after=1&log=\xff", "a=b"):
            status = ask(door, method, path, text)
            holds(status is None or status < 500, (path, text[:20], status))
    unmoved("queries")


# --- what people post ---

GOOD = request_bytes("ONE")


def wire(data):
    return {"request": base64_text(data)}


def attributes(*names, count=None):
    """A request that is not what request_bytes would make."""
    return (GOOD[:49] + (len(names) if count is None else count)
            .to_bytes(2, "big") +
            b"".join(bytes([len(n)]) + n for n in names))


# What is posted, and the status.
POSTINGS = [
    (b"", 400), (b"{", 400), (b"[]", 400), (b"null", 400), (b'"x"', 400),
    (b"{}", 400), (b"[" * 60000, 400), (b'{"a":' * 10000, 400),
    (b"\0" * 100, 400), (b"\xff\xfe{}", 400), (os.urandom(5000), 400),
    (b'{"request": ' + b"9" * 60000 + b"}", 400),
    (b'{"request": 1e999999}', 400),
    (b'{"request": "x", "request": "x"}', 400),
    ({"request": 1}, 400), ({"request": None}, 400), ({"request": []}, 400),
    ({"request": ""}, 400), ({"request": "!"}, 400),
    ({"request": "A" * 60000}, 400),
    ({"request": base64_text(GOOD) + "\n"}, 400),
    (dict(wire(GOOD), more=1), 400), (dict(wire(GOOD), note=1), 400),
    (dict(wire(GOOD), note="x" * 501), 400),
    (dict(wire(GOOD), note="\0x"), 400),
    (dict(wire(GOOD), source="x"), 400), (dict(wire(GOOD), evidence={}), 400),
    (dict(wire(GOOD), source="x", evidence=[]), 400),
    (wire(b""), 400), (wire(b"\0"), 400), (wire(b"\3" + GOOD[1:]), 400),
    (wire(GOOD + b"\0"), 400), (wire(GOOD[:-1]), 400),
    *[(wire(GOOD[:cut]), 400) for cut in (1, 32, 48, 49, 50, 51)],
    (wire(attributes()), 400), (wire(attributes(b"")), 400),
    (wire(attributes(b"ONE", b"ONE")), 400),
    (wire(attributes(b"TWO", b"ONE")), 400),
    (wire(attributes(b"ONE", count=0xffff)), 400),
    (wire(attributes(b"ONE", count=0)), 400),
    (wire(attributes(b"\xff\xfe")), 400), (wire(attributes(b"\0")), 400),
    (wire(attributes(b"\1num\0\0\0\1a")), 400),
    (wire(attributes(next(number("a", 5)))), 422),
    (wire(attributes(b"x" * 255)), 400),
    (wire(identity_bytes("ada@example.org")), 422),
]


@test
def postings():
    for value, want in POSTINGS:
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        got = send("public", request(
            "public", "POST", "/v1/requests", body=body,
            headers=["Content-Type: application/json"]))
        same(status_of(got), want, "%r: %r" % (body[:200], got[-200:]))
        unmoved(body[:80])
        words = json.loads(got.split(b"\r\n\r\n", 1)[1])
        same(set(words["error"]), {"code", "message"}, words)


@test
def evidence_for_nobody():
    """A request is one, whatever is sent beside it: it waits."""
    for source in ("x", "../x", "x.oidc"):
        data = request_bytes("ONE")
        status, words = node.post_json("/v1/requests", dict(
            wire(data), source=source, evidence={"a": "b" * 40000}))
        same((status, words["error"]["message"]), (400, "no such source"))
        moves()
        same(post(data)[0], 200)
        unmoved("evidence")


def post(data):
    status, answer = node.post_json("/v1/requests", wire(data))
    return status, answer["id"]


@test
def a_request_replayed_is_one_request():
    data = request_bytes("ONE", "TWO")
    status, id_ = post(data)
    same(status, 201)
    moves()
    for _ in range(3):
        same(post(data), (200, id_))
    unmoved("replays")


@test
def fetches():
    status, id_ = post(request_bytes("FETCHED"))
    same(status, 201)
    moves()
    for text in ("", "/", "//", id_[:-1], id_ + "0", "g" * 64,
                 " " * 64, id_ + "/", id_ + "/x", id_ + "/1", id_ + "/-1",
                 id_ + "/+1", id_ + "/%201", id_ + "/0", id_ + "/1/1",
                 id_ + "/99999999999999999999999999", id_ + "x", id_ + "%00",
                 "../authority", "." * 64, "%2e" * 64, "x" * 7000):
        same(ask("public", "GET", "/v1/requests/" + text.replace(" ", "%20")),
             400 if "%00" in text else 404, text[:80])
    unmoved("fetches")


@test
def decisions_of_nobody():
    """Of whom the token is not, and about what is not there."""
    status, id_ = post(request_bytes("DECIDED"))
    same(status, 201)
    moves()
    json_ = ["Content-Type: application/json"]
    bodies = [b"", b"{", b"[]", b"{}", b'{"id": 1}', b"[" * 60000,
              b'{"id": "' + id_.encode() + b'", "more": 1}',
              b'{"id": "' + id_.encode() + b'", "reason": []}',
              b'{"id": "' + id_.encode() + b'", "id": "x"}',
              b'{"id": "' + b"a" * 60000 + b'"}', b'{"id": "\\u0000"}',
              os.urandom(3000)]
    for verb in ("approve", "deny", "withdraw"):
        for body in bodies:
            same(ask("admin", "POST", "/admin/" + verb, body=body,
                     headers=json_), 400, body[:80])
        same(ask("admin", "POST", "/admin/" + verb, headers=json_,
                 body=json.dumps({"id": ID}).encode()), 404)
        body = json.dumps({"id": id_}).encode()
        for field in ("", "Bearer", "Bearer ", "Bearer " + "0" * 64,
                      "Basic " + printed.group(2), printed.group(2),
                      "Bearer " + printed.group(2)[:-1],
                      "Bearer " + printed.group(2) + "0"):
            data = request("public", "POST", "/admin/" + verb, body=body,
                           headers=json_ + ["Authorization: " + field])
            same(status_of(send("admin", data)), 401, field)
    same(ask("admin", "POST", "/admin/withdraw", headers=json_, body=body),
         409)
    unmoved("decisions")


# --- what a node says to its peers ---

def build(kind, hm, body, signer=0, version=1, at=b"\0" * 8,
          signature=b"\0" * 64):
    """A statement (proto/register.h)."""
    return (bytes([version, kind]) + hm + at + bytes([signer]) +
            len(body).to_bytes(4, "big") + body + signature)


def field(data):
    return len(data).to_bytes(4, "big") + data


def said(data, note=b""):
    return field(data) + field(note)


def statements_of(port, chain):
    """What a node shows of its register, as a peer reads it."""
    got = exchange(port, request(
        "peer", "GET", "/v1/peer/statements",
        "after=0&log=" + ZEROS), chain).partition(b"\r\n\r\n")[2]
    at, out = 24, []
    while at < len(got):
        length = int.from_bytes(got[at + 8:at + 12], "big")
        out.append(got[at + 12:at + 12 + length])
        at += 12 + length
    return out


def answer(*statements, log=b"\7" * 16, last=None, first=1):
    """A page of statements."""
    return log + (len(statements) + first - 1 if last is None else last
                  ).to_bytes(8, "big") + b"".join(
        (first + i).to_bytes(8, "big") + field(s)
        for i, s in enumerate(statements))


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


class World:
    """Statements that are good, here or elsewhere."""

    def __init__(self):
        self.hm = bytes.fromhex(
            node.get_json("/v1/authority")["fingerprint"])
        self.id = post(request_bytes("STATED"))[1]
        wait_until(lambda: honest.get("/v1/requests/" + self.id)[0] == 200,
                   "the request does not come")
        expect(0, KMSD, "approve", "-d", dirs[1], self.id)
        self.approval = next(
            s for s in statements_of(honest.port, peer)
            if s[1] == 2 and self.id in s.hex())
        self.elsewhere = self.foreign()

    @staticmethod
    def foreign():
        """An approval by a registrar of another authority."""
        others = [temp("other%d" % i) for i in range(2)]
        other_ports = free_ports(2)
        deal(others, [expect(0, KMSD, "card", "-d", d, "--listen",
                             "127.0.0.1:%d" % port).out.strip()
                      for d, port in zip(others, other_ports)])
        with Server(KMSD, "run", "-d", others[0], "--listen",
                    "127.0.0.1:%d" % other_ports[0], lines=2) as server:
            id_ = server.post_json("/v1/requests",
                                   wire(request_bytes("ONE")))[1]["id"]
            expect(0, KMSD, "approve", "-d", others[0], id_)
            return next(s for s in statements_of(server.port,
                                                 chain_of(others[1]))
                        if s[1] == 2)


def lies(w):
    """Pages of a hostile node, each wrong: what, and the bytes of the HTTP
    answer."""
    ask_ = build(1, w.hm, said(request_bytes("ONE")))
    yield "nothing", b""
    yield "no HTTP", b"\x15\x03\1"
    yield "a head without end", b"HTTP/1.1 200 OK\r\nA: " + b"a" * 40000
    yield "no length", b"HTTP/1.1 200 OK\r\n\r\n" + answer()
    yield "a huge length", page(b"x", length=1 << 40)
    yield "more than is allowed", page(b"x" * 300000)
    yield "cut off", page(answer(ask_), length=100000)
    yield "another status", page(answer(ask_), 500)
    yield "moved elsewhere", (b"HTTP/1.1 302 X\r\nLocation: https://127.0.0.1"
                              b"/\r\nContent-Length: 0\r\n\r\n")
    yield "an empty page", page(b"")
    yield "noise", page(os.urandom(5000))
    for cut in random.sample((1, 16, 23, 25, 32, 36, 100), 3):
        yield "a page cut at %d" % cut, page(answer(ask_)[:cut])
    yield "a page and a byte", page(answer() + b"\0")
    yield "a statement that says 4 GiB", page(answer() + b"\0" * 7 + b"\1" +
                                              b"\xff" * 4)
    yield "an empty statement", page(answer(b""))
    yield "number 0", page(answer(ask_, first=0))
    for at in random.sample(range(len(w.approval)), 6):
        yield "an approval, byte %d" % at, page(answer(flipped(w.approval,
                                                               at)))
    yield "an approval cut", page(answer(w.approval[:-1]))
    yield "an approval of elsewhere", page(answer(w.elsewhere))
    yield "an approval of elsewhere, sent on", page(answer(
        w.elsewhere[:2] + w.hm + w.elsewhere[34:]))
    yield "an approval of another request", page(answer(
        w.approval[:47] + bytes.fromhex(ID) + w.approval[79:]))
    about = bytes.fromhex(w.id)
    for kind, body in ((2, about + b"\x7f" + b"\xff" * 7),
                       (3, about + field(b"no")), (4, about),
                       (5, b"\0\0\0\1")):
        for signer in random.sample((0, 1, 2, 3, 4, 255), 2):
            yield "kind %d unsigned by %d" % (kind, signer), page(answer(
                build(kind, w.hm, body, signer)))
    yield "no such kind", page(answer(build(6, w.hm, b"")))
    yield "another version", page(answer(build(1, w.hm, said(GOOD),
                                               version=2)))
    yield "a request of elsewhere", page(answer(build(1, b"\1" * 32,
                                                      said(GOOD))))
    yield "a request that is signed", page(answer(
        build(1, w.hm, said(GOOD), signature=b"\1" * 64)))
    yield "a note that is no text", page(answer(
        build(1, w.hm, said(GOOD, b"\xff\xfe"))))
    yield "a note too long", page(answer(build(1, w.hm, said(GOOD,
                                                             b"x" * 501))))
    yield "a time after all times", page(answer(
        build(1, w.hm, said(GOOD), at=b"\xff" * 8)))
    yield "a request that is none", page(answer(build(1, w.hm, said(b"x"))))
    yield "what is not given here", page(answer(
        build(1, w.hm, said(identity_bytes("ada@example.org")))))
    yield "what is known", page(answer(*statements_of(honest.port, peer)))
    yield "the last number of all", page(answer(
        w.approval, first=(1 << 64) - 1, last=(1 << 64) - 1))


@test
def node_that_lies_to_its_peers():
    """What a lie has done is looked at after the next one has been asked for;
    asking the node makes it ask again soon."""
    w = World()
    wait_until(lambda: node.get_json("/v1/requests/" + w.id)["state"] in
               ("approved", "issued"), "the approval does not come")
    moves()
    now = {"page": page(answer())}
    liar = Liar(dirs[2], ports[2], lambda head: now["page"])
    last = "nothing"
    for what, now["page"] in lies(w):
        wait_until(lambda: ask("peer", "GET", "/v1/peer/state") == 200 and
                   liar.wait_asked(1, 1), what)
        unmoved(last)
        last = what
    # None of that has made the node deaf.
    data = request_bytes("TRUE")
    now["page"] = page(answer(build(1, w.hm, said(data)), log=b"\x08" * 16))
    wait_until(lambda: ask("peer", "GET", "/v1/peer/state") == 200 and
               node.post_json("/v1/requests", wire(data))[0] == 200,
               "a good statement does not come")
    moves()
    liar.close()


@test
def whoever_is_no_node_is_no_peer():
    stranger = temp("stranger")
    expect(0, KMSD, "card", "-d", stranger)
    for door, method, path, query, _ in ROUTES:
        if door == "peer":
            for chain in (None, chain_of(stranger)):
                data = request("peer", method, path, query)
                same(status_of(exchange(node.port, data, chain)), 403, path)
    unmoved("strangers")


# --- and nothing was shown ---

@test
def no_share_is_shown():
    """In no answer, no log, and not in the memory of the process that talks;
    the vault's memory has it, so the search finds what there is."""
    forms = share_forms(dirs[0])
    everything = b"".join(heard)
    holds(len(everything) > 100000 and b"schema" in everything)
    for form in forms:
        holds(form not in everything, "in an answer")
        holds(form not in node.text().encode("latin-1", "replace"), "in a log")
    try:
        where = [memory_has(pid, forms) for pid in processes]
    except OSError:
        raise Skip("answers were searched; memory may not be read here")
    holds(any(where[1:]), "the search finds nothing")
    holds(not where[0], "in the process on the network")


@test
def all_goes_on():
    id_ = post(request_bytes("LAST"))[1]
    expect(0, KMSD, "approve", "-d", dirs[0], id_)
    same(node.get_json("/v1/requests/" + id_)["state"], "issued")
    for d in dirs[:2]:
        expect(0, KMSD, "audit", "verify", "-d", d)
    same((node.stop(), honest.stop()), (0, 0))


run_tests()
