#!/usr/bin/env python3
"""A hostile client, and a hostile network: garbage, floods, replays, lies and
truncations. After each, two honest people talk on as if nothing were, and the
hall is well."""

import os
import random
import socket
import time

import wire
from wire import Proxy, Raw, frame, tls, ws_frame
from world import HALLD, Tap, World, agree, wait_until

tap = Tap()


class Honest:
    """Two people who talk after each attack."""

    def __init__(self, world, link):
        self.world = world
        self.people = [world.enter("a", link, nick=n) for n in ("ada", "ben")]
        self.number = 0
        tap.ok(agree(self.people), "two honest people hold one key")

    def talk_on(self, name):
        self.number += 1
        text = "after %d" % self.number
        begin = time.monotonic()
        self.people[0].say(text)
        heard = wait_until(
            lambda: self.people[1].texts()[-1:] == [("ada", text)])
        calm = not any(p.of("disconnected") for p in self.people)
        alive = self.world.hall.process.poll() is None
        tap.ok(heard and calm and alive, name,
               "heard %s, calm %s, alive %s, %.1f s\n%s" %
               (heard, calm, alive, time.monotonic() - begin,
                self.world.story()))


def answer_of(port, data):
    """The status that comes back on a fresh TLS connection, None when it is
    closed without, "late" when nothing comes."""
    got = b""
    try:
        with tls(port) as connection:
            connection.sendall(data)
            while b"\r\n" not in got:
                more = connection.recv(65536)
                if not more:
                    return None
                got += more
    except TimeoutError:
        return "late"
    except OSError:
        return None # the hall closed while we sent
    return int(got.split()[1])


def test_not_tls(w, honest):
    for data in (b"GET / HTTP/1.1\r\n\r\n", os.urandom(2000), b"\x16\x03\x01",
                 b""):
        raw = socket.create_connection(("127.0.0.1", w.hall_port))
        raw.sendall(data)
        raw.close()
    half = [socket.create_connection(("127.0.0.1", w.hall_port))
            for _ in range(200)]
    honest.talk_on("not TLS at all; 200 connections that say nothing")
    for raw in half:
        raw.close()


def test_http(w, honest):
    port = w.hall_port
    tap.equal(answer_of(port, b"GET /healthz HTTP/1.0\r\n\r\n"), 200,
              "the hall speaks HTTP")
    bad = {
        "garbage": os.urandom(500) + b"\r\n\r\n",
        "a head without end": b"GET / HTTP/1.1\r\nX: " + b"a" * 100000,
        "a huge body": b"POST /v1/room HTTP/1.1\r\nHost: x\r\n"
                       b"Content-Length: 999999999\r\n\r\n" + b"z" * 100000,
        "a negative length": b"POST / HTTP/1.1\r\nHost: x\r\n"
                             b"Content-Length: -1\r\n\r\n",
        "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n"
                       b"Content-Length: 2\r\n\r\nab",
        "another path": wire.upgrade("/v1/other"),
        "a path that climbs": wire.upgrade("/v1/../../etc/passwd"),
        "an upgrade without key": b"GET /v1/room HTTP/1.1\r\nHost: x\r\n"
                                  b"Upgrade: websocket\r\n"
                                  b"Connection: Upgrade\r\n\r\n",
    }
    for name, data in bad.items():
        got = answer_of(port, data)
        tap.ok(got is None or got in range(400, 600),
               "HTTP: %s gets no room" % name, got)
    honest.talk_on("bad HTTP of every kind")


def test_websocket(w, honest):
    cases = {
        "an unmasked frame": ws_frame(b"abc", mask=False),
        "a text frame": ws_frame(b"abc", opcode=1),
        "reserved bits": b"\xf2" + ws_frame(b"abc")[1:],
        "an unknown opcode": ws_frame(b"abc", opcode=5),
        "a huge length": ws_frame(b"abc", length=1 << 40),
        "a length with its top bit": ws_frame(b"abc", length=(1 << 64) - 1),
        "a fragmented ping": ws_frame(b"abc", opcode=9, fin=False),
        "a long ping": ws_frame(b"a" * 200, opcode=9),
        "a continuation of nothing": ws_frame(b"abc", opcode=0),
        "fragments without end": ws_frame(b"a", fin=False) +
                                 b"".join(ws_frame(b"a", opcode=0, fin=False)
                                          for _ in range(5000)),
        "random bytes": os.urandom(4000),
    }
    for name, data in cases.items():
        raw = Raw(w.hall_port)
        raw.send_raw(data)
        got = raw.refusal()
        tap.ok(raw.closed and got != "late", "WebSocket: %s ends it" % name,
               got)
        raw.close()
    raw = Raw(w.hall_port)
    raw.send(b"", opcode=9)
    raw.send(b"", opcode=2)
    tap.ok(raw.next()[0] == wire.HELLO, "pings and empty messages are fine")
    raw.close()
    honest.talk_on("bad WebSocket of every kind")


def test_frames(w, honest, room):
    zeros = bytes(32)
    cases = {
        "length 0": frame(wire.LIST, length=0),
        "length 4 GiB": frame(wire.LIST, length=0xffffffff),
        "an unknown type": frame(0x7f, b"abc"),
        "a frame of the hall": frame(wire.HELLO, bytes(34)),
        "LIST too short": frame(wire.LIST, b"\0" * 31),
        "LOOK too long": frame(wire.LOOK, b"\0" * 33),
        "OPEN cut": frame(wire.OPEN, b"\0" * 100),
        "ANSWER out of order": frame(wire.ANSWER, zeros),
        "CONTRIBUTE out of order": frame(wire.CONTRIBUTE, bytes(500)),
        "TEXT out of order": frame(wire.TEXT, bytes(400)),
        "LEAVE out of order": frame(wire.LEAVE),
        "CREATE of garbage": frame(wire.CREATE, os.urandom(900)),
    }
    for name, data in cases.items():
        raw = Raw(w.hall_port)
        raw.send(data)
        got = raw.refusal()
        tap.ok(got in (wire.MALFORMED, wire.ORDER) and
               wait_closed(raw), "frame: %s is refused" % name, got)
        raw.close()
    raw = Raw(w.hall_port)
    raw.send(frame(wire.LOOK, os.urandom(32)))
    tap.equal(raw.refusal(), wire.NO_ROOM, "frame: a room that is not there")
    raw.close()
    raw = Raw(w.hall_port)
    raw.send(frame(wire.OPEN, room + os.urandom(32) + bytes(8) +
                   os.urandom(64)))
    tap.equal(raw.refusal(), wire.DENIED, "frame: OPEN with a false signature")
    raw.close()
    whole = frame(wire.LOOK, room)
    raw = Raw(w.hall_port)
    for byte in whole:
        raw.send(bytes([byte]))
    raw.next()
    tap.equal(raw.next()[0], wire.ROOM, "frame: one byte at a time is fine")
    raw.close()
    for cut in range(1, len(whole), 5):
        raw = Raw(w.hall_port)
        raw.send(whole[:cut])
        raw.close()
    honest.talk_on("bad frames of every kind, and frames that are cut")


def wait_closed(raw):
    while True:
        got = raw.next()
        if got is None:
            return True
        if got == "late":
            return False


def memory_of(w):
    with open("/proc/%d/status" % w.hall.process.pid) as f:
        for line in f:
            if line.startswith("VmRSS"):
                return int(line.split()[1])
    return 0


def test_flood(w, honest, room):
    before = memory_of(w)
    lot = []
    for _ in range(150):
        lot.append(Raw(w.hall_port))
    honest.talk_on("150 visitors who say nothing")
    for raw in lot:
        raw.close()
    raw = Raw(w.hall_port, 3.0)
    look = ws_frame(frame(wire.LOOK, room) * 200)
    begin = time.monotonic()
    try:
        while time.monotonic() - begin < 8: # asks, and never reads
            raw.socket.sendall(look)
    except OSError:
        pass
    cut = time.monotonic() - begin < 8
    honest.talk_on("one who asks and never reads")
    raw.close()
    grown = memory_of(w) - before
    with open(HALLD, "rb") as f: # a sanitizer keeps what is freed
        limit = 1 << 20 if b"__asan_init" in f.read() else 64 * 1024
    tap.ok(grown < limit, "the hall's memory stays bounded",
           "%d kB more" % grown)
    tap.note("a reader that stops was %s; %d kB more memory" %
             ("cut or stalled" if cut else "not cut within 8 s", grown))
    for _ in range(100):
        Raw(w.hall_port).close()
    honest.talk_on("100 who come and go")


def test_replay(w, honest, link):
    proxy = Proxy(w)
    person = w.enter("a", proxy.link(link), nick="eve")
    tap.ok(agree(honest.people + [person]), "a third one joins through a proxy",
           w.story())
    person.say("once")
    tap.ok(person.wait_for("sent"), "and says something", w.story())
    recorded = bytes(proxy.sent[0])
    kinds = wire.kinds_sent(recorded)
    tap.ok({wire.OPEN, wire.ANSWER, wire.CONTRIBUTE, wire.TEXT} <= set(kinds),
           "all of that is recorded", "%r of %d connections\n%s" %
           (kinds, len(proxy.sent), w.story()))

    def joined():
        return [len(p.of("joined")) for p in honest.people]

    before = joined()
    got = []
    for _ in range(3):
        raw = Raw(w.hall_port, first=recorded)
        got.append(raw.refusal())
        raw.close()
    tap.equal(got, [wire.DENIED] * 3, "a recorded session replayed: denied")
    honest.talk_on("replays") # and whatever they brought, came before this
    tap.ok(joined() == before and not person.of("disconnected") and
           [t for _, t in honest.people[0].texts()].count("once") == 1,
           "and nobody is pushed out, doubled or repeated", w.story())
    person.say("twice")
    tap.ok(wait_until(lambda: ("eve", "twice") in honest.people[0].texts()),
           "the one who was replayed talks on", w.story())
    tap.equal(person.leave(), 0, "and leaves")
    proxy.close()


def test_cuts(w, honest, link):
    """A network that cuts connections in the middle of everything."""
    cuts = [0]

    def cut_some(up, data, n):
        if cuts[0] >= 5 or random.random() < 0.75:
            return data, False
        cuts[0] += 1
        return data[:random.randrange(len(data) + 1)], True

    proxy = Proxy(w, cut_some)
    person = w.enter("a", proxy.link(link), nick="cut")
    for i in range(30):
        person.say("cut %d" % i)
        time.sleep(0.02)
    whole = wait_until(lambda: len(person.of("sent")) == 30, 180)
    tap.ok(whole, "a network that cuts: all 30 texts acknowledged",
           "%d acknowledged, %d cuts, %d losses\n%s" %
           (len(person.of("sent")), cuts[0], len(person.of("disconnected")),
            w.story()))
    honest.talk_on("a network that cuts") # which is heard after all of them
    mine = [t for _, t in honest.people[1].texts() if t.startswith("cut ")]
    tap.equal(mine, ["cut %d" % i for i in range(30)],
              "all are heard, each once and in order")
    person.leave()
    proxy.close()


def test_lies(w, honest, link):
    """A hall that lies: a bit of each thing it says is changed, from its n-th
    word on. Some of that is refused and some dropped; the client never
    crashes, never waits for ever, and never shows what nobody wrote."""
    for first in (2, 3, 4, 5, 6, 7):
        def flip(up, data, n, first=first):
            if up or n < first or len(data) < 40:
                return data, False
            at = random.randrange(2, len(data))
            return data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) \
                + data[at + 1:], False

        proxy = Proxy(w, flip)
        status, out, _ = w.attrium("a", "chat", "--give-up", "3",
                                   proxy.link(link), data=b"mine\n",
                                   timeout=180)
        said = [line.split(b": ", 1)[1] for line in out.splitlines()
                if b": " in line and not line.startswith((b"--", b"!!"))]
        tap.ok(status in (0, 1, 4, 6) and
               all(t == b"mine" or t.startswith(b"after ") for t in said),
               "a hall that lies from its word %d on: exit status %d" %
               (first, status), out[-300:])
        proxy.close()
    honest.talk_on("a hall that lies to somebody else")


def main():
    seed = random.randrange(1 << 32)
    random.seed(seed)
    tap.note("seed %d" % seed)
    with World("[time]\nanswer = 5 s\nhandshake = 5 s\nrequest = 5 s\n") as w:
        w.start_authority()
        w.start_hall()
        w.give_key("a", "ONE TWO")
        link = w.create_room("a")
        room = bytes.fromhex(link.split("/")[3].split("#")[0])
        honest = Honest(w, link)
        test_not_tls(w, honest)
        test_http(w, honest)
        test_websocket(w, honest)
        test_frames(w, honest, room)
        test_flood(w, honest, room)
        test_replay(w, honest, link)
        test_cuts(w, honest, link)
        test_lies(w, honest, link)
        tap.equal([p.leave() for p in honest.people], [0, 0],
                  "the honest leave with status 0")
        tap.equal(w.hall.stop(), 0, "the hall ends with status 0")
    tap.done()


if __name__ == "__main__":
    main()
