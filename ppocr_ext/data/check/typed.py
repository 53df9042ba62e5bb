"""What may be wrong with a text while it is typed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator
from functools import cache
from typing import NamedTuple

from ppocr_ext.synth.syllables import all_syllables
from ppocr_ext.text.letters import SHAPES, TONES, Letter, compose, decompose, parents
from ppocr_ext.text.unicode import normalize

_WORD = re.compile(r"[^\W\d_]+")
_TELEX_WORD = re.compile(r"[A-Za-z]{3,}")
_VNI_WORD = re.compile(r"\b[A-Za-z]{2,}[1-9][A-Za-z0-9]*")
_Shapes = tuple[tuple[str, str], ...]  # keys, and the letter that they write
_VOWELS = frozenset("aeiouy")
_TELEX_TONES = {"s": "acute", "f": "grave", "r": "hook", "x": "tilde", "j": "dot"}
_VNI_TONES = dict(zip("12345", ("acute", "grave", "hook", "tilde", "dot"), strict=True))
_TELEX_SHAPES = (
    *(("uow", "ươ"), ("dd", "đ"), ("aa", "â"), ("ee", "ê"), ("oo", "ô")),
    *(("aw", "ă"), ("ow", "ơ"), ("uw", "ư")),
)
_VNI_SHAPES = (
    *(("uo7", "ươ"), ("d9", "đ"), ("a6", "â"), ("e6", "ê"), ("o6", "ô")),
    *(("a8", "ă"), ("o7", "ơ"), ("u7", "ư")),
)


_RARE = re.compile(r"giêng|[bcdđghklmnpqrstvx]{0,3}(oeo|oam|oap|oao|oăp)")  # not drawn by synth/


class Finding(NamedTuple):
    """kind: as the page names it; start, end: code points; hint: what was perhaps meant."""

    kind: str
    start: int
    end: int
    hint: str = ""


def check(text: str, draft: str, dictionary: Container[str]) -> list[Finding]:
    """Everything that is odd about ``text``; ``draft``: what the network reads there."""
    found = [
        Finding("dictionary", place, place + 1)
        for place, letter in enumerate(text)
        if letter != " " and letter not in dictionary and not unicodedata.combining(letter)
    ]
    found += [Finding("spaces", *match.span()) for match in re.finditer(r"^ +| +$| {2,}", text)]
    found += _spelling(text)
    found += _syllables(text)
    found += _doubled(text, draft)
    return [*found, *_raw_keys(text)]


def variants(letter: str) -> list[str]:
    """The letters of the same base with other tones and shapes, the nearest first."""
    if len(letter) != 1:
        return []
    own = decompose(letter)
    found = [letter]
    for shape in (own.shape, *SHAPES):
        for tone in TONES:
            try:
                found.append(compose(Letter(own.base, shape, tone)))
            except ValueError:
                continue
    return [each for each in dict.fromkeys([*found, *parents(letter)]) if each != letter]


def _spelling(text: str) -> Iterator[Finding]:
    for match in re.finditer(r"\S+", text):
        right = normalize(match[0])
        if right != unicodedata.normalize("NFC", match[0]):
            yield Finding("spelling", *match.span(), right)


@cache
def _known() -> dict[tuple[str, str], str]:
    """(syllable without its tone, tone) → the syllable as it is printed."""
    return {_parted(each): each for each in reversed(all_syllables())}


def _parted(word: str) -> tuple[str, str]:
    """Wherever the tone stands: hòa and hoà are one. Two tones are no syllable's."""
    letters = [decompose(letter) for letter in word]
    tones = [letter.tone for letter in letters if letter.tone != "level"]
    bare = "".join(compose(letter._replace(tone="level")) for letter in letters)
    return bare, (tones or ["level"])[0] if len(tones) < 2 else "two"


def _syllables(text: str) -> Iterator[Finding]:
    """Words with a Vietnamese mark that no spelling rule allows; HĐ and VNĐ are short for some."""
    for match in _WORD.finditer(text):
        word = unicodedata.normalize("NFC", match[0]).lower()
        letters = [decompose(letter) for letter in word]
        is_marked = any(letter.shape != "none" or letter.tone != "level" for letter in letters)
        has_vowel = any(letter.base in _VOWELS for letter in letters)
        is_known = _parted(word) in _known() or _RARE.fullmatch(_parted(word)[0])
        if is_marked and has_vowel and not is_known:
            yield Finding("syllable", *match.span())


def _doubled(text: str, draft: str) -> Iterator[Finding]:
    """A word twice in a row that the network does not read twice."""
    for match in re.finditer(r"\b([^\W\d_]+) +\1\b", text, re.IGNORECASE):
        pair = " ".join(match[0].split()).casefold()
        if pair not in " ".join(draft.split()).casefold():
            yield Finding("doubled", *match.span(), match[1])


def _raw_keys(text: str) -> Iterator[Finding]:
    """Keys of an input method that is off: ``tieengs``, ``tie61ng``.

    English words look like some (``now``): a word counts with a shape and a tone, and others
    only where half of a text without marks is of their kind.
    """
    telex = list(_typed(text, "telex", _TELEX_WORD, _TELEX_TONES, _TELEX_SHAPES))
    vni = list(_typed(text, "vni", _VNI_WORD, _VNI_TONES, _VNI_SHAPES))
    has_marks = any(decompose(each)[1:] != ("none", "level") for each in text)
    many = not has_marks and len(telex) > 1 and 2 * len(telex) >= len(text.split())
    yield from (finding for finding, is_clear in telex if is_clear or many)
    yield from (finding for finding, _ in vni)


def _typed(
    text: str, kind: str, words: re.Pattern[str], tones: dict[str, str], shapes: _Shapes
) -> Iterator[tuple[Finding, bool]]:
    for match in words.finditer(text):
        word = match[0]
        if kind == "vni" and word.isupper():
            continue  # a code
        if (found := _meant(word.lower(), tones, shapes)) is not None:
            hint, is_clear = found
            if word[0].isupper():
                hint = hint.upper() if word.isupper() else hint.capitalize()
            yield Finding(kind, *match.span(), hint), is_clear


def _meant(word: str, tones: dict[str, str], shapes: _Shapes) -> tuple[str, bool] | None:
    """The syllable that these keys would have written, and whether they hold shape and tone."""
    tries = [(word, "level")]
    tries += [
        (word[:n] + word[n + 1 :], tones[key]) for n, key in enumerate(word) if n and key in tones
    ]
    for keys, tone in reversed(tries):
        shaped = keys
        for typed, letter in shapes:
            shaped = shaped.replace(typed, letter)
        syllable = _known().get((shaped, tone))
        if syllable and syllable != word:
            return syllable, word.startswith("dd") or (shaped != keys and tone != "level")
    return None
