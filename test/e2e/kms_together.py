#!/usr/bin/env python3
"""An authority of five, made by its own ceremony: a key comes from any three of
its nodes and from no two, and the master secret is nowhere, on no disk and in
no process, while that of an authority of one is found by the same search."""

import os
import re
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../kit"))
from memory import family, memory_has
from programs import (SLOW, Server, Skip, Temp, expect, holds, program, run,
                      run_tests, same, test)

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


def make_authority():
    """Five operators, each with a command of its own; returns how to run."""
    key = expect(0, NAME, "registrar", "new", "-o", temp("registrar"),
                 "--json").out
    key = re.search("[0-9a-f]{64}", key).group(0)
    nodes = [(temp("node-%d" % i), ["--listen", "127.0.0.1:%d" % port])
             for i, port in enumerate(free_ports(5))]
    cards = [expect(0, NAME, "card", "-d", folder, *listen).out.strip()
             for folder, listen in nodes]
    args = ["--threshold", "3", "--name", "Five", "--registrar", key]
    for card in cards:
        args += ["--join", card]
    running = [subprocess.Popen([program(NAME), "init", "-d", folder, *listen,
                                 *args], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
               for folder, listen in nodes]
    for process in running:
        same(process.wait(200 * SLOW), 0)
    return nodes


nodes = make_authority()
servers = [Server(NAME, "run", "-d", folder, *listen, lines=2)
           for folder, listen in nodes]


def attrium(code, home, *args):
    return expect(code, "attrium", *args,
                  env={"ATTRIUM_HOME": temp(home)}).out


def request(home, *attributes):
    """Asks one node; the others are in what it tells of the authority."""
    attrium(0, home, "key", "request", "--authority",
            servers[0].lines[0].split(" ", 1)[1], *attributes)


# --- the master secret ---

def share_of(folder):
    with open(os.path.join(folder, "share.key"), "rb") as f:
        data = f.read()
    same(data[:7], b"ATRSHAR")
    return data[8], int.from_bytes(data[SHARE_AT:SHARE_AT + 32], "big")


def secret_of(folders):
    """What nobody should be able to do: the shares at 0."""
    shares = [share_of(folder) for folder in folders]
    total = 0
    for j, share in shares:
        weight = 1
        for m, _ in shares:
            if m != j:
                weight = weight * m * pow(m - j, -1, ORDER) % ORDER
        total += weight * share
    return total % ORDER


def forms_of(secret):
    """As bytes of a file, as words, and as words in Montgomery's form."""
    return [secret.to_bytes(32, "big"), secret.to_bytes(32, "little"),
            (secret * 2**256 % ORDER).to_bytes(32, "little")]


def disk_has(folder, forms):
    found = False
    for path, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(path, name), "rb") as f:
                data = f.read()
            found = found or any(form in data for form in forms)
    return found


def may_look():
    try:
        memory_has(servers[0].process.pid, [])
        return os.geteuid() == 0
    except OSError:
        return False


@test
def secret_of_one_node_is_found():
    """The control: the search finds what is there."""
    expect(0, NAME, "init", "-d", temp("one"))
    server = Server(NAME, "run", "-d", temp("one"), "--listen", "127.0.0.1:0",
                    lines=2)
    forms = forms_of(secret_of([temp("one")]))
    holds(disk_has(temp("one"), forms), "not on the disk")
    pids = family(server.process.pid)
    holds(len(pids) > 1, "no vault")
    if may_look():
        where = [memory_has(pid, forms) for pid in pids]
        holds(any(where), "in no memory")
        holds(not where[0], "in the process on the network")
    same(server.stop(), 0)


@test
def key_comes_from_any_three():
    request("alice", "staff", "oslo")
    id_ = expect(0, NAME, "requests", "-d", nodes[1][0]).out.split()[0]
    expect(0, NAME, "approve", "-d", nodes[2][0], "--registrar",
           temp("registrar"), id_)
    for at in (1, 3):
        same(servers[at].stop(), 0)
    out = run("attrium", "key", "fetch", "--wait", "--timeout", "60",
              env={"ATTRIUM_HOME": temp("alice")})
    same(out.code, 0, out.err)
    holds("oslo, staff" in attrium(0, "alice", "key", "list"))


@test
def master_secret_is_nowhere():
    folders = [folder for folder, _ in nodes]
    secret = secret_of(folders[:3])
    same(secret_of(folders[2:]), secret, "not the shares of one secret")
    holds(secret_of(folders[:2]) != secret, "two shares are enough")
    forms = forms_of(secret)
    for folder in folders:
        holds(not disk_has(folder, forms), folder)
    holds(not disk_has(temp("alice"), forms))
    if not may_look():
        raise Skip("files were searched; memory of others may not be read here")
    for at in (0, 2, 4):
        for pid in family(servers[at].process.pid):
            holds(not memory_has(pid, forms), "in process %d" % pid)


@test
def two_give_no_key():
    request("bob", "staff")
    id_ = expect(0, NAME, "requests", "-d", nodes[0][0]).out.split()[0]
    for folder, _ in (nodes[0], nodes[2]):
        expect(0, NAME, "approve", "-d", folder, "--registrar",
               temp("registrar"), id_)
    same(servers[4].stop(), 0)
    out = run("attrium", "key", "fetch", env={"ATTRIUM_HOME": temp("bob")})
    holds(out.code != 0, out.out)
    holds("staff" not in attrium(0, "bob", "key", "list"))


@test
def end():
    for at in (0, 2):
        same(servers[at].stop(), 0)


run_tests()
