"""Run the benchmarks, or those named: python -m tests.benchmarks [kernels training ...]

Options after a single name go to it: python -m tests.benchmarks grading --flat
"""

from __future__ import annotations

import importlib
import itertools
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main(arguments: list[str]) -> int:
    present = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    names = list(itertools.takewhile(lambda word: not word.startswith("-"), arguments))
    options = arguments[len(names) :]
    unknown = [name for name in names if name not in present]
    if unknown or (options and len(names) != 1):
        what = f"no benchmark is called {unknown[0]}" if unknown else "options are for one benchmark"
        print(f"{what}; there are {', '.join(present)}", file=sys.stderr)
        return 2
    for name in names or present:
        module = importlib.import_module(f"tests.benchmarks.bench_{name}")
        print(f"\n{name}", flush=True)
        sys.argv = [str(module.__file__), *options]
        module.main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
