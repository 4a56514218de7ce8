"""A sandboxed kernel: what a notebook may expect of it, and how it outlives what happens to its process."""

import asyncio
import time

import numpy as np
import pytest

from autograder.protocol.calls import Call, NoAnswer, PreviousResult, Raised, Returned, SeededRng
from autograder.protocol.codec import CodecError
from autograder.sandbox import Limits, Sandbox, SandboxFailed, SandboxUnavailable
from autograder.sandbox import launch as launching
from autograder.sandbox.kernel import _fitting
from support.needs import needs


@pytest.fixture
def kernel(running):
    with running.kernel({"data/numbers.txt": b"1 2 3"}) as kernel:
        yield kernel


def test_cells_show_what_a_notebook_would(kernel):
    assert kernel.text("import numpy as np\nprint('one')\nnp.arange(3)") == "one\narray([0, 1, 2])"
    figure = kernel.run("%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);").outputs
    assert figure[0]["data"]["image/png"].startswith("iVBOR")
    assert kernel.text("import asyncio\nawait asyncio.sleep(0, 'awaited')") == "'awaited'"
    assert kernel.text("%%capture out\nprint(1)\n") == ""
    assert kernel.text("!echo from a shell").strip() == "from a shell"
    assert kernel.text("open('data/numbers.txt').read()") == "'1 2 3'"
    html = kernel.run("from IPython.display import HTML\nHTML('<b>b</b>')").outputs
    assert html[0]["data"]["text/html"] == "<b>b</b>"


def test_an_exception_is_an_output_and_keeps_what_went_before(kernel):
    run = kernel.run("x = 3\n1 / 0")
    assert run.status == "error"
    assert run.outputs[0]["ename"] == "ZeroDivisionError"
    assert kernel.text("x") == "3"
    assert kernel.run("def f(:").status == "error"


def test_the_stub_checks_nothing_and_lends_the_courses_own(kernel):
    assert kernel.text("from autograder import check, mine\ncheck(print);\nmine('output_size')(7, 3)") == "5"
    assert kernel.text("from autograder import is_mine\nis_mine('output_size')") == "False"
    assert kernel.run("import autograder.judging").status == "error"


def test_functions_answer_scripts(kernel):
    kernel.run(
        "import numpy as np\ndef double(x, add=0): return 2 * x + add\ndef draw(rng): return rng.random(2)"
    )
    kernel.run("def train(x):\n    x += 1\n    return lambda y: x * y")
    (doubled,), (drawn,), trained, (absent,) = kernel.answers(
        (Call("double", (np.arange(3.0),), {"add": 1}),),
        (Call("draw", (SeededRng(7),)),),
        (Call("train", (np.ones(2),)), Call(PreviousResult(0), (3.0,))),
        (Call("nowhere"),),
    )
    np.testing.assert_array_equal(doubled.value, [1.0, 3.0, 5.0])
    np.testing.assert_array_equal(drawn.value, np.random.default_rng(7).random(2))
    np.testing.assert_array_equal(trained[1].value, [6.0, 6.0])
    np.testing.assert_array_equal(next(iter(trained[0].changed.values())), [2.0, 2.0])
    assert absent == NoAnswer("missing")


def test_an_answer_must_fit_its_script():
    script = (Call("f", (1,), {"pad": 2}), Call("f"))
    for answers in (
        (),
        (Returned(1),),
        (Returned(1), Returned(2), Returned(3)),
        (NoAnswer("x"), Returned(2)),
        (Returned(1, {"x": 2}), Returned(2)),
        (Returned(1), Returned(2, {0: 3})),
    ):
        with pytest.raises(CodecError):
            _fitting(answers, script)
    assert len(_fitting((Returned(1, {0: 2, "pad": 3}), Returned(2)), script)) == 2
    (raised,) = _fitting((Raised("E" * 10**5, "", 10**300, "x" * 10**5),), script)
    assert len(repr(raised)) < 400


def test_an_exception_in_a_function_tells_its_line(kernel):
    kernel.run("def f(x):\n    y = [1]\n    return y[x]")
    ((raised,),) = kernel.answers((Call("f", (5,)),))
    assert isinstance(raised, Raised)
    assert (raised.type, raised.line, raised.source) == ("IndexError", 3, "return y[x]")


def test_what_a_cell_defined_outlives_the_death_of_its_process(kernel):
    kernel.run(
        "x = 1\ndef f(how):\n    import os, time\n    if how == 1: os._exit(0)\n"
        "    if how == 2: time.sleep(60)\n    return x"
    )
    assert kernel.run("x = 2\nimport os; os._exit(1)").status == "crash"
    assert kernel.text("x") == "1"
    assert kernel.run("while True: pass").status == "timeout"
    answers = kernel.answers(*[(Call("f", (how,)),) for how in (0, 1, 0, 2, 0)])
    lost = [answer.reason if isinstance(answer, NoAnswer) else answer.value for (answer,) in answers]
    assert lost == [1, "crash", 1, "timeout", 1]


def test_an_answer_may_take_as_long_as_its_exercise_says(kernel):
    kernel.run("import time\ndef f(): time.sleep(2.5); return 1")
    assert kernel.answers((Call("f"),)) == [(NoAnswer("timeout"),)]
    assert kernel.answers((Call("f"),), seconds=60) == [(Returned(1),)]


def test_a_function_that_kills_every_process_is_asked_only_so_often(kernel):
    kernel.run("import os\ndef f(): os._exit(0)\ndef g(): return 1")
    answers = kernel.answers(*[(Call("f"),)] * 20, (Call("g"),))
    assert answers == [(NoAnswer("crash"),)] * 20 + [(Returned(1),)]
    assert kernel.kernel.restarts <= 3


def test_a_slow_function_takes_no_time_from_the_others(kernel):
    kernel.run("import time\ndef slow(): time.sleep(0.8); return 1\ndef quick(): return 2")
    answers = kernel.answers(*[(Call("slow"),)] * 40, (Call("quick"),))
    right = answers.count((Returned(1),))
    assert 3 <= right <= 9
    assert answers == [(Returned(1),)] * right + [(NoAnswer("timeout"),)] * (40 - right) + [(Returned(2),)]


def test_memory_of_all_processes_together_is_limited(kernel):
    source = (
        "import os, time\nfor _ in range(6):\n    if os.fork() == 0:\n"
        "        block = b'x' * (80 << 20)\n        time.sleep(9)"
    )
    assert kernel.run(source + "\ntime.sleep(9)").status == "memory"
    assert kernel.run("block = bytearray(300 << 20)").outputs[0]["ename"] == "MemoryError"


PIECES = """
import ctypes, os, time
c = ctypes.CDLL(None)
c.mmap.restype = ctypes.c_void_p
c.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
c.mprotect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
for _ in range(3):
    os.fork()
at = c.mmap(None, 4096 * 20_000, 1, 0x22, -1, 0)
for n in range(0, 20_000, 2):
    c.mprotect(at + 4096 * n, 4096, 0)
time.sleep(9)
"""


def test_memory_cut_into_pieces_by_many_processes_is_limited(jailed):
    with jailed.kernel() as kernel:
        assert kernel.run(PIECES).status == "memory"


@pytest.mark.parametrize(
    ("source", "programs", "threads"),
    [
        ("import subprocess; subprocess.Popen(['sleep', '60'], start_new_session=True)", 1, 0),
        ("import os, time\nif os.fork() == 0: time.sleep(60)", 1, 0),
        ("%%bash --bg\nexec sleep 60", 1, 0),
        (
            "import threading, time; threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
            0,
            1,
        ),
        ("from concurrent.futures import ThreadPoolExecutor as T\nt = T(3); list(t.map(abs, [1]))", 0, 1),
        ("import subprocess; subprocess.run(['true']); kept = subprocess.Popen(['true'])", 0, 0),
        ("!true\nimport asyncio; await asyncio.to_thread(print, 1)", 0, 0),
        ("%%bash\ntrue", 0, 0),
    ],
)
def test_what_a_notebook_leaves_running_is_counted(running, source, programs, threads):
    kernel = running.do(running.sandbox.start())
    assert running.do(kernel.run_cell(source)).status == "ok"
    running.do(kernel.run_cell("import time; time.sleep(0.2)"))
    end = running.do(kernel.kill())
    assert (end.programs, kernel.threads) == (programs, threads)


def test_output_is_cut_off_and_the_cell_goes_on(kernel):
    run = kernel.run("for n in range(10_000): print('line', n)\nx = 1")
    assert run.status == "ok"
    assert "cut off" in run.outputs[-1]["text"]
    assert sum(len(output["text"]) for output in run.outputs) < 70_000
    assert kernel.text("x") == "1"


def test_the_output_of_all_cells_together_is_limited_too(running):
    with running.kernel() as kernel:
        texts = [kernel.text("print('x' * 50_000)") for _ in range(12)]
    assert [len(text) > 50_000 for text in texts] == [True] * 9 + [False] * 3
    assert "cut off" in texts[-1]


def test_answers_that_are_too_large_are_lost_alone(kernel):
    kernel.run("import numpy as np\ndef f(n): return np.zeros(n)")
    large, small = kernel.answers((Call("f", (10**6,)),), (Call("f", (2,)),))
    assert large == (NoAnswer("too large"),)
    assert small[0].value.shape == (2,)


def test_time_is_limited_for_the_notebook_as_a_whole(running):
    with running.kernel() as kernel:
        kernel.kernel._spent = 29.9
        assert kernel.run("import time\ntime.sleep(1)").status == "timeout"
        assert kernel.run("1").status == "timeout"
        assert kernel.answers((Call("f"),)) == [(NoAnswer("timeout"),)]


def test_kernels_do_not_share_what_they_compute_nor_their_random_numbers(running):
    with running.kernel() as one, running.kernel() as two:
        one.run("x = 1")
        assert two.run("x").status == "error"
        draw = "import numpy as np, random\n(np.random.rand(), random.random())"
        assert one.text(draw) != two.text(draw)


def test_a_fork_server_that_is_gone_is_a_fault_of_the_machine_and_no_answer():
    needs("linux")

    async def broken():
        async with Sandbox("process", Limits()) as sandbox:
            kernel = await sandbox.start()
            await kernel.run_cell("x = 1")
            sandbox._maker.server.kill()
            await sandbox._maker.server.wait()
            await asyncio.sleep(1)  # its kernels die with it, a moment later
            with pytest.raises(SandboxFailed):
                await kernel.run_cell("x")
            with pytest.raises(SandboxFailed):
                await sandbox.start()

    asyncio.run(broken())


def test_without_bubblewrap_it_refuses_and_says_what_to_do(monkeypatch):
    needs("linux")

    async def enter():
        async with Sandbox("bubblewrap"):
            raise AssertionError("there is no bubblewrap")

    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SandboxUnavailable, match=r"bwrap.*--unsafe-no-sandbox") as refusal:
        asyncio.run(enter())
    assert "\n" not in str(refusal.value)


def test_withheld_modules_do_not_exist_and_figures_still_do(jailed):
    with jailed.kernel() as kernel:
        for name in ("convlib.reference", "convlib.fast"):
            assert kernel.run(f"import {name}").outputs[0]["ename"] == "ModuleNotFoundError"
        assert kernel.run("import convlib.widgets, convlib.shapes").status == "ok"
        assert (
            kernel.text(
                "!find /course -path '*convlib*' -name '*.py' 2>/dev/null | grep -cE 'fast|reference'"
            ).strip()
            == "0"
        )


def test_starting_asking_and_killing_cost_little(jailed):
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        with jailed.kernel() as kernel:
            kernel.run("def f(x): return x")
            kernel.answers(*[(Call("f", (n,)),) for n in range(20)])
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 1.0, f"a kernel's life took {seconds}"


def test_only_what_the_course_needs_is_installed_inside():
    names = {path.name for path in launching.site_packages()}
    assert {"numpy", "matplotlib", "IPython", "ipykernel", "anywidget"} <= names
    assert not names & {"autograder", "convlib", "nbgrader", "sqlalchemy", "torch", "pytest", "hypothesis"}


def test_where_nothing_can_be_forked_each_kernel_is_a_fresh_interpreter(monkeypatch):
    needs("linux")
    monkeypatch.setattr(launching, "can_fork", lambda: False)

    async def use():
        async with Sandbox("process", Limits(cell_seconds=5.0)) as sandbox:
            kernel = await sandbox.start({"a.txt": b"text"})
            shown = await kernel.run_cell("print(open('a.txt').read())\ndef f(x): return x + 1")
            answers = await kernel.answers([(Call("f", (np.ones(2),)),)])
            crash = await kernel.run_cell("import os; os._exit(1)")
            again = await kernel.answers([(Call("f", (1,)),)])
            await kernel.kill()
            return shown, answers, crash, again

    shown, answers, crash, again = asyncio.run(use())
    assert shown.outputs[0]["text"] == "text\n"
    np.testing.assert_array_equal(answers[0][0].value, [2.0, 2.0])
    assert crash.status == "crash"
    assert again == [(Returned(2),)]


def test_a_bubblewrap_that_may_do_nothing_is_told_from_one_that_is_missing(monkeypatch, tmp_path):
    needs("linux")
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    async def enter():
        async with Sandbox("bubblewrap"):
            raise AssertionError("this bubblewrap makes no sandbox")

    with pytest.raises(SandboxUnavailable, match="No permissions to create new namespace") as refusal:
        asyncio.run(enter())
    assert "\n" not in str(refusal.value)


def test_mine_lends_what_convlib_lacks_and_not_what_the_lesson_asks_for(jailed):
    given = b"import numpy as np\ndef twice(x): return np.asarray(x) * 2"
    with jailed.kernel({"given.py": given}) as kernel:
        assert kernel.text("from autograder import mine\nmine('twice')([1, 2])") == "array([2, 4])"
        assert kernel.text("mine('same_padding')(7, 3)") == "(1, 1)"
        assert kernel.run("mine('output_size')(7, 3)").outputs[0]["ename"] == "NotImplementedError"
        kernel.run("def output_size(n, k): return 'my own'")
        assert kernel.text("mine('output_size')(7, 3)") == "'my own'"


@pytest.mark.parametrize(
    "cell",
    [
        "%matplotlib inline",
        "a = %time 3",
        "!ls\na = !ls",
        "a?",
        "?a",
        "  ,f a\n; f b\n/f 1",
        "if 1:\n    !ls",
        "for a in b:\n    %time a",
        "%%time\na = 1",
        "a != 3",
        ">>> a\n3",
        "\n\na = 3 % 2",
    ],
)
def test_what_looks_for_magic_only_where_it_may_be_finds_what_ipython_finds(cell: str) -> None:
    from IPython.core.inputtransformer2 import TransformerManager

    from autograder.sandbox.inside.agent import look_for_magic_where_it_may_be

    ours = TransformerManager()
    look_for_magic_where_it_may_be(ours)
    assert ours.transform_cell(cell) == TransformerManager().transform_cell(cell)


def test_what_check_returns_inside_has_what_a_verdict_has(jailed):
    with jailed.kernel() as kernel:
        cell = (
            "from autograder import check\nv = check(len)\nassert v.passed\nprint(v.status, v.score, v.bugs)"
        )
        assert kernel.text(cell) == "passed 1.0 []\n"
        assert kernel.run("check(len)").status == "ok"
