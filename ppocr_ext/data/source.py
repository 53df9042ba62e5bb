"""Where lines come from: label files and images, the packed cache, LMDB, lines drawn as read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import lmdb
import numpy as np

from ppocr_ext.data.cache import LineCache
from ppocr_ext.data.labels import LabelLine, read_labels
from ppocr_ext.data.scan import Facts, blocks_of, scan
from ppocr_ext.data.sizes import CACHE_FOLDER, image_size, image_sizes
from ppocr_ext.errors import UserError
from ppocr_ext.text.charset import Charset
from ppocr_ext.transforms.image import UnreadableImage, decode_image, read_image
from ppocr_ext.transforms.resize import HEIGHT, MAX_WIDTH, resize_to_height, resized_width

if TYPE_CHECKING:  # readers of files start without the drawing of lines
    from ppocr_ext.synth.factory import LineFactory


class Source(Protocol):
    """Labelled line images at the training height, by index. Must be picklable."""

    name: str
    max_width: int  # pixels: wider lines are squashed to it
    endless: bool  # whether lines continue beyond ``len``: each epoch then takes the next ``len``

    def __len__(self) -> int: ...

    def line(self, index: int) -> LabelLine:
        """The label line as written."""

    def image(self, index: int, path: str) -> np.ndarray:
        """``uint8 [height, W, 3]`` BGR of one of the line's paths. Raises UnreadableImage."""

    def widths(self, epoch: int = 0) -> np.ndarray:
        """``int32 [N]`` widths at the training height; 0 where the image cannot be read."""

    def facts(self, charset: Charset) -> Iterator[Facts]:
        """What the labels hold, thousands of lines at a time."""


class FolderSource:
    """A PaddleOCR label file and the folder of its images."""

    endless = False

    def __init__(
        self,
        label_file: Path,
        data_dir: Path,
        height: int = HEIGHT,
        max_width: int = MAX_WIDTH,
        delimiter: str = "\t",
    ) -> None:
        self.labels = read_labels(label_file, data_dir, delimiter)
        self.name = str(label_file)
        self.height, self.max_width = height, max_width

    def __len__(self) -> int:
        return len(self.labels)

    def line(self, index: int) -> LabelLine:
        return self.labels[index]

    def image(self, index: int, path: str) -> np.ndarray:
        image = read_image(self.labels.image_path(path))
        return resize_to_height(image, self.height, self.max_width)

    def facts(self, charset: Charset) -> Iterator[Facts]:
        return scan(blocks_of(self.labels), charset, self.labels.delimiter)

    def widths(self, epoch: int = 0) -> np.ndarray:
        sizes = image_sizes(self.labels)
        resized = (
            resized_width(width, height, self.height, self.max_width) if height else 0
            for width, height in sizes.tolist()
        )
        return np.fromiter(resized, dtype=np.int32, count=len(sizes))


class CachedSource(FolderSource):
    """The same lines, decoded and resized once into a cache beside the label file."""

    def __init__(
        self,
        label_file: Path,
        data_dir: Path,
        height: int = HEIGHT,
        max_width: int = MAX_WIDTH,
        delimiter: str = "\t",
    ) -> None:
        super().__init__(label_file, data_dir, height, max_width, delimiter)
        folder = Path(label_file).parent / CACHE_FOLDER
        self.cache = LineCache(folder, self.labels.data_dir, height, max_width)
        self.cache.fill(path for line in self.labels for path in (line.path, *line.others))

    def image(self, index: int, path: str) -> np.ndarray:
        return self.cache.image(path)

    def widths(self, epoch: int = 0) -> np.ndarray:
        return self.cache.widths(line.path for line in self.labels)


_LINES = 16384  # labels of one step


class LmdbSource:
    """One database: keys ``num-samples``, ``image-000000001`` … and ``label-000000001`` …"""

    endless = False

    def __init__(self, folder: Path, height: int = HEIGHT, max_width: int = MAX_WIDTH) -> None:
        self.name = str(folder)
        self.height, self.max_width = height, max_width
        count = self._get(b"num-samples")
        if not count or not count.isdigit():
            raise UserError(
                f"{folder} is not an LMDB data set of PaddleOCR (it has no num-samples)",
                "keys num-samples, image-000000001, label-000000001, …",
                "use `name: SimpleDataSet` with label files; `cache: true` makes it as fast",
            )
        self._count = int(count)

    def __len__(self) -> int:
        return self._count

    def line(self, index: int) -> LabelLine:
        path = f"{self.name}/image-{index + 1:09d}"
        label = self._get(b"label-%09d" % (index + 1))
        if label is None:
            return LabelLine(path, "", problem="no label in the database")
        try:
            return LabelLine(path, label.decode("utf-8"))
        except UnicodeDecodeError:
            return LabelLine(path, "", problem="label is not UTF-8")

    def image(self, index: int, path: str) -> np.ndarray:
        data = self._get(b"image-%09d" % (index + 1))
        if data is None:
            raise UnreadableImage("no image in the database")
        return resize_to_height(decode_image(data), self.height, self.max_width)

    def widths(self, epoch: int = 0) -> np.ndarray:
        sizes = (image_size(self._get(b"image-%09d" % (i + 1)) or b"") for i in range(len(self)))
        resized = (
            resized_width(width, height, self.height, self.max_width) if height else 0
            for width, height in sizes
        )
        return np.fromiter(resized, dtype=np.int32, count=len(self))

    def facts(self, charset: Charset) -> Iterator[Facts]:
        return scan(self._blocks(), charset)

    def _blocks(self) -> Iterator[str]:
        for first in range(0, len(self), _LINES):
            lines = map(self.line, range(first, min(len(self), first + _LINES)))
            yield "".join("-\t" + line.text.replace("\n", "\t") + "\n" for line in lines)

    def _get(self, key: bytes) -> bytes | None:
        with _open(self.name).begin() as transaction:
            return transaction.get(key)


def databases(roots: Sequence[Path]) -> list[Path]:
    """The LMDB folders under ``roots``, in a fixed order, as PaddleOCR looks for them."""
    found = [
        Path(folder)
        for root in roots
        for folder, _, files in sorted(os.walk(root))
        if "data.mdb" in files
    ]
    if not found:
        raise UserError(
            f"no LMDB database under {', '.join(map(str, roots))}",
            "a folder that holds data.mdb",
            "check Train.dataset.data_dir, or use `name: SimpleDataSet` with label files",
        )
    return found


@cache
def _open(folder: str) -> lmdb.Environment:
    """The database, opened once per process, as LMDB demands."""
    try:
        return open_database(folder)
    except lmdb.Error as error:
        raise UserError(f"{folder} cannot be opened as an LMDB database: {error}") from None


def open_database(folder: str) -> lmdb.Environment:
    """A database to read. Raises ``lmdb.Error``, also for one whose file is cut off: what reads
    beyond its end is ended by the system."""
    found = lmdb.open(folder, readonly=True, lock=False, readahead=False, meminit=False)
    has = os.path.getsize(os.path.join(folder, "data.mdb"))
    needs = (found.info()["last_pgno"] + 1) * found.stat()["psize"]
    if has < needs:
        found.close()
        raise lmdb.CorruptedError(f"{folder}: cut off, {has:,} of {needs:,} bytes are there")
    return found


class SyntheticSource:
    """``lines`` lines an epoch of a factory's endless row: a function of its seed and the number.

    Line ``number`` is drawn by the reader that wants it, 2 to 3 milliseconds each. Widths, which
    batches are made of before, are estimates: a batch then holds 30 % of padding, not 5 %.
    """

    endless = True

    def __init__(
        self, factory: LineFactory, lines: int, height: int = HEIGHT, max_width: int = MAX_WIDTH
    ) -> None:
        self.factory, self.lines = factory, lines
        self.name = f"synthetic/{factory.split}"
        self.height, self.max_width = height, max_width
        self._last: tuple[int, np.ndarray, str] | None = None

    def __len__(self) -> int:
        return self.lines

    def line(self, index: int) -> LabelLine:
        return LabelLine(f"{self.name}/{index}", self._draw(index)[1])

    def image(self, index: int, path: str) -> np.ndarray:
        return resize_to_height(self._draw(index)[0], self.height, self.max_width)

    def widths(self, epoch: int = 0) -> np.ndarray:
        first = epoch * self.lines
        numbers = range(first, first + self.lines)
        aspects = np.fromiter(map(self.factory.expected_aspect, numbers), dtype=np.float64)
        return np.clip(np.ceil(aspects * self.height), 1, self.max_width).astype(np.int32)

    def facts(self, charset: Charset) -> Iterator[Facts]:
        """Nothing to look at in advance: labels are right as they are made."""
        return iter(())

    def _draw(self, index: int) -> tuple[np.ndarray, str]:
        """Image and text; kept until another is wanted, because both are asked for in turn."""
        last = self._last
        if last is None or last[0] != index:
            last = self._last = (index, *self.factory.line(index))
        return last[1:]
