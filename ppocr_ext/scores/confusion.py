"""Which characters are read as which: letters, shapes, tones, spaces, digits, case."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import zip_longest

import numpy as np
from rapidfuzz.distance import Levenshtein

from ppocr_ext.text.letters import SHAPES, TONES, decompose

Pair = tuple[str, str]
"""(true character, read character); an empty string where one of them is missing."""

_SHAPED = frozenset("adeou")  # letters of which another is made with a shape
_VOWELS = frozenset("aeiouy")


class Confusion:
    """Counts of (true, read) characters over lines that were aligned with the fewest edits.

    ``pairs`` holds every aligned pair, right ones too, and is all there is: each table below is a
    view of it. A character that was not read is paired with ``""``, as is one read from nothing.
    Where several alignments are equally short, rapidfuzz's first is taken.
    """

    def __init__(self) -> None:
        self.pairs: Counter[Pair] = Counter()

    def update(self, predictions: Iterable[str], truths: Iterable[str]) -> None:
        """Add lines; ``ValueError`` when the two differ in number."""
        for prediction, truth in zip(predictions, truths, strict=True):
            self.pairs.update(align(prediction, truth))

    def merge(self, other: Confusion) -> None:
        """Add another's counts."""
        self.pairs.update(other.pairs)

    def characters(self) -> Counter[Pair]:
        """Characters read as another."""
        return self._where(lambda true, read: true != read and bool(true and read))

    def dropped(self) -> Counter[str]:
        """True characters that were not read at all."""
        return Counter({true: n for (true, read), n in self.pairs.items() if not read})

    def inserted(self) -> Counter[str]:
        """Characters read where there is none."""
        return Counter({read: n for (true, read), n in self.pairs.items() if not true})

    def bases(self) -> Counter[Pair]:
        """Letters whose base was misread, as lower-case bases: (ế, Ố) counts as (e, o)."""
        counts: Counter[Pair] = Counter()
        for (true, read), n in self.pairs.items():
            bases = _base(true), _base(read)
            if bases[0] != bases[1] and all(base.isalpha() for base in bases):
                counts[bases] += n
        return counts

    def shapes(self) -> np.ndarray:
        """[5, 5] int64, rows true, columns read, in the order of SHAPES; the diagonal is right.

        Over the letters a d e o u (with any marks) whose base was read right.
        """
        return self._matrix(_SHAPED, "shape", SHAPES)

    def tones(self) -> np.ndarray:
        """[6, 6] int64, rows true, columns read, in the order of TONES, over vowels read right.

        "Right" means the base letter: ế read as ê, é or e counts here, read as ố it does not.
        """
        return self._matrix(_VOWELS, "tone", TONES)

    def dropped_marks(self) -> Counter[str]:
        """Shapes and tones, by name, that were read as no mark."""
        return self._marks(lambda matrix, mark: matrix[mark, 0])

    def inserted_marks(self) -> Counter[str]:
        """Shapes and tones, by name, that were read where the letter has none."""
        return self._marks(lambda matrix, mark: matrix[0, mark])

    def spaces(self) -> dict[str, int]:
        """How many spaces there are, how many were not read as one, and how many are invented."""
        true = sum(n for pair, n in self.pairs.items() if pair[0] == " ")
        read = sum(n for pair, n in self.pairs.items() if pair[1] == " ")
        right = self.pairs[" ", " "]
        return {"true": true, "dropped": true - right, "inserted": read - right}

    def digits(self) -> Counter[Pair]:
        """Misread digits, and characters misread as digits."""
        return self._where(lambda true, read: true != read and _is_digit(true, read))

    def case(self) -> Counter[Pair]:
        """Letters that are right except for their case."""
        return self._where(lambda true, read: true != read and true.lower() == read.lower())

    def _where(self, wanted: Callable[[str, str], bool]) -> Counter[Pair]:
        return Counter({pair: n for pair, n in self.pairs.items() if wanted(*pair)})

    def _matrix(self, bases: frozenset[str], part: str, names: tuple[str, ...]) -> np.ndarray:
        """Counts of (true, read) values of one part of the letter, where the base is right."""
        matrix = np.zeros((len(names), len(names)), dtype=np.int64)
        for (true, read), n in self.pairs.items():
            if _base(true) == _base(read) and _base(true) in bases:
                row, column = (names.index(getattr(decompose(each), part)) for each in (true, read))
                matrix[row, column] += n
        return matrix

    def _marks(self, pick: Callable[[np.ndarray, int], int]) -> Counter[str]:
        """A count for each shape and tone but the first of each, which is not a mark."""
        counts: Counter[str] = Counter()
        for matrix, names in ((self.shapes(), SHAPES), (self.tones(), TONES)):
            for mark, name in enumerate(names[1:], start=1):
                counts[name] = int(pick(matrix, mark))
        return +counts


def align(prediction: str, truth: str) -> list[Pair]:
    """The (true, read) pairs of one line, as NFC, along an alignment with the fewest edits."""
    prediction, truth = (unicodedata.normalize("NFC", line) for line in (prediction, truth))
    pairs: list[Pair] = []
    for step in Levenshtein.opcodes(truth, prediction):
        true = truth[step.src_start : step.src_end]
        read = prediction[step.dest_start : step.dest_end]
        pairs += zip_longest(true, read, fillvalue="")
    return pairs


def right_characters(prediction: str, truth: str) -> np.ndarray:
    """bool [len(prediction)]: which of its characters the alignment of :func:`align` keeps.

    Both are taken as they are; a confidence may belong to each character.
    """
    right = np.zeros(len(prediction), dtype=bool)
    for step in Levenshtein.opcodes(truth, prediction):
        if step.tag == "equal":
            right[step.dest_start : step.dest_end] = True
    return right


def _base(character: str) -> str:
    """The base letter in lower case."""
    return decompose(character).base.lower()


def _is_digit(*characters: str) -> bool:
    return any(character.isascii() and character.isdigit() for character in characters)
