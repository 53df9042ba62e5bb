"""Lines whose label is read only from the turned or mirrored crop: what fits is taken, and counted.

Confidence does not tell: a mirrored line reads with 0.93. Label and reading do.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ppocr_ext.data.check.pixels import LIKE, SHORT, Reader, likeness
from ppocr_ext.importing import geometry
from ppocr_ext.importing.geometry import Quad

if TYPE_CHECKING:
    from ppocr_ext.importing.crops import Cut

_DOUBTED = 0.8  # likeness below which other views are read: capitals upside down reach 0.71
_UPRIGHT = 0.03  # mean lean of the lines of a page from which it is upright
_MIRRORED = 16
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
    """Reads the lines whose direction is not certain, and one line of every page whose letters do
    not lean as upright ones do; where that one disagrees, all lines of the page.

    Of the other pages, which could only be mirrored, it reads a line in one of ``_MIRRORED``.
    ``read``: texts of crops, uint8 BGR.
    """

    def __init__(self, read: Reader) -> None:
        self._read = read

    def corrected(
        self,
        image: np.ndarray,
        cuts: Sequence[Cut],
        others: Sequence[Sequence[Cut]],
        is_crop: bool,
    ) -> list[Cut]:
        """The lines, turned where that fits; ``others``: the same lines in other frames."""
        found = list(cuts)
        numbers = [n for n, cut in enumerate(cuts) if _is_read(cut)]
        suspects = [n for n in numbers if not _sure(cuts[n])]
        long = [n for n in numbers if len(cuts[n].label) > SHORT]
        if long and not is_crop and (others or _is_doubtful([cuts[n] for n in long])):
            sample = max(long, key=lambda n: len(cuts[n].label))
            like = self._likeness(cuts[sample])
            if like < _DOUBTED:
                for other in others:
                    there = other[sample]
                    if _is_read(there) and self._likeness(there) >= max(LIKE, like + _GAIN):
                        return [cut._replace(notes=(*cut.notes, OTHER_FRAME)) for cut in other]
                suspects = numbers
        for n in suspects:
            found[n] = self._turned(image, cuts[n])
        return found

    def _likeness(self, cut: Cut) -> float:
        return likeness(self._read([cut.look.crop])[0], cut.label) if cut.look else 0.0

    def _turned(self, image: np.ndarray, cut: Cut) -> Cut:
        upright = self._likeness(cut)
        if cut.quad is None or upright >= _DOUBTED:
            return cut
        quads = [cut.quad.corners[list(view.order)] for view in _VIEWS]
        looks = [geometry.look_at(image, corners) for corners in quads]
        texts = self._read([look.crop for look in looks])
        fits = [likeness(text, cut.label) for text in texts]
        best = int(np.argmax(fits))
        if fits[best] < (max(LIKE, upright + _GAIN) if len(cut.label) > SHORT else 1.0):
            return cut
        notes = (*cut.notes, _VIEWS[best].what)
        return cut._replace(quad=Quad(quads[best], True), notes=notes, look=looks[best])


def _is_doubtful(cuts: Sequence[Cut]) -> bool:
    """Whether a page may stand on its head or be mirrored, which its letters' shape tells."""
    lean = sum(cut.look.lean for cut in cuts if cut.look) / len(cuts)
    drawn = zlib.crc32("".join(cut.label for cut in cuts).encode("utf-8", "surrogatepass"))
    return lean < _UPRIGHT or drawn % _MIRRORED == 0


def _is_read(cut: Cut) -> bool:
    return cut.look is not None and "\n" not in cut.label


def _sure(cut: Cut) -> bool:
    return cut.quad is not None and cut.quad.sure
