"""Build the site: vendored parts, then Sphinx, then what learners open, then JupyterLite."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import webbrowser
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

from autograder.exercises import ExerciseError, outside
from autograder.site import lite, published, vendor
from autograder.site.errors import SiteError

STATIC = Path(__file__).parent / "static"  # style and scripts of the pages
_MODULES = ("sphinx", "myst_nb", "sphinx_book_theme", "sphinx_copybutton")


def build(
    root: Path | str = ".",
    *,
    open_browser: bool = False,
    solutions: bool = True,
    with_lite: bool = True,
    out: Path | None = None,
    quiet: bool = False,
) -> Path:
    """Build the site of the course in a folder.

    Lessons are executed; those that have not changed since, and that ran with these packages, are taken from
    a cache under .autograder/.
    Any warning stops the build: a page with a dead link or a picture without words is not published.

    Args:
        root: the course's folder, the one that holds notebooks/.
        open_browser: show the result.
        solutions: put the solutions behind folds; False leaves them out, for a class that is graded.
        with_lite: also build JupyterLite, the lessons running in the reader's browser.
        out: where the pages go; notebooks/.build/html by default.
        quiet: print warnings only.

    Returns:
        The landing page.

    Raises:
        SiteError: something is missing here, or the build found a fault; one line says which.
    """
    root = Path(root).resolve()
    source = root / "notebooks"
    if not (source / "conf.py").is_file():
        raise SiteError(f"no course in {root}: notebooks/conf.py is not there")
    missing = [name for name in _MODULES if find_spec(name) is None]
    if missing:
        raise SiteError(f'the site needs {", ".join(missing)}: pip install "convcourse[site]"')
    try:
        brought = outside.nearby(root)
    except ExerciseError as error:
        raise SiteError(str(error)) from error
    out = (out or source / ".build" / "html").resolve()
    cache = root / ".autograder"
    address = published.address_from_environment()
    static = vendor.mathjax(cache / "vendor")
    settings = {
        "course_solutions": int(solutions),
        "course_lite": int(with_lite),
        "course_colab": address.colab,
        "nb_execution_cache_path": _executed(cache / "pages", brought),
        "html_static_path": f"{STATIC},{static}",
    }
    if (
        out / "objects.inv"
    ).is_file():  # written anew: no page of a lesson that is gone, no trimmed stylesheet
        shutil.rmtree(out)
    _sphinx(source, out, settings, quiet=quiet)
    published.write_lessons(source, out / "files", address, brought)
    if with_lite:
        lite.build(out / "lite", cache=cache, lessons=out / "files", quiet=quiet)
    (out / ".nojekyll").touch()  # GitHub Pages would leave out _static
    page = out / "index.html"
    if open_browser:
        webbrowser.open(page.as_uri())
    return page


def _executed(pages: Path, brought: Mapping[str, str]) -> Path:
    """Return the folder of what lessons gave with the packages as they are: a figure holds its own code.

    Args:
        pages: where these folders lie; those of earlier versions are removed.
        brought: the course's own exercise files; what `check` shows depends on them, too.
    """
    digest = hashlib.sha256(repr(sorted(brought.items())).encode() if brought else b"")
    for package in (find_spec("convlib"), find_spec("autograder")):
        home = Path(package.origin).parent if package and package.origin else Path()
        for path in sorted(p for p in home.rglob("*") if p.suffix in (".py", ".js", ".css")):
            digest.update(path.read_bytes())
    current = pages / digest.hexdigest()[:16]
    if pages.is_dir():
        for old in set(pages.iterdir()) - {current}:
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    return current


def _sphinx(source: Path, out: Path, settings: dict[str, object], *, quiet: bool) -> None:
    """Run Sphinx in a process of its own: it changes what it is loaded into."""
    doctrees = out.parent / "doctrees"
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-d", str(doctrees)]
    if quiet:
        command.append("-q")
    for name, value in settings.items():
        command += ["-D", f"{name}={value}"]
    done = subprocess.run([*command, str(source), str(out)], env=_environment(source.parent), check=False)
    if done.returncode != 0:
        raise SiteError("the pages could not be built without a warning: see above")


def _environment(root: Path) -> dict[str, str]:
    """Let the kernels that execute the lessons find this course and not write beside it."""
    return {
        **os.environ,
        outside.HOME: str(root),
        "PYTHONWARNINGS": "",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
