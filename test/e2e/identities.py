"""Identity keys: from an authority to a file, by the real programs."""

import base64
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../kit"))
from programs import *  # noqa

ATTRIUM = "attrium"
KMSD = "attrium-kmsd"
temp = Temp()
DIR = temp("authority")
server = None
made = None


def home(name):
    return temp("home-" + name)


def attrium(code, who, *args, **options):
    return expect(code, ATTRIUM, *args, "-d", home(who), **options)


def request(code, who, *args, **options):
    return attrium(code, who, "key", "request", "-A", server.address, *args,
                   **options)


def approve(*ids):
    expect(0, KMSD, "approve", "-d", DIR, *ids)


def key_file(who, name="identity"):
    return os.path.join(home(who), "data", "keys", name + ".idkey")


@test
def authority_starts():
    global server, made
    made = expect(0, KMSD, "init", "-d", DIR, "--name", "Example",
                  "--json").json()
    server = Server(KMSD, "run", "-d", DIR, "--listen", "127.0.0.1:0", lines=3)
    same(server.lines[2], "identities " + made["identities"])


@test
def usage_errors_end_with_2():
    for args in ([], ["ONE", "--identity", "alice"], ["--identity", ""],
                 ["--identity", "a b"], ["--identity", "a\n"],
                 ["--identity", "\u00e9"], ["--identity", "x" * 124],
                 ["--identity", "alice", "--fingerprint", "12"]):
        got = request(2, "usage", *args)
        holds("\x1b" not in got.err)
    same([f for _, _, files in os.walk(home("usage")) for f in files], [])


@test
def a_key_is_requested_approved_and_fetched():
    prints = made["identities"]
    for who in ("alice", "bob"):
        name = who + "@example.org"
        got = request(0, who, "--identity", name, "--fingerprint", prints)
        holds("identities fingerprint: " + prints in got.err, got.err)
        same(request(0, who, "--identity", name).out, got.out)  # again
        request(7, who, "--identity", "mallory@example.org")
        attrium(1, who, "key", "fetch", "--timeout", "1")
        approve(got.out.strip())
        attrium(0, who, "key", "fetch")
        same(os.stat(key_file(who)).st_mode & 0o777, 0o600)
        text = open(key_file(who)).read()
        holds(text.startswith("-----BEGIN ATTRIUM IDENTITY KEY-----\n"))
        key = attrium(0, who, "key", "inspect", "--json").json()
        same(key["identity"], name)
        same(key["fingerprint"], prints.replace(" ", ""))
        holds("attributes" not in key)
    request(7, "alice", "--identity", "alice@example.org")


@test
def another_fingerprint_ends_with_4():
    for wrong in ("0" * 64, made["fingerprint"]):
        request(4, "eve", "--identity", "eve", "--fingerprint", wrong)
    request(4, "eve", "ONE", "--fingerprint", made["identities"])
    holds(not os.path.exists(os.path.join(home("eve"), "data", "keys",
                                          "identity.request")))


@test
def both_kinds_stand_side_by_side():
    got = request(0, "alice", "ONE", "TWO")
    request(7, "alice", "ONE", "--name", "identity")  # is Alice herself
    request(7, "alice", "ONE", "--name", "identity", "-f")
    approve(got.out.strip())
    attrium(0, "alice", "key", "fetch")
    listed = attrium(0, "alice", "key", "list").out.splitlines()
    same([line.split()[0] for line in listed], ["default", "identity"])
    holds(listed[1].endswith("identity alice@example.org"))
    keys = attrium(0, "alice", "key", "list", "--json").json()["keys"]
    same([(k["name"], k.get("identity"), k.get("attributes")) for k in keys],
         [("default", None, ["ONE", "TWO"]),
          ("identity", "alice@example.org", None)])
    same(attrium(0, "alice", "key", "inspect", "--json").json()["attributes"],
         ["ONE", "TWO"])
    for which in ("identity", key_file("alice")):
        same(attrium(0, "alice", "key", "inspect", which,
                     "--json").json()["identity"], "alice@example.org")
    # What opens by attributes takes no identity, and says so.
    attrium(4, "alice", "seal", "-p", "ONE", "-i", key_file("alice"), "-o",
            temp("never"), stdin=b"x")
    got = expect(2, ATTRIUM, "inspect", key_file("alice"))
    holds("key inspect" in got.err)


@test
def under_a_passphrase():
    with open(os.open(temp("new"), os.O_WRONLY | os.O_CREAT, 0o600),
              "w") as file:
        file.write("correct horse\n")
    attrium(0, "bob", "key", "passphrase", "--new-passphrase-file",
            temp("new"))
    text = open(key_file("bob")).read()
    holds(text.startswith("-----BEGIN ATTRIUM IDENTITY KEY-----\n"))
    holds(b"ATRLOCK" in base64.b64decode("".join(text.splitlines()[1:-1])))
    holds("(under a passphrase)" in attrium(0, "bob", "key", "list").out)
    attrium(7, "bob", "key", "inspect", "identity")
    same(attrium(0, "bob", "key", "inspect", "identity", "--json",
                 "--passphrase-file", temp("new")).json()["identity"],
         "bob@example.org")
    attrium(0, "bob", "key", "passphrase", "--remove", "--passphrase-file",
            temp("new"))
    attrium(0, "bob", "key", "inspect", "identity")


@test
def damaged_keys_end_with_4():
    whole = open(key_file("bob")).read().splitlines()
    data = bytearray(base64.b64decode("".join(whole[1:-1])))
    os.makedirs(os.path.dirname(key_file("eve")), 0o700, exist_ok=True)
    cases = [data[:-1], data[:100], data + b"\0", b"", b"ATRIDKEY\1"]
    for at in (0, 8, 12, 13, 20, 60, len(data) - 49, len(data) - 170, len(data) - 20):
        cases.append(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
    alice = base64.b64decode("".join(
        open(key_file("alice")).read().splitlines()[1:-1]))
    cases.append(data[:-176] + alice[-176:-48] + data[-48:])  # Alice's name
    for case in cases:
        with open(os.open(key_file("eve"), os.O_WRONLY | os.O_CREAT |
                          os.O_TRUNC, 0o600), "wb") as file:
            file.write(case)
        attrium(4, "eve", "key", "inspect", "identity")
    with open(key_file("eve"), "wb") as file:
        file.write(data)
    attrium(0, "eve", "key", "inspect", "identity")
    os.chmod(key_file("eve"), 0o640)
    attrium(7, "eve", "key", "inspect", "identity")


@test
def without_a_network():
    public = os.path.join(DIR, "authority.pub")
    attrium(0, "carol", "key", "request", "--offline", "-A", public,
            "--identity", "carol@example.org", "-o", temp("carol.req"))
    expect(0, KMSD, "issue", "-d", DIR, "--request", temp("carol.req"), "-o",
           temp("carol.part"))
    attrium(0, "carol", "key", "import", temp("carol.part"))
    same(attrium(0, "carol", "key", "inspect", "--json").json()["identity"],
         "carol@example.org")


@test
def an_answer_is_for_one_request():
    public = os.path.join(DIR, "authority.pub")
    for who in ("dave", "erin"):
        attrium(0, who, "key", "request", "--offline", "-A", public,
                "--identity", who, "-o", temp(who + ".req"))
    expect(0, KMSD, "issue", "-d", DIR, "--request", temp("dave.req"), "-o",
           temp("dave.part"))
    attrium(4, "erin", "key", "import", temp("dave.part"))
    holds(not os.path.exists(key_file("erin")))


@test
def an_authority_may_give_none():
    none = temp("none")
    expect(0, KMSD, "init", "-d", none, "--attributes", "ONE TWO")
    with Server(KMSD, "run", "-d", none, "--listen", "127.0.0.1:0",
                lines=2) as there:
        got = attrium(1, "frank", "key", "request", "-A", there.address,
                      "--identity", "frank")
        holds("gives no identity keys" in got.err)
    attrium(0, "frank", "key", "request", "--offline", "-A",
            os.path.join(DIR, "authority.pub"), "--identity", "frank", "-o",
            temp("frank.req"))
    got = expect(3, KMSD, "issue", "-d", none, "--request", temp("frank.req"))
    holds("gives no identity keys" in got.err)


@test
def server_ends():
    same(server.stop(), 0)


run_tests()
