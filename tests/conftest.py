"""What the judge's tests measured is printed at the end, also when workers ran them."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["support.tiers"]

# jsonschema uses an optional grammar of internationalised addresses. No test needs it, and every process that
# reads a notebook takes four seconds to build it: here and in what the tests start it is as if not installed.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
without_grammar = str(Path(__file__).parent / "support" / "without_grammar")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [without_grammar, os.environ.get("PYTHONPATH")]))

# What a test starts, it compiles once for all: the course is imported by hundreds of processes.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# One thread for NumPy and PyTorch: with a test on every processor, more would wait for each other, busily.
os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

# A run in the background of a shell starts with Ctrl-C ignored, and so would all that it starts.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def measured(record_property: Any) -> Any:
    """Keep one line for the summary: measured("mutation score", "conv2d: 90 of 90")."""

    def keep(table: str, line: str) -> None:
        record_property(f"judge: {table}", line)

    return keep


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print the lines table by table."""
    tables: dict[str, list[str]] = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, line in getattr(report, "user_properties", ()):
                if name.startswith("judge: ") and getattr(report, "when", "") == "call":
                    tables.setdefault(name.removeprefix("judge: "), []).append(str(line))
    for table, lines in tables.items():
        terminalreporter.section(table)
        for line in lines:
            terminalreporter.write_line(line)
