"""Where lines come from: label files and their images, plain or in the packed cache."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np

from ppocr_ext.data.cache import LineCache
from ppocr_ext.data.labels import LabelLine, read_labels
from ppocr_ext.data.scan import Facts, blocks_of, scan
from ppocr_ext.data.sizes import CACHE_FOLDER, image_sizes
from ppocr_ext.text.charset import Charset
from ppocr_ext.transforms.image import read_image
from ppocr_ext.transforms.resize import HEIGHT, MAX_WIDTH, resize_to_height, resized_width


class Source(Protocol):
    """Labelled line images at the training height, by index. Must be picklable."""

    name: str
    max_width: int  # pixels: wider lines are squashed to it
    endless: bool  # whether lines go on beyond ``len``: each epoch then takes the next ``len``

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
