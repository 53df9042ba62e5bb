"""From pixels to what the network takes: upright contrast, one height, pieces of bounded width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import cv2
import numpy as np

from ppocr_ext.transforms.resize import HEIGHT, resize_to_height

Invert = Literal["auto", "never", "always"]
MAX_WIDTH = 1600  # pixels at height 48 that are read in one pass
WIDTH_STEP = 32  # widths are padded to multiples of it: OpenVINO compiles for each one
_GAP = 12  # pixels at height 48: narrower than a space, wider than the gap inside a word


class Piece(NamedTuple):
    """pixels: BGR [48, W, 3], uint8 or float32 in -1..1; glue: text before the next piece."""

    pixels: np.ndarray
    glue: str

    @property
    def padded_width(self) -> int:
        """Of what the network takes: the next multiple of :data:`WIDTH_STEP`."""
        return -(-self.pixels.shape[1] // WIDTH_STEP) * WIDTH_STEP


def prepare(image: np.ndarray, invert: Invert = "auto") -> list[Piece]:
    """uint8 BGR [H, W, 3] -> the pieces that together are the line, usually one."""
    line = resize_to_height(image, max_width=1 << 20)
    if invert == "always" or (invert == "auto" and is_light_on_dark(line)):
        line = 255 - line
    pieces, start = [], 0
    while line.shape[1] - start > MAX_WIDTH:
        end, is_space = find_gap(line[:, start : start + MAX_WIDTH])
        pieces.append(Piece(line[:, start : start + end], " " if is_space else ""))
        start += end
    return [*pieces, Piece(line[:, start:], "")]


def to_batch(pieces: Sequence[Piece]) -> np.ndarray:
    """Pieces of one padded width W -> float32 [B, 3, 48, W] in -1..1, 0 beyond each piece."""
    batch = np.zeros((len(pieces), 3, HEIGHT, pieces[0].padded_width), np.float32)
    for image, piece in zip(batch, pieces, strict=True):
        line = image[:, :, : piece.pixels.shape[1]]
        line[:] = to_floats(piece.pixels).transpose(2, 0, 1)
    return batch


def to_floats(pixels: np.ndarray) -> np.ndarray:
    """uint8 as float32 in -1..1, which other arrays hold already."""
    if pixels.dtype != np.uint8:
        return pixels
    return pixels * np.float32(1 / 127.5) - np.float32(1)


def is_light_on_dark(line: np.ndarray) -> bool:
    """Whether most of the line and most of its border are on the dark side of Otsu's threshold.

    Text covers less than half of a line, so the side with more pixels is the paper.
    """
    grey = cv2.cvtColor(line, cv2.COLOR_BGR2GRAY)
    threshold, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    is_light = grey > threshold
    border = np.concatenate([is_light[0], is_light[-1], is_light[:, 0], is_light[:, -1]])
    return bool(is_light.mean() < 0.45 and border.mean() < 0.35)


def find_gap(window: np.ndarray) -> tuple[int, bool]:
    """Where to cut a window of a long line, and whether that is a space between words.

    The quietest place of the right two fifths, by differences between neighbouring columns.
    """
    grey = cv2.cvtColor(window, cv2.COLOR_BGR2GRAY).astype(np.float32)
    change = np.abs(np.diff(grey, axis=1)).mean(axis=0)
    noise = np.convolve(change, np.full(_GAP, 1 / _GAP, np.float32), mode="valid")
    first = round(window.shape[1] * 0.6)
    quietest = noise[first:].min()
    candidates = np.flatnonzero(noise[first:] <= quietest * 1.1 + 0.1)
    cut = first + int(candidates[-1]) + _GAP // 2
    return cut, bool(quietest < 0.25 * noise.mean())
