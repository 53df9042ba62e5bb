"""The environment that must stand before Paddle is imported."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ppocr_ext import runtime


@pytest.mark.parametrize(
    ("vendor", "avx512", "expected"),
    [("AuthenticAMD", True, "7"), ("AuthenticAMD", False, "5"), ("GenuineIntel", True, None)],
)
def test_mkl_is_reported_what_an_amd_processor_can(
    monkeypatch: pytest.MonkeyPatch, vendor: str, avx512: bool, expected: str | None
) -> None:
    monkeypatch.setattr(runtime, "cpu_vendor", lambda: vendor)
    monkeypatch.setattr(runtime, "has_avx512", lambda: avx512)
    monkeypatch.delenv("MKL_DEBUG_CPU_TYPE", raising=False)
    runtime.prepare_cpu()
    assert os.environ.get("MKL_DEBUG_CPU_TYPE") == expected
    assert runtime.mkl_fix_is_on() is (None if expected is None else True)


@pytest.mark.skipif(not Path("/proc/cpuinfo").exists(), reason="no /proc/cpuinfo to read")
def test_the_sets_are_those_of_the_processor() -> None:
    told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    if not runtime.has_avx512():
        assert not all(name in told for name in ("avx512f", "avx512bw", "avx512vl", "avx512dq"))
    assert runtime.cpu_vendor() in told
