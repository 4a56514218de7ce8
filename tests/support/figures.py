"""Run a figure without Jupyter: its geometry in Node, the whole of it on a bare page in Chromium."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from .needs import needs

# What a host page has to give a figure, and nothing more: the model interface of anywidget.
MODEL = """
const heard = {};
export const model = {
  state: %s, sent: [],
  get(name) { return this.state[name]; },
  set(name, value) { this.state[name] = value; this.tell(`change:${name}`); },
  save_changes() {},
  send(message) { this.sent.push(message); },
  on(name, act) { (heard[name] ??= new Set()).add(act); },
  off(name, act) { heard[name]?.delete(act); },
  tell(name, ...news) { for (const act of [...(heard[name] ?? [])]) act(...news); },
};
window.model = model;
"""


def settings(widget: Any) -> dict[str, Any]:
    """Return what the page is told of a figure: the course's own traits, as JSON."""
    own = {name for name in type(widget).class_traits(sync=True) if not name.startswith("_")}
    state = widget.get_state(own - {"layout", "tabbable", "tooltip"})
    told: dict[str, Any] = json.loads(json.dumps(state))
    return told


def page(widget: Any, theme: str = "light") -> str:
    """Return a page with nothing on it but this figure."""
    code = json.dumps(str(widget._esm)).replace("</", r"<\/")
    model = MODEL % json.dumps(settings(widget) | {"_settings": widget._settings})
    paper = "#14181e" if theme == "dark" else "#fff"
    return f"""<!doctype html><html lang="en" data-theme="{theme}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Figure</title>
<style>body {{ margin: 16px; background: {paper} }} {widget._css}</style></head>
<body><main id="host"></main><script type="module">
{model.replace("export ", "")}
const code = {code};
const module = await import(URL.createObjectURL(new Blob([code], {{ type: "text/javascript" }})));
window.figure = module;
window.clean = module.default.render({{ model, el: document.getElementById("host") }});
document.documentElement.dataset.ready = "yes";
</script></body></html>"""


def run_in_node(tmp_path: Path, widget: type[Any], script: str, data: Any) -> Any:
    """Run `script` on `data` (the names are the script's) beside a figure's module (`figure`): its result."""
    needs("npm")
    module = tmp_path / "figure.mjs"
    module.write_text(str(widget._esm), encoding="utf-8")
    driver = f"""
        import * as figure from {json.dumps(module.as_uri())};
        import {{ readFileSync }} from "node:fs";
        const data = JSON.parse(readFileSync(0, "utf8"));
        process.stdout.write(JSON.stringify((() => {{ {script} }})()));
    """
    command = ["node", "--input-type=module", "-e", driver]
    done = subprocess.run(command, input=json.dumps(data), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
