"""PaddleOCR's own LMDB data sets (``LMDBDataSet``): encoded images and labels in a database."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import lmdb
import numpy as np

from ppocr_ext.data.labels import LabelLine
from ppocr_ext.data.scan import Facts, scan
from ppocr_ext.data.sizes import image_size
from ppocr_ext.errors import UserError
from ppocr_ext.text.charset import Charset
from ppocr_ext.transforms.image import UnreadableImage, decode_image
from ppocr_ext.transforms.resize import HEIGHT, MAX_WIDTH, resize_to_height, resized_width

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
        return lmdb.open(folder, readonly=True, lock=False, readahead=False, meminit=False)
    except lmdb.Error as error:
        raise UserError(f"{folder} cannot be opened as an LMDB database: {error}") from None
