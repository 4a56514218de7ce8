"""Attacks on time, memory, processes, disk and output; and honest notebooks with one such question."""

from __future__ import annotations

from attacks.case import ALL, FOUND, Attack, honest

OTHERS = {"output_size": 2.0, "same_padding": 3.0}


def stuck(name: str, entry: int, body: str, **options) -> Attack:
    """An honest notebook whose second question does this when it is called."""
    source = "def zero_pad(x, pad):\n" + "\n".join("    " + line for line in body.strip().splitlines())
    return Attack(name, entry, code=honest() | {"zero_pad": source}, earns=OTHERS, **options)


def cell(name: str, entry: int, source: str, **options) -> Attack:
    """An honest notebook with one more cell, which does this."""
    return Attack(name, entry, first=source, code=honest(), earns=ALL, **options)


ATTACKS = [
    stuck("a loop without end", 41, "while True:\n    pass"),
    cell("a loop without end in a cell", 41, "while True:\n    pass"),
    cell(
        "interrupts ignored",
        42,
        "import signal\nfor n in range(1, 32):\n"
        "    try: signal.signal(n, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\n"
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    ),
    stuck("a native loop that holds the interpreter", 43, "return len(str(7 ** 10**9))"),
    cell("a regular expression that never ends", 43, "import re\nre.match(r'(a+)+$', 'a' * 64 + 'b')"),
    stuck("sleep", 44, "import time\ntime.sleep(10**6)"),
    cell("input", 44, "input('password? ')"),
    cell("reading the standard input", 44, "import sys, os\nos.read(0, 1)\nsys.stdin.read()"),
    stuck(
        "memory in one process", 45, "return bytearray(10**12) or [bytearray(10**7) for _ in range(10**6)]"
    ),
    stuck("memory page by page", 45, "keep = []\nwhile True:\n    keep.append(bytes(1 << 20) + b'x')"),
    stuck(
        "memory in many processes",
        46,
        "import os, time\nfor _ in range(12):\n    if os.fork() == 0:\n"
        "        block = b'x' * (60 << 20)\n        time.sleep(10**6)\n"
        "time.sleep(10**6)",
    ),
    stuck("a fork bomb", 47, "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"),
    cell(
        "a thread bomb",
        48,
        "import threading, time\nwhile True:\n    threading.Thread(target=time.sleep, args=(10**6,)).start()",
    ),
    cell(
        "the disk filled",
        49,
        "for folder in ('.', '/tmp', '/dev/shm'):\n    try:\n"
        "        for n in range(10**6):\n"
        "            open(f'{folder}/{n}', 'wb').write(bytes(1 << 22))\n"
        "    except OSError: pass",
    ),
    cell(
        "every inode taken",
        49,
        "for folder in ('.', '/tmp', '/dev/shm'):\n    try:\n"
        "        for n in range(10**6): open(f'{folder}/{n}', 'w').close()\n"
        "    except OSError: pass",
    ),
    cell("400 MB printed", 50, "line = 'x' * 4000\nfor _ in range(100_000): print(line)"),
    cell(
        "400 MB to stderr",
        50,
        "import sys\nline = 'x' * 4000\nfor _ in range(100_000): print(line, file=sys.stderr)",
    ),
    cell("a message of 100 MB", 50, "from IPython.display import display, HTML\ndisplay(HTML('x' * 10**8))"),
    cell("a hundred thousand small messages", 50, "for n in range(100_000): print(n, flush=True)"),
    Attack(
        "output without end around the limits",
        50,
        "import threading\nwire = get_ipython().kernel.session.wire\n"
        'body = b\'{"type": "stream", "content": {"name": "stdout", "text": "\' + b\'x\' * 10**6 + b\'"}}\'\n'
        "while True: wire.send(b'O', body)",
        honest(),
        ALL,
    ),
    Attack(
        "one message of four gigabytes announced",
        50,
        "import struct\nwire = get_ipython().kernel.session.wire\nwire.channel.setblocking(True)\n"
        "wire.channel.sendall(struct.pack('<cI', b'O', 2**32 - 1))\n"
        "while True: wire.channel.sendall(bytes(1 << 20))",
        honest(),
        ALL,
    ),
    stuck("recursion without end", 51, "return zero_pad(x, pad)"),
    stuck(
        "the C stack overflows",
        51,
        "import sys\nsys.setrecursionlimit(10**9)\ndef f(a): return sorted([a], key=f)\nreturn f(f)",
    ),
    cell(
        "every file descriptor taken",
        52,
        "keep = []\ntry:\n    while True: keep.append(open('/dev/null'))\nexcept OSError: pass",
    ),
    cell(
        "a gigantic figure",
        53,
        "import matplotlib.pyplot as plt\nplt.figure(figsize=(2000, 2000)); plt.plot([1, 2]); plt.show()",
    ),
    # What the system holds for a process and counts for none: a gigabyte of it in earlier versions.
    cell(
        "locks of ranges without end",
        0,
        "import fcntl\nfile = open('locked', 'w')\ntry:\n    for start in range(0, 10**7, 2):\n"
        "        fcntl.lockf(file, fcntl.LOCK_EX, 1, start)\n"
        f"        if start > 1000: print('{FOUND}', start); break\nexcept OSError: pass",
    ),
    cell(
        "locks of open descriptions without end",
        0,
        "import fcntl, struct\nfile = open('locked', 'w')\ntry:\n    for start in range(0, 10**7, 2):\n"
        "        fcntl.fcntl(file, 37, struct.pack('hhqqi', fcntl.F_WRLCK, 0, start, 1, 0))\n"
        f"        if start > 1000: print('{FOUND}', start); break\nexcept OSError: pass",
    ),
    cell(
        "terminals full of text",
        0,
        "import os\nkeep = []\ntry:\n    while True:\n        keep.append(os.openpty())\n"
        "        os.set_blocking(keep[-1][0], False)\n        os.write(keep[-1][0], b'x' * 600_000)\n"
        f"        if len(keep) > 8: print('{FOUND}', len(keep)); break\nexcept OSError: pass",
    ),
    cell(
        "sets of thirty thousand semaphores",
        0,
        f"import ctypes\nlibc = ctypes.CDLL(None)\nif libc.semget(0, 32000, 0o1600) >= 0: print('{FOUND}')",
    ),
    stuck(
        "memory of many processes cut into pieces",
        0,
        "import ctypes, os, time\nc = ctypes.CDLL(None)\nc.mmap.restype = ctypes.c_void_p\n"
        "for _ in range(3): os.fork()\n"
        "at = c.mmap(None, ctypes.c_size_t(4096 * 20_000), 1, 0x22, -1, ctypes.c_long(0))\n"
        "for n in range(0, 20_000, 2):\n"
        "    c.mprotect(ctypes.c_void_p(at + 4096 * n), ctypes.c_size_t(4096), 0)\n"
        "time.sleep(10**6)",
    ),
    # What is compared with every bug and pair of bugs: minutes of the judge's time in earlier versions.
    stuck("a long list of nothing", 0, "return [None] * 9_000"),
    stuck("a long list of large numbers", 0, "return [2**63 + 7] * 9_000"),
    stuck("a long list of small arrays", 0, "return [np.zeros(2 + n % 2) for n in range(9_000)]"),
    stuck("a dict of long keys", 0, "return {str(n) * 200_000: n for n in range(3)}"),
]
