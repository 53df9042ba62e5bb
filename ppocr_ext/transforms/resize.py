"""Line images to the recogniser's height, batches of them, and two lines side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

HEIGHT = 48
MAX_WIDTH = 3200


def resized_width(
    width: int, height: int, to_height: int = HEIGHT, max_width: int = MAX_WIDTH
) -> int:
    """Width after :func:`resize_to_height`: ``ceil(to_height * width / height)``, bounded.

    The same float arithmetic as PaddleOCR's ``resize_norm_img``, so that both agree to the pixel.
    """
    return max(1, min(max_width, math.ceil(to_height * (width / float(height)))))


def resize_to_height(
    image: np.ndarray, height: int = HEIGHT, max_width: int = MAX_WIDTH
) -> np.ndarray:
    """Resize ``uint8 [H, W, 3]`` to ``[height, W', 3]``, keeping the ratio.

    Long lines stay whole; only beyond ``max_width`` is a line squashed. Bilinear, as in
    PaddleOCR's training and in every deployed PP-OCR pipeline: the two must match.
    """
    width = resized_width(image.shape[1], image.shape[0], height, max_width)
    if image.shape[:2] == (height, width):
        return image
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)


def rescale(image: np.ndarray, scale: float) -> np.ndarray:
    """``uint8 [H, W, 3]`` to ``[H, scale * W, 3]``, no sharper than ``scale * H`` rows are.

    What multi-scale training can be for a network of one height: letters of other widths and, for
    a scale below 1, of less detail.
    """
    height = image.shape[0]
    width = max(1, round(image.shape[1] * scale))
    if scale < 1:
        rows = max(1, round(height * scale))
        image = cv2.resize(image, (width, rows), interpolation=cv2.INTER_LINEAR)
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)


def pad_batch(
    images: Sequence[np.ndarray], width_multiple: int = 8, min_width: int = 8
) -> tuple[np.ndarray, np.ndarray]:
    """Stack ``uint8 [H, W_i, 3]`` into ``uint8 [B, H, W, 3]``, with the widths ``int32 [B]``.

    ``W`` is the widest, rounded up to ``width_multiple``. Pixels right of a line's width are 0
    and mean nothing: PaddleOCR pads with 0.0 *after* normalisation (mid-grey), so the consumer
    normalises first and then clears what lies beyond ``widths``.
    """
    widths = np.array([image.shape[1] for image in images], dtype=np.int32)
    width = max(int(widths.max(initial=1)), min_width)
    width = -(-width // width_multiple) * width_multiple
    height = images[0].shape[0] if images else HEIGHT
    batch = np.zeros((len(images), height, width, 3), dtype=np.uint8)
    for row, image in zip(batch, images, strict=True):
        row[:, : image.shape[1]] = image
    return batch, widths


@dataclass(frozen=True)
class JoinSettings:
    """How often lines are joined, and up to which width."""

    probability: float = 0.0
    max_width: int = 1600  # pixels at the training height, the space included
    gap: float = 0.3  # the space's width as a share of the height
    separator: str = " "
    lines: int = 1  # that may follow a line


def join_lines(left: np.ndarray, right: np.ndarray, gap: int) -> np.ndarray:
    """``uint8 [H, W1 + gap + W2, 3]``: the gap fades from one line's edge colour to the other's."""
    edge_left = np.median(left[:, -2:], axis=(0, 1))
    edge_right = np.median(right[:, :2], axis=(0, 1))
    fade = np.linspace(edge_left, edge_right, gap).astype(np.uint8)
    space = np.broadcast_to(fade, (left.shape[0], gap, 3))
    return np.concatenate([left, space, right], axis=1)
