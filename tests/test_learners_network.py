"""The promise of the course: lesson 12 trains a network on what the learner wrote, and on nothing of ours."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder import exercises
from autograder.mine import LIBRARY, is_mine, keep, mine
from autograder.notebook.solution_marks import is_solution, solved, text_of
from autograder.site.lessons import lessons_in
from convlib import fast, gradcheck, reference, shapes, training
from convlib.layers import KERNELS

LESSONS = {lesson.number: lesson for lesson in lessons_in(Path(__file__).resolve().parents[1] / "notebooks")}
CELLS = {cell["id"]: text_of(cell) for cell in LESSONS["12"].notebook["cells"]}
# The cells up to the network that learns.
NETWORK = (
    "imports-of-the-lesson",
    "shapes-of-the-parameters",
    "convnet-forward",
    "convnet-backward",
    "convnet-loss",
    "whose-functions",
    "two-steps-on-both",
    "trained-on-your-functions",
)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The solutions of every lesson up to 12, kept as if each had passed its check."""
    home = tmp_path / LESSONS["12"].folder
    home.mkdir()
    monkeypatch.chdir(home)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    blocks = []
    for number, lesson in LESSONS.items():
        for cell in lesson.notebook["cells"]:
            if number <= "12" and cell["cell_type"] == "code" and is_solution(cell):
                name = cell["metadata"]["nbgrader"]["grade_id"]
                blocks.append(f"\n\n# exercise: {name}\n{solved(text_of(cell))}\n")
    (tmp_path / LIBRARY).write_text("import numpy as np\n" + "".join(blocks), encoding="utf-8")
    return tmp_path


@pytest.fixture
def nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every kernel, every training function and every reference answer of ours refuses to run."""

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise AssertionError("a function of the course ran in place of the learner's")

    for module in (fast, reference, shapes, gradcheck):
        for name in {*KERNELS, *exercises.all()} & set(dir(module)):
            monkeypatch.setattr(module, name, refuse)
    for name in ("fit", "minibatches", "SGD", "Sequential"):
        monkeypatch.setattr(training, name, refuse)
    for exercise in exercises.all().values():
        monkeypatch.setattr(exercise, "reference", refuse)


def run(*names: str) -> dict[str, Any]:
    """Run cells of the lesson, one after the other, as a kernel does."""
    space: dict[str, Any] = {}
    for name in names:
        exec(compile(solved(CELLS[name]), name, "exec"), space)
    return space


@pytest.mark.usefixtures("library", "nothing_of_ours")
def test_on_the_solutions_of_every_lesson_the_network_learns_with_nothing_of_ours(
    capsys: pytest.CaptureFixture[str],
) -> None:
    space = run(*NETWORK)
    said = capsys.readouterr().out
    assert "ours stands in" not in said
    assert len(re.findall(r" yours$", said, re.M)) == len(space["names"].split()) == 18
    both = re.findall(r"^(?:loops|products) +losses (\[.*\])", said, re.M)
    assert len(both) == 2
    assert both[0] == both[1], "the loops and the products take different steps"
    accuracy = np.mean(space["answers"] == space["new_labels"])
    assert accuracy > 0.9, said


@pytest.mark.usefixtures("library", "nothing_of_ours")
def test_a_later_lesson_borrows_the_learners_network_with_all_that_it_calls() -> None:
    shapes = {"w1": (3, 3, 3, 2), "b1": (2,), "w2": (3, 3, 2, 4), "b2": (4,), "w3": (4, 6), "b3": (6,)}
    params = training.initial_parameters(shapes)
    x = np.random.default_rng(0).normal(size=(2, 5, 6, 3))
    loss, grads = mine("convnet_loss")(params, x, np.array([1, 4]))
    assert 0.0 < loss < 20.0
    assert {name: grad.shape for name, grad in grads.items()} == shapes


def test_every_function_that_computes_in_the_network_is_in_the_list_of_the_learners_own() -> None:
    cells = [CELLS[name] for name in NETWORK]
    borrowed = set(re.findall(r'mine\("(\w+)"\)', "".join(cells)))
    listed = set(
        re.findall(r"\w+", "".join(re.findall(r'^names \+?= "(.*)"$', CELLS["whose-functions"], re.M)))
    )
    assert len(borrowed) >= 11
    assert borrowed <= listed
    # Whatever else they call is NumPy's, Python's, or defined in them; the first weights are the course's.
    ran = "".join(solved(CELLS[name]) for name in NETWORK[1:])
    called = set(re.findall(r"(?<![\w.\]])(\w+)\(", ran)) - set(re.findall(r"def (\w+)", ran))
    given = {"initial_parameters", "glyphs", "is_mine", "mine", "perf_counter"}
    assert called - listed - given <= {"dict", "len", "print", "sum", "zip"}


@pytest.mark.usefixtures("nothing_of_ours")
def test_without_a_function_of_the_learners_ours_stands_in_and_is_said_to(
    library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = library / LIBRARY
    path.write_text(path.read_text().replace("# exercise: relu\n", "# exercise: gone\n"), encoding="utf-8")
    run("imports-of-the-lesson", "whose-functions")
    assert re.findall(r"^(\w+) +ours stands in", capsys.readouterr().out, re.M) == ["relu"]


def test_a_function_is_the_learners_once_it_is_kept_and_never_when_grading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    assert not is_mine("relu")
    keep("relu", relu)
    assert is_mine("relu")
    assert mine("relu")(np.array([-1.0, 2.0])).tolist() == [0.0, 2.0]
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert not is_mine("relu")


def relu(x):  # type: ignore[no-untyped-def]
    """A learner's."""
    return np.maximum(x, 0.0)
