"""nbgrader's formgrader as an instructor has it: the pages of a real server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BIN = Path(sys.executable).parent
PATIENCE = 60  # s, until the server answers


def fetch(address: str) -> str:
    """A page."""
    with urllib.request.urlopen(address, timeout=60) as answer:
        return str(answer.read().decode())


@contextmanager
def formgrader(course: Path, home: Path) -> Iterator[str]:
    """Jupyter's server with the formgrader of a course; its address.

    Args:
        course: the course's folder.
        home: where the server may keep what it likes.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        str(BIN / "jupyter-server"),
        "--ServerApp.jpserver_extensions={'nbgrader.server_extensions.formgrader': True}",
        f"--port={port}",
        "--no-browser",
        "--allow-root",
        "--IdentityProvider.token=",
        "--ServerApp.open_browser=False",
    ]
    kept = {name: str(home) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "HOME")}
    environment = {**os.environ, **kept, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    process = subprocess.Popen(
        command, cwd=course, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(10 * PATIENCE):
            try:
                fetch(f"{address}/api")
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        yield f"{address}/formgrader"
    finally:
        process.terminate()
        process.wait(timeout=30)


def submissions(address: str, lesson: str) -> dict[str, str]:
    """The page of each student's notebook."""
    found = json.loads(fetch(f"{address}/api/submitted_notebooks/{lesson}/{lesson}"))
    return {entry["student"]: f"{address}/submissions/{entry['id']}" for entry in found}
