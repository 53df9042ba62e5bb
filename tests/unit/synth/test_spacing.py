from __future__ import annotations

import random
import re

import pytest

from ppocr_ext.synth.documents import LINES
from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.spacing import loosened


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
