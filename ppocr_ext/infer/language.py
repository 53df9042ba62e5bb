"""A character n-gram model of Vietnamese: how likely a character follows the ones before it.

Interpolated Witten-Bell smoothing (https://doi.org/10.1109/18.87000): with C(h) occurrences of a
history h, followed by U(h) different characters::

    p(c | h) = (count(hc) + U(h) p(c | h without its first character)) / (C(h) + U(h))
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from ppocr_ext.errors import UserError
from ppocr_ext.files import replacing

ORDER = 5  # characters of an n-gram, the predicted one included
FILE_NAME = "language_vi.json.gz"
START = "\n"  # before the first character of a line
_ALPHABET = 260  # p(c) of a character never seen is 1 in this


class Weights(NamedTuple):
    """What the search adds for each character: ``model`` x log p(c | h) + ``length``."""

    model: float = 0.2
    length: float = 0.5


class LanguageModel:
    """``log_probability(character, text before it)``; may be used from several threads.

    ``own_texts`` tells how many texts of the user's own are among those counted.
    """

    def __init__(
        self, counts: Mapping[str, int], weights: Weights | None = None, own_texts: int = 0
    ) -> None:
        self.weights = weights or Weights()
        self.own_texts = own_texts
        self._counts = dict(counts)
        self._seen: Counter[str] = Counter()
        self._kinds: Counter[str] = Counter()
        for ngram, count in self._counts.items():
            self._seen[ngram[:-1]] += count
            self._kinds[ngram[:-1]] += 1
        self.log_probability = lru_cache(1 << 18)(self._log_probability)

    @classmethod
    def of_lines(cls, lines: Iterable[str], min_count: int = 2) -> LanguageModel:
        """Count the n-grams of text lines; longer ones must occur ``min_count`` times."""
        counts: Counter[str] = Counter()
        for line in lines:
            text = START + line
            for end in range(1, len(text)):
                for start in range(max(0, end - ORDER + 1), end + 1):
                    counts[text[start : end + 1]] += 1
        return cls({key: n for key, n in counts.items() if n >= min_count or len(key) <= 2})

    @classmethod
    def load(cls, path: Path) -> LanguageModel:
        """Read a file of :meth:`save`. Raises :class:`UserError`."""
        try:
            with gzip.open(path, "rt", encoding="utf-8") as stream:
                content = json.load(stream)
            weights = Weights(*content["weights"])
            return cls(content["counts"], weights, content.get("own_texts", 0))
        except FileNotFoundError:
            raise UserError(f"{path} does not exist", "a language model", _CURE) from None
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"{path} is no language model ({error})", cure=_CURE) from None

    @property
    def fingerprint(self) -> str:
        """The same for equal counts and weights."""
        return hashlib.sha256(self._content()).hexdigest()

    def save(self, path: Path) -> None:
        """Write counts and weights as compressed JSON."""
        with replacing(path, "wb") as stream:
            stream.write(gzip.compress(self._content(), mtime=0))

    def _content(self) -> bytes:
        content = {"weights": self.weights, "own_texts": self.own_texts, "counts": self._counts}
        return json.dumps(content, ensure_ascii=False).encode("utf-8")

    def _log_probability(self, character: str, history: str) -> float:
        """history: at most the last ORDER - 1 characters, the line's start included."""
        probability = 1.0 / _ALPHABET
        for length in range(len(history) + 1):
            known = history[len(history) - length :]
            seen = self._seen.get(known)
            if seen is None:
                break
            kinds = self._kinds[known]
            count = self._counts.get(known + character, 0)
            probability = (count + kinds * probability) / (seen + kinds)
        return math.log(probability)


def language_file(model: str | Path) -> Path:
    """Where the language model of a run folder, an exported folder or a checkpoint lies."""
    path = Path(model)
    return (path if path.is_dir() else path.parent) / FILE_NAME


_CURE = "build one with: python tools/language_model.py"
