"""Facts about the labels of a file, thousands of lines at a time with numpy.

A line that holds only what is plainly right (a tab, characters of the dictionary that no
normalisation changes) is judged here; every other line is called odd and checked in detail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from ppocr_ext.data.labels import MOST_RETURNS, LabelFile
from ppocr_ext.text.charset import Charset
from ppocr_ext.text.letters import VIETNAMESE_LETTERS
from ppocr_ext.transforms import IMAGE_SUFFIXES

_LINES = 16384  # lines of one step
_TAB, _NEWLINE, _RETURN, _SPACE, _BRACKET, _QUOTE = (ord(character) for character in '\t\n\r ["')
_CODE_POINTS = 0x110000
REPEATS = (2, 3, 5, 7)  # times that a text may stand in a label; any multiple of them is found, too
_DOT = ord(".")
_SHORTEST_ENDING, *_, _LONGEST_ENDING = sorted(map(len, IMAGE_SUFFIXES))
_IN_ENDINGS = np.zeros(_CODE_POINTS, dtype=bool)  # the first letters of such endings
_IN_ENDINGS[[ord(letter) for each in IMAGE_SUFFIXES for letter in (each[1], each[1].upper())]] = (
    True
)
# No rule of text.normalize begins with one of these, alone or next to another.
_PLAIN = frozenset(map(chr, range(0x20, 0x7F))) | frozenset(VIETNAMESE_LETTERS)


class Facts(NamedTuple):
    """Lines ``first`` … ``first + n - 1`` of a label file."""

    first: int
    length: np.ndarray  # int64 [n] characters of the label
    steps: np.ndarray  # int64 [n] CTC steps that the label needs
    odd: np.ndarray  # bool [n] not plainly right: look at the line itself
    spaced: np.ndarray  # bool [n] a space at either end, or two in a row
    doubled: np.ndarray  # bool [n] perhaps one text twice or more: "22,300 22,300", "22.30022.300"
    quoted: np.ndarray  # bool [n] begins and ends with a double quote
    counts: np.ndarray  # int64 [0x110000] occurrences of each code point in labels not odd


def scan(blocks: Iterable[str], charset: Charset, delimiter: str = "\t") -> Iterator[Facts]:
    """Facts of all lines in order; each block holds whole lines ``path<delimiter>label``."""
    plain = np.zeros(_CODE_POINTS, dtype=bool)
    plain[[ord(name) for name in _PLAIN if name in charset]] = True
    first = 0
    for block in blocks:
        facts = _facts(block, first, plain, delimiter)
        first += len(facts.odd)
        yield facts


def blocks_of(labels: LabelFile) -> Iterator[str]:
    """The file's text, some thousand lines at a time."""
    for first in range(0, len(labels), _LINES):
        yield labels.block(first, min(len(labels), first + _LINES)).decode("utf-8")


def _facts(text: str, first: int, plain: np.ndarray, delimiter: str) -> Facts:
    points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    starts, ends = _lines(points)
    tabs = np.append(np.flatnonzero(points == ord(delimiter[0])), len(points))
    begins = np.minimum(tabs[np.searchsorted(tabs, starts)] + 1, ends)  # of the label
    length = ends - begins

    inside = _inside(begins, ends, len(points))
    same = np.zeros(len(points), dtype=bool)
    same[1:] = inside[1:] & inside[:-1] & (points[1:] == points[:-1])
    space = points == _SPACE

    odd = _any(inside & ~plain[points], begins, ends)
    odd |= _look_like_images(points, begins, ends)
    odd |= (length == 0) | (points[starts] == _BRACKET) | (begins - 1 <= starts)
    if len(delimiter) != 1:
        odd[:] = True
    edge = (length > 0) & (space[np.minimum(begins, len(points) - 1)] | space[ends - 1])
    sound = _inside(begins[~odd], ends[~odd], len(points))
    return Facts(
        first,
        length,
        length + _count(same, begins, ends),
        odd,
        edge | _any(same & space, begins, ends),
        _look_doubled(points, begins, ends),
        (length > 2)
        & (points[np.minimum(begins, ends - 1)] == _QUOTE)
        & (points[ends - 1] == _QUOTE),
        np.bincount(points[sound], minlength=_CODE_POINTS),
    )


def _look_doubled(points: np.ndarray, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Bool [n]: labels that parts of equal length, with or without a character between, may make,
    the first two of which begin and end alike."""
    looks = np.zeros(len(begins), dtype=bool)
    for times in REPEATS:
        for between in (0, 1):
            part, rest = np.divmod(ends - begins - between * (times - 1), times)
            some = np.flatnonzero((rest == 0) & (part > 0))
            first, size, last = begins[some], part[some], ends[some] - 1
            alike = points[first] == points[first + size + between]
            looks[some] |= alike & (points[first + size - 1] == points[last])
    return looks


def _look_like_images(points: np.ndarray, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Bool [n]: labels that may end as the name of an image, and perhaps a quote."""
    looks = np.zeros(len(begins), dtype=bool)
    for length in range(_SHORTEST_ENDING, _LONGEST_ENDING + 2):
        dots = np.maximum(ends - length, 0)
        looks |= (ends - length >= begins) & (points[dots] == _DOT) & _IN_ENDINGS[points[dots + 1]]
    return looks


def _inside(begins: np.ndarray, ends: np.ndarray, count: int) -> np.ndarray:
    """Bool [count]: the points of the labels, which do not overlap."""
    steps = np.zeros(count + 1, dtype=np.int8)
    steps[begins] += 1
    steps[ends] -= 1  # begins and ends are distinct within themselves; empty labels cancel out
    return np.cumsum(steps[:-1], dtype=np.int8).astype(bool)


def _lines(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends of the lines that are not blank, line ends left out."""
    ends = np.append(np.flatnonzero(points == _NEWLINE), len(points))
    starts = np.concatenate([[0], ends[:-1] + 1])
    whole = ends - starts
    while (returns := (ends > starts) & (points[ends - 1] == _RETURN)).any():
        ends = ends - returns
    kept = (ends > starts) | (whole > MOST_RETURNS)  # as LabelFile counts lines
    return starts[kept], ends[kept]


def _count(flags: np.ndarray, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    total = np.concatenate([[0], np.cumsum(flags)])
    return total[ends] - total[begins]


def _any(flags: np.ndarray, begins: np.ndarray, ends: np.ndarray) -> np.ndarray:
    return _count(flags, begins, ends) > 0
