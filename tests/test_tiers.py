"""A test that does what it is not marked for fails, and says which marker is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent


ACTS = {
    "oracle": "import keras",
    "browser": "import playwright",
    "sandbox": "subprocess.run([sys.executable, '-c', '', 'bwrap'])",
}


def test_what_a_test_does_must_be_marked(tmp_path: Path) -> None:
    for name in ("keras", "playwright"):  # empty, for what is imported is looked at by name alone
        (tmp_path / f"{name}.py").touch()
    for marked, result in ((True, "3 passed"), (False, "3 failed")):  # each imports for the first time
        lines = ["import subprocess, sys", "import pytest"]
        for marker, act in ACTS.items():
            lines += [f"@pytest.mark.{marker}"] * marked + [f"def test_{marker}():", f"    {act}"]
        (tmp_path / "test_acts.py").write_text("\n".join(lines))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "support.tiers", "-p", "no:cacheprovider"]
        path = f"{TESTS}:{tmp_path}"
        done = subprocess.run(
            [*command, "test_acts.py"],
            cwd=tmp_path,
            env={"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result in done.stdout, done.stdout + done.stderr
    for marker in ACTS:
        assert f"mark it {marker}" in done.stdout
