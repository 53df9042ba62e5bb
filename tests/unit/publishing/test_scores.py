from __future__ import annotations

from pathlib import Path

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.publishing.scores import FLOORS, Score, below_floor, read_set, score_texts
from ppocr_ext.synth.presets import TEST_PARTS


def score(name: str, acc: float, unaccented: float) -> Score:
    return Score(name, 500, 1.0, acc, acc, acc, acc, unaccented, 0.1, 0.1, 0.1, 0.2, acc, 0.1)


@pytest.mark.parametrize(
    ("acc", "unaccented", "findings"),
    [(0.778, 0.778, 0), (0.9, 0.95, 0), (0.777, 0.9, 1), (0.9, 0.777, 1)],
)
def test_a_set_may_not_be_read_worse_than_by_the_model_that_training_began_with(
    acc: float, unaccented: float, findings: int
) -> None:
    scores = [score("test_clean", 0.1, 0.1), score("test_no_marks", acc, unaccented)]
    found = below_floor(scores)
    assert len(found) == findings
    assert all("test_no_marks" in text and "0.778" in text for text in found)


def test_floors_are_of_parts_of_the_synthetic_test() -> None:
    assert set(FLOORS) <= set(TEST_PARTS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "hóa đơn"
    folder.mkdir()
    (folder / "val.txt").write_text("a.png\tQUYẾT ĐỊNH\nb.png\tsố 5\n", encoding="utf-8")
    return folder


def test_a_folder_is_its_validation_lines(folder: Path) -> None:
    lines = read_set(folder)
    assert lines == read_set(folder / "val.txt")
    assert lines.name == "hóa đơn"
    assert lines.truths == ["QUYẾT ĐỊNH", "số 5"]
    assert lines.images == [str(folder.resolve() / name) for name in ("a.png", "b.png")]
    assert read_set(folder, 1).truths == ["QUYẾT ĐỊNH"]


def test_a_missing_set_tells_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"make_data\.py --preset test_clean"):
        read_set(tmp_path / "test_clean")


def test_white_space_counts_once_and_marks_count() -> None:
    scores = score_texts(["QUYÊT ĐỊNH", " số   5", "a b"], ["QUYẾT ĐỊNH", "số 5", "ab"])
    assert scores["acc"] == pytest.approx(1 / 3)
    assert scores["acc_without_spaces"] == pytest.approx(2 / 3)
    assert scores["unaccented_acc"] == pytest.approx(2 / 3)
    assert scores["cer"] == pytest.approx(2 / 16)
    assert scores["acc_low"] <= scores["acc"] <= scores["acc_high"]
