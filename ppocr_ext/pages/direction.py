"""How a page lies: by quarters of a turn, by the shape of its boxes and by what reads surer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ppocr_ext.infer.reading import Reading
from ppocr_ext.transforms.quads import size_of, turned

ReadBoxes = Callable[[Sequence[np.ndarray]], list[Reading]]
_LONG = 2.0  # long side / short side of boxes that show how lines run
_TALL_SHARE = 0.6  # of them upright: the page lies on its side
_ASKED = 8  # boxes that are read
_SURE = 0.97  # mean confidence of an upright page: on its head 0.80 to 0.86, of few lines 0.94


def lies_on_its_side(boxes: np.ndarray) -> bool:
    """Whether most of the long boxes [N, 4, 2] are taller than wide."""
    sizes = np.array([size_of(box) for box in boxes]).reshape(-1, 2)
    long = sizes[sizes.max(axis=1) > _LONG * sizes.min(axis=1)]
    return len(long) > 0 and bool((long[:, 1] > long[:, 0]).mean() > _TALL_SHARE)


def stands_on_its_head(boxes: np.ndarray, read: ReadBoxes) -> bool:
    """Whether the widest boxes read surer when they are turned round."""
    wide = sorted(boxes, key=lambda box: -size_of(box)[0])[:_ASKED]
    if not wide:
        return False
    upright = _confidence(read(wide))
    return upright < _SURE and _confidence(read([turned(box, 2) for box in wide])) > upright


def _confidence(readings: Sequence[Reading]) -> float:
    return float(np.mean([reading.confidence for reading in readings]))
