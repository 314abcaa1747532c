"""attrium ibake: two people, an authority, and whoever stands between them."""

import contextlib
import hashlib
import os
import signal
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../kit"))
from programs import *  # noqa

ATTRIUM = "attrium"
KMSD = "attrium-kmsd"
LIMIT = 60 * SLOW
MIB = 1 << 20
M1 = 96 + 32 + 2 * 128 + 32 + 16  # what the initiator sends first
temp = Temp()


def home(who):
    return temp("home-" + who)


def name_of(who):
    return who + "@example.org"


def give_keys(authority, *people):
    """An authority and its people, without a network."""
    folder = temp(authority)
    expect(0, KMSD, "init", "-d", folder, "--name", authority)
    for who in people:
        request, answer = temp(who + ".req"), temp(who + ".part")
        expect(0, ATTRIUM, "key", "request", "--offline", "-A",
               os.path.join(folder, "authority.pub"), "--identity",
               name_of(who.split("-")[0]), "-o", request, "-d", home(who))
        expect(0, KMSD, "issue", "-d", folder, "--request", request, "-o",
               answer)
        expect(0, ATTRIUM, "key", "import", answer, "-d", home(who))


class Side:
    """One end: a program with a pipe on each side, and its notes."""

    def __init__(self, who, peer, *args, stdin=subprocess.PIPE,
                 stdout=subprocess.PIPE):
        self.process = subprocess.Popen(
            [program(ATTRIUM), "ibake", name_of(peer), "-d", home(who), *args],
            stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, bufsize=0,
            start_new_session=True)
        atexit.register(self.kill)
        self.notes = []

    def note(self, begins):
        """The next line of standard error, which begins so."""
        line = self.process.stderr.readline().decode().rstrip("\n")
        self.notes.append(line)
        holds(line.startswith("attrium: " + begins), line)
        return line

    def port(self):
        return int(self.note("listening 127.0.0.1:").rsplit(":", 1)[1])

    def say(self, data):
        self.process.stdin.write(data)

    def hear(self, count):
        data = b""
        while len(data) < count:
            more = self.process.stdout.read(count - len(data))
            holds(more, "ended after %d bytes" % len(data))
            data += more
        return data

    def close(self):
        self.process.stdin.close()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def end(self, code, words=None):
        """Takes what is left, and expects an exit code and, but for 0, one
        line more that says why."""
        if code == 0 and self.process.stdin:
            self.close()
        rest = self.process.stdout.read() if self.process.stdout else b""
        lines = self.process.stderr.read().decode().splitlines()
        same(self.process.wait(LIMIT), code, lines)
        same(len(lines), 0 if code == 0 else 1, lines)
        if words:
            holds(words in lines[0], lines[0])
        return rest


def listener(who, peer, *args, **options):
    return Side(who, peer, "--listen", "127.0.0.1:0", *args, **options)


def connector(who, peer, port, *args, **options):
    return Side(who, peer, "--connect", "127.0.0.1:%d" % port, *args,
                **options)


def pair():
    bob = listener("bob", "alice")
    alice = connector("alice", "bob", bob.port())
    alice.note("confirmed bob@example.org")
    bob.note("confirmed alice@example.org")
    return alice, bob


class Between:
    """A proxy that hands bytes on, through a function for each direction:
    (bytes, how many before) -> bytes; fewer than there were cut it."""

    def __init__(self, port, forth=None, back=None):
        self.door = socket.create_server(("127.0.0.1", 0))
        self.port = self.door.getsockname()[1]
        self.to = port
        threading.Thread(target=self.run, args=(forth, back),
                         daemon=True).start()

    def run(self, forth, back):
        near, _ = self.door.accept()
        far = socket.create_connection(("127.0.0.1", self.to))
        ways = [threading.Thread(target=self.move, args=a, daemon=True)
                for a in ((near, far, forth), (far, near, back))]
        for way in ways:
            way.start()
        for way in ways:
            way.join()
        near.close()
        far.close()

    def move(self, source, sink, change):
        seen = 0
        try:
            while data := source.recv(65536):
                changed = change(data, seen) if change else data
                seen += len(data)
                sink.sendall(changed)
                if len(changed) < len(data):
                    break
        except OSError:
            pass
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_WR if one is sink
                             else socket.SHUT_RD)


def flip(at):
    """One bit changed, `at` bytes after the beginning."""
    def change(data, seen):
        data = bytearray(data)
        if seen <= at < seen + len(data):
            data[at - seen] ^= 1
        return bytes(data)
    return change


def cut(at):
    """Nothing more after `at` bytes."""
    def change(data, seen):
        return data[:max(at - seen, 0)]
    return change


def through(forth=None, back=None):
    """Alice to Bob through a proxy."""
    bob = listener("bob", "alice")
    between = Between(bob.port(), forth, back)
    return connector("alice", "bob", between.port), bob


@test
def people_get_their_keys():
    give_keys("Example", "alice", "bob", "carol")
    give_keys("Elsewhere", "bob-elsewhere")


@test
def usage_errors_end_with_2():
    where = ["--listen", "127.0.0.1:0"]
    for args in ([], ["bob"], ["a b", *where], ["", *where],
                 ["\x1b[31m", *where], ["x" * 124, *where],
                 ["bob", *where, "--connect", "127.0.0.1:1"],
                 ["bob", "alice", *where], ["bob", "--listen", "nowhere"],
                 ["bob", "--listen", "not.an.address:1"],
                 ["bob", "--listen", "127.0.0.1:70000"],
                 ["bob", "--connect", "127.0.0.1"],
                 ["bob", "--connect", "127.0.0.1:0"],
                 ["bob", "--connect", ":7000"],
                 ["bob", *where, "--timeout", "0"],
                 ["bob", *where, "--timeout", "3601"],
                 [name_of("alice"), *where]):
        got = expect(2, ATTRIUM, "ibake", *args, "-d", home("alice"))
        holds("\x1b" not in got.err and got.out == "")


@test
def without_a_key_ends_with_1():
    got = expect(1, ATTRIUM, "ibake", "bob", "--listen", "127.0.0.1:0", "-d",
                 home("nobody"))
    holds("no identity key" in got.err and "--identity" in got.err)


@test
def network_failures_end_with_6():
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        expect(6, ATTRIUM, "ibake", "bob", "--listen", "127.0.0.1:%d" % port,
               "-d", home("alice"))
        # Somebody who says nothing.
        got = expect(6, ATTRIUM, "ibake", "bob", "--connect",
                     "127.0.0.1:%d" % port, "--timeout", "1", "-d",
                     home("alice"))
        holds("has not answered" in got.err)
    expect(6, ATTRIUM, "ibake", "bob", "--connect", "127.0.0.1:%d" % port,
           "-d", home("alice"))
    expect(6, ATTRIUM, "ibake", "bob", "--connect", "nobody.invalid:1", "-d",
           home("alice"))


@test
def they_talk_in_turns_and_at_once():
    alice, bob = pair()
    for text in (b"x", b"hello\n", bytes(range(256)), b"\0" * 40000):
        alice.say(text)
        same(bob.hear(len(text)), text)
        bob.say(text[::-1])
        same(alice.hear(len(text)), text[::-1])
    alice.close()
    same(bob.process.stdout.read(), b"")  # Alice's last word is the end
    bob.say(b"and yet")  # the other direction goes on
    same(alice.hear(7), b"and yet")
    same(bob.end(0), b"")
    same(alice.end(0), b"")


@test
def the_listener_may_end_first():
    alice, bob = pair()
    bob.close()
    same(alice.process.stdout.read(), b"")
    alice.say(b"still here")
    alice.close()
    same(bob.end(0), b"still here")
    alice.end(0)


@test
def nothing_at_all_is_said():
    bob = listener("bob", "alice", stdin=subprocess.DEVNULL)
    alice = connector("alice", "bob", bob.port(), stdin=subprocess.DEVNULL)
    alice.note("confirmed bob@example.org")
    bob.note("confirmed alice@example.org")
    same(alice.end(0), b"")
    same(bob.end(0), b"")


@test
def five_megabytes_both_ways_by_files():
    whole = {}
    files = {}
    for who in ("alice", "bob"):
        data = os.urandom(5 * MIB + len(who))
        whole[who] = hashlib.sha256(data).digest()
        with open(temp(who + ".in"), "wb") as file:
            file.write(data)
        files[who] = (open(temp(who + ".in"), "rb"),
                      open(temp(who + ".out"), "wb"))
    bob = listener("bob", "alice", stdin=files["bob"][0],
                   stdout=files["bob"][1])
    alice = connector("alice", "bob", bob.port(), stdin=files["alice"][0],
                      stdout=files["alice"][1])
    alice.note("confirmed")
    bob.note("confirmed")
    alice.end(0)
    bob.end(0)
    for who, other in (("alice", "bob"), ("bob", "alice")):
        with open(temp(who + ".out"), "rb") as file:
            same(hashlib.sha256(file.read()).digest(), whole[other])


def resident(side):
    with open("/proc/%d/status" % side.process.pid) as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1)) * 1024


@test
def who_does_not_read_makes_the_other_wait():
    alice, bob = pair()
    block = os.urandom(64 * 1024)
    before = resident(alice) + resident(bob)
    os.set_blocking(alice.process.stdin.fileno(), False)
    sent = 0
    idle = time.monotonic()
    while time.monotonic() - idle < 2:  # until nothing more is taken
        with contextlib.suppress(BlockingIOError):
            part = alice.process.stdin.write(
                block[sent % len(block):]) or 0
            if part:
                sent += part
                idle = time.monotonic()
                holds(sent < 200 * MIB, "no end of it")
                continue
        time.sleep(0.02)
    grown = resident(alice) + resident(bob) - before
    holds(grown < 4 * MIB, "%d bytes more" % grown)
    bob.say(b"the other way")  # is not held up
    same(alice.hear(13), b"the other way")
    alice.close()
    want = hashlib.sha256((block * (sent // len(block) + 1))[:sent])
    same(hashlib.sha256(bob.end(0)).digest(), want.digest())
    alice.end(0)


@test
def somebody_else_connects():
    bob = listener("bob", "alice")  # Bob expects Alice, and Carol comes
    carol = connector("carol", "bob", bob.port())
    same(bob.end(4, "not the peer"), b"")
    same(carol.end(4, "unconfirmed"), b"")


@test
def somebody_else_listens():
    carol = listener("carol", "alice")
    alice = connector("alice", "bob", carol.port())
    alice.say(b"secret")  # before anybody is confirmed
    same(carol.end(4, "not the peer"), b"")
    same(alice.end(4, "unconfirmed"), b"")


@test
def the_same_name_of_another_authority():
    bob = listener("bob-elsewhere", "alice")
    alice = connector("alice", "bob", bob.port())
    same(bob.end(4), b"")
    same(alice.end(4), b"")


@test
def both_begin_or_both_wait():
    one = listener("bob", "alice", "--timeout", "1")
    two = socket.create_connection(("127.0.0.1", one.port()))
    same(one.end(6, "has not answered"), b"")
    two.close()


@test
def noise_and_silence():
    for noise in (b"\0" * M1, b"GET / HTTP/1.0\r\n\r\n" * 40, os.urandom(M1)):
        bob = listener("bob", "alice")
        with socket.create_connection(("127.0.0.1", bob.port())) as stranger:
            stranger.sendall(noise)
            same(bob.end(4), b"")
    bob = listener("bob", "alice")
    socket.create_connection(("127.0.0.1", bob.port())).close()
    same(bob.end(4, "unconfirmed"), b"")


@test
def the_exchange_changed_on_the_way():
    for at in (0, 100, 200, M1 - 1, M1, M1 + 100):  # M1, M3
        alice, bob = through(forth=flip(at))
        bob.end(4)
        alice.end(4)
    for at in (0, 100, M1 + 31):  # M2
        alice, bob = through(back=flip(at))
        alice.end(4)
        bob.end(4)


@test
def the_exchange_replayed():
    record = []

    def keep(data, seen):
        record.append(data)
        return data
    alice, bob = through(forth=keep)
    alice.note("confirmed")
    bob.note("confirmed")
    alice.say(b"pay 100")
    same(bob.hear(7), b"pay 100")
    bob.close()
    alice.end(0)
    bob.end(0)
    again = listener("bob", "alice")
    with socket.create_connection(("127.0.0.1", again.port())) as stranger:
        stranger.sendall(b"".join(record))
        same(again.end(4), b"")


@test
def the_data_changed_on_the_way():
    first = 1000  # of Alice's text, in one record
    start = 2 * M1 + 32  # where it begins: M1, M3 with its tag
    for at in (0, 1, 2, 500, 2 + first + 15):
        alice, bob = through(forth=flip(start + at))
        alice.note("confirmed")
        bob.note("confirmed")
        alice.say(b"x" * first)
        alice.close()  # a length that was made longer wants more bytes
        same(bob.end(4), b"")  # not a byte of it
        alice.end(4)


@test
def the_data_cut_off():
    first = b"x" * 1000
    record = 2 + len(first) + 16
    start = 2 * M1 + 32
    for after in (0, 1, 500, record - 1, record):
        alice, bob = through(forth=cut(start + after))
        alice.note("confirmed")
        bob.note("confirmed")
        alice.say(first)
        if after == record:
            alice.close()  # so that a last record is there to be cut off
        same(bob.end(4, "cut off"), first if after == record else b"")
        alice.end(4)


@test
def a_killed_peer_is_noticed():
    for victim in (0, 1):
        sides = pair()
        sides[0].say(b"one")
        same(sides[1].hear(3), b"one")
        sides[victim].process.kill()
        same(sides[1 - victim].end(4), b"")
        sides[victim].kill()


@test
def interrupted_ends_with_130():
    alice, bob = pair()
    alice.process.send_signal(signal.SIGINT)
    alice.end(130)
    bob.end(4, "cut off")
    alone = listener("bob", "alice")
    alone.port()
    alone.process.send_signal(signal.SIGINT)
    alone.end(130)


@test
def a_closed_output_ends_with_1():
    alice, bob = pair()
    bob.process.stdout.close()
    bob.process.stdout = None
    alice.say(b"x" * 100000)
    bob.end(1, "output")
    alice.end(4)


@test
def events_as_json():
    bob = listener("bob", "alice", "--json")
    line = json.loads(bob.process.stderr.readline())
    same(line["event"], "listening")
    alice = connector("alice", "bob", int(line["address"].rsplit(":", 1)[1]),
                      "--json", "--quiet")
    for side, peer in ((alice, "bob"), (bob, "alice")):
        same(json.loads(side.process.stderr.readline()),
             {"schema": 1, "event": "confirmed", "peer": name_of(peer)})
    bob.process.kill()
    bob.process.wait()
    alice.process.stdin.close()
    same(json.loads(alice.process.stderr.read())["error"]["code"], "CORRUPT")
    same(alice.process.wait(LIMIT), 4)


@test
def in_a_shell():
    script = """
        "$0" ibake alice@example.org -d "$2" -q --listen 127.0.0.1:0 --json \
            2> "$3" > "$4" < /dev/null &
        until grep -q listening "$3"; do sleep 0.05; done
        port=$(sed -n 's/.*127.0.0.1:\\([0-9]*\\)".*/\\1/p' "$3")
        head -c 3000000 /dev/zero | tr '\\0' 'A' |
            "$0" ibake bob@example.org -d "$1" -q --connect 127.0.0.1:$port |
            wc -c
        wait $!
    """
    done = subprocess.run(
        ["bash", "-c", script, os.path.abspath(program(ATTRIUM)),
         home("alice"), home("bob"), temp("err"), temp("got")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=LIMIT)
    same((done.returncode, done.stdout.strip()), (0, b"0"), done.stderr)
    with open(temp("got"), "rb") as file:
        same(file.read(), b"A" * 3000000)


run_tests()
