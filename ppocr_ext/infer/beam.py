"""CTC prefix beam search with a character model (https://arxiv.org/abs/1408.2873).

Lines that greedy reading is sure of are left to it: there is nothing to search for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ppocr_ext.infer.language import EDGE, ORDER, LanguageModel, Weights
from ppocr_ext.text.codec import BLANK_INDEX
from ppocr_ext.text.letters import strip_marks

WIDTH = 8  # texts kept
MARGIN = 10.0  # a text whose logarithm is this far behind the best one's is given up
LEAST = 2e-3  # less likely classes of a step are not looked at
SURE = 0.95  # a step with a more likely class has no alternative
UNMARKED = 0.25  # share of marked words; of Vietnamese print with marks it is about 0.8
_NEVER = -1e9  # log of 0

Candidates = list[tuple[int, float]]  # (class, log probability)


class _Beam(NamedTuple):
    """Log probabilities of a text: ending in a blank, ending in its last character; its bonus."""

    blank: float
    character: float
    bonus: float

    @property
    def total(self) -> float:
        return _log_sum(self.blank, self.character)


def needs_search(probabilities: np.ndarray) -> bool:
    """Whether any step of [T, classes] has two likely classes."""
    return bool(probabilities.max(axis=1).min() < SURE)


def is_unmarked(text: str) -> bool:
    """Whether at most a quarter of the words have a Vietnamese mark: print without marks, codes."""
    words, bare = text.split(), strip_marks(text).split()
    spelt = sum(word.lower() != word.upper() for word in words)  # not numbers and signs alone
    return sum(map(str.__ne__, words, bare)) <= UNMARKED * spelt


def without_new_marks(probabilities: np.ndarray, classes: tuple[str, ...]) -> np.ndarray:
    """[T, classes] with 0 for marked letters that are not the likeliest of their step.

    The model knows Vietnamese with its marks, and would put them on print that has none.
    """
    likeliest = probabilities == probabilities.max(axis=1, keepdims=True)
    return np.where(likeliest | ~_marked(classes), probabilities, 0.0)


@lru_cache(maxsize=4)
def _marked(classes: tuple[str, ...]) -> np.ndarray:
    return np.array([name != strip_marks(name) for name in classes])


def search(
    probabilities: np.ndarray,
    classes: Sequence[str],
    model: LanguageModel,
    weights: Weights | None = None,
) -> str:
    """The text with the best sum of log probability [T, classes] and the model's bonus, by its own
    ``weights`` unless others are given."""
    weights = weights or model.weights
    beams = {"": _Beam(0.0, _NEVER, 0.0)}
    for candidates in _likely(probabilities):
        first, score = candidates[0]
        if first == BLANK_INDEX and len(candidates) == 1:  # about half of the steps: no text grows
            beams = {
                text: _Beam(beam.total + score, _NEVER, beam.bonus) for text, beam in beams.items()
            }
            continue
        grown: dict[str, _Beam] = {}
        for text, beam in beams.items():
            _extend(grown, text, beam, candidates, classes, model, weights)
        beams = _best(grown)
    return max(beams, key=lambda text: _ended(text, beams[text], model, weights))


def _likely(probabilities: np.ndarray) -> list[Candidates]:
    """The candidates of each step, at least one; numpy is asked once, not at every step."""
    least = np.minimum(LEAST, probabilities.max(axis=1, keepdims=True))
    steps, indices = np.nonzero(probabilities >= least)
    scores = np.log(np.maximum(probabilities[steps, indices], 1e-12))
    found: list[Candidates] = [[] for _ in probabilities]
    for step, index, score in zip(steps.tolist(), indices.tolist(), scores.tolist(), strict=True):
        found[step].append((index, score))
    return found


def _best(beams: dict[str, _Beam]) -> dict[str, _Beam]:
    """The best few, the very best first."""
    scored = [(beam.total + beam.bonus, text) for text, beam in beams.items()]
    scored.sort(key=lambda each: -each[0])
    floor = scored[0][0] - MARGIN
    return {text: beams[text] for score, text in scored[:WIDTH] if score >= floor}


def _extend(
    grown: dict[str, _Beam],
    text: str,
    beam: _Beam,
    candidates: Candidates,
    classes: Sequence[str],
    model: LanguageModel,
    weights: Weights,
) -> None:
    """Add ``text`` followed by each candidate to ``grown``."""
    history = _history(text)
    total = beam.total
    for index, score in candidates:
        if index == BLANK_INDEX:
            _add(grown, text, total + score, _NEVER, beam.bonus)
            continue
        character = classes[index]
        start = total
        if text.endswith(character):  # a repeat, unless a blank was between
            _add(grown, text, _NEVER, beam.character + score, beam.bonus)
            start = beam.blank
        bonus = weights.model * model.log_probability(character, history) + weights.length
        _add(grown, text + character, _NEVER, start + score, beam.bonus + bonus)


def _ended(text: str, beam: _Beam, model: LanguageModel, weights: Weights) -> float:
    """The score of ``text`` as a whole line."""
    ending = weights.model * model.log_probability(EDGE, _history(text))
    return beam.total + beam.bonus + ending


def _history(text: str) -> str:
    return (EDGE + text[1 - ORDER :])[1 - ORDER :]


def _add(grown: dict[str, _Beam], text: str, blank: float, character: float, bonus: float) -> None:
    """Two ways to the same text add up."""
    known = grown.get(text)
    if known is None:
        grown[text] = _Beam(blank, character, bonus)
    else:
        grown[text] = _Beam(
            _log_sum(known.blank, blank), _log_sum(known.character, character), bonus
        )


def _log_sum(first: float, second: float) -> float:
    """log(exp(first) + exp(second)); numpy's takes ten times as long for two numbers."""
    low, high = (first, second) if first < second else (second, first)
    return high if high - low > 40.0 else high + math.log1p(math.exp(low - high))
