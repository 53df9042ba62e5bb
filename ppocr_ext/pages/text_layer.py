"""The text layer of a PDF, where it can be believed.

Layers lie: old encodings, text of an OCR without marks, watermarks, marks behind the wrong letter.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

import numpy as np
from rapidfuzz.distance import Levenshtein

from ppocr_ext.infer.reading import Reading
from ppocr_ext.transforms.documents import Letter

_COVERED = 0.9  # of the boxes of text that have letters of the layer
_MARKED = (0.1, 0.5)  # share of Vietnamese letters that carry a mark
_ASKED = 8  # boxes that are read as well
_ALIKE = 0.9  # mean likeness of the layer and what is read
_FEW = 20  # letters show no share: read instead


def layer_texts(boxes: Sequence[np.ndarray], letters: Sequence[Letter]) -> list[str]:
    """The text of each box float [4, 2]: letters whose middle is in it, in the file's order."""
    places = np.array([(letter.x, letter.y) for letter in letters]).reshape(-1, 2)
    texts = []
    for box in boxes:
        low, high = box.min(axis=0), box.max(axis=0)
        inside = np.flatnonzero(((places >= low) & (places <= high)).all(axis=1))
        text = unicodedata.normalize("NFC", "".join(letters[index].text for index in inside))
        texts.append(" ".join(text.split()))
    return texts


def is_believed(texts: Sequence[str], read: Callable[[list[int]], list[Reading]]) -> bool:
    """Whether the texts of all boxes are those of the page. read: some boxes, by their numbers."""
    has_text = [number for number, text in enumerate(texts) if text]
    if not texts or len(has_text) < _COVERED * len(texts) or not _is_plausible("".join(texts)):
        return False
    asked = has_text[:: max(1, len(has_text) // _ASKED)]
    alike = [
        Levenshtein.normalized_similarity(found.text, texts[number])
        for number, found in zip(asked, read(asked), strict=True)
    ]
    return float(np.mean(alike)) >= _ALIKE


def _is_plausible(text: str) -> bool:
    """Whether letters carry marks as often as in Vietnamese, and nothing is left undecoded."""
    if any(
        unicodedata.category(letter) in ("Co", "Mn", "Cc", "Cn") or letter == "\ufffd"
        for letter in text
    ):
        return False
    letters = [letter for letter in text if letter.isalpha()]
    marked = sum(len(unicodedata.normalize("NFD", each)) > 1 or each in "đĐ" for each in letters)
    return len(letters) >= _FEW and _MARKED[0] <= marked / len(letters) <= _MARKED[1]
