"""Which logs belong to a run, and in which order."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.runs.logs import find_source
from ppocr_ext.runs.run import Run


def put(log: Path, target: Path, moment: float = 0) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(log, target)
    os.utime(target, (moment, moment))
    return target


def test_the_newest_run_is_the_one_that_recorded_something_last(logs: Path, tmp_path: Path) -> None:
    """Not the one whose files are the newest: copies of runs are new files."""
    put(logs / "hand_2_10.log", tmp_path / "a" / "train.log", 9000)
    later = put(logs / "hand_2_10.log", tmp_path / "sweep" / "b" / "train.log", 3000)
    later.write_text(later.read_text(encoding="utf-8").replace("[2026", "[2027"), encoding="utf-8")
    put(logs / "overlap.jsonl", tmp_path / "c" / "metrics.jsonl", 1000)
    assert Run.newest(tmp_path).folder == tmp_path / "sweep" / "b"
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "latest.json").touch()  # a run that has lost its logs
    os.utime(tmp_path / "d" / "latest.json", (2e9, 2e9))
    assert Run.newest(tmp_path).folder == tmp_path / "d"


def test_our_text_log_is_not_read_beside_the_numbers(logs: Path, tmp_path: Path) -> None:
    put(logs / "overlap.jsonl", tmp_path / "metrics.jsonl")
    text = put(logs / "hand_2_10.log", tmp_path / "train.log")
    assert [log.name for log in find_source([tmp_path]).logs] == ["metrics.jsonl"]
    early = text.read_text(encoding="utf-8").replace("global_step: 500,", "global_step: 5,")
    text.write_text(early, encoding="utf-8")  # a run that stock PaddleOCR began
    assert {log.name for log in find_source([tmp_path]).logs} == {"metrics.jsonl", "train.log"}


def test_several_files_are_read_in_the_order_of_their_dates(logs: Path, tmp_path: Path) -> None:
    late = put(logs / "hand_3_7.log", tmp_path / "a.log")
    early = put(logs / "hand_2_10.log", tmp_path / "b.log")
    assert find_source([late, early]).logs == (early, late)


def test_rotated_logs_belong_together(logs: Path, tmp_path: Path) -> None:
    put(logs / "hand_3_7.log", tmp_path / "train.log")
    put(logs / "hand_2_10.log", tmp_path / "train_1.log")
    assert [log.name for log in find_source([tmp_path]).logs] == ["train_1.log", "train.log"]


def test_a_log_in_the_current_folder_has_its_name(
    logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(logs / "hand_3_7.log", tmp_path / "my run" / "own.log")
    monkeypatch.chdir(tmp_path / "my run")
    assert find_source([Path("own.log")]).path == Path("own.log")
    (tmp_path / "my run" / "own.log").rename("train.log")
    assert find_source([Path("train.log")]).path == find_source([Path()]).path == Path("my run")


@pytest.mark.parametrize(
    ("there", "cure"),
    [
        ((), "correct the path"),
        (("y.log",), "choose one of y.log"),
        (("y.log", "output/rec/train.log"), "choose one of y.log, output/rec"),
    ],
)
def test_a_missing_log_is_not_a_model(
    there: tuple[str, ...], cure: str, logs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in there:
        put(logs / "hand_2_10.log", tmp_path / name)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as error:
        find_source([Path("x.log")])
    assert error.value.found == "x.log does not exist"
    assert (error.value.expected, error.value.cure) == ("a run's folder, or a log file", cure)


@pytest.mark.parametrize("name", ["none", "empty"])
def test_no_log_is_said_with_its_cure(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=name):
        find_source([tmp_path / name])
