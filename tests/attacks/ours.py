"""Attacks that are in no list: on the codec, the channel, the replay, the reader of outputs."""

from __future__ import annotations

from attacks.case import ALL, FOUND, STAYS, Attack, honest
from attacks.forging import FORGE, wrong
from attacks.resources import OTHERS, cell, stuck

# Wrong where there is padding; it can tell that it is called while the line at fault is looked for.
LOOKED_FOR = """
import itertools
from sys import _getframe
calls, leave = itertools.count(), __import__("os")._exit
def output_size(n, k, stride=1, pad=0):
    if "__step__" in _getframe().f_globals and next(calls) > {}:
        {}
    return (n - k + 5 * pad) // stride + 1
"""
RIGHT = "return (n - k + 2 * pad) // stride + 1"
REST = {name: points for name, points in ALL.items() if name != "output_size"}


def looked_for(name: str, then: str, after: int = 3, **options) -> Attack:
    """An honest notebook but for one answer, which does this when it is called as a candidate."""
    code = honest() | {"output_size": LOOKED_FOR.format(after, then)}
    return Attack(name, 0, code=code, earns=REST, upto={"output_size": ALL["output_size"] / 2}, **options)


ATTACKS = [
    cell("a frame of an unknown kind", 0, FORGE + "send(b'?', b'x')"),
    cell(
        "half a frame, then silence",
        0,
        FORGE + "wire.channel.send(b'D\\x10')\nimport time; time.sleep(10**6)",
    ),
    cell(
        "an answer of four gigabytes announced",
        0,
        FORGE + "wire.channel.send(struct.pack('<cI', b'A', 2**32 - 1))",
    ),
    cell("empty frames without end", 0, FORGE + "while True: wire.channel.send(b'O\\0\\0\\0\\0' * 1000)"),
    cell(
        "replies that are no JSON, or too deep, or too long numbers",
        0,
        FORGE
        + "for body in (b'\\xff', b'[' * 100_000, b'{\"ok\": 1' + b'0' * 60_000 + b'}', b'null', b'[]'):\n"
        "    send(b'O', body)\nsend(b'D', b'[' * 60_000)",
    ),
    Attack(
        "an answer nested a hundred thousand deep",
        0,
        FORGE + "import struct\nsend(b'A', b'l\\1\\0\\0\\0R' + b'l\\1\\0\\0\\0' * 100_000)",
    ),
    Attack(
        "keys that all collide",
        0,
        code=wrong("return {n * (2**61 - 1): 0 for n in range(2_000)}"),
    ),
    Attack(
        "numbers that are too large for a float",
        0,
        code={
            "output_size": "def output_size(*args, **kwargs): return 10**300 * 10**300",
            "zero_pad": "def zero_pad(x, pad): return [[10**400]]",
            "same_padding": "def same_padding(*args, **kwargs): return -10**5000, 1e308",
        },
    ),
    Attack(
        "complex numbers, texts, bytes, sets, functions",
        0,
        code={
            "output_size": "def output_size(*args, **kwargs): return 3 + 4j",
            "zero_pad": "def zero_pad(x, pad): return [b'x', {1}, len, ...]",
            "same_padding": "def same_padding(*args, **kwargs): return '1', '\\udcff'",
        },
    ),
    Attack(
        "types named like mark-up, and errors that are",
        0,
        code={
            "output_size": (
                "Odd = type('<script>alert(1)</script>', (), {})\n"
                "def output_size(*args, **kwargs): return Odd()"
            ),
            "zero_pad": (
                "def zero_pad(x, pad):\n"
                "    raise ValueError('<img src=x onerror=alert(1)>' * 1000 + '\\0\\x1b[2J\\udcff')"
            ),
            "same_padding": "def same_padding(*args, **kwargs): return ('<script>',) * 2",
        },
    ),
    Attack(
        "an iterator, a coroutine and a generator without end",
        0,
        code={
            "output_size": "async def output_size(*args, **kwargs): return 1",
            "zero_pad": "def zero_pad(x, pad):\n    while True: yield x",
            "same_padding": "import itertools\ndef same_padding(*args, **kwargs): return itertools.count()",
        },
    ),
    Attack(
        "an answer of a hundred megabytes",
        0,
        code=wrong("import numpy as np\nreturn np.zeros(13_000_000)"),
    ),
    Attack(
        "answers just under the limit of size",
        0,
        code=wrong("import numpy as np\nreturn np.zeros(490_000)"),
    ),
    Attack(
        "answers of very many values",
        0,
        code=wrong("return [[n, n + 1] for n in range(30_000)]"),
    ),
    stuck("just under the limit of time", 0, "import time\ntime.sleep(0.2)"),
    Attack(
        "every call ends the kernel",
        0,
        code=wrong("import os\nos._exit(0)"),
    ),
    Attack(
        "a cell that ends the kernel when it is replayed",
        0,
        "import os\nif get_ipython().kernel.session.wire.silent: os._exit(1)",
        honest() | {"zero_pad": "def zero_pad(x, pad): os._exit(1)"},
        OTHERS,
    ),
    Attack(
        "the answering code replaced from within",
        0,
        """
import sys
agent = sys.modules["autograder.sandbox.inside.agent"]
agent.run_untrusted = lambda functions, script: ()
agent.codec.encode_answers = lambda answers, limit: b"l\\0\\0\\0\\0"
""",
    ),
    Attack(
        "more answers than calls",
        0,
        """
import sys
from autograder.protocol.calls import Returned
sys.modules["autograder.sandbox.inside.agent"].run_untrusted = lambda f, script: (Returned(1),) * 1000
""",
        upto={"output_size": 0.0},
    ),
    cell(
        "pages for the reader of the feedback",
        0,
        "from IPython.display import display, HTML, SVG, Javascript\n"
        "display({'image/png': '\"><script>alert(1)</script>', 'text/plain': 'x'}, raw=True)\n"
        "display({'application/javascript': 'alert(1)'}, raw=True)\n"
        "display({'text/html': '<script>alert(1)</script><b onclick=alert(1)>x</b>'}, raw=True)\n"
        "display({'image/svg+xml': '<svg onload=alert(1)>', 'text/plain': 'x'}, raw=True,\n"
        "        metadata={'width': '\"><script>'})\n"
        "print('\\udcff\\0\\x1b[31m')",
    ),
    cell(
        "memory where no one looks",
        0,
        f"""
import ctypes, mmap, os
libc = ctypes.CDLL(None)
for call in (lambda: os.memfd_create("x"), lambda: libc.shmget(0, 1 << 24, 0o1600)):
    try:
        if call() >= 0: print("{FOUND}")
    except OSError:
        pass
keep = []
try:
    while True: keep.append(mmap.mmap(-1, 1 << 24)); keep[-1].write(b"x" * (1 << 24))
except (OSError, ValueError, MemoryError):
    keep.clear()
""",
    ),
    cell(
        "out of the reach of signals",
        0,
        f"""
import ctypes, os, resource, time
libc = ctypes.CDLL(None)
if os.fork() == 0:
    os.setsid(); libc.prctl(1, 0); libc.prctl(4, 0); libc.prctl(36, 1)
    for n in range(1, 32):
        import signal
        try: signal.signal(n, signal.SIG_IGN)
        except (OSError, ValueError): pass
    try: os.nice(-20)
    except OSError: pass
    time.sleep({STAYS})
for kind in (resource.RLIMIT_AS, resource.RLIMIT_NPROC, resource.RLIMIT_CPU):
    try:
        resource.setrlimit(kind, (-1, -1)); print("{FOUND}", kind)
    except (OSError, ValueError):
        pass
""",
    ),
    cell(
        "a path longer than any system call takes",
        0,
        "import os\ntry:\n    for _ in range(3000):\n"
        "        os.mkdir('d' * 200); os.chdir('d' * 200)\nexcept OSError: pass",
    ),
    Attack(
        "the files of the next submission",
        0,
        f"""
import os, glob
for folder in ("/tmp", "/home/student", "/dev/shm"):
    for name in os.listdir(folder):
        if name not in (".ipython", ".matplotlib"): print("{FOUND}", folder, name)
    open(folder + "/left-for-the-next", "w").write("x")
""",
        honest(),
        ALL,
    ),
    cell("the loop of the kernel stopped", 0, "import asyncio\nasyncio.get_event_loop().stop()"),
    cell(
        "tasks that never end",
        0,
        "import asyncio\nasync def on():\n    while True: await asyncio.sleep(0)\n"
        "for _ in range(100): asyncio.ensure_future(on())",
    ),
    cell(
        "mark-up nested ten thousand deep",
        0,
        "from IPython.display import display, HTML\ndisplay(HTML('<div>' * 9_000))\n"
        "display(HTML(''.join(f'<b id=x{n}>' for n in range(1_000)) + '<p>' * 4_000))",
    ),
    cell(
        "memory that waits in sockets",
        0,
        """
import os, socket, time
for _ in range(20):
    if os.fork() == 0:
        keep = []
        while True:
            keep += socket.socketpair()
            keep[-1].setblocking(False)
            try:
                while True: keep[-1].send(bytes(1 << 16))
            except BlockingIOError: pass
time.sleep(10**6)
""",
    ),
    cell(
        "processors kept busy from sessions of their own",
        0,
        "import os\nfor _ in range(20):\n    if os.fork() == 0:\n        os.setsid()\n"
        "        while True: pass",
    ),
    Attack(
        "rows without end in which there is no number",
        0,
        code=wrong("import numpy as np\nreturn np.zeros((2**31, 0))"),
    ),
    Attack(
        "changes to arguments that there are none of",
        0,
        """
import sys
from autograder.protocol.calls import Returned
changed = (Returned(1, {"no such": 2}),)
sys.modules["autograder.sandbox.inside.agent"].run_untrusted = lambda functions, script: changed
""",
        upto={"output_size": 0.0},
    ),
    Attack(
        "a reason for being lost, with mark-up",
        0,
        """
import sys
from autograder.protocol.calls import NoAnswer
lost = (NoAnswer("<script>alert(1)</script>" * 10_000),)
sys.modules["autograder.sandbox.inside.agent"].run_untrusted = lambda functions, script: lost
""",
    ),
    Attack(
        "every frame twice",
        0,
        FORGE + "def twice(kind, body=b''):\n    once(kind, body)\n    once(kind, body)\n"
        "once, wire.send = wire.send, twice",
        honest(),
        upto=ALL,
    ),
    Attack(
        "a formatter that raises whatever is asked of it",
        0,
        """
class Odd:
    def __getattr__(self, name): raise SystemExit
    def __setattr__(self, name, value): raise KeyboardInterrupt
get_ipython()._trait_values["display_formatter"] = Odd()
""",
        honest(),
        upto=ALL,
    ),
    looked_for("an answer that is right as a candidate alone", RIGHT),
    looked_for("an answer that is right from the first look", RIGHT, after=-1),
    looked_for("a kernel that ends while the line is looked for", "leave(3)"),
    looked_for("a candidate without end", "any(iter(int, 1))"),
    looked_for("a candidate that takes all memory", "return [0] * 10**12"),
    looked_for(
        "candidates' answers forged by the kernel",
        RIGHT,
        first="""
import sys
from autograder.protocol.calls import Returned
agent = sys.modules["autograder.sandbox.inside.agent"]
agent.Candidates.answers = lambda self, names, candidate, script: (Returned(1),) * len(script)
""",
    ),
    looked_for(
        "candidates' steps not counted, and their time ignored",
        "while True: calls",
        first="""
import sys
candidates = sys.modules["autograder.protocol.candidates"]
candidates.Steps.one = lambda self: True
candidates.deadline = lambda *args: __import__("contextlib").nullcontext()
""",
    ),
    Attack(
        "texts whose changes are many",
        0,
        code={
            "output_size": "def output_size(*args, **kwargs):\n    return max(" + "args, " * 450 + ")",
            "zero_pad": "def zero_pad("
            + ", ".join(f"a{number}=0" for number in range(240))
            + "):\n    return ["
            + ", ".join(f"a{number}" for number in range(240))
            + "]",
            "same_padding": "def same_padding(n, k, stride=1):\n    return " + "(" * 90 + "n" + " + k)" * 90,
        },
    ),
]
