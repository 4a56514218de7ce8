"""This package as a wheel: for the students' zip and for the lessons in the browser."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

NAME = "convcourse"
CHECKOUT = Path(__file__).resolve().parents[1]
EPOCH = (2020, 1, 1, 0, 0, 0)  # the same contents make the same file
# What an installer adds to a distribution, and no wheel holds.
_INSTALLERS = {"INSTALLER", "REQUESTED", "RECORD", "direct_url.json"}


class WheelError(Exception):
    """The wheel cannot be made: one line that says why."""


def stamp() -> str:
    """Names the code that the wheel holds."""
    digest = hashlib.sha256(sys.version.encode())
    if _is_checkout():
        roots = [
            CHECKOUT / "pyproject.toml",
            *(CHECKOUT / name for name in ("convlib", "autograder", "data")),
        ]
        files = [file for root in roots for file in ([root] if root.is_file() else root.rglob("*"))]
        for path in sorted(file for file in files if file.is_file() and "__pycache__" not in file.parts):
            digest.update(path.relative_to(CHECKOUT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    else:
        for name, path in sorted(_installed()):
            digest.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def build(folder: Path) -> Path:
    """Write the wheel into a folder: of a checkout by its build system, else of the installed files.

    Raises:
        WheelError: neither is possible.
    """
    return _built(folder) if _is_checkout() else _repacked(folder)


def _is_checkout() -> bool:
    return (CHECKOUT / "pyproject.toml").is_file()


def _built(folder: Path) -> Path:
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation"]
    command = [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(folder), str(CHECKOUT)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1577836800"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise WheelError((done.stderr.strip().splitlines() or ["pip failed"])[-1])
    (wheel,) = folder.glob(f"{NAME}-*.whl")
    return wheel


def _installed() -> Iterator[tuple[str, Path]]:
    """The installed files, by their names in a wheel."""
    try:
        distribution = metadata.distribution(NAME)
    except metadata.PackageNotFoundError:
        raise WheelError(f"{NAME} is not installed") from None
    for file in distribution.files or ():
        name = file.as_posix()
        if name.startswith("..") or "__pycache__" in name or file.name in _INSTALLERS:
            continue
        yield name, Path(str(distribution.locate_file(file)))


def _repacked(folder: Path) -> Path:
    """The wheel format is a zip of the files and a list of them: PEP 427."""
    contents = {name: path.read_bytes() for name, path in sorted(_installed())}
    infos = [name for name in contents if name.endswith(".dist-info/METADATA")]
    if not infos:
        raise WheelError(f"the installed {NAME} has no list of its files: install it again with pip")
    info = infos[0].partition("/")[0]
    lines = [f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in contents.items()]
    contents[f"{info}/RECORD"] = ("".join(lines) + f"{info}/RECORD,,\n").encode()
    wheel = folder / f"{info.removesuffix('.dist-info')}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in contents.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return wheel


def _digest(data: bytes) -> str:
    """As RECORD has it: base64 without padding, safe in addresses."""
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
