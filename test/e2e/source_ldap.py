#!/usr/bin/env python3
"""attrium-source-ldap against Debian's slapd on loopback: who gets in, what is
read, and that nobody gets in another way."""

import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "kit"))
from programs import (SLOW, Temp, expect, holds, program, run_tests, same,
                      test)

SLAPD = shutil.which("slapd", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
SLAPADD = shutil.which("slapadd", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
NAME = "attrium-source-ldap"

if not os.path.exists(program(NAME)):
    print("1..0 # SKIP built without libldap")
    sys.exit(0)
if not SLAPD or not SLAPADD:
    print("1..0 # SKIP no slapd")
    sys.exit(0)

temp = Temp()

CONF = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {dir}/slapd.pid
TLSCertificateFile {dir}/tls.crt
TLSCertificateKeyFile {dir}/tls.key
access to attrs=userPassword by anonymous auth by * none
access to * by self read by * none
database mdb
suffix "dc=example,dc=org"
directory {dir}/db
"""

ENTRIES = """
dn: dc=example,dc=org
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ou=people,dc=example,dc=org
objectClass: organizationalUnit
ou: people

dn: uid=alice,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: alice
cn: Alice
sn: A
mail: alice@example.org
mail: a@example.com
employeeType: senior
userPassword: correct horse

dn: uid=bob\\,ou\\=people,ou=people,dc=example,dc=org
objectClass: inetOrgPerson
uid: bob,ou=people
cn: Bob
sn: B
userPassword: battery staple
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start():
    """Returns the ports of ldap:// and ldaps://; slapd ends with the test."""
    os.mkdir(temp("db"))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                    "-keyout", temp("tls.key"), "-out", temp("tls.crt"),
                    "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                   check=True, capture_output=True)
    with open(temp("slapd.conf"), "w") as f:
        f.write(CONF.format(dir=temp.path))
    with open(temp("entries"), "w") as f:
        f.write(ENTRIES)
    subprocess.run([SLAPADD, "-f", temp("slapd.conf"), "-l", temp("entries")],
                   check=True, capture_output=True)
    for _ in range(5):  # another program may take a port between
        plain, tls = free_port(), free_port()
        log = open(temp("slapd.log"), "wb")
        process = subprocess.Popen(
            [SLAPD, "-d", "0", "-f", temp("slapd.conf"), "-h",
             "ldap://127.0.0.1:%d ldaps://127.0.0.1:%d" % (plain, tls)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        atexit.register(lambda p=process: (p.kill(), p.wait()))
        end = time.monotonic() + 30 * SLOW
        while process.poll() is None and time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", plain), 1).close()
                return plain, tls
            except OSError:
                time.sleep(0.05)
    raise AssertionError(open(temp("slapd.log")).read())


PLAIN, TLS = start()


def config(name="plain", uri=None, **more):
    path = temp(name + ".conf")
    values = dict({"uri": uri or "ldap://127.0.0.1:%d" % PLAIN}, **more)
    with open(path, "w") as f:
        f.write("[source]\n")
        for key, value in values.items():
            f.write("%s = %s\n" % (key, value))
    return path


def question(user="alice", password="correct horse", keys=("mail",)):
    return json.dumps({"schema": 1, "nonce": "ab" * 32, "keys": list(keys),
                       "evidence": {"user": user, "password": password}}
                      ).encode()


def refused(user, password, words="does not know this name"):
    got = expect(3, NAME, config(), stdin=question(user, password))
    same(got.out, "")
    holds(words in got.err, got.err)


@test
def person_with_the_right_password_is_read():
    got = expect(0, NAME, config(),
                 stdin=question(keys=["MAIL", "employeeType", "absent",
                                      "userPassword"])).json()
    same(got["schema"], 1)
    same(sorted(map(tuple, got["claims"])),
         [("MAIL", "a@example.com"), ("MAIL", "alice@example.org"),
          ("employeeType", "senior")])


@test
def wrong_password_and_unknown_name_look_the_same():
    refused("alice", "wrong")
    refused("nobody", "wrong")


@test
def empty_password_is_no_password():
    """A server takes an empty one for an anonymous bind, and says yes."""
    refused("alice", "", "empty password")


@test
def name_cannot_leave_its_place_in_the_pattern():
    refused("alice,ou=people,dc=example,dc=org", "correct horse")
    refused("*", "correct horse")
    refused("alice+cn=Alice", "correct horse")
    refused("al\\69ce", "correct horse")
    refused("alice\n", "correct horse", "not the name of a person")
    refused("", "correct horse", "not the name of a person")
    refused("a" * 300, "correct horse", "not the name of a person")
    got = expect(0, NAME, config(),
                 stdin=question("bob,ou=people", "battery staple", ["uid"]))
    same(got.json()["claims"], [["uid", "bob,ou=people"]])


@test
def tls_is_checked():
    uri = "ldaps://127.0.0.1:%d" % TLS
    good = config("tls", uri, ca=temp("tls.crt"))
    same(len(expect(0, NAME, good, stdin=question()).json()["claims"]), 2)
    expect(6, NAME, config("tls-other", uri), stdin=question())
    start_tls = config("start", starttls="yes", ca=temp("tls.crt"))
    expect(0, NAME, start_tls, stdin=question())
    expect(6, NAME, config("start-other", starttls="yes"), stdin=question())


@test
def server_that_is_not_there():
    expect(6, NAME, config("gone", "ldap://127.0.0.1:%d" % free_port()),
           stdin=question())


@test
def server_that_never_answers():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen(1)
        expect(6, NAME, config("mute", "ldap://127.0.0.1:%d" %
                               s.getsockname()[1], timeout="300ms"),
               stdin=question())


@test
def configuration_is_checked():
    expect(0, NAME, "check-config", config())
    for more in ({"uri": "ldap://directory.example.org"},
                 {"uri": "http://127.0.0.1"}, {"uri": "ldap://"},
                 {"dn": "uid=alice"}, {"dn": "uid={user},cn={user}"},
                 {"uri": "ldaps://127.0.0.1", "starttls": "yes"},
                 {"colour": "red"}, {"timeout": "9h"}):
        expect(2, NAME, "check-config", config("bad", **more))
    expect(0, NAME, "check-config",
           config("far", "ldap://directory.example.org", starttls="yes"))
    expect(2, NAME, temp("absent.conf"), stdin=question())
    holds("[source]" in expect(0, NAME, "default-config").out)
    same(expect(0, NAME, "--help").code, 0)
    same(expect(0, NAME, "--version").out.split()[0], NAME)


@test
def malformed_questions():
    good = json.loads(question())
    for change in ({"schema": 2}, {"nonce": "ab"}, {"nonce": "AB" * 32},
                   {"keys": "mail"}, {"keys": [1]}, {"evidence": []},
                   {"more": 1}, {"evidence": {"user": "alice"}},
                   {"evidence": {"user": "alice", "password": 1}}):
        expect(4, NAME, config(),
               stdin=json.dumps(dict(good, **change)).encode())
    for text in (b"", b"{", b"[]", question() + b"x", b"\xff",
                 question(password="\0"), b" " * 70000,
                 question().replace(b'"schema"', b'"schema": 1, "schema"')):
        expect(4, NAME, config(), stdin=text)


run_tests()
