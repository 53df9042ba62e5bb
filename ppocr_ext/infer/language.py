"""A character n-gram model of Vietnamese: how likely a character follows the ones before it.

Interpolated Witten-Bell smoothing (https://doi.org/10.1109/18.87000): with C(h) occurrences of a
history h, followed by U(h) different characters::

    p(c | h) = (count(hc) + U(h) p(c | h without its first character)) / (C(h) + U(h))
"""

from __future__ import annotations

import gzip
import hashlib
import math
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from ppocr_ext.checksums import read_sums, record_again, require_intact, restore_from_git
from ppocr_ext.console import tool_command
from ppocr_ext.errors import UserError
from ppocr_ext.files import is_stream, replacing, why_no_file
from ppocr_ext.infer.followers import Counts, read, written
from ppocr_ext.infer.lines import MAX_WIDTH, Piece, to_floats
from ppocr_ext.text.codec import written_steps

DENSE = 1.6  # steps a character, below which wider letters are read better (output/LOG.md)
ENOUGH = 1.8  # steps a character of the second reading

Network = Callable[[Sequence[Piece]], list[np.ndarray]]


def read_pieces(pieces: Sequence[Piece], network: Network) -> list[np.ndarray]:
    """Probabilities [T, classes] of each piece by ``network``, of dense ones drawn wider."""
    outputs = network(pieces)
    ratios = [stretch(*each) for each in zip(pieces, outputs, strict=True)]
    dense = [place for place, ratio in enumerate(ratios) if ratio > 1]
    wider = [widened(pieces[place], ratios[place]) for place in dense]
    for place, output in zip(dense, network(wider), strict=True):
        outputs[place] = output
    return outputs


def stretch(piece: Piece, output: np.ndarray) -> float:
    """How much wider to draw a piece that was read as ``output`` [T, classes]; 1: it is fine."""
    width = piece.pixels.shape[1]
    steps = len(output) * width / piece.padded_width
    characters = int(written_steps(output.argmax(axis=1)).sum())
    if steps >= DENSE * characters:
        return 1.0
    return min(ENOUGH * characters / steps, MAX_WIDTH / width)


def widened(piece: Piece, ratio: float) -> Piece:
    """The same piece, ``ratio`` times as wide."""
    height, width = piece.pixels.shape[:2]
    line, size = to_floats(piece.pixels), (round(width * ratio), height)
    return piece._replace(pixels=cv2.resize(line, size, interpolation=cv2.INTER_LINEAR))


ORDER = 6  # characters of an n-gram, the predicted one included
LEAST_COUNT = 5  # rarer n-grams of three characters and more are left out: the file stays small
FILE_NAME = "language_vi.json.gz"
_EXPECTED = "a language model; the one in the model's folder is used by default"
EDGE = "\n"  # before the first character of a line, and after the last
_ALPHABET = 260  # p(c) of a character never seen is 1 in this
RARE = 1e-4  # share of the counted characters below which a sign is hardly known
LEAST_OF_SIGN = -5.0  # log p(c | h) of such a sign at the least: texts without quotes know none

SURE, UNSURE = 0.97, 0.9  # confidences of a line between which the weights rise


class Weights(NamedTuple):
    """What the search adds for each character: ``model`` x log p(c | h) + ``length``."""

    model: float = 0.2
    length: float = 0.5

    def at(self, confidence: float) -> Weights:
        """Those for a line that the network reads with this confidence (0 … 1): these where it is
        sure, and at least :data:`UNSURE_WEIGHTS` where it is not (output/LOG.md)."""
        doubt = min(max((SURE - confidence) / (SURE - UNSURE), 0.0), 1.0)
        more = zip(self, UNSURE_WEIGHTS, strict=True)
        return Weights(*(low + doubt * max(high - low, 0.0) for low, high in more))


UNSURE_WEIGHTS = Weights(0.6, 1.3)


class LanguageModel:
    """``log_probability(character, text before it)``; may be used from several threads.

    ``own_texts`` says how many texts of the user's own are among those counted.
    """

    def __init__(
        self,
        followers: Mapping[str, Counts],
        weights: Weights | None = None,
        own_texts: int = 0,
        digest: str | None = None,
    ) -> None:
        """digest: SHA-256 of the content that it was read from, where that is known."""
        self.weights = weights or Weights()
        self._digest = digest
        self.own_texts = own_texts
        self._followers = followers
        self.log_probability = lru_cache(1 << 18)(self._log_probability)

    @classmethod
    def of_lines(cls, lines: Iterable[str], min_count: int = LEAST_COUNT) -> LanguageModel:
        """Count the n-grams of text lines; longer ones must occur ``min_count`` times."""
        counts: Counter[str] = Counter()
        for line in lines:
            text = EDGE + line + EDGE
            for end in range(1, len(text)):
                for start in range(max(0, end - ORDER + 1), end + 1):
                    counts[text[start : end + 1]] += 1
        followers: dict[str, dict[str, int]] = defaultdict(dict)
        for ngram, number in counts.items():
            if number >= min_count or len(ngram) <= 2:
                followers[ngram[:-1]][ngram[-1]] = number
        return cls(followers)

    @classmethod
    def load(cls, path: Path, model: str | Path | None = None) -> LanguageModel:
        """Read a file of :meth:`save`. Raises :class:`UserError`, also for one that is not what
        SHA256SUMS beside it says.

        ``model``: what reads with it, for the command that makes one.
        """
        if path.is_dir() or is_stream(path):
            raise UserError(
                f"{path} {why_no_file(path)}",
                _EXPECTED,
                "leave out --language-model, or give a file of tools/language_model.py",
            )
        make = _how_to_make(path, model)
        if record := read_sums(path.parent).get(path.name):
            require_intact(path, record, cure=make)

        def refusal(error: Exception) -> UserError:
            return UserError(
                f"{path} is damaged, or not a language model: {error}",
                "a file of tools/language_model.py",
                restore_from_git(path) or make,
            )

        try:
            data = gzip.decompress(path.read_bytes())
            content = read(data, refusal)
            _check_facts(content)
        except FileNotFoundError:
            raise UserError(
                f"{path} does not exist", _EXPECTED, restore_from_git(path) or make
            ) from None
        except (OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
            raise refusal(error) from None
        weights, digest = Weights(*content["weights"]), hashlib.sha256(data).hexdigest()
        return cls(content["followers"], weights, content["own_texts"], digest)

    @property
    def fingerprint(self) -> str:
        """The same for equal counts and weights, in memory and as they were saved."""
        return self._digest or hashlib.sha256(self._content()).hexdigest()

    def save(self, path: Path) -> None:
        """Write counts and weights as compressed JSON, and its sum where sums lie beside it."""
        with replacing(path, "wb") as stream:
            stream.write(gzip.compress(self._content(), mtime=0))
        record_again(path)

    def _content(self) -> bytes:
        return written({"weights": self.weights, "own_texts": self.own_texts}, self._followers)

    def _log_probability(self, character: str, history: str) -> float:
        """history: at most the last ORDER - 1 characters, the line's start included."""
        probability = 1.0 / _ALPHABET
        for length in range(len(history) + 1):
            followers = self._followers.get(history[len(history) - length :])
            if followers is None:
                break
            count, kinds = followers.get(character, 0), len(followers)
            probability = (count + kinds * probability) / (sum(followers.values()) + kinds)
        score = math.log(probability)
        return max(score, LEAST_OF_SIGN) if self._is_rare_sign(character) else score

    def _is_rare_sign(self, character: str) -> bool:
        """Whether it is neither letter, digit nor space, and the texts have hardly any."""
        if character.isalnum() or character in (" ", EDGE):
            return False
        singles = self._followers.get("", {})
        return singles.get(character, 0) < RARE * sum(singles.values())


def _check_facts(content: Mapping[str, Any]) -> None:
    """Raise ``ValueError`` unless ``content`` has what :meth:`LanguageModel.save` writes beside the
    counts."""
    weights = content.get("weights")
    if not (
        isinstance(weights, list)
        and len(weights) == len(Weights._fields)
        and all(type(weight) in (int, float) and math.isfinite(weight) for weight in weights)
    ):
        raise ValueError("weights are not two numbers")
    if type(content.get("own_texts")) is not int:
        raise ValueError("own_texts is not a number")


def language_beside(home: Path) -> Path | None:
    """The language model in a model's home; a lost one that is recorded, too: loading it is an
    error, not a worse reading without a word."""
    path = home / FILE_NAME
    return path if path.is_file() or path.name in read_sums(path.parent) else None


def _how_to_make(path: Path, model: str | Path | None) -> str:
    words = ("--model", model) if model else ()
    return f"build one with: {tool_command('language_model.py', *words, '--output', path)}"
