"""attrium-kmsd as a real program on loopback, and everything hostile that may
be given to it."""

import concurrent.futures
import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../kit"))
from programs import *  # noqa

NAME = "attrium-kmsd"
temp = Temp()
DIR = temp("authority")
server = None


def kms(code, *args, **options):
    return expect(code, NAME, *args, "-d", DIR, **options)


def listed(*args):
    return kms(0, "requests", "--json", *args).json()["requests"]


def post(*attributes, note="please"):
    return server.post_json("/v1/requests", {
        "request": base64_text(request_bytes(*attributes)), "note": note})


def asked(*attributes):
    status, answer = post(*attributes)
    same(status, 201)
    same(answer["state"], "waiting")
    return answer["id"]


def start(*args, folder=DIR):
    return Server(NAME, "run", "-d", folder, "--listen", "127.0.0.1:0", *args,
                  lines=2)


def copy_of(name):
    """The stopped authority again, to be damaged."""
    path = temp(name)
    shutil.copytree(DIR, path)
    return path


@test
def help_and_version():
    for args in (["help"], ["--help"], ["-h"], ["help", "init"],
                 ["init", "--help"], ["audit", "verify", "-h"]):
        holds("usage: attrium-kmsd" in expect(0, NAME, *args).out)
    for args in (["version"], ["--version"]):
        holds(expect(0, NAME, *args).out.startswith("attrium-kmsd "))


@test
def usage_errors_end_with_2():
    for args in ([], ["nothing"], ["init", "--nothing"], ["run", "-x"],
                 ["approve"], ["deny"], ["init", "superfluous"],
                 ["init", "--name"], ["requests", "--json=1"],
                 ["init", "-d", temp("u"), "--shares", "3"],
                 ["init", "-d", temp("u"), "--shares", "x"],
                 ["init", "-d", temp("u"), "--shares", "3", "--threshold",
                  "2"],
                 ["init", "-d", temp("u"), "--scheme", "gpsw"],
                 ["init", "-d", temp("u"), "--attributes", "ONE and"],
                 ["init", "-d", temp("u"), "--name", "a\x1b[2Jb"],
                 ["init", "-d", temp("u"), "--name", "x" * 65],
                 ["run", "-d", temp("u"), "--listen", "nowhere"],
                 ["run", "-d", temp("u"), "--listen", "127.0.0.1:70000"],
                 ["run", "-d", temp("u"), "--admin", "0.0.0.0:1"],
                 ["run", "-d", temp("u"), "--host", "a b"],
                 ["run", "-d", temp("u"), "--host", "x" * 300],
                 ["run", "-d", temp("u"), "--log-level", "loud"],
                 ["run", "-d", temp("u"), "--expire", "0s"],
                 ["run", "-d", temp("u"), "--expire", "soon"],
                 ["run", "-d", temp("u"), "--expire", "99999d"],
                 ["card", "-d", temp("u"), "--listen", "127.0.0.1:0"],
                 ["card", "-d", temp("u"), "--host", "a b"],
                 ["card", "-d", temp("u"), "--cert", "x"],
                 ["withdraw"], ["registrar"], ["registrar", "new", "x"],
                 ["revoke", "now"],
                 ["issue", "-d", temp("u")],
                 ["issue", "-d", temp("u"), "abcd", "--request", "x"]):
        got = expect(2, NAME, *args)
        holds("\x1b" not in got.err)
    holds(not os.path.exists(temp("u")), "something was made")


@test
def errors_as_json():
    got = run(NAME, "status", "--json", "-d", temp("nowhere"))
    same(got.code, 1)
    same(json.loads(got.err)["error"]["code"], "FAILED")


@test
def no_authority_ends_with_1():
    for command in ("run", "requests", "status", "audit"):
        got = expect(1, NAME, command, "-d", temp("nowhere"))
        holds("no authority here" in got.err)
    holds(not os.path.exists(temp("nowhere")), "something was made")


@test
def init_makes_an_authority():
    got = kms(0, "init", "--name", "Kraków", "--attributes",
              "ONE TWO THREE, FOUR year= # the thesis's")
    holds("fingerprint " in got.out and "Kraków" in got.out)
    same(os.stat(os.path.join(DIR, "share.key")).st_mode & 0o777, 0o600)
    same(os.stat(os.path.join(DIR, "kmsd.db")).st_mode & 0o777, 0o600)
    same(os.stat(DIR).st_mode & 0o777, 0o700)


@test
def init_never_overwrites():
    before = open(os.path.join(DIR, "share.key"), "rb").read()
    kms(7, "init")
    same(open(os.path.join(DIR, "share.key"), "rb").read(), before)
    os.mkdir(temp("used"))
    open(temp("used", "file"), "w").close()
    expect(7, NAME, "init", "-d", temp("used"))
    same(os.listdir(temp("used")), ["file"])


@test
def two_inits_at_once_make_one_authority():
    for i in range(5):
        path = temp("race%d" % i)
        both = [subprocess.Popen([program(NAME), "init", "-d", path],
                                 stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL)
                for _ in range(3)]
        results = [(p.communicate()[0].decode(), p.returncode) for p in both]
        won = [out for out, code in results if code == 0]
        same(len(won), 1, results)
        same(sorted(code for _, code in results), [0, 7, 7])
        same(expect(0, NAME, "status", "-d", path).out.splitlines()[1].split(
            " ", 1)[1], won[0].splitlines()[1].split(" ", 1)[1])


@test
def init_takes_an_empty_directory():
    os.mkdir(temp("empty"))
    expect(0, NAME, "init", "-d", temp("empty"), "--scheme", "w11")
    same(expect(0, NAME, "status", "--json", "-d",
                temp("empty")).json()["scheme"], "w11")


@test
def card_comes_before_the_authority():
    path = temp("carded")
    args = ["card", "-d", path, "--listen", "127.0.0.1:7012"]
    card = expect(0, NAME, *args).out
    holds(re.fullmatch(r"https://127\.0\.0\.1:7012/#[0-9a-f]{64}\n", card),
          card)
    same(sorted(os.listdir(path)), ["node.key", "tls.crt", "tls.key"])
    for name in ("node.key", "tls.key"):
        same(os.stat(os.path.join(path, name)).st_mode & 0o777, 0o600)
    same(expect(0, NAME, *args).out, card)
    same(expect(0, NAME, "card", "-d", path, "--host", "A.Example").out[:24],
         "https://a.example:7001/#")
    answer = expect(0, NAME, *args, "--json").json()
    same(answer["card"], card.strip())
    same(len(answer["verify_key"]), 64)
    expect(0, NAME, "init", "-d", path)
    same(expect(0, NAME, *args).out, card)
    same(start(folder=path).pin, card.strip()[-64:])


@test
def card_with_a_damaged_key():
    path = temp("damaged-key")
    expect(0, NAME, "card", "-d", path)
    os.truncate(os.path.join(path, "node.key"), 20)
    holds("node.key" in expect(4, NAME, "card", "-d", path).err)
    os.remove(os.path.join(path, "node.key"))
    os.chmod(os.path.join(path, "tls.key"), 0o644)
    expect(7, NAME, "card", "-d", path)
    os.chmod(os.path.join(path, "tls.key"), 0o600)
    os.remove(os.path.join(path, "tls.crt"))
    expect(7, NAME, "card", "-d", path)


@test
def identities_are_given_unless_attributes_are_listed():
    for name, args, want in (("all", [], True),
                             ("list", ["--attributes", "ONE"], False),
                             ("both", ["--attributes", "ONE",
                                       "--identities"], True)):
        made = expect(0, NAME, "init", "-d", temp(name), "--json",
                      *args).json()
        status = expect(0, NAME, "status", "-d", temp(name), "--json").json()
        same("identities" in made, want, name)
        same(made.get("identities"), status.get("identities"))
        holds(made.get("identities") != made["fingerprint"])
        holds(("identities  none" in expect(0, NAME, "status", "-d",
                                            temp(name)).out) != want)
    with start(folder=temp("both")) as there:
        same(there.get_json("/v1/authority")["identities"],
             made["identities"].replace(" ", ""))
        one = identity_bytes("Alice,A@example.org")
        answer = there.post_json("/v1/requests",
                                 {"request": base64_text(one)})
        same(answer[0], 201)
        for bad in (identity_bytes(""), identity_bytes("a b"),
                    identity_bytes("\x1b[31m"), identity_bytes("\xe9"),
                    one[:-1], one + b"\0", b"\3" + one[1:],
                    b"\1" + one[1:], one[:1] + bytes(32) + one[33:]):
            same(there.post_json("/v1/requests",
                                 {"request": base64_text(bad)})[0], 400, bad)
        same(there.post_json("/v1/requests", {"request": base64_text(
            identity_bytes("alice", 1))})[0], 422)
        same(there.post_json("/v1/requests", {"request": base64_text(
            request_bytes("TWO"))})[0], 422)
        shown = expect(0, NAME, "requests", "-d", temp("both")).out
        holds(" identity Alice,A@example.org\n" in shown, shown)
        listed = expect(0, NAME, "requests", "-d", temp("both"), "--json")
        same([r["attributes"] for r in listed.json()["requests"]],
             ["identity Alice,A@example.org"])
        expect(0, NAME, "approve", "-d", temp("both"), answer[1]["id"][:8])
        got = there.get_json("/v1/requests/" + answer[1]["id"])
        same(len(base64.b64decode(got["partial"])), 32 + 24 + 128 + 48 + 16)
    log = expect(0, NAME, "audit", "-d", temp("both")).out.splitlines()
    holds(all(line.endswith("  identity Alice,A@example.org")
              for line in log[1:]) and len(log) == 4, log)


@test
def init_that_fails_leaves_nothing():
    if os.geteuid() == 0:
        open(temp("plain"), "w").close()
        expect(1, NAME, "init", "-d", temp("plain", "below"))
        return
    os.mkdir(temp("closed"), 0o500)
    expect(1, NAME, "init", "-d", temp("closed"))
    same(os.listdir(temp("closed")), [])


@test
def run_says_where_it_is():
    global server
    server = start()
    same(served_pin(server.port), server.pin)
    holds(server.lines[1].startswith("fingerprint "))
    same(server.get("/healthz"), (200, b"ok\n"))
    same(server.get("/readyz"), (200, b"ready\n"))
    same(server.get_json("/version")["program"], NAME)
    holds(b"attrium_kms_waiting 0\n" in server.get("/metrics")[1])


@test
def second_run_is_refused():
    got = expect(1, NAME, "run", "-d", DIR, "--listen", "127.0.0.1:0")
    holds("another attrium-kmsd" in got.err)


@test
def taken_port_ends_with_6():
    expect(0, NAME, "init", "-d", temp("second"))
    expect(6, NAME, "run", "-d", temp("second"), "--listen",
           "127.0.0.1:%d" % server.port)


@test
def authority_is_public():
    answer = server.get_json("/v1/authority")
    bundle = base64.b64decode(answer["bundle"])
    holds(bundle.startswith(b"ATRAUTH\2"))
    same(answer["name"], "Kraków")
    same(server.lines[1].split(" ", 1)[1].replace(" ", ""),
         answer["fingerprint"])
    same(kms(0, "status", "--json").json()["fingerprint"].replace(" ", ""),
         answer["fingerprint"])


@test
def other_pages_and_methods():
    for path in ("/", "/v1", "/v1/", "/v1/request", "/v1/requests/",
                 "/v1/requests/xyz", "/v1/requests/" + "0" * 63,
                 "/v1/requests/" + "0" * 64, "/v1/requests/" + "0" * 65,
                 "/v1/requests/" + "0" * 64 + "/", "/..%2fshare.key",
                 "/v1/requests/%00"):
        status, body = server.get(path)
        holds(status in (400, 404), "%s: %d" % (path, status))
    for method, path in (("GET", "/v1/requests"), ("PUT", "/v1/requests"),
                         ("POST", "/v1/authority"), ("DELETE",
                                                     "/v1/requests/" + "0" * 64)):
        holds(server.call(method, path, "")[0] in (405, 501), method)


@test
def pages_of_nodes_are_for_nodes():
    for method, path in (("GET", "/v1/peer/"), ("GET", "/v1/peer/statements"),
                         ("POST", "/v1/peer/x"), ("GET", "/v1/peer/%00")):
        status, body = server.call(method, path)
        holds(status in (400, 403), "%s: %d" % (path, status))
    holds(b"attrium_kms_strangers_total 3\n" in server.get("/metrics")[1])


@test
def hostile_json():
    good = base64_text(request_bytes("ONE"))
    bodies = [b"", b"{", b"null", b"[]", b"7", b'"x"', b"{}", b"\xff\xfe",
              b'{"request":7}', b'{"request":null}', b'{"request":"*"}',
              b'{"request":""}', b'{"note":"x"}',
              ('{"request":"%s","request":"%s"}' % (good, good)).encode(),
              ('{"request":"%s","more":1}' % good).encode(),
              ('{"request":"%s","note":7}' % good).encode(),
              ('{"request":"%s","note":"\\u0000"}' % good).encode(),
              ('{"request":"%s","note":"\xff"}' % good).encode("latin-1"),
              ('{"request":"%s","note":"%s"}' % (good, "x" * 501)).encode(),
              ('{"request":"%s"} x' % good).encode(),
              ('{"request":"%s' % good).encode(),
              ('{"request":" %s"}' % good).encode(),
              ('{"request":"%s="}' % good).encode(),
              b"[" * 60000, b'{"request":' * 5000]
    for body in bodies:
        status, answer = server.call("POST", "/v1/requests", body,
                                     {"Content-Type": "application/json"})
        same(status, 400, repr(body[:60]))
        holds(json.loads(answer)["error"]["message"])
    for kind in ("", "text/plain", "application/jsonx",
                 "application/x-www-form-urlencoded"):
        same(server.call("POST", "/v1/requests", '{"request":"%s"}' % good,
                         {"Content-Type": kind})[0], 415, kind)
    same(listed("--all"), [])


@test
def oversized_body_is_refused():
    try:
        status, _ = server.call("POST", "/v1/requests", b"x" * 1000000,
                                {"Content-Type": "application/json"})
        holds(status in (400, 413), "status %d" % status)
    except (ConnectionError, http.client.HTTPException, ssl.SSLError):
        pass  # cut before it was sent whole
    same(server.get("/healthz")[0], 200)


@test
def hostile_requests():
    good = request_bytes("ONE", "TWO", *number("year", 5))
    cases = [good[:n] for n in list(range(0, 60, 3)) +
             list(range(60, len(good), 331))]
    cases += [good + b"\0", b"\2" + good[1:], b"\1" + bytes(32) + good[33:],
              request_bytes(), request_bytes(b"\1"), request_bytes("and"),
              request_bytes("O\x1bE"), request_bytes(*number("year", 5),
                                                     *number("year", 6)),
              request_bytes(*(b"A%04d" % i for i in range(257))),
              good[:49] + b"\0\2\3TWO\3ONE", good[:49] + b"\0\2\3ONE\3ONE",
              bytes(20000)]
    for case in cases:
        status, _ = server.post_json("/v1/requests",
                                     {"request": base64_text(case)})
        same(status, 400, case[:80])
    for case in (request_bytes("FIVE"), request_bytes("one"),
                 request_bytes("year"), request_bytes(*number("day", 5)),
                 request_bytes(list(number("year", 5))[3]),
                 request_bytes(*list(number("year", 5))[:32]),
                 request_bytes(*number("year", 5, 8)),
                 identity_bytes("alice@example.org")):
        status, answer = server.post_json("/v1/requests",
                                          {"request": base64_text(case)})
        same(status, 422, case[49:])
    same(listed("--all"), [])


@test
def request_waits_and_is_one():
    body = {"request": base64_text(request_bytes("ONE", *number("year", 5))),
            "note": "\x1b[31mred\u202e \u00e9"}
    status, first = server.post_json("/v1/requests", body)
    same((status, first["state"]), (201, "waiting"))
    status, again = server.post_json("/v1/requests", body)
    same((status, again), (200, first))
    same(len(listed()), 1)
    same(listed()[0]["attributes"], "year=5, ONE")
    same(listed()[0]["note"], "?[31mred? \u00e9")
    shown = kms(0, "requests").out
    holds(first["id"][:12] in shown and "\x1b" not in shown and
          "\u202e" not in shown)
    answer = server.get_json("/v1/requests/" + first["id"])
    same(answer["state"], "waiting")
    holds("partial" not in answer)


@test
def approve_issues_once():
    name = listed()[0]["id"]
    holds("approved" in kms(0, "approve", name[:8]).out)
    same(listed("--all")[0]["state"], "approved")
    first = server.get_json("/v1/requests/" + name)
    same(first["state"], "issued")
    holds("nothing new" in kms(0, "approve", name).err)
    second = server.get_json("/v1/requests/" + name.upper())
    same(second["state"], "issued")
    same(second["partial"], first["partial"])
    same(listed(), [])
    same(listed("--all")[0]["state"], "issued")


@test
def ids_that_fit_nothing():
    kms(2, "approve", "abc")
    kms(2, "approve", "not hex")
    kms(2, "approve", "0" * 65)
    kms(1, "approve", "0" * 64)
    kms(1, "deny", "0000000000")
    one = asked("ONE")
    kms(1, "approve", one, "0" * 64)  # all are looked up before any is decided
    same(listed()[0]["state"], "waiting")
    kms(1, "deny", one, "0" * 64)
    same(listed()[0]["state"], "waiting")
    kms(0, "deny", one)


@test
def deny_says_why():
    name = asked("TWO")
    kms(0, "deny", name, "--reason", "not \x1b[1mstaff")
    answer = server.get_json("/v1/requests/" + name)
    same((answer["state"], answer["reason"]), ("denied", "not ?[1mstaff"))
    holds("partial" not in answer)
    kms(1, "approve", name)
    kms(1, "deny", name)
    same(server.get_json("/v1/requests/" + name)["state"], "denied")


@test
def several_at_once():
    names = [asked("ONE") for _ in range(5)]
    kms(0, "approve", *names)
    for name in names:
        same(server.get_json("/v1/requests/" + name)["state"], "issued")


@test
def killed_between_approval_and_fetch():
    global server
    name = asked("ONE", "TWO")
    kms(0, "approve", name)
    server.kill()
    server = start()
    first = server.get_json("/v1/requests/" + name)
    server.kill()
    server = start()
    second = server.get_json("/v1/requests/" + name)
    same(first["partial"], second["partial"])
    entries = kms(0, "audit", "--json").json()["entries"]
    same([e["event"] for e in entries if e["id"] == name],
         ["requested", "approved", "issued"])


def memory_of(pid):
    """All that a process may read of its own memory."""
    with open("/proc/%d/maps" % pid) as maps, \
            open("/proc/%d/mem" % pid, "rb", 0) as mem:
        for line in maps:
            span, rights = line.split()[:2]
            if "[vv" in line or rights[0] != "r":
                continue
            start, end = (int(x, 16) for x in span.split("-"))
            if end - start > 1 << 30:  # the shadow of a sanitizer
                continue
            with contextlib.suppress(OSError, ValueError, OverflowError):
                mem.seek(start)
                yield mem.read(end - start)


def vault_of(run):
    with open("/proc/{0}/task/{0}/children".format(run.process.pid)) as file:
        return int(file.read())


@test
def vault_alone_has_the_share():
    global server
    server.kill()
    share = os.path.join(DIR, "share.key")
    os.rename(share, share + ".away")
    got = expect(1, NAME, "run", "-d", DIR, "--listen", "127.0.0.1:0")
    holds("share.key" in got.err, got.err)
    os.rename(share + ".away", share)
    server = start()
    os.rename(share, share + ".away")  # it is read once
    name = asked("ONE")
    same(server.get_json("/v1/requests/" + name)["state"], "waiting")
    kms(0, "approve", name)
    holds(server.get_json("/v1/requests/" + name)["partial"])
    os.rename(share + ".away", share)
    limits = open("/proc/%d/limits" % vault_of(server)).read()
    holds([l.split()[4:6] for l in limits.splitlines()
           if l.startswith("Max core")] == [["0", "0"]], limits)
    if os.geteuid() == 0:
        # What the share and the registrar's key begin with, where it is found
        # in the process on the network.
        for text in (b"ATRSHAR\1", b"ATRREGI\1"):
            secret = open(os.path.join(
                DIR, "share.key" if b"SHAR" in text else "registrar.key"),
                "rb").read()
            for part in memory_of(server.process.pid):
                holds(secret[-32:] not in part, text)


@test
def vault_and_server_end_together():
    global server
    vault = vault_of(server)
    os.kill(vault, signal.SIGTERM)  # not for it
    name = asked("ONE")
    kms(0, "approve", name)
    holds(server.get_json("/v1/requests/" + name)["partial"])
    os.kill(vault, signal.SIGKILL)
    same(server.process.wait(60 * SLOW), 1)
    server = start()
    vault = vault_of(server)
    server.kill()
    for _ in range(int(600 * SLOW)):
        if not os.path.exists("/proc/%d" % vault) or \
                open("/proc/%d/stat" % vault).read().split()[2] == "Z":
            break
        time.sleep(0.1)
    else:
        holds(False, "the vault lives on")
    server = start()


def fetched(run, name):
    """Its partial key, or None when the server is killed meanwhile."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        return run.get_json("/v1/requests/" + name).get("partial")


@test
def killed_while_issuing():
    """No grant is lost, and nothing is issued twice."""
    global server
    names = [asked("ONE", *number("year", i)) for i in range(24)]
    kms(0, "approve", *names)
    for i in range(6):
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            fetches = [pool.submit(fetched, server, name) for name in names]
            time.sleep(0.005 * i)
            os.kill(vault_of(server) if i % 2 else server.process.pid,
                    signal.SIGKILL)
        server.process.wait(60 * SLOW)
        server = start()
        for name, partial in zip(names, (f.result() for f in fetches)):
            if partial:
                same(fetched(server, name), partial)
    for name in names:
        holds(server.get_json("/v1/requests/" + name)["partial"])
    entries = kms(0, "audit", "--json").json()["entries"]
    for name in names:
        same([e["event"] for e in entries if e["id"] == name],
             ["requested", "approved", "issued"])
    kms(0, "audit", "verify")


@test
def killed_while_approving():
    names = [asked("ONE", *number("year", i)) for i in range(12)]
    for i, name in enumerate(names):
        child = subprocess.Popen([program(NAME), "approve", "-d", DIR, name],
                                 stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        time.sleep(0.002 * i)
        child.kill()
        child.wait()
    kms(0, "audit", "verify")
    for name in names:
        state = server.get_json("/v1/requests/" + name)
        holds(state["state"] in ("waiting", "issued"))
        same("partial" in state, state["state"] == "issued")
        kms(0, "approve", name)
        if "partial" in state:
            same(server.get_json("/v1/requests/" + name)["partial"],
                 state["partial"])
    entries = kms(0, "audit", "--json").json()["entries"]
    for name in names:
        same(sum(e["event"] == "approved" and e["id"] == name
                 for e in entries), 1)


@test
def two_administrators_at_once():
    for _ in range(4):
        name = asked("THREE")
        both = [subprocess.Popen([program(NAME), "approve", "-d", DIR, name],
                                 stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
                for _ in range(2)]
        codes = sorted(p.wait(60 * SLOW) for p in both)
        holds(codes in ([0, 0], [0, 1]), codes)
        entries = kms(0, "audit", "--json").json()["entries"]
        same(sum(e["event"] == "approved" and e["id"] == name
                 for e in entries), 1)


@test
def offline_request_and_answer():
    request = request_bytes("FOUR")
    with open(temp("ask"), "wb") as file:
        file.write(request)
    kms(0, "issue", "--request", temp("ask"), "-o", temp("answer"))
    text = open(temp("answer")).read()
    holds(text.startswith("-----BEGIN ATTRIUM PARTIAL KEY-----\n"))
    kms(7, "issue", "--request", temp("ask"), "-o", temp("answer"))
    same(open(temp("answer")).read(), text)
    kms(0, "issue", "--request", temp("ask"), "-o", temp("answer"), "-f")
    same(open(temp("answer")).read(), text)
    name = [r["id"] for r in listed("--all") if r["attributes"] == "FOUR"][0]
    same(kms(0, "issue", name).out, text)
    partial = server.get_json("/v1/requests/" + name)["partial"]
    same("".join(text.splitlines()[1:-1]), partial)


@test
def offline_requests_that_are_not():
    for content, code in ((b"", 4), (b"garbage", 4), (request_bytes("ONE")
                                                      [:-1], 4),
                          (b"-----BEGIN ATTRIUM REQUEST-----\n", 4),
                          (b"-----BEGIN ATTRIUM KEY-----\nAA==\n"
                           b"-----END ATTRIUM KEY-----\n", 4),
                          (request_bytes("FIVE"), 3), (bytes(100000), 1)):
        with open(temp("bad"), "wb") as file:
            file.write(content)
        kms(code, "issue", "--request", temp("bad"), "-o", temp("none"))
        holds(not os.path.exists(temp("none")))
    kms(1, "issue", "--request", temp("missing"))


@test
def full_standard_output_is_an_error():
    with open("/dev/full", "w") as full:
        for args in (["status"], ["requests", "--all"], ["status", "--json"],
                     ["help"]):
            got = run(NAME, *args, *(["-d", DIR] if args != ["help"] else []),
                      stdout=full)
            same(got.code, 1, args)
            holds("standard output" in got.err)


@test
def waiting_requests_have_a_limit():
    global server
    same(server.stop(), 0)
    server = start("--waiting-max", "3")
    names = [asked("ONE") for _ in range(3)]
    same(post("ONE")[0], 429)
    kms(0, "deny", *names)
    same(post("ONE")[0], 201)


def time_passes(*names):
    """Until those requests are overdue."""
    with contextlib.closing(sqlite3.connect(os.path.join(DIR, "kmsd.db"),
                                            60)) as base, base:
        for name in names:
            base.execute("UPDATE requests SET expires_at = 1 WHERE id = ?",
                         [bytes.fromhex(name)])


@test
def waiting_requests_expire():
    global server
    for r in listed():
        kms(0, "deny", r["id"])
    same(server.stop(), 0)
    server = start("--waiting-max", "2", "--expire", "2h")
    kept = asked("ONE")
    kms(0, "approve", kept)
    body = {"request": base64_text(request_bytes("TWO"))}
    name = server.post_json("/v1/requests", body)[1]["id"]
    other = asked("THREE")
    same(post("ONE")[0], 429)
    for r in listed():
        same(r["expires_at_ms"] - r["at_ms"], 2 * 3600 * 1000)
    time_passes(name, other)
    # The administrator finds it before the server has looked.
    got = kms(5, "approve", name)
    holds("expired" in got.err, got.err)
    kms(1, "deny", other)
    same(listed(), [])
    answer = server.get_json("/v1/requests/" + name)
    same(answer["state"], "expired")
    holds("partial" not in answer and "reason" not in answer)
    status, again = server.post_json("/v1/requests", body)
    same((status, again["state"]), (200, "expired"))
    holds(server.get_json("/v1/requests/" + kept)["partial"])
    asked("FOUR")  # there is room again
    same(kms(0, "status", "--json").json()["expired"], 2)
    holds(" 2 expired" in kms(0, "status").out)
    entries = kms(0, "audit", "--json").json()["entries"]
    same([e["event"] for e in entries if e["id"] == name],
         ["requested", "expired"])
    kms(0, "audit", "verify")
    # And a server finds by itself what was overdue when it came.
    later = asked("ONE")
    server.kill()
    time_passes(later)
    server = start()
    same(server.get_json("/v1/requests/" + later)["state"], "expired")
    same(asked("ONE") in [r["id"] for r in listed()], True)


@test
def grants_end():
    name = asked("ONE")
    kms(0, "approve", name, "--valid", "2h")
    entry = [r for r in listed("--all") if r["id"] == name][0]
    holds(0 < entry["expires_at_ms"] - entry["at_ms"] < 3 * 3600 * 1000)
    holds(server.get_json("/v1/requests/" + name)["partial"])
    time_passes(name)
    answer = server.get_json("/v1/requests/" + name)
    same(answer["state"], "expired")
    holds("partial" not in answer)
    kms(5, "approve", name)
    kms(2, "approve", name, "--valid", "soon")


@test
def withdrawn_is_for_good():
    waiting, granted, issued, denied = (asked("ONE") for _ in range(4))
    kms(0, "approve", granted, issued)
    kms(0, "deny", denied)
    holds(server.get_json("/v1/requests/" + issued)["partial"])
    holds("withdrawn" in kms(0, "withdraw", waiting, granted, issued).out)
    kms(1, "withdraw", waiting)
    kms(1, "withdraw", denied)
    for name in (waiting, granted, issued):
        answer = server.get_json("/v1/requests/" + name)
        same(answer["state"], "withdrawn")
        holds("partial" not in answer)
        kms(5, "approve", name)
        kms(5, "issue", name)
    same(kms(0, "status", "--json").json()["withdrawn"], 3)


@test
def revoke_wants_to_be_meant():
    kms(2, "revoke")  # no terminal
    same(kms(0, "revoke", "--force", "--json").json()["generation"], 1)
    same(kms(0, "revoke", "-f").out, "generation 2\n")


@test
def registrars_elsewhere():
    """Two of three administrators, none of them on the node."""
    path = temp("shared")
    keys = []
    for i in range(4):
        out = expect(0, NAME, "registrar", "new", "-o", temp("r%d" % i))
        keys.append(out.out.split()[1])
        same(os.stat(temp("r%d" % i)).st_mode & 0o777, 0o600)
    expect(7, NAME, "registrar", "new", "-o", temp("r0"))
    three = [x for key in keys[:3] for x in ("--registrar", key)]
    for wrong in (three + ["--approvals", "4"], three + ["--approvals", "0"],
                  three + three[:2], ["--registrar", "ab"],
                  ["--approvals", "2"]):
        expect(2, NAME, "init", "-d", path, *wrong)
    expect(0, NAME, "init", "-d", path, "--approvals", "2", *three)
    holds(not os.path.exists(os.path.join(path, "registrar.key")))
    shown = expect(0, NAME, "registrar", "show", "-d", path, "--json").json()
    same((shown["approvals"], shown["registrars"]), (2, keys[:3]))
    same(expect(0, NAME, "registrar", "show", "--registrar",
                temp("r2")).out.split()[1], keys[2])
    expect(7, NAME, "registrar", "new", "-d", path)
    with open(temp("ask"), "wb") as file:
        file.write(request_bytes("ANY"))
    issue = ["issue", "-d", path, "--request", temp("ask"), "-o",
             temp("shared.out"), "--registrar"]
    expect(3, NAME, *issue, temp("r3"))  # not one of them
    expect(4, NAME, *issue, os.path.join(DIR, "share.key"))
    got = expect(1, NAME, *issue, temp("r0"))
    holds("1 of 2" in got.err, got.err)
    name = expect(0, NAME, "requests", "-d", path,
                  "--json").json()["requests"][0]["id"]
    got = expect(0, NAME, "approve", "-d", path, name, "--registrar",
                 temp("r0"), "--json")  # the same one again
    same(got.json()["state"], "waiting")
    expect(1, NAME, "approve", "-d", path, name)  # no key here
    holds(not os.path.exists(temp("shared.out")))
    expect(0, NAME, *issue, temp("r2"))
    holds(os.path.exists(temp("shared.out")))
    entries = expect(0, NAME, "audit", "-d", path,
                     "--json").json()["entries"]
    same([e["event"] for e in entries],
         ["init", "requested", "approved", "approved", "issued"])


@test
def database_that_is_busy():
    base = sqlite3.connect(os.path.join(DIR, "kmsd.db"), isolation_level=None)
    base.execute("BEGIN IMMEDIATE")
    count = len(listed("--all"))
    body = {"request": base64_text(request_bytes("ONE"))}
    status, answer = server.post_json("/v1/requests", body)
    same((status, answer["error"]["code"]), (503, "UNAVAILABLE"))
    base.execute("ROLLBACK")
    base.close()
    same(len(listed("--all")), count)
    same(server.post_json("/v1/requests", body)[0], 201)


@test
def hang_up_reads_the_certificate_again():
    old = server.pin
    for name in ("tls.crt", "tls.key"):
        os.rename(os.path.join(DIR, name), os.path.join(DIR, name + ".old"))
    server.send(signal.SIGHUP)
    server.wait_for("event=reloaded")
    new = served_pin(server.port)
    holds(new != old)
    with open(os.path.join(DIR, "tls.crt"), "w") as file:
        file.write("garbage")
    server.send(signal.SIGHUP)
    server.wait_for("event=reload ")
    same(served_pin(server.port), new)  # the good one stays
    for name in ("tls.crt", "tls.key"):
        os.rename(os.path.join(DIR, name + ".old"), os.path.join(DIR, name))


@test
def logs_and_metrics_name_nobody():
    text = server.text() + server.get("/metrics")[1].decode()
    for word in ("ONE", "TWO", "year", "please", "127.0.0.1", "Kraków"):
        holds(word not in text, word)


@test
def audit_is_a_chain():
    head = kms(0, "audit", "verify", "--json").json()["head"]
    same(len(head), 64)
    shown = kms(0, "audit").out
    holds("init" in shown and "denied" in shown)
    base = sqlite3.connect(os.path.join(DIR, "kmsd.db"))
    for change in ("DELETE FROM audit", "UPDATE audit SET event = 'x'"):
        try:
            base.execute(change)
            holds(False, "the log was changed")
        except sqlite3.IntegrityError:
            base.rollback()
    base.close()
    same(kms(0, "audit", "verify", "--json").json()["head"], head)


@test
def term_ends_with_0():
    same(server.stop(), 0)
    kms(0, "status")
    again = start()
    same(again.stop(signal.SIGINT), 0)


@test
def audit_finds_changes():
    for i, change in enumerate((
            "UPDATE audit SET attributes = 'ADMIN' WHERE seq = 3",
            "UPDATE audit SET at = at + 1 WHERE seq = 2",
            "DELETE FROM audit WHERE seq = 4",
            "DELETE FROM audit WHERE seq = 1",
            "UPDATE audit SET hash = zeroblob(32) WHERE seq = 5")):
        path = copy_of("audit%d" % i)
        base = sqlite3.connect(os.path.join(path, "kmsd.db"))
        base.executescript("DROP TRIGGER audit_keeps; DROP TRIGGER audit_stays")
        base.execute(change)
        base.commit()
        base.close()
        expect(4, NAME, "audit", "verify", "-d", path)
        expect(4, NAME, "audit", "-d", path, stdout=subprocess.DEVNULL)


@test
def damaged_share():
    def damage(name, content, code, mode=0o600):
        path = copy_of(name)
        with open(os.path.join(path, "share.key"), "wb") as file:
            file.write(content)
        os.chmod(os.path.join(path, "share.key"), mode)
        expect(code, NAME, "status", "-d", path)
        with open(temp("ask"), "wb") as file:
            file.write(request_bytes("ONE"))
        expect(code, NAME, "issue", "-d", path, "--request", temp("ask"),
               "-o", temp(name + ".out"))
        holds(not os.path.exists(temp(name + ".out")))

    good = open(os.path.join(DIR, "share.key"), "rb").read()
    for i in (0, 7, 8, 20, 41, 50, 72):
        damage("share%d" % i, good[:i] + bytes([good[i] ^ 1]) + good[i + 1:],
               4)
    damage("short", good[:-1], 4)
    damage("long", good + b"\0", 4)
    damage("none", b"", 4)
    damage("huge", good * 100, 1)
    damage("order", good[:41] + b"\xff" * 32, 4)
    damage("lockedless", b"ATRLOCK" + good, 4)
    other = open(temp("second", "share.key"), "rb").read()
    damage("other", other, 4)
    damage("open", good, 7, 0o644)
    path = copy_of("gone")
    os.remove(os.path.join(path, "share.key"))
    expect(1, NAME, "status", "-d", path)


@test
def damaged_public_file():
    good = open(os.path.join(DIR, "authority.pub")).read()
    binary = base64.b64decode("".join(good.splitlines()[1:-1]))
    cases = [b"", b"x", good[:100].encode(), good.encode() + b"x",
             good.replace("AUTHORITY", "KEY").encode(), binary[:-1],
             binary + b"\0", bytes(40000)]
    cases += [binary[:i] + bytes([binary[i] ^ 1]) + binary[i + 1:]
              for i in (0, 7, 9, 30, 300, 598, 599, 900)]
    for i, content in enumerate(cases):
        path = copy_of("public%d" % i)
        with open(os.path.join(path, "authority.pub"), "wb") as file:
            file.write(content)
        got = run(NAME, "status", "-d", path)
        holds(got.code == (1 if len(content) == 40000 else 4),
              "case %d: %d %s" % (i, got.code, got.err))
    path = copy_of("binary")
    with open(os.path.join(path, "authority.pub"), "wb") as file:
        file.write(binary)  # without armour it is as good
    expect(0, NAME, "status", "-d", path)


@test
def damaged_database():
    good = open(os.path.join(DIR, "kmsd.db"), "rb").read()
    cases = {"text": b"not a database" * 100, "cut": good[:len(good) // 2],
             "page": good[:4096] + b"\xee" * 4096 + good[8192:],
             "head": b"\0" * 100 + good[100:]}
    for name, content in cases.items():
        path = copy_of("database-" + name)
        with open(os.path.join(path, "kmsd.db"), "wb") as file:
            file.write(content)
        for command in ("status", "requests", "run"):
            expect(4, NAME, command, "-d", path)
    path = copy_of("database-gone")
    os.remove(os.path.join(path, "kmsd.db"))
    expect(4, NAME, "status", "-d", path)
    path = copy_of("database-other")
    base = sqlite3.connect(os.path.join(path, "kmsd.db"))
    base.execute("PRAGMA application_id = 7")
    base.commit()
    base.close()
    expect(4, NAME, "status", "-d", path)


@test
def damaged_request_is_not_signed():
    path = copy_of("swapped")
    base = sqlite3.connect(os.path.join(path, "kmsd.db"))
    name, request = next(row for row in base.execute(
        "SELECT id, request FROM requests WHERE state = 0")
        if b"\3ONE" in row[1])
    more = request.replace(b"\3ONE", b"\3TWO")  # others than were asked for
    base.execute("UPDATE requests SET request = ? WHERE id = ?", (more, name))
    base.commit()
    base.close()
    expect(4, NAME, "approve", "-d", path, name.hex())
    same(expect(0, NAME, "requests", "--json", "-d",
                path).json()["requests"][0]["state"], "waiting")


def secret_file(name, text, mode=0o600):
    with open(temp(name), "w") as file:
        file.write(text)
    os.chmod(temp(name), mode)


@test
def share_under_a_passphrase():
    path = temp("locked")
    secret_file("right", "correct horse\n")
    secret_file("wrong", "battery staple\n")
    secret_file("blank", "\n")
    secret_file("readable", "open\n", 0o644)
    expect(1, NAME, "init", "-d", path, "--passphrase-file", temp("blank"))
    expect(7, NAME, "init", "-d", path, "--passphrase-file",
           temp("readable"))
    expect(1, NAME, "init", "-d", path, "--passphrase-file", temp("absent"))
    expect(2, NAME, "init", "-d", path, "--passphrase")  # no terminal
    holds(not os.path.exists(path))
    expect(0, NAME, "init", "-d", path, "--passphrase-file", temp("right"))
    share = open(os.path.join(path, "share.key"), "rb").read()
    holds(share.startswith(b"ATRLOCK\1"))
    same(expect(0, NAME, "status", "--json", "-d", path).json()["locked"],
         True)
    with open(temp("ask"), "wb") as file:
        file.write(request_bytes("ANY"))
    issue = ["issue", "-d", path, "--request", temp("ask"), "-o",
             temp("locked.out")]
    got = expect(2, NAME, *issue)
    holds("--passphrase-file" in got.err, got.err)
    got = expect(4, NAME, *issue, "--passphrase-file", temp("wrong"))
    holds("passphrase" in got.err)
    holds(not os.path.exists(temp("locked.out")))
    os.mkdir(temp("credentials"))
    shutil.copy(temp("right"), temp("credentials", NAME + ".passphrase"))
    expect(0, NAME, *issue,
           env={"CREDENTIALS_DIRECTORY": temp("credentials")})
    holds(open(os.path.join(path, "registrar.key"),
               "rb").read().startswith(b"ATRLOCK\1"))
    got = expect(2, NAME, "run", "-d", path, "--listen", "127.0.0.1:0")
    holds("--passphrase-file" in got.err, got.err)
    expect(4, NAME, "run", "-d", path, "--listen", "127.0.0.1:0",
           "--passphrase-file", temp("wrong"))
    locked = start("--passphrase-file", temp("right"), folder=path)
    same(locked.get("/readyz")[0], 200)
    same(locked.stop(), 0)
    flipped = bytearray(share)
    flipped[-1] ^= 1
    with open(os.path.join(path, "share.key"), "wb") as file:
        file.write(flipped)
    os.remove(temp("locked.out"))
    expect(0, NAME, *issue)  # issued already: the share is not needed
    with open(temp("ask"), "wb") as file:
        file.write(request_bytes("OTHER"))
    expect(4, NAME, *issue, "-f", "--passphrase-file", temp("right"))


run_tests()
