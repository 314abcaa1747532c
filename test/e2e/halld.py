"""attrium-halld as a real program on loopback: configuration, pages, signals,
a damaged store. What people say in rooms is tested by others."""

import json
import os
import signal
import socket
import sqlite3
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../kit"))
from programs import *  # noqa

NAME = "attrium-halld"
temp = Temp()
DIR = temp("hall")
server = None


def config(text, name="hall.conf"):
    with open(temp(name), "w") as file:
        file.write(text)
    return temp(name)


def start(*args, env=None, lines=1, folder=DIR):
    return Server(NAME, "run", "-d", folder, "--listen", "127.0.0.1:0", *args,
                  env=env, lines=lines)


def upgrade(path="/v1/room", key="x3JJHMbDL1EzLkh9GBhXDw=="):
    """A WebSocket by hand: the connection and what the server answered."""
    raw = socket.create_connection(("127.0.0.1", server.port), 60 * SLOW)
    tls = anybody().wrap_socket(raw)
    tls.sendall(("GET %s HTTP/1.1\r\nHost: hall\r\nUpgrade: websocket\r\n"
                 "Connection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"
                 "Sec-WebSocket-Version: 13\r\n\r\n" % (path, key)).encode())
    head = b""
    while b"\r\n\r\n" not in head:
        piece = tls.recv(1)
        if not piece:
            break
        head += piece
    return tls, head.decode()


def exactly(tls, count):
    data = b""
    while len(data) < count:
        piece = tls.recv(count - len(data))
        holds(piece, "closed")
        data += piece
    return data


def message(tls):
    """One frame from the server: opcode and payload."""
    first, length = exactly(tls, 2)
    if length == 126:
        length = struct.unpack(">H", exactly(tls, 2))[0]
    elif length == 127:
        length = struct.unpack(">Q", exactly(tls, 8))[0]
    return first & 15, exactly(tls, length)


def frame(payload, opcode=2):
    """One masked frame from a client."""
    mask = os.urandom(4)
    head = bytes([0x80 | opcode])
    if len(payload) < 126:
        head += bytes([0x80 | len(payload)])
    else:
        head += bytes([0x80 | 126]) + struct.pack(">H", len(payload))
    return head + mask + bytes(c ^ mask[i % 4] for i, c in enumerate(payload))


def protocol(kind, body=b""):
    """A frame of doc/protocol.md."""
    return struct.pack(">IB", 1 + len(body), kind) + body


def metric(name):
    for line in server.get("/metrics")[1].decode().splitlines():
        if line.startswith(name + " "):
            return int(line.split()[1])
    raise AssertionError("no " + name)


@test
def help_and_version():
    for args in (["help"], ["--help"], ["run", "--help"],
                 ["help", "check-config"]):
        holds("usage: attrium-halld" in expect(0, NAME, *args).out)
    holds(expect(0, NAME, "--version").out.startswith("attrium-halld "))
    for args in ([], ["walk"], ["run", "--nothing"], ["run", "x"],
                 ["run", "--listen", "x"], ["run", "--listen"]):
        expect(2, NAME, *args)


@test
def default_config_is_in_order():
    text = expect(0, NAME, "default-config").out
    holds("[listen]" in text and "#port = 7000" in text)
    source = os.environ.get("ATTRIUM_SOURCE", ".")
    same(open(os.path.join(source, "app/halld/attrium-halld.conf")).read(),
         text, "the example file")
    expect(0, NAME, "check-config", "-c", config(text))
    bare = "\n".join(line[1:] if line.startswith("#") and " = " in line and
                     not line.startswith("# ") else line
                     for line in text.splitlines())
    expect(0, NAME, "check-config", "-c", config(bare))


@test
def config_errors_name_file_and_line():
    cases = [("[listen]\nport = 70000\n", " line 2:"),
             ("[listen]\nport = -1\n", " line 2:"),
             ("[listen]\nport = seven\n", " line 2:"),
             ("\n\n[listen]\ncolour = red\n", " line 4:"),
             ("[lisen]\nport = 1\n", " line 1:"),
             ("port = 1\n", " line 1:"),
             ("[listen\nport = 1\n", " line 1:"),
             ("[listen]\nport = 1\nport = 2\n", " line 3:"),
             ("[listen]\nport\n", " line 2:"),
             ("[listen]\naddress = \"x\n", " line 2:"),
             ("[time]\ngrace = 5 parsecs\n", " line 2:"),
             ("[limits]\nunsent = 1 B\n", " line 2:"),
             ("[limits]\nmembers = 10001\n", " line 2:"),
             ("[listen]\nport = 1\0\n", " line 2:"),
             ("[listen]\n" + "x" * 5000 + " = 1\n", " line 2:")]
    for text, where in cases:
        path = config(text)
        got = expect(2, NAME, "check-config", "-c", path)
        holds(path + where in got.err, "%r: %s" % (text[:60], got.err))
    for text in ("[log]\nlevel = loud\n", "[log]\nformat = xml\n",
                 "[metrics]\nlisten = 0.0.0.0:9\n", "[state]\ndir =\n",
                 "[tls]\ncert = /x\n", "[listen]\nname = a b\n",
                 "[metrics]\nlisten = nine\n",
                 "[rooms]\nauthorities = 0123\n",
                 "[rooms]\nauthorities = " + "x" * 64 + "\n"):
        got = expect(2, NAME, "check-config", "-c", config(text))
        holds(text.split("\n")[1].split(" ")[0] in got.err or "key" in got.err,
              got.err)
    expect(1, NAME, "check-config", "-c", temp("absent"))
    got = expect(2, NAME, "check-config", "-c", config("\xff" * 2000000))


@test
def parts_and_environment_override():
    path = config("[listen]\nport = 1\n", "parts.conf")
    os.mkdir(path + ".d")
    with open(os.path.join(path + ".d", "10-bad.conf"), "w") as file:
        file.write("[listen]\nport = many\n")
    got = expect(2, NAME, "check-config", "-c", path)
    holds("10-bad.conf line 2:" in got.err, got.err)
    with open(os.path.join(path + ".d", "10-bad.conf"), "w") as file:
        file.write("[listen]\nport = 2\n")
    expect(0, NAME, "check-config", "-c", path)
    for name, value in (("LISTEN__PORT", "many"), ("LISTEN__COLOUR", "red"),
                        ("NOTHING__PORT", "1"), ("LISTEN", "1")):
        got = expect(2, NAME, "check-config", "-c", path,
                     env={"ATTRIUM_HALLD__" + name: value})
        holds("ATTRIUM_HALLD__" + name in got.err, got.err)
    expect(0, NAME, "check-config", "-c", path,
           env={"ATTRIUM_HALLD__LISTEN__PORT": "7001"})


@test
def run_says_where_it_is():
    global server
    server = start("--host", "hall.example", "-c",
                   config("[time]\ngrace = 500 ms\n[log]\nlevel = debug\n"))
    same(server.lines[0], "hall attrium://hall.example:%d/#%s" %
         (server.port, server.pin))
    same(served_pin(server.port), server.pin)
    same(os.stat(os.path.join(DIR, "hall.db")).st_mode & 0o777, 0o600)
    same(os.stat(os.path.join(DIR, "tls.key")).st_mode & 0o777, 0o600)


@test
def pages():
    same(server.get("/healthz"), (200, b"ok\n"))
    same(server.get("/readyz"), (200, b"ready\n"))
    same(server.get_json("/version")["protocol"], 2)
    same(server.get("/")[0], 404)
    same(server.get("/v1/room")[0], 404)
    same(server.call("POST", "/healthz", b"x")[0], 405)
    same(metric("attrium_hall_rooms"), 0)


@test
def metrics_on_an_admin_listener_alone():
    other = start("-c", config("[metrics]\nlisten = 127.0.0.1:0\n",
                               "admin.conf"), folder=temp("admin"), lines=2)
    try:
        same(other.get("/metrics")[0], 404)
        port = int(other.lines[1].rsplit(":", 1)[1])
        plain = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        plain.request("GET", "/metrics")
        answer = plain.getresponse()
        same(answer.status, 200)
        holds(b"attrium_hall_rooms 0" in answer.read())
        plain.close()
    finally:
        other.kill()


@test
def second_run_is_refused():
    got = expect(1, NAME, "run", "-d", DIR, "--listen", "127.0.0.1:0")
    holds("another process" in got.err, got.err)
    expect(6, NAME, "run", "-d", temp("port"), "--listen",
           "127.0.0.1:%d" % server.port)


@test
def rooms_are_reached_by_websocket_alone():
    tls, head = upgrade()
    holds(head.startswith("HTTP/1.1 101 "), head)
    opcode, data = message(tls)
    same(opcode, 2)
    same(data[:7], struct.pack(">IBH", 35, 1, 2))  # HELLO, version 2
    same(len(data), 39)
    tls.close()
    tls, head = upgrade("/elsewhere")
    holds(" 404 " in head.splitlines()[0] or not head, head)
    tls.close()


@test
def list_of_an_empty_hall():
    tls, _ = upgrade()
    message(tls)
    tls.sendall(frame(protocol(0x42, bytes(32))))
    _, data = message(tls)
    same(data, struct.pack(">IBBH", 4, 4, 0, 0))
    tls.close()


@test
def garbage_is_refused_and_hurts_nobody():
    calm, _ = upgrade()
    message(calm)
    for garbage in (b"\xff" * 100, bytes(64), protocol(0x99), protocol(0x48),
                    protocol(0x44, bytes(32)), protocol(0x41, b"\xff" * 200),
                    protocol(0x42, bytes(31)), struct.pack(">I", 0x7fffffff),
                    protocol(0x45, bytes(32)), protocol(0x49)):
        tls, _ = upgrade()
        message(tls)
        tls.sendall(frame(garbage))
        seen = []
        try:
            while True:
                opcode, data = message(tls)
                seen.append((opcode, data))
                if opcode == 8:
                    break
        except (AssertionError, OSError):
            pass
        holds(any(opcode == 2 and data[4:5] == b"\2"
                  for opcode, data in seen), "%r: %r" % (garbage[:8], seen))
        holds(seen[-1][0] == 8, "no close: %r" % seen)
        tls.close()
    calm.sendall(frame(protocol(0x42, bytes(32))))
    same(message(calm)[1], struct.pack(">IBBH", 4, 4, 0, 0))
    calm.close()
    holds(metric("attrium_hall_malformed_total") > 0)


@test
def frames_in_pieces():
    tls, _ = upgrade()
    message(tls)
    data = protocol(0x42, bytes(32))
    for i in range(len(data)):
        tls.sendall(frame(data[i:i + 1]))
    same(message(tls)[1], struct.pack(">IBBH", 4, 4, 0, 0))
    tls.close()


def reload(text, restart="no"):
    """Another configuration, by SIGHUP."""
    count = server.text().count("restart_needed")
    config(text)
    server.send(signal.SIGHUP)
    end = time.monotonic() + 60 * SLOW
    while server.text().count("restart_needed") == count:
        holds(time.monotonic() < end, "not reloaded:\n" + server.text())
        time.sleep(0.02)
    last = [line for line in server.text().splitlines()
            if "restart_needed" in line][-1]
    same(re.search(r"restart_needed\W+(\w+)", last).group(1), restart, last)


def is_cut_after(tls, begin):
    """Seconds from `begin`, before the connection was made, until the server
    ends it because it says nothing."""
    try:
        while tls.recv(4096):
            pass
    except TimeoutError:
        raise AssertionError("it is not cut")
    except OSError:
        pass
    tls.close()
    return time.monotonic() - begin


@test
def every_key_says_whether_it_needs_a_restart():
    """The table, the manual and what SIGHUP says agree on each key."""
    source = os.environ.get("ATTRIUM_SOURCE", ".")
    manual = open(os.path.join(source, "doc/man/attrium-halld.conf.5.scd"))
    marks = {}
    for line in manual.read().split("# EXIT")[0].splitlines():
        title = re.match(r"# \[(\w+)\]$", line)
        row = re.match(r"(\*.*\*) \(.*\), (reload|restart)$", line)
        section = title.group(1) if title else section if marks else "listen"
        for key in re.findall(r"\*(\w+)\*", row.group(1)) if row else []:
            marks[section, key] = row.group(2)
    other = {"cert": None, "key": None, "address": "127.0.0.2",
             "name": "other.example", "dir": temp("elsewhere"),
             "authorities": "ab" * 32, "level": "warn", "format": "json"}
    section = doc = ""
    seen = set()
    for line in expect(0, NAME, "default-config").out.splitlines()[2:]:
        row = re.match(r"#(\w+) = (.*)$", line)
        if line.startswith("["):
            section = line.strip("[]")
        elif line.startswith("# "):
            doc += line[1:]
        elif row:
            key = row.group(1)
            seen.add((section, key))
            mark = "restart" if "Needs a restart." in doc else "reload"
            same(marks.get((section, key)), mark, "[%s] %s" % (section, key))
            value = other.get(key, "127.0.0.1:0" if section == "metrics" else
                              re.sub(r"^\d+", "7", row.group(2)))
            if (section, key) == ("limits", "authorities"):
                value = "7"
            # The command line is over these; the environment is not.
            if value and key not in ("address", "port", "dir", "name",
                                     "level", "format"):
                if key in ("handshake", "request", "ping", "answer"):
                    value = "7 s"
                reload("[%s]\n%s = %s\n" % (section, key, value),
                       "yes" if mark == "restart" else "no")
            doc = ""
    same(seen, set(marks))
    reload("[time]\ngrace = 500 ms\n")


@test
def limits_change_while_it_runs():
    calm, _ = upgrade()
    message(calm)
    reload("[limits]\nconnections = 1\n[time]\nanswer = 600 s\n")
    late = socket.create_connection(("127.0.0.1", server.port), 60 * SLOW)
    late.settimeout(0.5)
    tls = anybody().wrap_socket(late, do_handshake_on_connect=False)
    try:
        tls.do_handshake()
        holds(False, "a connection too many")
    except (socket.timeout, OSError):
        pass
    tls.close()
    calm.sendall(frame(protocol(0x42, bytes(32))))  # nobody was dropped
    same(message(calm)[1], struct.pack(">IBBH", 4, 4, 0, 0))
    reload("[limits]\nconnections = 30000\n[time]\nanswer = 600 s\n")
    same(server.get("/healthz")[0], 200)
    many = []
    for _ in range(40):
        many.append(upgrade()[0])
        message(many[-1])
    holds(metric("attrium_hall_connections") >= 40)
    for tls in many:
        tls.close()
    reload("[time]\nanswer = 1 s\n")
    begin = time.monotonic()
    tls, _ = upgrade()
    holds(0.9 < is_cut_after(tls, begin))
    reload("[time]\nhandshake = 1 s\n")
    begin = time.monotonic()
    raw = socket.create_connection(("127.0.0.1", server.port), 60 * SLOW)
    holds(0.9 < is_cut_after(raw, begin))
    calm.close()
    reload("[time]\ngrace = 500 ms\n")


@test
def hang_up_reads_certificate_and_log_again():
    old = server.pin
    for name in ("tls.crt", "tls.key"):
        os.remove(os.path.join(DIR, name))
    server.send(signal.SIGHUP)
    server.wait_for("event=reloaded restart_needed=no")
    new = served_pin(server.port)
    holds(new != old)
    config("[listen]\nbroken\n")
    server.send(signal.SIGHUP)
    server.wait_for("hall.conf line 2:")
    same(served_pin(server.port), new)
    holds("restart_needed" not in server.text().splitlines()[-1])
    with open(os.path.join(DIR, "tls.crt"), "r+") as file:
        good = file.read()
        file.seek(0)
        file.truncate()
    reloads = server.text().count("event=reload ")
    config("[log]\nformat = json\n")  # nothing of it: the certificate is bad
    server.send(signal.SIGHUP)
    end = time.monotonic() + 60 * SLOW
    while server.text().count("event=reload ") == reloads:
        holds(time.monotonic() < end, "no word of the certificate")
        time.sleep(0.02)
    same(served_pin(server.port), new)
    with open(os.path.join(DIR, "tls.crt"), "w") as file:
        file.write(good)
    config("[limits]\nmemory = 2 GiB\n[log]\nformat = json\n")
    server.send(signal.SIGHUP)
    server.wait_for('"restart_needed":"yes"')
    server.send(signal.SIGUSR1)
    server.wait_for('"event":"statistics"')


@test
def logs_name_nobody():
    text = server.text()
    for word in ("127.0.0.1", "hall.example", "::1"):
        holds(word not in text, word)


@test
def term_says_good_bye_and_ends_with_0():
    tls, _ = upgrade()
    message(tls)
    server.send(signal.SIGTERM)
    opcode, data = message(tls)
    if opcode == 2:
        same(data[4:], b"\2\7")  # REFUSED, closing
        opcode, data = message(tls)
    same((opcode, data[:2]), (8, struct.pack(">H", 1001)))
    tls.sendall(frame(data[:2], 8))
    tls.close()
    same(server.process.wait(60 * SLOW), 0)
    holds('"event":"stopped"' in server.text())


@test
def interrupt_ends_with_0():
    global server
    server = start()
    same(server.stop(signal.SIGINT), 0)


@test
def damaged_store_is_not_served():
    good = open(os.path.join(DIR, "hall.db"), "rb").read()
    for name, content in (("text", b"not a database" * 100),
                          ("cut", good[:len(good) // 2]),
                          ("page", good[:4096] + b"\xee" * 4096 +
                           good[8192:])):
        path = temp("damaged-" + name)
        os.mkdir(path)
        with open(os.path.join(path, "hall.db"), "wb") as file:
            file.write(content)
        got = expect(4, NAME, "run", "-d", path, "--listen", "127.0.0.1:0")
        holds("hall.db" in got.err)
        same(open(os.path.join(path, "hall.db"), "rb").read(), content)


@test
def room_that_is_none_is_not_served():
    path = temp("damaged-room")
    shutil.copytree(DIR, path)
    base = sqlite3.connect(os.path.join(path, "hall.db"))
    columns = [row[1:4] for row in base.execute("PRAGMA table_info(room)")]
    holds(columns, "the store's table has another name")
    values = {"id": bytes(32), "room": bytes(32), "head": b"garbage",
              "public": 1}
    names = [c[0] for c in columns if c[0] in values]
    base.execute("INSERT INTO room (%s) VALUES (%s)" % (
        ", ".join(names), ", ".join("?" * len(names))),
        [values[n] for n in names])
    base.commit()
    base.close()
    got = expect(4, NAME, "run", "-d", path, "--listen", "127.0.0.1:0")
    holds("hall.db" in got.err)


@test
def certificate_troubles():
    path = temp("certificate")
    shutil.copytree(DIR, path)
    os.chmod(os.path.join(path, "tls.key"), 0o644)
    expect(7, NAME, "run", "-d", path, "--listen", "127.0.0.1:0")
    os.remove(os.path.join(path, "tls.key"))
    got = expect(7, NAME, "run", "-d", path, "--listen", "127.0.0.1:0")
    holds("tls.key is missing" in got.err)
    with open(os.path.join(path, "tls.key"), "w") as file:
        file.write("garbage")
    os.chmod(os.path.join(path, "tls.key"), 0o600)
    expect(4, NAME, "run", "-d", path, "--listen", "127.0.0.1:0")
    expect(1, NAME, "run", "-d", path, "--listen", "127.0.0.1:0",
           env={"ATTRIUM_HALLD__TLS__CERT": temp("no.crt"),
                "ATTRIUM_HALLD__TLS__KEY": temp("no.key")})


@test
def systemd_is_told():
    global server
    path = temp("notify")
    box = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    box.bind(path)
    box.settimeout(60 * SLOW)
    server = start(env={"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "400000"})
    seen = b""
    while b"READY=1" not in seen or b"WATCHDOG=1" not in seen:
        seen += box.recv(4096) + b"\n"
    server.send(signal.SIGHUP)
    while b"RELOADING=1" not in seen:
        seen += box.recv(4096) + b"\n"
    holds(b"MONOTONIC_USEC=" in seen)
    server.send(signal.SIGTERM)
    while b"STOPPING=1" not in seen:
        seen += box.recv(4096) + b"\n"
    same(server.process.wait(60 * SLOW), 0)
    box.close()


run_tests()
