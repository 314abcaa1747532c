#!/usr/bin/env python3
"""Writes the files of a page as C text, so that a program has them in it.

usage: embed.py OUT FILE...

The first file is the page "/"; the others are named as they are.
"""

import os
import sys

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}


def text_of(path):
    """The file as C strings, one a line."""
    with open(path, encoding="utf-8") as f:
        for line in f:
            line = line.replace("\\", "\\\\").replace('"', '\\"')
            line = line.replace("\t", "\\t").replace("\n", "\\n")
            yield '        "' + line + '"'


def main():
    out, *paths = sys.argv[1:]
    with open(out, "w", encoding="utf-8") as f:
        f.write('#include "app/kmsd/admin.h"\n\n'
                "const atr_admin_file atr_admin_files[] = {\n")
        for number, path in enumerate(paths):
            name = "" if number == 0 else os.path.basename(path)
            kind = TYPES[os.path.splitext(path)[1]]
            f.write('    {"/%s", "%s",\n%s},\n' % (
                name, kind, "\n".join(text_of(path))))
        f.write("};\n\nconst size_t atr_admin_file_count =\n"
                "    sizeof atr_admin_files / sizeof atr_admin_files[0];\n")


main()
