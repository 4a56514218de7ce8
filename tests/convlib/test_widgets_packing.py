"""A figure's modules are joined into one: what is needed, once, in order; any other form is refused."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from convlib import widgets
from convlib.widgets.packing import PackError, as_script, pack
from support.needs import needs

FIGURE = (
    'import { twice } from "./shared/twice.js";\n\nexport const four = twice(2);\nexport default { four };\n'
)
TWICE = "// @ts-check\n// Doubles.\nexport const twice = (n) => 2 * n;\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shared").mkdir()
    return tmp_path


def write(folder: Path, **modules: str) -> Path:
    """Write modules, shared ones under their names; return the figure."""
    for name, text in modules.items():
        where = folder if name == "figure" else folder / "shared"
        (where / f"{name}.js").write_text(text, encoding="utf-8")
    return folder / "figure.js"


def run(folder: Path, text: str, name: str = "packed.mjs") -> str:
    """Return what node prints of a module's default export."""
    needs("node")
    (folder / name).write_text(text, encoding="utf-8")
    program = f'import("./{name}").then((module) => console.log(JSON.stringify(module.default)))'
    done = subprocess.run(["node", "-e", program], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_what_is_imported_stands_before_what_imports_it_and_comments_are_left_out(folder: Path) -> None:
    packed = pack(write(folder, figure=FIGURE, twice=TWICE))
    assert packed == (
        "const twice = (n) => 2 * n;\n\nexport const four = twice(2);\nexport default { four };\n"
    )
    assert run(folder, packed) == '{"four":4}'


def test_a_module_that_several_import_is_there_once_and_one_that_none_imports_is_not(folder: Path) -> None:
    figure = (
        'import {\n  left,\n} from "./shared/left.js";\n'
        'import { right } from "./shared/right.js";\nexport default left + right;\n'
    )
    left = 'import { base } from "./base.js";\nexport const left = base + 1;\n'
    right = 'import { base } from "./base.js";\nexport const right = base + 2;\n'
    base = "export const base = 10;\n"
    path = write(folder, figure=figure, left=left, right=right, base=base, unused="export const no = 1;\n")
    packed = pack(path)
    assert packed.count("const base") == 1
    assert "const no" not in packed
    assert run(folder, packed) == "23"


def test_functions_and_classes_are_exported_too_and_comments_inside_a_line_stay(folder: Path) -> None:
    shared = """
/** @import { X } from "./elsewhere.js" */
/**
 * Several lines.
 */
let state = 0;
export function next() {
  // counts
  state += 1; // each time
  return /** @type {number} */ (state);
}
export async function later() {}
export class Box {
  value = `${next()} // no comment`;
}
"""
    figure = 'import { Box, later, next } from "./shared/box.js";\n'
    figure += "export default [next(), new Box(), later.name];\n"
    packed = pack(write(folder, figure=figure, box=shared))
    assert "Several" not in packed
    assert "// counts" not in packed
    assert run(folder, packed) == '[1,{"value":"2 // no comment"},"later"]'


def test_two_modules_that_declare_one_name_are_refused_with_both_files(folder: Path) -> None:
    path = write(folder, figure=FIGURE + "", twice=TWICE)
    path.write_text(
        FIGURE.replace("export default", "function helper() {}\nexport default"), encoding="utf-8"
    )
    write(folder, twice=TWICE + "const helper = 1;\n")
    with pytest.raises(PackError, match=r"helper is declared in both \S+shared/twice\.js and \S+/figure\.js"):
        pack(path)


def test_a_circle_of_imports_is_refused(folder: Path) -> None:
    one = 'import { two } from "./two.js";\nexport const one = 1;\n'
    two = 'import { one } from "./one.js";\nexport const two = 2;\n'
    figure = 'import { one } from "./shared/one.js";\nexport default one;\n'
    with pytest.raises(PackError, match=r"in a circle: one\.js -> two\.js -> one\.js"):
        pack(write(folder, figure=figure, one=one, two=two))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('import { twice } from "./shared/none.js";\nexport default 1;\n', "none.js, which does not exist"),
        ('import { thrice } from "./shared/twice.js";\nexport default 1;\n', "imports thrice, which"),
        (
            'import { twice as two } from "./shared/twice.js";\nexport default 1;\n',
            "a name cannot be changed",
        ),
        ('import * as all from "./shared/twice.js";\nexport default 1;\n', "line 1: only `import { names }"),
        ('import twice from "./shared/twice.js";\nexport default 1;\n', "line 1: only `import { names }"),
        ('import "./shared/twice.js";\nexport default 1;\n', "line 1: only `import { names }"),
        ('import { d3 } from "d3";\nexport default 1;\n', "line 1: only `import { names }"),
        ('import { d3 } from "https://a.b/c.js";\nexport default 1;\n', "line 1: only `import { names }"),
        ('const later = () => import("./x.js");\nexport default later;\n', "line 1: only `import"),
        ("const here = import.meta.url;\nexport default here;\n", "line 1: only `import"),
        ("const a = 1;\nexport { a };\nexport default 1;\n", "line 2: this form is not supported"),
        ('export * from "./shared/twice.js";\nexport default 1;\n', "line 1: this form is not supported"),
        ("const { a, b } = { a: 1 };\nexport default 1;\n", "line 1: this form is not supported"),
        ("const [a] = [1];\nexport default 1;\n", "line 1: this form is not supported"),
        ("console.log(1);\nexport default 1;\n", "line 1: this form is not supported"),
        ("var a = 1;\nexport default 1;\n", "line 1: this form is not supported"),
        ("export let a = 1;\nexport default 1;\n", "must be a constant, a function or a class"),
        ("const a = `one\ntwo`;\nexport default 1;\n", "line 1: a template must end on the line"),
        ("/*\n comment */ const a = 1;\nexport default 1;\n", "code follows a comment of several lines"),
        ("export default 1;\nconst a = 1;\n", "nothing may follow `export default`"),
        ("const a = 1;\nconst a = 2;\nexport default 1;\n", "a is declared twice"),
        ("export const a = 1;\n", "must end with `export default`"),
    ],
)
def test_what_it_does_not_support_is_refused(folder: Path, text: str, why: str) -> None:
    path = write(folder, figure=text, twice=TWICE)
    with pytest.raises(PackError, match=re.escape(why)):
        pack(path)


def test_a_default_export_belongs_to_a_figure(folder: Path) -> None:
    with pytest.raises(PackError, match=r"twice\.js is imported and has a default export"):
        pack(write(folder, figure=FIGURE, twice=TWICE + "export default twice;\n"))


def test_a_packed_module_becomes_a_classic_script(folder: Path) -> None:
    packed = pack(write(folder, figure=FIGURE, twice=TWICE))
    script = as_script(packed, "key")
    assert not re.search(r"^\s*(import|export)\b", script, re.M)
    assert run(folder, f"{script}\nexport default courseFigures.key;\n") == '{"four":4}'
    for other in ("const a = 1;\n", 'import { a } from "./a.js";\nexport default a;\n', ""):
        with pytest.raises(PackError, match="expected a packed module"):
            as_script(other, "key")


@pytest.mark.parametrize("name", widgets.__all__)
def test_every_figure_imports_nothing_and_runs_as_a_module_and_as_a_script(name: str, folder: Path) -> None:
    module = str(getattr(widgets, name)._esm)
    assert not re.search(r"^\s*import\b|@ts-check", module, re.M)
    rendering = "export default typeof {}.render;\n"
    assert (
        run(folder, module.replace("export default ", "const made = ") + rendering.format("made"))
        == '"function"'
    )
    script = as_script(module, name) + rendering.format(f"courseFigures.{name}")
    assert run(folder, script, "script.mjs") == '"function"'
