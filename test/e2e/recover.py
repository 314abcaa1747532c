#!/usr/bin/env python3
"""attrium-kmsd backup, restore, drill: a node comes back as it was, or not at
all; a rehearsal leaves no trace."""

import os
import sqlite3
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "kit"))
from programs import (Server, Temp, base64_text, expect, holds, request_bytes,
                      run_tests, same, test)

KMSD = "attrium-kmsd"
temp = Temp()


def passphrase(name, text):
    path = temp(name)
    with open(path, "w") as f:
        f.write(text + "\n")
    os.chmod(path, 0o600)
    return path


WORDS = passphrase("words", "correct horse")
OTHER = passphrase("other", "battery staple")
SHARE = passphrase("share", "under the stairs")

NODE = temp("node")
FILE = temp("node.backup")


def tree(path):
    """Every file with its bytes."""
    out = {}
    for name in sorted(os.listdir(path)):
        if not name.endswith(("-wal", "-shm", ".lock")):
            with open(os.path.join(path, name), "rb") as f:
                out[name] = f.read()
    return out


def beside(path):
    return sorted(name for name in os.listdir(os.path.dirname(path)))


def status(path):
    got = expect(0, KMSD, "status", "--json", "-d", path).json()
    del got["running"]
    return got


@test
def node_that_runs_is_backed_up_and_comes_back():
    expect(0, KMSD, "init", "-d", NODE, "--name", "Test")
    server = Server(KMSD, "run", "-d", NODE, "--listen", "127.0.0.1:0",
                    lines=2)
    code, answer = server.post_json("/v1/requests", {
        "request": base64_text(request_bytes("ONE", "TWO"))})
    same(code, 201, answer)
    expect(0, KMSD, "approve", "-d", NODE, answer["id"])
    before = server.get_json("/v1/requests/" + answer["id"])
    same(before["state"], "issued")
    expect(0, KMSD, "backup", "-d", NODE, FILE, "--passphrase-file", WORDS)
    same(os.stat(FILE).st_mode & 0o777, 0o600)
    same(server.stop(), 0)
    was = status(NODE)
    again = temp("again")
    got = expect(0, KMSD, "restore", "-d", again, FILE, "--passphrase-file",
                 WORDS, "--json").json()
    same(got["fingerprint"], was["fingerprint"])
    same(status(again), was)
    for name, bytes_ in tree(NODE).items():
        if not name.startswith("kmsd.db"):
            same(tree(again)[name], bytes_, name)
            same(os.stat(os.path.join(again, name)).st_mode,
                 os.stat(os.path.join(NODE, name)).st_mode, name)
    server = Server(KMSD, "run", "-d", again, "--listen", "127.0.0.1:0",
                    lines=2)
    same(server.get_json("/v1/requests/" + answer["id"]), before)
    same(server.stop(), 0)


@test
def secret_does_not_lie_in_the_file():
    with open(FILE, "rb") as f:
        data = f.read()
    for name, bytes_ in tree(NODE).items():
        if name.endswith(".key"):
            holds(bytes_[8:40] not in data, name)
    holds(b"SQLite" not in data and b"Test" not in data)


@test
def wrong_passphrase_and_every_kind_of_damage():
    where = temp("nowhere")

    def refused(code, path, words=WORDS):
        expect(code, KMSD, "restore", "-d", where, path, "--passphrase-file",
               words)

    refused(4, FILE, OTHER)
    expect(4, KMSD, "drill", "-d", where, FILE, "--passphrase-file", OTHER)
    with open(FILE, "rb") as f:
        data = f.read()
    bad = temp("bad")
    changed = [data[:len(data) // 2], data[:-1], data + b"x",
               data[:104], data[:8], b"", b"x" * 200]
    changed += [data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
                for at in (0, 7, 20, 60, 90, 130, len(data) - 1)]
    for part in changed:
        with open(bad, "wb") as f:
            f.write(part)
        refused(4, bad)
    os.unlink(bad)
    names = beside(where)
    refused(1, temp("absent"))
    same(beside(where), names)
    holds(not os.path.exists(where))


@test
def nothing_is_overwritten_unless_told():
    with open(FILE, "rb") as f:
        data = f.read()
    expect(7, KMSD, "backup", "-d", NODE, FILE, "--passphrase-file", WORDS)
    with open(FILE, "rb") as f:
        same(f.read(), data)
    expect(0, KMSD, "backup", "-d", NODE, FILE, "-f", "--passphrase-file",
           WORDS)
    expect(7, KMSD, "restore", "-d", NODE, FILE, "--passphrase-file", WORDS)
    empty = temp("empty")
    os.mkdir(empty)
    expect(0, KMSD, "restore", "-d", empty, FILE, "--passphrase-file", WORDS)
    expect(1, KMSD, "backup", "-d", temp("none"), temp("x"),
           "--passphrase-file", WORDS)
    holds(not os.path.exists(temp("x")))


@test
def drill_leaves_no_trace():
    before, names = tree(NODE), beside(NODE)
    got = expect(0, KMSD, "drill", "-d", NODE, "--json").json()
    same(len(got["checks"]), 3)
    expect(0, KMSD, "drill", "-d", NODE, FILE, "--passphrase-file", WORDS)
    same((tree(NODE), beside(NODE)), (before, names))


@test
def drill_finds_a_share_that_would_not_serve():
    broken = temp("broken")
    expect(0, KMSD, "restore", "-d", broken, FILE, "--passphrase-file", WORDS)
    path = os.path.join(broken, "share.key")
    with open(path, "r+b") as f:
        f.seek(50)
        byte = f.read(1)
        f.seek(50)
        f.write(bytes([byte[0] ^ 1]))
    expect(4, KMSD, "drill", "-d", broken)
    database = sqlite3.connect(os.path.join(broken, "kmsd.db"))
    database.execute("PRAGMA writable_schema=ON")
    for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
        database.execute("DROP TRIGGER " + name)
    database.execute("UPDATE audit SET event='nothing' WHERE seq=1")
    database.commit()
    database.close()
    expect(4, KMSD, "drill", "-d", broken)


@test
def share_under_a_passphrase_of_its_own():
    node, file = temp("locked"), temp("locked.backup")
    expect(0, KMSD, "init", "-d", node, "--passphrase-file", SHARE)
    expect(0, KMSD, "backup", "-d", node, file, "--passphrase-file", WORDS)
    expect(0, KMSD, "drill", "-d", node, file, "--passphrase-file", WORDS,
           "--share-passphrase-file", SHARE)
    expect(4, KMSD, "drill", "-d", node, file, "--passphrase-file", WORDS,
           "--share-passphrase-file", OTHER)
    expect(7, KMSD, "drill", "-d", node, file, "--passphrase-file", WORDS)


run_tests()
