"""Notebooks that end their own kernel, or try to break whoever listens to it."""

from __future__ import annotations

from attacks.case import ALL, Attack
from attacks.resources import cell, stuck

ATTACKS = [
    stuck("os._exit in one question", 55, "import os\nos._exit(0)"),
    stuck("abort in one question", 55, "import os\nos.abort()"),
    stuck("a segmentation fault in one question", 55, "import ctypes\nctypes.string_at(0)"),
    stuck("SIGKILL to itself", 55, "import os\nos.kill(os.getpid(), 9)"),
    stuck("SIGSTOP to itself", 55, "import os\nos.kill(os.getpid(), 19)"),
    stuck("sys.exit", 55, "import sys\nsys.exit(0)"),
    stuck("SystemExit, raised", 55, "raise SystemExit"),
    stuck("KeyboardInterrupt, raised", 55, "raise KeyboardInterrupt"),
    stuck("an exception of its own, outside the usual tree", 55, "raise type('Odd', (BaseException,), {})()"),
    stuck(
        "an exception whose text hangs",
        55,
        "class Slow(Exception):\n    def __str__(self):\n        while True: pass\n"
        "    __repr__ = __str__\nraise Slow",
    ),
    stuck(
        "an exception whose text raises",
        55,
        "class Bad(Exception):\n    def __str__(self): raise SystemExit\n"
        "    __repr__ = __str__\n    __name__ = property(__str__)\nraise Bad",
    ),
    cell("a cell that ends the kernel", 55, "import os\nos._exit(0)"),
    cell("quit() in a cell", 55, "quit()"),
    cell("exit in a cell", 55, "import sys\nsys.exit(1)"),
    cell(
        "a display that hangs",
        55,
        "class Slow:\n    def _repr_html_(self):\n        while True: pass\nSlow()",
    ),
    cell(
        "a traceback that raises",
        55,
        "class Bad(BaseException):\n    def __str__(self): raise self\n"
        "    __repr__ = __str__\n    @property\n"
        "    def __traceback__(self): raise self\n"
        "raise Bad()",
    ),
    cell("every descriptor closed", 56, "import os\nos.closerange(0, 256)"),
    cell("the channel closed", 56, "get_ipython().kernel.session.wire.channel.close()"),
    cell("the ZeroMQ context ended", 56, "import zmq\nzmq.Context.instance().term()"),
    Attack(
        "warnings, prints and tracebacks on the way",
        24,
        first="1/0",
        code={
            "output_size": "import warnings, sys\nwarnings.warn('careful')\nprint('debug', file=sys.stderr)\n"
            "def output_size(n, k, stride=1, pad=0):\n    print('n', n, file=sys.stderr)\n"
            "    warnings.warn('x')\n"
            "    return (n - k + 2 * pad) // stride + 1\n",
        },
        earns={"output_size": ALL["output_size"]},
    ),
]
