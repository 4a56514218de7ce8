"""The students' zip: the released lessons, our wheel, what installs them, and a page that says how."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
from pathlib import Path

from autograder import wheel
from autograder.commands import workspace
from autograder.course.course import Course
from autograder.exercises.outside import FOLDER

NAME = "convcourse-student"
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
    contents = _contents(course)
    stamp = _stamp(contents)
    if target.exists() and mark.exists() and mark.read_text() == stamp:
        return f"unchanged  {target}"
    with tempfile.TemporaryDirectory() as folder:
        try:
            built = wheel.build(Path(folder))
        except (OSError, wheel.WheelError) as error:
            return f"no students' zip: the wheel cannot be built ({error})"
        contents["requirements.txt"] = REQUIREMENTS.format(wheel=built.name).encode()
        _write(target, {**contents, built.name: built.read_bytes()})
    mark.write_text(stamp)
    return f"   written  {target}"


def _contents(course: Course) -> dict[str, bytes]:
    """The files of the zip, all but the wheel and what names it."""
    release = course.folder("release")
    lessons = {
        path.relative_to(release).as_posix(): workspace.ready(path.read_bytes())
        for lesson in course.lessons("release")
        for path in sorted(course.folder("release", lesson).rglob("*"))
        if path.is_file()
    }
    # What the course brings along lies in one folder, whatever folders it came from.
    brought = {f"{FOLDER}/{Path(name).name}": text.encode() for name, text in course.exercise_files.items()}
    return {
        "README.txt": README.replace("\n", "\r\n").encode(),  # an old Notepad on Windows needs both
        "install.py": INSTALL.encode(),
        workspace.CONTENTS: json.dumps(workspace.contents(course), indent=1).encode(),
        **brought,
        **lessons,
    }


def _stamp(contents: dict[str, bytes]) -> str:
    digest = hashlib.sha256((REQUIREMENTS + wheel.stamp()).encode())
    for name, data in sorted(contents.items()):
        digest.update(name.encode() + b"\0" + data + b"\0")
    return digest.hexdigest()


def _write(target: Path, contents: dict[str, bytes]) -> None:
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in contents.items():
            info = zipfile.ZipInfo(f"{NAME}/{name}", wheel.EPOCH)
            info.external_attr = 0o644 << 16
            packed.writestr(info, data, zipfile.ZIP_DEFLATED)
    os.replace(part, target)
