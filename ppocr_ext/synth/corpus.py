"""Draws the text of a line: fragments of prose, addresses, fields, pseudo-words, in balance."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

from ppocr_ext.synth import fields
from ppocr_ext.synth.sources import SOURCES, read_folder, read_source
from ppocr_ext.synth.splits import Split, split_of
from ppocr_ext.synth.syllables import SyllableSampler
from ppocr_ext.text import VIETNAMESE_LETTERS, strip_marks

_ABBREVIATIONS = (
    ("Thành phố", "TP."),
    ("Thành phố", "TP"),
    ("Thị trấn", "TT."),
    ("Thị xã", "TX."),
    ("Phường", "P."),
    ("Quận", "Q."),
    ("Huyện", "H."),
    ("Tỉnh ", ""),
)
_ATTEMPTS = 2000  # a topic that never fits the split or the length is a mistake in a preset


def fragment(rng: random.Random, passage: str, length: int) -> str:
    """Whole words from anywhere in ``passage``, at most ``length`` characters where words allow."""
    if len(passage) <= length:
        return passage
    start = 0
    if rng.random() < 0.7:
        start = passage.rfind(" ", 0, rng.randrange(len(passage) - length + 1) + 1) + 1
    if len(passage) - start <= length:
        return passage[start:]
    end = passage.rfind(" ", start, start + length + 1)
    if end < 0:  # a first word longer than that
        end = passage.find(" ", start)
    return passage[start : end if end > 0 else None]


class Corpus:
    """Texts of one split; ``draw`` is a function of the random generator alone.

    ``lengths`` are the fewest, the usual and the most characters of a line; ``balance`` is the
    share of lines that get a syllable with a letter drawn evenly from the 134.
    """

    def __init__(
        self,
        split: Split,
        topics: Mapping[str, float],
        lengths: tuple[int, int, int],
        balance: float,
        texts: Path | None = None,
    ) -> None:
        self.split, self.topics, self.lengths, self.balance = split, dict(topics), lengths, balance
        self._passages = {source.topic: read_source(source, split) for source in SOURCES}
        self._syllables = SyllableSampler()
        own = read_folder(texts, split) if texts else []
        if own:
            self._passages["own"] = own
            self.topics["own"] = sum(self.topics.values())  # half of all lines

    def draw(self, rng: random.Random, topics: Mapping[str, float] | None = None) -> str:
        """A line's text: of this split, of allowed length, without outer spaces."""
        names, weights = zip(*(topics or self.topics).items(), strict=True)
        shortest, usual, longest = self.lengths
        for _ in range(_ATTEMPTS):
            length = round(rng.triangular(shortest, longest, usual))
            text = self._topic(rng, rng.choices(names, weights)[0], length)
            text = self._styled(rng, fragment(rng, text, max(length, shortest)))
            if len(text) <= longest and text and split_of(text) == self.split:
                return text
        raise RuntimeError(f"no {self.split} text of {shortest}-{longest} characters in {names}")

    def passages(self) -> dict[str, int]:
        """Topic → number of passages of this split that it is drawn from."""
        return {topic: len(passages) for topic, passages in self._passages.items()}

    def _topic(self, rng: random.Random, topic: str, length: int) -> str:
        if topic == "address":
            return self._address(rng)
        if topic == "syllables":
            return self._pseudo_words(rng, length)
        if topic in self._passages:
            return rng.choice(self._passages[topic])
        return fields.FIELDS[topic](rng)

    def _address(self, rng: random.Random) -> str:
        ward = rng.choice(self._passages[rng.choice(("ward_before_2025", "ward_since_2025"))])
        if rng.random() < 0.4:
            for long, short in rng.sample(_ABBREVIATIONS, 4):
                ward = ward.replace(long, short)
        if rng.random() < 0.3:
            ward = ward.replace(", ", rng.choice((" - ", ",", "-", ". ")))
        return ward if rng.random() < 0.3 else f"{fields.street(rng)}, {ward}"

    def _pseudo_words(self, rng: random.Random, length: int) -> str:
        words = [self._syllables.draw(rng)]
        while sum(map(len, words)) + len(words) < length:
            words.append(self._syllables.draw(rng))
        kind = rng.random()
        if kind < 0.2:
            words = [word.capitalize() for word in words]
        elif kind < 0.5:
            words[0] = words[0].capitalize()
        return " ".join(words) + rng.choice(("", "", "", ".", ",", ";"))

    def _styled(self, rng: random.Random, text: str) -> str:
        """Some lines in capitals; some with a syllable that holds a rare letter."""
        text = text.strip()
        if rng.random() < 0.1:
            text = text.upper()
        if rng.random() < self.balance:
            letter = rng.choice(VIETNAMESE_LETTERS)
            words = text.split(" ")
            at = rng.randrange(len(words))
            words[at] = self._syllables.draw_with(rng, letter)
            text = " ".join(words)
            if letter.isupper() and rng.random() < 0.5:
                text = text.upper()
        return text


def without_marks(text: str) -> str:
    """``text`` as tills without Vietnamese fonts print it."""
    return strip_marks(text)
