from __future__ import annotations

from collections import Counter

import pytest

from ppocr_ext.synth.presets import SPLITS, split_of


@pytest.mark.parametrize("same", ["TỔNG CỘNG", "Tong cong", "Tổng  cộng", "TONG CONG"])
def test_case_marks_and_spaces_do_not_move_a_text_to_another_split(same: str) -> None:
    assert split_of(same) == split_of("Tổng cộng")


def test_about_a_sixteenth_of_texts_is_held_out_for_each_of_validation_and_tests() -> None:
    counts = Counter(split_of(f"dòng {number}") for number in range(16_000))
    assert set(counts) == set(SPLITS)
    assert 800 < counts["val"] < 1200
    assert 800 < counts["test"] < 1200
