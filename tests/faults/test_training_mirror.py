"""A run with a mirror: the mirror outlives the run's disk, and the run outlives the mirror."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import toy

from ppocr_ext.checkpoint import CheckpointStore

if TYPE_CHECKING:
    from conftest import Ledger

STEPS = 2 * toy.STEPS_PER_EPOCH


def warnings(run: Path) -> list[str]:
    return [event["text"] for event in toy.records(run, "warning")]


def test_a_lost_run_continues_from_its_mirror(tmp_path: Path, ledger: Ledger) -> None:
    mirror = tmp_path / "ổ đĩa khác"
    path = toy.make(tmp_path, Global__mirror_dir=mirror.as_posix())
    run = toy.train(path)
    assert not warnings(run)
    assert {file.name for file in mirror.iterdir()} >= {"train.log", "metrics.jsonl", "config.yml"}
    for name in ("latest", "best_accuracy"):
        assert CheckpointStore(mirror).load(name).id == CheckpointStore(run).load(name).id
    with ledger.fault("training: run folder lost, mirror left"):
        shutil.rmtree(run)
        copy = f"Global.checkpoints={mirror.as_posix()}/latest"
        toy.train(path, copy, "Global.epoch_num=3", resume=True)
        assert list(toy.losses(run)) == list(range(STEPS + 1, STEPS + toy.STEPS_PER_EPOCH + 1))
        assert CheckpointStore(mirror).load().id == CheckpointStore(run).load().id


def test_a_mirror_that_vanishes_does_not_end_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ledger: Ledger
) -> None:
    mirror = tmp_path / "mirror"

    def vanish(trainer: Any) -> None:
        aside = iter(range(1000))
        while not mirror.is_file():  # the copying thread may make the folder again meanwhile
            with suppress(OSError):
                mirror.rename(tmp_path / f"unplugged {next(aside)}")
                mirror.write_text("a file where the drive was", encoding="utf-8")

    toy.at_steps(monkeypatch, {5: vanish})
    path = toy.make(tmp_path, Global__mirror_dir=mirror.as_posix(), Global__save_step=1)
    with ledger.fault("training: mirror vanishes"):
        run = toy.train(path)
        assert CheckpointStore(run).load().global_step == STEPS
        assert list(toy.losses(run)) == list(range(1, STEPS + 1))
    assert any("mirror" in text for text in warnings(run))


def test_a_mirror_that_is_the_run_itself_is_reported_once(tmp_path: Path) -> None:
    path = toy.make(tmp_path, Global__mirror_dir=(tmp_path / "run").as_posix(), Global__save_step=1)
    (text,) = warnings(toy.train(path))
    assert "mirror" in text
