"""errors.jsonl: the most confident mistakes of the best evaluation, as the report reads them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ppocr_ext.engine.hooks import mistakes
from ppocr_ext.engine.hooks.mistakes import Mistakes
from ppocr_ext.report.gallery import read_mistakes


def batch(*lines: tuple[str, str]) -> Any:
    return SimpleNamespace(paths=[path for path, _ in lines], texts=[text for _, text in lines])


def evaluate(hook: Mistakes, is_best: bool, *readings: tuple[str, float]) -> None:
    hook.reset()
    lines = [(f"val/{number}.png", "Tổng cộng") for number in range(len(readings))]
    hook.add(batch(*lines), readings)
    hook.after_evaluation(None, {"is_best": is_best})  # type: ignore[arg-type]


def test_the_report_reads_them_the_most_confident_first(tmp_path: Path) -> None:
    hook = Mistakes(tmp_path, Path("data/thư mục"))
    evaluate(hook, True, ("Tổng cộng", 1.0), ("Tống cộng", 0.7), ("Tổng cong", 0.9), ("", 0.0))
    found = read_mistakes(tmp_path, {})
    assert [(one.image, one.prediction, one.confidence) for one in found] == [
        ("data/thư mục/val/2.png", "Tổng cong", 0.9),
        ("data/thư mục/val/1.png", "Tống cộng", 0.7),
        ("data/thư mục/val/3.png", "", 0.0),
    ]


def test_a_worse_evaluation_leaves_them_and_a_perfect_one_empties_them(tmp_path: Path) -> None:
    hook = Mistakes(tmp_path, Path())
    evaluate(hook, True, ("Tống", 0.7))
    before = hook.path.read_bytes()
    evaluate(hook, False, ("Tông", 0.8))
    assert hook.path.read_bytes() == before
    evaluate(hook, True, ("Tổng cộng", 0.8))
    assert hook.path.read_bytes() == b""


def test_no_more_than_enough_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mistakes, "MOST_KEPT", 3)
    hook = Mistakes(tmp_path, Path())
    evaluate(hook, True, *((f"sai {number}", number / 10) for number in range(9)))
    assert [one.confidence for one in read_mistakes(tmp_path, {})] == [0.8, 0.7, 0.6]
