"""Trainers of others find their own settings; ours get what every tool sets."""

from __future__ import annotations

import paddle
import pytest
from bench import train

from ppocr_ext.errors import UserError


def test_only_ours_knows_of_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "mkl_cpu_type", lambda: "7")
    given = {"MKL_DEBUG_CPU_TYPE": "5", "OMP_NUM_THREADS": "1", "HOME": "/home"}
    ours = train._environment(given, ready=True, threads=None)
    assert ours == {"HOME": "/home", "MKL_DEBUG_CPU_TYPE": "7"}
    others = train._environment(given, ready=False, threads=2)
    assert others == {"HOME": "/home", "OMP_NUM_THREADS": "2", "MKL_NUM_THREADS": "2"}


def test_ours_is_timed_on_both_sides_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = [20.0, 24.0, 21.0, 15.0, 5.0, 6.0, 9.0, 4.0]  # the last four: served, by Paddle, twice
    speeds = {"ours.py": iter(ours), "stock.py": iter([2.0])}
    speeds["plain.py"] = iter([10.0])
    monkeypatch.setattr(
        train, "_run", lambda command, **_: {"lines_per_second": next(speeds[command[0]])}
    )
    first, second, frozen = train.measure(16, 320, "cpu")
    assert first.measured.endswith("12.0x") and first.met
    assert second.measured.endswith("2.1x") and not second.met
    assert frozen.measured.endswith("1.50x") and frozen.met


@pytest.mark.skipif(paddle.device.cuda.device_count() > 0, reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_explained() -> None:
    with pytest.raises(UserError, match="no GPU"):
        train.measure(16, 320, "gpu")
