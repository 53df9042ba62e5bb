"""The benchmark of accuracy: sets are found, scores follow the protocol, gaps are said."""

from __future__ import annotations

from pathlib import Path

import pytest

from ppocr_ext.benchmark import accuracy
from ppocr_ext.benchmark.accuracy import ENGINES, format_table, read_set, score_texts
from ppocr_ext.benchmark.run_reader import READERS, Engine
from ppocr_ext.errors import UserError


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


def test_every_engine_has_a_script() -> None:
    assert all((READERS / engine.script).is_file() for engine in ENGINES)


def test_engines_side_by_side(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engines = (Engine("one", "one.py"), Engine("absent", "two.py", program="no-such-ocr"))
    monkeypatch.setattr(accuracy, "ENGINES", engines)
    monkeypatch.setattr(accuracy, "model_folder", Path)
    result = {"texts": ["QUYẾT ĐỊNH", "số 6"], "lines_per_second": 50.0}
    monkeypatch.setattr("ppocr_ext.benchmark.run_reader.run_reader", lambda *_: result)
    rows = accuracy.measure("model", [folder])
    assert [(row.engine, row.lines, row.acc) for row in rows] == [
        ("one", 2, 0.5),
        ("absent", 2, None),
    ]
    table = format_table(rows).splitlines()
    assert "| 20.0 |" in table[2] and "not installed" in table[3]
    assert len({line.count("|") for line in table}) == 1
