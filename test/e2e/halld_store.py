"""The hall when its disk takes no more: nothing is acknowledged that is not
kept, the program ends, and starting it again goes on from the last commit."""

import os
import resource
import sys

sys.path.insert(0, os.path.dirname(__file__))
from world import *  # noqa


def main():
    tap = Tap()
    with World("[time]\ngrace = 30 s\n") as world:
        world.start_authority()
        world.start_hall()
        world.give_key("ada", "ONE, TWO")
        world.give_key("ben", "THREE, FOUR")
        link = world.create_room("ada")
        ada = world.enter("ada", link)
        ben = world.enter("ben", link)
        tap.ok(wait_until(lambda: ada.is_keyed_with(2) and
                          ben.is_keyed_with(2)), "two are in a room")
        ada.say("before")
        tap.ok(ben.wait_for("text") and ada.wait_for("sent"),
               "a text is kept, passed on and acknowledged")
        acked = len(ada.of("sent"))

        log = world.path("hall", "hall.db-wal")
        size = os.path.getsize(log)
        resource.prlimit(world.hall.process.pid, resource.RLIMIT_FSIZE,
                         (size, size))
        ada.say("x" * 15000)
        ada.say("y" * 15000)
        ended = wait_until(lambda: world.hall.process.poll() is not None)
        tap.ok(ended, "the hall ends when it cannot commit")
        tap.equal(world.hall.process.returncode if ended else None, 1,
                  "its exit status is 1")
        world.hall.process.stdout.close()
        # Of what the hall still said, that is the end.
        tap.ok(ada.wait_for("disconnected") and ben.wait_for("disconnected"),
               "which both notice")
        # The log was not full: some of the first text may have fitted.
        kept = len(ada.of("sent"))
        tap.ok(kept <= acked + 1 and len(ben.of("text")) <= kept,
               "nothing was acknowledged or shown that is not kept",
               "acked %d of which %d shown" % (kept, len(ben.of("text"))))

        world.start_hall()
        tap.ok(wait_until(lambda: len(ben.of("text")) >= 3),
               "after a new start all texts arrive")
        texts = [text[:1] for _, text in ben.texts()]
        tap.equal(texts, ["b", "x", "y"], "each once, in order")
        tap.ok(wait_until(lambda: len(ada.of("sent")) >= acked + 2),
               "and are acknowledged")
        tap.equal((ada.leave(), ben.leave()), (0, 0), "both leave with 0")
        tap.equal(world.hall.stop(), 0, "the hall ends with 0")

        # A hall that takes rooms of another authority only.
        with open(world.hall_conf, "a") as conf:
            conf.write("[rooms]\nauthorities = %s\n" % ("ab" * 32))
        world.start_hall()
        status, _, _ = world.attrium("ada", "room", "create", "--hall",
                                     world.hall.address, POLICY)
        tap.ok(status != 0, "rooms of other authorities are refused")
        ada = world.enter("ada", link)
        tap.ok(wait_until(lambda: ada.is_keyed_with(1)), "one that stands stays")
        tap.equal(ada.leave(), 0, "and is left with 0")
    tap.done()


main()
