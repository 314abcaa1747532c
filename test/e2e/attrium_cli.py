#!/usr/bin/env python3
"""The `attrium` command: each exit code, each command, sealed files that are
cut, changed and reordered, and arguments that mean harm."""

import base64
import contextlib
import json
import os
import pty
import signal
import sqlite3
import subprocess

from world import ATTRIUM, KMSD, LIMIT, POLICY, Server, Tap, World, wait_until

tap = Tap()
CHUNK = 65536
SEALED_CHUNK = CHUNK + 16


def test_usage(w):
    cases = [
        ([], "no command"),
        (["frobnicate"], "an unknown command"),
        (["key"], "half a command"),
        (["policy", "check", "--frobnicate", "A"], "an unknown option"),
        (["policy", "check"], "a missing policy"),
        (["policy", "check", "A", "B"], "one operand too many"),
        (["policy", "check", "-P"], "an option without its value"),
        (["policy", "check", "A and"], "a malformed policy"),
        (["policy", "check", ""], "an empty policy"),
        (["policy", "check", "not A"], "a negation"),
        (["policy", "check", "(" * 5000 + "A" + ")" * 5000], "deep brackets"),
        (["policy", "check", "A or " * 400 + "A"], "too many rows"),
        (["policy", "check", "\x1b[31mA"], "an escape sequence"),
        (["policy", "explain", "--attributes", "1x", "A"],
         "a malformed attribute list"),
        (["policy", "explain", "-i", "k", "--attributes", "A", "A"],
         "key and attributes at once"),
        (["room", "create", "A"], "a room without a hall"),
        (["room", "inspect", "attrium://localhost:7"], "a link without room"),
        (["chat", "http://localhost/x"], "a link of another kind"),
        (["chat", "attrium://localhost:70000/" + "0" * 64], "a wild port"),
        (["chat", "attrium://localhost:7/" + "0" * 63], "a short room id"),
        (["key", "request", "A"], "a request without authority"),
        (["key", "request", "--authority", "ftp://x", "A"], "a wrong scheme"),
        (["key", "request", "--authority", "https://h:1#zz", "A"],
         "a wrong pin"),
        (["key", "request", "--authority", "https://h:1", "--name", "../x",
          "A"], "a name that is a path"),
        (["key", "request", "--authority", "https://h:1", "--timeout", "-1",
          "A"], "a negative time"),
        (["seal", "-p", "A", "-i", "x", "--authority", "y"],
         "key and authority at once"),
    ]
    for args, name in cases:
        status, out, err = w.attrium("usage", *args)
        tap.ok(status == 2 and out == b"" and err.startswith(b"attrium: ")
               and b"\x1b" not in err,
               "2: " + name, (status, out, err))
    status, out, err = w.attrium("usage", "policy", "check", "-P", "/dev/null")
    tap.ok(status == 2, "2: an empty policy file", (status, err))
    status, _, err = w.attrium("usage", "policy", "check", "-",
                               data=b"staff and\n (x or\n")
    tap.ok(status == 2 and b"line 2, column 7" in err and b"^" in err,
           "a mistake is shown with line, column and caret", err)
    status, _, err = w.attrium("usage", "policy", "check", "--json", "A and")
    problem = json.loads(err)["error"]
    tap.ok(status == 2 and problem["code"] and "column" in problem["message"],
           "errors are JSON when asked for", err)
    for args in (["--help"], ["--version"], ["chat", "--help"],
                 ["policy", "explain", "-h"], ["help", "seal"]):
        status, out, err = w.attrium("usage", *args)
        tap.ok(status == 0 and out and not err, "0: " + " ".join(args),
               (status, err))


def test_words(w, address):
    """-q and -v change what is on standard error, and nothing else."""
    ask = ["key", "request", "--authority", address, "FIVE"]
    status, plain, few = w.attrium("q", *ask)
    status2, quiet, none = w.attrium("q", *ask, "-q")
    status3, loud, more = w.attrium("q", *ask, "--verbose")
    tap.ok((status, status2, status3) == (0, 0, 0) and plain == quiet == loud
           and few != b"" and none == b"",
           "-q: no words, the same data", (few, none, more))
    tap.ok(len(more) > len(few) and b"POST https://" in more and
           b"POST https://" not in few, "-v: the connections too", more)
    status, _, err = w.attrium("q", "key", "fetch", "-q")
    tap.ok(status == 1 and b"waits" in err, "-q: errors are still said", err)
    status, _, err = w.attrium("q", *ask, "-q", "-v")
    tap.ok(status == 2, "2: -q and -v at once", err)
    link = "attrium://127.0.0.1:1/" + "0" * 64
    for args in (["chat", link, "--color", "sometimes"],
                 ["demo", "--color", ""], ["demo", "--color"],
                 ["seal", "-p", "A", "--color", "never"]):
        status, _, err = w.attrium("usage", *args)
        tap.ok(status == 2, "2: " + " ".join(args[:1] + args[-2:]), err)


def test_policy(w):
    status, out, _ = w.attrium("p", "policy", "format", "((A)) AND (B oR C)")
    tap.equal((status, out), (0, b"A and (B or C)\n"), "format is canonical")
    status, out, _ = w.attrium("p", "policy", "format", "--json",
                               "2 of (a, b, c)")
    doc = json.loads(out)
    tap.ok(doc["schema"] == 1 and doc["tree"] ==
           {"need": 2, "of": ["a", "b", "c"]}, "format as a tree", out)
    status, out, _ = w.attrium("p", "policy", "explain", "--attributes",
                               "ONE TWO", "--json", POLICY)
    doc = json.loads(out)
    tap.ok(status == 0 and doc["satisfied"] and
           [u["attribute"] for u in doc["uses"]] == ["ONE", "TWO"],
           "explain names the rows used", out)
    status, out, _ = w.attrium("p", "policy", "explain", "--attributes",
                               "ONE", "--json", POLICY)
    doc = json.loads(out)
    tap.ok(status == 3 and not doc["satisfied"] and len(doc["missing"]) == 1,
           "3: explain says what is missing", out)
    status, out, _ = w.attrium("p", "policy", "explain", "--attributes",
                               "year=4", "year >= 5 or boss")
    tap.ok(status == 3 and b"missing" in out, "3: a number too small", out)
    status, out, _ = w.attrium("p", "policy", "explain", "--attributes",
                               "year=7", "year in 5..7")
    tap.equal(status, 0, "a range includes its ends")
    status, out, _ = w.attrium("p", "policy", "cost", "--json", POLICY)
    doc = json.loads(out)
    tap.ok(doc["rows"] == 4 and {s["scheme"] for s in doc["schemes"]} ==
           {"fabeo", "w11"} and all(s["capsule_bytes"] > 0 and
                                    s["encap_ms"] > 0
                                    for s in doc["schemes"]),
           "cost tells bytes and time of both schemes", out)


def test_keys(w):
    address = w.authority.address
    status, out, err = w.attrium("k", "key", "request", "--authority",
                                 address, "ONE", "TWO", "--json")
    doc = json.loads(out)
    request = doc["id"]
    pending = w.path("home-k/data/keys/default.request")
    tap.ok(status == 0 and doc["state"] == "waiting" and len(request) == 64,
           "a request is taken", (status, err))
    tap.equal(os.stat(pending).st_mode & 0o777, 0o600,
              "the pending secret is for its owner alone")
    status, _, err = w.attrium("k", "key", "fetch")
    tap.ok(status == 1 and b"waits" in err, "1: a key not yet approved", err)
    status, out, _ = w.attrium("k", "key", "request", "--authority", address,
                               "ONE TWO")
    tap.equal((status, out.decode().strip()), (0, request),
              "asking again is the same request")
    status, _, err = w.attrium("k", "key", "request", "--authority", address,
                               "FOUR")
    tap.equal(status, 7, "7: another request under the same name")
    w.approve(request)
    os.chmod(pending, 0o640)
    status, _, err = w.attrium("k", "key", "fetch")
    tap.ok(status == 7 and os.path.exists(pending),
           "7: a pending secret that others may read", (status, err))
    os.chmod(pending, 0o600)
    status, _, err = w.attrium("k", "key", "fetch")
    key = w.path("home-k/data/keys/default.key")
    tap.ok(status == 0 and os.path.exists(key) and
           not os.path.exists(pending), "the key is fetched", err)
    tap.equal(os.stat(key).st_mode & 0o777, 0o600,
              "the key is for its owner alone")
    status, out, _ = w.attrium("k", "key", "inspect", "--json")
    doc = json.loads(out)
    tap.ok(status == 0 and doc["attributes"] == ["ONE", "TWO"] and
           len(doc["fingerprint"]) == 64, "inspect shows the attributes", out)
    fingerprint = doc["fingerprint"]
    status, out, _ = w.attrium("k", "key", "list")
    tap.ok(status == 0 and b"default" in out and b"ONE, TWO" in out,
           "list shows the key", out)
    status, _, err = w.attrium("k", "key", "request", "--authority", address,
                               "FOUR")
    tap.equal(status, 7, "7: a key of that name is there")
    os.chmod(key, 0o644)
    status, _, err = w.attrium("k", "key", "inspect")
    tap.ok(status == 7, "7: a key that others may read", err)
    os.chmod(key, 0o600)

    status, _, err = w.attrium("f", "key", "request", "--authority", address,
                               "--fingerprint", fingerprint, "ONE")
    tap.equal(status, 0, "the expected fingerprint is accepted")
    status, _, err = w.attrium("g", "key", "request", "--authority", address,
                               "--fingerprint", "0" * 64, "ONE")
    tap.ok(status == 4 and not os.path.exists(
        w.path("home-g/data/keys/default.request")),
           "4: another fingerprint than expected", err)
    status, _, err = w.attrium("g", "key", "request", "--authority",
                               address[:-64] + "0" * 64, "ONE")
    tap.equal(status, 4, "4: another certificate than pinned")
    status, _, err = w.attrium("g", "key", "request", "--authority", address,
                               "SEVEN")
    tap.ok(status == 1 and b"SEVEN" in err, "1: an attribute nobody gives",
           (status, err))
    status, _, err = w.attrium("g", "key", "request", "--authority",
                               "https://127.0.0.1:1#" + "0" * 64, "ONE")
    tap.ok(status in (6, 7), "6: an authority that is not there",
           (status, err))
    status, _, err = w.attrium("h", "key", "request", "--authority",
                               "https://127.0.0.1:1#" + "0" * 64, "ONE")
    tap.equal(status, 6, "6: no connection")

    status, out, _ = w.attrium("d", "key", "request", "--authority", address,
                               "FIVE")
    w.run(KMSD, "deny", "-d", w.path("authority"), "--reason",
          "not \x1b[31myou", out.decode().strip())
    status, _, err = w.attrium("d", "key", "fetch")
    tap.ok(status == 3 and b"not" in err and b"\x1b" not in err,
           "3: a request that is denied", (status, err))
    test_words(w, address)
    test_wait(w, address)
    test_expired(w)
    test_offline(w)
    test_passphrase(w, address)
    test_damaged_keys(w, key)


def test_wait(w, address):
    env = dict(w.env, ATTRIUM_HOME=w.path("home-w"))
    waiting = subprocess.Popen(
        [ATTRIUM, "key", "request", "--wait", "--authority", address, "FIVE"],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    request = waiting.stdout.readline().decode().strip()
    w.approve(request)
    waiting.communicate(timeout=LIMIT)
    tap.equal(waiting.returncode, 0, "--wait fetches once approved")
    status, _, err = w.attrium("t", "key", "request", "--timeout", "1",
                               "--authority", address, "FIVE")
    tap.ok(status == 1 and b"waits" in err, "1: --timeout is over", err)
    waiting = subprocess.Popen(
        [ATTRIUM, "key", "fetch", "--wait", "-v"],
        env=dict(w.env, ATTRIUM_HOME=w.path("home-t")),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for line in waiting.stderr:
        if b"GET https://" in line: # from before that on it can be interrupted
            break
    waiting.send_signal(signal.SIGINT)
    waiting.communicate(timeout=LIMIT)
    tap.equal(waiting.returncode, 130, "130: interrupted while waiting")
    # Killed with the request posted: nothing is lost.
    waiting = subprocess.Popen(
        [ATTRIUM, "key", "request", "--wait", "--authority", address, "TWO"],
        env=dict(w.env, ATTRIUM_HOME=w.path("home-x")),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    request = waiting.stdout.readline().decode().strip()
    waiting.kill()
    waiting.communicate()
    w.approve(request)
    status, _, err = w.attrium("x", "key", "fetch")
    tap.equal(status, 0, "a request survives kill -9")


def test_expired(w):
    where = w.path("brief")
    w.run(KMSD, "init", "-d", where)
    brief = Server([KMSD, "run", "-d", where, "--listen", "127.0.0.1:0"],
                   "address", w.env, w.log)

    def time_passes():
        """Until every request that waits is overdue."""
        with contextlib.closing(sqlite3.connect(
                os.path.join(where, "kmsd.db"), LIMIT)) as base, base:
            base.execute("UPDATE requests SET expires_at = 1 "
                         "WHERE state = 0")

    try:
        ask = ["key", "request", "--authority", brief.address, "ONE"]
        pending = w.path("home-e/data/keys/default.request")
        waiting = subprocess.Popen(
            [ATTRIUM, *ask, "--wait"],
            env=dict(w.env, ATTRIUM_HOME=w.path("home-e")),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        waiting.stdout.readline()
        time_passes()
        _, err = waiting.communicate(timeout=LIMIT)
        tap.ok(waiting.returncode == 5 and b"expired" in err,
               "5: a request that nobody approved in time",
               (waiting.returncode, err))
        with open(pending, "rb") as f:
            before = f.read()
        status, out, err = w.attrium("e", "key", "fetch", "--json")
        tap.ok(status == 5 and json.loads(err)["error"]["code"] == "EXPIRED",
               "5: and fetching it says so", (status, err))
        status, out, err = w.attrium("e", *ask)
        with open(pending, "rb") as f:
            tap.ok(status == 5 and out == b"" and f.read() == before,
                   "5: asking the same again; its secret is kept",
                   (status, err))
        status, out, err = w.attrium("e", *ask, "-f")
        tap.ok(status == 0, "a new request replaces it", (status, err))
        status, _, err = w.run(KMSD, "approve", "-d", where,
                               out.decode().strip())
        time_passes()
        status2, _, err = w.attrium("e", "key", "fetch")
        tap.ok((status, status2) == (0, 0),
               "what was approved in time does not expire", err)
    finally:
        brief.stop()


def test_offline(w):
    public = w.path("authority/authority.pub")
    request, answer = w.path("request"), w.path("answer")
    status, _, err = w.attrium("off", "key", "request", "--offline", "-A",
                               public, "-o", request, "ONE FIVE")
    tap.equal(status, 0, "a request is made offline")
    status, _, err = w.attrium("off", "key", "fetch")
    tap.ok(status == 1 and b"offline" in err, "1: it cannot be fetched", err)
    status, _, err = w.run(KMSD, "issue", "-d", w.path("authority"),
                           "--request", request, "-o", answer)
    tap.equal((status, err), (0, err), "the authority answers it")
    with open(answer, "rb") as f:
        whole = f.read()
    bad = w.path("bad")
    for name, data in (("cut", whole[:len(whole) // 2]), ("empty", b""),
                       ("random", os.urandom(500))):
        with open(bad, "wb") as f:
            f.write(data)
        status, _, err = w.attrium("off", "key", "import", bad)
        tap.ok(status == 4, "4: an answer that is " + name, (status, err))
    status, _, err = w.attrium("off", "key", "import", answer, answer)
    tap.equal(status, 2, "2: more answers than nodes")
    status, _, err = w.attrium("k", "key", "import", answer)
    tap.equal(status, 1, "1: no request is under way")
    status, _, err = w.attrium("off", "key", "import", answer)
    status2, out, _ = w.attrium("off", "key", "inspect", "--json")
    tap.ok((status, status2) == (0, 0) and
           json.loads(out)["attributes"] == ["FIVE", "ONE"],
           "and the answer is imported", (status, err, out))


def test_passphrase(w, address):
    w.give_key("pp", "ONE TWO")
    words = {}
    for name, text in (("old", "correct horse"), ("new", "battery"),
                       ("wrong", "staple"), ("empty", "")):
        words[name] = w.path("pass-" + name)
        with open(words[name], "w") as f:
            f.write(text + "\n")
        os.chmod(words[name], 0o600)

    def key(*args, **more):
        return w.attrium("pp", "key", *args, **more)

    status, _, err = key("passphrase")
    tap.ok(status == 2 and b"--new-passphrase-file" in err,
           "2: without a terminal the flag is named", (status, err))
    status, _, err = key("passphrase", "--new-passphrase-file", words["old"])
    path = w.path("home-pp/data/keys/default.key")
    tap.ok(status == 0 and os.stat(path).st_mode & 0o777 == 0o600,
           "a key is put under a passphrase", (status, err))
    status, out, _ = key("list")
    tap.ok(status == 0 and b"passphrase" in out and b"ONE" not in out,
           "the list says so", out)
    status, _, err = key("inspect")
    tap.equal(status, 7, "7: no source of the passphrase")
    status, _, err = key("inspect", "--passphrase-file", words["wrong"])
    tap.ok(status == 4 and b"passphrase" in err, "4: a wrong passphrase", err)
    status, out, err = key("inspect", "--json", "--passphrase-file",
                           words["old"])
    tap.ok(status == 0 and json.loads(out)["locked"], "0: the right one", err)
    os.chmod(words["old"], 0o644)
    status, _, err = key("inspect", "--passphrase-file", words["old"])
    tap.equal(status, 7, "7: a passphrase that others may read")
    os.chmod(words["old"], 0o600)
    status, out, _ = w.attrium("pp", "seal", "-p", "ONE", "--passphrase-fd",
                               "0", "/dev/null", data=b"correct horse\n")
    status2, back, err = w.attrium("pp", "open", "--passphrase-file",
                                   words["old"], data=out)
    tap.equal((status, status2, back), (0, 0, b""), "seal and open with it")
    ask = w.path("ask")
    with open(ask, "w") as f:
        f.write("#!/bin/sh\necho correct horse\n")
    os.chmod(ask, 0o700)
    done = subprocess.run([ATTRIUM, "key", "inspect"], env=dict(
        w.env, ATTRIUM_HOME=w.path("home-pp"), ATTRIUM_ASKPASS=ask),
        stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT,
        check=False)
    tap.equal(done.returncode, 0, "ATTRIUM_ASKPASS is asked")
    status, _, err = key("passphrase", "--passphrase-file", words["old"],
                         "--new-passphrase-file", words["empty"])
    tap.equal(status, 1, "1: an empty passphrase")
    status, _, err = key("passphrase", "--passphrase-file", words["old"],
                         "--new-passphrase-file", words["new"])
    status2, _, _ = key("inspect", "--passphrase-file", words["new"])
    status3, _, _ = key("inspect", "--passphrase-file", words["old"])
    tap.equal((status, status2, status3), (0, 0, 4), "it is changed")
    with open(path, "rb") as f:
        whole = f.read()
    with open(path, "wb") as f:
        f.write(whole[:len(whole) // 2])
    status, _, _ = key("inspect", "--passphrase-file", words["new"])
    tap.equal(status, 4, "4: a locked key that is cut")
    with open(path, "wb") as f:
        f.write(whole)
    status, _, err = key("passphrase", "--remove", "--passphrase-file",
                         words["new"])
    status2, _, _ = key("inspect")
    tap.equal((status, status2), (0, 0), "and removed")


def test_damaged_keys(w, key):
    with open(key, "rb") as f:
        whole = f.read()
    bad = w.path("bad.key")

    def inspect(data):
        with open(bad, "wb") as f:
            f.write(data)
        os.chmod(bad, 0o600)
        return w.attrium("k", "key", "inspect", bad)

    for name, data in (
            ("empty", b""),
            ("cut in half", whole[:len(whole) // 2]),
            ("without its last line", whole.rstrip().rsplit(b"\n", 1)[0]),
            ("twice", whole + whole),
            ("with a changed letter",
             whole[:400] + bytes([whole[400] ^ 1]) + whole[401:]),
            ("of random bytes", os.urandom(3000)),
            ("that is too large", whole + b"A" * 3000000)):
        status, out, err = inspect(data)
        tap.ok(status in (1, 4) and out == b"" and err.count(b"\n") == 1,
               "4: a key file " + name, (status, out, err))


def seal(w, data, *args, policy=POLICY, home="k"):
    return w.attrium(home, "seal", "-p", policy, *args, data=data)


def test_seal(w):
    sealed = {}
    for size in (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 10 << 20):
        data = os.urandom(size)
        status, out, err = seal(w, data)
        status2, back, err2 = w.attrium("k", "open", data=out)
        tap.ok((status, status2) == (0, 0) and back == data,
               "0: sealed and opened again, %d bytes" % size, (err, err2))
        sealed[size] = (data, out)
    data, out = sealed[2 * CHUNK]
    header = len(out) - 2 * SEALED_CHUNK
    status, shown, err = w.attrium("nobody", "inspect", "--json", data=out)
    doc = json.loads(shown)
    tap.ok(status == 0 and doc["type"] == "sealed" and
           doc["content_bytes"] == 2 * CHUNK and doc["chunks"] == 2 and
           doc["policy"] == POLICY and doc["header_bytes"] == header,
           "inspect without any key", shown)

    def opened(data):
        return w.attrium("k", "open", data=data)

    for name, cut in (("nothing", 0), ("in the header", header // 2),
                      ("after the header", header),
                      ("in the first tag", header + 10),
                      ("in the first chunk", header + 1000),
                      ("between chunks", header + SEALED_CHUNK),
                      ("one byte", len(out) - 1),
                      ("a tag", len(out) - 16)):
        status, back, err = opened(out[:cut])
        good = status == 4 and data.startswith(back) and len(back) % CHUNK == 0
        tap.ok(good and len(back) < len(data), "4: cut off: " + name,
               (status, len(back), err))
    one, two = out[header:header + SEALED_CHUNK], out[header + SEALED_CHUNK:]
    for name, bad in (("swapped chunks", out[:header] + two + one),
                      ("a chunk twice", out[:header] + one + one + two),
                      ("the first chunk gone", out[:header] + two),
                      ("something after the end", out + b"x"),
                      ("another end", out + two)):
        status, back, err = opened(bad)
        tap.ok(status == 4 and data.startswith(back) and
               len(back) % CHUNK == 0, "4: " + name, (status, len(back), err))
    for name, at in (("in the magic", 3), ("in the authority", 20),
                     ("in the policy", 50), ("in the capsule", header - 40),
                     ("in the last byte of the header", header - 1)):
        bad = out[:at] + bytes([out[at] ^ 1]) + out[at + 1:]
        status, back, err = opened(bad)
        tap.ok(status in (3, 4) and back == b"", "4: a bit changed " + name,
               (status, len(back), err))
    bad = bytearray(out)
    bad[header + SEALED_CHUNK + 5] ^= 1
    status, back, err = opened(bytes(bad))
    tap.ok(status == 4 and back == data[:CHUNK],
           "4: a bit changed in chunk 2 releases chunk 1 alone",
           (status, len(back), err))
    test_seal_files(w, data, out, bytes(bad))
    test_armour(w)


def armoured(data):
    text = base64.b64encode(data).decode()
    return "\n".join(["-----BEGIN ATTRIUM SEALED FILE-----"] +
                     [text[i:i + 64] for i in range(0, len(text), 64)] +
                     ["-----END ATTRIUM SEALED FILE-----", ""]).encode()


def test_armour(w):
    def opened(text):
        return w.attrium("k", "open", data=text)

    for size in (0, 1, 47, 48, CHUNK, 3 * CHUNK + 5, 5 << 20):
        data = os.urandom(size)
        status, text, err = seal(w, data, "-a")
        lines = text.decode("ascii").split("\n")
        plain = base64.b64decode("".join(lines[1:-2]), validate=True)
        status2, back, err2 = opened(text)
        tap.ok((status, status2) == (0, 0) and back == data and
               text == armoured(plain), "armoured and opened, %d bytes" % size,
               (err, err2))
    data = os.urandom(3 * CHUNK)
    status, text, _ = seal(w, data, "--armor")
    plain = base64.b64decode("".join(text.decode().split("\n")[1:-2]))
    status, shown, _ = w.attrium("nobody", "inspect", "--json", data=text)
    status2, again, _ = w.attrium("nobody", "inspect", "--json", data=plain)
    tap.ok((status, status2) == (0, 0) and shown == again and
           json.loads(shown)["content_bytes"] == 3 * CHUNK,
           "inspect finds the same in armour", shown)
    status, back, err = opened(b"\r\n \n" + text.replace(b"\n", b"\r\n") +
                               b"\n\n")
    tap.ok(status == 0 and back == data, "by mail: CR LF, blank lines", err)
    lines = text.split(b"\n")
    middle = len(lines) // 2
    end = len(text) - len(b"-----END ATTRIUM SEALED FILE-----\n")
    for name, bad in (
            ("without its end", text[:end]),
            ("cut in the middle", text[:len(text) // 2]),
            ("cut in a mark", text[:-5]),
            ("only its beginning", text[:36]),
            ("with something after it", text + b"x\n"),
            ("twice", text + text),
            ("with a line gone", b"\n".join(lines[:middle] +
                                            lines[middle + 1:])),
            ("with a line twice", b"\n".join(lines[:middle] +
                                             lines[middle - 1:])),
            ("with an empty line", b"\n".join(lines[:middle] + [b""] +
                                              lines[middle:])),
            ("with a long line", text.replace(lines[middle] + b"\n",
                                              lines[middle])),
            ("with another letter", text.replace(lines[middle],
                                                 lines[middle][:-1] + b"*")),
            ("with a zero byte", text.replace(lines[middle],
                                              b"\0" * 64)),
            ("with another label", text.replace(b"END ATTRIUM SEALED",
                                                b"END ATTRIUM"))):
        status, back, err = opened(bad)
        tap.ok(status == 4 and data.startswith(back) and
               len(back) < len(data) and len(back) % CHUNK == 0,
               "4: armour " + name, (status, len(back), err))
    target = w.path("from-armour")
    status, _, err = w.attrium("k", "open", "-o", target, data=text[:end])
    tap.ok(status == 4 and not os.path.exists(target),
           "4: damaged armour leaves no file", err)
    status, _, err = w.attrium("nobody", "inspect", data=text[:end])
    tap.equal(status, 4, "4: nor is it inspected")
    status, _, err = w.attrium("k", "seal", "-v", "-a", "-p", POLICY,
                               data=b"x" * 100)
    tap.ok(status == 0 and b"100 bytes" in err, "-v: seal says the sizes", err)


def test_seal_files(w, data, out, bad):
    plain, closed = w.path("plain"), w.path("closed")
    broken, target = w.path("broken"), w.path("target")
    for path, content in ((plain, data), (broken, bad)):
        with open(path, "wb") as f:
            f.write(content)
    before = os.stat(plain)
    status, _, err = w.attrium("k", "seal", "-p", POLICY, "-o", closed, plain)
    after = os.stat(plain)
    tap.ok(status == 0 and before.st_mtime_ns == after.st_mtime_ns and
           open(plain, "rb").read() == data, "the input is never touched", err)
    status, _, err = w.attrium("k", "seal", "-p", POLICY, "-o", closed, plain)
    tap.ok(status == 7 and b"-f" in err, "7: the output is there already",
           (status, err))
    status, _, err = w.attrium("k", "seal", "-p", POLICY, "-f", "-o", closed,
                               plain)
    tap.equal(status, 0, "-f replaces it")
    status, _, err = w.attrium("k", "seal", "-p", POLICY, "-f", "-o", plain,
                               plain)
    tap.ok(status == 7 and open(plain, "rb").read() == data,
           "7: the output is the input", (status, err))
    os.symlink(plain, w.path("link"))
    status, _, err = w.attrium("k", "seal", "-p", POLICY, "-f", "-o",
                               w.path("link"), plain)
    tap.ok(status == 7 and open(plain, "rb").read() == data,
           "7: the output is the input by another name", (status, err))
    status, _, err = w.attrium("k", "open", "-o", target, broken)
    left = [n for n in os.listdir(w.dir) if n.startswith(("target", ".target"))]
    tap.ok(status == 4 and not left, "4: nothing partial on the disk",
           (status, left, err))
    status, _, err = w.attrium("k", "open", "-o", target, closed)
    tap.ok(status == 0 and open(target, "rb").read() == data,
           "a file is opened to a file", err)
    status, _, err = w.attrium("five", "open", closed)
    tap.ok(status == 3 and b"lacks" in err, "3: a key that does not satisfy",
           (status, err))
    status, _, err = w.attrium("other", "open", closed)
    tap.ok(status == 3 and b"another authority" in err,
           "3: a key of another authority", (status, err))
    status, _, err = w.attrium("k", "open", plain)
    tap.equal(status, 4, "4: not a sealed file at all")
    status, _, err = w.attrium("k", "open", w.path("nowhere"))
    tap.equal(status, 1, "1: a file that is not there")
    status, _, err = w.attrium("k", "seal", "-p", POLICY, "-o",
                               w.path("no/such/dir"), plain)
    tap.equal(status, 1, "1: a directory that is not there")
    status, _, err = w.attrium("k", "seal", "-p", POLICY, w.dir)
    tap.equal(status, 1, "1: a directory as input")
    status, out, err = w.attrium("nobody", "seal", "--authority",
                                 w.path("home-k/data/authorities/"
                                        "default.authority"),
                                 "-p", "ONE", plain)
    status2, back, _ = w.attrium("k", "open", data=out)
    tap.ok((status, status2) == (0, 0) and back == data,
           "whoever has the public parameters can seal", err)
    test_full_output(w, plain)
    test_terminal(w, plain, closed)


def test_full_output(w, plain):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([ATTRIUM, "seal", "-p", "ONE", plain],
                              env=dict(w.env, ATTRIUM_HOME=w.path("home-k")),
                              stdout=full, stderr=subprocess.PIPE,
                              timeout=LIMIT, check=False)
    tap.equal(done.returncode, 1, "1: an output that is full")
    with open("/dev/full", "wb") as full:
        done = subprocess.run([ATTRIUM, "key", "list", "--json"],
                              env=dict(w.env, ATTRIUM_HOME=w.path("home-k")),
                              stdout=full, stderr=subprocess.PIPE,
                              timeout=LIMIT, check=False)
    tap.equal(done.returncode, 1, "1: a document that could not be written")


def on_terminal(w, args):
    """Exit status with standard output on a terminal, and what it showed."""
    parent, child = pty.openpty()
    done = subprocess.Popen([ATTRIUM] + args, stdin=subprocess.DEVNULL,
                            stdout=child, stderr=subprocess.PIPE,
                            env=dict(w.env, ATTRIUM_HOME=w.path("home-k")))
    os.close(child)
    done.communicate(timeout=LIMIT)
    os.set_blocking(parent, False)
    try:
        shown = os.read(parent, 100000)
    except OSError:
        shown = b""
    os.close(parent)
    return done.returncode, shown


def test_terminal(w, plain, closed):
    status, shown = on_terminal(w, ["seal", "-p", "ONE", plain])
    tap.equal((status, shown), (7, b""), "7: binary is not for a terminal")
    status, shown = on_terminal(w, ["open", closed])
    tap.equal((status, shown), (7, b""), "7: nor is binary content")
    for name, text, want in (("escapes", b"\x1b]0;x\x07", 7),
                             ("plain text", "blåbær\n".encode(), 0)):
        path = w.path("text")
        with open(path, "wb") as f:
            f.write(text)
        w.attrium("k", "seal", "-p", "ONE", "-f", "-o", w.path("t"), path)
        status, shown = on_terminal(w, ["open", w.path("t")])
        tap.ok(status == want and (b"\x1b" not in shown),
               "%d: %s to a terminal" % (want, name), (status, shown))


def test_rooms(w):
    link = w.create_room("k", POLICY, "--name", "open \u00e5", "--listed")
    hidden = w.create_room("k", "ONE")
    status, out, err = w.attrium("nobody", "room", "list", "--hall",
                                 w.hall.address, "--json")
    rooms = json.loads(out)["rooms"]
    tap.ok([r["link"] for r in rooms] == [link] and
           rooms[0]["policy"] == POLICY, "listed rooms alone are listed", out)
    status, out, err = w.attrium("nobody", "room", "inspect", hidden,
                                 "--json")
    doc = json.loads(out)
    tap.ok(status == 0 and doc["link"] == hidden and doc["members"] == 0,
           "a room is inspected by its link", out)
    status, _, err = w.attrium("k", "room", "inspect",
                               hidden.replace(hidden[-80:-70], "0" * 10))
    tap.equal(status, 6, "6: a room that is not there")
    status, _, err = w.attrium("k", "room", "inspect",
                               hidden[:-64] + "0" * 64)
    tap.equal(status, 4, "4: a hall with another certificate")
    status, _, err = w.attrium("k", "room", "list", "--hall",
                               "attrium://127.0.0.1:1")
    tap.equal(status, 6, "6: a hall that is not there")
    status, _, err = w.attrium("k", "room", "create", "--hall",
                               w.hall.address, "--name", "a\x1bb", "ONE")
    tap.equal(status, 2, "2: a room whose name has controls")
    return link


def test_chat_codes(w, link):
    status, out, err = w.attrium("k", "chat", link, data=b"hello\n")
    tap.ok(status == 0 and b"hello" in out, "0: a text of a pipe is sent",
           (status, out, err))
    status, out, err = w.attrium("k", "chat", link, data=b"")
    tap.equal(status, 0, "0: in and out again")
    status, out, err = w.attrium("five", "chat", link, data=b"hello\n")
    tap.ok(status == 3 and b"lacks" in out, "3: not admitted",
           (status, out, err))
    status, out, err = w.attrium("five", "chat", "--force", "--json", link)
    tap.ok(status == 3 and b'"holds_key":false' in out,
           "3: not admitted, whatever the client pretends", (status, out))
    status, out, err = w.attrium("other", "chat", "--json", link)
    tap.ok(status == 3 and b"other-authority" in out,
           "3: a key of another authority", (status, out))
    status, out, err = w.attrium("k", "chat", link[:-64] + "0" * 64)
    tap.equal(status, 4, "4: another certificate than in the link")
    status, out, err = w.attrium("k", "chat", "--give-up", "1",
                                 "attrium://127.0.0.1:1/" + "0" * 64 + "#" +
                                 "0" * 64, data=b"x\n")
    tap.ok(status == 6 and b"1 text was not acknowledged" in out,
           "6: a text that is not acknowledged", (status, out))
    status, out, err = w.attrium("k", "chat", link, "--nick", "a" * 33)
    tap.equal(status, 2, "2: a nickname too long")
    status, out, err = w.attrium("k", "chat", link,
                                 data=b"x" * 20000 + b"\n/frob\n//tmp\nok\n")
    tap.ok(status == 1 and b": /tmp" in out and b": ok" in out and
           b": /frob" not in out and b"xxxx" not in out,
           "1: a text too long; an unknown command is not sent",
           (status, out[:500]))
    person = w.enter("k", link)
    tap.ok(person.wait_for("keyed"), "in the room")
    person.interrupt()
    tap.equal(person.end(), 130, "130: interrupted")
    test_json_commands(w, link)


def test_json_commands(w, link):
    person = w.enter("k", link)
    person.wait_for("keyed")
    for bad in (b"[]\n", b"{\n", b'{"cmd":"frob"}\n', b'{"cmd":7}\n',
                b'{"cmd":"say"}\n', b'{"cmd":"say","text":""}\n', b"\x00\n",
                b'{"cmd":"say","text":"a\\ud800"}\n', b"\xff\xfe\n"):
        person.process.stdin.write(bad)
    person.process.stdin.write(b"z" * 100000 + b"\n")
    person.process.stdin.flush()
    person.tell(cmd="say", text="still\x1b[31m here\u202e", id={"a": 1})
    tap.ok(person.wait_for("sent") and len(person.of("error")) == 10 and
           person.of("queued")[0]["id"] == {"a": 1},
           "commands that are none are told, and the rest goes on",
           person.events)
    person.tell(cmd="who")
    person.tell(cmd="epoch")
    person.tell(cmd="policy")
    person.tell(cmd="explain")
    tap.ok(person.wait_for("explain") and
           person.last("epoch")["keyed"] and
           person.last("policy")["policy"] == POLICY and
           person.last("who")["members"][-1]["mine"],
           "who, epoch, policy, explain", person.events[-4:])
    tap.equal(person.leave(), 1, "the exit code tells of a text not sent")


def main():
    with World() as w:
        w.start_authority()
        test_usage(w)
        test_policy(w)
        test_keys(w)
        w.give_key("five", "FIVE")
        first = w.authority
        os.rename(w.path("authority"), w.path("first"))
        w.authority = None
        w.start_authority()
        w.give_key("other", "ONE TWO")
        w.authority.stop()
        w.authority = first
        test_seal(w)
        w.start_hall()
        link = test_rooms(w)
        test_chat_codes(w, link)
    tap.done()


if __name__ == "__main__":
    main()
