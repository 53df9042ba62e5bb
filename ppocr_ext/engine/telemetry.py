"""Numbers about the machine: host memory, and a GPU's memory, temperature, load and power."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import psutil

MEGABYTE = 1 << 20
# NVML's reasons that mean too hot or too little power, not merely idle.
_SLOWDOWNS = ("SwThermalSlowdown", "HwThermalSlowdown", "HwSlowdown", "HwPowerBrakeSlowdown")


class Telemetry:
    """``sample()`` gives what can be read now; absent hardware gives no keys.

    Args:
        device: Paddle's name of the device that trains, such as ``gpu:0`` or ``cpu``.
        nvml: the ``pynvml`` module or a stand-in; ``None`` looks for it.
    """

    def __init__(self, device: str = "cpu", nvml: Any = None) -> None:
        self._process = psutil.Process()
        self._nvml = (nvml or _find_nvml()) if device.startswith("gpu") else None
        self._gpu = _handle(self._nvml, device) if self._nvml else None

    def sample(self) -> dict[str, Any]:
        """host_mem_mb (this process), host_free_mb, and gpu_* of :meth:`_gpu_sample`."""
        host = {
            "host_mem_mb": self._process.memory_info().rss // MEGABYTE,
            "host_free_mb": psutil.virtual_memory().available // MEGABYTE,
        }
        return {**host, **self._gpu_sample()}

    def _gpu_sample(self) -> dict[str, Any]:
        """gpu_mem_mb, gpu_temp (°C), gpu_util (%), gpu_power (W), gpu_throttled (reasons)."""
        nvml, gpu = self._nvml, self._gpu
        if nvml is None or gpu is None:
            return {}
        sensors: dict[str, Callable[[], Any]] = {
            "gpu_mem_mb": lambda: nvml.nvmlDeviceGetMemoryInfo(gpu).used // MEGABYTE,
            "gpu_temp": lambda: nvml.nvmlDeviceGetTemperature(gpu, nvml.NVML_TEMPERATURE_GPU),
            "gpu_util": lambda: nvml.nvmlDeviceGetUtilizationRates(gpu).gpu,
            "gpu_power": lambda: nvml.nvmlDeviceGetPowerUsage(gpu) / 1000.0,
            "gpu_throttled": lambda: _slowdowns(nvml, gpu),
        }
        values: dict[str, Any] = {}
        for name, read in sensors.items():
            try:
                values[name] = read()
            except nvml.NVMLError:  # a laptop GPU without a power meter, a driver that went away
                continue
        return values


def _slowdowns(nvml: Any, gpu: Any) -> list[str]:
    reasons = nvml.nvmlDeviceGetCurrentClocksThrottleReasons(gpu)
    flags = {name: f"nvmlClocksThrottleReason{name}" for name in _SLOWDOWNS}
    return [name for name, flag in flags.items() if reasons & getattr(nvml, flag)]


def _handle(nvml: Any, device: str) -> Any:
    """NVML's handle of Paddle's ``gpu:N``, which counts what CUDA_VISIBLE_DEVICES lists."""
    number = int(device.partition(":")[2] or 0)
    visible = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")]
    name = visible[number] if number < len(visible) and visible[number] else str(number)
    try:
        if name.isdigit():
            return nvml.nvmlDeviceGetHandleByIndex(int(name))
        return nvml.nvmlDeviceGetHandleByUUID(name)
    except nvml.NVMLError:
        return None


def _find_nvml() -> Any:
    """The ``pynvml`` module when an NVIDIA driver answers, else ``None``."""
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return None
    return pynvml
