"""Lines that an export is verified and calibrated with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from ppocr_ext.config import Config
from ppocr_ext.data.labels import read_labels
from ppocr_ext.text.unicode import normalize
from ppocr_ext.transforms.image import UnreadableImage, read_image
from ppocr_ext.transforms.resize import pad_batch, resize_to_height

MAX_WIDTH = 1600  # pixels at height 48: keeps the slow, plain network of the comparison quick


@dataclass(frozen=True)
class Lines:
    """images: float32 [1, 3, 48, W] each; texts: their labels, empty for drawn lines."""

    images: list[np.ndarray]
    texts: list[str]
    source: str


def load_lines(config: Config | None, label_file: Path | None, count: int) -> Lines:
    """``count`` lines spread over ``label_file``, else over the run's evaluation set, else drawn.

    Raises :class:`UserError` when a given label file cannot be read.
    """
    for path, data_dir in _label_files(config, label_file):
        lines = list(islice(_read(path, data_dir, count), count))
        if lines:
            images, texts = zip(*lines, strict=True)
            return Lines(list(images), list(texts), path.as_posix())
    drawn = [_draw(text) for text in _TEXTS]
    return Lines([to_network(image) for image in drawn], [], "drawn lines")


def to_network(line: np.ndarray) -> np.ndarray:
    """uint8 BGR [H, W, 3] -> float32 [1, 3, 48, W'] in -1..1, W' a multiple of 8."""
    batch, widths = pad_batch([resize_to_height(line, max_width=MAX_WIDTH)])
    pixels = batch.transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1.0
    pixels[..., widths[0] :] = 0.0
    return np.ascontiguousarray(pixels)


def _label_files(config: Config | None, label_file: Path | None) -> Iterator[tuple[Path, Path]]:
    if label_file is not None:
        yield label_file, label_file.parent
    elif config is not None:
        dataset = config.Eval.dataset
        for name in dataset.label_file_list:
            if Path(name).is_file():
                yield Path(name), Path(dataset.data_dir)


def _read(path: Path, data_dir: Path, count: int) -> Iterator[tuple[np.ndarray, str]]:
    """Readable lines at even distances."""
    labels = read_labels(path, data_dir)
    for index in range(0, len(labels), max(1, len(labels) // count)):
        line = labels[index]
        try:
            yield to_network(read_image(labels.image_path(line.path))), normalize(line.text)
        except UnreadableImage:
            continue


_TEXTS = ("Tong cong: 1.250.000", "So 27, duong 3/2", "(028) 3829 4567", "AB-12/QD ky ngay 09/11")


def _draw(text: str) -> np.ndarray:
    """Black text on white with OpenCV's own strokes: uint8 [48, W, 3]."""
    (width, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.0, 2)
    image = np.full((48, width + 24, 3), 255, np.uint8)
    cv2.putText(image, text, (12, 34), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (0, 0, 0), 2, cv2.LINE_AA)
    return image
