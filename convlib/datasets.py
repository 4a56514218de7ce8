"""Pictures to learn from: generated, shipped, downloaded.

Loaders return what Keras's do, `(x_train, y_train), (x_test, y_test)`, except that pictures are always
`(N, H, W, C)` float32 from 0 to 1 and labels `(N,)` int64. `glyphs`, `flowers` and `picture` are made from a
seed, without any file.

MNIST, Fashion-MNIST and CIFAR-10 come over the network, through pooch (`pip install pooch`), into the folder
that the environment variable CONVLIB_DATA names, else into ~/.cache/convlib. Files that lie there already are
used without pooch or a network. Every file is compared with a published checksum before it is read: the MD5
values of MNIST and Fashion-MNIST are those in torchvision's `datasets/mnist.py`, the SHA-256 of CIFAR-10 is
that in Keras's `datasets/cifar10.py`. Where this was written no download from the publishers was possible:
the loaders are tested with small files in the real formats, over a server on the same machine.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib
import io
import math
import os
import pickle
import struct
import sys
import tarfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Pictures: TypeAlias = NDArray[np.float32]
Labels: TypeAlias = NDArray[np.int64]
Split: TypeAlias = tuple[tuple[Pictures, Labels], tuple[Pictures, Labels]]

FASHION_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
CIFAR10_NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")

# One 6x6 drawing a class. They share their strokes and differ in how these meet, so that neither the number
# of bright pixels nor any one pixel tells them apart.
_DRAWINGS = {
    "plus": ("..##..", "..##..", "######", "######", "..##..", "..##.."),
    "cross": ("#....#", ".#..#.", "..##..", "..##..", ".#..#.", "#....#"),
    "ring": ("######", "######", "##..##", "##..##", "######", "######"),
    "tee": ("######", "######", "..##..", "..##..", "..##..", "..##.."),
    "corner": ("##....", "##....", "##....", "##....", "######", "######"),
    "slash": ("....##", "...###", "..###.", ".###..", "###...", "##...."),
}
GLYPH_NAMES = tuple(_DRAWINGS)
_GLYPHS: NDArray[np.float32] = np.array(
    [[[cell == "#" for cell in row] for row in drawing] for drawing in _DRAWINGS.values()], dtype=np.float32
)


def glyphs(
    count: int, seed: int = 0, *, size: int = 16, noise: float = 0.35, top_left: bool = False
) -> tuple[Pictures, Labels]:
    """Draw one of six small glyphs at a random place of a noisy picture.

    Args:
        count: how many pictures.
        seed: the same seed gives the same pictures.
        size: rows and columns of a picture, in pixels, 6 at least.
        noise: standard deviation of the normal noise added to every pixel (the glyph is 1, the ground 0).
        top_left: keep the middle of the glyph within the top-left quarter.

    Returns:
        x (count, size, size, 1) and y (count,), y an index into `GLYPH_NAMES`.

    Raises:
        ValueError: count is negative, size is below 6, or noise is negative.
    """
    glyph = _GLYPHS.shape[1]
    if count < 0:
        raise ValueError(f"count is {count}; it must be 0 or more")
    if size < glyph:
        raise ValueError(f"size must be at least {glyph}, the pixels on a side of a glyph, got {size}")
    if not noise >= 0:
        raise ValueError(f"noise is {noise}; it must be 0 or more")
    rng = np.random.default_rng(seed)
    places = size - glyph + 1
    y = rng.integers(0, len(_GLYPHS), count)
    rows, columns = rng.integers(0, (places + 1) // 2 if top_left else places, (2, count))
    x = rng.normal(0.0, noise, (count, size, size, 1)).astype(np.float32)
    for picture_, label, row, column in zip(x, y, rows, columns, strict=True):
        picture_[row : row + glyph, column : column + glyph, 0] += _GLYPHS[label]
    return x, y


# Petals are #, the dark middle is o, the stem is |.
_ROUND = (".##.##.", "#######", "##ooo##", ".#ooo#.", "##ooo##", "#######", ".##.##.")
_CUP = ("#..#..#", "##.#.##", "#######", "#######", ".#####.", "..###..", "...|...")
_RED, _YELLOW, _BLUE = (0.86, 0.16, 0.14), (0.88, 0.70, 0.08), (0.26, 0.30, 0.90)
_FLOWERS = {
    "poppy": (_ROUND, _RED),
    "buttercup": (_ROUND, _YELLOW),
    "flax": (_ROUND, _BLUE),
    "red tulip": (_CUP, _RED),
    "yellow tulip": (_CUP, _YELLOW),
    "crocus": (_CUP, _BLUE),
}
FLOWER_NAMES = tuple(_FLOWERS)


def flowers(count: int, seed: int = 0, *, size: int = 20) -> tuple[Pictures, Labels]:
    """Draw one of six flowers at a random place of a meadow, in colour.

    Two forms, each in red, yellow and blue: the form alone tells two groups apart, the colour alone three.
    The light differs from picture to picture, and petals of all three colours lie about in the grass.

    Args:
        count: how many pictures.
        seed: the same seed gives the same pictures.
        size: rows and columns of a picture, in pixels, 7 at least.

    Returns:
        x (count, size, size, 3), red, green and blue from 0 to 1, and y (count,), y an index into
        `FLOWER_NAMES`.

    Raises:
        ValueError: count is negative, or size is below 7.
    """
    flower = len(_ROUND)
    if count < 0:
        raise ValueError(f"count is {count}; it must be 0 or more")
    if size < flower:
        raise ValueError(f"size must be at least {flower}, the pixels on a side of a flower, got {size}")
    rng = np.random.default_rng(seed)
    petals = np.array([_RED, _YELLOW, _BLUE])
    y = rng.integers(0, len(_FLOWERS), count)
    x = np.empty((count, size, size, 3))
    for image, label in zip(x, y, strict=True):
        grass = 0.6 + 0.5 * _smooth_noise(rng, size, size, 0.12)
        image[:] = grass[..., None] * np.array([0.36, 0.50, 0.20])
        rows, columns = rng.integers(0, size, (2, 8))
        image[rows, columns] = petals[rng.integers(0, 3, 8)]
        form, colour = list(_FLOWERS.values())[label]
        paint = {"#": colour, "o": (0.20, 0.13, 0.10), "|": (0.22, 0.34, 0.12)}
        row, column = rng.integers(0, size - flower + 1, 2)
        for i, j in np.ndindex(flower, flower):
            if form[i][j] in paint:
                image[row + i, column + j] = paint[form[i][j]]
        image *= rng.uniform(0.55, 1.1)  # the light
    x += rng.normal(0, 0.09, x.shape)
    return np.clip(x, 0, 1).astype(np.float32), y


def picture(height: int = 96, width: int = 128, seed: int = 0) -> Pictures:
    """Paint a landscape: a sky, hills, a house and a fence; smooth areas, straight edges, texture.

    Args:
        height, width: in pixels, 32 at least.
        seed: moves the hills, the house, the clouds and the grass.

    Returns:
        (height, width, 3) red, green and blue from 0 to 1.

    Raises:
        ValueError: height or width is below 32.
    """
    if min(height, width) < 32:
        raise ValueError(f"height and width are {height} and {width}; 32 at least")
    rng = np.random.default_rng(seed)
    v, u = np.mgrid[0:height, 0:width] / float(height)  # v down, u right, in picture heights
    aspect = width / height

    def colour(*rgb: float) -> NDArray[np.float64]:
        return np.array(rgb, dtype=np.float64)

    # The sky brightens towards the horizon, and has a sun and clouds.
    depth = np.clip(v / 0.6, 0, 1)[..., None]
    image = (1 - depth) * colour(0.25, 0.48, 0.80) + depth * colour(0.83, 0.88, 0.90)
    sun = np.exp(-(((u - aspect * rng.uniform(0.65, 0.9)) ** 2 + (v - 0.16) ** 2) / 0.0045))
    clouds = np.clip(_smooth_noise(rng, height, width, 0.22) * 1.6 - 0.9, 0, 1) * (v < 0.5)
    light = np.maximum(sun, 0.8 * clouds)[..., None]
    image = (1 - light) * image + light * colour(1.0, 0.97, 0.88)

    # Two ranges of hills, the farther one paler; then the meadow, with grass.
    for base, tall, rgb in ((0.48, 0.16, (0.46, 0.55, 0.62)), (0.58, 0.09, (0.30, 0.45, 0.36))):
        phases = rng.uniform(0, 2 * math.pi, 4)
        ridge = sum(np.sin(u[0] * 2.6 * (k + 1) + phases[k]) / (k + 1.5) for k in range(4))
        image[v > base - tall * (0.5 + 0.5 * ridge / 1.6)] = rgb
    meadow = v > 0.66
    grass = 0.75 + 0.35 * _smooth_noise(rng, height, width, 0.03)
    image[meadow] = (grass[..., None] * colour(0.42, 0.56, 0.22))[meadow]

    # The house: walls, a roof, a door, two windows.
    left = aspect * rng.uniform(0.12, 0.3)
    side, top, bottom = 0.36, 0.5, 0.8
    inside = (u - left) / side

    def box(low: float, high: float, above: float, below: float) -> NDArray[np.bool_]:
        return np.asarray((inside >= low) & (inside < high) & (v >= above) & (v < below))

    image[box(0, 1, top, bottom)] = (0.86, 0.78, 0.66)
    image[box(0.62, 1, top, bottom)] = (0.66, 0.58, 0.48)
    roof = (v >= top - 0.17) & (v < top) & (np.abs(inside - 0.5) < 0.58 * (v - top + 0.17) / 0.17)
    image[roof] = (0.62, 0.22, 0.16)
    image[box(0.26, 0.40, 0.64, bottom)] = (0.33, 0.20, 0.13)
    for low in (0.07, 0.46):
        image[box(low, low + 0.12, 0.56, 0.65)] = (0.20, 0.27, 0.36)

    # A white fence before it.
    rails = (v > 0.84) & (v < 0.86) | (v > 0.90) & (v < 0.92)
    posts = (v > 0.81) & (v < 0.95) & (np.mod(u + rng.uniform(0, 0.1), 0.1) < 0.03)
    image[rails | posts] = (0.93, 0.92, 0.88)

    image += rng.normal(0, 0.015, image.shape)  # a camera's noise
    return np.asarray(np.clip(image, 0, 1), dtype=np.float32)


def _smooth_noise(rng: np.random.Generator, height: int, width: int, grain: float) -> NDArray[np.float64]:
    """Blend random values on a coarse grid into (height, width) of 0..1; grain is in picture heights."""
    rows, columns = (np.arange(n) / (grain * height) for n in (height, width))
    grid = rng.random((int(rows[-1]) + 2, int(columns[-1]) + 2))
    i, j = rows.astype(int), columns.astype(int)
    a, b = (rows - i)[:, None], columns - j
    a, b = a * a * (3 - 2 * a), b * b * (3 - 2 * b)
    above = grid[i][:, j] * (1 - b) + grid[i][:, j + 1] * b
    below = grid[i + 1][:, j] * (1 - b) + grid[i + 1][:, j + 1] * b
    return np.asarray(above * (1 - a) + below * a)


def digits(seed: int = 0, test: int = 360) -> Split:
    """Load the 1,797 handwritten digits (8x8) that come with the course, shuffled and split.

    E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning
    Repository, https://doi.org/10.24432/C50P49, CC BY 4.0. Both parts hold digits by the same 13 writers.

    Args:
        seed: shuffles before the split.
        test: how many are held out.

    Returns:
        (x_train, y_train), (x_test, y_test): x (N, 8, 8, 1) from 0 to 1, y (N,) from 0 to 9.

    Raises:
        ValueError: test is negative or more than there are.
    """
    with np.load(io.BytesIO(_digits_file().read_bytes()), allow_pickle=False) as file:
        x, y = _scaled(file["x"][..., None], 16), file["y"].astype(np.int64)
    if not 0 <= test <= len(x):
        raise ValueError(f"test is {test}; there are {len(x)} digits to hold out from")
    order = np.random.default_rng(seed).permutation(len(x))
    x, y = x[order], y[order]
    return (x[test:], y[test:]), (x[:test], y[:test])


def _digits_file() -> Path:
    here = Path(__file__).resolve().parent
    # In a wheel the file lies beside this one; in a checkout at the top level.
    for folder in (here / "data", here.parent / "data"):
        if (folder / "digits.npz").is_file():
            return folder / "digits.npz"
    raise FileNotFoundError(f"digits.npz is missing beside {here}: the course is not completely installed")


@dataclass(frozen=True)
class Source:
    """Where a data set is published: servers in the order they are tried, and each file's checksum."""

    servers: tuple[str, ...]
    checksums: dict[str, str]


_IDX_FILES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
SOURCES = {
    "mnist": Source(
        servers=(
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        checksums={
            _IDX_FILES[0]: "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
            _IDX_FILES[1]: "md5:d53e105ee54ea40749a09fcbcd1e9432",
            _IDX_FILES[2]: "md5:9fb629c4189551a2d022fa330f9573f3",
            _IDX_FILES[3]: "md5:ec29112dd5afa0611ce80d1b7f02629c",
        },
    ),
    "fashion_mnist": Source(
        servers=(
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
        checksums={
            _IDX_FILES[0]: "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            _IDX_FILES[1]: "md5:25c81989df183df01b3e8a0aad5dffbe",
            _IDX_FILES[2]: "md5:bef4ecab320f06d8554ea6380940ec79",
            _IDX_FILES[3]: "md5:bb300cfdad3c16e7a12a480ee83cd310",
        },
    ),
    "cifar10": Source(
        servers=("https://www.cs.toronto.edu/~kriz/",),
        checksums={
            "cifar-10-python.tar.gz": (
                "sha256:6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce"
            )
        },
    ),
}


class DownloadError(ConnectionError):
    """A data set is not on this machine and could not be fetched whole."""


def mnist() -> Split:
    """Load MNIST, downloading 11 MB the first time: 60,000 and 10,000 handwritten digits of 28x28.

    Y. LeCun, C. Cortes and C. Burges, The MNIST database of handwritten digits.

    Returns:
        (x_train, y_train), (x_test, y_test): x (N, 28, 28, 1) from 0 to 1, y (N,) from 0 to 9.

    Raises:
        DownloadError: the files are not here, and no server gave them whole.
        ModuleNotFoundError: the files are not here, and pooch is not installed.
    """
    return _idx_split("mnist")


def fashion_mnist() -> Split:
    """Load Fashion-MNIST, downloading 31 MB the first time: clothes in MNIST's format, `FASHION_NAMES`.

    H. Xiao, K. Rasul and R. Vollgraf (2017), https://arxiv.org/abs/1708.07747. Returns and raises as `mnist`.
    """
    return _idx_split("fashion_mnist")


def cifar10() -> Split:
    """Load CIFAR-10, downloading 170 MB the first time: 50,000 and 10,000 photographs of `CIFAR10_NAMES`.

    A. Krizhevsky (2009), Learning Multiple Layers of Features from Tiny Images.

    Returns:
        (x_train, y_train), (x_test, y_test): x (N, 32, 32, 3) from 0 to 1 (615 MB), y (N,) from 0 to 9.

    Raises:
        as `mnist`.
    """
    archive = _fetched("cifar10", "cifar-10-python.tar.gz")
    train = [f"cifar-10-batches-py/data_batch_{i}" for i in range(1, 6)]
    return _cifar_part(archive, train), _cifar_part(archive, ["cifar-10-batches-py/test_batch"])


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read a gzipped IDX file of unsigned bytes, the format of MNIST.

    Four bytes of magic (0, 0, 8 for unsigned byte, the number of axes), one big-endian 32-bit length an axis,
    then the values in row-major order.

    Returns:
        an array of the shape that the file states.

    Raises:
        ValueError: the file is not gzip, not IDX of bytes, or shorter or longer than it states.
    """
    try:
        data = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path.name} is not a whole gzip file: {error}") from error
    if len(data) < 4 or data[:3] != b"\x00\x00\x08":
        raise ValueError(f"{path.name} is not an IDX file of bytes: it begins with {data[:4]!r}")
    axes = data[3]
    start = 4 + 4 * axes
    if len(data) < start:
        raise ValueError(f"{path.name} ends within its header of {start} bytes")
    shape = struct.unpack_from(f">{axes}I", data, 4)
    if len(data) - start != math.prod(shape):
        raise ValueError(f"{path.name} states the shape {shape} and holds {len(data) - start} values")
    return np.frombuffer(data, dtype=np.uint8, offset=start).reshape(shape)


def read_cifar_batch(data: bytes, name: str = "batch") -> tuple[NDArray[np.uint8], Labels]:
    """Read one batch file of CIFAR-10's Python version without running what a pickle may ask for.

    The file is a pickle of a dict: `data`, (N, 3072) uint8, a row holding 32x32 red, then green, then blue;
    and `labels`, a list. Only the three names that a NumPy array needs are understood, and they stand for
    classes of this module that keep bytes and do nothing.

    Returns:
        x (N, 32, 32, 3) uint8 and y (N,).

    Raises:
        ValueError: the file is cut short, asks for anything else, or does not hold such a dict.
    """
    try:
        batch = _ArraysOnly(io.BytesIO(data), encoding="bytes").load()
        rows, labels = batch[b"data"].bytes_as((-1, 3, 32, 32)), np.array(batch[b"labels"], dtype=np.int64)
    except Exception as error:  # a damaged pickle raises almost anything
        raise ValueError(f"{name} is not a batch of CIFAR-10: {type(error).__name__}: {error}") from error
    if labels.shape != rows.shape[:1] or np.any((labels < 0) | (labels >= len(CIFAR10_NAMES))):
        raise ValueError(f"{name} holds {len(rows)} pictures and labels that do not fit them")
    return rows.transpose(0, 2, 3, 1), labels


class _Array:
    """Stands in for numpy.ndarray while a pickle is read: keeps the bytes, makes nothing."""

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, self.shape, self.dtype, self.fortran, self.raw = state

    def bytes_as(self, shape: tuple[int, ...]) -> NDArray[np.uint8]:
        if self.dtype.name not in (b"u1", b"|u1") or self.fortran or len(self.raw) != math.prod(self.shape):
            raise ValueError("the array is not plain rows of bytes")
        return np.frombuffer(self.raw, dtype=np.uint8).reshape(shape)


class _Dtype:
    def __init__(self, name: bytes | str, *_: object) -> None:
        self.name = name

    def __setstate__(self, state: object) -> None:
        """Byte order and alignment: nothing that a byte has."""


class _ArraysOnly(pickle.Unpickler):
    _stand_ins: dict[tuple[str, str], Callable[..., object]] = {  # noqa: RUF012  never changed
        ("numpy.core.multiarray", "_reconstruct"): lambda *_: _Array(),
        ("numpy", "ndarray"): _Array,
        ("numpy", "dtype"): _Dtype,
    }

    def find_class(self, module_name: str, global_name: str) -> Any:
        if (module_name, global_name) not in self._stand_ins:
            raise pickle.UnpicklingError(f"it asks for {module_name}.{global_name}")
        return self._stand_ins[module_name, global_name]


def _idx_split(name: str) -> Split:
    arrays = [read_idx(_fetched(name, file)) for file in _IDX_FILES]
    for pictures, labels in (arrays[:2], arrays[2:]):
        if pictures.ndim != 3 or labels.shape != pictures.shape[:1]:
            raise ValueError(
                f"{name}: pictures of shape {pictures.shape} with labels of shape {labels.shape}"
            )
    x, y, x_test, y_test = arrays
    return (
        (_scaled(x[..., None], 255), y.astype(np.int64)),
        (_scaled(x_test[..., None], 255), y_test.astype(np.int64)),
    )


def _cifar_part(archive: Path, members: list[str]) -> tuple[Pictures, Labels]:
    parts = []
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in members:
                file = tar.extractfile(member)
                if file is None:
                    raise ValueError(f"{archive.name}: {member} is not a file")
                parts.append(read_cifar_batch(file.read(), member))
    except (tarfile.TarError, KeyError, OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{archive.name} is not CIFAR-10's archive: {error}") from error
    return _scaled(np.concatenate([x for x, _ in parts]), 255), np.concatenate([y for _, y in parts])


def _scaled(x: NDArray[np.uint8], top: int) -> Pictures:
    return np.multiply(x, np.float32(1 / top), dtype=np.float32)


def _folder(name: str) -> Path:
    return Path(os.environ.get("CONVLIB_DATA") or Path.home() / ".cache" / "convlib") / name


def _matches(path: Path, checksum: str) -> bool:
    algorithm, _, digest = checksum.partition(":")
    with path.open("rb") as file:
        got = hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False))
    return got.hexdigest() == digest


def _fetched(name: str, file: str) -> Path:
    """Return the path of a file that has its published checksum, downloading it where need be."""
    source, path = SOURCES[name], _folder(name) / file
    checksum = source.checksums[file]
    if path.exists():
        if _matches(path, checksum):
            return path
        path.unlink()  # cut short or damaged: it would fail the same way each time
        print(f"{path} did not have its published checksum and was removed.", file=sys.stderr)
    try:
        pooch: Any = importlib.import_module("pooch")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"{file} is not in {path.parent}, and downloading it needs pooch: pip install pooch", name="pooch"
        ) from error

    failures = []
    for server in source.servers:
        bar = _Progress(file)
        try:
            return Path(pooch.retrieve(server + file, checksum, file, path.parent, progressbar=bar))
        except OSError as error:
            reason = f"{type(error).__name__}: {error}"
        except ValueError:  # pooch's word for a wrong checksum; it keeps nothing
            reason = "the file that came has another checksum"
        failures.append(f"  {server}{file}: {reason}")
    raise DownloadError(
        f"{file} could not be downloaded.\n"
        + "\n".join(failures)
        + f"\nIs there a network? Put the file into {path.parent} by hand, and it will be used as it is."
        + "\nWithout one, datasets.digits() and datasets.glyphs(2000) are always here."
    )


class _Progress:
    """What pooch calls while a file arrives: a line of text on stderr, rewritten where that is a terminal."""

    def __init__(self, name: str) -> None:
        self.name, self.total, self._done, self._shown = name, 0, 0, -1

    def update(self, arrived: int) -> None:
        self._done = min(self._done + arrived, self.total)  # the last chunk counts as a whole one
        percent = 100 * self._done // max(self.total, 1)  # a server need not say how much comes
        live = sys.stderr.isatty()
        step = 1 if live else 25
        if percent // step > self._shown:
            self._shown = percent // step
            text = f"{self.name}: {self._done / 1e6:.1f} of {self.total / 1e6:.1f} MB, {percent} %"
            print(text, end="\r" if live else "\n", file=sys.stderr, flush=True)

    def reset(self) -> None:
        """Pooch sets the counter back before it shows the end."""
        self._done = 0

    def close(self) -> None:
        if sys.stderr.isatty():
            print(file=sys.stderr)
