#!/usr/bin/env python3
"""`attrium chat` on a real terminal: line editing, lines of others that do not
destroy what is typed, controls that never reach the screen, Ctrl+C."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

from world import ATTRIUM, Tap, World, wait_until

tap = Tap()


class Screen:
    """A terminal with `attrium chat` on it, and what stands on its rows."""

    def __init__(self, world, home, link, columns=60):
        self.parent, self.child = pty.openpty()
        fcntl.ioctl(self.child, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 24, columns, 0, 0))
        self.before = termios.tcgetattr(self.child)
        env = dict(world.env, ATTRIUM_HOME=world.path("home-" + home),
                   TERM="xterm", NO_COLOR="1")
        self.process = subprocess.Popen(
            [ATTRIUM, "chat", "--nick", "tty", link], stdin=self.child,
            stdout=self.child, stderr=self.child, env=env)
        self.raw = b""
        self.rows = [""]
        self.column = 0
        self.pending = b""

    def look(self, limit=0.2):
        end = time.monotonic() + limit
        while time.monotonic() < end:
            if select.select([self.parent], [], [], 0.02)[0]:
                try:
                    data = os.read(self.parent, 65536)
                except OSError:
                    return
                self.raw += data
                self._show(data)

    def _show(self, data):
        """Just enough of a terminal: CR, LF, erase to the end, move right."""
        text = (self.pending + data).decode("utf-8", "replace")
        self.pending = b""
        i = 0
        while i < len(text):
            c = text[i]
            if c == "\033":
                end = i + 1
                while end < len(text) and not (text[end].isalpha() and
                                               end > i + 1):
                    end += 1
                if end >= len(text):
                    self.pending = text[i:].encode()
                    return
                code = text[i + 1:end + 1]
                if code == "[K":
                    self.rows[-1] = self.rows[-1][:self.column]
                elif code.endswith("C"):
                    self.column += int(code[1:-1])
                i = end
            elif c == "\r":
                self.column = 0
            elif c == "\n":
                self.rows.append("")
                self.column = 0
            else:
                row = self.rows[-1].ljust(self.column)
                self.rows[-1] = row[:self.column] + c + row[self.column + 1:]
                self.column += 1
            i += 1

    def type(self, keys):
        os.write(self.parent, keys)

    def sees(self, text):
        return wait_until(lambda: self.look() or any(
            text in row for row in self.rows))

    def bottom_is(self, text):
        """Whether the row that is typed in comes to be `text`."""
        return wait_until(lambda: self.look() or self.rows[-1] == text)

    def end(self):
        wait_until(lambda: self.look() or self.process.poll() is not None)
        return self.process.poll()


def main():
    with World() as w:
        w.start_authority()
        w.start_hall()
        w.give_key("a", "ONE TWO")
        link = w.create_room("a")
        screen = Screen(w, "a", link)
        tap.ok(screen.sees("epoch 1"), "in the room", screen.raw)
        other = w.enter("a", link, nick="bob")
        tap.ok(screen.sees("epoch 2") and other.wait_for("keyed"),
               "another one comes", screen.rows)
        screen.type("h\u00e5llo wrld".encode())
        tap.ok(screen.bottom_is("> h\u00e5llo wrld"), "typing shows",
               screen.rows)
        other.say("good morning")
        tap.ok(screen.sees("bob#2: good morning") and
               screen.bottom_is("> h\u00e5llo wrld"),
               "a line of another one leaves what is typed", screen.rows)
        screen.type(b"\033[D\033[D\033[Do")
        tap.ok(screen.bottom_is("> h\u00e5llo world") and
               wait_until(lambda: screen.look() or screen.column == 10),
               "arrows move, letters are put in", (screen.rows, screen.column))
        screen.type(b"\r")
        tap.ok(screen.sees("[you]: h\u00e5llo world") and
               wait_until(lambda: ("tty", "h\u00e5llo world") in other.texts())
               and screen.bottom_is("> "), "Enter sends", screen.rows)
        mark = len(screen.raw)
        other.say("x\033[2J\033]0;owned\007y\u202ez\u009b31m\u200b")
        tap.ok(screen.sees("x[2J]0;ownedyz31m"), "text of others is text",
               screen.rows)
        shown = screen.raw[mark:]
        tap.ok(b"\033[2J" not in shown and b"\033]" not in shown and
               b"\x07" not in shown and b"\xc2\x9b" not in shown and
               b"\xe2\x80\xae" not in shown, "and nothing else", shown)
        screen.type(b"/frob it\r")
        tap.ok(screen.sees("no such command"), "an unknown command is told")
        screen.type(b"/who\r")
        tap.ok(screen.sees("-- 2 here"), "/who", screen.rows)
        screen.type(b"/epoch\r/policy\r/explain\r/help\r")
        tap.ok(screen.sees("key mark") and screen.sees("(ONE or THREE)") and
               screen.sees("your key satisfies") and screen.sees("/quit"),
               "/epoch, /policy, /explain, /help", screen.rows)
        screen.type(b"/nick t\xc3\xa5\r")
        tap.ok(wait_until(lambda: other.of("nick") and
                          other.last("nick")["nick"] == "t\u00e5"), "/nick")
        screen.type(b"\033[200~one\rtwo\r\033[201~")
        tap.ok(screen.bottom_is("> one two ") and
               ("tty", "one") not in other.texts(),
               "a paste of two lines waits for Enter", screen.rows[-3:])
        screen.type(b"\003")
        tap.ok(screen.sees("Ctrl+C again") and screen.bottom_is("> ") and
               screen.process.poll() is None,
               "Ctrl+C clears the line and warns", screen.rows[-3:])
        screen.type(b"x" * 100)
        screen.type(b"y")
        tap.ok(wait_until(lambda: screen.look() or
                          screen.rows[-1].endswith("y")) and
               len(screen.rows[-1]) <= 60 and
               screen.rows[-1].startswith("> xxx"),
               "a long line scrolls sideways", screen.rows[-1])
        screen.type(b"\025")
        w.hall.crash()
        tap.ok(screen.sees("trying again"), "a lost connection is told")
        screen.type(b"said meanwhile\r")
        w.start_hall()
        tap.ok(screen.sees("[you]: said meanwhile"),
               "what was said meanwhile is sent then", screen.rows[-5:])
        screen.type(b"and then\r")
        tap.ok(wait_until(lambda: "and then" in [t for _, t in other.texts()])
               and [t for _, t in other.texts()].count("said meanwhile") == 1,
               "once", other.texts())
        screen.type(b"\003\003")
        status = screen.end()
        tap.equal(status, 0, "Ctrl+C twice leaves")
        tap.equal(termios.tcgetattr(screen.child)[3], screen.before[3],
                  "and the terminal is as it was")
        tap.ok(wait_until(lambda: other.of("left") and
                          not other.last("left")["lost"]),
               "with a good-bye")
        other.leave()
    tap.done()


if __name__ == "__main__":
    main()
