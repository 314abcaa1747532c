"""An OpenID Connect issuer for tests, with keys of openssl, and tokens as an
issuer or a forger would make them."""

import base64
import http.server
import json
import subprocess
import threading
import time

CLIENT = "attrium"


def base64url(data):
    if isinstance(data, dict):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Key:
    """An RSA key of openssl, its JWK, and signatures by it."""

    def __init__(self, temp, name):
        self.path = temp(name + ".pem")
        subprocess.run(["openssl", "genrsa", "-out", self.path, "2048"],
                       check=True, capture_output=True)
        modulus = subprocess.run(
            ["openssl", "rsa", "-in", self.path, "-noout", "-modulus"],
            check=True, capture_output=True).stdout.decode()
        self.n = bytes.fromhex(modulus.strip().split("=")[1])
        self.jwk = {"kty": "RSA", "kid": name, "use": "sig", "alg": "RS256",
                    "n": base64url(self.n), "e": "AQAB"}

    def sign(self, payload, **header):
        head = dict({"alg": "RS256", "kid": self.jwk["kid"]}, **header)
        text = base64url(head) + "." + base64url(payload)
        made = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", self.path],
            input=text.encode(), check=True, capture_output=True)
        return text + "." + base64url(made.stdout)


class Issuer:
    """Answers what `pages` holds; an issuer by default."""

    def __init__(self, temp, nonce):
        self.nonce = nonce
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                status, body = outer.pages.get(self.path, (404, b"none"))
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", body.decode())
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass

            do_POST = do_GET

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      Handler)
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()
        self.url = "http://127.0.0.1:%d" % self.server.server_address[1]
        self.key = Key(temp, "first")
        self.reset()

    def reset(self, **about):
        about = dict({"issuer": self.url, "jwks_uri": self.url + "/keys"},
                     **about)
        self.pages = {
            "/.well-known/openid-configuration":
                (200, json.dumps(about).encode()),
            "/keys": (200, json.dumps({"keys": [self.key.jwk]}).encode()),
        }

    def claims(self, **change):
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "sub": "42", "iat": now,
                  "exp": now + 300, "nonce": self.nonce, "email": "a@example.org"}
        claims.update(change)
        return {k: v for k, v in claims.items() if v is not None}
