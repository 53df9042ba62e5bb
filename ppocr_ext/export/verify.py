"""Proof that an export reads as its checkpoint does, its confidences, and the lines for both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from ppocr_ext.config import Config
from ppocr_ext.data.labels import read_labels
from ppocr_ext.errors import UserError
from ppocr_ext.export.engines import Engine
from ppocr_ext.scores.calibration import Reliability
from ppocr_ext.scores.confusion import right_characters
from ppocr_ext.text.codec import CTCCodec, written_steps
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


def load_lines(config: Config | None, labels: Path | None, count: int) -> Lines:
    """``count`` lines spread over ``labels``, else over the run's evaluation set, else drawn.

    Raises :class:`UserError` when a given label file cannot be read.
    """
    for path, data_dir in _label_files(config, labels):
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


def _label_files(config: Config | None, labels: Path | None) -> Iterator[tuple[Path, Path]]:
    if labels is not None:
        yield labels, labels.parent
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


LARGEST_DIFFERENCE = 1e-3  # of a probability


@dataclass(frozen=True)
class Comparison:
    """lines compared; largest_difference of any probability; texts that are the same."""

    lines: int
    largest_difference: float
    same_texts: int

    def require(self, engine: str) -> None:
        """Raise :class:`UserError` unless the export may be put in place."""
        if self.same_texts == self.lines and self.largest_difference <= LARGEST_DIFFERENCE:
            return
        raise UserError(
            f"the model exported for {engine} differs from the checkpoint: probabilities by up to "
            f"{self.largest_difference:.1e}, {self.lines - self.same_texts} of {self.lines} texts",
            f"at most {LARGEST_DIFFERENCE:.0e}, and the same texts",
            "nothing was exported; please report this with the config of the run",
        )


def compare(
    reference: Engine, exported: Engine, images: Iterable[np.ndarray], codec: CTCCodec
) -> Comparison:
    """Run both on each image [1, 3, 48, W] and compare probabilities and texts."""
    lines, same, worst = 0, 0, 0.0
    for image in images:
        expected, found = reference(image), exported(image)
        lines += 1
        if expected.shape != found.shape:
            worst = float("inf")
            continue
        worst = max(worst, _difference(expected, found))
        same += codec.decode_batch(expected)[0][0] == codec.decode_batch(found)[0][0]
    return Comparison(lines, worst, same)


def _difference(expected: np.ndarray, found: np.ndarray) -> float:
    """Largest absolute difference; infinite when either is not a number."""
    difference = float(np.abs(expected - found).max())
    return difference if np.isfinite(difference) else float("inf")


FEWEST_CHARACTERS = 200
TEMPERATURES = np.geomspace(0.25, 8.0, 121)


class Calibration(NamedTuple):
    """Expected calibration error of characters before and after dividing by temperature."""

    temperature: float
    characters: int
    ece_before: float
    ece_after: float


def calibrate(
    outputs: Sequence[np.ndarray], texts: Sequence[str], codec: CTCCodec
) -> Calibration | None:
    """Fit the temperature that makes the characters of ``outputs`` most likely right or wrong.

    Args:
        outputs: probabilities [T, classes] of each line, at temperature 1.
        texts: what each line says, NFC.

    Returns ``None`` for fewer than 200 characters, or when all are right or all wrong: nothing
    can be fitted then.
    """
    steps, right = _characters(outputs, texts, codec)
    if len(right) < FEWEST_CHARACTERS or right.all() or not right.any():
        return None
    logits = np.log(np.maximum(steps, 1e-30))
    losses = [_cross_entropy(_confidence(logits, t), right) for t in TEMPERATURES]
    temperature = round(float(TEMPERATURES[int(np.argmin(losses))]), 3)
    confidences = (steps.max(axis=1), _confidence(logits, temperature))
    errors = []
    for each in confidences:
        measured = Reliability()
        measured.add(each, right)
        errors.append(measured.error())
    return Calibration(temperature, len(right), *errors)


def _characters(
    outputs: Sequence[np.ndarray], texts: Sequence[str], codec: CTCCodec
) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities [N, classes] of every step that wrote a character, and whether it is right."""
    steps, right = [], []
    for probabilities, truth in zip(outputs, texts, strict=True):
        best = probabilities.argmax(axis=1)
        wrote = written_steps(best)
        read = [codec.charset.classes[index] for index in best[wrote]]
        if all(len(character) == 1 for character in read):  # else characters are not letters
            steps.append(probabilities[wrote])
            right.append(right_characters("".join(read), truth))
    if not steps:
        return np.zeros((0, 1)), np.zeros(0, bool)
    return np.concatenate(steps), np.concatenate(right)


def _confidence(logits: np.ndarray, temperature: float) -> np.ndarray:
    """Largest probability [N] of each row at ``temperature``."""
    scaled = logits / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    return 1.0 / np.exp(scaled).sum(axis=1)


def _cross_entropy(confidence: np.ndarray, right: np.ndarray) -> float:
    likelihood = np.where(right, confidence, 1.0 - confidence)
    return float(-np.log(np.maximum(likelihood, 1e-7)).mean())
