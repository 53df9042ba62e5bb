"""What the pixels of lines show: whether there is ink, which way up each stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import cv2
import numpy as np

from ppocr_ext.data.labels import LabelFile
from ppocr_ext.text.unicode import normalize
from ppocr_ext.transforms.image import UnreadableImage, read_image

ROWS = 24  # height at which lines are looked at
THUMBNAIL = (32, 4)  # width, height: enough to distinguish lines of one text
NEAR = 0.96  # correlation of thumbnails: a saved again or resized copy has more
# Local contrast, of 255, and over that of noise: the faintest of 9,000 drawn and 6,000 real lines
# has 13, and 11 times its noise; noise alone has up to 4 times.
_FAINT, _CLEAR, _ABOVE_NOISE = 10, 30, 6
_STROKE = 5  # pixels at ROWS: wider than a stroke
_NOISE = 8  # differences between neighbours that are not an edge
_SMOOTH = 24  # differences of neighbours in a thumbnail: lines with ink nearly always have more
_MOST_INK = 0.8  # share of the ink that belongs to a letter alone on its crop
_ON_ITS_SIDE = 1.25  # ink of a turned letter is wider than high by so much
CROP_TURNED = 1.5  # PPOCRLabel rotates crops that are this many times as high as wide
_WIDE_LETTERS = frozenset("mwMWÆŒæœ")


def at_rows(grey: np.ndarray, rows: int = ROWS) -> np.ndarray:
    """``uint8 [H, W]`` at that height."""
    width = max(_STROKE, round(grey.shape[1] * rows / grey.shape[0]))
    return cv2.resize(grey, (width, rows), interpolation=cv2.INTER_AREA)


def looked_at(grey: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``uint8 [ROWS, W]`` and the thumbnail of a grey picture."""
    line = at_rows(grey)
    return line, cv2.resize(line, THUMBNAIL, interpolation=cv2.INTER_AREA)


def unit(thumbnails: np.ndarray) -> np.ndarray:
    """Float rows of mean 0 and length 1, so that a product is a correlation."""
    rows = thumbnails.astype(np.float32)
    rows -= rows.mean(axis=1, keepdims=True)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)


def leaders(images: Iterable[np.ndarray]) -> np.ndarray:
    """int64 [N]: of lines that read the same, each uint8 BGR [H, W, 3], the first that each is a
    near copy of, which may be itself."""
    greys = (cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) for image in images)
    rows = unit(np.array([looked_at(grey)[1].ravel() for grey in greys]))
    first = np.arange(len(rows))
    for n in range(1, len(rows)):
        near = np.flatnonzero((rows[:n] @ rows[n] >= NEAR) & (first[:n] == np.arange(n)))
        first[n] = near[0] if len(near) else n
    return first


def is_blank(grey: np.ndarray) -> bool:
    """Whether nothing is written on ``uint8 [H, W]``, also when it is rotated by 90 degrees."""
    is_tall = grey.shape[0] > grey.shape[1]  # a line on its side shrinks to a dot
    views = (grey, cv2.transpose(grey)) if is_tall else (grey,)
    return not any(has_ink(*looked_at(view)) for view in views)


def has_ink(line: np.ndarray, thumbnail: np.ndarray) -> bool:
    """Whether something is written: false for one colour, noise and soft shades alone.

    ``line``: uint8 [ROWS, W]; ``thumbnail``: uint8 [h, w] of it, which answers for most.
    """
    if _largest(cv2.absdiff(thumbnail[:, 1:], thumbnail[:, :-1])) >= _SMOOTH:
        return True
    smooth = cv2.blur(line, (3, 3))
    window = np.ones((_STROKE, _STROKE), np.uint8)
    contrast = _largest(cv2.morphologyEx(smooth, cv2.MORPH_GRADIENT, window))
    if not _FAINT <= contrast < _CLEAR:
        return contrast >= _CLEAR
    return contrast >= _ABOVE_NOISE * float(np.median(cv2.absdiff(line, smooth)))


def _largest(pixels: np.ndarray) -> float:
    return cv2.minMaxLoc(pixels)[1]


def row_edges(line: np.ndarray) -> np.ndarray:
    """float32 [H]: how much each row of ``line`` (uint8 [H, W]) changes along it."""
    edges = cv2.subtract(cv2.absdiff(line[:, 1:], line[:, :-1]), _NOISE)
    sums = edges.sum(axis=1, dtype=np.uint32)  # cv2.reduce takes four times as long
    return (sums / max(1, edges.shape[1])).astype(np.float32)


def leans(edges: np.ndarray) -> np.ndarray:
    """float32 [N]: share of the edges above the letters' bodies less the share below, -1..1.

    ``edges``: [N, ROWS]. Marks and ascenders make it positive in upright Vietnamese; of a line
    that is upside down it is the negative. 0 without edges.
    """
    rows = edges.astype(np.float32)
    is_body = 2 * rows >= np.maximum(rows.max(axis=1, keepdims=True), 1e-6)
    above = np.cumsum(is_body, axis=1) == 0
    below = np.cumsum(is_body[:, ::-1], axis=1)[:, ::-1] == 0
    difference = (rows * above).sum(axis=1) - (rows * below).sum(axis=1)
    return difference / np.maximum(rows.sum(axis=1), 1e-6)


def lies_on_its_side(grey: np.ndarray, letter: str) -> bool:
    """Whether a crop of one letter or digit was turned by 90°: its ink is wider than high.

    ``grey``: uint8 [H, W].
    """
    height, width = grey.shape
    if letter in _WIDE_LETTERS or not (letter.isalnum() or letter in "()[]{}|!/\\"):
        return False
    if width < CROP_TURNED * height:
        return False
    _, ink = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    if ink.mean() > 0.5:
        ink = 1 - ink
    _, _, shapes, _ = cv2.connectedComponentsWithStats(ink)
    if len(shapes) < 2:  # the first one is the paper
        return False
    largest = shapes[1:][shapes[1:, cv2.CC_STAT_AREA].argmax()]
    is_the_letter = largest[cv2.CC_STAT_AREA] >= _MOST_INK * ink.sum()
    wide, high = largest[cv2.CC_STAT_WIDTH], largest[cv2.CC_STAT_HEIGHT]
    return bool(is_the_letter and wide >= _ON_ITS_SIDE * high)


Reader = Callable[[Sequence[np.ndarray]], list[str]]
"""Images uint8 [H, W, 3] BGR → their texts."""

MOST_READ = 100  # suspicious lines of one sort that are read
MORE_READ = 1000  # where some of them are upside down
_AT_ONCE = 16  # images in memory
_LEANS_A_LITTLE = 0.02  # nearly all lines that are upside down lean less
_UNLIKE, LIKE = 0.5, 0.7  # similarity of reading and label, upright and turned
SHORT = 3  # letters: a reading must be exactly the label to count


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
            found[index] = "is rotated by 90 degrees"
    if read is None:
        return found
    tall = np.flatnonzero((height > width) & (length > SHORT))
    short = [i for i in np.flatnonzero(wide & (length > 0) & (length <= SHORT)) if i not in found]
    leaning = np.flatnonzero(facts.edges.any(axis=1) & (width >= height) & (length > SHORT))
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
            if likeness(text, label) >= _UNLIKE:
                continue
            turned = [np.ascontiguousarray(np.rot90(image, turn)) for turn in suspect.turns]
            found = [likeness(each, label) for each in read(turned)]
            best = int(np.argmax(found))
            if found[best] >= (LIKE if len(label) > SHORT else 1.0):
                upside_down = suspect.turns[best] == 2
                yield suspect.line, "is upside down" if upside_down else "is rotated by 90 degrees"


def likeness(text: str, label: str) -> float:
    """How like a reading is to its label, 0..1."""
    from rapidfuzz.distance import Levenshtein  # reading looks at pixels without it

    return Levenshtein.normalized_similarity(
        normalize(text).casefold(), normalize(label).casefold()
    )


def _image(labels: LabelFile, index: int) -> np.ndarray | None:
    try:
        return read_image(labels.image_path(labels[index].path))
    except UnreadableImage:
        return None
