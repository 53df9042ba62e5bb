"""Reports of made-up runs that show one thing each, for the tests of the diagnosis."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ppocr_ext.records.history import Odd
from ppocr_ext.records.records import EarlierRun, Lost, Overlap, Point
from ppocr_ext.report.report import Report
from ppocr_ext.runs.inventory import INTACT, CheckpointState, Disk, FileState
from ppocr_ext.runs.logs import Source

NOW = 1_800_000_000.0  # when the reports of `make` are made

Make = Callable[..., Report]
Rows = list[tuple[int, dict[str, float]]]


def training(last: int = 400, every: int = 10, **columns: Callable[[int], float]) -> Rows:
    """Lines of training numbers; a healthy run unless a column says something else."""
    healthy: dict[str, Callable[[int], float]] = {
        "loss": lambda step: 10 * 0.995**step,
        "lr": lambda step: 5e-4 * (1 - step / 1000),
        "ips": lambda step: 30.0,
        "avg_reader_cost": lambda step: 0.01,
        "avg_batch_cost": lambda step: 1.0,
        "avg_samples": lambda step: 32.0,
    }
    columns = {**healthy, **columns}
    steps = range(every, last + 1, every)
    return [(step, {name: number(step) for name, number in columns.items()}) for step in steps]


def evaluations(**columns: list[float]) -> Rows:
    """An evaluation each 40 steps."""
    size = len(next(iter(columns.values())))
    return [
        (40 * (n + 1), {name: numbers[n] for name, numbers in columns.items()}) for n in range(size)
    ]


RISING = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.84]


def healthy(make: Make, **parts: Any) -> Report:
    falling = [1 - acc for acc in RISING]
    evals = evaluations(acc=RISING, norm_edit_dis=RISING, cer=falling, loss=falling, n=[400] * 10)
    return make(training(), evals, **parts)


def checkpoint(verdict: str = INTACT, saved: float = NOW - 60, size: int = 100) -> Disk:
    file = FileState("latest.pdparams", size, verdict)
    return Disk([CheckpointState("latest", saved, 400, {}, (file,))], free=10**9)


def counted(report: Report, **kinds: int) -> Report:
    report.history.account.kinds.update(kinds)
    return report


def silent_for(report: Report, seconds: float) -> Report:
    report.made += seconds
    return report


def with_dictionary(make: Make, folder: Path) -> Report:
    """Two of three labels hold a character that the dictionary lacks."""
    (folder / "dict.txt").write_text("a\nb\n", encoding="utf-8")
    (folder / "val.txt").write_text("1.png\tab\n2.png\taế\n3.png\tbế\n", encoding="utf-8")
    place = {"character_dict_path": str(folder / "dict.txt"), "use_space_char": True}
    data = {"dataset": {"label_file_list": [str(folder / "val.txt")]}}
    return healthy(make, config={"Global": place, "Eval": data})


def odd(report: Report, what: Odd, name: str) -> Report:
    report.history.odd[what] = {name: [3, 100, 390 if what == "nan" else 200]}
    return report


def overlapping(report: Report) -> Report:
    report.history.overlaps.append(Overlap(30, 50, 3))
    return report


def restarted(report: Report) -> Report:
    report.history.offset, report.history.trainer = 18, "stock"
    return report


def without_weights(report: Report, name: str) -> Report:
    """A head of 231 classes, the file's of 97."""
    report.history.lost[name] = Lost(name, "[64, 231]", "[64, 97]", unused=False, step=0)
    return report


def after_another_run(report: Report, acc: float) -> Report:
    best = Point(600, None, None, {"acc": acc})
    report.history.earlier.append(EarlierRun(NOW - 9e6, NOW - 8e6, 700, best))
    report.source = Source(report.source.folder, (Path("my logs/train.log"),))
    return report


def saved_best(report: Report, step: int) -> Report:
    """Of stock PaddleOCR, whose best_accuracy is the evaluation at ``step``."""
    report.history.trainer = "stock"
    report.history.saved_best = next(point for point in report.evals if point.step == step)
    return report
