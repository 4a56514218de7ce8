"""Fetch what the pages carry from npm: pinned in package-lock.json, checked against its sha512, kept."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

from autograder.site.errors import SiteError

# MathJax by its components: the combined file carries a menu and a speech engine that make up 40 % of it.
_MATHJAX = ("startup.js", "core.js", "loader.js", "input/tex.js", "output/chtml.js", "a11y/assistive-mml.js")
_FONT = "mathjax-newcm-font"


def npm_packages(cache: Path, *, development: bool = False) -> Path:
    """Install the pinned packages into a cache folder, once for each version of the lock file.

    Args:
        cache: folder to keep them in.
        development: also what only the tests use.

    Returns:
        The node_modules folder.

    Raises:
        SiteError: npm is missing, or could not install them.
    """
    wanted = {
        name: files("autograder.site").joinpath(name).read_bytes()
        for name in ("package.json", "package-lock.json")
    }
    stamp = hashlib.sha256(b"".join(wanted.values())).hexdigest()
    home = cache / ("npm-dev" if development else "npm")
    mark = home / "installed"
    if mark.is_file() and mark.read_text() == stamp:
        return home / "node_modules"
    npm = shutil.which("npm")
    if npm is None:
        raise SiteError(
            "npm is missing: the pages' MathJax and its fonts come from there (install Node.js 18 or later)"
        )
    home.mkdir(parents=True, exist_ok=True)
    for name, content in wanted.items():
        (home / name).write_bytes(content)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    if not development:
        command.append("--omit=dev")
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        raise SiteError(f"npm could not fetch the pinned packages: {' '.join(last)}")
    mark.write_text(stamp)
    return home / "node_modules"


def mathjax(cache: Path) -> Path:
    """Lay MathJax and its font out as the pages load them.

    Returns:
        A folder for html_static_path; MathJax lies in its mathjax/.
    """
    packages = npm_packages(cache)
    static = cache / "static"
    home = static / "mathjax"
    version = (packages / "mathjax" / "package.json").read_text()
    mark = home / "package.json"
    if mark.is_file() and mark.read_text() == version:
        return static
    shutil.rmtree(home, ignore_errors=True)
    for name in _MATHJAX:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(packages / "mathjax" / name, home / name)
    shutil.copytree(packages / "mathjax" / "input" / "tex", home / "input" / "tex")
    font = packages / "@mathjax" / _FONT
    shutil.copytree(font / "chtml", home / "fonts" / _FONT / "chtml")
    shutil.copy(font / "chtml.js", home / "fonts" / _FONT / "chtml.js")
    mark.write_text(version)
    return static
