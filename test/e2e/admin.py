#!/usr/bin/env python3
"""The administrator's page: who may see it, what it does, and that it works in
a browser, by keyboard, in both colour schemes, with nothing from elsewhere."""

import hashlib
import http.client
import json
import os
import re
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "kit"))
from memory import family
from programs import (BUILD, SLOW, Server, Skip, Temp, anybody, base64_text,
                      expect, holds, request_bytes, run_tests, same, test)

KMSD = "attrium-kmsd"
NPM = os.path.join(BUILD, "npm")
temp = Temp()
expect(0, KMSD, "init", "-d", temp("node"), "--name", "Test")


class Node:
    """A node that runs with its admin listener."""

    def __init__(self, name="node", *options):
        self.server = Server(KMSD, "run", "-d", temp(name), "--listen",
                             "127.0.0.1:0", "--admin", "127.0.0.1:0", *options,
                             lines=4)
        line = [l for l in self.server.lines if l.startswith("admin ")][0]
        found = re.match(
            r"admin (http://127.0.0.1:(\d+))(?:/#token=(\w+))?$", line)
        holds(found, line)
        self.page = line.split(" ", 1)[1]
        self.port = int(found.group(2))
        self.token = found.group(3)

    def call(self, method, path, body=None, token=True, host=None, kind=None):
        headers = {"Content-Type": kind or "application/json"}
        if token:
            headers["Authorization"] = "Bearer " + (
                self.token if token is True else token)
        if host:
            headers["Host"] = host
        connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                timeout=60 * SLOW)
        connection.request(method, path,
                           json.dumps(body) if body is not None else None,
                           headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text, answer.headers

    def state(self):
        status, text, _ = self.call("GET", "/admin/state")
        same(status, 200, text)
        return json.loads(text)

    def ask(self, *attributes, note=""):
        status, answer = self.server.post_json("/v1/requests", {
            "request": base64_text(request_bytes(*attributes)), "note": note})
        same(status, 201, answer)
        return answer["id"]

    def decide(self, verb, id_, **more):
        return self.call("POST", "/admin/" + verb, dict({"id": id_}, **more))


node = Node()


@test
def page_is_for_who_has_the_token():
    for path in ("/", "/page.css", "/page.js"):
        status, text, headers = node.call("GET", path, token=False)
        same(status, 200)
        holds("default-src 'none'" in headers["Content-Security-Policy"])
        holds(node.token not in text)
    id_ = node.ask("ONE")
    wrong = node.token[:-1] + ("0" if node.token[-1] != "0" else "1")
    for token in (False, wrong, node.token[:-1], node.token + "0", "", " "):
        for method, path, body in (("GET", "/admin/state", None),
                                   ("POST", "/admin/approve", {"id": id_}),
                                   ("POST", "/admin/deny", {"id": id_})):
            same(node.call(method, path, body, token=token)[0], 401)
    same(node.state()["requests"][0]["state"], "waiting")
    node.decide("deny", id_)


@test
def page_is_not_on_the_public_listener():
    for path in ("/", "/page.js", "/admin/state", "/admin/approve"):
        same(node.server.get(path)[0], 404, path)


@test
def name_of_somebody_else_is_refused():
    """A page elsewhere whose name suddenly leads to this machine."""
    for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil:1"):
        same(node.call("GET", "/", host=host)[0], 403)
        same(node.call("GET", "/admin/state", host=host)[0], 403)
    same(node.call("GET", "/", host="localhost:1")[0], 200)


@test
def decisions():
    one, two = node.ask("ONE", "THREE"), node.ask("TWO")
    same(node.decide("withdraw", one)[0], 409)
    same(node.decide("approve", one)[0], 200)
    same(node.decide("approve", one)[0], 409)
    same(node.server.get_json("/v1/requests/" + one)["state"], "issued")
    holds({"attribute": "ONE", "count": 1, "shown": 0} in
          node.state()["holders"])
    same(node.decide("deny", two, reason="who are you?")[0], 200)
    same(node.server.get_json("/v1/requests/" + two)["reason"],
         "who are you?")
    same(node.decide("withdraw", one)[0], 200)
    same(node.server.get_json("/v1/requests/" + one)["state"], "withdrawn")
    same(node.state()["holders"], [])
    expect(0, KMSD, "audit", "verify", "-d", temp("node"))


@test
def holders_are_told_coarsely():
    """The administrator sees how many there are, everybody a bound."""
    names = [node.ask("SIX") for _ in range(6)]
    for id_ in names:
        same(node.decide("approve", id_)[0], 200)
    end = time.monotonic() + 60 * SLOW
    while {"attribute": "SIX", "count": 6, "shown": 5} not in (
            node.state()["holders"]):
        holds(time.monotonic() < end, node.state()["holders"])
        time.sleep(0.1)
    for id_ in names:
        node.decide("withdraw", id_)


@test
def malformed_decisions():
    id_ = node.ask("ONE")
    for body in ({}, [], "x", {"id": 1}, {"id": id_, "more": 1},
                 {"id": id_, "reason": 1}, {"id": id_[:-1]}, {"id": "x" * 64}):
        same(node.call("POST", "/admin/approve", body)[0], 400, body)
    same(node.decide("approve", "0" * 64)[0], 404)
    same(node.call("POST", "/admin/approve", {"id": id_},
                   kind="text/plain")[0], 415)
    for method, path in (("GET", "/admin/approve"), ("POST", "/admin/state"),
                         ("GET", "/admin/"), ("POST", "/admin/revoke")):
        same(node.call(method, path, {} if method == "POST" else None)[0], 404)
    same(node.call("POST", "/", {})[0], 405)
    same([r["state"] for r in node.state()["requests"] if r["id"] == id_],
         ["waiting"])
    node.decide("deny", id_)


def wait_until(condition, what, limit=60):
    end = time.monotonic() + limit * SLOW
    while not condition():
        holds(time.monotonic() < end, what)
        time.sleep(0.02)


@test
def clerks_that_die_are_started_again():
    """More of them than there are at once."""
    keeper = next(pid for pid in family(node.server.process.pid)[1:]
                  if len(family(pid)) > 1)
    clerks = set(family(keeper)[1:])
    same(len(clerks), 4)
    for _ in range(6):
        os.kill(sorted(clerks)[0], signal.SIGKILL)
        before = clerks
        wait_until(lambda: len(set(family(keeper)[1:]) - before) == 1 and
                   len(family(keeper)) == 5, "no new clerk")
        clerks = set(family(keeper)[1:])
        same(node.decide("deny", node.ask("ONE"))[0], 200)
    node.server.wait_for("a clerk has ended by signal 9")
    holds(node.server.process.poll() is None)


@test
def no_descriptors_left():
    """Who waits in vain for a connection costs nothing meanwhile, on either
    door, and nothing is lost by it."""
    pid = node.server.process.pid
    least = len(os.listdir("/proc/%d/fd" % pid)) + 8
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (least, limits[1]))
    many = [socket.create_connection(("127.0.0.1", port))
            for _ in range(20) for port in (node.port, node.server.port)]

    def cpu():
        with open("/proc/%d/stat" % pid) as f:
            parts = f.read().rsplit(")", 1)[1].split()
        return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")

    wait_until(lambda: len(os.listdir("/proc/%d/fd" % pid)) >= least,
               "there are descriptors still")
    before = cpu()
    time.sleep(2)
    used = cpu() - before
    for s in many:
        s.close()
    resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
    holds(used < 1, "%.1f s of 2" % used)
    holds(node.state()["requests"])
    same(node.server.get("/healthz")[0], 200)


@test
def node_without_a_key_shows_and_decides_nothing():
    expect(0, KMSD, "init", "-d", temp("third"))
    os.unlink(temp("third", "registrar.key"))
    other = Server(KMSD, "run", "-d", temp("third"), "--listen", "127.0.0.1:0",
                   "--admin", "127.0.0.1:0", lines=4)
    holds("token" not in "".join(other.lines), other.lines)
    same(other.stop(), 0)


def in_browser(what, url, *certificate):
    """The page of a node where three requests wait, driven by admin.mjs."""
    chromium = shutil.which("chromium")
    nodejs = shutil.which("node")
    if not chromium or not nodejs or not os.path.isdir(
            os.path.join(NPM, "node_modules", "playwright-core")):
        raise Skip("no chromium, or no playwright-core")
    what.ask("ONE", note="<b>bold</b> \u202e words")
    what.ask("TWO")
    what.ask("THREE")
    done = subprocess.run(
        [nodejs, os.path.join(os.path.dirname(__file__), "admin.mjs"), NPM,
         chromium, url, *certificate], capture_output=True,
        timeout=200 * SLOW)
    same(done.returncode, 0, done.stderr.decode())
    got = json.loads(done.stdout)
    same(got["errors"], [])
    same((got["light"], got["dark"]), ([], []), "violations")
    same((got["rows"], got["kept"], got["left"]), (3, 3, 1))
    holds(got["all"] >= 3)
    same((got["note"][:12], got["injected"]), ("<b>bold</b> ", 0))
    holds("\u202e" not in got["note"])
    holds("token" not in got["address"], got["address"])
    for asked in got["requests"]:
        holds(asked.startswith(url.split("#")[0]), asked)


@test
def page_in_a_browser():
    in_browser(node, node.page)


# --- over TLS, for certificates that are listed ---

def certificate(name):
    """One that its holder has made, and its pin."""
    paths = (temp(name + ".crt"), temp(name + ".key"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
                    "-out", paths[0], "-keyout", paths[1]], check=True,
                   capture_output=True)
    with open(paths[0]) as f:
        der = ssl.PEM_cert_to_DER_cert(f.read())
    at = der.index(bytes.fromhex("3059301306072a8648ce3d0201"))
    return paths, hashlib.sha256(der[at:at + 91]).hexdigest()


class Remote(Node):
    """A node whose page is anywhere, for two certificates."""

    def __init__(self, *pins):
        options = [x for pin in pins for x in ("--admin-client", pin)]
        expect(0, KMSD, "init", "-d", temp("remote"), "--name", "Test")
        self.server = Server(KMSD, "run", "-d", temp("remote"), "--listen",
                             "127.0.0.1:0", "--admin", "0.0.0.0:0", *options,
                             lines=4)
        line = [l for l in self.server.lines if l.startswith("admin ")][0]
        found = re.match(r"admin (https://127.0.0.1:(\d+))$", line)
        holds(found, line)
        self.page = found.group(1) + "/"
        self.port = int(found.group(2))

    def get(self, path, paths, method="GET", body=None, port=None):
        context = anybody()
        if paths:
            context.load_cert_chain(*paths)
        connection = http.client.HTTPSConnection(
            "127.0.0.1", port or self.port, timeout=60 * SLOW, context=context)
        connection.request(method, path, body,
                           {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text


ada, ben, eve = (certificate(name) for name in ("ada", "ben", "eve"))
remote = Remote(ada[1], ben[1])


@test
def page_over_tls_is_for_who_is_listed():
    id_ = remote.ask("ONE")
    decision = json.dumps({"id": id_})
    for paths in (None, eve[0]):
        for path in ("/", "/page.js", "/admin/state", "/metrics", "/healthz",
                     "/v1/authority", "/v1/peer/state", "/nothing"):
            same(remote.get(path, paths)[0], 403, path)
        same(remote.get("/admin/approve", paths, "POST", decision)[0], 403)
    same(remote.server.get_json("/v1/requests/" + id_)["state"], "waiting")
    for paths in (ada[0], ben[0]):
        for path in ("/", "/page.js", "/metrics"):
            same(remote.get(path, paths)[0], 200, path)
        status, text = remote.get("/admin/state", paths)
        same(status, 200)
        same([r["id"] for r in json.loads(text)["requests"]], [id_])
    same(remote.get("/admin/approve", ada[0], "POST", decision)[0], 200)
    same(remote.server.get_json("/v1/requests/" + id_)["state"], "issued")
    same(remote.get("/admin/withdraw", ben[0], "POST", decision)[0], 200)


@test
def page_over_tls_is_nowhere_else():
    """Not on the main listener, not without TLS, not by a certificate's bytes
    without its key."""
    for path in ("/", "/admin/state"):
        same(remote.get(path, ada[0], port=remote.server.port)[0], 404)
    plain = http.client.HTTPConnection("127.0.0.1", remote.port,
                                       timeout=60 * SLOW)
    try:
        plain.request("GET", "/")
        plain.getresponse()
        raise AssertionError("it speaks without TLS")
    except (http.client.HTTPException, ConnectionError):
        pass
    try:
        anybody().load_cert_chain(ada[0][0], eve[0][1])
        raise AssertionError("a certificate with another key")
    except ssl.SSLError:
        pass


@test
def listed_certificates_are_digits_and_need_a_page():
    run_ = ["run", "-d", temp("node"), "--listen", "127.0.0.1:0"]
    expect(2, KMSD, *run_, "--admin", "0.0.0.0:0")
    expect(2, KMSD, *run_, "--admin-client", ada[1])
    for pin in ("", "x", ada[1][:-1], ada[1] + "0", "g" * 64):
        expect(2, KMSD, *run_, "--admin", "0.0.0.0:0", "--admin-client", pin)


@test
def page_over_tls_in_a_browser():
    in_browser(remote, remote.page, *ada[0])


@test
def end():
    same(remote.server.stop(), 0)
    same(node.server.stop(), 0)


run_tests()
