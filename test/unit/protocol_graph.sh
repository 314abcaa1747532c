#!/bin/sh
# The states in doc/protocol.md are those of the tables in the code.
exec python3 "${ATTRIUM_SOURCE:-.}/tool/protocol_graph.py"
