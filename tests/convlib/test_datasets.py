"""Generated, shipped and downloaded pictures; downloads from a server on this machine, in real formats."""

from __future__ import annotations

import functools
import gzip
import hashlib
import http.server
import io
import os
import pickle
import runpy
import struct
import sys
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convlib import datasets
from support.needs import needs

ROOT = Path(__file__).parents[2]


def test_glyphs_are_the_same_for_a_seed_and_others_for_another() -> None:
    x, y = datasets.glyphs(50, seed=3)
    again, labels = datasets.glyphs(50, seed=3)
    assert x.shape == (50, 16, 16, 1)
    assert (x.dtype, y.dtype) == (np.float32, np.int64)
    np.testing.assert_array_equal(x, again)
    np.testing.assert_array_equal(y, labels)
    assert not np.array_equal(datasets.glyphs(50, seed=4)[0], x)


def test_every_class_and_every_place_occurs_about_equally_often() -> None:
    x, y = datasets.glyphs(6000, seed=0, noise=0)
    assert np.bincount(y).min() > 900
    assert np.bincount(y).max() < 1100
    first_rows = (x[..., 0].max(axis=2) > 0).argmax(axis=1)
    assert set(first_rows) == set(range(11))
    assert np.bincount(first_rows).min() > 6000 / 11 * 0.8


def test_without_noise_all_pictures_of_a_class_are_one_drawing_moved() -> None:
    x, y = datasets.glyphs(300, seed=1, noise=0)
    seen: dict[int, set[bytes]] = {}
    for picture, label in zip(x[..., 0], y, strict=True):
        rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
        cut = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert cut.shape == (6, 6)
        seen.setdefault(int(label), set()).add(cut.tobytes())
    assert len(seen) == len(datasets.GLYPH_NAMES) == 6
    assert all(len(drawings) == 1 for drawings in seen.values())
    assert len(set.union(*seen.values())) == 6


def test_in_the_top_left_quarter_is_the_middle_of_every_glyph() -> None:
    x, _ = datasets.glyphs(500, seed=2, noise=0, top_left=True)
    for axis in (1, 2):
        lit = x[..., 0].any(axis=3 - axis)
        middles = lit.argmax(axis=1) + 3
        assert middles.max() == 8
        assert middles.min() == 3


def test_the_noise_has_the_stated_spread() -> None:
    noisy, clean = datasets.glyphs(400, seed=5), datasets.glyphs(400, seed=5, noise=0)
    outside = noisy[0][:, 12:, 12:][clean[0][:, 12:, 12:] == 0]
    assert 0.34 < outside.std() < 0.36


@pytest.mark.parametrize(
    ("options", "told"),
    [({"count": -1}, "count is -1"), ({"size": 5}, "6"), ({"noise": float("nan")}, "noise is nan")],
)
def test_glyphs_refuse_what_cannot_be(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        datasets.glyphs(**{"count": 1, **options})


def test_flowers_are_the_same_for_a_seed_and_others_for_another() -> None:
    x, y = datasets.flowers(40, seed=3)
    again, labels = datasets.flowers(40, seed=3)
    assert x.shape == (40, 20, 20, 3)
    assert (x.dtype, y.dtype) == (np.float32, np.int64)
    assert (x.min(), x.max()) == (0, 1)
    np.testing.assert_array_equal(x, again)
    np.testing.assert_array_equal(y, labels)
    assert not np.array_equal(datasets.flowers(40, seed=4)[0], x)
    assert datasets.flowers(3, size=24)[0].shape == (3, 24, 24, 3)


def test_six_flowers_are_two_forms_in_three_colours() -> None:
    x, y = datasets.flowers(1200, seed=0, size=7)
    assert np.bincount(y, minlength=len(datasets.FLOWER_NAMES)).min() > 150
    means = np.stack([x[y == label].mean(axis=0) for label in range(6)])
    petal = means[:, 3, 1]  # a petal in both forms
    # Equal colour, other form; equal form, other colour.
    for round_, cup in ((0, 3), (1, 4), (2, 5)):
        np.testing.assert_allclose(petal[round_], petal[cup], atol=0.04)
        assert np.abs(means[round_, 3, 3] - means[cup, 3, 3]).max() > 0.2, "the dark middle"
    assert list(petal[[0, 2]].argmax(axis=1)) == [0, 2]
    red, yellow, blue = petal[:3]
    assert red[0] > 2 * red[1]
    assert yellow[1] > 3 * yellow[2]
    assert blue[2] > 2 * blue[0]


def test_a_flower_stands_anywhere_in_a_meadow() -> None:
    x, _ = datasets.flowers(600, seed=1)
    green = (x[..., 1] > x[..., 0]) & (x[..., 1] > x[..., 2])
    assert 0.6 < green.mean() < 0.9
    for side in (slice(0, 7), slice(13, 20)):
        assert green[:, side].mean() > 0.5
        assert (~green[:, side]).sum(axis=(1, 2)).max() > 30, "no flower ever stands there"


@pytest.mark.parametrize(
    ("options", "told"), [({"count": -1}, "count is -1"), ({"count": 1, "size": 6}, "at least 7")]
)
def test_flowers_refuse_what_cannot_be(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        datasets.flowers(**options)


def test_the_picture_has_smooth_areas_and_edges_both_ways_at_any_size() -> None:
    for height, width, seed in ((96, 128, 0), (32, 32, 1), (200, 100, 2)):
        picture = datasets.picture(height, width, seed)
        assert picture.shape == (height, width, 3)
        assert picture.dtype == np.float32
        assert 0 <= picture.min() < 0.3
        assert 0.85 < picture.max() <= 1
    picture = datasets.picture()
    np.testing.assert_array_equal(picture, datasets.picture())
    assert not np.array_equal(picture, datasets.picture(seed=1))
    grey = picture.mean(axis=2)
    for axis in (0, 1):
        steps = np.abs(np.diff(grey, axis=axis))
        assert np.median(steps) < 0.03
        assert np.mean(steps > 0.25) > 0.01
    with pytest.raises(ValueError, match="32 at least"):
        datasets.picture(31, 100)


def test_digits_are_shipped_and_split_without_overlap() -> None:
    (x, y), (x_test, y_test) = datasets.digits()
    assert (x.shape, x_test.shape) == ((1437, 8, 8, 1), (360, 8, 8, 1))
    assert (x.dtype, y.dtype) == (np.float32, np.int64)
    assert (x.min(), x.max()) == (0, 1)
    assert set(y) == set(y_test) == set(range(10))
    # As counted in the source's description: 178 zeros, 182 ones, ...
    together = np.concatenate([y, y_test])
    assert list(np.bincount(together)) == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    (other, _), _ = datasets.digits(seed=1)
    assert not np.array_equal(other, x)
    with pytest.raises(ValueError, match="test is 1798"):
        datasets.digits(test=1798)


@pytest.mark.oracle
def test_the_shipped_digits_are_those_of_scikit_learn() -> None:
    needs("sklearn")
    make_digits = runpy.run_path(str(ROOT / "data" / "make_digits.py"))
    pictures, labels = make_digits["from_scikit_learn"]()
    with np.load(ROOT / "data" / "digits.npz") as file:
        np.testing.assert_array_equal(file["x"], pictures)
        np.testing.assert_array_equal(file["y"], labels)


# The formats, as their publishers write them.


def gzipped(data: bytes) -> bytes:
    """Compress without the time of day, which would differ from one test process to the next."""
    return gzip.compress(data, mtime=0)


def idx(array: np.ndarray) -> bytes:
    """An IDX file of bytes, gzipped: http://yann.lecun.com/exdb/mnist/ describes it."""
    header = b"\x00\x00\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return gzipped(header + array.astype(np.uint8).tobytes())


def cifar_batch(rows: np.ndarray, labels: list[int]) -> bytes:
    """A batch as Python 2's cPickle with protocol 2 wrote it: byte strings, and NumPy's old module names."""

    def text(value: bytes) -> bytes:
        return (
            b"U" + bytes([len(value)]) + value
            if len(value) < 256
            else b"T" + struct.pack("<i", len(value)) + value
        )

    def whole(value: int) -> bytes:
        return b"K" + bytes([value]) if value < 256 else b"J" + struct.pack("<i", value)

    dtype = b"cnumpy\ndtype\n" + text(b"u1") + whole(0) + whole(1) + b"\x87R"
    dtype += b"(" + whole(3) + text(b"|") + b"NNN" + b"J\xff\xff\xff\xff" * 2 + whole(0) + b"tb"
    empty = (
        b"cnumpy.core.multiarray\n_reconstruct\n"
        + b"cnumpy\nndarray\n"
        + whole(0)
        + b"\x85"
        + text(b"b")
        + b"\x87R"
    )
    shape = whole(rows.shape[0]) + whole(rows.shape[1]) + b"\x86"
    array = empty + b"(" + whole(1) + shape + dtype + b"\x89" + text(rows.astype(np.uint8).tobytes()) + b"tb"
    items = text(b"batch_label") + text(b"training batch 1 of 5")
    items += text(b"labels") + b"](" + b"".join(map(whole, labels)) + b"e" + text(b"data") + array
    return b"\x80\x02}(" + items + b"u."


def cifar_archive(batches: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, data in batches.items():
            member = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return packed.getvalue()


def small_mnist() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    shapes = ((20, 28, 28), (20,), (10, 28, 28), (10,))
    return {
        name: rng.integers(0, 10 if len(shape) == 1 else 256, shape)
        for name, shape in zip(datasets._IDX_FILES, shapes, strict=True)
    }


def small_cifar() -> tuple[np.ndarray, np.ndarray, bytes]:
    rng = np.random.default_rng(1)
    rows, labels = rng.integers(0, 256, (6, 4, 3072)), rng.integers(0, 10, (6, 4))
    names = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]
    batches = {
        name: cifar_batch(r, list(map(int, y))) for name, r, y in zip(names, rows, labels, strict=True)
    }
    return rows, labels, cifar_archive(batches)


@pytest.fixture
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A server in place of the publishers', and an empty cache: published(name, {file: bytes})."""
    folder = tmp_path / "server"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("CONVLIB_DATA", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def publish(name: str, files: dict[str, bytes]) -> Path:
        checksums = {file: f"md5:{hashlib.md5(data).hexdigest()}" for file, data in files.items()}
        for file, data in files.items():
            (folder / file).write_bytes(data)
        address = f"http://127.0.0.1:{server.server_port}/"
        monkeypatch.setitem(datasets.SOURCES, name, datasets.Source((address,), checksums))
        return folder

    yield publish
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_mnist_files_are_fetched_once_and_read_right(name: str, published: Any, tmp_path: Path) -> None:
    needs("pooch")
    arrays = small_mnist()
    server = published(name, {file: idx(array) for file, array in arrays.items()})
    load = getattr(datasets, name)
    (x, y), (x_test, y_test) = load()
    images, labels, test_images, test_labels = arrays.values()
    assert (x.shape, x.dtype, y.dtype) == ((20, 28, 28, 1), np.float32, np.int64)
    np.testing.assert_allclose(x[..., 0] * 255, images, rtol=1e-6)
    np.testing.assert_allclose(x_test[..., 0] * 255, test_images, rtol=1e-6)
    np.testing.assert_array_equal(y, labels)
    np.testing.assert_array_equal(y_test, test_labels)
    for file in server.iterdir():
        file.unlink()
    np.testing.assert_array_equal(load()[0][0], x)  # from the cache: the server has nothing left
    assert sorted(path.name for path in (tmp_path / "cache" / name).iterdir()) == sorted(arrays)


def test_cifar_is_read_from_its_archive_of_pickles(published: Any) -> None:
    needs("pooch")
    rows, labels, archive = small_cifar()
    published("cifar10", {"cifar-10-python.tar.gz": archive})
    (x, y), (x_test, y_test) = datasets.cifar10()
    assert (x.shape, x_test.shape, x.dtype) == ((20, 32, 32, 3), (4, 32, 32, 3), np.float32)
    np.testing.assert_array_equal(y, labels[:5].ravel())
    np.testing.assert_array_equal(y_test, labels[5])
    # A row holds 1,024 reds, then the greens, then the blues.
    assert x[1, 2, 3, 1] * 255 == pytest.approx(rows[0, 1, 1024 + 2 * 32 + 3])
    np.testing.assert_allclose(np.moveaxis(x_test, 3, 1).reshape(4, -1) * 255, rows[5], rtol=1e-5)


def test_the_batches_the_tests_write_are_such_as_pickle_reads() -> None:
    rows, labels, _ = small_cifar()
    batch = pickle.loads(cifar_batch(rows[0], list(map(int, labels[0]))), encoding="bytes")
    np.testing.assert_array_equal(batch[b"data"], rows[0])
    assert batch[b"labels"] == list(labels[0])


@pytest.mark.parametrize(
    "damage", [lambda data: data[: len(data) // 2], lambda data: data[:-1] + b"?", lambda _: b""]
)
def test_a_file_that_arrives_damaged_is_refused_and_not_kept(
    damage: Any, published: Any, tmp_path: Path
) -> None:
    needs("pooch")
    files = {file: idx(array) for file, array in small_mnist().items()}
    server = published("mnist", files)
    images = datasets._IDX_FILES[0]
    (server / images).write_bytes(damage(files[images]))
    with pytest.raises(datasets.DownloadError, match="another checksum"):
        datasets.mnist()
    assert list((tmp_path / "cache" / "mnist").iterdir()) == []
    (server / images).write_bytes(files[images])
    assert len(datasets.mnist()[0][0]) == 20


def test_a_damaged_file_in_the_cache_is_replaced(
    published: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    needs("pooch")
    published("mnist", {file: idx(array) for file, array in small_mnist().items()})
    (x, _), _ = datasets.mnist()
    cached = tmp_path / "cache" / "mnist" / datasets._IDX_FILES[0]
    whole = cached.read_bytes()
    cached.write_bytes(whole[:-100])
    np.testing.assert_array_equal(datasets.mnist()[0][0], x)
    assert cached.read_bytes() == whole
    assert "was removed" in capsys.readouterr().err


def test_without_a_network_the_message_says_what_to_do(
    published: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("pooch")
    closed = datasets.Source(("http://127.0.0.1:9/",), datasets.SOURCES["mnist"].checksums)
    monkeypatch.setitem(datasets.SOURCES, "mnist", closed)
    with pytest.raises(datasets.DownloadError) as caught:
        datasets.mnist()
    told = str(caught.value)
    for part in (
        "train-images-idx3-ubyte.gz",
        "http://127.0.0.1:9/",
        "ConnectionError",
        "by hand",
        "digits()",
    ):
        assert part in told
    assert str(tmp_path / "cache" / "mnist") in told


def test_a_second_server_is_asked_where_the_first_has_nothing(
    published: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("pooch")
    published("mnist", {file: idx(array) for file, array in small_mnist().items()})
    source = datasets.SOURCES["mnist"]
    both = datasets.Source((source.servers[0] + "nowhere/", *source.servers), source.checksums)
    monkeypatch.setitem(datasets.SOURCES, "mnist", both)
    assert len(datasets.mnist()[0][0]) == 20


def test_files_put_there_by_hand_need_no_pooch_and_absent_ones_say_so(
    published: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {file: idx(array) for file, array in small_mnist().items()}
    published("mnist", files)
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ModuleNotFoundError, match="pip install pooch"):
        datasets.mnist()
    cache = tmp_path / "cache" / "mnist"
    cache.mkdir(parents=True)
    for file, data in files.items():
        (cache / file).write_bytes(data)
    assert len(datasets.mnist()[1][0]) == 10


def test_the_download_tells_how_far_it_is(published: Any, capsys: pytest.CaptureFixture[str]) -> None:
    needs("pooch")
    published("mnist", {file: idx(array) for file, array in small_mnist().items()})
    datasets.mnist()
    assert "train-images-idx3-ubyte.gz: 0.0 of 0.0 MB, 100 %" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"not gzip", "not a whole gzip file"),
        (idx(np.zeros((2, 2)))[:-6], "not a whole gzip file"),
        (gzipped(b""), "not an IDX file"),
        (gzipped(b"\x00\x00\x0d\x01\x00\x00\x00\x00"), "not an IDX file of bytes"),
        (gzipped(b"\x00\x00\x08\x03\x00\x00"), "within its header"),
        (gzipped(b"\x00\x00\x08\x01\x00\x00\x00\x05abc"), r"states the shape \(5,\) and holds 3"),
        (gzipped(b"\x00\x00\x08\x01\x00\x00\x00\x02abc"), r"states the shape \(2,\) and holds 3"),
    ],
)
def test_an_idx_file_that_is_not_one_is_refused(content: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "file.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=told):
        datasets.read_idx(path)


class Attack:
    def __reduce__(self) -> Any:
        return os.mkdir, (os.environ["ATTACK_MARK"],)


def test_a_pickle_that_wants_to_run_something_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "ran"
    monkeypatch.setenv("ATTACK_MARK", str(mark))
    for protocol in (0, 2, 4):
        with pytest.raises(ValueError, match=r"it asks for \w+\.mkdir"):
            datasets.read_cifar_batch(pickle.dumps({"data": Attack()}, protocol=protocol))
    # Names that NumPy has, yet no array needs.
    with pytest.raises(ValueError, match=r"numpy\.load"):
        datasets.read_cifar_batch(b"\x80\x02cnumpy\nload\n.")
    assert not mark.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x02N.",
        b"\x80\x02}.",
        cifar_batch(np.zeros((2, 3072)), [1, 2])[:-50],
        cifar_batch(np.zeros((2, 3071)), [1, 2]),
        cifar_batch(np.zeros((2, 3072)), [1]),
        cifar_batch(np.zeros((2, 3072)), [1, 10]),
    ],
    ids=["empty", "None", "no data", "cut short", "short rows", "a label missing", "label 10"],
)
def test_a_batch_that_is_not_cifars_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"batch"):
        datasets.read_cifar_batch(content)


def test_an_archive_with_a_batch_missing_is_refused(published: Any) -> None:
    needs("pooch")
    published("cifar10", {"cifar-10-python.tar.gz": cifar_archive({"data_batch_1": b""})})
    with pytest.raises(ValueError, match="data_batch_1"):
        datasets.cifar10()
    published("cifar10", {"cifar-10-python.tar.gz": b"not a tar"})
    with pytest.raises(ValueError, match="not CIFAR-10's archive"):
        datasets.cifar10()


def test_the_checksums_are_whole_and_every_server_speaks_http() -> None:
    for source in datasets.SOURCES.values():
        for checksum in source.checksums.values():
            algorithm, _, digest = checksum.partition(":")
            assert len(bytes.fromhex(digest)) == hashlib.new(algorithm).digest_size
        assert all(server.startswith("http") and server.endswith("/") for server in source.servers)
