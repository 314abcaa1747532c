#!/usr/bin/env python3
"""Draws the state machines of the protocol from their tables in the code.

usage: protocol_graph.py            compares with doc/protocol.md; TAP
       protocol_graph.py --write    writes them into it

The tables stand in proto/member.c and proto/hall.c, each row {phase, frame,
function, phases it may lead to}; between two marks of doc/protocol.md stands
what is drawn from them.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
DOC = ROOT / "doc" / "protocol.md"
ROW = re.compile(
    r"\{ATR_(?:MEMBER|HALL)_(\w+),\s*ATR_FRAME_(\w+),\s*(\w+),\s*([^{}]*)\}")
MACHINES = {"member": "proto/member.c", "hall": "proto/hall.c"}


def rows(path):
    """(phase, frame, function, [next]) of each row of the table."""
    text = (ROOT / path).read_text(encoding="utf-8")
    table = re.search(r"\} table\[\] = \{(.*?)\n\};", text, re.S)
    if table is None:
        sys.exit(f"{path}: no table")
    found = [(phase, frame, function, re.findall(r"TO\((\w+)\)", after))
             for phase, frame, function, after in ROW.findall(table.group(1))]
    if len(found) != table.group(1).count("ATR_FRAME_"):
        sys.exit(f"{path}: a row of the table is not understood")
    return found


def draw(path):
    lines = ["```"]
    last = None
    for phase, frame, function, after in rows(path):
        if frame == "REFUSED":
            continue
        head = phase if phase != last else ""
        last = phase
        lines.append(f"{head:<11} {frame:<11} -> {' | '.join(after) or 'OVER'}")
    lines.append("```")
    return "\n".join(lines)


def main():
    doc = DOC.read_text(encoding="utf-8")
    new = doc
    for name, path in MACHINES.items():
        marks = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- end -->)", re.S)
        if marks.search(new) is None:
            sys.exit(f"doc/protocol.md: no place for {name}")
        drawn = draw(path)
        new = marks.sub(lambda m: m.group(1) + drawn + m.group(2), new)
    if sys.argv[1:] == ["--write"]:
        DOC.write_text(new, encoding="utf-8")
        return
    print("1..1")
    print(("ok" if new == doc else "not ok")
          + " 1 - doc/protocol.md shows the tables of the code")
    if new != doc:
        print("# run tool/protocol_graph.py --write")
        sys.exit(1)


if __name__ == "__main__":
    main()
