#!/usr/bin/env python3
"""Periods of a few seconds, with real programs: keys that end, are renewed by
themselves while people talk, and are not when their grant is withdrawn."""

import json
import signal
import time

import world

PERIOD = 8 # seconds
TURNS = 3

tap = world.Tap()


def document(status, out):
    return json.loads(out) if status == 0 else {}


def keys_end(w):
    status, out, _ = w.attrium("alice", "key", "list", "--json")
    key = document(status, out).get("keys", [{}])[0]
    tap.ok("until" in key and key.get("attributes") == ["ONE", "TWO"],
           "a key says until when it serves", out)
    first = key.get("period", 0)
    tap.ok(world.wait_until(
        lambda: time.time() >= (first + 1) * PERIOD + 1), "it ends")
    status, out, err = w.attrium("alice", "key", "renew", "--json")
    tap.ok(document(status, out).get("period", 0) > first,
           "and is renewed from the same grant", err)


def rooms_say(w, link):
    status, out, err = w.attrium("alice", "room", "inspect", link, "--json")
    room = document(status, out)
    tap.equal(room.get("period_seconds"), PERIOD,
              "a room has the periods of its authority's keys")
    tap.ok(abs(room.get("period", 0) - time.time() / PERIOD) < 2,
           "and is in the present one", out)
    status, _, err = w.attrium("alice", "room", "create", "--hall",
                               w.hall.address, "--period", "7d", "ONE")
    tap.ok(status == 2 and b"--period" in err, "it has no others", err)
    status, out, err = w.attrium("alice", "room", "create", "--hall",
                                 w.hall.address, "--period", "0", "ONE")
    tap.ok(status == 0 and b"for ever" in err, "or none, and that is said",
           err)


def talk(people, until):
    """All talk on until it is so; no text is said twice."""
    end = time.monotonic() + 2 * world.LIMIT
    while not until() and time.monotonic() < end:
        for person in people:
            person.say("%s at %d" % (person.nick, time.monotonic_ns()))
        time.sleep(0.1)


def others_talk_on(w, link, ids):
    alice, bob, carol = (w.enter(n, link) for n in ("alice", "bob", "carol"))
    tap.ok(world.agree([alice, bob, carol]), "three are in the room",
           w.story())
    talk([alice, bob], lambda: len(carol.of("turn")) >= TURNS)
    tap.ok(len(carol.of("turn")) >= TURNS and carol.process.poll() is None,
           "periods turn, and all stay", w.story())
    status, _, err = w.run(world.KMSD, "withdraw", "-d", w.path("authority"),
                           ids["carol"])
    tap.equal(status, 0, "one is withdrawn")
    talk([alice, bob], lambda: carol.process.poll() is not None)
    tap.equal(carol.end(), 3, "and is out when the period is over")
    tap.equal((carol.last("closed") or {}).get("why"), "policy",
              "which it is told")
    order = [e["event"] for e in carol.events]
    last = len(order) - 1 - order[::-1].index("key-wanted")
    tap.ok("text" not in order[last:], "and reads nothing more", order[last:])
    turns = len(alice.of("turn"))
    talk([alice, bob], lambda: len(alice.of("turn")) > turns)
    return alice, bob


def nothing_is_lost(w, alice, bob):
    def is_quiet():
        return all(len(p.of("sent")) == len(p.of("queued"))
                   for p in (alice, bob))
    tap.ok(world.wait_until(is_quiet), "everything said is acknowledged",
           w.story())
    for reader, writer in ((alice, bob), (bob, alice)):
        want = len(writer.of("queued"))
        def heard():
            return [t for n, t in reader.texts()
                    if t.startswith(writer.nick + " ")]
        world.wait_until(lambda: len(heard()) >= want)
        tap.equal(len(heard()), want, "%s has read all that %s said"
                  % (reader.nick, writer.nick))
        tap.equal(len(set(heard())), want, "and nothing twice")
    tap.ok(any(e.get("again") for e in alice.of("joined")),
           "who comes in again is known", w.story())
    tap.equal(len({e["pseudonym"] for e in alice.of("joined")}), 3,
              "by the same pseudonyms")
    tap.equal((alice.leave(), bob.leave()), (0, 0), "they leave in peace")


def late_is_out(w, link):
    status, _, err = w.attrium("carol", "key", "renew")
    tap.equal(status, 5, "who is withdrawn renews nothing")
    status, _, err = w.attrium("carol", "chat", "--plain", link)
    tap.equal(status, 3, "and stays out")


def now_and_not_later():
    """A new generation puts somebody out long before the period ends."""
    with world.World() as w:
        w.start_authority("ONE TWO", "--period", "7d")
        w.start_hall()
        ids = {n: w.give_key(n, "ONE") for n in ("alice", "bob")}
        link = w.create_room("alice", "ONE")
        alice, bob = (w.enter(n, link) for n in ("alice", "bob"))
        tap.ok(world.agree([alice, bob]), "two are in the room", w.story())
        status, out, _ = w.attrium("alice", "key", "list", "--json")
        authority = document(status, out)["keys"][0]["fingerprint"]
        done = [w.run(world.KMSD, *words, "-d", w.path("authority"))[0]
                for words in (("withdraw", ids["bob"]), ("revoke", "-f"))]
        tap.equal(done, [0, 0], "one is withdrawn, and a generation begins")
        with open(w.hall_conf, "a") as conf:
            conf.write("[rooms]\ngenerations = %s=1\n" % authority)
        w.hall.process.send_signal(signal.SIGHUP)
        tap.equal(bob.end(), 3, "once the hall is told, that one is out")
        tap.ok(world.wait_until(lambda: alice.is_keyed_with(1)),
               "and the other one talks on", w.story())
        tap.equal((alice.last("turn") or {}).get("generation"), 1,
                  "in the new generation")
        tap.equal(alice.leave(), 0, "and leaves in peace")


def hall_that_hides_a_generation():
    """Members hear of it as they renew, and do not follow the hall."""
    with world.World() as w:
        w.start_authority("ONE", "--period", "%ds" % PERIOD)
        w.start_hall()
        w.give_key("alice", "ONE")
        alice = w.enter("alice", w.create_room("alice", "ONE"))
        tap.ok(world.agree([alice]), "one is in the room", w.story())
        tap.equal(w.run(world.KMSD, "revoke", "-f", "-d",
                        w.path("authority"))[0], 0, "a generation begins")
        tap.ok(world.wait_until(lambda: any(
            "generation 1" in str(e) for e in alice.of("error"))),
               "who renews a key is told that the hall hides it", w.story())
        keyed = len(alice.of("keyed"))
        tap.ok(alice.wait_for("refused"), "does not enter the old one again",
               w.story())
        tap.equal(len(alice.of("keyed")), keyed, "and has no key of it")
        with open(w.hall_conf, "a") as conf:
            conf.write('[rooms]\nbundles = "%s=%s"\n' % (
                w.path("authority", "authority.pub"), w.authority.address))
        w.hall.process.send_signal(signal.SIGHUP)
        tap.ok(world.wait_until(lambda: len(alice.of("keyed")) > keyed),
               "but the new one, once the hall asks", w.story())
        tap.equal(alice.leave(), 0, "and leaves in peace")


def main():
    now_and_not_later()
    hall_that_hides_a_generation()
    with world.World() as w:
        w.start_authority("ONE TWO", "--period", "%ds" % PERIOD)
        w.start_hall()
        ids = {n: w.give_key(n, "ONE, TWO") for n in ("alice", "bob", "carol")}
        keys_end(w)
        link = w.create_room("alice", "ONE and TWO")
        rooms_say(w, link)
        nothing_is_lost(w, *others_talk_on(w, link, ids))
        late_is_out(w, link)
    tap.done()


if __name__ == "__main__":
    main()
