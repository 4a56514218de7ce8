"""Figures on the pages: each module once, as a file of the site, and words where no script runs.

MyST-NB writes a figure's module, as text, into every page that shows it. A page could only load that through
a `blob:` address, which many content security policies forbid. As a file it loads from the site itself: as a
classic script, not a module, because a page opened from a folder may not import one.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
from pathlib import Path
from typing import Any

from convlib.widgets.packing import PackError, as_script

_STATE = re.compile(
    r'(?P<tag><script type="application/vnd\.jupyter\.widget-state\+json">)(?P<state>.*?)</script>', re.DOTALL
)
_VIEW = re.compile(
    r'<script type="application/vnd\.jupyter\.widget-view\+json">(?P<view>.*?)</script>', re.DOTALL
)
_FOLDER = Path("_static") / "figures"


def put_figures_into_files(out: Path) -> None:
    """Take the figures' modules out of the pages below a folder, and say on each page what stands there."""
    for page in sorted(out.glob("**/*.html")):
        text = page.read_text(encoding="utf-8")
        if match := _STATE.search(text):
            page.write_text(_separated(text, json.loads(match["state"]), out, page.parent), encoding="utf-8")


def _separated(text: str, states: dict[str, Any], out: Path, folder: Path) -> str:
    """Return a page without modules, whose widgets have these states; write the modules."""
    for record in states["state"].values():
        _write_script(record, out, folder)
    state = json.dumps(states).replace("</", r"<\/")
    text = _STATE.sub(lambda found: f"{found['tag']}{state}</script>", text)
    return _VIEW.sub(lambda view: _without_scripts(view, states["state"]) + view[0], text)


def _write_script(record: dict[str, Any], out: Path, folder: Path) -> None:
    """Write a figure's module to a file, and its address into the record; another widget keeps its own."""
    module = record["state"].get("_esm", "")
    key = hashlib.sha256(module.encode()).hexdigest()[:16]
    try:
        script = as_script(module, key)
    except PackError:
        return
    file = out / _FOLDER / f"{key}.js"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(script, encoding="utf-8")
    del record["state"]["_esm"]
    record["script"] = {"key": key, "src": Path(os.path.relpath(file, folder)).as_posix()}


def _without_scripts(view: re.Match[str], records: dict[str, Any]) -> str:
    """Return what a reader sees in a figure's place where scripts are off."""
    record = records.get(json.loads(view["view"])["model_id"], {"state": {}})
    description = record["state"].get("_description", "")
    sentence = f"Here is an interactive figure, which needs JavaScript. {description}".strip()
    return f'<noscript><p class="figure-note">{html.escape(sentence)}</p></noscript>'
