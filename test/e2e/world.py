"""What the end-to-end tests share: TAP, the real programs in a temporary
directory on loopback ports that the system chooses, and people in a room.
Standard library alone."""

import json
import os
import queue
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

BUILD = os.environ.get("ATTRIUM_BUILD", os.path.join(os.getcwd(), "build"))
ATTRIUM = os.path.join(BUILD, "app/attrium/attrium")
KMSD = os.path.join(BUILD, "app/kmsd/attrium-kmsd")
HALLD = os.path.join(BUILD, "app/halld/attrium-halld")

POLICY = "(ONE or THREE) and (TWO or FOUR)"
LIMIT = 60.0 # seconds for anything; only a test that fails waits so long


class Tap:
    """Counts checks; `done` prints the plan and exits."""

    def __init__(self):
        self.count = 0
        self.failed = 0

    def ok(self, good, name, detail=""):
        self.count += 1
        self.failed += not good
        print("%s %d - %s" % ("ok" if good else "not ok", self.count, name),
              flush=True)
        if not good and detail != "":
            for line in str(detail).splitlines()[:20]:
                print("# " + line, flush=True)
        return good

    def equal(self, got, want, name):
        return self.ok(got == want, name, "got %r\nwanted %r" % (got, want))

    def note(self, text):
        print("# " + text, flush=True)

    def skip(self, name, why):
        self.count += 1
        print("ok %d - %s # SKIP %s" % (self.count, name, why), flush=True)

    def done(self):
        print("1..%d" % self.count, flush=True)
        sys.exit(self.failed != 0)


def wait_until(condition, limit=LIMIT, pause=0.02):
    """Whether `condition()` comes true within `limit` seconds."""
    end = time.monotonic() + limit
    while True:
        if condition():
            return True
        if time.monotonic() > end:
            return False
        time.sleep(pause)


def quiet_port():
    """A free port that the system gives to nobody by itself: one who connects
    while a hall is down would else be given the hall's, and keep it."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as f:
        first = int(f.read().split()[0])
    while True:
        port = random.randrange(max(first - 16384, 1024), first)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                pass


class Server:
    """A server that says its address in one of its first lines."""

    def __init__(self, argv, key, env=None, log=None):
        self.process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=log if log else subprocess.DEVNULL, env=env)
        self.address = None
        for line in self.process.stdout:
            word, _, rest = line.decode().strip().partition(" ")
            if word == key:
                self.address = rest
                break
        if self.address is None:
            raise RuntimeError("%s did not start" % argv[0])

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(LIMIT)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        return self.process.returncode

    def crash(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class World:
    """An authority, a hall and the homes of people, gone at the end."""

    def __init__(self, hall_conf=""):
        self.dir = tempfile.mkdtemp(prefix="attrium-e2e-")
        self.authority = None
        self.hall = None
        self.people = []
        self.log = open(os.path.join(self.dir, "log"), "wb")
        self.env = dict(os.environ)
        for name in list(self.env):
            if name.startswith(("ATTRIUM_HALLD", "ATTRIUM_HOME",
                                "ATTRIUM_KMSD", "XDG_")):
                del self.env[name]
        self.env["HOME"] = self.dir
        self.hall_port = 0
        self.hall_conf = os.path.join(self.dir, "halld.conf")
        with open(self.hall_conf, "w") as conf:
            conf.write("[log]\nlevel = warn\n" + hall_conf)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        for person in self.people:
            person.drop()
        for server in (self.hall, self.authority):
            if server is not None:
                server.stop()
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def run(self, *argv, data=b"", timeout=2 * LIMIT, env=None, cwd=None):
        """Runs a program to its end: (status, stdout, stderr), as bytes."""
        done = subprocess.run([str(a) for a in argv], input=data,
                              capture_output=True, timeout=timeout,
                              env=env or self.env, cwd=cwd, check=False)
        return done.returncode, done.stdout, done.stderr

    def attrium(self, home, *args, **more):
        """`attrium` with the words of `args`, of the person `home`."""
        env = dict(self.env)
        env["ATTRIUM_HOME"] = self.path("home-" + home)
        return self.run(ATTRIUM, *args, env=env, **more)

    def start_authority(self, attributes="ONE TWO THREE FOUR FIVE", *args):
        status, _, err = self.run(KMSD, "init", "-d", self.path("authority"),
                                  "--name", "test", "--attributes",
                                  attributes, *args)
        if status != 0:
            raise RuntimeError(err.decode())
        return self.run_authority()

    def run_authority(self, port=0):
        self.authority = Server(
            [KMSD, "run", "-d", self.path("authority"), "--listen",
             "127.0.0.1:%d" % port, "--log-level", "warn"], "address",
            self.env, self.log)
        return self.authority.address

    def start_hall(self):
        """Starts, and after a crash starts again, on the same port."""
        self.hall_port = self.hall_port or quiet_port()
        self.hall = Server(
            [HALLD, "run", "-c", self.hall_conf, "-d", self.path("hall"),
             "--listen", "127.0.0.1:%d" % self.hall_port], "hall", self.env,
            self.log)
        return self.hall.address

    def approve(self, *ids):
        return self.run(KMSD, "approve", "-d", self.path("authority"), *ids)

    def give_key(self, home, attributes):
        """Request, approval, fetch; the id of the request."""
        status, out, err = self.attrium(home, "key", "request", "--authority",
                                        self.authority.address, attributes)
        if status != 0:
            raise RuntimeError(err.decode())
        status, _, err = self.approve(out.decode().strip())
        if status != 0:
            raise RuntimeError(err.decode())
        status, _, err = self.attrium(home, "key", "fetch")
        if status != 0:
            raise RuntimeError(err.decode())
        return out.decode().strip()

    def create_room(self, home, policy=POLICY, *args):
        status, out, err = self.attrium(home, "room", "create", "--hall",
                                        self.hall.address, policy, *args)
        if status != 0:
            raise RuntimeError(err.decode())
        return out.decode().strip()

    def story(self, last=15):
        """What each person lately saw, a line each, for a test that fails."""
        return "\n".join(
            "%s: %s" % (p.nick, "; ".join(
                " ".join(str(v)[:40] for v in e.values())
                for e in list(p.events)[-last:])) for p in self.people)

    def enter(self, home, link, *args, nick=None):
        person = Person(self, home, link, args, nick or home)
        self.people.append(person)
        return person


class Person:
    """An `attrium chat --json`; its events are collected by a thread."""

    def __init__(self, world, home, link, args, nick):
        env = dict(world.env)
        env["ATTRIUM_HOME"] = world.path("home-" + home)
        self.nick = nick
        self.process = subprocess.Popen(
            [ATTRIUM, "chat", "--json", "--nick", nick, link, *args],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=world.log, env=env)
        self.events = []
        self.fresh = queue.Queue()
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self):
        for line in self.process.stdout:
            event = json.loads(line)
            self.events.append(event)
            self.fresh.put(event)
        self.process.stdout.close()

    def of(self, kind):
        return [e for e in list(self.events) if e["event"] == kind]

    def last(self, kind):
        found = self.of(kind)
        return found[-1] if found else None

    def texts(self):
        return [(e["nick"], e["text"]) for e in self.of("text")]

    def tell(self, **command):
        try:
            self.process.stdin.write(json.dumps(command).encode() + b"\n")
            self.process.stdin.flush()
            return True
        except (BrokenPipeError, ValueError):
            return False

    def say(self, text):
        return self.tell(cmd="say", text=text)

    def wait_for(self, kind, count=1, limit=LIMIT):
        return wait_until(lambda: len(self.of(kind)) >= count, limit)

    def is_keyed_with(self, members):
        last = self.last("keyed")
        return last is not None and last["members"] == members

    def leave(self, limit=LIMIT):
        """Quits; the exit status, or None when it does not end."""
        self.tell(cmd="quit")
        return self.end(limit)

    def end(self, limit=LIMIT):
        try:
            self.process.wait(limit)
        except subprocess.TimeoutExpired:
            return None
        self.thread.join(LIMIT)
        return self.process.returncode

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def drop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass


def agree(people, limit=LIMIT):
    """Whether all come to the same epoch and key mark, with all as members."""
    def same():
        keyed = [p.last("keyed") for p in people]
        return (all(k is not None and k["members"] == len(people)
                    for k in keyed)
                and len({(k["epoch"], k["mark"]) for k in keyed}) == 1)
    return wait_until(same, limit)
