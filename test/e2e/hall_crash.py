#!/usr/bin/env python3
"""The hall killed with kill -9 ten times during traffic: no acknowledged text
is lost, none comes twice, and the clients resume by themselves."""

import random
import threading
import time

from world import Tap, World, agree, wait_until

tap = Tap()
CRASHES = 10


def keep_talking(person, stop, said):
    """Says numbered texts until told to stop."""
    number = 0
    while not stop.is_set():
        number += 1
        text = "%s says %d" % (person.nick, number)
        if person.say(text):
            said.append(text)
        time.sleep(random.uniform(0.005, 0.05))


def check(people, said):
    """What everybody heard, against what was said and acknowledged."""
    heard = [[text for _, text in p.texts()] for p in people]
    reference = heard[0]
    tap.equal(len(reference), len(set(reference)), "nothing came twice")
    tap.ok(all(h == reference for h in heard),
           "all heard the same, in the same order",
           [len(h) for h in heard])
    for person, texts in zip(people, said):
        mine = [t for t in reference if t.startswith(person.nick + " ")]
        tap.ok(mine == texts,
               "%s: %d texts, none lost, in order" % (person.nick, len(texts)),
               "said %d, kept %d" % (len(texts), len(mine)))
        tap.equal(len(person.of("sent")), len(texts),
                  "%s: each acknowledged once" % person.nick)


def main():
    seed = random.randrange(1 << 32)
    random.seed(seed)
    tap.note("seed %d" % seed)
    with World() as w:
        w.start_authority()
        w.start_hall()
        w.give_key("a", "ONE TWO")
        link = w.create_room("a")
        people = [w.enter("a", link, nick=n) for n in ("ada", "ben", "cleo")]
        tap.ok(agree(people), "three members hold one key")
        said = [[] for _ in people]
        stop = threading.Event()
        threads = [threading.Thread(target=keep_talking,
                                    args=(p, stop, s))
                   for p, s in zip(people, said)]
        for thread in threads:
            thread.start()
        for _ in range(CRASHES):
            time.sleep(random.uniform(0.2, 0.8))
            w.hall.crash()
            time.sleep(random.uniform(0.0, 0.3))
            w.start_hall()
            acked = [len(p.of("sent")) for p in people]
            if not tap.ok(wait_until(lambda: all(
                    len(p.of("sent")) > a for p, a in zip(people, acked))),
                          "all are back by themselves"):
                break
        stop.set()
        for thread in threads:
            thread.join()
        tap.ok(wait_until(lambda: all(
            len(p.of("sent")) >= len(s) for p, s in zip(people, said))),
               "in the end all is acknowledged",
               [(len(p.of("sent")), len(s)) for p, s in zip(people, said)])
        total = sum(map(len, said))
        wait_until(lambda: all(len(p.of("text")) >= total for p in people))
        check(people, said)
        tap.ok(all(len(p.of("disconnected")) >= CRASHES for p in people),
               "every crash was noticed",
               [len(p.of("disconnected")) for p in people])
        tap.ok(all(not p.of("refused") and not p.of("error") for p in people),
               "nobody was turned away")
        tap.equal([p.leave() for p in people], [0, 0, 0],
                  "and all leave with status 0")
    tap.done()


if __name__ == "__main__":
    main()
