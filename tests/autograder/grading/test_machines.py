"""Machines as people have them: it works there, or one line says the cause by its name and the next step."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from autograder.course.course import CONFIG, Course, locked, write_atomically
from autograder.sandbox import causes
from support.grading_course import LESSON, ROOT, SOLUTIONS, HandIn
from support.needs import needs

COMMAND = [sys.executable, "-m", "autograder.cli"]
# What a file system on a network may refuse, in the folder that SHARE names: locks, and changes of a mode.
SHIM = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#define NEXT(name, type) ((type)dlsym(RTLD_NEXT, name))
static int shared(const char *path) {
    const char *share = getenv("SHARE");
    return share && !strncmp(path, share, strlen(share));
}
static int open_on_share(int file) {
    char link[64], path[PATH_MAX] = "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    return readlink(link, path, sizeof path - 1) > 0 && shared(path);
}
int flock(int file, int how) {
    if (open_on_share(file)) { errno = ENOLCK; return -1; }
    return NEXT("flock", int (*)(int, int))(file, how);
}
int chmod(const char *path, mode_t mode) {
    if (shared(path)) { errno = EPERM; return -1; }
    return NEXT("chmod", int (*)(const char *, mode_t))(path, mode);
}
int fchmod(int file, mode_t mode) {
    if (open_on_share(file)) { errno = EPERM; return -1; }
    return NEXT("fchmod", int (*)(int, mode_t))(file, mode);
}
static int control(const char *name, int file, int what, void *argument) {
    int refused = LOCKLESS && (what == F_SETLK || what == F_SETLKW) && open_on_share(file);
    if (refused) { errno = ENOLCK; return -1; }
    return NEXT(name, int (*)(int, int, void *))(file, what, argument);
}
int fcntl(int file, int what, ...) {
    va_list more; va_start(more, what); void *argument = va_arg(more, void *); va_end(more);
    return control("fcntl", file, what, argument);
}
int fcntl64(int file, int what, ...) {
    va_list more; va_start(more, what); void *argument = va_arg(more, void *); va_end(more);
    return control("fcntl64", file, what, argument);
}
"""


def run(
    course: Course, *words: str, before: Sequence[str] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in a course's folder, after `before`."""
    return subprocess.run(
        [*before, *COMMAND, *words],
        cwd=course.root,
        env=os.environ | {"COLUMNS": "80", **variables},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """What a command said that could not do its work: one line, and exit code 2."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    (said,) = [line for line in done.stderr.splitlines() if line.startswith("autograder: ")]
    return said


def settings(course: Course, text: str) -> None:
    with (course.root / CONFIG).open("a") as file:
        file.write(text)


@pytest.mark.parametrize("command", ["grade", "doctor"])
def test_why_there_is_no_sandbox_is_said_once_and_alike(
    course: Course, hand_in: HandIn, tmp_path: Path, command: str
) -> None:
    needs("linux")
    settings(course, "c.Grading.launcher = 'bubblewrap'\n")
    hand_in("anna", SOLUTIONS)
    refusal = "bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted"
    bwrap = tmp_path / "bin" / "bwrap"
    bwrap.parent.mkdir()
    bwrap.write_text(f"#!/bin/sh\necho '{refusal}' >&2\nexit 1\n")
    bwrap.chmod(0o755)
    done = run(course, command, PATH=f"{bwrap.parent}:{os.environ['PATH']}")
    assert done.returncode == 2, done.stdout + done.stderr
    assert (done.stdout + done.stderr).count(causes.explain(refusal)) == 1
    assert (done.stdout + done.stderr).count("--unsafe-no-sandbox") == 1


def test_packages_of_another_python_are_blamed_on_pythonpath(course: Course, tmp_path: Path) -> None:
    other = tmp_path / "other"
    for package in ("numpy", "typing_extensions"):
        (other / package).mkdir(parents=True)
        (other / package / "__init__.py").write_text("raise ImportError('\\n\\nmade for Python 3.8\\n')\n")
        said = one_line(run(course, "progress", PYTHONPATH=f"{other}:{ROOT}"))
        assert f"PYTHONPATH leads to packages of another Python ({other}; made for Python 3.8)" in said
        assert "`unset PYTHONPATH`" in said
        shutil.rmtree(other / package)


def read_only(folder: Path) -> list[str]:
    """Before a command: its own view of the files, in which nothing in the folder can be written."""
    bind = f"mount --bind {folder} {folder} && mount -o remount,bind,ro {folder} && cd {folder}"
    command = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode:
        needs("mount namespaces")
    return [*command, "sh", "-c", f'{bind} && exec "$@"', "sh"]


@pytest.mark.parametrize("command", ["grade", "start"])
def test_a_course_that_cannot_be_written_is_said_to_be_read_only(
    course: Course, hand_in: HandIn, command: str
) -> None:
    needs("linux")
    hand_in("anna", SOLUTIONS)
    said = one_line(run(course, command, before=read_only(course.root)))
    assert "is on a read-only file system: copy the course to a folder that you may write to" in said
    assert str(course.root) in said


def test_what_only_reads_works_in_a_read_only_course(course: Course) -> None:
    needs("linux")
    done = run(course, "progress", before=read_only(course.root))
    assert done.returncode == 0, done.stderr
    assert "output_size" in done.stdout
    checked = run(course, "doctor", before=read_only(course.root))
    assert "is on a read-only file system: copy the course" in checked.stdout


@pytest.fixture
def share(course: Course, tmp_path: Path) -> dict[str, str]:
    """Variables under which the course's folder has neither locks of whole files nor changes of modes."""
    needs("linux", "gcc")
    return preloaded(course, tmp_path, lockless=False)


def preloaded(course: Course, folder: Path, *, lockless: bool) -> dict[str, str]:
    library = folder / "share.so"
    flags = ["-shared", "-fPIC", f"-DLOCKLESS={lockless:d}", "-o", str(library), "-ldl"]
    subprocess.run(["gcc", "-x", "c", "-", *flags], input=SHIM, text=True, check=True)
    return {"LD_PRELOAD": str(library), "SHARE": str(course.root)}


def test_a_share_that_refuses_to_change_modes_holds_a_whole_course(
    course: Course, hand_in: HandIn, share: dict[str, str], tmp_path: Path
) -> None:
    notebook = hand_in("anna", SOLUTIONS)
    incoming = tmp_path / "incoming" / "bert" / LESSON / notebook.name
    incoming.parent.mkdir(parents=True)
    incoming.write_bytes(notebook.read_bytes())
    refused = [sys.executable, "-c", "import os, sys; os.chmod(sys.argv[1], 0o600)", str(notebook)]
    assert subprocess.run(refused, env=os.environ | share, capture_output=True, check=False).returncode
    for words in (
        ("release", "--force"),
        ("start", LESSON, "--", "--version"),
        ("collect", str(tmp_path / "incoming")),
        ("grade",),
        ("feedback",),
    ):
        done = run(course, *words, **share)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
    for student in ("anna", "bert"):
        assert course.folder("feedback", student, LESSON, f"{LESSON}.html").is_file()
    for_all = [course.folder("release", LESSON), course.folder("release", LESSON, notebook.name)]
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in for_all)


def test_a_gradebook_that_cannot_be_locked_names_the_file_system(
    course: Course, hand_in: HandIn, tmp_path: Path
) -> None:
    needs("linux", "gcc")
    hand_in("anna", SOLUTIONS)
    done = run(course, "grade", "--json", **preloaded(course, tmp_path, lockless=True))
    assert done.returncode == 1, done.stderr  # looked at by a human, and graded again then
    ((said,),) = [row["faults"] for row in json.loads(done.stdout)]
    assert "the gradebook cannot be locked" in said
    assert "NFS" in said
    assert "c.CourseDirectory.db_url" in said


def test_a_lock_keeps_others_waiting_with_and_without_the_system_s_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    import filelock

    told: list[str] = []
    holder = (
        "import sys, pathlib, {module}\nwith {module}.{lock}(sys.argv[1]):\n print(1, flush=True)\n input()"
    )

    def held_by_another(lock: str, path: Path) -> subprocess.Popen[str]:
        program = holder.format(module="filelock", lock=lock)
        other = subprocess.Popen(
            [sys.executable, "-c", program, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert other.stdout is not None
        assert other.stdout.readline() == "1\n"
        return other

    def wait(path: Path, other: subprocess.Popen[str]) -> None:
        def waiting() -> None:
            told.append("waiting")
            other.communicate("\n", timeout=30)

        with locked(path, waiting):
            assert other.poll() == 0

    wait(tmp_path / "lock", held_by_another("FileLock", tmp_path / "lock"))
    assert told == ["waiting"]

    def refuse(self: object, **_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(filelock.FileLock, "acquire", refuse)
    wait(tmp_path / "lock", held_by_another("SoftFileLock", tmp_path / "lock.held"))
    assert told == ["waiting", "waiting"]
    with locked(tmp_path / "lock"):
        assert (tmp_path / "lock.held").exists()
    assert not (tmp_path / "lock.held").exists()


def test_a_file_is_written_whole_in_the_bytes_that_were_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    real = os.open

    def watched(path: str, flags: int, mode: int = 0o777) -> int:
        opened.append(flags)
        return real(path, flags & ~(1 << 30), mode)

    monkeypatch.setattr("autograder.course.course.BINARY", 1 << 30)  # as Windows has one
    monkeypatch.setattr(os, "open", watched)
    monkeypatch.delattr(os, "fchmod")
    write_atomically(tmp_path / "file", b"one\ntwo\r\n", 0o600)
    assert opened[0] & 1 << 30
    assert (tmp_path / "file").read_bytes() == b"one\ntwo\r\n"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("launcher", ["bubblewrap", "process"])
def test_a_temporary_folder_in_which_nothing_may_be_executed_is_enough(
    course: Course, hand_in: HandIn, tmp_path: Path, launcher: str
) -> None:
    needs("linux", "bubblewrap")
    settings(course, f"c.Grading.launcher = {launcher!r}\n")
    hand_in("anna", SOLUTIONS)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    mount = f"mount -t tmpfs -o noexec,nosuid,nodev none {scratch}"
    command = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    if subprocess.run([*command, "sh", "-c", mount], capture_output=True, check=False).returncode:
        needs("mount namespaces")
    before = [*command, "sh", "-c", f'{mount} && exec "$@"', "sh"]
    done = run(course, "grade", "--json", before=before, TMPDIR=str(scratch))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [row["score"] for row in json.loads(done.stdout)] == [5.0]


def test_a_lab_without_a_network_releases_starts_and_grades(course: Course, hand_in: HandIn) -> None:
    needs("linux", "bubblewrap")
    settings(course, "c.Grading.launcher = 'bubblewrap'\n")
    offline = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    if subprocess.run([*offline, "true"], capture_output=True, check=False).returncode:
        needs("network namespaces")
    settings(course, "c.Grading.build_student_zip = True\n")
    released = run(course, "release", "--force", before=offline)
    assert released.returncode == 0, released.stderr
    assert "written" in released.stdout
    assert (course.root / "release" / "convcourse-student.zip").is_file(), released.stdout
    hand_in("anna", SOLUTIONS)
    done = run(course, "grade", "--json", before=offline)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [row["score"] for row in json.loads(done.stdout)] == [5.0]
    started = run(course, "start", LESSON, "--", "--version", before=offline)
    assert started.returncode == 0, started.stdout + started.stderr
