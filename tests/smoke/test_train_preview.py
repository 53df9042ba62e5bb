"""--dry-run: what a resume would change is printed and drawn, and nothing else happens."""

from __future__ import annotations

import re
import shutil
from functools import partial
from pathlib import Path

import pytest
import toy
from PIL import Image

from ppocr_ext.errors import UserError

pytestmark = pytest.mark.smoke


def files(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def rates(text: str) -> dict[int, tuple[str, str, str]]:
    """step → old rate, new rate, mark, of the printed table."""
    rows = re.findall(r"^ +(\d+) +(\S+) +(\S+) *(\*?) *$", text, re.MULTILINE)
    return {int(step): (old, new, mark) for step, old, new, mark in rows}


def shown(path: Path, *overrides: str, resume: bool = False, force_partial: bool = False) -> str:
    """What ``--dry-run`` prints, in this process."""
    from ppocr_ext.config import load_config
    from ppocr_ext.engine.preview import preview

    return preview(load_config(path, overrides), resume=resume, force_partial=force_partial)


def test_a_resume_is_shown_before_it_is_done(run_tool, vietnamese_path: Path) -> None:
    path = toy.make(vietnamese_path, Global__epoch_num=3)
    run = toy.train(path, "Global.max_steps=8")
    before = files(vietnamese_path)
    changes = ("Optimizer.lr.learning_rate=0.001", "Train.loader.batch_size_per_card=8")
    shown = run_tool("train.py", "-c", path, "--resume", "--dry-run", "-o", *changes)
    assert shown.code == 0 and shown.err == ""
    assert "against step_00000008" in shown.out
    assert re.search(r"Optimizer\.lr\.learning_rate +0\.002 +0\.001 +live", shown.out)
    assert re.search(r"Train\.loader\.batch_size_per_card +4 +8 +rebuild", shown.out)
    assert "from batch 2, 33.3% of the epoch, training continues at batch 1" in shown.out
    # Five steps of eight lines remain: two of the second epoch, three of the third.
    table = rates(shown.out)
    assert min(table) == 9 and max(table) == 13 and table[13][0] == "ended"
    assert all(mark == "*" for _, _, mark in table.values())
    picture = run / "lr_preview.png"
    with Image.open(picture) as image:
        assert image.width > 600
    assert files(vietnamese_path) == before | {picture: picture.stat().st_mtime_ns}

    toy.train(path, *changes, resume=True)
    taken = {r["global_step"]: f"{r['lr']:.3e}" for r in toy.records(run, "train")}
    assert {step: new for step, (_, new, _) in table.items()} == {
        step: taken[step] for step in table
    }
    assert max(taken) == 13


def test_the_same_config_and_a_new_run(tmp_path: Path) -> None:
    path = toy.make(tmp_path)
    first = shown(path)
    table = rates(first)
    at_random = "its fused form does not update BatchNorm's statistics"
    assert at_random in first
    assert table[1] == ("-", "1.000e-03", "") and max(table) == 12
    assert [file.name for file in (tmp_path / "run").iterdir()] == ["lr_preview.png"]

    toy.train(path, "Global.epoch_num=1")
    assert at_random in (tmp_path / "run" / "train.log").read_text(encoding="utf-8")
    same = shown(path, "Global.epoch_num=1")
    assert "the config is the same" in same and "nothing is left to train" in same
    assert "has changed" not in same
    with open(tmp_path / "val.txt", "a", encoding="utf-8") as labels:
        labels.write("val/0.png\tanh\n")
    assert "val.txt has changed since the checkpoint" in shown(path)
    toy.train(path, resume=True)
    log = (tmp_path / "run" / "train.log").read_text(encoding="utf-8")
    assert log.count("has changed since the checkpoint") == 1


def test_a_fatal_swap_is_refused_here_too(tmp_path: Path) -> None:
    toy.train(toy.make(tmp_path), "Global.max_steps=1")
    tree = toy.config(tmp_path)
    tree["Architecture"]["Head"]["head_list"][0]["CTCHead"]["Neck"]["dims"] = 24
    path = toy.write_config(tmp_path, tree)
    with pytest.raises(UserError, match="fatal"):
        shown(path)
    assert "nothing else was changed" in shown(path, force_partial=True)


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("Loss={name: MultiLoss, loss_config_list: []}", "found no loss"),
        ("Loss={name: FocalCTCLoss, gamm: 1}", r"Loss\.gamm: unknown key; did you mean gamma\?"),
        ("Loss={name: StructureLoss}", "needs base, shape, tone, the network gives ctc"),
        ("Global.freeze=[.*]", "matches every parameter; nothing would be trained"),
        ("Global.pretrained_model=base", r"base\.pdparams is damaged"),
    ],
)
def test_it_refuses_what_training_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, override: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    path = toy.make(tmp_path)
    (tmp_path / "base.pdparams").write_bytes(b"not what was written")
    (tmp_path / "base.json").write_text('{"sha256": "00"}', encoding="utf-8")
    for refuses in (shown, toy.train):
        with pytest.raises(UserError, match=words):
            refuses(path, override)
    assert not (tmp_path / "run").exists()


def test_a_damaged_checkpoint_is_seen_as_a_resume_sees_it(tmp_path: Path) -> None:
    """Replaced by an intact one, which is named; refused when none is left, verified or not."""
    path = toy.make(tmp_path)
    run = toy.train(path, "Global.max_steps=2")
    toy.train(path, "Global.max_steps=3", resume=True)
    for each in [*run.glob("latest.*"), *run.glob("best_*")]:
        each.unlink()
    (run / "checkpoints" / "step_00000003" / "model.pdparams").write_bytes(b"junk")
    told = shown(path, resume=True)
    assert "step_00000003/model.pdparams: " in told and "is used instead" in told
    assert "against step_00000002" in told

    model = run / "checkpoints" / "step_00000002" / "model.pdparams"
    shutil.copy(model, run / "latest.pdparams")
    shutil.rmtree(run / "checkpoints")
    assert "is not stored with it: not compared" in shown(path, resume=True)
    (run / "latest.pdparams").write_bytes(b"junk")
    for refuses in (partial(shown, resume=True), partial(toy.train, resume=True)):
        with pytest.raises(UserError, match=r"latest\.pdparams: truncated or not a Paddle file"):
            refuses(path)


def test_junk_as_pretrained_weights_is_refused(tmp_path: Path) -> None:
    path = toy.make(tmp_path)
    (tmp_path / "base.pdparams").write_bytes(b"junk without a sum")
    for refuses in (shown, toy.train):
        with pytest.raises(UserError, match=r"base\.pdparams"):
            refuses(path, f"Global.pretrained_model={(tmp_path / 'base').as_posix()}")
