#!/usr/bin/env python3
"""Removes what `meson install` puts below DESTDIR and the prefix.

usage: uninstall.py BUILD

The list is Meson's plan of the build, so it needs no record of the install;
folders that end up empty are removed too, if they are called attrium.
"""
import json
import os
import subprocess
import sys


def destinations(build):
    text = subprocess.run(["meson", "introspect", "--installed", build],
                          check=True, text=True, stdout=subprocess.PIPE).stdout
    return set(json.loads(text).values())


def aliases(path):
    """libattrium.so and .so.0 are links beside libattrium.so.0.1.0."""
    folder, name = os.path.split(path)
    if ".so." not in name:
        return []
    stem, version = name.split(".so.")
    major = version.split(".")[0]
    return [f"{folder}/{stem}.so", f"{folder}/{stem}.so.{major}"]


def main(build):
    destdir = os.environ.get("DESTDIR", "")
    paths = set()
    for path in destinations(build):
        paths |= {path, *aliases(path)}
    folders = set()
    for path in sorted(paths):
        full = destdir + path
        if os.path.islink(full) or os.path.isfile(full):
            os.remove(full)
            print(f"removed {full}")
            folder = os.path.dirname(full)
            while "attrium" in folder.removeprefix(destdir).split("/"):
                folders.add(folder)
                folder = os.path.dirname(folder)
    for folder in sorted(folders, key=len, reverse=True):
        if os.path.isdir(folder) and not os.listdir(folder):
            os.rmdir(folder)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
