#!/usr/bin/env python3
"""Completion in bash offers each command and option of each program."""

import os
import re
import shutil
import subprocess

from world import ATTRIUM, HALLD, KMSD, Tap

tap = Tap()
SCRIPT = os.path.join(os.path.dirname(__file__), "../../app/completion.bash")


def offered(program, *words):
    """What is offered for the last of the words."""
    line = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); ' \
           '_attrium_complete "$1"; printf "%s\\n" "${COMPREPLY[@]}"'
    out = subprocess.run(["bash", "-c", line, "bash", SCRIPT, program, *words],
                         stdout=subprocess.PIPE, check=True).stdout.decode()
    return set(out.split())


def said(program, *words):
    return subprocess.run([program, *words], stdout=subprocess.PIPE,
                          check=True).stdout.decode()


def check(program):
    name = os.path.basename(program)
    table = said(program, "help").split("commands:\n")[1].split("\n\n")[0]
    commands = [re.split(r"  +| \[", line.strip())[0]
                for line in table.splitlines()]
    first = {c.split()[0] for c in commands}
    tap.ok(len(first) > 3 and
           offered(program, "") == first | {"--help", "--version"},
           name + ": the commands", first)
    for command in commands:
        words = command.split()
        if command in ("help", "version"):
            continue
        if len(words) == 2:
            tap.ok(words[1] in offered(program, words[0], words[1][:2]),
                   "%s: %s" % (name, command))
        text = said(program, *words, "--help").split("options:\n")[1]
        wanted = set(re.findall(r"^  (?:-.,|   ) (--[a-z-]+)", text, re.M))
        letters = set(re.findall(r"^  (-.),", text, re.M))
        got = offered(program, *words, "-")
        tap.ok("--help" in wanted and got == wanted | letters,
               "%s: the options of %s" % (name, command), (wanted, got))
        tap.ok(offered(program, *words, "--he") == {"--help"},
               "%s: %s --he" % (name, command))
    tap.ok(offered(program, "nothing", "--x") == {*()},
           name + ": nothing for an unknown command")


if shutil.which("bash") is None:
    print("1..0 # SKIP no bash")
else:
    for one in (ATTRIUM, HALLD, KMSD):
        check(one)
    tap.done()
