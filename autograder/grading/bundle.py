"""The students' zip: the released lessons, our wheel, what installs them, and a page that says how."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from autograder.grading import desk
from autograder.grading.course import Course
from autograder.grading.ledger import PACKAGES

NAME = "convcourse-student"
EPOCH = (2020, 1, 1, 0, 0, 0)  # the same contents make the same zip
README = """\
You need Python 3.11 or newer, from your system or from python.org. Unpack the zip, open a terminal in the
unpacked folder, and copy the lines of your system from here.

Install (once; on Debian and Ubuntu run "sudo apt install python3-venv" first):

  Linux, macOS:
    python3 install.py
  Windows:
    py install.py

  It installs the course into an environment of its own, the folder .venv beside it. Nothing else is changed.

Start, and see how far you are:

  Linux, macOS:
    .venv/bin/autograder start
    .venv/bin/autograder progress
  Windows:
    .venv\\Scripts\\autograder start
    .venv\\Scripts\\autograder progress

  From another folder, write the path of this one before each file.

Work: open a lesson's notebook and run its cells from the first one on, each with Shift+Enter. Your functions
that pass their check are kept in my_convlib.py.

Hand in: the lesson's notebook, saved, under the name that it has: 05_.../05_....ipynb. Nothing else is
needed.

With an environment of your own, in this folder:
    python -m pip install -r requirements.txt
In Colab, upload the .whl and the lesson's notebook, and run in a first cell:
    %pip install ./convcourse*.whl
"""
# Written for whatever Python it is run with: an old one is told which it takes.
INSTALL = """\
import os
import subprocess
import sys

here = os.path.dirname(os.path.abspath(__file__))
if sys.version_info < (3, 11):
    found = "%d.%d" % sys.version_info[:2]
    sys.exit("Python 3.11 or newer is needed, and this is " + found + ". Get one from python.org.")
environment = os.path.join(here, ".venv")
made = subprocess.run([sys.executable, "-m", "venv", environment], capture_output=True, text=True)
if made.returncode:
    print(made.stdout + made.stderr)
    sys.exit("No environment could be made. On Debian and Ubuntu: sudo apt install python3-venv")
programs = os.path.join(environment, "Scripts" if os.name == "nt" else "bin")
python = os.path.join(programs, "python")
done = subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", "requirements.txt"], cwd=here)
if done.returncode:
    sys.exit("pip could not install everything: is there a connection? Then run this again.")
print("Installed. Start with:  " + os.path.join(programs, "autograder") + " start")
"""
# The wheel is found from the folder that pip runs in. The last two are what the commands for learners need.
REQUIREMENTS = "./{wheel}\njupyterlab>=4.2\nrich>=13\ntyper>=0.12\n"


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
    contents = json.dumps(desk.contents(course), indent=1).encode()
    stamp = _stamp([*lessons.values(), *_code()], contents)
    if target.exists() and mark.exists() and mark.read_text() == stamp:
        return f"unchanged  {target}"
    with tempfile.TemporaryDirectory() as folder:
        try:
            wheel = _wheel(Path(folder))
        except (OSError, subprocess.CalledProcessError) as error:
            return f"no students' zip: the wheel cannot be built ({_last_line(error)})"
        _write(target, lessons, wheel, contents)
    mark.write_text(stamp)
    return f"   written  {target}"


def _code() -> list[Path]:
    """What the wheel is built of."""
    found = [path for folder in ("autograder", "convlib") for path in (PACKAGES / folder).rglob("*")]
    project = PACKAGES / "pyproject.toml"
    return [path for path in [project, *found] if path.is_file() and "__pycache__" not in path.parts]


def _stamp(paths: list[Path], contents: bytes) -> str:
    digest = hashlib.sha256((README + INSTALL + REQUIREMENTS).encode() + contents)
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


def _write(target: Path, lessons: dict[str, Path], wheel: Path, table: bytes) -> None:
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    contents = {
        "README.txt": README.replace("\n", "\r\n").encode(),  # an old Notepad on Windows needs both
        "install.py": INSTALL.encode(),
        "requirements.txt": REQUIREMENTS.format(wheel=wheel.name).encode(),
        desk.CONTENTS: table,
        wheel.name: wheel.read_bytes(),
        **{name: desk.ready(path.read_bytes()) for name, path in lessons.items()},
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
