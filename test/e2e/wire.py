"""A client that means harm: raw TLS, raw WebSocket, raw frames, and a proxy
between an honest client and the hall that holds the hall's own key."""

import os
import socket
import ssl
import struct
import threading

HELLO, REFUSED, CREATED, ROOMS, ROOM, CHALLENGE = range(1, 7)
CREATE, LIST, LOOK, OPEN, ANSWER, CONTRIBUTE, CONFIRM, TEXT, LEAVE = range(
    0x41, 0x4a)
MALFORMED, ORDER, NO_ROOM, FULL, DENIED, SLOW, CLOSING = range(1, 8)


def tls(port, limit=5.0):
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


class Raw:
    """A WebSocket to the hall, by hand."""

    def __init__(self, port, limit=5.0):
        self.socket = tls(port, limit)
        self.rest = b""
        self.stream = b""
        self.closed = False
        self.code = None
        self.socket.sendall(upgrade())
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


class Proxy:
    """Stands between clients and the hall; `mangle(up, data, n)` gives what
    to pass on in place of the n-th piece in a direction, and whether to cut
    the connection then."""

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
            client = self.context.wrap_socket(raw, server_side=True)
            hall = tls(self.port_up, 30)
        except OSError:
            raw.close()
            return
        record = bytearray()
        self.sent.append(record)
        both = (client, hall)
        for a, b, up in ((client, hall, True), (hall, client, False)):
            threading.Thread(target=self._pump,
                             args=(a, b, up, record, both),
                             daemon=True).start()

    def _pump(self, source, sink, up, record, both):
        count = 0
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                count += 1
                if up:
                    record.extend(data)
                data, cut = self.mangle(up, data, count)
                sink.sendall(data)
                if cut:
                    break
        except OSError:
            pass
        for end in both:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()
