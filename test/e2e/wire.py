"""A client that means harm: raw TLS, raw WebSocket, raw frames, and a proxy
between an honest client and the hall that holds the hall's own key."""

import os
import select
import socket
import ssl
import struct
import threading

HELLO, REFUSED, CREATED, ROOMS, ROOM, CHALLENGE = range(1, 7)
CREATE, LIST, LOOK, OPEN, ANSWER, CONTRIBUTE, CONFIRM, TEXT, LEAVE = range(
    0x41, 0x4a)
MALFORMED, ORDER, NO_ROOM, FULL, DENIED, SLOW, CLOSING = range(1, 8)
LIMIT = 30.0 # seconds for an answer: only a test that fails waits so long


def tls(port, limit=LIMIT):
    """A TLS connection that trusts anybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    raw = socket.create_connection(("127.0.0.1", port), limit)
    return context.wrap_socket(raw)


def upgrade(path="/v1/room", extra=""):
    return ("GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n" %
            (path, extra)).encode()


def ws_frame(payload, opcode=2, fin=True, mask=True, length=None):
    """One WebSocket frame; `length` lies about its size."""
    size = len(payload) if length is None else length
    head = bytes([(0x80 if fin else 0) | opcode])
    bit = 0x80 if mask else 0
    if size < 126:
        head += bytes([bit | size])
    elif size < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", size)
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", size)
    if not mask:
        return head + payload
    key = os.urandom(4)
    return head + key + bytes(b ^ key[i & 3] for i, b in enumerate(payload))


def frame(kind, body=b"", length=None):
    """One frame of proto/frame.h; `length` lies about its size."""
    size = len(body) + 1 if length is None else length
    return struct.pack(">IB", size, kind) + body


def kinds_sent(record):
    """The kinds of the protocol's frames in what a client sent: its upgrade,
    then masked binary WebSocket frames, as they came."""
    rest = record.split(b"\r\n\r\n", 1)[1]
    stream = b""
    while len(rest) >= 2:
        size, at = rest[1] & 127, 2
        if size >= 126:
            at += 2 if size == 126 else 8
            size = int.from_bytes(rest[2:at], "big")
        key, payload = rest[at:at + 4], rest[at + 4:at + 4 + size]
        if rest[0] & 15 == 2:
            stream += bytes(b ^ key[i & 3] for i, b in enumerate(payload))
        rest = rest[at + 4 + size:]
    kinds = []
    while len(stream) >= 5:
        kinds.append(stream[4])
        stream = stream[4 + int.from_bytes(stream[:4], "big"):]
    return kinds


class Raw:
    """A WebSocket to the hall, by hand."""

    def __init__(self, port, limit=LIMIT, first=upgrade()):
        """Sends `first`, of which the upgrade may be only the beginning."""
        self.socket = tls(port, limit)
        self.rest = b""
        self.stream = b""
        self.closed = False
        self.code = None
        self.send_raw(first)
        while b"\r\n\r\n" not in self.rest:
            self._more()
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        if b" 101 " not in head:
            raise OSError("no upgrade: %r" % head[:80])

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except (TimeoutError, socket.timeout) as late:
            raise TimeoutError from late
        except OSError:
            data = b""
        if not data:
            self.closed = True
            raise EOFError
        self.rest += data

    def send(self, payload, **how):
        try:
            self.socket.sendall(ws_frame(payload, **how))
        except OSError:
            self.closed = True

    def send_raw(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            self.closed = True

    def _take_ws(self):
        """Moves one whole WebSocket frame to the stream."""
        need = 2
        while True:
            while len(self.rest) < need:
                self._more()
            size = self.rest[1] & 127
            at = 2 + (2 if size == 126 else 8 if size == 127 else 0)
            if len(self.rest) < at:
                need = at
                continue
            if size == 126:
                size = struct.unpack(">H", self.rest[2:4])[0]
            elif size == 127:
                size = struct.unpack(">Q", self.rest[2:10])[0]
            need = at + size
            if len(self.rest) >= need:
                break
        opcode = self.rest[0] & 15
        payload = self.rest[at:need]
        self.rest = self.rest[need:]
        if opcode == 8:
            self.code = struct.unpack(">H", payload[:2])[0] if payload else 0
            self.closed = True
        elif opcode == 2:
            self.stream += payload

    def next(self):
        """The next frame (kind, body), or None when the hall has closed."""
        try:
            while True:
                if len(self.stream) >= 4:
                    size = struct.unpack(">I", self.stream[:4])[0]
                    if len(self.stream) >= 4 + size:
                        body = self.stream[4:4 + size]
                        self.stream = self.stream[4 + size:]
                        return body[0], body[1:]
                if self.closed:
                    return None
                self._take_ws()
        except EOFError:
            return None
        except TimeoutError:
            return "late"

    def refusal(self):
        """Why the hall refuses, after whatever else it says."""
        while True:
            got = self.next()
            if got is None or got == "late":
                return got
            if got[0] == REFUSED:
                return got[1][0]

    def close(self):
        self.socket.close()


class Flow:
    """One direction of a proxied connection, both ends not blocking."""

    def __init__(self, source, sink, mangle):
        self.source = source
        self.sink = sink
        self.mangle = mangle
        self.count = 0
        self.rest = b"" # read, and not yet passed on
        self.cut = False

    def move(self):
        """Moves all that can be moved now; False when an end is gone. It
        reads until OpenSSL itself has nothing more: what that has taken
        from the socket already, select() does not see."""
        try:
            while True:
                while self.rest:
                    self.rest = self.rest[self.sink.send(self.rest):]
                if self.cut:
                    return False
                data = self.source.recv(65536)
                if not data:
                    return False
                self.count += 1
                self.rest, self.cut = self.mangle(data, self.count)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return True
        except OSError:
            return False


class Proxy:
    """Stands between clients and the hall; `mangle(up, data, n)` gives what
    to pass on in place of the n-th piece in a direction, and whether to cut
    the connection then. A connection has one thread: OpenSSL does not allow
    one to read while another writes."""

    def __init__(self, world, mangle=None):
        self.port_up = world.hall_port
        self.mangle = mangle or (lambda up, data, n: (data, False))
        self.sent = [] # what clients sent, connection by connection
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(world.path("hall", "tls.crt"),
                                     world.path("hall", "tls.key"))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def link(self, link):
        """`link`, leading here."""
        return link.replace(":%d/" % self.port_up, ":%d/" % self.port)

    def _accept(self):
        while True:
            try:
                raw, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(raw,),
                             daemon=True).start()

    def _serve(self, raw):
        try:
            raw.settimeout(LIMIT)
            with self.context.wrap_socket(raw, server_side=True) as client, \
                    tls(self.port_up) as hall:
                self._relay(client, hall)
        except OSError:
            raw.close()

    def _relay(self, client, hall):
        record = bytearray()
        self.sent.append(record)

        def up(data, n):
            record.extend(data)
            return self.mangle(True, data, n)

        flows = [Flow(client, hall, up),
                 Flow(hall, client, lambda data, n: self.mangle(False, data,
                                                                n))]
        for end in (client, hall):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            end.setblocking(False)
        while all([flow.move() for flow in flows]):
            select.select([f.source for f in flows if not f.rest],
                          [f.sink for f in flows if f.rest], [])

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR) # wakes accept()
        self.listener.close()
