#!/usr/bin/env python3
"""A hall learns from the nodes of an authority that a generation of keys has
begun, and who was withdrawn is out at once: two of three nodes, of real
programs. One node alone turns no room, and a node that lies none either."""

import base64
import http.server
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
import urllib.request

sys.path.insert(0, os.path.dirname(__file__))
import world
from world import wait_until

COUNT = 3
tap = world.Tap()


class Nodes:
    """An authority of three, by its own ceremony; any two issue."""

    def __init__(self, w):
        self.w = w
        self.ports = [world.quiet_port() for _ in range(COUNT)]
        status, out, _ = w.run(world.KMSD, "registrar", "new", "-o",
                               w.path("registrar"), "--json")
        key = re.search("[0-9a-f]{64}", out.decode()).group(0)
        cards = [w.run(world.KMSD, "card", *self.where(i))[1].decode().strip()
                 for i in range(COUNT)]
        args = ["--threshold", "2", "--registrar", key, "--period", "7d",
                "--attributes", "ONE"]
        for card in cards:
            args += ["--join", card]
        running = [subprocess.Popen([world.KMSD, "init", *self.where(i), *args],
                                    stdout=subprocess.DEVNULL, stderr=w.log,
                                    env=w.env) for i in range(COUNT)]
        if any(p.wait(4 * world.LIMIT) for p in running):
            raise RuntimeError("no authority")
        # Number 1 is the first of the sorted cards.
        self.order = sorted(range(COUNT), key=lambda i: cards[i])
        self.running = [None] * COUNT
        for number in range(1, COUNT + 1):
            self.start(number)

    def where(self, i):
        return ["-d", self.w.path("node-%d" % i), "--listen",
                "127.0.0.1:%d" % self.ports[i]]

    def folder(self, number):
        return self.w.path("node-%d" % self.order[number - 1])

    def start(self, number):
        self.running[number - 1] = world.Server(
            [world.KMSD, "run", *self.where(self.order[number - 1]),
             "--log-level", "warn"], "address", self.w.env, self.w.log)

    def stop(self, *numbers):
        for number in numbers or range(1, COUNT + 1):
            if self.running[number - 1] is not None:
                self.running[number - 1].stop()
                self.running[number - 1] = None

    def page(self, number, path):
        context = ssl._create_unverified_context()
        port = self.ports[self.order[number - 1]]
        with urllib.request.urlopen("https://127.0.0.1:%d%s" % (port, path),
                                    context=context, timeout=world.LIMIT) as r:
            return r.read().decode()

    def asked(self, number):
        """How often a node was asked for anything."""
        return int(re.search(r"^attrium_http_requests_total (\d+)$",
                             self.page(number, "/metrics"), re.M).group(1))

    def say(self, number, *words):
        return self.w.run(world.KMSD, *words, "-d", self.folder(number),
                          "--registrar", self.w.path("registrar"))

    def give_key(self, home):
        status, out, err = self.w.attrium(
            home, "key", "request", "--authority",
            self.running[0].address, "ONE")
        name = out.decode().strip()
        if status == 0:
            status, _, err = self.say(1, "approve", name)
        if status == 0:
            status, _, err = self.w.attrium(home, "key", "fetch", "--wait",
                                            "--timeout", "60")
        if status != 0:
            raise RuntimeError(err.decode())
        return name


class Liar:
    """In the place of a node, with its certificate: a generation that nobody
    has begun."""

    def __init__(self, nodes, number, told):
        folder = nodes.folder(number)
        statement = bytearray(base64.b64decode(told["statement"]))
        statement[47:51] = (1000).to_bytes(4, "big")
        self.told = dict(told, generation=1000, statement=base64.b64encode(
            statement).decode())
        liar = self

        class Page(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                liar.asked += self.path == "/v1/generation"
                body = json.dumps(liar.told)
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *unused):
                pass

        self.asked = 0
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(folder, "tls.crt"),
                                os.path.join(folder, "tls.key"))
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", nodes.ports[nodes.order[number - 1]]), Page)
        self.server.socket = context.wrap_socket(self.server.socket,
                                                 server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def generation_of(w, link):
    status, out, _ = w.attrium("alice", "room", "inspect", link, "--json")
    return json.loads(out).get("generation") if status == 0 else None


def write_conf(w, bundles):
    with open(w.hall_conf, "w") as conf:
        conf.write("[log]\nlevel = info\n[rooms]\nbundles = \"%s\"\n"
                   "[time]\ngenerations = 200 ms\n" % bundles)


def says(w, text):
    with open(w.path("log"), "rb") as log:
        return text in log.read()


def one_alone_turns_nothing(w, nodes, people, name):
    alice, bob = people
    tap.equal(nodes.say(1, "withdraw", name)[0], 0, "one is withdrawn")
    tap.ok(wait_until(lambda: '"withdrawn"' in
                      nodes.page(2, "/v1/requests/" + name)),
           "at all nodes")
    nodes.stop(2, 3)
    tap.equal(nodes.say(1, "revoke", "-f")[0], 0, "a generation begins")
    told = json.loads(nodes.page(1, "/v1/generation"))
    tap.ok(told["generation"] == 1 and "statement" in told,
           "which its node shows", told)
    before = nodes.asked(1)
    # Of these, each second one is this test's own.
    tap.ok(wait_until(lambda: nodes.asked(1) > before + 20, pause=0.2),
           "and the hall asks it")
    tap.equal((alice.of("turn"), bob.of("turn")), ([], []),
              "but no room turns by the word of one")


def enough_turn_it(w, nodes, people):
    alice, bob = people
    nodes.start(2)
    tap.equal(bob.end(), 3, "once two know, who was withdrawn is out")
    tap.ok(wait_until(lambda: alice.is_keyed_with(1)),
           "and the other one talks on", w.story())
    tap.equal((alice.last("turn") or {}).get("generation"), 1,
              "in the new generation")
    tap.ok(says(w, b"event=generation authority="), "the hall says so")


def nodes_up(w):
    context = ssl._create_unverified_context()
    with urllib.request.urlopen("https://127.0.0.1:%d/metrics" % w.hall_port,
                                context=context, timeout=world.LIMIT) as r:
        return int(re.search(r"^attrium_hall_nodes_up (\d+)$",
                             r.read().decode(), re.M).group(1))


def lies_turn_nothing(w, nodes, link):
    tap.ok(wait_until(lambda: nodes_up(w) == 2), "two nodes answer the hall")
    told = json.loads(nodes.page(1, "/v1/generation"))
    liar = Liar(nodes, 3, told)
    tap.ok(wait_until(lambda: liar.asked >= 2),
           "one shows another number than was signed, again and again")
    tap.equal(nodes_up(w), 2, "which is no answer")
    tap.equal(generation_of(w, link), 1, "and no room turns")
    liar.told = told
    tap.ok(wait_until(lambda: nodes_up(w) == 3), "the truth is one")
    liar.stop()


def reload_keeps_it(w, nodes, link, alice):
    write_conf(w, w.path("nowhere"))
    w.hall.process.send_signal(signal.SIGHUP)
    tap.ok(wait_until(lambda: says(w, b"event=reload ")),
           "a file that is not there changes nothing")
    nodes.stop(1, 2)
    write_conf(w, os.path.join(nodes.folder(2), "authority.pub"))
    w.hall.process.send_signal(signal.SIGHUP)
    tap.ok(wait_until(lambda: says(w, b"event=reloaded ")), "another one does")
    fresh = w.create_room("alice", "ONE")
    tap.equal(generation_of(w, fresh), 1,
              "what was known is known, though no node is up")
    alice.say("still here")
    tap.ok(wait_until(lambda: len(alice.of("sent")) == 1), "rooms go on")
    tap.equal(alice.leave(), 0, "and are left in peace")


def restart_learns_it_again(w, nodes):
    w.hall.stop()
    nodes.start(1)
    nodes.start(3)
    w.start_hall()
    fresh = w.create_room("alice", "ONE")
    tap.ok(wait_until(lambda: generation_of(w, fresh) == 1),
           "a hall that starts anew turns a new room")


def what_is_no_bundle(w, nodes):
    bundle = os.path.join(nodes.folder(1), "authority.pub")
    for list_, why in ((w.path("nowhere"), b"nowhere"),
                       (w.path("registrar"), b"not the public parameters"),
                       (bundle + " " + bundle, b"twice"),
                       (bundle + "=" + nodes.running[0].address, b"itself")):
        write_conf(w, list_)
        status, _, err = w.run(world.HALLD, "check-config", "-c", w.hall_conf)
        tap.ok(status != 0 and b"[rooms] bundles: " in err and why in err,
               "not taken: " + why.decode(), err)


def main():
    with world.World() as w:
        nodes = Nodes(w)
        try:
            write_conf(w, os.path.join(nodes.folder(1), "authority.pub"))
            w.start_hall()
            names = [nodes.give_key(n) for n in ("alice", "bob")]
            link = w.create_room("alice", "ONE")
            people = [w.enter(n, link) for n in ("alice", "bob")]
            tap.ok(world.agree(people), "two are in the room", w.story())
            one_alone_turns_nothing(w, nodes, people, names[1])
            enough_turn_it(w, nodes, people)
            lies_turn_nothing(w, nodes, link)
            reload_keeps_it(w, nodes, link, people[0])
            restart_learns_it_again(w, nodes)
            what_is_no_bundle(w, nodes)
        finally:
            nodes.stop()
    tap.done()


if __name__ == "__main__":
    main()
