#!/usr/bin/env python3
"""Keys under a passphrase are renewed, by `key renew` and while one talks, and
stay under it; so does what they are renewed with: who has the files alone gets
no further key."""

import base64
import json
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
import world
from world import wait_until

PERIOD = 15 # seconds
TURNS = 2

tap = world.Tap()


class Home:
    def __init__(self, w, name):
        self.w = w
        self.name = name
        self.folder = w.path("home-" + name, "data", "keys")

    def __call__(self, *args, word=None):
        if word is not None:
            args += ("--passphrase-file", secret(self.w, word))
        return self.w.attrium(self.name, *args)

    def path(self, kind):
        return os.path.join(self.folder, "default." + kind)

    def read(self, kind):
        with open(self.path(kind), "rb") as f:
            return f.read()

    def inspect(self, word):
        status, out, _ = self("key", "inspect", "--json", word=word)
        return json.loads(out) if status == 0 else {}

    def is_locked(self, kind):
        """Whether a file says that it is under a passphrase."""
        data = self.read(kind)
        if data.startswith(b"-----"):
            data = base64.b64decode(b"".join(data.split(b"\n")[1:-2]))
        return data.startswith(b"ATRLOCK")


def secret(w, word):
    path = w.path("pass-" + word)
    if not os.path.exists(path):
        with open(path, "w") as f:
            f.write(word + "\n")
        os.chmod(path, 0o600)
    return path


def both_go_under_it(w, home):
    plain = home.read("renewal")
    tap.ok(plain.startswith(b"ATRPEND"), "in the open it is a request")
    token = plain[-60:]
    status, _, err = home("key", "passphrase", "--new-passphrase-file",
                          secret(w, "old"))
    tap.equal(status, 0, "a key is put under a passphrase")
    tap.ok(home.is_locked("key") and home.is_locked("renewal"),
           "and with it what it is renewed with")
    tap.ok(all(token not in open(os.path.join(at, n), "rb").read()
               for at, _, names in os.walk(w.path("home-ada")) for n in names),
           "which is nowhere in the open")
    return plain


def only_with_it(w, home):
    """A thief has the whole directory, and the network."""
    status, _, err = home("key", "renew")
    tap.ok(status == 7 and b"passphrase" in err,
           "7: who cannot say it renews nothing", (status, err))
    status, _, err = home("key", "renew", word="guess")
    tap.equal(status, 4, "4: nor who guesses wrong")
    first = home.inspect("old").get("period", 0)
    tap.ok(wait_until(lambda: home("key", "renew", word="old")[0] == 0 and
                      home.inspect("old").get("period", 0) > first, pause=1),
           "who knows it gets the key of the next period")
    tap.ok(home.is_locked("key"), "which is under it again")


def changed_and_removed(w, home, plain):
    old_key = home.read("key")
    status, _, err = home("key", "passphrase", "--new-passphrase-file",
                          secret(w, "new"), word="old")
    tap.equal(status, 0, "it is changed")
    tap.ok(home("key", "renew", word="old")[0] == 4 and
           home("key", "renew", word="new")[0] == 0, "for both files")
    # As if the machine had stopped between the two.
    with open(home.path("key"), "wb") as f:
        f.write(old_key)
    status, _, err = home("key", "renew", word="old")
    tap.ok(status != 0 and b"passphrase" in err,
           "half done, it is not renewed", err)
    status, _, err = home("key", "passphrase", "--new-passphrase-file",
                          secret(w, "third"), word="old")
    tap.ok(status != 0 and home.read("key") == old_key,
           "nor changed to a third", err)
    status, _, err = home("key", "passphrase", "--new-passphrase-file",
                          secret(w, "new"), word="old")
    tap.equal((status, home("key", "renew", word="new")[0]), (0, 0),
              "the same again goes on")
    # From before the request lay under a passphrase.
    locked = home.read("renewal")
    with open(home.path("renewal"), "wb") as f:
        f.write(plain)
    os.chmod(home.path("renewal"), 0o600)
    tap.equal(home("key", "renew", word="new")[0], 0,
              "one in the open beside it serves too")
    with open(home.path("renewal"), "wb") as f:
        f.write(locked)
    status, _, err = home("key", "passphrase", "--remove", word="new")
    tap.ok(status == 0 and not home.is_locked("key") and
           not home.is_locked("renewal"), "and removed", err)
    tap.equal(home("key", "renew")[0], 0, "from both")


def talks_on(w, home):
    """A chat that was told the passphrase once."""
    home("key", "passphrase", "--new-passphrase-file", secret(w, "old"))
    link = w.create_room("ben", "ONE")
    first = home.inspect("old").get("period", 0)
    ada = w.enter("ada", link, "--passphrase-file", secret(w, "old"))
    ben = w.enter("ben", link)
    tap.ok(world.agree([ada, ben]), "two are in the room", w.story())
    tap.ok(ada.wait_for("turn", TURNS, 4 * TURNS * PERIOD), "periods turn",
           w.story())
    tap.ok(world.agree([ada, ben]), "and both are in it again", w.story())
    tap.equal(ada.of("error"), [], "nothing was amiss")
    tap.ok(home.is_locked("key"), "the key that is kept is under it")
    # The turn is told before the key of the new period has been kept.
    tap.ok(wait_until(lambda: home.inspect("old").get("period", 0) >=
                      first + TURNS, pause=0.5),
           "and of a later period", (first, home.inspect("old")))
    ada.say("still here")
    tap.ok(wait_until(lambda: ("ada", "still here") in ben.texts()),
           "they talk", w.story())
    tap.equal((ada.leave(), ben.leave()), (0, 0), "and leave in peace")


def main():
    with world.World() as w:
        w.start_authority("ONE", "--period", "%ds" % PERIOD)
        w.start_hall()
        for name in ("ada", "ben"):
            w.give_key(name, "ONE")
        home = Home(w, "ada")
        plain = both_go_under_it(w, home)
        only_with_it(w, home)
        changed_and_removed(w, home, plain)
        talks_on(w, home)
    tap.done()


if __name__ == "__main__":
    main()
