"""CTC prefix beam search with a character model (https://arxiv.org/abs/1408.2873).

Lines that greedy reading is sure of are left to it: there is nothing to search for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ppocr_ext.infer.language import ORDER, START, LanguageModel
from ppocr_ext.text.codec import BLANK_INDEX

WIDTH = 8  # texts kept
CANDIDATES = 6  # classes looked at in one step
SURE = 0.95  # a step with a more likely class has no alternative
_NEVER = -1e9  # log of 0


class _Beam(NamedTuple):
    """Log probabilities of a text: ending in a blank, ending in its last character; its bonus."""

    blank: float
    character: float
    bonus: float

    @property
    def total(self) -> float:
        return float(np.logaddexp(self.blank, self.character))


def needs_search(probabilities: np.ndarray) -> bool:
    """Whether any step of [T, classes] has two likely classes."""
    return bool(probabilities.max(axis=1).min() < SURE)


def search(probabilities: np.ndarray, classes: Sequence[str], model: LanguageModel) -> str:
    """The text with the best sum of log probability [T, classes] and the model's bonus."""
    beams = {"": _Beam(0.0, _NEVER, 0.0)}
    for row in np.log(np.maximum(probabilities, 1e-12)):
        candidates = [(BLANK_INDEX, float(row[BLANK_INDEX]))]
        if row[BLANK_INDEX] < np.log(SURE):
            top = np.argpartition(-row, CANDIDATES)[:CANDIDATES]
            candidates += [(int(c), float(row[c])) for c in top if c != BLANK_INDEX]
        grown: dict[str, _Beam] = {}
        for text, beam in beams.items():
            _extend(grown, text, beam, candidates, classes, model)
        best = sorted(grown.items(), key=lambda entry: -entry[1].total - entry[1].bonus)
        beams = dict(best[:WIDTH])
    return next(iter(beams))


def _extend(
    grown: dict[str, _Beam],
    text: str,
    beam: _Beam,
    candidates: Sequence[tuple[int, float]],
    classes: Sequence[str],
    model: LanguageModel,
) -> None:
    """Add ``text`` followed by each candidate to ``grown``."""
    history = (START + text)[-(ORDER - 1) :]
    for index, score in candidates:
        if index == BLANK_INDEX:
            _add(grown, text, beam.total + score, _NEVER, beam.bonus)
            continue
        character = classes[index]
        start = beam.total
        if text.endswith(character):  # a repeat, unless a blank was between
            _add(grown, text, _NEVER, beam.character + score, beam.bonus)
            start = beam.blank
        weights = model.weights
        bonus = weights.model * model.log_probability(character, history) + weights.length
        _add(grown, text + character, _NEVER, start + score, beam.bonus + bonus)


def _add(grown: dict[str, _Beam], text: str, blank: float, character: float, bonus: float) -> None:
    """Two ways to the same text add up."""
    known = grown.get(text)
    if known is None:
        grown[text] = _Beam(blank, character, bonus)
    else:
        grown[text] = _Beam(
            float(np.logaddexp(known.blank, blank)),
            float(np.logaddexp(known.character, character)),
            bonus,
        )
