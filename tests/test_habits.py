"""The project's small files load, and name the same commands and versions."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.M))


def loaded(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "path", [*(ROOT / ".github").rglob("*.yml"), ROOT / ".pre-commit-config.yaml", ROOT / "CITATION.cff"]
)
def test_a_yaml_file_loads(path: Path) -> None:
    assert isinstance(yaml.safe_load(path.read_text(encoding="utf-8")), dict)


@pytest.mark.parametrize(
    "name", [".ci/run", ".github/workflows/course.yml", ".devcontainer/devcontainer.json"]
)
def test_every_make_command_is_a_target_of_the_makefile(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    named = set(re.findall(r"""(?:^|run: |")make ([a-z-]+)""", text, re.M))
    assert named
    assert named <= TARGETS


def test_the_devcontainer_installs_what_the_demonstration_needs() -> None:
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    _, target = container["postCreateCommand"].split()
    needed = dict(re.findall(r"^([a-z]+): (\S+) ##", MAKEFILE, re.M))
    assert needed[target] == needed["demo"]


def test_a_commit_runs_the_linters_of_make_lint() -> None:
    variables = dict(re.findall(r"^([A-Z]+) :?= (.*)$", MAKEFILE, re.M))
    lint = MAKEFILE.partition("\nlint:")[2].partition("\n\n")[0].replace("$(BIN)", ".venv/bin")
    lint = re.sub(r"\$\(([A-Z]+)\)", lambda name: variables[name[1]], lint)
    hooks = [hook for repo in loaded(".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]]
    for hook in hooks:
        assert hook["entry"].replace(" --force-exclude", "") in lint
    assert len(hooks) == lint.count(".venv/bin/") + lint.count("npx --yes")


def test_continuous_integration_tries_the_oldest_python_and_a_newer_one() -> None:
    versions = loaded(".github/workflows/course.yml")["jobs"]["test"]["strategy"]["matrix"]["python"]
    oldest = PROJECT["requires-python"].removeprefix(">=")
    assert versions[0] == oldest
    assert [int(part) for part in versions[-1].split(".")] > [int(part) for part in oldest.split(".")]


def test_citation_and_changelog_name_the_version() -> None:
    citation, version = loaded("CITATION.cff"), PROJECT["version"]
    assert citation["version"] == version
    assert citation["license"] == PROJECT["license"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert changelog.index("## [Unreleased]") < changelog.index(
        f"## [{version}] - {citation['date-released']}"
    )


def test_no_test_changes_the_path_of_imports() -> None:
    word = "sys.path" + ".insert"
    assert [p for p in (ROOT / "tests").rglob("*.py") if word in p.read_text(encoding="utf-8")] == []


def test_the_markers_are_those_that_the_fast_tests_leave_out() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]
    names = [text.partition(":")[0] for text in settings["ini_options"]["markers"]]
    fast = next(line for line in MAKEFILE.splitlines() if ' -m "not ' in line)
    words = shlex.split(fast.replace("$(BIN)", "").replace("$(ARGS)", "").lstrip("\t@"))
    expression = next(word for word in words if word.startswith("not "))
    assert expression == " and ".join(f"not {name}" for name in names)
