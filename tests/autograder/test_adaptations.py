"""Others' code still needs what `autograder.adaptations` does: each test shows what happens without it.

One that fails because nothing bad happens any more says that its adaptation may go.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import adaptations

ROOT = Path(__file__).parents[2]


def python(program: str, **environment: str) -> str:
    """What a fresh interpreter prints, errors included."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr + done.stdout


def test_every_adaptation_says_what_happens_without_it_and_with_what_it_was_tried() -> None:
    for name, one in vars(adaptations).items():
        if getattr(one, "__module__", "") == adaptations.__name__ and not name.startswith("_"):
            said = " ".join((inspect.getdoc(one) or "").split())
            assert re.search(r"Without: .+ Tried with .*\d", said), name


def test_every_adaptation_is_tried_here() -> None:
    tried = Path(__file__).read_text(encoding="utf-8")
    public = {
        name
        for name, one in vars(adaptations).items()
        if getattr(one, "__module__", "") == adaptations.__name__ and not name.startswith("_")
    }
    assert [name for name in sorted(public) if f"adaptations.{name}" not in tried] == []


def test_others_are_changed_nowhere_else() -> None:
    modules = r"sys\.modules(\.setdefault\(|\[[^]]+\] = )"
    attributes = r"\bthreading\._|\b(session\.(commit|autoflush)|manager\.\w+|ipykernel\.\w+) = "
    changes = re.compile(f"{modules}|{attributes}|filterwarnings\\(")
    inside = [path for room in ("autograder", "convlib") for path in (ROOT / room).rglob("*.py")]
    found = {path.name for path in inside if changes.search(path.read_text(encoding="utf-8"))}
    assert found == {"adaptations.py"}


def test_nbgrader_needs_alembic_on_the_path(tmp_path: Path) -> None:
    program = f"""
import sys
from autograder import adaptations
if sys.argv[1:]:
    adaptations.put_programs_on_path()
from nbgrader.api import Gradebook
Gradebook("sqlite:///{tmp_path}/gradebook.db").close()
print("made")
"""
    assert "FileNotFoundError" in python(program, PATH="/usr/bin")
    assert python(program.replace("if sys.argv[1:]", "if True"), PATH="/usr/bin").endswith("made\n")


def test_nbgrader_imports_a_grammar_of_addresses_that_it_never_uses() -> None:
    program = """
import sys
from autograder import adaptations
...
import nbgrader.api
print(bool(sys.modules.get("rfc3987_syntax")))
"""
    path = ""  # the tests' own path holds a substitute for the grammar
    assert python(program, PYTHONPATH=path) == "True\n"
    adapted = program.replace("...", "adaptations.skip_grammar_of_addresses()")
    assert python(adapted, PYTHONPATH=path) == "False\n"


def test_nbgrader_imports_its_servers_with_itself() -> None:
    program = """
import sys
from autograder import adaptations
import contextlib
with contextlib.nullcontext():
    import nbgrader
print(any("nbgrader.server_extensions." in name for name in sys.modules))
from nbgrader.server_extensions import formgrader
print(callable(formgrader.load_jupyter_server_extension))
"""
    assert python(program) == "True\nTrue\n"
    assert python(program.replace("contextlib.nullcontext", "adaptations.without_servers")) == "False\nTrue\n"


SUBMISSION = """
import warnings
from autograder import adaptations
adaptations.put_programs_on_path()
from nbgrader.api import Gradebook
from sqlalchemy import event
book = Gradebook("sqlite:///PATH/gradebook.db")
book.add_assignment("lesson")
book.add_notebook("lesson", "lesson")
book.add_grade_cell("test_f", "lesson", "lesson", max_score=1, cell_type="code")
book.add_student("ann")
"""


def test_sqlalchemy_remarks_upon_the_order_of_nbgraders_rows(tmp_path: Path) -> None:
    program = SUBMISSION.replace("PATH", str(tmp_path)) + "book.add_submission('lesson', 'ann')\n"
    assert "SAWarning: Object of type <Submitted" in python(program)
    (tmp_path / "gradebook.db").unlink()
    adapted = program.replace("book = ", "adaptations.accept_order_of_rows()\nbook = ")
    assert "SAWarning" not in python(adapted)


def test_nbgrader_commits_after_every_row(tmp_path: Path) -> None:
    program = (
        SUBMISSION.replace("PATH", str(tmp_path))
        + """
commit = book.db.commit
commits = []
event.listen(book.db(), "after_commit", lambda session: commits.append(1))
book.add_student("bob")
book.add_student("eve")
print(len(commits))
"""
    )
    assert python(program).endswith("2\n")
    (tmp_path / "gradebook.db").unlink()
    adapted = program.replace("commit = book.db.commit", "commit = adaptations.commit_when_asked(book)")
    assert python(f"{adapted}commit()\nprint(len(commits))").endswith("0\n1\n")


def test_sqlalchemy_reads_percent_signs_in_an_address() -> None:
    from sqlalchemy.engine import make_url

    path = "/tmp/50%20/gradebook.db"
    assert make_url(f"sqlite:///{path}").database != path
    assert make_url(f"sqlite:///{adaptations.in_address(path)}").database == path


def test_nbconvert_makes_no_page_where_an_attachment_is_missing() -> None:
    from nbconvert.filters.markdown_mistune import InvalidNotebook, IPythonRenderer, MarkdownWithMath

    class Renderer(adaptations.AttachmentsByName, IPythonRenderer):
        pass

    text = "![the plot](attachment:a plot.png)".replace("a plot", "a%20plot")
    with pytest.raises(InvalidNotebook):
        MarkdownWithMath(renderer=IPythonRenderer(escape=False)).render(text)
    assert 'src="attachment:a%20plot.png"' in MarkdownWithMath(renderer=Renderer(escape=False)).render(text)


@pytest.mark.slow
def test_jupyterlite_drops_settings_in_a_second_build(tmp_path: Path) -> None:
    settings = {"jupyter-lite-schema-version": 0, "jupyter-config-data": {"appName": "Slide a window"}}
    (tmp_path / "jupyter-lite.json").write_text(json.dumps(settings), encoding="utf-8")
    out = tmp_path / "out"

    def kept_in_new_build() -> bool:
        shutil.rmtree(out, ignore_errors=True)
        command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(tmp_path)]
        command += ["--output-dir", str(out), "--apps", "lab", "--ignore-sys-prefix", "--no-libarchive"]
        subprocess.run([*command, "--no-sourcemaps"], cwd=tmp_path, capture_output=True, check=True)
        return "Slide a window" in (out / "jupyter-lite.json").read_text(encoding="utf-8")

    assert kept_in_new_build()
    assert not kept_in_new_build()
    adaptations.forget_earlier_builds(tmp_path)
    assert kept_in_new_build()


def test_what_atexit_calls_can_start_no_thread() -> None:
    program = """
import asyncio, atexit
from autograder import adaptations
def close():
    asyncio.run(asyncio.to_thread(print, "closed"))
atexit.register(close)
"""
    assert "RuntimeError" in python(program)
    assert python(program.replace("atexit.register", "adaptations.at_exit_before_threads_end")) == "closed\n"


def test_ipykernel_imports_a_debugger() -> None:
    program = """
import sys
from autograder import adaptations
...
from ipykernel import debugger  # which a kernel imports when it is made
print(bool(sys.modules.get("debugpy")), debugger._is_debugpy_available)
"""
    assert python(program).endswith("True True\n")
    assert python(program.replace("...", "adaptations.without_debugger()")) == "False False\n"


def test_ipython_cuts_a_cell_without_magic_into_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    from IPython.core import inputtransformer2

    cut: list[int] = []
    tokens = inputtransformer2.make_tokens_by_line
    monkeypatch.setattr(
        inputtransformer2, "make_tokens_by_line", lambda lines: [cut.append(1), *tokens(lines)][1:]
    )
    manager = inputtransformer2.TransformerManager()
    manager.transform_cell("a = 1\n")
    assert cut
    cut.clear()
    adaptations.look_for_magic_where_it_may_be(manager)
    manager.transform_cell("a = 1\n")
    assert not cut


MEANWHILE = """
import ast, gc
from autograder import adaptations

def another(phase, info):
    if left:
        left.pop()
        ast.parse("b = 2")

text = "def f(x):\\n    return [x + 1 for x in range(3)]\\n" * 50
gc.set_threshold(1)
left = [1]
gc.callbacks.append(another)
print(len(PARSE(text).body), left)
"""


def test_python_parses_although_something_else_is_parsed_meanwhile() -> None:
    assert python(MEANWHILE.replace("PARSE", "adaptations.syntax_tree")) == "50 []\n"
    if sys.version_info < (3, 12):
        assert "AST constructor recursion depth mismatch" in python(MEANWHILE.replace("PARSE", "ast.parse"))


def test_nothing_of_ours_is_parsed_otherwise() -> None:
    modules = (ROOT / "autograder").rglob("*.py")
    found = {path.name for path in modules if "ast.parse(" in path.read_text(encoding="utf-8")}
    assert found == {"adaptations.py"}
