"""What the page "A thousand students" and its compose file tell people to type exists."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.needs import needs

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "notebooks" / "thousand_students.md"
COMPOSE = ROOT / "notebooks" / "compose.yaml"
BIN = Path(sys.executable).parent


def compose() -> dict[str, Any]:
    """The compose file."""
    return dict(yaml.safe_load(COMPOSE.read_text()))


def commands() -> list[str]:
    """Every command of ours and of Dask's on the page and in the file."""
    typed = re.findall(r"^\$ (.+)$", PAGE.read_text(), re.MULTILINE)
    typed += [shlex.join(one["command"]) for one in compose()["services"].values() if "command" in one]
    typed += re.findall(r"autograder grade .*", COMPOSE.read_text())
    return [line for line in typed if line.startswith(("autograder ", "dask "))]


@cache
def help_of(*words: str) -> str:
    """What a command says of its options."""
    program = [sys.executable, "-P", str(BIN / words[0]), *words[1:], "--help"]
    done = subprocess.run(program, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("line", commands())
def test_a_command_and_its_options_exist(line: str) -> None:
    needs("distributed")
    program, command, *rest = shlex.split(line)
    for option in [word for word in rest if word.startswith("--")]:
        assert option in help_of(program, command)


def test_the_page_shows_the_desk_grading_on_the_cluster() -> None:
    assert "autograder grade --cluster tcp://HOST:8786" in commands()


def test_every_service_is_whole() -> None:
    made = compose()
    services = made["services"]
    assert set(services) == {"database", "scheduler", "worker", "desk"}
    for name, service in services.items():
        assert "image" in service, name
        assert set(service.get("depends_on", ())) <= set(services)
    (volume,) = services["database"]["volumes"]
    assert volume.partition(":")[0] in made["volumes"]
    assert services["worker"]["command"][2] == "tcp://scheduler:8786"


def test_the_image_is_built_of_files_that_are_there_and_holds_no_submissions() -> None:
    built = compose()["services"]["worker"]["build"]
    assert (COMPOSE.parent / built["context"]).resolve() == ROOT
    copied = [
        name
        for line in re.findall(r"^COPY (.+)$", built["dockerfile_inline"], re.M)
        for name in line.split()[:-1]
    ]
    assert {"autograder", "convlib", "data", "pyproject.toml"} <= set(copied)
    assert all((ROOT / name).exists() for name in copied)
    assert "." not in copied


def test_the_workers_may_make_a_sandbox_and_the_others_keep_dockers_confinement() -> None:
    services = compose()["services"]
    allowed = {name for name, service in services.items() if "security_opt" in service}
    assert allowed == {"worker"}
