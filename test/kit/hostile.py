"""For tests of hostile input: bytes over TLS as they are, a server that answers
whatever it is told to, and what a node keeps, to be compared."""

import functools
import os
import socket
import sqlite3
import ssl
import threading

from programs import SLOW, anybody


def free_ports(count):
    """Ports that nobody had a moment ago."""
    taken = [socket.socket() for _ in range(count)]
    for s in taken:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in taken]
    for s in taken:
        s.close()
    return ports


def chain_of(folder):
    return (os.path.join(folder, "tls.crt"), os.path.join(folder, "tls.key"))


@functools.lru_cache()
def context_of(chain=None):
    """Of a client that shows this certificate."""
    context = anybody()
    if chain:
        context.load_cert_chain(*chain)
    return context


def exchange(port, data, chain=None, plain=False):
    """What comes back for these bytes until it is whole or ends."""
    context = context_of(chain)
    raw = socket.create_connection(("127.0.0.1", port), 60 * SLOW)
    got = b""
    try:
        with raw if plain else context.wrap_socket(raw) as s:
            s.sendall(data)
            bare = data.startswith((b"HEAD ", b"CONNECT "))
            while not is_whole(got) and not (bare and b"\r\n\r\n" in got):
                some = s.recv(65536)
                if not some:
                    break
                got += some
    except (ConnectionError, ssl.SSLError):
        pass
    return got


def is_whole(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    length = header(head, b"content-length")
    return length is not None and len(body) >= int(length)


def header(head, name):
    for line in head.split(b"\r\n"):
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip()
    return None


def status_of(answer):
    """The number in the first line; None when it is no HTTP."""
    parts = answer.split(b"\r\n", 1)[0].split()
    return int(parts[1]) if parts[:1] == [b"HTTP/1.1"] else None


def page(body, status=200, length=None):
    return (b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" %
            (status, len(body) if length is None else length)) + body


class Liar:
    """A server with the certificate of `folder`. `says` is a function of the
    head that gives the bytes of the answer; after one that is no whole HTTP
    the connection ends. Counts what it was asked."""

    def __init__(self, folder, port, says):
        self.says = says
        self.asked = 0
        self.changed = threading.Condition()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(*chain_of(folder))
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.open = set()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                raw, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=[raw],
                             daemon=True).start()

    def serve(self, raw):
        self.open.add(raw)
        try:
            with self.context.wrap_socket(raw, server_side=True) as s:
                self.open.add(s)
                while True:
                    head = b""
                    while b"\r\n\r\n" not in head:
                        some = s.recv(65536)
                        if not some:
                            return
                        head += some
                    answer = self.says(head)
                    with self.changed:
                        self.asked += 1
                        self.changed.notify_all()
                    s.sendall(answer)
                    if not is_whole(answer):
                        return
        except OSError:
            pass

    def wait_asked(self, count, limit=60):
        """Until it has been asked so many times more."""
        with self.changed:
            want = self.asked + count
            return self.changed.wait_for(lambda: self.asked >= want,
                                         limit * SLOW)

    def close(self):
        self.listener.close()
        for s in list(self.open):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def ledger_of(folder):
    """All rows of a node's database but how far it has read its peers."""
    path = os.path.join(folder, "kmsd.db")
    database = sqlite3.connect("file:%s?mode=ro" % path, uri=True,
                               timeout=30 * SLOW)
    try:
        names = [row[0] for row in database.execute(
            "SELECT name FROM sqlite_master WHERE type='table'"
            " ORDER BY name")]
        return {name: database.execute(
            "SELECT * FROM %s" % name).fetchall()
            for name in names if name != "places"}
    finally:
        database.close()


def files_of(folder):
    """Every file below with its bytes, but those of the database and locks."""
    out = {}
    for path, _, names in os.walk(folder):
        for name in names:
            if not name.startswith("kmsd.db") and not name.endswith(".lock"):
                with open(os.path.join(path, name), "rb") as f:
                    out[os.path.relpath(os.path.join(path, name),
                                        folder)] = f.read()
    return out


ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001
SHARE_AT = 7 + 1 + 1 + 32  # of alpha_j in share.key


def share_forms(folder):
    """A node's share as it may show: in a file, as words, as words in
    Montgomery's form, and in text."""
    with open(os.path.join(folder, "share.key"), "rb") as f:
        data = f.read()
    forms = []
    for at in range(SHARE_AT, len(data), 32):
        share = int.from_bytes(data[at:at + 32], "big")
        forms += [share.to_bytes(32, "big"), share.to_bytes(32, "little"),
                  (share * 2**256 % ORDER).to_bytes(32, "little"),
                  data[at:at + 32].hex().encode()]
    return forms
