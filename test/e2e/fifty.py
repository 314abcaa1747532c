#!/usr/bin/env python3
"""Fifty members in one room: fifty processes, one key, every text to all."""

import time

from world import Tap, World, agree, wait_until

tap = Tap()
MEMBERS = 50
STEP = 10


def main():
    with World() as w:
        w.start_authority()
        w.start_hall()
        for home, attributes in (("a", "ONE TWO"), ("b", "THREE FOUR"),
                                 ("c", "ONE FOUR FIVE")):
            w.give_key(home, attributes)
        link = w.create_room("a")
        people = []
        begin = time.monotonic()
        while len(people) < MEMBERS:
            for _ in range(STEP):
                number = len(people)
                people.append(w.enter("abc"[number % 3], link,
                                      nick="m%d" % number))
            tap.ok(agree(people), "%d members hold one key" % len(people),
                   [p.last("keyed") for p in people])
            tap.note("after %.1f s" % (time.monotonic() - begin))
        tap.note("%.1f s for %d joins" % (time.monotonic() - begin, MEMBERS))

        begin = time.monotonic()
        for person in people:
            person.say("hello from " + person.nick)
        heard = wait_until(lambda: all(len(p.of("text")) >= MEMBERS
                                       for p in people))
        tap.note("%.2f s for %d texts to %d members" %
                 (time.monotonic() - begin, MEMBERS, MEMBERS))
        tap.ok(heard, "every text reached every member",
               [len(p.of("text")) for p in people])
        first = people[0].texts()
        tap.ok(all(p.texts() == first for p in people) and
               len(set(first)) == MEMBERS,
               "in the same order, and nothing twice")
        tap.ok(all(len(p.of("sent")) == 1 for p in people),
               "and was acknowledged")

        leaver = people.pop()
        mark = people[0].last("keyed")["mark"]
        tap.equal(leaver.leave(), 0, "one leaves")
        tap.ok(agree(people) and
               people[0].last("keyed")["mark"] != mark,
               "the other %d agree on a new key" % len(people))
        people[7].say("without you")
        tap.ok(wait_until(lambda: all(p.texts()[-1] == ("m7", "without you")
                                      for p in people)) and
               len(leaver.of("text")) == MEMBERS,
               "and talk under it")
        tap.ok(not any(p.of("disconnected") or p.of("error")
                       for p in people), "nobody was disturbed")
    tap.done()


if __name__ == "__main__":
    main()
