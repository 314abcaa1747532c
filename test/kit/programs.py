"""What end-to-end tests share: the built programs, HTTPS, TAP."""

import atexit
import base64
import hashlib
import http.client
import json
import os
import re
import select
import shutil
import signal
import ssl
import struct
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get("ATTRIUM_BUILD", "build")
SLOW = float(os.environ.get("ATTRIUM_SLOW", "1"))  # under sanitizers: 10

tests = []


def test(function):
    """A function that is a test; its name is the test's."""
    tests.append(function)
    return function


class Skip(Exception):
    """Raised by a test that cannot run here; says why."""


def run_tests():
    """Runs them in the order they stand in, as TAP."""
    failed = 0
    print("1..%d" % len(tests), flush=True)
    for number, function in enumerate(tests, 1):
        name = function.__name__.replace("_", " ")
        try:
            function()
            print("ok %d - %s" % (number, name), flush=True)
        except Skip as why:
            print("ok %d - %s # SKIP %s" % (number, name, why), flush=True)
        except Exception as error:  # a test may fail in any way
            failed += 1
            text = "%s: %s" % (type(error).__name__, error)
            frame = error.__traceback__
            while frame.tb_next:
                frame = frame.tb_next
            print("# line %d: %s" % (frame.tb_lineno,
                                     text.replace("\n", "\n# ")))
            print("not ok %d - %s" % (number, name), flush=True)
    sys.exit(1 if failed else 0)


def same(got, want, what=""):
    if got != want:
        raise AssertionError("%s got %r, want %r" % (what, got, want))


def holds(condition, what="does not hold"):
    if not condition:
        raise AssertionError(what)


def program(name):
    folder = name.replace("attrium-", "").split("-")[0]
    folder = {"login": "source"}.get(folder, folder)
    return os.path.join(BUILD, "app", folder, name)


class Temp:
    """A directory for one test file, gone at the end."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="attrium-test-")
        atexit.register(shutil.rmtree, self.path, True)

    def __call__(self, *names):
        return os.path.join(self.path, *names)


class Result:
    def __init__(self, code, out, err):
        self.code = code
        self.out = out
        self.err = err

    def json(self):
        return json.loads(self.out)


def run(name, *args, stdin=b"", env=None, stdout=None, limit=60):
    """Runs a program to its end, without a terminal."""
    full = dict(os.environ)
    full.pop("ATTRIUM_ASKPASS", None)
    full.update(env or {})
    done = subprocess.run([program(name), *args], input=stdin, env=full,
                          stdout=stdout or subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=limit * SLOW,
                          start_new_session=True)
    return Result(done.returncode, (done.stdout or b"").decode(),
                  done.stderr.decode())


def expect(code, name, *args, **options):
    """Runs a program that must end with `code`; a failure must be said in one
    line that names the program."""
    got = run(name, *args, **options)
    if got.code != code:
        raise AssertionError("%s %s: exit %d, want %d\n%s%s" % (
            name, " ".join(args), got.code, code, got.out, got.err))
    if code != 0:
        lines = [line for line in got.err.splitlines()
                 if not line.startswith("try '")]
        holds(len(lines) == 1 and lines[0].startswith(name + ": "),
              "not one line of its own: %r" % got.err)
    return got


class Server:
    """A server program, from its first line of output to its end."""

    def __init__(self, name, *args, env=None, lines=1):
        full = dict(os.environ)
        full.update(env or {})
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [program(name), *args], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self.log, env=full, bufsize=0,
            start_new_session=True)
        atexit.register(self.kill)
        self.lines = []
        for _ in range(lines):
            ready, _, _ = select.select([self.process.stdout], [], [],
                                        60 * SLOW)
            line = self.process.stdout.readline().decode() if ready else ""
            if not line:
                self.kill()
                raise AssertionError("%s did not start: %s" % (name,
                                                               self.text()))
            self.lines.append(line.strip())
        found = re.search(r"://(.*):(\d+)/?#([0-9a-f]{64})$", self.lines[0])
        holds(found, "no link: %r" % self.lines[0])
        self.port = int(found.group(2))
        self.pin = found.group(3)
        self.address = self.lines[0].split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def text(self):
        """What it has logged; without seeking, as the place is shared with
        the program that writes."""
        log = self.log.fileno()
        return os.pread(log, os.fstat(log).st_size, 0).decode()

    def wait_for(self, text, limit=60):
        end = time.monotonic() + limit * SLOW
        while text not in self.text():
            holds(time.monotonic() < end, "no %r in the log:\n%s" %
                  (text, self.text()))
            time.sleep(0.02)

    def send(self, number):
        self.process.send_signal(number)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def stop(self, number=signal.SIGTERM, limit=60):
        """Returns the exit code after a signal that asks it to end."""
        self.process.send_signal(number)
        return self.process.wait(limit * SLOW)

    def call(self, method, path, body=None, headers=None):
        """One HTTPS request: status and body."""
        connection = http.client.HTTPSConnection(
            "127.0.0.1", self.port, timeout=60 * SLOW, context=anybody())
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def get(self, path):
        return self.call("GET", path)

    def get_json(self, path):
        status, body = self.get(path)
        same(status, 200, path)
        return json.loads(body)

    def post_json(self, path, value):
        status, body = self.call("POST", path, json.dumps(value),
                                 {"Content-Type": "application/json"})
        return status, json.loads(body)


def anybody():
    """Tests look at pins themselves."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def served_pin(port):
    """SHA-256 of the SubjectPublicKeyInfo that a server shows (P-256)."""
    der = ssl.PEM_cert_to_DER_cert(
        ssl.get_server_certificate(("127.0.0.1", port)))
    at = der.index(bytes.fromhex("3059301306072a8648ce3d0201"))
    return hashlib.sha256(der[at:at + 91]).hexdigest()


def number(name, value, width=32):
    """The derived attributes of a number (doc/conventions.md)."""
    for length in range(width + 1):
        prefix = value >> (width - length)
        yield (b"\1num" + struct.pack(">I", len(name)) + name.encode() +
               bytes([width, length]) + struct.pack(">I", prefix))


def request_bytes(*attributes):
    """An enrolment request: names, or bytes as they are."""
    names = sorted(a if isinstance(a, bytes) else a.encode()
                   for a in attributes)
    return (b"\1" + os.urandom(32) + os.urandom(16) +
            struct.pack(">H", len(names)) +
            b"".join(bytes([len(n)]) + n for n in names))


def identity_bytes(name, period=0):
    """An enrolment request for an identity."""
    name = name if isinstance(name, bytes) else name.encode()
    return (b"\2" + os.urandom(32) + os.urandom(16) + bytes([len(name)]) +
            name + bytes(123 - len(name)) + struct.pack(">I", period))


def base64_text(data):
    return base64.b64encode(data).decode()
