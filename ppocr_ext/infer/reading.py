"""What was read: text, confidence, and on request every character with its alternatives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ppocr_ext.console import visible
from ppocr_ext.infer.beam import is_unmarked, needs_search, search, without_new_marks
from ppocr_ext.infer.language import LanguageModel, Weights
from ppocr_ext.text.charset import Charset
from ppocr_ext.text.codec import BLANK_INDEX, written_steps

_NAMED = 3  # images of one reason
_TOLD = 20  # reasons


class Reasons:
    """``add`` one image after the other, then ``lines``; a million images cost no more than ten."""

    def __init__(self) -> None:
        self._times: Counter[str] = Counter()
        self._names: dict[str, list[str]] = {}

    @property
    def total(self) -> int:
        """How many images were added."""
        return self._times.total()

    def add(self, reason: str, name: str) -> None:
        self._times[reason] += 1
        names = self._names.setdefault(reason, [])
        if len(names) < _NAMED:
            names.append(name)

    def lines(self, what: str) -> Iterator[str]:
        """``what: a.png, b.png and 7 more: reason``, the commonest reason first."""
        for reason, times in self._times.most_common(_TOLD):
            names = self._names[reason]
            more = f" and {times - len(names):,} more" if times > len(names) else ""
            yield visible(f"{what}: {', '.join(names)}{more}: {reason}")
        if (others := len(self._times) - _TOLD) > 0:
            yield f"{what}: images with {others:,} other reasons"


class Character(NamedTuple):
    """text as read; confidence 0..1; alternatives: the next likely (character, probability)."""

    text: str
    confidence: float
    alternatives: tuple[tuple[str, float], ...]


class Reading(NamedTuple):
    """text: NFC; confidence: mean probability of its characters, 0..1; error: why unread.

    characters is empty unless alternatives were asked for; a space that joins two pieces of a
    long line is not among them.
    """

    text: str
    confidence: float
    error: str = ""
    characters: tuple[Character, ...] = ()


def read_output(
    outputs: Sequence[np.ndarray],
    glue: Sequence[str],
    charset: Charset,
    alternatives: int = 0,
    language: LanguageModel | None = None,
) -> Reading:
    """One line from the probabilities [T, classes] of its pieces.

    Greedy CTC; with a language model, a beam search where a step has two likely classes.
    Confidence is PaddleOCR's: the mean over the steps that wrote a character, 0 without any; it
    stays that of the greedy reading, which is what the network is sure of.
    """
    text, confidences, characters = "", [], []
    for probabilities, after in zip(outputs, glue, strict=True):
        steps, classes = _written(probabilities)
        confidences.append(probabilities[steps, classes])
        piece = "".join(charset.classes[index] for index in classes)
        if language and needs_search(probabilities):
            sure = float(confidences[-1].mean()) if len(steps) else 0.0
            piece = _decided(probabilities, piece, charset, language, language.weights.at(sure))
        text += piece + after
        if alternatives:
            characters += _characters(probabilities[steps], classes, charset, alternatives)
    every = np.concatenate(confidences)
    if len(outputs) > 1:
        text = " ".join(text.split())  # a cut beside a space that was read as well
    return Reading(text, float(every.mean()) if len(every) else 0.0, "", tuple(characters))


def _decided(
    probabilities: np.ndarray,
    likeliest: str,
    charset: Charset,
    language: LanguageModel,
    weights: Weights,
) -> str:
    """What the language model makes of a piece; ``likeliest``: its greedy reading."""
    if is_unmarked(likeliest):
        probabilities = without_new_marks(probabilities, charset.classes)
    return search(probabilities, charset.classes, language, weights)


def _written(probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Steps that wrote a character, and its class: repeats and blanks left out."""
    best = probabilities.argmax(axis=1)
    steps = np.flatnonzero(written_steps(best))
    return steps, best[steps]


def _characters(
    rows: np.ndarray, classes: np.ndarray, charset: Charset, alternatives: int
) -> list[Character]:
    """rows: probabilities [N, classes] of the steps that wrote ``classes`` [N]."""
    found = []
    for row, index in zip(rows, classes, strict=True):
        order = np.argsort(row)[::-1][1 : alternatives + 1]
        others = tuple((_name(charset, other), round(float(row[other]), 4)) for other in order)
        found.append(Character(charset.classes[index], round(float(row[index]), 4), others))
    return found


def _name(charset: Charset, index: int) -> str:
    """The character, or nothing for the blank: the character may not be there at all."""
    return "" if index == BLANK_INDEX else charset.classes[index]
