#!/usr/bin/env python3
"""The administrator's page: who may see it, what it does, and that it works in
a browser, by keyboard, in both colour schemes, with nothing from elsewhere."""

import http.client
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import time
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "kit"))
from memory import family
from programs import (BUILD, SLOW, Server, Skip, Temp, base64_text, expect, holds,
                      request_bytes, run_tests, same, test)

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


@test
def page_in_a_browser():
    chromium = shutil.which("chromium")
    nodejs = shutil.which("node")
    if not chromium or not nodejs or not os.path.isdir(
            os.path.join(NPM, "node_modules", "playwright-core")):
        raise Skip("no chromium, or no playwright-core")
    node.ask("ONE", note="<b>bold</b> \u202e words")
    node.ask("TWO")
    node.ask("THREE")
    done = subprocess.run(
        [nodejs, os.path.join(os.path.dirname(__file__), "admin.mjs"), NPM,
         chromium, node.page], capture_output=True, timeout=200 * SLOW)
    same(done.returncode, 0, done.stderr.decode())
    got = json.loads(done.stdout)
    same(got["errors"], [])
    same((got["light"], got["dark"]), ([], []), "violations")
    same((got["rows"], got["kept"], got["left"]), (3, 3, 1))
    holds(got["all"] >= 3)
    same((got["note"][:12], got["injected"]), ("<b>bold</b> ", 0))
    holds("\u202e" not in got["note"])
    holds("token" not in got["address"], got["address"])
    for url in got["requests"]:
        holds(url.startswith("http://127.0.0.1:%d/" % node.port), url)


@test
def end():
    same(node.server.stop(), 0)


run_tests()
