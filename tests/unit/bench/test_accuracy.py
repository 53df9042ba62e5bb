"""The benchmark of accuracy: engines side by side, gaps are said."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench import accuracy
from bench.accuracy import ENGINES, format_table
from bench.run_reader import READERS, Engine


def test_every_engine_has_a_script() -> None:
    assert all((READERS / engine.script).is_file() for engine in ENGINES)


def test_engines_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels = tmp_path / "val.txt"
    labels.write_text("a.png\tQUYẾT ĐỊNH\nb.png\tsố 5\n", encoding="utf-8")
    engines = (Engine("one", "one.py"), Engine("absent", "two.py", program="no-such-ocr"))
    monkeypatch.setattr(accuracy, "ENGINES", engines)
    monkeypatch.setattr(accuracy, "model_folder", Path)
    result = {"texts": ["QUYẾT ĐỊNH", "số 6"], "lines_per_second": 50.0}
    monkeypatch.setattr("bench.run_reader.run_reader", lambda *_: result)
    rows = accuracy.measure("model", [tmp_path])
    assert [(row.engine, row.lines, row.acc) for row in rows] == [
        ("one", 2, 0.5),
        ("absent", 2, None),
    ]
    table = format_table(rows).splitlines()
    assert "| 20.0 |" in table[2] and "not installed" in table[3]
    assert len({line.count("|") for line in table}) == 1
