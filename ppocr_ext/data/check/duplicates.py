"""Images that occur twice: leaks between the sets, contradicting labels, needless copies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ppocr_ext.data.check.findings import Findings, Place
from ppocr_ext.data.check.images import ImageFacts
from ppocr_ext.data.check.pixels import NEAR, unit

NEAR_OF_OTHER_TEXT = 0.985  # where labels differ: lines of one form are alike without being copies
_OTHER_SHAPE = 0.1  # of the logarithm of width / height: such images are not compared
_HELD_AT_ONCE, _TRAINED_AT_ONCE = 256, 1 << 14  # lines compared at once: 16 MB

Placed = Callable[[int], Place]


class _Lines(NamedTuple):
    """All lines of all files, in order."""

    pixels: np.ndarray  # uint64 [N]
    texts: np.ndarray  # int64 [N]
    shapes: np.ndarray  # float32 [N] logarithm of width / height
    thumbnails: np.ndarray  # uint8 [N, 128]
    validation: np.ndarray  # bool [N]

    def by_shape(self, chosen: np.ndarray) -> np.ndarray:
        """Indices of the ``chosen`` lines whose images were decoded, from narrow to wide."""
        indices = np.flatnonzero(chosen & (self.pixels != 0))
        return indices[np.argsort(self.shapes[indices], kind="stable")]


def check_duplicates(
    facts: Sequence[ImageFacts], is_validation: Sequence[bool], place: Placed, findings: Findings
) -> None:
    """Compare all lines of all files; ``place`` names the line of a running number."""
    sizes = np.concatenate([part.sizes for part in facts]).clip(1).astype(np.float32)
    flags = [
        np.full(len(part.pixels), flag) for part, flag in zip(facts, is_validation, strict=True)
    ]
    lines = _Lines(
        np.concatenate([part.pixels for part in facts]),
        np.concatenate([part.texts for part in facts]),
        np.log(sizes[:, 0] / sizes[:, 1]),
        np.concatenate([part.thumbnails for part in facts]),
        np.concatenate(flags),
    )
    _check_equal(lines, place, findings)
    _check_near(lines, place, findings)


def groups(keys: np.ndarray) -> list[np.ndarray]:
    """Indices of each value other than 0 that occurs more than once; all in order."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    found = [
        group for group in np.split(order, starts[1:]) if len(group) > 1 and keys[group[0]] != 0
    ]
    return sorted(found, key=lambda group: int(group[0]))


def _check_equal(lines: _Lines, place: Placed, findings: Findings) -> None:
    pixels, texts, validation = lines.pixels, lines.texts, lines.validation
    for group in groups(pixels):
        first, others = int(group[0]), group[1:]
        conflicting = others[texts[others] != texts[first]]
        for index in conflicting.tolist():
            findings.add("conflict", place(first), " and ", place(index))
        trained, held = group[~validation[group]], group[validation[group]]
        for index in held.tolist() if len(trained) else []:
            findings.add("leak", place(index), " is ", place(int(trained[0])))
        copies = len(group) - 1 - len(conflicting) - (len(held) if len(trained) else 0)
        if copies > 0:
            findings.add("copies", place(first), " and ", place(int(group[1])), count=copies)


def _check_near(lines: _Lines, place: Placed, findings: Findings) -> None:
    """Validation images that look like a training one of about the same shape; not its copies."""
    held = lines.by_shape(lines.validation)
    trained = lines.by_shape(~lines.validation)
    shapes = lines.shapes[trained]
    found: dict[int, int] = {}
    for start in range(0, len(held), _HELD_AT_ONCE):
        some = held[start : start + _HELD_AT_ONCE]
        ends = lines.shapes[some[0]] - _OTHER_SHAPE, lines.shapes[some[-1]] + _OTHER_SHAPE
        low, high = np.searchsorted(shapes, ends)
        found.update(_nearest(lines, some, trained[low:high]))
    for index, other in sorted(found.items()):
        differs = lines.texts[index] != lines.texts[other]
        labels = ", with another label" if differs else ""
        findings.add("near", place(index), " looks like ", place(other), labels)


def _nearest(lines: _Lines, held: np.ndarray, trained: np.ndarray) -> Iterator[tuple[int, int]]:
    """(validation line, the training line most like it) where the two are near copies."""
    wanted = unit(lines.thumbnails[held])
    best, partner = np.zeros(len(held), dtype=np.float32), np.zeros(len(held), dtype=np.int64)
    for start in range(0, len(trained), _TRAINED_AT_ONCE):
        some = trained[start : start + _TRAINED_AT_ONCE]
        same_text = lines.texts[held][:, None] == lines.texts[some]
        above = wanted @ unit(lines.thumbnails[some]).T
        above -= np.where(same_text, np.float32(NEAR), np.float32(NEAR_OF_OTHER_TEXT))
        above[lines.pixels[held][:, None] == lines.pixels[some]] = 0.0
        columns = above.argmax(axis=1)
        likeness = above[np.arange(len(held)), columns]
        partner = np.where(likeness > best, some[columns], partner)
        best = np.maximum(best, likeness)
    for position in np.flatnonzero(best > 0):
        yield int(held[position]), int(partner[position])
