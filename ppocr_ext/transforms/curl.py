"""A curled sheet laid flat by how its lines of text run: y = y0 + a polynomial of x and y."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

_BIN = 16  # pixels of a line whose middle is taken together
_BINS = 12  # a line has at the least
_LINES = 8  # a sheet has at the least
_BENT = 0.7  # pixels by which lines are off straight ones on average; flat sheets: 0.3 to 0.5
_BETTER = 0.6  # times as far are they off the polynomial
_ROUNDS, _OUTLIER = 4, 3.0  # of fitting without what is so many times the median off


@dataclass(frozen=True)
class Curl:
    """terms float [12]: by which share of the picture's height a line drops at a place."""

    terms: np.ndarray

    def drop(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """At places in shares of the picture's sides, against where the line crosses the middle."""
        return _features(x, y) @ self.terms

    def flattened(self, image: np.ndarray) -> np.ndarray:
        """uint8 [H, W, 3], of the same size."""
        height, width = image.shape[:2]
        y, x = np.mgrid[0:1:65j, 0:1:65j]
        coarse = (self.drop(x.ravel(), y.ravel()) * height).reshape(x.shape).astype(np.float32)
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        there = columns * (64 / max(1, width - 1)), rows * (64 / max(1, height - 1))
        rows += cv2.remap(coarse, *there, cv2.INTER_LINEAR)
        return cv2.remap(image, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)

    def moved_back(self, box: np.ndarray, width: int, height: int) -> np.ndarray:
        """A box float32 [4, 2] of the flat sheet on the picture that it was made of."""
        x, y = box[:, 0] / width, box[:, 1] / height
        return np.array(np.stack([box[:, 0], box[:, 1] + self.drop(x, y) * height], 1), np.float32)


def curl_of(is_text: np.ndarray) -> Curl | None:
    """bool [H, W], apart for each line of an upright page; ``None`` for one that is flat."""
    height, width = is_text.shape
    count, labels = cv2.connectedComponents(is_text.astype(np.uint8))
    ys, xs = np.nonzero(labels)
    bins = width // _BIN + 1
    key = labels[ys, xs] * bins + xs // _BIN
    filled = np.bincount(key, minlength=count * bins)
    at = np.flatnonzero(filled >= 3 * _BIN)
    line = at // bins
    is_long = np.bincount(line, minlength=count)[line] >= _BINS
    at, line = at[is_long], line[is_long]
    if len(np.unique(line)) < _LINES:
        return None
    x, y = (at % bins + 0.5) * _BIN / width, np.bincount(key, ys, count * bins)[at] / filled[at]

    def centred(values: np.ndarray) -> np.ndarray:
        means = np.bincount(line, values, count) / np.maximum(np.bincount(line, minlength=count), 1)
        return values - means[line]

    every = np.stack([centred(each) for each in _features(x, y / height).T], axis=1)
    middles = centred(y)
    straight, bent = (_fitted(every[:, :n], middles) for n in (3, every.shape[1]))
    if straight[1] < _BENT or bent[1] > _BETTER * straight[1]:
        return None
    return Curl(bent[0] / height)


def _features(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """[N, 12] of places in shares of the picture's sides; the first three bend nothing."""
    across, down = 2 * x - 1, 2 * y - 1
    return np.stack([across**p * down**q for p in (1, 2, 3, 4) for q in (0, 1, 2)], axis=1)


def _fitted(features: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, float]:
    """The terms, and how far the values that count are off them on average."""
    counts = np.ones(len(values), bool)
    damping = 1e-3 * len(values) ** 0.5 * np.eye(features.shape[1])
    for _ in range(_ROUNDS):
        left = np.vstack([features[counts], damping])
        right = np.append(values[counts], np.zeros(len(damping)))
        terms = np.linalg.lstsq(left, right, rcond=None)[0]
        off = np.abs(features @ terms - values)
        counts = off < max(2.0, _OUTLIER * float(np.median(off)))
    return terms, float(np.sqrt(np.mean(np.minimum(off, 20) ** 2)))
