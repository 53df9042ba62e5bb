"""Scores of groups of lines, by length, width, folder, font, and of common and rare characters."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import PurePosixPath
from typing import NamedTuple

from ppocr_ext.scores.pairs import Pair
from ppocr_ext.scores.recognition import Counts, score, total

LENGTHS = (5, 10, 20, 40)  # characters, each limit belongs to the group below it
WIDTHS = (160, 320, 640, 1280)  # pixels at a height of 48
RANKS = (10, 30, 60, 100)  # of characters, the most common first


class Group(NamedTuple):
    """acc and CER of the lines of one group (of characters: the share read right, and CER 0)."""

    name: str
    n: int
    acc: float
    cer: float


def by_length(pairs: Sequence[Pair], counts: Sequence[Counts]) -> list[Group]:
    """By characters of the truth."""
    return _grouped(pairs, counts, lambda pair: len(pair.truth), LENGTHS, "characters")


def by_width(
    pairs: Sequence[Pair], counts: Sequence[Counts], widths: Mapping[str, float]
) -> list[Group]:
    """By width in pixels at a height of 48; lines whose width is not known are left out."""
    known = [i for i, pair in enumerate(pairs) if pair.image in widths]
    return _grouped(
        [pairs[i] for i in known],
        [counts[i] for i in known],
        lambda pair: widths[pair.image],
        WIDTHS,
        "px",
    )


def by_folder(pairs: Sequence[Pair], counts: Sequence[Counts]) -> list[Group]:
    """By the image's folder, the largest groups first."""
    folders = {
        pair.image: PurePosixPath(pair.image.replace("\\", "/")).parent.as_posix() for pair in pairs
    }
    return by_group(pairs, counts, folders)


def by_group(
    pairs: Sequence[Pair], counts: Sequence[Counts], names: Mapping[str, str], most: int = 30
) -> list[Group]:
    """By what ``names`` calls each image, the largest groups first; unnamed ones are left out."""
    groups: dict[str, list[Counts]] = {}
    for pair, count in zip(pairs, counts, strict=True):
        if pair.image in names:
            groups.setdefault(names[pair.image], []).append(count)
    largest = sorted(groups.items(), key=lambda item: -len(item[1]))[:most]
    return [_group(name, members) for name, members in largest]


def by_frequency(read: Mapping[tuple[str, str], int], corpus: Iterable[str]) -> list[Group]:
    """Characters by their rank in ``corpus`` (training labels, say): the share read right.

    read: counts of (true, read) characters, as :class:`ppocr_ext.scores.Confusion` keeps them.
    """
    common = Counter(character for text in corpus for character in text)
    ranks = {character: rank for rank, (character, _) in enumerate(common.most_common(), start=1)}
    totals, rights = Counter[int](), Counter[int]()
    for (true, seen), n in read.items():
        if true:
            place = bisect_left(RANKS, ranks[true]) if true in ranks else len(RANKS) + 1
            totals[place] += n
            rights[place] += n * (true == seen)
    names = [*_names(RANKS, "most common"), "not in the corpus"]
    return [
        Group(names[place], totals[place], rights[place] / totals[place], 0.0)
        for place in sorted(totals)
    ]


def _grouped(
    pairs: Sequence[Pair],
    counts: Sequence[Counts],
    measure: Callable[[Pair], float],
    limits: Sequence[int],
    unit: str,
) -> list[Group]:
    groups: dict[int, list[Counts]] = {}
    for pair, count in zip(pairs, counts, strict=True):
        groups.setdefault(bisect_left(limits, measure(pair)), []).append(count)
    names = _names(limits, unit)
    return [_group(names[place], groups[place]) for place in sorted(groups)]


def _names(limits: Sequence[int], unit: str) -> list[str]:
    """``up to 5``, ``6 to 10`` … ``over 40``, with the unit."""
    between = [f"{low + 1} to {high} {unit}" for low, high in pairwise(limits)]
    return [f"up to {limits[0]} {unit}", *between, f"over {limits[-1]} {unit}"]


def _group(name: str, members: Sequence[Counts]) -> Group:
    scores = score(total(members))
    return Group(name, len(members), scores["acc"], scores["cer"])
