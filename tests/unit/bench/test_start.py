"""Start-up is measured of what starts."""

from __future__ import annotations

from pathlib import Path

import pytest
import toy
from bench.start import _until_first_step

from ppocr_ext.errors import UserError


def test_a_training_that_ends_before_its_first_step_is_no_measurement(tmp_path: Path) -> None:
    path = toy.write_config(tmp_path, toy.config(tmp_path))  # without its data
    with pytest.raises(UserError, match="did not come to its first step"):
        _until_first_step(path, tmp_path / "run")


def test_the_first_step_ends_the_measurement(tmp_path: Path) -> None:
    path = toy.make(tmp_path, Global__epoch_num=500)
    assert _until_first_step(path, tmp_path / "run") > 0
