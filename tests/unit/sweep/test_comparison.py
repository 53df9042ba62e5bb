"""Trials compared on the same lines, and budgets in minutes."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ppocr_ext.config import dump_yaml
from ppocr_ext.errors import UserError
from ppocr_ext.sweep import comparison
from ppocr_ext.sweep import run as minutes
from ppocr_ext.sweep.comparison import PAGE, compare
from ppocr_ext.sweep.load import load_sweep
from ppocr_ext.sweep.results import Results, Row
from ppocr_ext.sweep.run import in_steps, measure_steps
from ppocr_ext.sweep.schema import Sweep

TRUTHS = ["Việt", "tiếng", "số", "bảy"]
READINGS = {
    "plain": ["Việt", "tiềng", "số", "bày"],
    "better": TRUTHS,
    "worse": ["", "", "", ""],
}


@pytest.fixture
def sweep(vietnamese_path: Path) -> Sweep:
    labels = vietnamese_path / "set" / "val.txt"
    labels.parent.mkdir()
    rows = [f"{i}.png\t{text}\n" for i, text in enumerate(TRUTHS)]
    labels.write_text("".join(rows), encoding="utf-8")
    (vietnamese_path / "base.yml").write_text("Global: {}\n", encoding="utf-8")
    tree = {
        "study": "toy",
        "base": "base.yml",
        "folder": (vietnamese_path / "study").as_posix(),
        "budget": {"minutes": 15},
        "compare_on": [labels.as_posix()],
        "dimensions": {"recipe": {"choices": {name: {} for name in READINGS}}},
        "configurations": {name: {"recipe": name} for name in READINGS},
    }
    path = vietnamese_path / "sweep.yml"
    path.write_text(dump_yaml(tree), encoding="utf-8")
    return load_sweep(path)


def trained(sweep: Sweep, name: str, number: int, status: str = "complete") -> Row:
    folder = sweep.path / name
    folder.mkdir(parents=True, exist_ok=True)
    facts = {"folder": folder.as_posix(), "seconds": 18.0}
    return Row(number, name, {"recipe": name}, status, facts=facts)


@pytest.fixture
def read_runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the runs that read, in their order."""
    runs: list[str] = []

    def read(run: Path, labels: Path, output: Path) -> None:
        runs.append(run.name)
        rows = [f"{i}.png\t{text}\t0.5\n" for i, text in enumerate(READINGS[run.name])]
        output.write_text("".join(rows), encoding="utf-8")

    monkeypatch.setattr(comparison, "_read", read)
    return runs


def test_the_page_compares_with_the_first(sweep: Sweep, read_runs: list[str]) -> None:
    rows = [trained(sweep, name, number) for number, name in enumerate(READINGS)]
    assert compare(Results(sweep, rows[::-1], {}), sweep.path) == [sweep.path / PAGE]
    text = (sweep.path / PAGE).read_text(encoding="utf-8")
    assert "\n\nset/val.txt, 4 lines:\n\n" in text
    plain, better, worse = (line.split(" | ") for line in text.splitlines()[-3:])
    assert plain[0] == "| plain" and plain[1].startswith("0.5000 (") and plain[4:7] == ["", "", ""]
    assert better[1] == "1.0000 (1.0000 to 1.0000)"
    assert better[4].startswith("+0.5000 (+") and better[5].startswith("-0.1429 (-")
    assert [better[6], worse[6]] == ["not shown", "worse"]  # 2 of 4 lines are too few to decide
    assert plain[3].startswith("0.2857 (")  # 2 of 7 vowels
    assert plain[-1] == "0.3 |"


def test_lines_are_read_once(sweep: Sweep, read_runs: list[str]) -> None:
    rows = [trained(sweep, "plain", 0), trained(sweep, "better", 1, status="failed")]
    assert compare(Results(sweep, rows, {}), sweep.path) == []
    rows[1] = trained(sweep, "better", 1)
    for _ in range(2):
        compare(Results(sweep, rows, {}), sweep.path)
    assert read_runs == ["plain", "better"]


class Study:
    """What of a study is asked for here."""

    def __init__(self) -> None:
        self.user_attrs: dict[str, Any] = {}

    def set_user_attr(self, name: str, value: Any) -> None:
        self.user_attrs[name] = value


def fake_training(code: int, trained: list[Path]) -> type:
    class Training:
        def __init__(self, config: Path, folder: Path) -> None:
            trained.append(folder)
            costs = [9.0, 3.0] if code == 0 else []
            records = [{"kind": "train", "avg_batch_cost": cost} for cost in costs]
            text = "".join(json.dumps(each) + "\n" for each in [{"kind": "eval"}, *records])
            (folder / "metrics.jsonl").write_text(text, encoding="utf-8")
            self.process = SimpleNamespace(wait=lambda: code)

        def kill(self) -> None: ...

        def last_words(self) -> str:
            return "error: no lines"

    return Training


def test_minutes_become_steps_once(sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    study, timed = Study(), list[Path]()
    monkeypatch.setattr(minutes, "Training", fake_training(0, timed))
    monkeypatch.setattr(minutes, "write_config", lambda *given: None)
    assert in_steps(sweep, study).budget.steps is None  # type: ignore[arg-type]
    for _ in range(2):
        measure_steps(sweep, study)  # type: ignore[arg-type]
    budget = in_steps(sweep, study).budget  # type: ignore[arg-type]
    assert (budget.steps, budget.minutes) == (300, None)
    assert len(timed) == 1 and not timed[0].exists()


def test_a_first_configuration_that_fails_is_reported(
    sweep: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(minutes, "Training", fake_training(3, []))
    monkeypatch.setattr(minutes, "write_config", lambda *given: None)
    with pytest.raises(UserError, match="failed to train: error: no lines"):
        measure_steps(sweep, Study())  # type: ignore[arg-type]
