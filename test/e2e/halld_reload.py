"""SIGHUP on a hall with people in it: other limits, another list of
authorities, another certificate. Nobody who is there notices."""

import os
import signal
import sys

sys.path.insert(0, os.path.dirname(__file__))
from world import *  # noqa

tap = Tap()


def log(world):
    with open(world.path("log"), "rb") as file:
        return file.read()


def reload(world, text, word=b"event=reloaded restart_needed=no"):
    """Another configuration for the running hall: whether it says so."""
    before = log(world).count(word)
    with open(world.hall_conf, "w") as conf:
        conf.write("[log]\nlevel = info\n" + text)
    world.hall.process.send_signal(signal.SIGHUP)
    return wait_until(lambda: log(world).count(word) > before)


def create(world):
    status, _, err = world.attrium("ada", "room", "create", "--hall",
                                   world.hall.address, POLICY)
    return status, err


def test_members(w, link, ada, ben):
    tap.ok(reload(w, "[limits]\nmembers = 1\n"), "fewer members than there are")
    dan = w.enter("dan", link)
    tap.ok(dan.end() not in (None, 0) and
           any("full" in str(e) for e in dan.events),
           "a newcomer is told that it is full", dan.events)
    ada.say("we stay")
    tap.ok(wait_until(lambda: ben.texts()[-1:] == [("ada", "we stay")]),
           "the members talk on")
    tap.ok(reload(w, "[limits]\nmembers = 3\n"), "more members again")
    dan = w.enter("dan", link)
    tap.ok(agree([ada, ben, dan]), "the newcomer is let in")
    return dan


def test_broken(w, link, people):
    tap.ok(reload(w, "[limits]\nmembers = none\n", b"event=reload "),
           "a configuration with an error is said to be one")
    eve = w.enter("ben", link)
    tap.ok(eve.end() not in (None, 0) and
           any("full" in str(e) for e in eve.events),
           "and the old one stays: three members", eve.events)
    tap.ok(agree(people), "nobody was dropped")


def test_rooms(w):
    status, _ = create(w)
    tap.equal(status, 0, "a second room is made")
    tap.ok(reload(w, "[limits]\nrooms = 2\n"), "no more rooms than there are")
    status, err = create(w)
    tap.ok(status != 0, "a third is not", err)
    tap.ok(reload(w, "[rooms]\nauthorities = %s\n" % ("ab" * 32)),
           "other authorities alone")
    status, err = create(w)
    tap.ok(status != 0, "no room of ours", err)
    tap.ok(reload(w, ""), "any authority")
    tap.equal(create(w)[0], 0, "a room of ours again")


def test_door(w, link, people):
    tap.ok(reload(w, "[limits]\nchallenges = 1\n"), "one challenge a second")
    many = [w.enter("ada", link, nick="n%d" % i) for i in range(4)]
    tap.ok(agree(people + many), "four who come at once are let in, "
           "each in turn")
    for person in many:
        person.leave()
    tap.ok(reload(w, ""), "back to a hundred")


def test_certificate(w, link, people):
    for name in ("tls.crt", "tls.key"):
        os.remove(w.path("hall", name))
    tap.ok(reload(w, ""), "another certificate")
    people[0].say("under the old one")
    tap.ok(wait_until(lambda: people[1].texts()[-1:] ==
                      [("ada", "under the old one")]), "nobody was dropped")
    status, _, _ = w.attrium("dan", "chat", link, data=b"x\n")
    tap.equal(status, 4, "who comes with the old link is warned")


def main():
    with World() as w:
        w.start_authority()
        w.start_hall()
        w.give_key("ada", "ONE, TWO")
        w.give_key("ben", "THREE, FOUR")
        w.give_key("dan", "ONE, FOUR")
        link = w.create_room("ada")
        people = [w.enter("ada", link), w.enter("ben", link)]
        tap.ok(agree(people), "two are in a room")
        people.append(test_members(w, link, *people))
        test_broken(w, link, people)
        test_rooms(w)
        test_door(w, link, people)
        test_certificate(w, link, people)
        tap.ok(not any(p.of("disconnected") for p in people),
               "no connection was lost in all this")
        tap.equal([p.leave() for p in people], [0, 0, 0], "all leave with 0")
        tap.equal(w.hall.stop(), 0, "the hall ends with 0")
    tap.done()


main()
