"""Pseudo-words: every syllable that Vietnamese spelling allows, whether or not it means anything.

A recogniser that has only read real words guesses them from their neighbours; names, brands and
dialect need each letter and tone to be read for itself.
"""

from __future__ import annotations

import random

from ppocr_ext.text import TONES, compose, decompose

_ONSETS = (
    *("", "b", "c", "ch", "d", "đ", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh"),
    *("nh", "p", "ph", "qu", "r", "s", "t", "th", "tr", "v", "x"),
)
_ONLY_AFTER_QU = ("ych", "ynh", "yt", "yu")  # quỵch, quỳnh, quýt
_RIMES = (
    *("a", "ac", "ach", "ai", "am", "an", "ang", "anh", "ao", "ap", "at", "au", "ay"),
    *("ăc", "ăm", "ăn", "ăng", "ăp", "ăt", "âc", "âm", "ân", "âng", "âp", "ât", "âu", "ây"),
    *("e", "ec", "em", "en", "eng", "eo", "ep", "et"),
    *("ê", "êch", "êm", "ên", "ênh", "êp", "êt", "êu"),
    *("i", "ia", "ich", "iêc", "iêm", "iên", "iêng", "iêp", "iêt", "iêu", "im", "in", "inh"),
    *("ip", "it", "iu", "o", "oa", "oac", "oach", "oai", "oan", "oang", "oanh", "oat", "oay"),
    *("oăc", "oăm", "oăn", "oăng", "oăt", "oc", "oe", "oen", "oet", "oi", "om", "on", "ong"),
    *("ooc", "oong", "op", "ot", "ô", "ôc", "ôi", "ôm", "ôn", "ông", "ôp", "ôt"),
    *("ơ", "ơi", "ơm", "ơn", "ơp", "ơt"),
    *("u", "ua", "uân", "uâng", "uât", "uây", "uc", "uê", "uêch", "uênh", "ui", "um", "un", "ung"),
    *("uôc", "uôi", "uôm", "uôn", "uông", "uôt", "uơ", "up", "ut", "uy", "uya", "uych", "uyên"),
    *("uyêt", "uynh", "uyt", "uyu", "ư", "ưa", "ưc", "ưi", "ưng", "ươc", "ươi", "ươm", "ươn"),
    *("ương", "ươp", "ươt", "ươu", "ưt", "ưu", "y", "yêm", "yên", "yêng", "yêt", "yêu"),
    *_ONLY_AFTER_QU,
)
_VOWELS = frozenset("aăâeêioôơuưy")
_STOPS = ("c", "ch", "p", "t")  # rimes that end in them carry only two of the six tones
_STOP_TONES = ("acute", "dot")


def _follows(onset: str, rime: str) -> bool:
    """Whether spelling lets ``rime`` follow ``onset``."""
    front = rime[0] in "eêiy"
    if rime in _ONLY_AFTER_QU:
        return onset == "qu"
    if (onset, rime) == ("g", "i"):
        return True  # gì
    if onset in ("k", "gh", "ngh"):
        return front and (rime[0] != "y" or onset == "k")
    if onset in ("c", "g", "ng"):
        return not front
    if onset == "gi":
        return rime[0] not in "iy"
    if onset == "qu":
        return rime[0] not in "uoưôơi" or rime in ("ôc", "i", "ơ")
    if onset == "":
        return rime[0] != "i" or len(rime) > 1
    return rime[0] != "y"


def _carrier(rime: str) -> int:
    """The index of the vowel that carries the tone (hòa and thúy, as most documents print them)."""
    vowels = [index for index, letter in enumerate(rime) if letter in _VOWELS]
    shaped = [index for index in vowels if decompose(rime[index]).shape != "none"]
    if shaped:
        return shaped[-1]  # ươ carries it on the ơ
    open_rime = vowels[-1] == len(rime) - 1
    if len(vowels) == 1 or (open_rime and len(vowels) == 2):
        return vowels[0]
    return vowels[1]


def _with_tone(rime: str, tone: str) -> str:
    at = _carrier(rime)
    return rime[:at] + compose(decompose(rime[at])._replace(tone=tone)) + rime[at + 1 :]


def all_syllables() -> tuple[str, ...]:
    """Every syllable that the rules above allow, lower case, in a fixed order (about 17,000)."""
    syllables: dict[str, None] = {}
    for rime in _RIMES:
        tones = _STOP_TONES if rime.endswith(_STOPS) else TONES
        toned = [_with_tone(rime, tone) for tone in tones]
        for onset in _ONSETS:
            if _follows(onset, rime):
                syllables.update(dict.fromkeys(onset + each for each in toned))
    return tuple(syllables)


class SyllableSampler:
    """Draws syllables, common or rare alike, or one that holds a wanted letter."""

    def __init__(self) -> None:
        self.syllables = all_syllables()
        self._with_letter: dict[str, list[str]] = {}
        for syllable in self.syllables:
            for letter in set(syllable):
                self._with_letter.setdefault(letter, []).append(syllable)

    def draw(self, rng: random.Random) -> str:
        return rng.choice(self.syllables)

    def draw_with(self, rng: random.Random, letter: str) -> str:
        """A syllable that contains ``letter``, in capitals if the letter is one."""
        found = rng.choice(self._with_letter[letter.lower()])
        if letter.islower():
            return found
        return found.capitalize() if found[0] == letter.lower() else found.upper()
