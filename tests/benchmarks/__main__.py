"""Run the benchmarks, or those named: python -m tests.benchmarks [kernels training ...]"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main(names: list[str]) -> int:
    present = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    unknown = [name for name in names if name not in present]
    if unknown:
        print(f"no benchmark is called {unknown[0]}; there are {', '.join(present)}", file=sys.stderr)
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
        sys.argv = [str(path)]
        module.main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
