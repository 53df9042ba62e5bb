"""The cache: the same samples as the folder, read once, followed by content."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ppocr_ext.data import cache as module
from ppocr_ext.data.cache import LineCache
from ppocr_ext.data.source import CachedSource, FolderSource
from ppocr_ext.transforms.image import UnreadableImage


def paths() -> list[str]:
    return [f"ảnh/{number}.png" for number in range(23)]


@pytest.fixture
def cache(folder: Path) -> LineCache:
    return LineCache(folder / "cache", folder, 48, 3200)


def test_cache_and_folder_give_the_same_lines(folder: Path) -> None:
    plain = FolderSource(folder / "train.txt", folder)
    cached = pickle.loads(pickle.dumps(CachedSource(folder / "train.txt", folder)))
    assert cached.widths().tolist() == plain.widths().tolist()
    for index, path in enumerate(paths()):
        assert np.array_equal(cached.image(index, path), plain.image(index, path))


def test_grey_lines_take_a_third(folder: Path, cache: LineCache) -> None:
    import cv2

    grey = np.random.default_rng(0).integers(0, 256, (48, 100), dtype=np.uint8)
    cv2.imencode(".png", grey)[1].tofile(folder / "grey.png")
    cache.fill(["grey.png"])
    assert np.array_equal(cache.image("grey.png"), np.repeat(grey[..., None], 3, axis=2))
    assert len(cache._entry("grey.png")) < 48 * 100 + 60


def test_only_what_is_new_or_changed_is_read(
    folder: Path, cache: LineCache, draw: Callable
) -> None:
    assert cache.fill(paths()[:5]) == 5
    assert cache.fill(paths()) == 18
    assert cache.fill(paths()) == 0
    draw(folder / "ảnh/3.png", 200, seed=99)
    os.utime(folder / "ảnh/4.png", ns=(1, 1))
    assert cache.fill(paths()) == 2
    assert cache.widths(["ảnh/3.png"]).tolist() == [300]


def test_the_same_content_is_not_decoded_again(
    folder: Path, cache: LineCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.fill(paths())
    os.utime(folder / "ảnh/4.png", ns=(1, 1))
    monkeypatch.setattr(module, "decode_image", None)
    assert cache.fill(paths()) == 1
    assert cache.fill(paths()) == 0
    assert cache.image("ảnh/4.png").shape[0] == 48


def test_other_content_of_the_same_size_and_time_is_seen(folder: Path, cache: LineCache) -> None:
    if os.name == "nt":
        pytest.skip("Windows keeps no time of the last change")
    path = folder / "ảnh/5.png"
    cache.fill(paths())
    before = cache.image("ảnh/5.png")
    status = path.stat()
    path.write_bytes(bytes(status.st_size))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert cache.fill(paths()) == 1
    with pytest.raises(UnreadableImage):
        cache.image("ảnh/5.png")
    assert before.shape[0] == 48


def test_a_filling_that_was_interrupted_continues(
    cache: LineCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_CHUNK", 4)
    write, calls = LineCache._write, []

    def stop_after_two(self: LineCache, entries: list) -> None:
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(len(entries))
        write(self, entries)

    monkeypatch.setattr(LineCache, "_write", stop_after_two)
    with pytest.raises(KeyboardInterrupt):
        cache.fill(paths(), threads=1)
    monkeypatch.setattr(LineCache, "_write", write)
    assert cache.fill(paths(), threads=1) == 23 - sum(calls)


def test_bad_images_are_remembered_with_their_reason(folder: Path, cache: LineCache) -> None:
    (folder / "empty.png").touch()
    cache.fill(["empty.png", "none.png", "a\0b.png"])
    reasons = [("empty.png", "empty file"), ("none.png", "no such file"), ("a\0b.png", "null")]
    for path, reason in reasons:
        with pytest.raises(UnreadableImage, match=reason):
            cache.image(path)
    with pytest.raises(UnreadableImage, match="not in the cache"):
        cache.image("other.png")
    assert cache.widths(["empty.png", "none.png", "other.png"]).tolist() == [0, 0, 0]
    (folder / "none.png").write_bytes((folder / "ảnh/2.png").read_bytes())
    assert cache.fill(["empty.png", "none.png"]) == 1


def test_the_database_grows_as_needed(cache: LineCache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FIRST_MAP", 1 << 16)
    assert cache.fill(paths()) == 23
    assert cache.image("ảnh/22.png").shape == (48, 420, 3)


def test_a_full_disk_is_an_os_error(cache: LineCache, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno

    import lmdb

    def full(*arguments: object, **settings: object) -> None:
        raise lmdb.DiskError("no space")

    monkeypatch.setattr(LineCache, "_transaction", full)
    with pytest.raises(OSError) as error:
        cache._write([(b"key", b"value")])
    assert error.value.errno == errno.ENOSPC


def test_machines_of_one_run_keep_caches_of_their_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cache_of(machine: str) -> Path:
        monkeypatch.setattr(module.platform, "node", lambda: machine)
        return LineCache(folder, folder, 48, 3200).folder

    assert cache_of("a") == cache_of("b")
    monkeypatch.setenv("PADDLE_NNODES", "2")
    assert cache_of("a") == cache_of("a") != cache_of("b")
