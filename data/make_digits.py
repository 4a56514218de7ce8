"""Make digits.npz out of the copy inside scikit-learn: `pip install scikit-learn`, then run this.

The same bytes come out each time (a test compares the arrays where scikit-learn is installed).
"""

from __future__ import annotations

import gzip
import importlib.util
from pathlib import Path

import numpy as np


def from_scikit_learn() -> tuple[np.ndarray, np.ndarray]:
    """Read pictures (1797, 8, 8) of 0..16 and labels (1797,), both uint8, in the order of the source."""
    package = importlib.util.find_spec("sklearn")  # looked for, not imported: that takes seconds
    if package is None or package.origin is None:
        raise ModuleNotFoundError("scikit-learn is not installed: pip install scikit-learn", name="sklearn")
    packed = (Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz").read_bytes()
    rows = np.loadtxt(gzip.decompress(packed).decode("ascii").splitlines(), delimiter=",").astype(np.uint8)
    return rows[:, :-1].reshape(-1, 8, 8), rows[:, -1]


if __name__ == "__main__":
    pictures, labels = from_scikit_learn()
    np.savez_compressed(Path(__file__).with_name("digits.npz"), x=pictures, y=labels)
