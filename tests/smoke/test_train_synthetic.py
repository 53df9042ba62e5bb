"""Training on lines that are drawn while they are read: no file holds them."""

from __future__ import annotations

from pathlib import Path

import pytest
import toy

from ppocr_ext.runtime import REPOSITORY
from ppocr_ext.synth.factory import LineFactory
from ppocr_ext.synth.presets import load_preset

pytestmark = pytest.mark.smoke


def test_a_run_without_files_continues_exactly_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    factory = LineFactory(load_preset("plain"), "train", seed=7)  # fonts are read once
    monkeypatch.setattr("ppocr_ext.data.build.LineFactory", lambda *given: factory)
    path = toy.make(
        tmp_path,
        Global__character_dict_path=(REPOSITORY / "dicts" / "vi_dict.txt").as_posix(),
        Global__use_space_char=True,
        Global__max_steps=4,
        Global__log_smooth_window=1,
        Train__dataset__label_file_list=[],
        Train__dataset__synthetic={"preset": "plain", "lines": 8},
    )
    whole = toy.losses(toy.train(path))
    assert len(set(whole.values())) == 4
    elsewhere = f"Global.save_model_dir={(tmp_path / 'twice').as_posix()}"
    with monkeypatch.context() as patched:  # 2 steps an epoch: it stops within the second
        toy.at_steps(patched, {3: lambda trainer: trainer.request_stop("a test")})
        toy.train(path, elsewhere)
    assert toy.losses(toy.train(path, elsewhere, resume=True)) == whole
