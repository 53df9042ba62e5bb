"""The readers' benchmark runs through; the speed of this machine is not tested."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from bench import data
from bench.row import Row, format_rows


def test_every_row_is_measured(
    vietnamese_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "MANY_LINES", 2000)
    lines = []
    for number in range(70):
        image = np.random.default_rng(number).integers(0, 256, (32, 200, 3), dtype=np.uint8)
        cv2.imencode(".png", image)[1].tofile(vietnamese_path / f"{number}.png")
        lines.append(f"{number}.png\tdòng {number}\n")
    labels = vietnamese_path / "labels.txt"
    labels.write_text("".join(lines), encoding="utf-8")
    dictionary = repository / "dicts" / "vi_dict.txt"
    rows = data.measure(labels, vietnamese_path, dictionary, lines=64)
    assert len(rows) == 7
    assert all(any(character in "123456789" for character in row.measured) for row in rows)


def test_rows_become_a_table() -> None:
    rows = [Row("speed", "3x", ">= 2x", True), Row("memory", "9 MB", "< 5 MB", False)]
    assert format_rows(rows).splitlines()[2:] == [
        "| speed | 3x | >= 2x | yes |",
        "| memory | 9 MB | < 5 MB | no |",
    ]
