"""Draws the text of a line: fragments of prose, addresses, fields, pseudo-words, in balance."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from ppocr_ext.synth.documents import LINES
from ppocr_ext.synth.fields import digits, grouped, lexicon, street
from ppocr_ext.synth.presets import Preset, Split, split_of
from ppocr_ext.synth.sources import read_folder, read_source, sources_of
from ppocr_ext.synth.style import Style
from ppocr_ext.synth.styles import topics_of
from ppocr_ext.synth.syllables import SyllableSampler
from ppocr_ext.text import VIETNAMESE_LETTERS, strip_marks

_UNITS = re.compile(r"\b(?:Xã|Huyện|Tỉnh|Phường(?! \d)|Quận(?! \d)|Thị trấn|Thành phố|Thị xã) ")
_SHORT = {
    "Thành phố ": ("Tp ", "TP ", "Tp. ", "TP. ", "T.P "),
    "Thị trấn ": ("Tt ", "TT ", "T.T "),
    "Thị xã ": ("Tx ", "TX ", "T.X "),
    "Phường ": ("P ", "P. ", "F "),
    "Quận ": ("Q ", "Q. "),
    "Huyện ": ("H ", "H. "),
    "Tỉnh ": ("T ", "T. "),
}
_PLACES = (
    *("Thôn", "Thôn", "Xóm", "Xóm", "Ấp", "Ấp", "Tổ", "Khóm", "Bản", "Khu", "Khu Phố", "Kp", "Đội"),
    *("Tdp", "Tổ Dân Phố", "Buôn", "Làng", "Khối"),
)
# Where the tone of an open oa, oe, uy stands: on the first vowel (old), on the second (new).
_OLD = ("òa", "óa", "ỏa", "õa", "ọa", "òe", "óe", "ỏe", "õe", "ọe", "ùy", "úy", "ủy", "ũy", "ụy")
_NEW = ("oà", "oá", "oả", "oã", "oạ", "oè", "oé", "oẻ", "oẽ", "oẹ", "uỳ", "uý", "uỷ", "uỹ", "uỵ")
_OPEN = re.compile(rf"(?<![qQ])(?:{'|'.join(_OLD)})(?!\w)")
_AS_NEW = dict(zip(_OLD, _NEW, strict=True))


def form_address(rng: random.Random, ward: str) -> str:
    """``ward`` (``Xã Tam Giang, Huyện Núi Thành, Tỉnh Quảng Nam``) after a house or a village."""
    kind = rng.random()
    if kind < 0.45:
        lead = rng.choice(_PLACES)
        number = str(rng.randint(1, 30)) + rng.choice(("", "", "", "A", "B"))
        name = rng.choice(lexicon("given_names")) + " " + rng.choice(lexicon("given_names"))
        lead = f"{lead} {rng.choice((number, name, name))}"
    elif kind < 0.8:
        slashes = "/".join(str(rng.randint(1, 999)) for _ in range(rng.choice((1, 1, 2, 3))))
        number = (
            rng.choice(("", "Số ", "Sn ", "Hẻm ", "Ngõ ")) + slashes + rng.choice("    AB").strip()
        )
        lead = f"{number} {rng.choice(('', '', 'Đường '))}{rng.choice(lexicon('streets'))}"
    else:
        return ward
    return f"{lead}, {ward}"


def as_written(rng: random.Random, text: str) -> str:
    """``text`` as forms are filled in: units left out or shortened, seldom commas, tones as taught.

    Label and picture change together.
    """
    if rng.random() < 0.55:
        text = _UNITS.sub(lambda unit: "" if rng.random() < 0.8 else unit[0], text)
    if rng.random() < 0.4:
        for long, short in _SHORT.items():
            text = text.replace(long, rng.choice(short))
    if rng.random() < 0.6:
        text = text.replace(",", "")
    if rng.random() < 0.5 and "@" not in text and "www" not in text:
        text = text.title()
    if rng.random() < 0.5:
        text = _OPEN.sub(lambda found: _AS_NEW[found[0]], text)
    return " ".join(text.split())


LETTERS = (*VIETNAMESE_LETTERS, *"aeiouydAEIOUYD")
"""Each with or without each mark: the tones of a vowel, its shapes."""

CODES = ("Il1", "O0UD", "RA", "MNH", "S5", "B8", "Z2", "G6C", "VYU", "T7I", "E3F", ",.", ":;", "-_")
"""Groups of characters of codes, prices and words in capitals."""

_LETTERS = "ABCDEFGHKLMNPQRSTUVXYZ"  # of codes: I and O look like figures, so codes have none


def confusable(rng: random.Random, syllables: SyllableSampler) -> str:
    """A syllable, a price, a code or a word without marks that holds a member of a group."""
    if rng.random() < 0.65:
        return syllables.draw_with(rng, rng.choice(LETTERS))
    member = rng.choice(rng.choice(CODES))
    if member in ",.":
        price = grouped(int(10 ** rng.uniform(3, 7)), member)
        return price if rng.random() < 0.7 else f"{digits(rng, 2)}{member}{digits(rng, 1)}"
    if member in ":;-_":
        return f"{_part(rng)}{member}{_part(rng)}"
    if member.isdigit():
        figures = _with(rng, member, digits(rng, rng.randint(1, 7)))
        return figures if rng.random() < 0.7 else f"{_capitals(rng)}{figures}{_capitals(rng)}"
    return _word(rng, syllables, member)


def _word(rng: random.Random, syllables: SyllableSampler, letter: str) -> str:
    """A word without marks: what is an ``I`` and what an ``l`` is known from the letters beside."""
    while True:
        words = [strip_marks(syllables.draw(rng)) for _ in range(rng.choice((1, 1, 2)))]
        word = "".join(words)
        word = word.upper() if letter.isupper() else word
        if letter in word:
            return word
        if rng.random() < 0.2:  # letters that few syllables have: f, j, w, z
            return _with(rng, letter, word)


def _part(rng: random.Random) -> str:
    return digits(rng, rng.randint(1, 5)) if rng.random() < 0.6 else _capitals(rng)


def _capitals(rng: random.Random) -> str:
    return "".join(rng.choices(_LETTERS, k=rng.choice((0, 1, 2, 3))))


def _with(rng: random.Random, member: str, text: str) -> str:
    """``text`` with a member somewhere in it, or twice."""
    at = rng.randrange(len(text) + 1)
    return text[:at] + member * rng.choice((1, 1, 2)) + text[at:]


_ABBREVIATIONS = {
    "Thành phố": ("TP.", "TP.", "TP", "Tp.", "Tp"),
    "Thị trấn": ("TT.", "TT"),
    "Thị xã": ("TX.", "Tx."),
    "Phường": ("P.", "P.", "P"),
    "Quận": ("Q.", "Q.", "Q"),
    "Huyện": ("H.",),
    "Tỉnh": ("T.",),
}
_JOINED = ("prescription", "goods", "form", "name", "money", "date", "measure")
_LONG_TOPICS = {"law": 0.65, "word": 0.05, "joined": 0.2, "syllables": 0.1}
_LONG_LENGTHS = (50, 80, 120)
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


def _some_words(rng: random.Random, text: str) -> str:
    """One to three neighbouring words of ``text``."""
    words = text.split(" ")
    count = min(rng.choice((1, 1, 1, 2, 2, 3)), len(words))
    start = rng.randrange(len(words) - count + 1)
    return " ".join(words[start : start + count])


def _is_urban(ward: str) -> bool:
    return not ward.startswith("Xã")


def _joined(rng: random.Random, draw: Callable[[], str], joint: str, length: int) -> str:
    """Drawn texts, joined until ``length`` characters are there."""
    text = draw()
    while len(text) < length:
        text += joint + draw()
    return text[0].upper() + text[1:] if rng.random() < 0.4 else text


class Corpus:
    """Texts of one split, drawn as a preset says; a function of the random generator alone."""

    def __init__(self, preset: Preset, split: Split, texts: Path | None = None) -> None:
        self.preset, self.split = preset, split
        sources = sources_of(topics_of(preset))
        self._passages = {source.topic: read_source(source)[split] for source in sources}
        self._syllables = SyllableSampler()
        own = read_folder(texts)[split] if texts else []
        if own:
            self._passages["own"] = own  # of which half of all lines are then drawn

    def draw(self, rng: random.Random, style: Style | None = None) -> str:
        """A line's text: of this split, not too long, without outer spaces; as its look has it."""
        topics = (style and style.topics) or self.preset.topics
        lengths = (style and style.lengths) or self.preset.lengths
        return self._draw(rng, topics, lengths, style)

    def draw_long(self, rng: random.Random) -> str:
        """A line as wide as a page."""
        return self._draw(rng, _LONG_TOPICS, _LONG_LENGTHS)

    def _draw(
        self,
        rng: random.Random,
        topics: Mapping[str, float],
        lengths: tuple[int, int, int],
        style: Style | None = None,
    ) -> str:
        names, weights = zip(*topics.items(), strict=True)
        shortest, usual, longest = lengths
        for _ in range(_ATTEMPTS):
            length = round(rng.triangular(shortest, longest, usual))
            own = "own" in self._passages and rng.random() < 0.5
            text = self._topic(rng, "own" if own else rng.choices(names, weights)[0], length)
            text = self._styled(rng, fragment(rng, text, max(length, shortest)))
            if style and style.words and rng.random() < style.words:
                text = _some_words(rng, text)
            if style and style.hand:
                text = as_written(rng, text)
            if shortest <= len(text) <= longest and split_of(text) == self.split:
                return text
        raise RuntimeError(f"no {self.split} text of {shortest}-{longest} characters in {names}")

    def passages(self) -> dict[str, int]:
        """Topic → number of passages of this split that it is drawn from."""
        return {topic: len(passages) for topic, passages in self._passages.items()}

    def _topic(self, rng: random.Random, topic: str, length: int) -> str:
        if topic == "address":
            return self._address(rng)
        if topic == "form_address":
            return form_address(rng, rng.choice(self._passages["ward_before_2025"]))
        if topic == "syllables":
            return self._pseudo_words(rng, length)
        if topic in ("word", "english"):
            return _joined(rng, lambda: rng.choice(self._passages[topic]), " ", length)
        if topic == "joined":
            name = rng.choice(_JOINED)
            joint = rng.choice((", ", "; ", " - ", " / "))
            return _joined(rng, lambda: LINES[name](rng), joint, length)
        if topic in self._passages:
            return rng.choice(self._passages[topic])
        return LINES[topic](rng)

    def _address(self, rng: random.Random) -> str:
        wards = self._passages[rng.choice(("ward_before_2025", "ward_since_2025"))]
        ward = max(rng.choices(wards, k=2), key=_is_urban)  # towns print more than villages
        if rng.random() < 0.4:
            ward = ward.replace("Tỉnh ", "")
        if rng.random() < 0.45:
            space = rng.choice((" ", " ", ""))
            for word, choices in _ABBREVIATIONS.items():
                short = rng.choice(choices)
                ward = ward.replace(f"{word} ", short + space if "." in short else f"{short} ")
        if rng.random() < 0.3:
            ward = ward.replace(", ", rng.choice((" - ", "-", ". ")))
        return ward if rng.random() < 0.3 else f"{street(rng)}, {ward}"

    def _pseudo_words(self, rng: random.Random, length: int) -> str:
        text = _joined(rng, lambda: self._syllables.draw(rng), " ", length)
        return (text.title() if rng.random() < 0.2 else text) + rng.choice(("", "", ".", ",", ";"))

    def _styled(self, rng: random.Random, text: str) -> str:
        """Some lines in capitals; some with a syllable that holds a rare letter."""
        text = text.strip()
        if rng.random() < self.preset.capitals:
            text = text.upper()
        if rng.random() < self.preset.balance:
            letter = rng.choice(VIETNAMESE_LETTERS)
            words = text.split(" ")
            at = rng.randrange(len(words))
            words[at] = self._syllables.draw_with(rng, letter)
            text = " ".join(words)
            if letter.isupper() and rng.random() < 0.5:
                text = text.upper()
        if self.preset.pairs and rng.random() < self.preset.pairs:
            words = text.split(" ")
            words[rng.randrange(len(words))] = confusable(rng, self._syllables)
            text = " ".join(words)
        return text
