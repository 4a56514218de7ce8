"""A test that does what it is not marked for fails, and says which marker is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent


@pytest.mark.parametrize(
    ("act", "marker"),
    [
        ("import keras", "oracle"),
        ("import playwright", "browser"),
        ("import subprocess; subprocess.run([sys.executable, '-c', '', 'bwrap'])", "sandbox"),
    ],
)
def test_what_a_test_does_must_be_marked(tmp_path: Path, act: str, marker: str) -> None:
    for name in ("keras", "playwright"):  # empty, for what is imported is looked at by name alone
        (tmp_path / f"{name}.py").touch()
    lines = ["import sys", "import pytest", f"@pytest.mark.{marker}", "def test_marked():", f"    {act}"]
    (tmp_path / "test_marked.py").write_text("\n".join(lines))
    lines[2], lines[3] = "", "def test_unmarked():"
    (tmp_path / "test_unmarked.py").write_text("\n".join(lines))
    for name, result in (("test_marked.py", 0), ("test_unmarked.py", 1)):
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "support.tiers",
            "-p",
            "no:cacheprovider",
            name,
        ]
        path = f"{TESTS}:{tmp_path}"
        done = subprocess.run(
            command, cwd=tmp_path, env={"PYTHONPATH": path}, capture_output=True, text=True, check=False
        )
        assert done.returncode == result, done.stdout + done.stderr
    assert f"mark it {marker}" in done.stdout
