"""Which protections hold on this machine: tried, not guessed."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.sandbox.kernel import LauncherName
from autograder.sandbox.limits import Limits


@dataclass(frozen=True)
class Protection:
    """One protection: whether it holds here, and how that showed."""

    name: str
    holds: bool
    how: str


async def protections(launcher: LauncherName = "bubblewrap", limits: Limits | None = None) -> list[Protection]:
    """Start a kernel and let it try what it must not be able to do."""
    raise SystemExit(f"{launcher} {limits}")
