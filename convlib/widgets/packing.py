"""Join a figure's module with the modules that it imports into one ES module that imports nothing.

A notebook and a rendered page load a figure from text, with no address that it could import from. In the
source a figure and the code it shares are ordinary modules with ordinary imports; `pack` puts one after the
other. All top-level names then share one scope, so two modules may not declare the same name.

Only what our modules use is understood, anything else at the top level is refused:

    import { a, b } from "./shared/numbers.js";
    const name = ...;    let name;    function name() {}    class Name {}
    export before one of these (not before let), and one `export default ...;` at the end of a figure
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_IMPORT = re.compile(r'import \{([\w$,\s]+)\} from "(\.\.?/[^"]+\.js)";')
_DECLARATION = re.compile(
    r"(?P<export>export )?(?:(?:async )?function\*? ?|class |const |(?P<let>let ))(?P<name>[\w$]+)(?=[\s(;])"
)
_DEFAULT = "export default "
_CONTINUES = (" ", "}", ")", "]")


class PackError(ValueError):
    """A module has a form that packing does not support, or names that clash; the message says where."""


@dataclass(frozen=True)
class Module:
    """One file, read.

    Attributes:
        path: where it lies.
        imports: the files it imports from, with the names it takes from each.
        names: what it declares at the top level.
        exports: which of these it exports.
        has_default: whether it ends with `export default`.
        code: its text without imports and without comments that have a line to themselves.
    """

    path: Path
    imports: tuple[tuple[Path, tuple[str, ...]], ...]
    names: frozenset[str]
    exports: frozenset[str]
    has_default: bool
    code: str


def pack(entry: Path) -> str:
    """Return a figure's module and all that it imports, each once, what is imported first.

    Args:
        entry: the figure's .js file; it alone has a default export, and its exports stay exports.

    Raises:
        PackError: an unsupported form, a circle of imports, a missing file or export, a name declared twice.
    """
    modules = _in_order(read(entry.resolve()))
    declared: dict[str, Path] = {}
    for module in modules:
        for name in sorted(module.names):
            if name in declared:
                raise PackError(f"{name} is declared in both {declared[name]} and {module.path}; rename one")
            declared[name] = module.path
    *shared, figure = modules
    if not figure.has_default:
        raise PackError(f"{figure.path} must end with `export default`")
    for module in shared:
        if module.has_default:
            raise PackError(f"{module.path} is imported and has a default export; name what it exports")
    texts = [re.sub(r"^export ", "", module.code, flags=re.M) for module in shared]
    return "\n".join([*texts, figure.code])


def as_script(module: str, key: str) -> str:
    """Return a packed module as a classic script, which a page opened from a file can load too.

    It puts the module's default export into `courseFigures[key]` of the page.

    Raises:
        PackError: the text is not a packed module.
    """
    if len(re.findall(r"^export default ", module, re.M)) != 1 or re.search(r"^import\b", module, re.M):
        raise PackError("expected a packed module: one default export and no import")
    body = re.sub(r"^export ", "", re.sub(r"^export default ", "return ", module, flags=re.M), flags=re.M)
    return f'(globalThis.courseFigures ??= {{}})["{key}"] = (() => {{\n"use strict";\n{body}}})();\n'


def _in_order(entry: Module) -> list[Module]:
    """Return the entry and what it imports, each module after all that it imports."""
    done: dict[Path, Module] = {}

    def visit(module: Module, above: tuple[Path, ...]) -> None:
        if module.path in above:
            circle = " -> ".join(path.name for path in (*above[above.index(module.path) :], module.path))
            raise PackError(f"modules import each other in a circle: {circle}")
        if module.path in done:
            return
        for target, names in module.imports:
            if not target.is_file():
                raise PackError(f"{module.path} imports from {target}, which does not exist")
            imported = read(target)
            for name in names:
                if name not in imported.exports:
                    raise PackError(f"{module.path} imports {name}, which {target} does not export")
            visit(imported, (*above, module.path))
        done[module.path] = module

    visit(entry, ())
    return list(done.values())


@cache
def read(path: Path) -> Module:
    """Read one module; every figure imports the same ones, so each is read once.

    Raises:
        PackError: a form that is not supported, with its line.
    """
    imports: list[tuple[Path, tuple[str, ...]]] = []
    names: list[str] = []
    exports: set[str] = set()
    kept: list[str] = []
    has_default = False
    lines = iter(enumerate(path.read_text(encoding="utf-8").splitlines(), start=1))
    for number, line in lines:

        def refuse(why: str, number: int = number, line: str = line) -> PackError:
            return PackError(f"{path}, line {number}: {why}: {line.strip()}")

        start = line.lstrip()
        if not start or start.startswith("//"):
            continue
        if start.startswith("/*"):
            first = line
            while "*/" not in line:
                _, line = next(lines, (0, "*/"))
            if line.rstrip().endswith("*/"):
                continue
            if line is not first:
                raise refuse("code follows a comment of several lines")
        if line.count("`") % 2:
            raise refuse("a template must end on the line where it begins")
        if re.search(r"\bimport\s*[(.]", line):
            raise refuse("only `import { names } from` at the top is supported")
        if line.startswith("import"):
            while not line.endswith(";"):
                _, more = next(lines, (0, ";"))
                line += " " + more.strip()
            match = _IMPORT.fullmatch(line)
            if match is None:
                raise refuse('only `import { names } from "./file.js";` is supported')
            found = tuple(name.strip() for name in match[1].split(",") if name.strip())
            if any(not re.fullmatch(r"[\w$]+", name) for name in found):
                raise refuse("a name cannot be changed where it is imported")
            imports.append(((path.parent / match[2]).resolve(), found))
            continue
        if not line.startswith(_CONTINUES):
            if has_default:
                raise refuse("nothing may follow `export default`")
            if line.startswith(_DEFAULT):
                has_default = True
            elif match := _DECLARATION.match(line):
                if match["export"] and match["let"]:
                    raise refuse("what is exported must be a constant, a function or a class")
                if match["name"] in names:
                    raise refuse(f"{match['name']} is declared twice")
                names.append(match["name"])
                if match["export"]:
                    exports.add(match["name"])
            else:
                raise refuse("this form is not supported at the top level of a module")
        kept.append(line)
    code = "\n".join(kept) + "\n"
    return Module(path, tuple(imports), frozenset(names), frozenset(exports), has_default, code)
