"""Widths and heights of images from their headers, remembered between runs.

They serve to put lines of similar width into one batch. A stale size therefore costs a little
padding and nothing else: every check of a sample is made on its decoded image.
"""

from __future__ import annotations

import hashlib
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np

from ppocr_ext.data.labels import LabelFile
from ppocr_ext.files import replacing
from ppocr_ext.transforms.image import UnreadableImage, decode_image, is_reserved, read_image

try:
    import imagesize  # type: ignore[import-untyped]
except ModuleNotFoundError:  # where only reading is installed: the pixels are counted
    imagesize = None

CACHE_FOLDER = ".ppocr_ext_cache"
_READ_AT_ONCE = 4096  # images that one task of the thread pool looks at
_HASH_CHUNK = 1 << 22


def image_sizes(labels: LabelFile, threads: int = 4, keep: bool = True) -> np.ndarray:
    """``int32 [N, 2]`` (width, height) in pixels of each line's (first) image; 0 where unreadable.

    Read from the cache folder beside the label file when the label file's content and the data
    folder are the same; sizes that were 0 are looked at again. ``keep``: write that cache.
    """
    cache = _cache_path(labels)
    sizes = _load(cache, len(labels))
    unknown = np.flatnonzero(sizes[:, 0] == 0)
    if len(unknown):
        chunks = np.array_split(unknown, -(-len(unknown) // _READ_AT_ONCE))
        with ThreadPoolExecutor(threads) as pool:  # hides the latency of network disks
            for chunk, found in zip(chunks, pool.map(partial(_read, labels), chunks), strict=True):
                sizes[chunk] = found
        if keep:
            _save(cache, sizes)
    return sizes


def image_size(image: Path | bytes) -> tuple[int, int]:
    """(width, height) of an image, from its header if that is enough; (0, 0): unreadable."""
    if isinstance(image, Path) and is_reserved(image):
        return 0, 0
    width, height = -1, -1
    with suppress(OSError, ValueError):
        if imagesize:
            width, height = imagesize.get(BytesIO(image) if isinstance(image, bytes) else image)
    if width > 0 and height > 0:
        return int(width), int(height)
    try:
        pixels = decode_image(image) if isinstance(image, bytes) else read_image(image)
    except UnreadableImage:
        return 0, 0
    return pixels.shape[1], pixels.shape[0]


def _read(labels: LabelFile, indices: np.ndarray) -> np.ndarray:
    found = [image_size(labels.image_path(labels[int(index)].path)) for index in indices]
    return np.array(found, dtype=np.int32)


def _cache_path(labels: LabelFile) -> Path:
    """A name made of the label file's content and the data folder's place."""
    digest = hashlib.blake2b(str(labels.data_dir.resolve()).encode(), digest_size=8)
    with open(labels.path, "rb") as stream:
        while chunk := stream.read(_HASH_CHUNK):
            digest.update(chunk)
    name = f"{labels.path.stem}.{digest.hexdigest()}.sizes.npz"
    return labels.path.parent / CACHE_FOLDER / name


def _load(cache: Path, count: int) -> np.ndarray:
    for path in (cache, _elsewhere(cache)):
        try:
            with np.load(path, allow_pickle=False) as stored:
                sizes = stored["sizes"]
        except (OSError, ValueError, KeyError, EOFError):
            continue
        if sizes.shape == (count, 2) and sizes.dtype == np.int32:
            return sizes
    return np.zeros((count, 2), dtype=np.int32)


def _save(cache: Path, sizes: np.ndarray) -> None:
    """Write beside the label file, or into the temporary folder when that is read-only."""
    for path in (cache, _elsewhere(cache)):
        try:
            with replacing(path, "wb") as stream:
                np.savez_compressed(stream, sizes=sizes)
            return
        except OSError:
            continue


def _elsewhere(cache: Path) -> Path:
    return Path(tempfile.gettempdir()) / CACHE_FOLDER / cache.name
