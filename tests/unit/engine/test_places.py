"""Where a run may write: not over what is not its own, not where it cannot, not beside another."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import toy

from ppocr_ext import locks
from ppocr_ext.config import load_config
from ppocr_ext.engine.places import check_places, only_run
from ppocr_ext.engine.start import Resume, decide
from ppocr_ext.errors import UserError
from ppocr_ext.locks import Lock, inside

Check = Callable[..., None]
FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """``check("Global.mirror_dir=…", resume=True)`` of a toy run in ``tmp_path / "run"``."""
    path = toy.make(tmp_path)

    def run(*overrides: str, resume: bool = False) -> None:
        check_places(load_config(path, overrides), [path], resume)

    return run


def test_a_new_run_and_a_resumed_one_pass_and_make_nothing(check: Check, tmp_path: Path) -> None:
    check(f"Global.mirror_dir={(tmp_path / 'mirror').as_posix()}")
    check(resume=True)
    assert not (tmp_path / "run").exists() and not (tmp_path / "mirror").exists()


def test_a_config_of_something_else_stays(check: Check, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.yml").write_text("mine: 1\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"config\.yml that was not written by a run") as caught:
        check()
    assert f"Global.save_model_dir={(tmp_path / 'run_2').as_posix()}" in caught.value.cure
    check(resume=True)  # of stock PaddleOCR, say
    (tmp_path / "run" / "config_history").mkdir()
    check()  # a run that was killed before its first checkpoint
    (tmp_path / "run" / "config_history").rmdir()
    (tmp_path / "run" / "metrics.jsonl").touch()
    check()  # one of which not everything was copied


def test_a_copy_without_its_history_is_continued_and_not_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(FIXTURES / "before_12", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="run already holds a run") as caught:
        toy.train(Path("train.yml"))
    assert caught.value.cure.startswith("continue it: ")
    (tmp_path / "run" / "metrics.jsonl").unlink()
    check_places(load_config(Path("train.yml")), [Path("train.yml")], resume=False)
    config = load_config(Path("train.yml"), ["Global.checkpoints=elsewhere/latest"])
    start = decide(config, resume=True, force_partial=False, warn=str)
    assert isinstance(start, Resume) and start.checkpoint.prefix == Path("run", "latest")


def test_weights_that_a_run_starts_from_are_not_replaced_by_it(
    check: Check, tmp_path: Path
) -> None:
    weights = tmp_path / "run" / "best_accuracy"
    weights.parent.mkdir()
    weights.with_suffix(".pdparams").write_bytes(b"stock")
    with pytest.raises(UserError, match="is read by this command"):
        check(f"Global.pretrained_model={weights.as_posix()}")
    check(f"Global.checkpoints={weights.as_posix()}")


@pytest.mark.parametrize(
    ("mirror", "found"),
    [
        ("run", "is the same folder as the run's folder"),
        ("run/mirror", "is inside the run's folder"),
        (".", "is around the run's folder"),
        ("toy.yml", "is not a folder"),
        ("toy.yml/mirror", "cannot be used"),
    ],
)
@pytest.mark.parametrize("resume", [False, True])
def test_a_mirror_that_can_never_be_is_refused(
    check: Check, tmp_path: Path, mirror: str, found: str, resume: bool
) -> None:
    (tmp_path / "run").mkdir()
    with pytest.raises(UserError, match=found) as caught:
        check(f"Global.mirror_dir={(tmp_path / mirror).as_posix()}", resume=resume)
    assert caught.value.found.startswith("Global.mirror_dir ")


def test_a_mirror_that_is_away_stops_a_start_but_no_resume(check: Check, tmp_path: Path) -> None:
    away = f"Global.mirror_dir={(tmp_path / 'unplugged' / 'mirror').as_posix()}"
    with pytest.raises(UserError, match="its parent folder does not exist") as caught:
        check(away)
    assert "Global.mirror_dir=null" in caught.value.cure
    check(away, resume=True)


def test_two_runs_never_write_into_one_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "PATIENCE", 0.0)
    path, other = toy.make(tmp_path), Lock(inside(tmp_path / "run"))
    assert other.acquire()
    with pytest.raises(UserError) as caught:
        toy.train(path)
    assert caught.value.found.startswith(
        f"{(tmp_path / 'run').as_posix()} is being written by process {os.getpid()} since "
    )
    assert f"Global.save_model_dir={(tmp_path / 'run_2').as_posix()}" in caught.value.cure
    assert [each.name for each in (tmp_path / "run").iterdir()] == [".lock"]
    monkeypatch.setenv("PADDLE_TRAINER_ID", "1")
    with only_run(tmp_path / "run"):  # of the same run: the first process holds the lock
        pass
    other.release()
    assert not (tmp_path / "run").exists()
