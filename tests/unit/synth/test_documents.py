from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from ppocr_ext.synth import fields
from ppocr_ext.synth.documents import LINES
from ppocr_ext.synth.fields import grouped, lexicon
from ppocr_ext.synth.phrases import _SLOTS
from ppocr_ext.synth.sources import DRAWN
from ppocr_ext.text import normalize

LEXICA = sorted(path.stem for path in (Path(fields.__file__).parent / "lexicon").glob("*.txt"))


@pytest.mark.parametrize("name", LINES)
def test_a_line_is_clean_text_and_the_same_for_the_same_generator(name: str) -> None:
    drawn = [LINES[name](random.Random(seed)) for seed in range(300)]
    assert drawn == [LINES[name](random.Random(seed)) for seed in range(300)]
    assert len(set(drawn)) > 30
    for text in drawn:
        assert text == normalize(text).strip()
        assert DRAWN.issuperset(text)
        assert "  " not in text


@pytest.mark.parametrize("name", LEXICA)
def test_a_lexicon_has_no_blank_and_no_doubled_line(name: str) -> None:
    phrases = lexicon(name)
    assert len(phrases) == len(set(phrases))
    assert all(phrase == normalize(phrase).strip() and phrase for phrase in phrases)


def test_thousands_are_grouped_as_documents_group_them() -> None:
    assert grouped(1234567, ".") == "1.234.567"
    assert grouped(950, ",") == "950"


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("plate", r"\d\d[A-Z]\d?-\d{3}\.\d\d"),
        ("time", r"\d{1,2}(:\d\d){1,2}|\d{1,2} giờ \d\d phút"),
        ("email", r"[\w.]+@[\w.]+|(www\.|https://)[\w.]+"),
    ],
)
def test_a_field_has_its_form(name: str, pattern: str) -> None:
    for seed in range(200):
        text = LINES[name](random.Random(seed))
        assert re.fullmatch(pattern, text), text


def test_templates_name_only_slots_that_are_filled_and_every_slot_is_used() -> None:
    templates = [line for name in LEXICA if name.endswith("_lines") for line in lexicon(name)]
    assert set(re.findall(r"\{(\w+)\}", "\n".join(templates))) == set(_SLOTS)
