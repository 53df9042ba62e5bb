"""Text ⇄ class numbers of a CTC recogniser."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from ppocr_ext.errors import UserError
from ppocr_ext.text.charset import Charset

if TYPE_CHECKING:
    import numpy as np

BLANK_INDEX = 0


def written_steps(best: np.ndarray) -> np.ndarray:
    """Which steps of a greedy reading wrote a character, bool [..., T]: no repeat and no blank.

    ``best`` [..., T] is the likeliest class of each step.
    """
    written = best != BLANK_INDEX
    written[..., 1:] &= best[..., 1:] != best[..., :-1]
    return written


class UnknownCharacterError(UserError):
    """A text holds characters that the dictionary lacks: all of them, the text and its place."""

    def __init__(self, characters: Sequence[str], text: str, where: str = "") -> None:
        self.characters, self.text, self.where = tuple(characters), text, where
        named = ", ".join(_name(character) for character in characters)
        place = f"{where}: " if where else ""
        super().__init__(
            f"{place}{text!r} holds characters that the dictionary lacks: {named}",
            "only characters of Global.character_dict_path",
            "add a line for each to the dictionary, or correct the text",
        )

    def __reduce__(self) -> tuple[type[UserError], tuple]:
        """Keep the parts when a loader's worker process sends the error."""
        return UnknownCharacterError, (self.characters, self.text, self.where)


def _name(character: str) -> str:
    """``'ü' (U+00FC LATIN SMALL LETTER U WITH DIAERESIS)``."""
    name = unicodedata.name(character, "unnamed")
    return f"{character!r} (U+{ord(character):04X} {name})"


class CTCCodec:
    """Encode labels for a CTC loss and decode a CTC head's output.

    Nothing is normalised or dropped here: a label that cannot be written exactly is an error. Stock
    ``CTCLabelEncode`` drops unknown characters from the label, and so from the truth.
    """

    def __init__(self, charset: Charset) -> None:
        self.charset = charset

    def encode(self, text: str, where: str = "") -> list[int]:
        """Class numbers of an NFC text; ``where`` (file and line) is named in the error.

        Raises :class:`UnknownCharacterError`.
        """
        try:
            return [self.charset.index(character) for character in text]
        except KeyError:
            raise UnknownCharacterError(self.charset.missing(text), text, where) from None

    def decode(self, ids: Sequence[int]) -> str:
        """Text of one class number per time step: repeats collapsed, then blanks dropped."""
        classes = self.charset.classes
        return "".join(classes[index] for index, _ in groupby(ids) if index != BLANK_INDEX)

    def decode_batch(self, probs: np.ndarray) -> list[tuple[str, float]]:
        """Greedy reading of ``probs`` [B, T, C] (softmax output): a (text, confidence) per row.

        Confidence is the mean probability of the steps that wrote a character, as in PaddleOCR's
        ``CTCLabelDecode``; 0.0 for an empty text.
        """
        best, confidence = probs.argmax(axis=2), probs.max(axis=2)
        written = written_steps(best)
        classes = self.charset.classes
        results = []
        for ids, scores, kept in zip(best, confidence, written, strict=True):
            text = "".join(classes[index] for index in ids[kept])
            results.append((text, float(scores[kept].mean()) if kept.any() else 0.0))
        return results

    @staticmethod
    def min_steps(ids: Sequence[int]) -> int:
        """Fewest time steps that CTC needs for ``ids``: equal neighbours take a blank between."""
        return len(ids) + sum(left == right for left, right in pairwise(ids))
