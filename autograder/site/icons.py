"""The theme's icons, cut down to those the pages show: a stylesheet instead of 1.5 MB of script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

# How the theme's script holds an icon: name, then width, height, aliases, code point and path.
_ICON = re.compile(
    r'"?(?P<name>[a-z][a-z0-9-]*)"?:\[(?P<w>\d+),(?P<h>\d+),\[(?P<aliases>[^\]]*)\],"[0-9a-f]+","(?P<path>[^"]+)"\]'
)
_CLASS = re.compile(r'class="[^"]*?\bfa[srb]?\b[^"]*"|class="[^"]*\bfa-[^"]*"')
_NAME = re.compile(r"\bfa-([a-z0-9-]+)")

_BASE = """\
.fa-solid, .fa-regular, .fas, .far, .fa {
  display: inline-block; width: 1em; height: 1em; vertical-align: -0.125em;
  background: currentColor; mask: var(--icon) center / contain no-repeat;
}
.fa-lg { font-size: 1.25em; }
.fa-fw { width: 1.25em; }
.fa-solid::before, .fa-regular::before, .fas::before, .far::before, .fa::before { content: none; }
@media (forced-colors: active) { .fa-solid, .fa-regular, .fas, .far, .fa { background: ButtonText; } }
"""


def names_in(html: str) -> set[str]:
    """Return the icons that a page names in its classes."""
    return {name for found in _CLASS.findall(html) for name in _NAME.findall(found)}


def drawings(script: str) -> dict[str, str]:
    """Read the drawings out of the theme's script: name or alias -> an SVG."""
    found: dict[str, str] = {}
    for icon in _ICON.finditer(script):
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {icon["w"]} {icon["h"]}">'
            f'<path d="{icon["path"]}"/></svg>'
        )
        for name in (icon["name"], *re.findall(r'"([a-z][a-z0-9-]*)"', icon["aliases"])):
            found[name] = svg  # the solid set comes last in the script, and is the one that themes use
    return found


def stylesheet(used: Iterable[str], svgs: Mapping[str, str]) -> str:
    """Return the rules that draw the used icons as masks, which take the text's colour."""
    rules = [
        f'.fa-{name} {{ --icon: url("data:image/svg+xml,{quote(svgs[name], safe=" =:/")}"); }}'
        for name in sorted(used)
        if name in svgs
    ]
    return _BASE + "\n".join(rules) + "\n"
