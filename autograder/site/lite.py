"""JupyterLite beside the pages: the lessons in the reader's browser, on Pyodide, with our wheel in it.

Pyodide and the compiled packages (NumPy, Matplotlib) come from Pyodide's CDN when a reader opens a lesson
there: they are on no package registry. The application and the pure wheels lie beside the pages.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from autograder import adaptations, wheel
from autograder.site.errors import SiteError

# Of the extensions installed where the site is built, those that a lesson in the browser uses.
_EXTENSIONS = (
    "@jupyterlite/pyodide-kernel-extension",
    "@jupyter-widgets/jupyterlab-manager",
    "anywidget",
    "jupyterlab_pygments",
)


def build(out: Path, *, cache: Path, lessons: Path, quiet: bool = False) -> None:
    """Build JupyterLite with a folder of notebooks.

    Args:
        out: where JupyterLite goes.
        cache: folder that keeps the wheels between builds.
        lessons: notebooks to put into it, at the same paths.
        quiet: print errors only.

    Raises:
        SiteError: a part is missing, or the build failed.
    """
    if importlib.util.find_spec("jupyterlite_pyodide_kernel") is None:
        raise SiteError(
            'the lessons in the browser need jupyterlite-pyodide-kernel: pip install "convcourse[site]"'
        )
    home = cache / "lite"
    home.mkdir(parents=True, exist_ok=True)
    import filelock

    with filelock.FileLock(home / "building"):  # two builds at once would take each other's files away
        _build(out, home, lessons, quiet)


def _build(out: Path, home: Path, lessons: Path, quiet: bool) -> None:
    wheels = home / "pypi"
    _fetch_wheels(wheels)
    _build_wheel(wheels)
    adaptations.forget_earlier_builds(home)
    shutil.rmtree(out, ignore_errors=True)
    command = [
        sys.executable,
        "-m",
        "jupyterlite_core",
        "build",
        "--lite-dir",
        str(home),
        "--output-dir",
        str(out),
    ]
    command += ["--contents", str(lessons), "--apps", "lab", "--no-sourcemaps", "--no-unused-shared-packages"]
    command += ["--ignore-sys-prefix", "--no-libarchive"]
    command += [f"--LiteBuildConfig.federated_extensions={path}" for path in _extensions()]
    done = subprocess.run(command, cwd=home, capture_output=quiet, text=True, check=False)
    if done.returncode != 0:
        if quiet:
            sys.stderr.write(done.stdout[-2000:] + done.stderr[-2000:])
        raise SiteError("JupyterLite could not be built: see above")


def _extensions() -> Iterable[Path]:
    from jupyter_core.paths import jupyter_path

    shares = [Path(sys.prefix, "share", "jupyter"), *map(Path, jupyter_path())]
    for name in _EXTENSIONS:
        found = (share / "labextensions" / name for share in shares)
        path = next((one for one in found if one.is_dir()), None)
        if path is None:
            raise SiteError(f'JupyterLab\'s extension {name} is missing: pip install "convcourse[site]"')
        yield path


def _fetch_wheels(wheels: Path) -> None:
    """Fetch the pure wheels that Pyodide lacks, once for each version of the list."""
    listed = files("autograder.site").joinpath("lite-wheels.txt").read_bytes()
    stamp = hashlib.sha256(listed).hexdigest()
    mark = wheels.parent / "wheels-fetched"
    if mark.is_file() and mark.read_text() == stamp:
        return
    shutil.rmtree(wheels, ignore_errors=True)
    wheels.mkdir(parents=True)
    list_file = wheels.parent / "lite-wheels.txt"
    list_file.write_bytes(listed)
    _pip(
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
        "-d",
        str(wheels),
        "-r",
        str(list_file),
    )
    mark.write_text(stamp)


def _build_wheel(wheels: Path) -> None:
    """Build the course's own wheel, unless the sources are those of the one that is there."""
    stamp = wheel.stamp()
    mark = wheels.parent / "wheel-built"
    built = list(wheels.glob("convcourse-*.whl"))
    if built and mark.is_file() and mark.read_text() == stamp:
        return
    for old in built:
        old.unlink()
    try:
        wheel.build(wheels)
    except wheel.WheelError as error:
        raise SiteError(f"the wheel cannot be built: {error}") from error
    mark.write_text(stamp)


def _pip(*arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = [line for line in done.stderr.splitlines() if line.strip()][-1:]
        raise SiteError(f"pip {arguments[0]} failed: {' '.join(last)}")
