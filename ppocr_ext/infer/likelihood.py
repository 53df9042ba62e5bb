"""How likely a network finds a text, or a letter of one, that it did not choose."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein

from ppocr_ext.infer.lines import prepare
from ppocr_ext.infer.reading import Character, Reading
from ppocr_ext.infer.recognizer import Recognizer
from ppocr_ext.text.charset import Charset
from ppocr_ext.text.codec import BLANK_INDEX, CTCCodec

_NEVER = -1e9  # log of 0
_UNKNOWN = -12.0  # of a letter that the dictionary lacks


def log_probability(outputs: Sequence[np.ndarray], text: str, charset: Charset) -> float:
    """The logarithm of the probability of ``text``, over all ways to write it.

    ``outputs``: probabilities [T, classes] of the pieces of a line, one after the other.

    Source: Graves et al., Connectionist Temporal Classification, ICML 2006, section 4.1.
    """
    missing = charset.missing(text)
    known = "".join(each for each in text if each not in missing)
    labels = CTCCodec(charset).encode(known)
    scores = np.log(np.maximum(np.concatenate(outputs), 1e-12))
    states = np.full(2 * len(labels) + 1, BLANK_INDEX)
    states[1::2] = labels
    skips = np.zeros(len(states), bool)  # from a letter to the next one without a blank
    skips[3::2] = states[3::2] != states[1:-2:2]
    total = np.full(len(states), _NEVER)
    total[:2] = scores[0, states[:2]]
    for row in scores[1:]:
        one = np.concatenate([[_NEVER], total[:-1]])
        two = np.where(skips, np.concatenate([[_NEVER, _NEVER], total])[: len(total)], _NEVER)
        total = np.logaddexp(np.logaddexp(total, one), two) + row[states]
    ends = np.logaddexp.reduce(total[-2:])
    return float(ends) + _UNKNOWN * sum(text.count(each) for each in missing)


def surer_by(recognizer: Recognizer, image: np.ndarray, text: str, other: str) -> float:
    """By how much the logarithm of the probability of ``text`` exceeds that of ``other``; the line
    is uint8 BGR [H, W, 3]."""
    outputs = recognizer.run(prepare(image))
    own, its = (log_probability(outputs, each, recognizer.charset) for each in (text, other))
    return own - its


def letters_of(reading: Reading, text: str) -> list[Character]:
    """For each letter of ``text`` the network's own at that place, with its alternatives; one
    without a place has confidence 0. ``reading``: with alternatives."""
    found = [Character(letter, 0.0, ()) for letter in text]
    for block in Levenshtein.opcodes(reading.text, text):
        places = zip(
            range(block.src_start, block.src_end),
            range(block.dest_start, block.dest_end),
            strict=False,
        )
        for theirs, ours in places if block.tag in ("equal", "replace") else ():
            if theirs < len(reading.characters):
                found[ours] = reading.characters[theirs]
    return found
