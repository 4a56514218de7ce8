"""Messages between the trusted side and a kernel: one letter, a length, that many bytes."""

from __future__ import annotations

import struct

HEAD = struct.Struct("<cI")

# To the kernel.
SETUP = b"S"  # JSON: the files of its working directory, names and sizes; their bytes follow in FILE frames
FILE = b"F"
CELL = b"C"  # UTF-8 source
UNDRAWN_CELL = b"U"  # the same, its pictures are not drawn
SILENT_CELL = b"I"  # the same, nothing of it is shown: a replay
SCRIPTS = b"Q"  # codec.encode_scripts, one script
CANDIDATE = b"K"  # Candidate.with_script: a changed text, and one script for it

# From the kernel.
READY = b"R"
OUTPUT = b"O"  # JSON: message type and content
DONE = b"D"  # JSON: whether the cell went through
ANSWERS = b"A"  # codec.encode_answers
REFUSED = b"T"  # the answers are too large to travel


def frame(kind: bytes, body: bytes = b"") -> bytes:
    """One message, ready to be sent."""
    return HEAD.pack(kind, len(body)) + body
