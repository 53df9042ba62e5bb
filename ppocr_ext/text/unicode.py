"""One spelling for each Vietnamese text: NFC, and no look-alikes from other alphabets.

What is replaced looks the same in print but is another code point, so a recogniser could only learn
it as noise. What could be meant is left alone: the position of a tone (hòa, hoà), ASCII accents
(`` ` ^ ~``), doubled spaces, line breaks, Russian and Greek words.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from ppocr_ext.text.letters import (
    SHAPE_MARKS,
    TONE_MARKS,
    VIETNAMESE_LETTERS,
    compose,
    decompose,
)


def _span(first: int, last: int) -> str:
    """The characters of an inclusive range of code points."""
    return "".join(map(chr, range(first, last + 1)))


# Tabs, no-break and typographic spaces, and what str.splitlines would take for a line end.
_SPACES = (
    "\t\v\f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + _span(0x1C, 0x1F) + _span(0x2000, 0x200A)
)
# Soft hyphen, joiners, byte-order mark, direction marks, variation selectors, control codes.
_INVISIBLE = (
    "\xad\u034f\u061c\u180e\ufeff"
    + _span(0x200B, 0x200F)
    + _span(0x202A, 0x202E)
    + _span(0x2060, 0x206F)
    + _span(0xFE00, 0xFE0F)
    + _span(0x00, 0x08)
    + _span(0x0E, 0x1B)
    + _span(0x7F, 0x84)
    + _span(0x86, 0x9F)
)
_REPLACED = {
    **dict.fromkeys(_SPACES, " "),
    **dict.fromkeys(_INVISIBLE, ""),
    # Icelandic eth and African d stand for đ in texts typed with old keyboards.
    **dict(zip("ÐƉðɖ", "ĐĐđđ", strict=True)),
    **dict(zip("‐‑−‒―′″‛‟‧∙⋅˚º", "---–—'\"‘“···°°", strict=True)),
    **dict(zip("☐▢◻✔", "□□□✓", strict=True)),
    **dict(zip("ﬀﬁﬂﬃﬄ", ("ff", "fi", "fl", "ffi", "ffl"), strict=True)),
    # Full-width forms come from Chinese input and from PP-OCR's own pre-labels.
    **dict(zip(_span(0xFF01, 0xFF5E), _span(0x21, 0x7E), strict=True)),
}
_LOOK_UP = re.compile("[" + re.escape("".join(_REPLACED)) + "]")

_MARKED = frozenset(VIETNAMESE_LETTERS)
_SHAPES = frozenset(SHAPE_MARKS.values())
_STROKES = "\u0335\u0336"
_CLUSTER = re.compile(
    rf"[^\W\d_][{_STROKES}{''.join((*SHAPE_MARKS.values(), *TONE_MARKS.values()))}]+"
)

# Tones typed after their vowel as characters of their own. ´ is also a bad apostrophe (you´re), so
# they count only after a vowel that has a shape and no tone yet.
_SPACING_TONES = {"´": "acute", "ˊ": "acute", "ˋ": "grave", "˜": "tilde"}
_SPACING = re.compile(rf"([^\W\d_])([{''.join(_SPACING_TONES)}])")

# Letters of Cyrillic and Greek drawn exactly like Latin ones; ν, α, п … only resemble them.
_LATIN_TWINS = str.maketrans(
    "АВЕЅІЈКМНОРСТХаеѕіјорсхуΑΒΕΖΗΙΚΜΝΟΡΤΥΧομ",
    "ABESIJKMHOPCTXaesijopcxyABEZHIKMNOPTYXoµ",
)
_FOREIGN = re.compile("[\u0370-\u052f]")
_WORD = re.compile(r"[^\W\d_]+")


def normalize(text: str) -> str:
    """The one spelling of ``text``: NFC, look-alikes replaced, invisible characters removed.

    Idempotent. Line breaks and the number of spaces stay.
    """
    return normalize_report(text)[0]


def normalize_report(text: str) -> tuple[str, Counter[str]]:
    """:func:`normalize`, and how often each change was made.

    Keys read ``'Ð → Đ'``; what cannot be seen is named: ``'U+00A0 → space'``. Composing canonically
    equal text counts its marks under ``'NFD → NFC'``.
    """
    changes: Counter[str] = Counter()
    before = None
    while text != before:  # again after a change: a replaced letter may compose with its marks
        before = text
        text = _replace(text, changes)
        text = _compose(text, changes)
        text = _attach_tones(text, changes)
        text = _latinize(text, changes)
    return text, changes


def _replace(text: str, changes: Counter[str]) -> str:
    """Replace the characters that are wrong wherever they stand."""

    def put(match: re.Match[str]) -> str:
        return _recorded(match[0], _REPLACED[match[0]], changes)

    return _LOOK_UP.sub(put, text)


def _compose(text: str, changes: Counter[str]) -> str:
    """NFC, then the letters whose marks came doubled or in an order that NFC does not compose."""
    composed = unicodedata.normalize("NFC", text)
    if composed != text:
        changes["NFD → NFC"] += max(1, len(text) - len(composed))

    def put(match: re.Match[str]) -> str:
        return _recorded(match[0], _spell(match[0]), changes)

    return _CLUSTER.sub(put, composed)


def _spell(cluster: str) -> str:
    """The letter meant by a letter and its marks, or the cluster itself when there is none."""
    decomposed = unicodedata.normalize("NFD", cluster)
    base, marks = decomposed[0], decomposed[1:]
    if base in "dD" and all(mark in _STROKES for mark in marks):
        return "đ" if base == "d" else "Đ"
    in_order = sorted(dict.fromkeys(marks), key=lambda mark: mark not in _SHAPES)
    spelled = unicodedata.normalize("NFC", base + "".join(in_order))
    return spelled if spelled in _MARKED else cluster


def _attach_tones(text: str, changes: Counter[str]) -> str:
    """Join a spacing accent to the shaped vowel before it: ``ê´`` → ``ế``."""

    def put(match: re.Match[str]) -> str:
        letter = decompose(match[1])
        if letter.shape in ("none", "stroke") or letter.tone != "level":
            return match[0]
        joined = compose(letter._replace(tone=_SPACING_TONES[match[2]]))
        return _recorded(match[0], joined, changes)

    return _SPACING.sub(put, text)


def _latinize(text: str, changes: Counter[str]) -> str:
    """Replace Cyrillic and Greek twins inside words that are otherwise Latin."""
    if not _FOREIGN.search(text):
        return text

    def put(match: re.Match[str]) -> str:
        word = match[0]
        foreign = _FOREIGN.findall(word)
        latin = word.translate(_LATIN_TWINS)
        # A twin without a Latin equal, or too few Latin letters: the word may well be foreign.
        if not foreign or _FOREIGN.search(latin) or 2 * len(foreign) > len(word):
            return word
        for found, spelled in zip(word, latin, strict=True):
            _recorded(found, spelled, changes)
        return latin

    return _WORD.sub(put, text)


def _recorded(found: str, put: str, changes: Counter[str]) -> str:
    """``put``, after counting the change if it is one."""
    if found != put:
        changes[f"{_show(found)} → {_show(put)}"] += 1
    return put


def _show(text: str) -> str:
    """``text`` for a report: spaces, marks and invisible characters by name."""
    if not text:
        return "nothing"
    visible = (
        "space"
        if character == " "
        else character
        if character.isprintable() and not unicodedata.combining(character)
        else f"U+{ord(character):04X}"
        for character in text
    )
    return "+".join(visible)
