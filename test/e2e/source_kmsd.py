#!/usr/bin/env python3
"""A node with a source: requests with evidence are approved without an
administrator, for what the evidence earns and for nothing else."""

import atexit
import concurrent.futures
import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "kit"))
from oidc import CLIENT, Issuer
from memory import family, memory_has
from programs import (SLOW, Server, Skip, Temp, base64_text, expect, holds, program,
                      request_bytes, run, run_tests, same, test)

KMSD = "attrium-kmsd"
if not os.path.exists(program("attrium-source-oidc")):
    print("1..0 # SKIP built without libcurl and libcjose")
    sys.exit(0)

temp = Temp()
issuer = Issuer(temp, "")
ENV = {"ATTRIUM_LIBEXEC": os.path.dirname(
    os.path.abspath(program("attrium-source-oidc")))}


def write(name, text):
    with open(temp("node", name), "w") as f:
        f.write(text)


def start(code=None):
    arguments = ["run", "-d", temp("node"), "--listen", "127.0.0.1:0"]
    if code is not None:
        return expect(code, KMSD, *arguments, env=ENV)
    return Server(KMSD, *arguments, env=ENV, lines=3)


expect(0, KMSD, "init", "-d", temp("node"), "--name", "Test")
write("source.staff.oidc",
      "[source]\nissuer = %s\nclient = %s\n" % (issuer.url, CLIENT))
write("source.staff.rules",
      'give member if email ends "@example.org"\n'
      'give night if groups is night\n')
node = start()


def post(attributes, claims=None, evidence=None, source="staff"):
    """Posts a request, with a token for it unless there is evidence."""
    request = request_bytes(*attributes)
    hm = bytes.fromhex(node.get_json("/v1/authority")["fingerprint"])
    id_ = hashlib.sha256(b"".join(
        len(part).to_bytes(4, "big") + part
        for part in (b"ATR1/KMS/request", hm, request))).hexdigest()
    if evidence is None:
        token = issuer.key.sign(issuer.claims(**dict(
            {"nonce": id_}, **(claims or {}))))
        evidence = {"token": token}
    status, answer = node.post_json("/v1/requests", {
        "request": base64_text(request), "source": source,
        "evidence": evidence})
    return id_, status, answer


def state(id_):
    return node.get_json("/v1/requests/" + id_)["state"]


@test
def authority_says_who_vouches():
    same(node.get_json("/v1/authority")["sources"],
         [{"schema": 1, "kind": "oidc", "issuer": issuer.url,
           "client": CLIENT, "name": "staff"}])


@test
def what_the_evidence_earns_is_issued():
    id_, status, answer = post(["member"], {"email": "alice@example.org"})
    same((status, answer["state"]), (200, "approved"))
    same(state(id_), "issued")
    id_, status, answer = post(["member", "night"], {
        "email": "alice@example.org", "groups": ["day", "night"]})
    same((status, state(id_)), (200, "issued"))
    expect(0, KMSD, "audit", "verify", "-d", temp("node"))


@test
def what_it_does_not_earn_waits():
    for attributes, claims in (
            (["member", "night"], {"email": "alice@example.org"}),
            (["admin"], {"email": "alice@example.org"}),
            (["member"], {"email": "alice@example.com"})):
        id_, status, answer = post(attributes, claims)
        same(status, 403, answer)
        holds("earn" in answer["error"]["message"], answer)
        same(state(id_), "waiting")


@test
def evidence_for_another_request_is_refused():
    good = {"email": "alice@example.org"}
    id_, status, answer = post(["member"], dict(good, nonce="00" * 32))
    same(status, 403, answer)
    same(state(id_), "waiting")
    other, _, _ = post(["member"], good)
    token = issuer.key.sign(issuer.claims(nonce=other, **good))
    id_, status, _ = post(["member"], evidence={"token": token})
    same((status, state(id_)), (403, "waiting"))


@test
def malformed_evidence():
    for evidence in ({}, {"token": "x"}, {"token": 1}, {"user": "x"}):
        id_, status, answer = post(["member"], evidence=evidence)
        same((status, state(id_)), (400, "waiting"), answer)
    for source in ("none", "staff.oidc", "../staff"):
        id_, status, _ = post(["member"], source=source)
        same((status, state(id_)), (400, "waiting"))
    request = base64_text(request_bytes("member"))
    for more in ({"source": "staff"}, {"evidence": {}},
                 {"source": "staff", "evidence": []},
                 {"source": "", "evidence": {}},
                 {"source": "x" * 40, "evidence": {}},
                 {"source": 1, "evidence": {}}):
        same(node.post_json("/v1/requests", dict({"request": request},
                                                 **more))[0], 400, more)


@test
def issuer_that_is_gone_is_told_apart():
    pages = issuer.pages
    issuer.pages = {}
    id_, status, _ = post(["member"], {"email": "alice@example.org"})
    issuer.pages = pages
    same((status, state(id_)), (503, "waiting"))


@test
def source_that_ends_without_reading_harms_nobody():
    """Its configuration is spoilt while the node runs, for every clerk."""
    with open(temp("node", "source.staff.oidc")) as f:
        good = f.read()
    write("source.staff.oidc", "[source]\nissuer = nothing\n")
    for _ in range(12):
        id_, status, answer = post(["member"], evidence={
            "token": "x" * 40000})
        same((status, state(id_)), (503, "waiting"), answer)
    write("source.staff.oidc", good)
    id_, status, _ = post(["member"], {"email": "alice@example.org"})
    same((status, state(id_)), (200, "issued"))


@test
def clerk_that_is_killed_with_a_question_in_hand():
    """Who asked is told at once, and the next question finds a clerk."""
    asked, over = threading.Event(), threading.Event()

    class Slow(dict):
        def get(self, *args):
            asked.set()
            over.wait(60 * SLOW)
            return dict.get(self, *args)

    pages, issuer.pages = issuer.pages, Slow(issuer.pages)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(post, ["member"],
                              {"email": "alice@example.org"})
        holds(asked.wait(60 * SLOW), "the issuer is not asked")
        keeper = next(pid for pid in family(node.process.pid)[1:]
                      if len(family(pid)) > 4)
        os.kill(next(pid for pid in family(keeper)[1:]
                     if len(family(pid)) > 1), signal.SIGKILL)
        id_, status, answer = waiting.result(50 * SLOW)
    same((status, state(id_)), (503, "waiting"))
    holds("has ended" in answer["error"]["message"], answer)
    over.set()
    issuer.pages = pages
    id_, status, _ = post(["member"], {"email": "alice@example.org"})
    same((status, state(id_)), (200, "issued"))


@test
def evidence_is_wiped_by_who_carried_or_checked_it():
    mark = os.urandom(1500).hex()
    post(["member"], evidence={"token": mark})
    forms = [mark[at:at + 32].encode() for at in range(0, len(mark) - 32, 64)]
    try:
        pids = family(node.process.pid)
        found = [memory_has(pid, forms) for pid in pids]
        control = memory_has(os.getpid(), forms)
    except OSError:
        raise Skip("the memory of others may not be read here")
    holds(control, "the search finds nothing at all")
    same(found, [False] * len(pids))


@test
def person_logs_in_and_has_the_key():
    issuer.reset(authorization_endpoint=issuer.url + "/authorize",
                 token_endpoint=issuer.url + "/token")
    process = subprocess.Popen(
        [program("attrium"), "key", "request", "--authority",
         node.lines[0].split(" ", 1)[1], "--source", "staff", "--wait",
         "member"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ, ATTRIUM_HOME=temp("home"), **ENV))
    atexit.register(process.kill)
    address = ""
    while not address.startswith(issuer.url):
        address = process.stderr.readline().decode()
        holds(address, "it ended")
    asked = urllib.parse.parse_qs(urllib.parse.urlparse(address).query)
    issuer.pages["/token"] = (200, json.dumps({"id_token": issuer.key.sign(
        issuer.claims(nonce=asked["nonce"][0],
                      email="alice@example.org"))}).encode())
    urllib.request.urlopen(
        asked["redirect_uri"][0] + "?" + urllib.parse.urlencode(
            {"code": "x", "state": asked["state"][0]}), timeout=60).read()
    out, err = process.communicate(timeout=60 * SLOW)
    same(process.returncode, 0, err.decode())
    holds("member" in expect(0, "attrium", "key", "list", env={
        "ATTRIUM_HOME": temp("home")}).out)


@test
def client_without_evidence_is_told():
    address = node.lines[0].split(" ", 1)[1]
    env = dict(ENV, ATTRIUM_HOME=temp("other"))
    got = run("attrium", "key", "request", "--authority", address, "--source",
              "none", "member", env=env)
    same(got.code, 1)
    holds('no source called "none"' in got.err, got.err)


@test
def node_stops_and_wrong_files_keep_it_from_starting():
    same(node.stop(), 0)
    write("source.staff.rules", "take member\n")
    holds("line 1, column 1" in start(2).err)
    write("source.staff.rules", "give member\n")
    write("source.staff.oidc", "[source]\nissuer = http://id.example.org\n")
    got = run(KMSD, "run", "-d", temp("node"), env=ENV)
    same(got.code, 2)
    holds("want https" in got.err, got.err)
    os.rename(temp("node", "source.staff.oidc"),
              temp("node", "source.staff.nothing"))
    holds("no such kind" in start(2).err)


run_tests()
