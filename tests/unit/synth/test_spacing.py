from __future__ import annotations

import random
import re
from dataclasses import replace

import pytest

from ppocr_ext.synth.documents import LINES
from ppocr_ext.synth.factory import LineFactory, as_printed, loosened
from ppocr_ext.synth.presets import PRESETS
from ppocr_ext.synth.styles import STYLES


@pytest.mark.parametrize(
    ("label", "printed"),
    [
        ("2) AMOXIL 500mg", {"2 ) AMOXIL 500mg", "2 ) AMOXIL 500 mg"}),
        ("10) Para 1g+2g", {"10 ) Para 1g+2g", "10 ) Para 1g +2g"}),
        ("sau ăn: TỐI", {"sau ăn:TỐI", "sau ăn : TỐI"}),
        (
            "lúc 09:05 - 01/02/2024",
            {
                *("lúc 09:05 - 01/02/2024", "lúc 09:05-01/02/2024"),
                *("lúc 09 : 05 - 01 / 02 / 2024", "lúc 09 : 05-01 / 02 / 2024"),
            },
        ),
        ("https://ha.vn", {"https://ha.vn"}),
        ("1,234.50", {"1,234.50"}),
    ],
)
def test_signs_are_spaced_as_careless_software_does(label: str, printed: set[str]) -> None:
    assert {loosened(random.Random(seed), label) for seed in range(100)} == printed


def test_only_spaces_change(train_factory: LineFactory) -> None:
    rng = random.Random(4)
    for _ in range(300):
        text = train_factory.corpus.draw(rng)
        assert loosened(rng, text).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("name", LINES)
def test_labels_hold_no_space_before_a_sign(name: str) -> None:
    for seed in range(300):
        assert re.search(r" [:;,)]", LINES[name](random.Random(seed))) is None


@pytest.mark.parametrize(
    ("tidy", "printed"),
    [
        ("Ngày: 12/03", {"Ngày: 12/03", "Ngày:12/03", "Ngày : 12/03", "Ngày :12/03"}),
        ("4. Sò", {"4. Sò", "4.Sò"}),
        ("Bò Mỹ (lớn)", {"Bò Mỹ (lớn)", "Bò Mỹ( lớn )", "Bò Mỹ(lớn)", "Bò Mỹ ( lớn )"}),
        ("85ML4", {"85ML4"}),
        ("16:48", {"16:48"}),
        ("25,400", {"25,400"}),
        ("https://ha.vn", {"https://ha.vn"}),
    ],
)
def test_menus_and_tills_space_as_they_like(tidy: str, printed: set[str]) -> None:
    assert {as_printed(random.Random(seed), tidy) for seed in range(300)} == printed


def test_what_is_printed_with_other_spaces_is_labelled_with_them() -> None:
    """Prescriptions are the exception: ``1 ) AMOXIL`` is labelled ``1) AMOXIL``."""
    for name, style in STYLES.items():
        assert not (style.loose and style.spaced), name
    menus = replace(PRESETS["signs"], styles={"menu_card": 1.0})
    factory = LineFactory(menus, "train", 0)
    texts = [factory._text(random.Random(seed), STYLES["menu_card"], False) for seed in range(400)]
    assert sum(" :" in text or " ," in text or "( " in text for text in texts) > 8
    plans = map(factory._plan, range(40))
    assert all(text == printed for text, printed, _ in map(factory._write, plans))
