"""The logs of nodes, as people's programs check them: two of three, with a
proxy that lies in front of one of them, ledgers that fork and come back from a
copy, and people who compare."""

import base64
import concurrent.futures
import copy
import http.server
import itertools
import os
import shutil
import socket
import subprocess
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../kit"))
from programs import *  # noqa

KMSD = "attrium-kmsd"
temp = Temp()
nodes = {}  # number: Server
ports = {}
cards = {}
people = itertools.count()


def folder(number):
    return temp("nodes", str(number))


def kit(*args):
    subprocess.run([os.path.join(BUILD, "test/kit_authority"), *args],
                   check=True)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def start(number, path=None, port=None):
    nodes[number] = Server(KMSD, "run", "-d", path or folder(number),
                           "--listen", "127.0.0.1:%d" % (port or ports[number]),
                           lines=2)


def stop(number):
    same(nodes.pop(number).stop(), 0)


class Person:
    def __init__(self):
        self.home = temp("home-%d" % next(people))
        self.names = itertools.count()

    def __call__(self, code, *args):
        got = run("attrium", *args, env={"ATTRIUM_HOME": self.home})
        same(got.code, code, "%s\n%s%s" % (" ".join(args), got.out, got.err))
        return got

    def asks(self, *first):
        """A request to all nodes, these first, approved by all that are up."""
        name = "k%d" % next(self.names)
        at = [x for n in first for x in ("--authority", cards[n])]
        got = self(0, "key", "request", *at, "--name", name, "ONE").out.strip()
        for number in nodes:
            expect(0, KMSD, "approve", "-d", places.get(number,
                                                        folder(number)),
                   "--registrar", temp("nodes", "registrar.key"), got)
        self.name, self.id = name, got
        return name

    def fetches(self, code=0):
        return self(code, "key", "fetch", self.name)

    def gets(self, *first):
        self.asks(*first)
        return self.fetches()

    def knows(self, number):
        """What is kept of a node, or None."""
        heads = self(0, "trace", "show", "--json").json()["heads"]
        found = [h for h in heads if h["node"] == number]
        same(len(found) <= 1, True)
        return found[0] if found else None

    def exports(self):
        path = os.path.join(self.home, "heads")
        self(0, "trace", "export", "-f", "-o", path)
        return path


places = {}  # of a node that runs on another directory


class Liar:
    """A node that passes on what another answers, changed by `lie`."""

    def __init__(self, number, lie):
        liar = self
        self.lie = lie
        self.number = number
        stop(number)
        start(number, port=free_port())

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self, body):
                try:
                    status, got = nodes[number].call(
                        self.command, self.path, body,
                        {"Content-Type": "application/json"} if body else None)
                except KeyError:  # it has ended
                    self.close_connection = True
                    return
                try:
                    value = json.loads(got)
                except ValueError:
                    value = None
                if status == 200 and value is not None:
                    value = liar.lie(self.path, value)
                    got = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(got)))
                self.end_headers()
                self.wfile.write(got)

            def handle_one_request(self):
                try:
                    super().handle_one_request()
                except OSError:  # nodes ask too, and hang up
                    self.close_connection = True

            def do_GET(self):
                self.answer(None)

            def do_POST(self):
                self.answer(self.rfile.read(
                    int(self.headers["Content-Length"])))

            def log_message(self, *args):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(os.path.join(folder(number), "tls.crt"),
                                os.path.join(folder(number), "tls.key"))
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", ports[number]), Handler)
        self.server.socket = context.wrap_socket(self.server.socket,
                                                 server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        stop(self.number)
        start(self.number)


@test
def two_of_three_are_dealt():
    for number in (1, 2, 3):
        ports[number] = free_port()
        cards[number] = expect(
            0, KMSD, "card", "-d", folder(number), "--listen",
            "127.0.0.1:%d" % ports[number]).out.strip()
    kit("deal", temp("nodes"), "3", "2", *[cards[n] for n in (1, 2, 3)])
    for number in (1, 2, 3):
        start(number)
        head = nodes[number].get_json("/v1/log/head")
        same(head["node"], number)
        holds("consistency" not in head)


def size(number):
    page = nodes[number].get_json("/v1/log/leaves?from=0")
    return len(base64.b64decode(page["leaves"])) // 33


@test
def pages_of_the_log():
    node = nodes[1]
    leaves = base64.b64decode(
        node.get_json("/v1/log/leaves?from=0&count=9")["leaves"])
    same((len(leaves), leaves[0], leaves[33]), (66, 1, 2))
    with open(os.path.join(folder(1), "authority.pub")) as f:
        bundle = base64.b64decode("".join(f.read().splitlines()[1:-1]))
    same(leaves[1:33], hashlib.sha256(bundle).digest())
    same(leaves[34:], hashlib.sha256(b"").digest())
    same(base64.b64decode(node.get_json(
        "/v1/log/leaves?from=1&count=1")["leaves"]), leaves[33:])
    same(node.get_json("/v1/log/leaves?from=2")["leaves"], "")
    proof = base64.b64decode(
        node.get_json("/v1/log/head?from=1")["consistency"])
    same((proof[0], len(proof)), (1, 33))
    for query in ("from=3", "from=2&to=1", "from=1&to=3", "from=0",
                  "from=1&to=0"):
        holds("consistency" not in node.get_json("/v1/log/head?" + query))
    for query in ("from=", "from=x", "from=-1", "to=1&from=1", "from=1&from=1",
                  "from=1&", "from=1&x=1", "from=1234567890123456789", "&",
                  "x"):
        same(node.get("/v1/log/head?" + query)[0], 400, query)
        same(node.get("/v1/log/leaves?" + query)[0], 400, query)
        same(node.get("/v1/requests/" + "0" * 64 + "?" + query)[0], 400, query)
    same(node.get("/v1/log/")[0], 404)
    same(node.call("POST", "/v1/log/head", "{}")[0], 405)


@test
def a_fetch_checks_and_remembers():
    person = Person()
    person(1, "trace", "export")
    person.asks(1, 2)
    got = run("attrium", "key", "fetch", "-v", person.name,
              env={"ATTRIUM_HOME": person.home})
    same(got.code, 0, got.err)
    same(got.err.count("GET https://"), 2, got.err)  # one round trip a node
    for number in (1, 2):
        known = person.knows(number)
        same((known["size"], known["address"]),
             (size(number), cards[number]))
    same(person.knows(3), None)
    person.asks(1, 2)
    got = run("attrium", "key", "fetch", "-v", person.name,
              env={"ATTRIUM_HOME": person.home})
    same(got.err.count("GET https://"), 2, got.err)
    same(person.knows(1)["size"], size(1))
    got = person(0, "trace", "verify").out
    holds("node 1 of" in got and "whole" in got, got)


@test
def fetches_side_by_side():
    person = Person()
    names = [person.asks(1, 2) for _ in range(6)]
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda n: person(0, "key", "fetch", n), names))
    person(0, "trace", "verify")
    same(person.knows(1)["size"], size(1))


def without(*names):
    def lie(value, _):
        for name in names:
            del value["log"][name]
    return lie


def change(name, function):
    def lie(value, _):
        value["log"][name] = function(value["log"][name])
    return lie


def flip(at):
    """A byte of base64 is another."""
    def function(text):
        data = bytearray(base64.b64decode(text))
        data[at] ^= 1
        return base64.b64encode(bytes(data)).decode()
    return function


LIES = [
    ("does not show its log", lambda v, _: v.pop("log")),
    ("does not show its log", lambda v, _: v.update(log=[])),
    ("does not show its log", without("head")),
    ("does not show its log", without("key")),
    ("does not show its log", change("head", lambda h: h[:-4])),
    ("does not continue", without("consistency")),
    ("does not continue", change("consistency", flip(-1))),
    ("does not continue", change("consistency", lambda _: "AA==")),
    ("does not have the partial key", without("inclusion")),
    ("does not have the partial key", change("inclusion", flip(-1))),
    ("does not have the partial key", change("index", lambda i: i - 1)),
    ("does not have the partial key", change("index", lambda i: -1)),
    ("does not have the partial key", change("index", str)),
    ("does not have the partial key", change("period", lambda p: p + 1)),
    ("has not signed", change("head", flip(-1))),  # signature
    ("has not signed", change("head", flip(-65))),  # root
    ("has not signed", change("head", flip(50))),  # time
    ("has not signed", change("head", flip(8))),  # authority
    ("signs its log with another key", change("key", lambda k: "00" + k[2:])),
    ("has not signed", lambda v, old: v["log"].update(
        head=old["other"]["head"])),
    ("signs its log with another key", lambda v, old: v.update(
        log=old["other"])),  # that of another node, as it is
    ("as it was earlier", lambda v, old: v.update(log=old["first"])),
    ("does not have the partial key", lambda v, old: v["log"].update(
        {k: old["last"][k] for k in ("index", "inclusion", "head",
                                     "consistency")})),
]


@test
def lies_are_named_and_others_asked():
    """Node 1 is asked first, by everybody; its partial keys are good."""
    person = Person()
    old = {}
    stage = {}

    def lie(path, value):
        if "partial" in value:
            stage["lie"](value, old)
        return value

    with Liar(1, lie):
        def record(value, old):
            old["first" if "first" not in old else "last"] = copy.deepcopy(
                value["log"])
        stage["lie"] = record
        person.gets(1, 2)
        person.gets(1, 2)
        old["other"] = nodes[2].get_json("/v1/requests/" + person.id)["log"]
        for words, deed in LIES:
            known = person.knows(1)
            stage["lie"] = deed
            got = person.gets(1, 2)
            holds("node 1 of the authority" in got.err and words in got.err,
                  "%s: %s" % (words, got.err))
            same(person.knows(1), known)
            # What a former answer showed is no longer the newest.
            stage["lie"] = lambda v, old: old.update(
                last=copy.deepcopy(v["log"]))
            got = person.gets(1, 2)
            holds("node 1" not in got.err, got.err)


@test
def one_log_is_one_log():
    """Two people, at different times."""
    ann, ben = Person(), Person()
    ann.gets(1, 2)
    ben.gets(1, 2)
    got = ann(0, "trace", "compare", ben.exports())
    same(got.out.count("one log, which has grown"), 2, got.out)
    got = ben(0, "trace", "compare", "--json", ann.exports()).json()["results"]
    same([r["verdict"] for r in got], ["longer", "longer"])
    ann(0, "trace", "verify")
    ben(0, "trace", "verify", "--all")
    got = ann(0, "trace", "compare", ben.exports())
    same(got.out.count("the same log") + got.out.count("grown"), 2)
    got = Person()(1, "trace", "compare", ann.exports())
    holds("nothing there" in got.err)
    path = temp("damaged")
    with open(ann.exports()) as f:
        lines = f.read().splitlines()
    data = bytearray(base64.b64decode("".join(lines[1:-1])))
    data[-1] ^= 1
    for content, words in ((bytes(data), "has not signed"),
                           (bytes(data[:-1]), "not a whole"),
                           (b"x", "not a whole"), (b"", "not a whole")):
        with open(path, "wb") as f:
            f.write(content)
        got = ben(4, "trace", "compare", path)
        holds(words in got.err, got.err)
    with open(path, "wb") as f:  # the file of another node's key
        data[-1] ^= 1
        data[11] ^= 1
        f.write(bytes(data))
    holds("has not signed" in ben(4, "trace", "compare", path).err)


@test
def a_fork_is_found_and_shown():
    """Node 2 keeps two ledgers with one key, and shows each person one."""
    ann, ben, eve = Person(), Person(), Person()
    stop(2)
    fork = temp("fork")
    shutil.copytree(folder(2), fork)
    start(2)
    ann.gets(2, 1)
    ann.gets(2, 1)
    stop(2)
    places[2] = fork
    start(2, fork)
    ben.gets(2, 1)
    ben.gets(2, 1)
    same(ann.knows(2)["size"], ben.knows(2)["size"])
    got = ann(4, "trace", "compare", ben.exports())
    holds("two different logs of one size" in got.err, got.err)
    evidence = got.err.strip().split("evidence: ")[1]
    got = eve(4, "trace", "compare", evidence)  # who has seen nothing
    holds("two different logs of one size" in got.err, got.err)
    ben.gets(2, 1)
    got = ann(4, "trace", "compare", ben.exports())
    holds("node 2 of" in got.err and "cannot prove" in got.err, got.err)
    got = ann.gets(2, 1)  # she is shown the other one now
    holds("node 2 of the authority has a log that does not continue" in got.err
          and "evidence" in got.err, got.err)
    got = ann(4, "trace", "verify")
    holds("node 2 of the authority" in got.err, got.err)
    expect(0, KMSD, "audit", "verify", "-d", fork)  # each is whole
    expect(0, KMSD, "audit", "verify", "-d", folder(2))
    stop(2)
    got = ann(6, "trace", "compare", ben.exports())
    holds("cannot be asked" in got.err, got.err)
    del places[2]
    start(2)
    ann.gets(2, 1)
    ann(0, "trace", "verify")


@test
def a_copy_of_before_is_told():
    """Node 3 comes back from a copy: the words are other than of a fork, as
    long as it has not gone on to the size that was seen."""
    person, other = Person(), Person()
    stop(3)
    before = temp("before")
    shutil.copytree(folder(3), before)
    start(3)
    for _ in range(3):
        person.gets(3, 1)
    known = person.knows(3)
    stop(3)
    shutil.rmtree(folder(3))
    shutil.copytree(before, folder(3))
    start(3)
    got = person(4, "trace", "verify")
    holds("as it was earlier" in got.err and "backup" in got.err, got.err)
    got = person.gets(3, 1)
    holds("went back" in got.err and "restored from a backup" in got.err,
          got.err)
    same(person.knows(3), known)
    evidence = got.err.split("evidence: ")[1].splitlines()[0]
    got = other(4, "trace", "compare", evidence)
    holds("went back" in got.err, got.err)
    other.gets(3, 1)
    other.gets(3, 1)
    got = person(4, "trace", "verify")
    holds("two different logs" in got.err and "backup" in got.err, got.err)
    other.gets(3, 1)
    got = person(4, "trace", "verify")
    holds("does not continue" in got.err and "backup" in got.err, got.err)
    person(1, "trace", "forget", "7")
    person(0, "trace", "forget", "3")
    same(person.knows(3), None)
    holds("node 3" not in person.gets(3, 1).err)
    person(0, "trace", "verify", "--all")


@test
def every_entry_is_read():
    person = Person()
    person.gets(1, 2)

    def lie(path, value):
        if "leaves" in value:
            value["leaves"] = stage["lie"](value["leaves"])
        return value

    stage = {"lie": lambda text: text}
    with Liar(1, lie):
        got = person(0, "trace", "verify", "--all")
        holds("keys" in got.out, got.out)
        for deed, words in ((flip(1), "shows other entries"),
                            (flip(-1), "shows other entries"),
                            (lambda t: "", "does not show all"),
                            (lambda t: t[:-4], "does not show all"),
                            (lambda t: 5, "does not show all")):
            stage["lie"] = deed
            got = person(4, "trace", "verify", "--all")
            holds(words in got.err, got.err)
    path = os.path.join(person.home, "data/authorities",
                        person.name + ".authority")
    with open(path) as f:
        data = base64.b64decode("".join(f.read().splitlines()[1:-1]))
    same(data[8:12], bytes(4))  # the same parameters under a name
    with open(path, "wb") as f:
        f.write(data[:11] + b"\1A" + data[12:])
    got = person(4, "trace", "verify", "--all")
    holds("node 2 of the authority has not entered the public parameters" in
          got.err, got.err)


@test
def a_log_of_tomorrow_is_refused():
    person = Person()
    stop(1)
    spare = temp("spare")
    shutil.copytree(folder(1), spare)
    kit("hasten", spare)
    places[1] = spare
    start(1, spare)
    got = person.gets(1, 2)
    holds("node 1 of the authority shows a log of the future" in got.err,
          got.err)
    same(person.knows(1), None)
    stop(1)
    del places[1]
    start(1)


@test
def who_lists_no_keys_is_known_by_the_first():
    """One node alone; its address is all that is known before."""
    path = temp("alone")
    expect(0, KMSD, "init", "-d", path, "--name", "alone")
    node = Server(KMSD, "run", "-d", path, "--listen", "127.0.0.1:0", lines=2)
    port = node.port

    def get(person, name, code=0):
        got = person(0, "key", "request", "--authority",
                     "https://127.0.0.1:%d#%s" % (port, node.pin), "--name",
                     name, "ONE")
        expect(0, KMSD, "approve", "-d", path, got.out.strip())
        return person(code, "key", "fetch", name)

    person = Person()
    get(person, "one")
    get(person, "two")
    same(person.knows(1)["size"], 4)
    person(0, "trace", "verify", "--all")
    same(node.stop(), 0)
    os.remove(os.path.join(path, "node.key"))
    node = Server(KMSD, "run", "-d", path, "--listen", "127.0.0.1:%d" % port,
                  lines=2)
    got = get(person, "three", 4)
    holds("another key than before" in got.err, got.err)
    got = get(Person(), "four")
    expect(4, KMSD, "audit", "verify", "-d", path)


@test
def a_damaged_profile_is_said():
    person = Person()
    person.gets(1, 2)
    names = os.listdir(os.path.join(person.home, "data/traces"))
    path = [os.path.join(person.home, "data/traces", n) for n in names
            if n.endswith(".heads")][0]
    with open(path, "w") as f:
        f.write("nothing")
    person.asks(1, 2)
    got = person.fetches(4)
    holds("not a whole file of heads" in got.err, got.err)
    os.remove(path)
    person.fetches()


run_tests()
