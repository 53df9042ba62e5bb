"""Images that lie on their side or stand on their head, as PPOCRLabel leaves some.

Single letters are known by their ink. Others are read upright and turned, but only where pixels
make it likely: crops higher than wide, short labels on wide crops, and the lines of the file that
look most like upside-down ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein

from ppocr_ext.data.check.pixels import CROP_TURNED, leans, lies_on_its_side
from ppocr_ext.data.labels import LabelFile
from ppocr_ext.text.unicode import normalize
from ppocr_ext.transforms.image import UnreadableImage, read_image

Reader = Callable[[Sequence[np.ndarray]], list[str]]
"""Images uint8 [H, W, 3] BGR → their texts."""

MOST_READ = 100  # suspicious lines of one sort that are read
MORE_READ = 1000  # where some of them are upside down
_AT_ONCE = 16  # images in memory
_LEANS_A_LITTLE = 0.02  # nearly all lines that are upside down lean less
_UNLIKE, _LIKE = 0.5, 0.7  # similarity of reading and label, upright and turned
_SHORT = 3  # letters: a reading must be exactly the label to count


class _Facts(Protocol):
    sizes: np.ndarray  # int32 [N, 2] width, height
    edges: np.ndarray  # [N, ROWS] of each row


class _Suspect(NamedTuple):
    line: int
    turns: tuple[int, ...]  # quarter turns, counter-clockwise, that may set the line upright


def find_turned(
    labels: LabelFile, length: np.ndarray, facts: _Facts, read: Reader | None
) -> dict[int, str]:
    """Line → how its image lies. ``length``: int32 [N] letters of each label; ``read``: reads
    images, ``None``: only single letters are looked at."""
    width, height = facts.sizes.astype(np.int64).T
    wide = (width >= CROP_TURNED * height) & (height > 0)
    found = {}
    for index in np.flatnonzero(wide & (length == 1)).tolist():
        image = _image(labels, index)
        if image is not None and lies_on_its_side(
            cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), normalize(labels[index].text)
        ):
            found[index] = "lies on its side"
    if read is None:
        return found
    tall = np.flatnonzero((height > width) & (length > _SHORT))
    short = [i for i in np.flatnonzero(wide & (length > 0) & (length <= _SHORT)) if i not in found]
    leaning = np.flatnonzero(facts.edges.any(axis=1) & (width >= height) & (length > _SHORT))
    lean = leans(facts.edges[leaning])
    order = np.argsort(lean, kind="stable")
    leaning, lean = leaning[order], lean[order]
    suspects = [_Suspect(int(line), (1, 3, 2)) for line in tall[:MOST_READ]]
    suspects += [_Suspect(int(line), (1, 3)) for line in short[:MOST_READ]]
    suspects += [_Suspect(int(line), (2,)) for line in leaning[:MOST_READ]]
    found.update(_read_turned(labels, suspects, read))
    if any(int(line) in found for line in leaning[:MOST_READ]):
        more = leaning[lean < _LEANS_A_LITTLE][MOST_READ:][:MORE_READ]
        found.update(_read_turned(labels, [_Suspect(int(line), (2,)) for line in more], read))
    return found


def _read_turned(
    labels: LabelFile, suspects: Sequence[_Suspect], read: Reader
) -> Iterator[tuple[int, str]]:
    """(line, how it lies) of those whose label is read from the turned image alone."""
    for start in range(0, len(suspects), _AT_ONCE):
        some = [(suspect, _image(labels, suspect.line)) for suspect in suspects[start:][:_AT_ONCE]]
        there = [(suspect, image) for suspect, image in some if image is not None]
        upright = read([image for _, image in there]) if there else []
        for (suspect, image), text in zip(there, upright, strict=True):
            label = labels[suspect.line].text
            if _likeness(text, label) >= _UNLIKE:
                continue
            turned = [np.ascontiguousarray(np.rot90(image, turn)) for turn in suspect.turns]
            likeness = [_likeness(each, label) for each in read(turned)]
            best = int(np.argmax(likeness))
            if likeness[best] >= (_LIKE if len(label) > _SHORT else 1.0):
                upside_down = suspect.turns[best] == 2
                yield suspect.line, "stands on its head" if upside_down else "lies on its side"


def _likeness(text: str, label: str) -> float:
    return Levenshtein.normalized_similarity(
        normalize(text).casefold(), normalize(label).casefold()
    )


def _image(labels: LabelFile, index: int) -> np.ndarray | None:
    try:
        return read_image(labels.image_path(labels[index].path))
    except UnreadableImage:
        return None
