"""Numbers of a GPU from NVML, by a stand-in; absent and failing sensors."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ppocr_ext.engine.telemetry import Telemetry

THERMAL, POWER_BRAKE, IDLE = 0x40, 0x80, 0x01


class NVMLError(Exception):
    pass


class FakeNvml:
    """Two GPUs; sensors named in ``broken`` fail."""

    NVML_TEMPERATURE_GPU = 0
    NVMLError = NVMLError
    nvmlClocksThrottleReasonSwThermalSlowdown = 0x20
    nvmlClocksThrottleReasonHwThermalSlowdown = THERMAL
    nvmlClocksThrottleReasonHwSlowdown = 0x08
    nvmlClocksThrottleReasonHwPowerBrakeSlowdown = POWER_BRAKE

    def __init__(self, reasons: int = 0, broken: str = "") -> None:
        self.reasons, self.broken = reasons, broken

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        if index > 1:
            raise NVMLError("no such device")
        return index

    def nvmlDeviceGetHandleByUUID(self, name: str) -> int:
        return {"GPU-one": 0, "GPU-two": 1}[name]

    def nvmlDeviceGetMemoryInfo(self, gpu: int) -> Any:
        return SimpleNamespace(used=(gpu + 1) * 2**30)

    def nvmlDeviceGetTemperature(self, gpu: int, sensor: int) -> int:
        return 70 + gpu

    def nvmlDeviceGetUtilizationRates(self, gpu: int) -> Any:
        return SimpleNamespace(gpu=97)

    def nvmlDeviceGetPowerUsage(self, gpu: int) -> int:
        if self.broken == "power":
            raise NVMLError("not supported")
        return 123_400

    def nvmlDeviceGetCurrentClocksThrottleReasons(self, gpu: int) -> int:
        return self.reasons


def gpu_values(telemetry: Telemetry) -> dict[str, Any]:
    sample = telemetry.sample()
    assert sample["host_mem_mb"] > 0 and sample["host_free_mb"] > 0
    return {name: value for name, value in sample.items() if name.startswith("gpu_")}


def test_every_sensor_in_its_unit() -> None:
    assert gpu_values(Telemetry("gpu:0", FakeNvml())) == {
        "gpu_mem_mb": 1024,
        "gpu_temp": 70,
        "gpu_util": 97,
        "gpu_power": 123.4,
        "gpu_throttled": [],
    }


def test_slowdowns_are_named_and_idling_is_none() -> None:
    nvml = FakeNvml(THERMAL | POWER_BRAKE | IDLE)
    values = gpu_values(Telemetry("gpu", nvml))
    assert values["gpu_throttled"] == ["HwThermalSlowdown", "HwPowerBrakeSlowdown"]


def test_a_sensor_that_is_not_there_leaves_the_others() -> None:
    values = gpu_values(Telemetry("gpu:0", FakeNvml(broken="power")))
    assert "gpu_power" not in values and values["gpu_temp"] == 70


def test_no_gpu_no_keys() -> None:
    assert gpu_values(Telemetry("cpu", FakeNvml())) == {}
    assert gpu_values(Telemetry("gpu:7", FakeNvml())) == {}


@pytest.mark.parametrize(
    ("visible", "device", "temperature"),
    [("1,0", "gpu:0", 71), ("1,0", "gpu:1", 70), ("GPU-two", "gpu:0", 71), ("", "gpu:1", 71)],
)
def test_the_gpu_that_trains_is_the_one_that_is_read(
    monkeypatch: pytest.MonkeyPatch, visible: str, device: str, temperature: int
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert gpu_values(Telemetry(device, FakeNvml()))["gpu_temp"] == temperature
