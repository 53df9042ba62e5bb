"""Lines whose label is read only from the turned or mirrored crop: what fits is taken, and counted.

Confidence does not tell: a mirrored line reads with 0.93. Label and reading do.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from ppocr_ext.data.check.pixels import LIKE, SHORT, Reader, leans, likeness
from ppocr_ext.importing.crops import Cut, seen
from ppocr_ext.importing.page import Page
from ppocr_ext.transforms.quads import Quad

_DOUBTED = 0.8  # likeness below which other views are read: capitals upside down reach 0.71
_UPRIGHT = 0.03  # mean lean of the lines of a page from which it is upright
_MIRRORED = 16
_GAIN = 0.2  # by which the best of them must be more like
OTHER_FRAME = "boxes lie right on the picture before EXIF turns it, as the model reads them"
_VIEWS = {  # what is said of it → order of the corners
    "turned by 180°, as the model reads it": (2, 3, 0, 1),
    "turned by 90°, as the model reads it": (1, 2, 3, 0),
    "turned by 270°, as the model reads it": (3, 0, 1, 2),
    "mirrored, as the model reads it": (1, 0, 3, 2),
    "mirrored upside down, as the model reads it": (3, 2, 1, 0),
}


class Checker:
    """Reads the lines whose direction is not certain, and one line of every page whose letters do
    not lean as upright ones do; where that one disagrees, all lines of the page.

    Of the other pages, which could only be mirrored, it reads a line in one of ``_MIRRORED``.
    ``read``: texts of crops, uint8 BGR.
    """

    def __init__(self, read: Reader) -> None:
        self._read = read

    def corrected(
        self, image: np.ndarray, frames: Sequence[Sequence[Cut]], page: Page
    ) -> list[Cut]:
        """The lines of the first frame, or of the one that fits, turned where that fits."""
        cuts, *others = frames
        readable = [n for n, cut in enumerate(cuts) if cut.look and "\n" not in cut.label]
        suspects = [n for n in readable if not (quad := cuts[n].quad) or not quad.sure]
        long = [n for n in readable if len(cuts[n].label) > SHORT]
        if long and not page.is_crop and (others or _is_doubtful([cuts[n] for n in long])):
            sample = max(long, key=lambda n: len(cuts[n].label))
            like = self._likeness(cuts[sample])
            for other in others if like < _DOUBTED else ():
                if self._likeness(other[sample]) >= max(LIKE, like + _GAIN):
                    return [cut._replace(notes=(*cut.notes, OTHER_FRAME)) for cut in other]
            suspects = readable if like < _DOUBTED else suspects
        return [self._turned(image, cut) if n in suspects else cut for n, cut in enumerate(cuts)]

    def _likeness(self, cut: Cut) -> float:
        return likeness(self._read([cut.look.crop])[0], cut.label) if cut.look else 0.0

    def _turned(self, image: np.ndarray, cut: Cut) -> Cut:
        upright = self._likeness(cut)
        if cut.quad is None or upright >= _DOUBTED:
            return cut
        views = []
        for what, order in _VIEWS.items():
            quad = Quad(cut.quad.corners[list(order)], True)
            views.append(seen(image, cut._replace(quad=quad, notes=(*cut.notes, what))))
        texts = self._read([view.look.crop for view in views if view.look])
        fits = [likeness(text, cut.label) for text in texts]
        best = int(np.argmax(fits))
        needed = max(LIKE, upright + _GAIN) if len(cut.label) > SHORT else 1.0
        return views[best] if fits[best] >= needed else cut


def _is_doubtful(cuts: Sequence[Cut]) -> bool:
    """Whether a page may stand on its head or be mirrored, which its letters' shape tells."""
    lean = sum(float(leans(cut.look.edges[None])[0]) for cut in cuts if cut.look) / len(cuts)
    drawn = zlib.crc32("".join(cut.label for cut in cuts).encode("utf-8", "surrogatepass"))
    return lean < _UPRIGHT or drawn % _MIRRORED == 0
