"""What a trial reads from its run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ppocr_ext.sweep import trial
from ppocr_ext.sweep.trial import count_parameters, folder_name


def test_parameters_are_counted_without_running_statistics(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arrays = {"fc.weight": np.zeros((3, 4)), "bn.weight": np.zeros(3), "bn._mean": np.zeros(3)}
    monkeypatch.setattr(trial, "read_pdparams", lambda path: arrays)
    assert count_parameters(Path()) == 15


def test_only_whole_evaluations_count() -> None:
    numbers = "".join(f', "{name}": 0.5' for name in trial.SCORES)
    place = '"kind": "eval", "time": 1.0, "global_step"'
    lines = [
        f"{{{place}: 5{numbers}}}",
        f'{{{place}: 6{numbers}, "loss": NaN}}',
        f"{{{place}: 7}}",
        f"{{{place}: 8{numbers}"[:60],  # torn by a kill
        '"text"',
    ]
    assert [record["step"] for record in trial._evaluations(lines)] == [5]


def test_folders_are_named_by_number_and_configuration() -> None:
    assert folder_name(3, "focal_loss") == "003_focal_loss"
    assert folder_name(12, None) == "012_sampled"
