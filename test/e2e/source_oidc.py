#!/usr/bin/env python3
"""attrium-source-oidc: tokens of a mock issuer from npm, and forged tokens of
an issuer of our own."""

import atexit
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "kit"))
from oidc import CLIENT, Issuer, Key, base64url
from programs import (BUILD, Skip, Temp, expect, holds, program, run, run_tests,
                      same, test)

NAME = "attrium-source-oidc"
NPM = os.path.join(BUILD, "npm")
NONCE = hashlib.sha256(b"a request").hexdigest()

if not os.path.exists(program(NAME)):
    print("1..0 # SKIP built without libcurl and libcjose")
    sys.exit(0)

temp = Temp()


issuer = Issuer(temp, NONCE)


def config(url=None, name="own", **more):
    path = temp(name + ".conf")
    values = dict({"issuer": url or issuer.url, "client": CLIENT}, **more)
    with open(path, "w") as f:
        f.write("[source]\n")
        for key, value in values.items():
            f.write("%s = %s\n" % (key, value))
    return path


def question(token, **change):
    return json.dumps(dict({"schema": 1, "nonce": NONCE, "keys": [],
                            "evidence": {"token": token}}, **change)).encode()


def claims_of(token, **options):
    got = expect(0, NAME, config(**options), stdin=question(token)).json()
    return sorted(map(tuple, got["claims"]))


def refused(code, token, words=""):
    got = expect(code, NAME, config(), stdin=question(token))
    same(got.out, "")
    holds(words in got.err, got.err)


class Mock:
    """The mock issuer, or None as its url."""

    def __init__(self):
        node = shutil.which("node")
        self.url = None
        if not node or not os.path.isdir(
                os.path.join(NPM, "node_modules", "oauth2-mock-server")):
            return
        self.process = subprocess.Popen(
            [node, os.path.join(os.path.dirname(__file__), "oidc_issuer.mjs"),
             NPM], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        atexit.register(self.stop)
        self.url = self.process.stdout.readline().decode().strip()
        holds(self.url.startswith("http://"), "no issuer: %r" % self.url)

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


mock = Mock()


class Login:
    """attrium-login-oidc, as far as the address that it asks to open."""

    def __init__(self, url):
        self.process = subprocess.Popen(
            [program("attrium-login-oidc"), url, CLIENT, NONCE],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        atexit.register(lambda: (self.process.kill(), self.process.wait()))
        self.process.stderr.readline()
        self.address = self.process.stderr.readline().decode().strip()
        query = urllib.parse.urlparse(self.address).query
        self.asked = {k: v[0] for k, v in urllib.parse.parse_qs(query).items()}

    def back(self, **query):
        """What a browser sees that comes back with `query`."""
        try:
            with urllib.request.urlopen(
                    self.asked["redirect_uri"] + "?" +
                    urllib.parse.urlencode(query), timeout=60) as f:
                return f.status
        except urllib.error.HTTPError as error:
            return error.code

    def end(self):
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out.decode(), err.decode()


@test
def login_with_the_mock_issuer_and_its_token_for_this_request():
    if not mock.url:
        raise Skip("no oauth2-mock-server; an issuer of our own only")
    login = Login(mock.url)
    same(login.asked["nonce"], NONCE)
    same(login.asked["code_challenge_method"], "S256")
    with urllib.request.urlopen(login.address, timeout=60) as f:
        same(f.status, 200)
        holds(b"logged in" in f.read(), "no word for the person")
    code, out, err = login.end()
    same((code, err), (0, ""))
    got = claims_of(json.loads(out)["token"], url=mock.url, name="mock")
    for pair in (("email", "alice@example.org"), ("groups", "cardiology"),
                 ("groups", "night"), ("level", "3"), ("active", "true"),
                 ("realm_access.roles", "senior")):
        holds(pair in got, "%r not in %r" % (pair, got))


@test
def browser_that_comes_back_with_something_else():
    issuer.reset(authorization_endpoint=issuer.url + "/authorize",
                 token_endpoint=issuer.url + "/token")
    login = Login(issuer.url)
    same(login.back(code="x", state="of another login"), 404)
    same(login.back(code="x"), 404)
    same(login.back(error="access_denied", state=login.asked["state"]), 200)
    same(login.end()[:2], (3, ""))
    login = Login(issuer.url)
    same(login.back(code="x", state=login.asked["state"],
                    iss="http://127.0.0.1:1"), 200)
    same(login.end()[:2], (3, ""))
    login = Login(issuer.url)  # the code is not exchanged for anything
    same(login.back(code="x", state=login.asked["state"]), 200)
    same(login.end()[:2], (6, ""))
    issuer.reset()


@test
def token_of_our_own_issuer():
    holds(("email", "a@example.org") in
          claims_of(issuer.key.sign(issuer.claims())))
    claims_of(issuer.key.sign(issuer.claims(aud=[CLIENT])))
    claims_of(issuer.key.sign(issuer.claims(aud=[CLIENT, "x"], azp=CLIENT)))


@test
def token_for_something_else():
    sign, claims = issuer.key.sign, issuer.claims
    now = int(time.time())
    refused(3, sign(claims(nonce="00" * 32)), "another request")
    refused(3, sign(claims(nonce=None)), "another request")
    refused(3, sign(claims(nonce=[NONCE])), "another request")
    refused(3, sign(claims(iss="http://127.0.0.1")), "another issuer")
    refused(3, sign(claims(aud="other")), "another client")
    refused(3, sign(claims(aud=None)), "another client")
    refused(3, sign(claims(aud=[CLIENT, "x"])), "another client")
    refused(3, sign(claims(aud=[CLIENT], azp="x")), "another client")
    refused(3, sign(claims(exp=None)), "times")
    refused(3, sign(claims(exp=now + 1e9)), "times")
    refused(3, sign(claims(iat=None)), "times")
    refused(3, sign(claims(iat=now + 3600)), "future")
    refused(5, sign(claims(exp=now - 3600)), "too old")
    refused(5, sign(claims(iat=now - 36000)), "too old")


@test
def token_that_nobody_signed():
    text = base64url({"alg": "none"}) + "." + base64url(issuer.claims()) + "."
    for token in (text, text + "AA"):
        got = run(NAME, config(), stdin=question(token))
        holds(got.code in (3, 4) and got.out == "", got.err)


@test
def public_key_taken_for_a_shared_secret():
    import hmac
    text = (base64url({"alg": "HS256", "kid": "first"}) + "." +
            base64url(issuer.claims()))
    for secret in (issuer.key.n, json.dumps(issuer.key.jwk).encode()):
        mac = hmac.new(secret, text.encode(), hashlib.sha256).digest()
        refused(3, text + "." + base64url(mac), "no key of the issuer")


@test
def key_that_the_token_brings_itself():
    other = Key(temp, "other")
    refused(3, other.sign(issuer.claims(), kid="first"), "no key of the issuer")
    refused(3, other.sign(issuer.claims(), kid="first", jwk=other.jwk),
            "no key of the issuer")
    refused(3, other.sign(issuer.claims()), "no key of the issuer")


@test
def every_changed_part_is_refused():
    parts = issuer.key.sign(issuer.claims()).split(".")
    other = issuer.key.sign(issuer.claims(email="b@example.org")).split(".")
    refused(3, ".".join([parts[0], other[1], parts[2]]))
    refused(3, ".".join([parts[0], parts[1], other[2]]))
    for token in ("", ".", "..", ".".join(parts[:2]), ".".join(parts) + ".x",
                  "x" * 40000):
        refused(4, token)


@test
def key_of_another_use_is_not_taken():
    for change in ({"use": "enc"}, {"alg": "PS256"}, {"kty": "EC"}):
        issuer.pages["/keys"] = (200, json.dumps(
            {"keys": [dict(issuer.key.jwk, **change)]}).encode())
        refused(3, issuer.key.sign(issuer.claims()), "no key of the issuer")
    issuer.reset()


@test
def issuer_that_does_not_answer_rightly():
    token = issuer.key.sign(issuer.claims())
    about = "/.well-known/openid-configuration"
    for pages in ({about: (404, b"")}, {about: (200, b"[]")},
                  {about: (200, b"{")}, {about: (302, b"/keys")},
                  {"/keys": (200, b" " * 300000)}, {"/keys": (500, b"{}")}):
        issuer.reset()
        issuer.pages.update(pages)
        refused(6, token)
    for change in ({"issuer": issuer.url + "/"}, {"issuer": None},
                   {"jwks_uri": None},
                   {"jwks_uri": "http://keys.example.org/"},
                   {"jwks_uri": "file:///etc/passwd"}):
        issuer.reset(**change)
        refused(6, token)
    issuer.reset()
    issuer.pages["/keys"] = (200, b"{}")
    refused(3, token)
    issuer.reset()
    claims_of(token)


@test
def configuration_is_checked():
    expect(0, NAME, "check-config", config("https://id.example.org/realm"))
    for url in ("http://id.example.org", "id.example.org", "https://",
                "file:///etc", "http://127.0.0.1.example.org",
                "http://localhost@example.org"):
        expect(2, NAME, "check-config", config(url))


@test
def malformed_questions():
    token = issuer.key.sign(issuer.claims())
    expect(4, NAME, config(), stdin=question(token, evidence={}))
    expect(4, NAME, config(), stdin=question(token, evidence={"token": 1}))
    expect(4, NAME, config(), stdin=question(
        token, evidence={"token": token, "user": "x"}))


run_tests()
