"""No right answer fails under the oldest NumPy that the course says it works with."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from support.needs import needs

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SHELF = """
import sys

import numpy
import pytest

assert numpy.__version__ == sys.argv[1], numpy.__version__
sys.exit(pytest.main(["-q", "-n", "0", "-p", "no:cacheprovider", *sys.argv[2:]]))
"""


def oldest_numpy() -> str:
    """The lower bound of pyproject.toml, as three numbers."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (bound,) = [text.partition(">=")[2] for text in project["dependencies"] if text.startswith("numpy>=")]
    return bound if bound.count(".") == 2 else f"{bound}.0"


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="that NumPy has no wheel for this Python")
def test_no_right_answer_fails_under_the_oldest_numpy(tmp_path: Path) -> None:
    needs("PyPI")
    oldest = oldest_numpy()
    install = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--target",
        str(tmp_path),
    ]
    subprocess.run([sys.executable, *install, f"numpy=={oldest}"], check=True)
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-c", SHELF, oldest, str(HERE / "test_right_answers.py")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert " passed" in done.stdout
