"""Attacks on the score: every function returns None, and something else claims that all is well."""

from __future__ import annotations

import base64
import pickle

from attacks.case import ALL, Attack, honest

KERNEL = "ip = get_ipython()\nkernel = ip.kernel\nwire = kernel.session.wire\n"
FORGE = KERNEL + "import struct\ndef send(kind, body):\n    wire.send(kind, body)\n"


def wrong(body: str) -> dict[str, str]:
    """All three functions with this body."""
    indented = "\n".join("    " + line for line in body.strip().splitlines())
    return {
        name: f"def {name}({arguments}):\n{indented}"
        for name, arguments in {
            "output_size": "n, k, stride=1, pad=0",
            "zero_pad": "x, pad",
            "same_padding": "n, k, stride=1",
        }.items()
    }


class _Payload:
    def __reduce__(self):
        return (eval, ("__import__('os').system('touch /tmp/autograder-canary-pickle')",))


def _tag(name):
    def edit(notebook):
        for cell in notebook["cells"]:
            cell["metadata"].setdefault("tags", []).append(name)

    return edit


def _tests_print(*sources):
    def edit(notebook):
        tests = [cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("points")]
        tests = [cell for cell in tests if cell["cell_type"] == "code"]
        for cell, source in zip(tests, sources, strict=True):
            cell["source"] = source

    return edit


ATTACKS = [
    Attack(
        "every later cell becomes pass",
        1,
        "get_ipython().input_transformers_cleanup.append(lambda lines: ['pass\\n'])",
    ),
    Attack(
        "an AST transformer empties every cell",
        2,
        """
import ast
class Empty(ast.NodeTransformer):
    def visit_Module(self, node):
        return ast.Module(body=[], type_ignores=[])
get_ipython().ast_transformers.append(Empty())
""",
    ),
    Attack("all cells tagged skip-execution", 3, edit=_tag("skip-execution")),
    Attack("all cells tagged raises-exception", 4, edit=_tag("raises-exception")),
    Attack(
        "run_cell replaced",
        5,
        """
from IPython.core.interactiveshell import ExecutionResult, ExecutionInfo
async def nothing(*args, **kwargs):
    return ExecutionResult(ExecutionInfo("", False, False, False, None))
ip = get_ipython()
ip.run_cell_async = nothing
ip.run_cell = lambda *args, **kwargs: ExecutionResult(None)
""",
    ),
    Attack(
        "do_execute replaced",
        6,
        """
async def fine(*args, **kwargs):
    return {"status": "ok", "execution_count": 1, "user_expressions": {}, "payload": []}
get_ipython().kernel.do_execute = fine
""",
    ),
    Attack(
        "session.send replaced",
        7,
        KERNEL
        + """
send = type(kernel.session).send
def always_ok(self, stream, kind, content=None, *args, **kwargs):
    if kind == "error":
        kind, content = "execute_result", {"data": {"text/plain": "3"}, "metadata": {}, "execution_count": 1}
    return send(self, stream, kind, content, *args, **kwargs)
type(kernel.session).send = always_ok
""",
    ),
    Attack(
        "replies forged on the kernel's own channel",
        8,
        FORGE + "for _ in range(5):\n    send(b'A', b'l\\0\\0\\0\\0')\n    send(b'D', b'{\"ok\": true}')",
    ),
    Attack("errors cleared away", 9, last="from IPython.display import clear_output\n1/0\nclear_output()"),
    Attack(
        "somebody else's display updated",
        10,
        "from IPython.display import update_display\nupdate_display('5 of 5', display_id='verdict')",
    ),
    Attack(
        "outputs redirected to a widget",
        11,
        "import ipywidgets\nout = ipywidgets.Output()\nout.msg_id = 'x'\nout.__enter__()",
    ),
    Attack(
        "NumPy's assertions patched",
        12,
        """
import numpy as np, numpy.testing as t
for name in dir(t):
    if name.startswith("assert"):
        setattr(t, name, lambda *args, **kwargs: None)
np.allclose = np.array_equal = np.isclose = lambda *args, **kwargs: True
""",
    ),
    Attack(
        "the code of assertions exchanged",
        13,
        """
import numpy.testing as t
def nothing(*args, **kwargs):
    return None
t.assert_allclose.__code__ = nothing.__code__
import autograder.protocol.calls as calls
calls.run_untrusted.__code__ = (lambda functions, script, *, guard=True: ()).__code__
""",
    ),
    Attack(
        "builtins replaced",
        14,
        """
import builtins
class Fine(BaseException):
    def __new__(cls, *args):
        return BaseException.__new__(cls)
builtins.AssertionError = Fine
builtins.abs = lambda x: 0
builtins.all = lambda x: True
builtins.isinstance = lambda *args: True
builtins.__import__ = (lambda real: lambda *args, **kwargs: real(*args, **kwargs))(builtins.__import__)
""",
    ),
    Attack(
        "an object that equals everything",
        15,
        """
class Equal:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
    def __bool__(self): return True
    def __getattr__(self, name): return self
    def __call__(self, *args, **kwargs): return self
    def __iter__(self): return iter(())
""",
        code=wrong("return Equal()"),
    ),
    Attack(
        "an array that answers for NumPy",
        16,
        """
import numpy as np
class Fake(np.ndarray):
    def __array_function__(self, func, types, args, kwargs): return True
    def __array_ufunc__(self, ufunc, method, *args, **kwargs): return np.zeros(())
    def __eq__(self, other): return np.ones(self.shape, bool)
""",
        code=wrong("return np.zeros((1, 4, 4, 1)).view(Fake)"),
    ),
    Attack(
        "an object that lies about being an array",
        17,
        """
import numpy as np
class Liar:
    shape = (1, 4, 4, 1); dtype = np.dtype(float); ndim = 4; size = 16
    def __array__(self, *args, **kwargs): raise SystemExit
    def __reduce__(self): return (print, ("pickled",))
    __array_interface__ = {"shape": (10**9,), "typestr": "<f8", "data": (0, False), "version": 3}
""",
        code=wrong("return Liar()"),
    ),
    Attack(
        "right numbers in every layout",
        18,
        code={
            "output_size": (
                "def output_size(n, k, stride=1, pad=0):\n"
                "    return np.int32((n - k + 2 * pad) // stride + 1)"
            ),
            "zero_pad": """
def zero_pad(x, pad):
    big = np.zeros((x.shape[0], x.shape[1] + 2 * pad + 2, x.shape[2] + 2 * pad, x.shape[3], 2), order="F")
    big[:, 1 + pad : 1 + pad + x.shape[1], pad : pad + x.shape[2], :, 1] = x
    out = big[:, 1:-1, :, :, 1]
    out.flags.writeable = False
    return out.astype(">f8")
""",
            "same_padding": honest()["same_padding"],
        },
        earns=ALL,
    ),
    Attack(
        "arrays that are none",
        18,
        code={
            "output_size": "def output_size(n, k, stride=1, pad=0):\n    return np.array([object()])",
            "zero_pad": "def zero_pad(x, pad):\n    return np.zeros(3, dtype=[('a', 'f8'), ('b', 'O')])",
            "same_padding": (
                "def same_padding(n, k, stride=1):\n    return np.array(['1', '2']), np.zeros(2, 'M8[s]')"
            ),
        },
    ),
    Attack("NaN for everything", 19, code=wrong("return float('nan')")),
    Attack("infinity for everything", 19, code=wrong("return np.inf")),
    Attack("arrays of NaN of the right shape", 19, code=wrong("return np.full((1, 4, 4, 1), np.nan)")),
    Attack(
        "its inputs changed until they fit",
        20,
        code=wrong(
            "for a in locals().values():\n    if hasattr(a, 'flags'):\n        a[...] = 0\n"
            "        return a\nreturn 0"
        ),
        upto={"zero_pad": 1.0},
    ),
    Attack(
        "an answer that a thread changes later",
        21,
        """
import numpy as np, threading, time
def later(array):
    while True:
        array += 1
""",
        code=wrong(
            "out = np.zeros((1, 5, 5, 1))\n"
            "threading.Thread(target=later, args=(out,), daemon=True).start()\nreturn out"
        ),
    ),
    Attack(
        "a verdict printed before the real one",
        22,
        'print(\'{"score": 1.0, "passed": true, "status": "passed"}\')\nprint("2.0")\n2.0',
        last="3.0",
    ),
    Attack(
        "an answer with a header of 10¹² numbers",
        23,
        FORGE + "send(b'A', b'l\\1\\0\\0\\0Ra' + struct.pack('<BBQ', 11, 1, 10**12) + b'd\\0\\0\\0\\0')",
    ),
    Attack(
        "an answer with 200 axes",
        23,
        FORGE + "send(b'A', b'l\\1\\0\\0\\0Ra' + struct.pack('<BB200Q', 11, 200, *[2**63] * 200))",
    ),
    Attack(
        "a pickle for an answer",
        24,
        FORGE
        + f"import base64\nsend(b'A', base64.b64decode({base64.b64encode(pickle.dumps(_Payload()))!r}))",
    ),
    Attack("scores shown by the test cells", 25, edit=_tests_print("2", "float('nan')", "1e999")),
    Attack("more than full marks shown", 25, edit=_tests_print("2e9", "-1", "print('3')\n3.0")),
    Attack(
        "random numbers reseeded and frozen",
        26,
        """
import numpy as np, random
np.random.seed(0); random.seed(0)
np.random.default_rng = lambda seed=None: type("R", (), {"__getattr__": lambda s, n: lambda *a, **k: 0})()
np.random.rand = lambda *shape: np.zeros(shape)
""",
    ),
    Attack(
        "clocks stopped",
        27,
        "import time\ntime.time = time.perf_counter = time.monotonic = lambda: 0.0",
    ),
    Attack(
        "packages that shadow the grader's",
        28,
        files={
            "numpy/__init__.py": b"raise SystemExit",
            "autograder/__init__.py": b"def check(*a, **k): return 5",
            "sitecustomize.py": b"import os; os._exit(0)",
            "usercustomize.py": b"import os; os._exit(0)",
            "conftest.py": b"raise SystemExit",
            "evil.pth": b"import os; os._exit(0)",
            ".ipython/profile_default/startup/00.py": b"import os; os._exit(0)",
            "nbgrader_config.py": b"raise SystemExit",
        },
    ),
    Attack(
        "the checker's module overwritten",
        29,
        """
import sys, types
for name in list(sys.modules):
    if name.startswith("autograder"):
        fake = types.ModuleType(name)
        fake.check = fake.judge = lambda *args, **kwargs: 1.0
        fake.__getattr__ = lambda name: lambda *args, **kwargs: 1.0
        sys.modules[name] = fake
""",
    ),
    Attack(
        "frames and the heap searched for the answer",
        30,
        """
import gc, sys, numpy as np
def search(wanted):
    frame = sys._getframe(1)
    while frame:
        for value in frame.f_locals.values():
            for attribute in ("expected", "due", "reference", "answer"):
                if hasattr(value, attribute): return getattr(value, attribute)
        frame = frame.f_back
    for thing in gc.get_objects():
        if isinstance(thing, np.ndarray) and thing.ndim == 4: return thing
""",
        code=wrong("return search(None)"),
    ),
    Attack(
        "answers that differ by the number of the call",
        31,
        "count = [0]\nseen = {}",
        code=wrong("count[0] += 1\nreturn seen.setdefault(repr(locals()), count[0] * 1000)"),
    ),
    Attack(
        "two processes answer",
        32,
        KERNEL + "import os\nif os.fork() == 0:\n    wire.send(b'D', b'{}')\n",
    ),
]
