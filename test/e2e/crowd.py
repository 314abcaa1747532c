"""How many could be in a room: three nodes count, a client asks them, and some
of them lie. Two of three issue a key, so one liar is to change nothing."""

import base64
import http.server
import os
import socket
import ssl
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../kit"))
from programs import *  # noqa

KMSD = "attrium-kmsd"
COUNT = 3
PEOPLE = 31  # of whom everybody is told that they are at least 30
temp = Temp()
dirs = [temp("node%d" % i) for i in range(COUNT)]
cards = []
servers = [None] * COUNT
hall = None
rooms = {}


def free_ports(count):
    taken = [socket.socket() for _ in range(count)]
    for s in taken:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in taken]
    for s in taken:
        s.close()
    return ports


def port(i):
    return int(cards[i].split(":")[2].split("/")[0].split("#")[0])


def start(*which):
    for i in which:
        servers[i] = Server(KMSD, "run", "-d", dirs[i], "--listen",
                            "127.0.0.1:%d" % port(i), lines=2)
        wait_until(lambda: servers[i].get("/v1/crowd")[0] == 200,
                   "node %d does not count" % i)


def stop(*which):
    for i in which:
        if servers[i]:
            servers[i].stop()
            servers[i] = None


def wait_until(holds_now, what):
    end = time.monotonic() + 60 * SLOW
    while not holds_now():
        holds(time.monotonic() < end, what)
        time.sleep(0.1)


def attrium(code, *args, home="alice"):
    got = run("attrium", *args, env={"ATTRIUM_HOME": temp(home)},
              limit=120)
    same(got.code, code, "%s\n%s%s" % (" ".join(args), got.out, got.err))
    return got


def create(name, *args, policy="ONE"):
    rooms[name] = attrium(0, "room", "create", "--hall", hall.address, "-n",
                          name, *args, policy).out.strip()


def crowd(name):
    return attrium(0, "room", "inspect", "--json", rooms[name]).json()["crowd"]


def chat(code, name, *args):
    """Enters, and leaves at once; the events."""
    out = attrium(code, "chat", "--json", *args, rooms[name]).out
    return [json.loads(line) for line in out.splitlines()]


def of(events, kind):
    return [e for e in events if e["event"] == kind]


def page(total, *each):
    out = b"\1" + struct.pack(">IH", total, len(each))
    for name, people in each:
        out += struct.pack(">I", len(name)) + name.encode()
        out += struct.pack(">I", people)
    return out


def document(data):
    return json.dumps({"schema": 1, "node": 1, "crowd":
                       base64_text(data)}).encode()


class Liar:
    """A node's own certificate, and whatever it likes to say."""

    def __init__(self, i, answer, status=200, head=None, hangs=False):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                if hangs:
                    quiet.wait(60 * SLOW)
                    return
                self.send_response(status)
                for key, value in (head or {
                        "Content-Length": str(len(answer))}).items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(answer)
                asked.append(self.path)

            def log_message(self, *_):
                pass

        self.quiet = quiet = threading.Event()
        self.asked = asked = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(dirs[i], "tls.crt"),
                                os.path.join(dirs[i], "tls.key"))
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port(i)),
                                                      Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # clients hang up
        self.server.socket = context.wrap_socket(self.server.socket,
                                                 server_side=True)
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.quiet.set()
        self.server.shutdown()
        self.server.server_close()


@test
def three_nodes_and_a_hall():
    global hall
    for path, at in zip(dirs, free_ports(COUNT)):
        cards.append(expect(0, KMSD, "card", "-d", path, "--listen",
                            "127.0.0.1:%d" % at).out.strip())
    args = [part for pair in zip(dirs, cards) for part in pair]
    subprocess.run([os.path.join(BUILD, "test", "deal"), "2", "1", *args],
                   stdout=subprocess.DEVNULL, check=True)
    start(0, 1, 2)
    with open(temp("halld.conf"), "w") as conf:
        conf.write("[log]\nlevel = warn\n")
    hall = Server("attrium-halld", "run", "-c", temp("halld.conf"), "-d",
                  temp("hall"), "--listen", "127.0.0.1:0")


@test
def people_get_keys():
    names = [servers[0].post_json("/v1/requests", {"request": base64_text(
        request_bytes("ONE"))})[1]["id"] for _ in range(PEOPLE - 1)]
    own = attrium(0, "key", "request", "--authority", cards[0],
                  "ONE").out.strip()
    expect(0, KMSD, "approve", "-d", dirs[0], *names, own)
    attrium(0, "key", "fetch", "--wait", "--timeout", "60")
    for i in range(COUNT):
        wait_until(lambda: base64.b64decode(servers[i].get_json(
            "/v1/crowd")["crowd"]) == page(35, ("ONE", 30)),
            "node %d counts otherwise" % i)


@test
def a_room_shows_its_crowd():
    create("plain")
    create("small", "--min-crowd", "30")
    create("large", "--min-crowd", "31")
    create("either", "--min-crowd", "30", policy="ONE or TWO")
    create("both", "--min-crowd", "1", policy="ONE and TWO")
    for name, wanted in (("plain", 0), ("small", 30), ("large", 31)):
        got = attrium(0, "room", "inspect", "--json", rooms[name]).json()
        same((got["crowd"], got["min_crowd"]), (30, wanted))
    same(crowd("either"), 30)
    same(crowd("both"), 0)
    holds("crowd         at least 30; wants 31\n" in
          attrium(0, "room", "inspect", rooms["large"]).out)
    holds("crowd         not known" in
          attrium(0, "room", "inspect", rooms["large"], home="nobody").out)
    for bad in ("-1", "x", "4294967296", ""):
        attrium(2, "room", "create", "--hall", hall.address, "--min-crowd",
                bad, "ONE")


@test
def enough_may_enter():
    for name in ("small", "either"):
        events = chat(0, name)
        same(of(events, "crowd"), [{
            "event": "crowd", "people": 30, "wanted": 30, "answered": 3,
            "asked": 3}])
        same(of(events, "room")[0]["min_crowd"], 30)
        holds(of(events, "keyed"))
    events = chat(0, "plain")  # it may be over before the crowd is known
    same(of(events, "room")[0]["min_crowd"], 0)
    got = attrium(0, "chat", "--plain", rooms["small"]).out
    holds("-- crowd: at least 30; this room wants 30\n" in got, got)


@test
def too_few_keep_out():
    events = chat(7, "large")
    same(of(events, "refused")[0]["why"], "crowd")
    same(of(events, "keyed") + of(events, "joined"), [])
    got = attrium(7, "chat", "--plain", rooms["large"])
    holds("this room wants 31" in got.out and "--force" in got.out, got.out)
    same(attrium(0, "room", "inspect", "--json",
                 rooms["large"]).json()["epoch"], 0)


@test
def unless_forced():
    holds(of(chat(0, "large", "--force"), "keyed"))


@test
def one_node_down_changes_nothing():
    stop(2)
    same(crowd("small"), 30)
    same(of(chat(0, "small"), "crowd")[0]["answered"], 2)


@test
def with_two_down_nobody_knows():
    stop(1)
    same(crowd("small"), None)
    events = chat(7, "small")
    same(of(events, "crowd")[0]["people"], None)
    same(of(events, "refused")[0]["why"], "crowd")
    chat(0, "plain")  # it wants nothing
    start(1)


@test
def one_that_says_more_is_not_believed():
    for many in (page(31, ("ONE", 31)), page(4000000, ("ONE", 4000000)),
                 page(2**32 - 1, ("ONE", 2**32 - 1), ("TWO", 2**32 - 1))):
        with Liar(2, document(many)) as liar:
            same(crowd("large"), 30)
            chat(7, "large")
            same({a for a in liar.asked if not a.startswith("/v1/peer/")},
                 {"/v1/crowd"})  # nothing of the policy


@test
def one_that_says_less_takes_nothing_away():
    for few in (page(0), page(5, ("ONE", 5)), page(2**32 - 1, ("ONE", 30))):
        with Liar(2, document(few)):
            same(crowd("small"), 30)
            chat(0, "small")


@test
def one_that_babbles_is_passed_over():
    good = document(page(100, ("ONE", 100)))
    huge = page(9, *(("a%07d" % i, 5) for i in range(8193)))
    for answer in (b"", b"{", b"[]", b"null", b"{}", b'{"crowd": 5}',
                   b'{"crowd": "!"}', b'{"crowd": ""}', good + b"x",
                   b'{"crowd": "AQ==", "crowd": "AQ=="}',
                   document(page(100, ("ONE", 100))[:-1]),
                   document(page(100, ("ONE", 100)) + b"\0"),
                   document(page(99, ("ONE", 100))),
                   document(page(100, ("TWO", 50), ("ONE", 100))),
                   document(page(100, ("ONE", 0))), document(huge),
                   b"\xff" * 4096, b" " * (3 << 20)):
        with Liar(2, answer):
            same(crowd("large"), 30, answer[:40])
    for status in (204, 301, 403, 404, 500, 503):
        with Liar(2, good, status,
                  {"Content-Length": str(len(good)), "Location": "/"}):
            same(crowd("large"), 30, status)
    with Liar(2, good, head={"Content-Length": "1000000000"}):
        same(crowd("large"), 30)
    with Liar(2, good, head={"Transfer-Encoding": "chunked"}):
        same(crowd("large"), 30)


@test
def one_that_hangs_is_not_waited_for():
    with Liar(2, b"", hangs=True):
        same(crowd("small"), 30)
        chat(0, "small")


@test
def two_of_three_could_lie():
    """And issue themselves a key of the room: this is the assumption."""
    stop(1)
    with Liar(1, document(page(90, ("ONE", 90)))):
        with Liar(2, document(page(80, ("ONE", 80)))):
            same(crowd("large"), 80)
    start(1, 2)


@test
def another_certificate_says_nothing():
    stop(2)
    expect(0, KMSD, "card", "-d", temp("stranger"))
    context = dirs[2]
    dirs[2] = temp("stranger")
    try:
        with Liar(2, document(page(90, ("ONE", 90)))) as liar:
            stop(1)
            same(crowd("large"), None)
            same(liar.asked, [])
    finally:
        dirs[2] = context
    start(1, 2)


@test
def who_is_withdrawn_is_not_counted():
    waiting = expect(0, KMSD, "requests", "-d", dirs[0], "--all",
                     "--json").json()["requests"]
    granted = [r["id"] for r in waiting if r["state"] == "approved"]
    expect(0, KMSD, "withdraw", "-d", dirs[0], *granted[:2])
    wait_until(lambda: crowd("small") == 25, "they are still there")
    chat(7, "small")


run_tests()
