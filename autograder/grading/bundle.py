"""The students' zip: the released lessons, our wheel, what to install, and three lines that say how."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from autograder.grading.course import Course
from autograder.grading.ledger import PACKAGES

NAME = "convcourse-student"
EPOCH = (2020, 1, 1, 0, 0, 0)  # the same contents make the same zip
README = """\
1. Unpack this, open a terminal in the folder, and run: python -m pip install -r requirements.txt
2. Start with: python -m jupyterlab     (or open the folder in VS Code and choose that Python)
3. Open a lesson and begin at its first cell. In Colab upload the .whl first: %pip install ./convcourse*.whl
"""


def pack(course: Course) -> str:
    """Write release/convcourse-student.zip, unless it is up to date.

    Returns:
        A line that says where it is, or why there is none.
    """
    target = course.folder("release", f"{NAME}.zip")
    mark = course.state / "bundle"
    lessons = {
        path.relative_to(course.folder("release")).as_posix(): path
        for lesson in course.lessons("release")
        for path in sorted(course.folder("release", lesson).rglob("*"))
        if path.is_file()
    }
    stamp = _stamp([*lessons.values(), *_code()])
    if target.exists() and mark.exists() and mark.read_text() == stamp:
        return f"unchanged  {target}"
    with tempfile.TemporaryDirectory() as folder:
        try:
            wheel = _wheel(Path(folder))
        except (OSError, subprocess.CalledProcessError) as error:
            return f"no students' zip: the wheel cannot be built ({_last_line(error)})"
        _write(target, lessons, wheel)
    mark.write_text(stamp)
    return f"   written  {target}"


def _code() -> list[Path]:
    """What the wheel is built of."""
    found = [path for folder in ("autograder", "convlib") for path in (PACKAGES / folder).rglob("*")]
    project = PACKAGES / "pyproject.toml"
    return [path for path in [project, *found] if path.is_file() and "__pycache__" not in path.parts]


def _stamp(paths: list[Path]) -> str:
    digest = hashlib.sha256(README.encode())
    for path in sorted(paths):
        digest.update(str(path).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _wheel(folder: Path) -> Path:
    """Build our wheel; only a checkout can."""
    if not (PACKAGES / "pyproject.toml").is_file():
        raise FileNotFoundError("not a checkout of the course")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-build-isolation",
    ]
    subprocess.run(
        [*command, "--wheel-dir", str(folder), str(PACKAGES)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1577836800"},
    )
    (wheel,) = folder.glob("*.whl")
    return wheel


def _write(target: Path, lessons: dict[str, Path], wheel: Path) -> None:
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    contents = {
        "README.txt": README.encode(),
        "requirements.txt": f"./{wheel.name}\njupyterlab>=4.2\n".encode(),
        wheel.name: wheel.read_bytes(),
        **{name: path.read_bytes() for name, path in lessons.items()},
    }
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in contents.items():
            info = zipfile.ZipInfo(f"{NAME}/{name}", EPOCH)
            info.external_attr = 0o644 << 16
            packed.writestr(info, data, zipfile.ZIP_DEFLATED)
    os.replace(part, target)


def _last_line(error: OSError | subprocess.CalledProcessError) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return (str(error.stderr).strip().splitlines() or ["pip failed"])[-1]
    return str(error)
