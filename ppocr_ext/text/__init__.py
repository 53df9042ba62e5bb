"""Vietnamese text: its letters, its Unicode, and a recogniser's dictionary."""

from ppocr_ext.text.charset import Charset
from ppocr_ext.text.codec import CTCCodec, UnknownCharacterError
from ppocr_ext.text.letters import (
    SHAPES,
    TONES,
    VIETNAMESE_LETTERS,
    Letter,
    compose,
    decompose,
    parents,
    strip_marks,
)
from ppocr_ext.text.unicode import normalize, normalize_report

__all__ = [
    "SHAPES",
    "TONES",
    "VIETNAMESE_LETTERS",
    "CTCCodec",
    "Charset",
    "Letter",
    "UnknownCharacterError",
    "compose",
    "decompose",
    "normalize",
    "normalize_report",
    "parents",
    "strip_marks",
]
