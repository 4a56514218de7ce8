"""Run the benchmarks, or those named: python -m tests.benchmarks [kernels training ...]

Options after a single name go to it: python -m tests.benchmarks grading --flat
"""

from __future__ import annotations

import importlib.util
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
    sys.path.insert(0, str(HERE))  # as when one is run by itself
    for name in names or present:
        path = HERE / f"bench_{name}.py"
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module
        spec.loader.exec_module(module)
        print(f"\n{name}", flush=True)
        sys.argv = [str(path), *options]
        module.main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
