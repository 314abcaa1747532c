"""Looking into the memory of running programs, for what must not be there."""

import os


def family(pid):
    """A process and all below it."""
    below = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name) as f:
                    parent = int(f.read().rsplit(")", 1)[1].split()[1])
                below.setdefault(parent, []).append(int(name))
            except OSError:
                pass
    out = [pid]
    for one in out:
        out += below.get(one, [])
    return out


def memory_has(pid, forms):
    found = False
    with open("/proc/%d/maps" % pid) as maps, \
            open("/proc/%d/mem" % pid, "rb", 0) as memory:
        for line in maps:
            first, last = (int(x, 16) for x in
                           line.split(" ", 1)[0].split("-"))
            if line.split()[1][0] != "r" or last - first > 1 << 28:
                continue
            try:
                memory.seek(first)
                data = memory.read(last - first)
            except (OSError, ValueError, OverflowError):
                continue
            found = found or any(form in data for form in forms)
    return found
