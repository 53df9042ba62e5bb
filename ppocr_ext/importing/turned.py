"""Lines whose label is read only from the turned or mirrored crop: what fits is taken, and counted.

Confidence does not tell: a mirrored line reads with 0.93. Label and reading do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ppocr_ext.data.check.pixels import LIKE, SHORT, Reader, likeness
from ppocr_ext.importing import geometry
from ppocr_ext.importing.geometry import Quad

if TYPE_CHECKING:
    from ppocr_ext.importing.crops import Cut

_DOUBTED = 0.8  # likeness below which other views are read: capitals upside down reach 0.71
_GAIN = 0.2  # by which the best of them must be more like
OTHER_FRAME = "boxes lie right on the picture before EXIF turns it, as the model reads them"


class _View(NamedTuple):
    """order: of the corners; what: is said of it."""

    order: tuple[int, int, int, int]
    what: str


_VIEWS = (
    _View((2, 3, 0, 1), "turned by 180°, as the model reads it"),
    _View((1, 2, 3, 0), "turned by 90°, as the model reads it"),
    _View((3, 0, 1, 2), "turned by 270°, as the model reads it"),
    _View((1, 0, 3, 2), "mirrored, as the model reads it"),
    _View((3, 2, 1, 0), "mirrored upside down, as the model reads it"),
)


class Checker:
    """Reads one line of each page, those whose direction is not certain, and all lines of a page
    whose one line disagrees.

    ``read``: texts of crops, uint8 BGR.
    """

    def __init__(self, read: Reader) -> None:
        self._read = read

    def corrected(
        self,
        image: np.ndarray,
        cuts: Sequence[Cut],
        others: Sequence[Sequence[Cut]],
        is_page: bool,
    ) -> list[Cut]:
        """The lines, turned where that fits; ``others``: the same lines in other frames."""
        numbers = range(len(cuts)) if is_page else ()
        long = [n for n in numbers if _is_read(cuts[n]) and len(cuts[n].label) > SHORT]
        sample = max(long, key=lambda n: len(cuts[n].label), default=None)
        like = 1.0 if sample is None else self._likeness(image, cuts[sample])
        if sample is not None and like < _DOUBTED:
            for other in others:
                there = other[sample]
                if _is_read(there) and self._likeness(image, there) >= max(LIKE, like + _GAIN):
                    return [cut._replace(notes=(*cut.notes, OTHER_FRAME)) for cut in other]
            suspects = [n for n, cut in enumerate(cuts) if _is_read(cut)]
        else:
            suspects = [n for n, cut in enumerate(cuts) if _is_read(cut) and not _sure(cut)]
        found = list(cuts)
        for n in suspects:
            found[n] = self._turned(image, cuts[n])
        return found

    def _likeness(self, image: np.ndarray, cut: Cut) -> float:
        assert cut.quad is not None
        return likeness(self._read([geometry.cut(image, cut.quad.corners)])[0], cut.label)

    def _turned(self, image: np.ndarray, cut: Cut) -> Cut:
        upright = self._likeness(image, cut)
        if cut.quad is None or upright >= _DOUBTED:
            return cut
        quads = [cut.quad.corners[list(view.order)] for view in _VIEWS]
        texts = self._read([geometry.cut(image, corners) for corners in quads])
        fits = [likeness(text, cut.label) for text in texts]
        best = int(np.argmax(fits))
        if fits[best] < (max(LIKE, upright + _GAIN) if len(cut.label) > SHORT else 1.0):
            return cut
        return cut._replace(quad=Quad(quads[best], True), notes=(*cut.notes, _VIEWS[best].what))


def _is_read(cut: Cut) -> bool:
    return cut.quad is not None and not cut.skip and "\n" not in cut.label


def _sure(cut: Cut) -> bool:
    return cut.quad is not None and cut.quad.sure
