#!/usr/bin/env python3
"""Identity keys that end: who was somebody in one period is nobody in the next
without the authority, and two people meet across the turn."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
import world
from world import wait_until

PERIOD = 20 # seconds
PEOPLE = ("alice", "bob", "carol")

tap = world.Tap()


def now():
    return int(time.time() // PERIOD)


def wait_for_period(number):
    return wait_until(lambda: now() >= number, 3 * PERIOD, 0.1)


def name_of(who):
    return who + "@example.org"


def give(w, who):
    status, out, err = w.attrium(who, "key", "request", "--authority",
                                 w.authority.address, "--identity",
                                 name_of(who))
    name = out.decode().strip()
    if status == 0:
        status, _, err = w.approve(name)
    if status == 0:
        status, _, err = w.attrium(who, "key", "fetch")
    if status != 0:
        raise RuntimeError(err.decode())
    return name


def key_of(w, who, *args):
    status, out, _ = w.attrium(who, "key", "inspect", "--json", *args)
    return json.loads(out) if status == 0 else {}


class Side:
    """One end of a pipe: it says something, and nothing more."""

    def __init__(self, w, who, peer, said, *args):
        self.process = subprocess.Popen(
            [world.ATTRIUM, "ibake", name_of(peer), "-d",
             w.path("home-" + who), *args], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=w.env)
        self.process.stdin.write(said)
        self.process.stdin.close()
        self.process.stdin = None

    def port(self):
        line = self.process.stderr.readline().decode()
        return int(line.rsplit(":", 1)[1])

    def end(self):
        """(status, what came, notes)"""
        out, err = self.process.communicate(timeout=world.LIMIT)
        return self.process.returncode, out, err


def listen(w, who, peer, *args):
    side = Side(w, who, peer, who.encode(), "--listen", "127.0.0.1:0", *args)
    return side, side.port()


def connect(w, who, peer, port, *args):
    return Side(w, who, peer, who.encode(), "--connect",
                "127.0.0.1:%d" % port, *args)


def meet(w, left, right, port, *args):
    """`left` listens already; whether each has what the other said."""
    other = connect(w, "bob", "alice", port, *args)
    one, two = left.end(), other.end()
    return tap.ok((one[0], two[0], one[1], two[1]) ==
                  (0, 0, b"bob", b"alice"), right, (one, two))


def keys_end(w):
    key = key_of(w, "alice")
    tap.ok(key.get("period") in (now(), now() - 1) and "until" in key,
           "an identity key says until when it serves", key)
    status, out, _ = w.attrium("alice", "key", "list")
    tap.ok(b"identity alice@example.org; until " in out, "in the list too",
           out)
    shutil.copytree(w.path("home-alice"), w.path("home-thief"))
    os.unlink(w.path("home-thief/data/keys/identity.renewal"))
    return key["period"]


def meet_in_one(w):
    wait_for_period(now() + 1)
    side, port = listen(w, "alice", "bob")
    meet(w, side, "two people meet", port)
    tap.equal({key_of(w, n).get("period") for n in ("alice", "bob")}, {now()},
              "with keys of the present period, which they keep")


def meet_across_the_turn(w):
    side, port = listen(w, "alice", "bob")
    began = key_of(w, "alice").get("period")
    wait_for_period(began + 1)
    meet(w, side, "who began to listen in the period before is met", port)
    tap.ok(key_of(w, "alice").get("period") > began,
           "and has the key of the later one", began)


def renewed_by_hand(w, first):
    status, out, err = w.attrium("alice", "key", "renew", "--json")
    said = json.loads(out) if status == 0 else {}
    tap.ok(said.get("period", 0) > first and "until" in said,
           "an identity key is renewed by hand too", err)


def old_key_is_of_no_use(w, first):
    tap.equal(key_of(w, "thief").get("period"), first,
              "a thief has the key of a period that is over")
    side, port = listen(w, "alice", "bob")
    thief = connect(w, "thief", "bob", port)
    status, _, err = thief.end()
    tap.ok(status == 1 and b"renew" in err, "and gets no other", err)
    # With a program that does not care: the period of the key is said.
    with socket.create_connection(("127.0.0.1", port)) as s:
        s.sendall(first.to_bytes(4, "big"))
        status, out, err = side.end()
    tap.ok(status == 4 and out == b"" and b"period" in err,
           "nor is anybody met in a period that is over", err)


def changed_on_the_way(w):
    """The period is in the open, but who changes it only prevents the rest."""
    side, port = listen(w, "alice", "bob")
    middle = socket.create_server(("127.0.0.1", 0))
    other = connect(w, "bob", "alice", middle.getsockname()[1])
    caught, _ = middle.accept()
    out = socket.create_connection(("127.0.0.1", port))
    data = b""
    while len(data) < 4:
        data += caught.recv(4 - len(data))
    tap.ok(int.from_bytes(data, "big") in (now(), now() - 1),
           "who connects says the period")
    out.sendall((int.from_bytes(data, "big") - 1).to_bytes(4, "big"))
    caught.settimeout(0.2)
    while True: # until there is no more: the first message
        try:
            more = caught.recv(65536)
        except socket.timeout:
            break
        if not more:
            break
        out.sendall(more)
        if side.process.poll() is not None:
            break
    status, got, err = side.end()
    tap.ok(status == 4 and got == b"", "another one opens nothing",
           (status, got, err))
    for s in (caught, out, middle):
        s.close()
    tap.ok(other.end()[0] != 0, "for nobody")


def under_a_passphrase(w):
    path = w.path("word")
    with open(path, "w") as f:
        f.write("horse\n")
    os.chmod(path, 0o600)
    status, _, err = w.attrium("bob", "key", "passphrase",
                               "--new-passphrase-file", path)
    tap.equal(status, 0, "an identity key is put under a passphrase")
    status, _, _ = w.attrium("bob", "key", "renew")
    tap.equal(status, 7, "without which it is not renewed")
    before = key_of(w, "bob", "--passphrase-file", path).get("period", 0)
    wait_for_period(before + 1)
    side, port = listen(w, "alice", "bob")
    meet(w, side, "its owner goes on meeting", port, "--passphrase-file", path)
    key = key_of(w, "bob", "--passphrase-file", path)
    tap.ok(key.get("locked") and key.get("period", 0) > before,
           "and it stays under it", key)


def withdrawn_is_nobody(w, name):
    status, _, err = w.run(world.KMSD, "withdraw", "-d", w.path("authority"),
                           name)
    tap.equal(status, 0, "one is withdrawn")
    wait_for_period(key_of(w, "carol").get("period", 0) + 1)
    side, port = listen(w, "alice", "carol")
    status, _, err = connect(w, "carol", "alice", port).end()
    tap.ok(status == 5 and b"withdrawn" in err,
           "and is nobody in the next period", (status, err))
    side.process.kill()
    side.process.communicate()


def main():
    with world.World() as w:
        status, _, err = w.run(world.KMSD, "init", "-d", w.path("authority"),
                               "--name", "test", "--period", "%ds" % PERIOD)
        w.run_authority()
        ids = {n: give(w, n) for n in PEOPLE}
        first = keys_end(w)
        meet_in_one(w)
        meet_across_the_turn(w)
        renewed_by_hand(w, first)
        old_key_is_of_no_use(w, first)
        changed_on_the_way(w)
        under_a_passphrase(w)
        withdrawn_is_nobody(w, ids["carol"])
    tap.done()


if __name__ == "__main__":
    main()
