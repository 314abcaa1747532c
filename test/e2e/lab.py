#!/usr/bin/env python3
"""`attrium lab`: every chapter runs, as text and as JSON, and its claims hold.
The arithmetic that can be redone here is redone from the values shown."""

import json
import subprocess

from world import ATTRIUM, Tap

tap = Tap()
CHAPTERS = ["sharing", "policy", "pairing", "ibe", "abe", "collusion", "hole",
            "exchange"]
# The least number of claims: a chapter that ends early has fewer.
CLAIMS = [6, 5, 3, 4, 6, 7, 7, 16]
R = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001


def lab(*args):
    done = subprocess.run([ATTRIUM, "lab", *args], timeout=120,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def values(chapter):
    return {s["name"]: s["value"] for s in chapter["steps"] if "name" in s}


def test_list():
    status, out, err = lab()
    tap.ok(status == 0 and
           [line.split()[0] for line in out.splitlines()] == CHAPTERS,
           "the list of chapters", out + err)
    status, out, _ = lab("--json")
    doc = json.loads(out)
    tap.ok(status == 0 and doc["schema"] == 1 and
           [c["name"] for c in doc["chapters"]] == CHAPTERS, "as JSON", out)


def test_text(name, least):
    status, out, err = lab(name)
    lines = out.splitlines()
    good = sum(line.startswith("  ok: ") for line in lines)
    tap.ok(status == 0 and err == "" and lines[0].startswith(name + ": ") and
           good >= least and "NOT OK" not in out and
           "  %d of %d claims hold." % (good, good) in lines and
           all(len(line) <= 80 for line in lines),
           name + " as text", out + err)


def test_json(name, least):
    status, out, err = lab(name, "--json")
    doc = json.loads(out)
    chapter = doc["chapters"][0]
    claims = [s for s in chapter["steps"] if "claim" in s]
    tap.ok(status == 0 and err == "" and len(doc["chapters"]) == 1 and
           doc["ok"] is True and chapter["name"] == name and
           chapter["ok"] is True and chapter["claims"] == len(claims) and
           len(claims) >= least and all(c["ok"] is True for c in claims),
           name + " as JSON", out + err)
    return chapter


def test_arithmetic(chapters):
    v = {k: int(x, 16) for k, x in values(chapters["sharing"]).items()}
    tap.equal((2 * v["share 1"] - v["share 2"]) % R, v["s"],
              "shares 1 and 2 give the secret here too")
    tap.equal((3 * v["share 1"] - v["share 3"]) * pow(2, -1, R) % R, v["s"],
              "and shares 1 and 3")
    v = values(chapters["pairing"])
    tap.ok(v["e(aP, bQ)"] == v["e(P, Q)^(ab)"] != v["e(P, Q)"],
           "the two sides of the pairing are shown equal")
    keys = [s["value"] for s in chapters["hole"]["steps"]
            if s.get("name", "").startswith("hash of ")]
    tap.ok(len(keys) == 4 and keys[0] == keys[1] != keys[2] == keys[3],
           "the room's keys under both broken combiners are Mallory's", keys)
    steps = chapters["exchange"]["steps"]
    sids = [s["value"] for s in steps if s.get("name", "").startswith("sid")]
    tap.ok(len(sids) == 6 and len(set(sids[:3])) == 1 and
           len(set(sids[3:])) == 1 and sids[0] != sids[3],
           "one sid an epoch", sids)


def test_all():
    status, out, err = lab("all", "--json")
    doc = json.loads(out)
    tap.ok(status == 0 and err == "" and doc["ok"] is True and
           [c["name"] for c in doc["chapters"]] == CHAPTERS, "all", err)
    _, again, _ = lab("sharing", "--json")
    tap.ok(values(json.loads(again)["chapters"][0])["s"] !=
           values(doc["chapters"][0])["s"], "fresh values at every run")


def test_refusals():
    for args, name in ((["nothing"], "an unknown chapter"),
                       (["sharing", "policy"], "two chapters"),
                       (["--quick"], "an unknown option")):
        status, out, err = lab(*args)
        tap.ok(status == 2 and out == "" and err.startswith("attrium: "),
               "2: " + name, (status, out, err))
    status, out, err = lab("nothing", "--json")
    tap.ok(status == 2 and out == "" and "error" in json.loads(err),
           "2: an unknown chapter, as JSON", (status, out, err))


def main():
    test_list()
    for name, least in zip(CHAPTERS, CLAIMS):
        test_text(name, least)
    test_arithmetic({name: test_json(name, least)
                     for name, least in zip(CHAPTERS, CLAIMS)})
    test_all()
    test_refusals()
    tap.done()


if __name__ == "__main__":
    main()
