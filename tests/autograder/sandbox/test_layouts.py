"""Where Python and its packages lie on other people's machines: conda's shared libraries, uv's links."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.sandbox import launch
from support.needs import needs

ROOT = Path(__file__).resolve().parents[3]
VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
USE = """
import asyncio
from autograder.sandbox import Limits, Sandbox

async def use():
    async with Sandbox("bubblewrap", Limits()) as sandbox:
        kernel = await sandbox.start()
        cell = (
            "import numpy, matplotlib.pyplot, os\\n"
            "print(numpy.ones(3) @ numpy.ones(3))\\n"
            "here = os.path.dirname(os.path.dirname(numpy.__file__))\\n"
            "print(os.access(here, os.W_OK), any(map(os.path.exists, PRIVATE)))"
        )
        run = await kernel.run_cell(f"PRIVATE = {PRIVATE!r}\\n" + cell)
        print(run.outputs[0].get("text", run.outputs))

asyncio.run(use())
"""
UNUSED = shutil.ignore_patterns("site-packages", "dist-packages", "test", "tests", "idlelib", "static")
INTERPRETER = (
    "int Py_BytesMain(int, char **);\nint main(int n, char **words) { return Py_BytesMain(n, words); }\n"
)
BLAS = "double conda_blas(void) { return 1; }\n"
NUMPY = "double conda_blas(void);\ndouble through(void) { return conda_blas(); }\n"
LOAD = "import ctypes, os\nctypes.CDLL(os.path.dirname(__file__) + '/_core/_through_conda.so').through()\n"


def linked(source: Path, target: Path) -> None:
    """A copy that takes no room: the same files under other names."""
    if source.is_dir():
        shutil.copytree(source, target, copy_function=_link, ignore=UNUSED)
    else:
        _link(source, target)


def _link(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def compiled(code: str, target: Path, *options: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    command = ["gcc", "-x", "c", "-", "-o", str(target), *options]
    subprocess.run(command, input=code, text=True, check=True)


@pytest.fixture(scope="module")
def prefix() -> Iterator[Path]:
    """An interpreter with packages beside its library, as in a conda environment."""
    needs("linux", "bubblewrap", "gcc")
    # Inside, /tmp is empty.
    root = Path(subprocess.check_output(["mktemp", "-d", "/var/tmp/conda-XXXXXX"], text=True).strip())
    root.chmod(0o755)
    base = Path(os.path.realpath(sys.base_prefix))
    linked(base / "lib" / VERSION, root / "lib" / VERSION)
    packages = root / "lib" / VERSION / "site-packages"
    packages.mkdir()
    for package in launch.site_packages():
        linked(package, packages / package.name)
    (root / "bin").mkdir()
    python = root / "bin" / VERSION
    if sysconfig.get_config_var("Py_ENABLE_SHARED"):
        name = sysconfig.get_config_var("LDLIBRARY")
        for library in (base / "lib").glob(f"{name}*"):
            shutil.copy2(library, root / "lib")
        options = (f"-L{root}/lib", f"-l:{name}", "-Wl,-rpath,$ORIGIN/../lib")
        compiled(INTERPRETER, python, *options)
    else:
        shutil.copy2(os.path.realpath(sys.executable), python)
    yield root
    shutil.rmtree(root)


def use(prefix: Path, private: list[str], **variables: str) -> list[str]:
    """What a cell in a sandbox of this interpreter prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    program = f"import sys\nsys.path.append({str(ROOT)!r})\nPRIVATE = {private!r}\n{USE}"
    done = subprocess.run(
        [str(prefix / "bin" / VERSION), "-s", "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
        cwd="/",
        env=environment | variables,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.split()


def test_numpy_finds_the_libraries_that_conda_puts_beside_python_s_own(prefix: Path) -> None:
    compiled(BLAS, prefix / "lib" / "libcondablas.so", "-shared", "-fPIC")
    numpy = prefix / "lib" / VERSION / "site-packages" / "numpy"
    compiled(
        NUMPY,
        numpy / "_core" / "_through_conda.so",
        *("-shared", "-fPIC", f"-L{prefix}/lib", "-lcondablas", "-Wl,-rpath,$ORIGIN/../../../.."),
    )
    text = (numpy / "__init__.py").read_text()
    (numpy / "__init__.py").unlink()  # other names of the same file keep what it says
    (numpy / "__init__.py").write_text(LOAD + text)
    private = numpy.parent / "not_for_students"
    private.mkdir()
    assert use(prefix, [str(private)]) == ["3.0", "False", "False"]


@pytest.mark.parametrize("whole", [False, True], ids=["each file", "each folder"])
def test_packages_that_are_links_into_a_cache_work_and_the_cache_is_not_shown(
    prefix: Path, tmp_path: Path, whole: bool
) -> None:
    environment, cache = tmp_path / "env", tmp_path / "cache"
    subprocess.run(
        [str(prefix / "bin" / VERSION), "-m", "venv", "--without-pip", str(environment)], check=True
    )
    packages = environment / "lib" / VERSION / "site-packages"
    for package in launch.site_packages():
        kept = cache / package.name[:2] / package.name
        kept.parent.mkdir(parents=True, exist_ok=True)
        linked(package, kept)
        if whole or not kept.is_dir():
            (packages / package.name).symlink_to(kept)
        else:
            shutil.copytree(kept, packages / package.name, copy_function=os.symlink)
    assert use(environment, [str(cache), str(packages)]) == ["3.0", "False", "False"]
