"""The sample logs give their expected tables, in any encoding and twice as well."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from ppocr_ext.records.history import History
from ppocr_ext.records.patterns import load_patterns
from ppocr_ext.records.reading import read_logs
from ppocr_ext.report.render.table import render_csv
from ppocr_ext.report.report import Report
from ppocr_ext.report.trends import trend_rows
from ppocr_ext.runs.logs import Source

LOGS = Path(__file__).resolve().parents[2] / "fixtures" / "logs"
NAMES = sorted(path.name for path in LOGS.iterdir() if path.is_file())


def history_of(*paths: Path) -> History:
    return read_logs(paths, load_patterns())


def table_of(history: History) -> list[dict[str, str]]:
    report = Report(Source(Path("."), ()), 0.0, history, trend_rows(history))
    rows = list(csv.DictReader(io.StringIO(render_csv(report))))
    return [{key: text for key, text in row.items() if key != "time"} for row in rows]


def expected(name: str) -> list[dict[str, str]]:
    with open(LOGS / "expected" / f"{name}.csv", encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def assert_same(rows: list[dict[str, str]], wanted: list[dict[str, str]]) -> None:
    assert len(rows) == len(wanted)
    for row, want in zip(rows, wanted, strict=True):
        assert row.keys() == want.keys()
        for key, text in want.items():
            if text:
                assert float(row[key]) == pytest.approx(float(text), rel=1e-7), (key, row)
            else:
                assert row[key] == ""


@pytest.mark.parametrize("name", NAMES)
def test_expected_table(name: str) -> None:
    assert_same(table_of(history_of(LOGS / name)), expected(name))


@pytest.mark.parametrize("name", ["hand_2_0.log", "hand_2_10.log", "stock_2_10.log"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_the_same_table_from_other_encodings(name: str, encoding: str, tmp_path: Path) -> None:
    text = (LOGS / name).read_text(encoding="utf-8")
    path = tmp_path / "train.log"
    path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
    assert_same(table_of(history_of(path)), expected(name))


def test_lines_of_two_handlers_count_once(tmp_path: Path) -> None:
    lines = (LOGS / "hand_2_10.log").read_text(encoding="utf-8").splitlines(keepends=True)
    path = tmp_path / "train.log"
    other = [line.replace("ppocr INFO", "root INFO") for line in lines]
    both = [line for pair in zip(lines, other, strict=True) for line in pair]
    path.write_text("".join(both), encoding="utf-8")
    history = history_of(path)
    assert_same(table_of(history), expected("hand_2_10.log"))
    assert history.account.kinds["repeated line"] >= 9


def test_progress_bars_between_lines_change_nothing(tmp_path: Path) -> None:
    text = (LOGS / "hand_2_10.log").read_text(encoding="utf-8")
    bar = "eval model::  50%|#####     | 31/63 [00:03<00:03,  9.81it/s]\r"
    path = tmp_path / "train.log"
    path.write_bytes("".join(bar + line for line in text.splitlines(keepends=True)).encode())
    assert_same(table_of(history_of(path)), expected("hand_2_10.log"))


def test_a_stock_resume_that_counts_from_0_is_counted_on() -> None:
    history = history_of(LOGS / "stock_2_10.log", LOGS / "stock_2_10_resumed.log")
    assert [point.step for point in history.evals] == [4, 8, 12, 16, 22, 26, 30]
    assert [point.step for point in history.train] == list(range(2, 32, 2))
    assert history.offset == 18 and not history.overlaps


def test_an_evaluation_belongs_to_the_step_that_was_due(tmp_path: Path) -> None:
    prefix = "[2026/03/01 08:00:00] ppocr INFO: "
    line = prefix + "epoch: [1/9], global_step: {}, loss: 2.0, ips: 9.0 samples/s, eta: 0:00:09\n"
    text = prefix + "after the 0th iteration, an evaluation is run every 25 iterations\n"
    text += line.format(10) + line.format(20)
    text += "[2026/03/01 08:00:01] ppocr INFO: cur metric, acc: 0.5, fps: 1.0\n"
    path = tmp_path / "train.log"
    path.write_text(text, encoding="utf-8")
    assert [point.step for point in history_of(path).evals] == [25]


def test_two_lines_written_into_one_another(tmp_path: Path) -> None:
    lines = (LOGS / "hand_2_10.log").read_text(encoding="utf-8").splitlines()
    train = [line for line in lines if "global_step: " in line]
    path = tmp_path / "train.log"
    path.write_text(
        train[0] + "\n" + train[1].partition(", loss: 93")[0] + ", loss: 9" + train[2] + "\n",
        encoding="utf-8",
    )
    history = history_of(path)
    assert [point.step for point in history.train] == [500, 1000, 1500]
    assert history.train.points()[1].values.keys() <= history.train.points()[0].values.keys()
    assert history.train.points()[1].values["lr"] == 0.0001
    assert "loss" not in history.train.points()[1].values


def test_warnings_and_crashes_are_events(tmp_path: Path) -> None:
    path = tmp_path / "train.log"
    path.write_text(
        "[2026/03/01 08:00:00] ppocr WARNING: the disk is slow\n"
        "Traceback (most recent call last):\n"
        "ResourceExhaustedError: Out of memory error on GPU 0\n",
        encoding="utf-8",
    )
    events = [event.name for event in history_of(path).events]
    assert events == ["warning", "crash", "out_of_memory"]
