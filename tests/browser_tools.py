"""For tests in a browser: a server, a guard against foreign requests, work done once for all workers."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# What a browser in a container needs, and nothing that looks for updates.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextlib.contextmanager
def once(folder: Path, name: str) -> Iterator[bool]:
    """Let one process at a time through; yield whether the work is still to be done."""
    done = folder / f"{name}.done"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not done.exists()
        done.touch()


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            pass

    # HTTP/1.0 closes each connection: no thread is left waiting when the server stops.
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def watch(context: Any, page: Any, allowed: tuple[str, ...]) -> list[str]:
    """Abort every request that leaves the page's host; return the list that collects what went wrong."""
    trouble: list[str] = []

    def decide(route: Any) -> None:
        if route.request.url.startswith((*allowed, "data:", "blob:")):
            route.continue_()
        else:
            trouble.append(f"left the host: {route.request.url}")
            route.abort()

    context.route("**/*", decide)
    page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
    page.on("response", lambda r: r.status >= 400 and trouble.append(f"{r.status}: {r.url}"))
    return trouble
