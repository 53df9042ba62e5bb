"""Where lines come from: a label file and its images. The packed cache is the other kind."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np

from ppocr_ext.data.labels import LabelLine, read_labels
from ppocr_ext.data.sizes import image_sizes
from ppocr_ext.transforms.image import read_image
from ppocr_ext.transforms.resize import HEIGHT, MAX_WIDTH, resize_to_height, resized_width


class Source(Protocol):
    """Labelled line images at the training height, by index. Must be picklable."""

    name: str

    def __len__(self) -> int: ...

    def line(self, index: int) -> LabelLine:
        """The label line as written."""

    def image(self, index: int, path: str) -> np.ndarray:
        """``uint8 [height, W, 3]`` BGR of one of the line's paths. Raises UnreadableImage."""

    def widths(self) -> np.ndarray:
        """``int32 [N]`` widths at the training height; 0 where the image cannot be read."""


class FolderSource:
    """A PaddleOCR label file and the folder of its images."""

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

    def widths(self) -> np.ndarray:
        sizes = image_sizes(self.labels)
        resized = (
            resized_width(width, height, self.height, self.max_width) if height else 0
            for width, height in sizes.tolist()
        )
        return np.fromiter(resized, dtype=np.int32, count=len(sizes))
