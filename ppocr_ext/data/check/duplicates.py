"""Images that occur twice: leaks between the sets, contradicting labels, needless copies."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ppocr_ext.data.check.findings import Findings, Place
from ppocr_ext.data.check.images import ImageFacts

NEAR = 0.96  # correlation of thumbnails: a saved again or resized copy has more
_AT_ONCE = 4096  # training lines of one text that a validation line is compared with at once

Placed = Callable[[int], Place]


def check_duplicates(
    facts: Sequence[ImageFacts], is_validation: Sequence[bool], place: Placed, findings: Findings
) -> None:
    """Compare all lines of all files; ``place`` names the line of a running number."""
    pixels = np.concatenate([part.pixels for part in facts])
    texts = np.concatenate([part.texts for part in facts])
    validation = np.concatenate(
        [np.full(len(part.pixels), flag) for part, flag in zip(facts, is_validation, strict=True)]
    )
    _check_equal(pixels, texts, validation, place, findings)
    thumbnails = np.concatenate([part.thumbnails for part in facts])
    _check_near(pixels, texts, validation, thumbnails, place, findings)


def groups(keys: np.ndarray) -> list[np.ndarray]:
    """Indices of each value other than 0 that occurs more than once; all in order."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    found = [
        group for group in np.split(order, starts[1:]) if len(group) > 1 and keys[group[0]] != 0
    ]
    return sorted(found, key=lambda group: int(group[0]))


def _check_equal(
    pixels: np.ndarray, texts: np.ndarray, validation: np.ndarray, place: Placed, findings: Findings
) -> None:
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


def _check_near(
    pixels: np.ndarray,
    texts: np.ndarray,
    validation: np.ndarray,
    thumbnails: np.ndarray,
    place: Placed,
    findings: Findings,
) -> None:
    """Lines of one text that look alike across the sets, exact copies left out."""
    decoded = np.where(pixels == 0, 0, texts)
    for group in groups(decoded):
        held, trained = group[validation[group]], group[~validation[group]]
        if not (len(held) and len(trained)):
            continue
        wanted = _unit(thumbnails[held])
        best, partner = np.full(len(held), -1.0), np.zeros(len(held), dtype=np.int64)
        for start in range(0, len(trained), _AT_ONCE):
            some = trained[start : start + _AT_ONCE]
            likeness = wanted @ _unit(thumbnails[some]).T
            likeness[pixels[held][:, None] == pixels[some]] = -1.0
            better = likeness.max(axis=1) > best
            best = np.maximum(best, likeness.max(axis=1))
            partner[better] = some[likeness.argmax(axis=1)][better]
        for index, other in zip(held[best > NEAR], partner[best > NEAR], strict=True):
            findings.add("near", place(int(index)), " looks like ", place(int(other)))


def _unit(thumbnails: np.ndarray) -> np.ndarray:
    """Float rows of mean 0 and length 1, so that a product is a correlation."""
    rows = thumbnails.astype(np.float32)
    rows -= rows.mean(axis=1, keepdims=True)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
