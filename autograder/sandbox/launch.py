"""What the fork server's process sees, and the command that starts it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from autograder.sandbox.withheld import WithheldParts, copy

HERE = Path(__file__).resolve().parent
AUTOGRADER = HERE.parent
CONVLIB = AUTOGRADER.parent / "convlib"
SERVER = ("-m", "autograder.sandbox.inside.server")
SINGLE = ("-m", "autograder.sandbox.inside.single")
STAGE_PREFIX = "autograder-stage-"

# What a notebook of the course may import. Whatever these require comes along; nothing else of the site does.
PACKAGES = ("numpy", "matplotlib", "ipywidgets", "anywidget", "ipykernel", "matplotlib-inline")

# Read-only parts of the system: shared libraries, programs that a notebook's ! lines may call, fonts.
SYSTEM = ("/usr/lib", "/usr/lib64", "/usr/lib32", "/usr/bin", "/usr/share/fonts", "/usr/share/zoneinfo")
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/fonts", "/etc/localtime", "/etc/alternatives")

INSIDE_HOME = "/home/student"
INSIDE_STAGE = "/course"

ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYTHONHASHSEED": "0",
    "PYTHONNOUSERSITE": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "AUTOGRADER_INSIDE": "1",
    # One thread a kernel: a forked one has no helpers, and the machine is shared.
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}


def stage(withheld: WithheldParts) -> Path:
    """A folder with all of ours that exists inside: the stub, the kernel's side, what is left of convlib."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"{STAGE_PREFIX}{os.getpid()}-"))
    library = folder / "lib"
    package = library / "autograder"
    shutil.copytree(HERE / "inside", package / "sandbox" / "inside", ignore=_no_cache)
    shutil.move(package / "sandbox" / "inside" / "stub.py", package / "__init__.py")
    (package / "sandbox" / "__init__.py").touch()
    shutil.copy2(HERE / "frames.py", package / "sandbox")
    shutil.copy2(AUTOGRADER / "adaptations.py", package)
    shutil.copytree(AUTOGRADER / "protocol", package / "protocol", ignore=_no_cache)
    copy(CONVLIB, library / "convlib", withheld)
    digits = CONVLIB.parent / "data" / "digits.npz"  # in a wheel the file lies inside convlib already
    if digits.is_file():
        (library / "convlib" / "data").mkdir(exist_ok=True)
        shutil.copy(digits, library / "convlib" / "data")
    (folder / "fonts").mkdir()
    for cached in _font_cache().glob("fontlist*.json"):
        shutil.copy2(cached, folder / "fonts")
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return folder


def _no_cache(_folder: str, names: list[str]) -> set[str]:
    return {"__pycache__"} & set(names)


def _sweep() -> None:
    """Remove what a killed grader left behind."""
    for path in Path(tempfile.gettempdir()).glob(f"{STAGE_PREFIX}*"):
        with contextlib.suppress(ValueError, OSError):
            os.kill(int(path.name.removeprefix(STAGE_PREFIX).split("-")[0]), 0)
            continue
        with contextlib.suppress(OSError):
            if not hasattr(os, "getuid") or path.lstat().st_uid == os.getuid():
                shutil.rmtree(path, ignore_errors=True)


def _font_cache() -> Path:
    """matplotlib's list of fonts, made once and kept: each fork server would need half a second for it."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = root / "autograder" / f"matplotlib-{metadata.version('matplotlib')}"
    if not any(folder.glob("fontlist*.json")):
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            folder.mkdir(parents=True, exist_ok=True)
            subprocess.run(
                [sys.executable, "-c", "import matplotlib.font_manager"],
                env=os.environ | {"MPLCONFIGDIR": str(folder)},
                capture_output=True,
                timeout=60,
                check=False,
            )
    return folder


def environment(library: str, home: str, site: str | None) -> dict[str, str]:
    """The whole environment of a kernel: nothing of the grader's comes through."""
    paths = [library] + ([site] if site else [])
    return ENVIRONMENT | {"PATH": "/usr/bin:/bin", "HOME": home, "PYTHONPATH": os.pathsep.join(paths)}


def process_command() -> list[str]:
    """The fork server as an ordinary process."""
    return [sys.executable, "-s", *SERVER]


def single_command() -> list[str]:
    """One kernel as an ordinary process."""
    return [sys.executable, "-s", *SINGLE]


def can_fork() -> bool:
    """Whether a process that imported everything can be forked: on macOS libraries break by it."""
    return sys.platform == "linux"


def bubblewrap_command(folder: Path, as_root: bool) -> list[str]:
    """The fork server in a sandbox of its own: what follows is its command's arguments."""
    program = shutil.which("bwrap")
    if program is None:
        raise FileNotFoundError("bwrap")
    arguments = [program, "--die-with-parent", "--new-session", "--clearenv"]
    arguments += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    if as_root:
        # The server needs these to make a jail for each kernel; the kernel has none of them.
        for capability in (
            "SYS_ADMIN",
            "SETUID",
            "SETGID",
            "SETPCAP",
            "CHOWN",
            "DAC_OVERRIDE",
            "KILL",
            "SYS_PTRACE",
        ):
            arguments += ["--cap-add", f"CAP_{capability}"]
    else:
        arguments += ["--unshare-user", "--uid", "65534", "--gid", "65534", "--cap-drop", "ALL"]
    arguments += ["--hostname", "grader", "--proc", "/proc", "--dev", "/dev"]
    for path in ("/usr", "/usr/share", "/etc"):
        arguments += ["--perms", "0755", "--dir", path]
    for path in SYSTEM:
        arguments += _bind(path)
    for name in ("lib", "lib64", "lib32", "bin"):
        link = Path("/", name)
        if link.is_symlink():
            arguments += ["--symlink", os.readlink(link), str(link)]
        elif link.is_dir():
            arguments += _bind(str(link))
    for path in SYSTEM_FILES:
        arguments += _bind(path)
    arguments += _python()
    arguments += ["--perms", "0755", "--dir", f"{INSIDE_STAGE}/site"]
    arguments += [*_bind(str(folder / "lib"), f"{INSIDE_STAGE}/lib")]
    arguments += [*_bind(str(folder / "fonts"), f"{INSIDE_STAGE}/fonts")]
    covered = _covered()
    for package in site_packages():
        # conda's packages find the libraries that they share from their own place, up through the
        # interpreter's folders: in the empty folder that covers them they lie as they did.
        place = package.parent if package.parent in covered else f"{INSIDE_STAGE}/site"
        arguments += _bind(str(_unlinked(package)), f"{place}/{package.name}")
    for installed in covered:
        arguments += ["--remount-ro", str(installed)]
    arguments += ["--perms", "1777", "--size", str(64 << 20), "--tmpfs", "/tmp"]
    arguments += ["--perms", "0755", "--dir", "/home", "--perms", "0755", "--size", str(64 << 20)]
    arguments += ["--tmpfs", INSIDE_HOME, "--chdir", INSIDE_HOME, "--remount-ro", "/"]
    for name, value in environment(f"{INSIDE_STAGE}/lib", INSIDE_HOME, f"{INSIDE_STAGE}/site").items():
        arguments += ["--setenv", name, value]
    return [*arguments, "--", base_python(), "-s", *SERVER]


def base_python() -> str:
    """The interpreter behind the virtual environment: inside, the environment does not exist."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


def _bind(source: str, target: str | None = None) -> list[str]:
    return ["--ro-bind-try", source, target or source]


def _python() -> list[str]:
    """The interpreter and its standard library, without what is installed beside them."""
    base = os.path.realpath(sys.base_prefix)
    if base == "/usr":
        return []
    arguments = []
    for parent in reversed(Path(base).parents[:-1]):
        arguments += ["--perms", "0755", "--dir", str(parent)]  # without it a parent is closed to the kernel
    arguments += _bind(base)
    for installed in _covered():
        arguments += ["--perms", "0755", "--size", "4096", "--tmpfs", str(installed)]
    return arguments


def _covered() -> list[Path]:
    """The folders of packages beside the interpreter's library: inside, an empty one covers each."""
    base = os.path.realpath(sys.base_prefix)
    if base == "/usr":
        return []
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    folders = [Path(base, "lib", version, name) for name in ("site-packages", "dist-packages")]
    return [folder for folder in folders if folder.is_dir()]


def _unlinked(package: Path) -> Path:
    """Where a package's files are: each may be a link into a cache, as uv makes them, not shown inside."""
    for folder, _, names in os.walk(package):
        for name in (
            names if not folder.endswith("__pycache__") else ()
        ):  # compiled here, whatever the rest is
            link = Path(folder, name)
            inside, target = link.relative_to(package).parts, link.resolve()
            linked = link.is_symlink() and target.parts[-len(inside) :] == inside
            return target.parents[len(inside) - 1] if linked else package
    return package


def site_packages() -> list[Path]:
    """The files and folders of `PACKAGES` and of all that they require."""
    found: dict[str, Path] = {}
    seen: set[str] = set()
    todo = list(PACKAGES)
    while todo:
        name = canonicalize_name(todo.pop())
        if name in seen:
            continue
        seen.add(name)
        with contextlib.suppress(metadata.PackageNotFoundError):
            package = metadata.distribution(name)
            todo += _required(package)
            found |= {path.name: path for path in _top_level(package)}
    return list(found.values())


def _required(package: metadata.Distribution) -> Iterator[str]:
    for text in package.requires or ():
        if "extra ==" in text and " or " not in text:  # most are extras, and reading each takes its time
            continue
        with contextlib.suppress(InvalidRequirement):
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                yield requirement.name


def _top_level(package: metadata.Distribution) -> Iterator[Path]:
    root = Path(str(package.locate_file("")))
    record = package.read_text("RECORD") or ""
    names = {re.split("[/,]", line.lstrip('"'), maxsplit=1)[0] for line in record.splitlines()}
    names -= {"..", "__pycache__", ""}
    if not names:  # a distribution's own packaging, without a list of files
        names = {re.sub(r"[-.]+", "_", package.metadata["Name"])}
    for name in names:
        if (root / name).exists():
            yield root / name


def purelib() -> str:
    """Where this interpreter's packages are."""
    return sysconfig.get_path("purelib")
