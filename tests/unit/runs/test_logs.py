"""Which logs belong to a run, and in which order."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ppocr_ext.errors import UserError
from ppocr_ext.runs.logs import find_source, newest_run


def put(log: Path, target: Path, moment: float = 0) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(log, target)
    os.utime(target, (moment, moment))
    return target


def test_the_newest_run_is_the_one_whose_log_was_written_last(logs: Path, tmp_path: Path) -> None:
    put(logs / "hand_2_10.log", tmp_path / "a" / "train.log", 2000)
    put(logs / "hand_2_10.log", tmp_path / "sweep" / "b" / "train.log", 3000)
    put(logs / "overlap.jsonl", tmp_path / "c" / "metrics.jsonl", 1000)
    assert newest_run(tmp_path).folder == tmp_path / "sweep" / "b"


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


@pytest.mark.parametrize("name", ["none", "empty"])
def test_no_log_is_said_with_its_cure(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=name):
        find_source([tmp_path / name])
