"""Numbers about the machine: host memory, and a GPU's memory, temperature, load and power."""

from __future__ import annotations

from typing import Any

import psutil

MEGABYTE = 1 << 20
# NVML's reasons that mean too hot or too little power, not merely idle.
_SLOWDOWNS = ("SwThermalSlowdown", "HwThermalSlowdown", "HwSlowdown", "HwPowerBrakeSlowdown")


class Telemetry:
    """``sample()`` gives what can be read now; absent hardware gives no keys.

    Args:
        nvml: the ``pynvml`` module or a stand-in; ``None`` looks for it, ``False`` leaves GPUs out.
        device_index: which GPU.
    """

    def __init__(self, nvml: Any = None, device_index: int = 0) -> None:
        self._process = psutil.Process()
        self._nvml = _find_nvml() if nvml is None else nvml
        self._gpu = self._nvml.nvmlDeviceGetHandleByIndex(device_index) if self._nvml else None

    def sample(self) -> dict[str, Any]:
        """host_mem_mb (this process), host_free_mb, and gpu_* of :func:`_gpu_sample`."""
        host = {
            "host_mem_mb": self._process.memory_info().rss // MEGABYTE,
            "host_free_mb": psutil.virtual_memory().available // MEGABYTE,
        }
        return {**host, **(self._gpu_sample() if self._gpu is not None else {})}

    def _gpu_sample(self) -> dict[str, Any]:
        """gpu_mem_mb, gpu_temp (°C), gpu_util (%), gpu_power (W), gpu_throttled (reasons)."""
        nvml, gpu = self._nvml, self._gpu
        try:
            reasons = nvml.nvmlDeviceGetCurrentClocksThrottleReasons(gpu)
            return {
                "gpu_mem_mb": nvml.nvmlDeviceGetMemoryInfo(gpu).used // MEGABYTE,
                "gpu_temp": nvml.nvmlDeviceGetTemperature(gpu, nvml.NVML_TEMPERATURE_GPU),
                "gpu_util": nvml.nvmlDeviceGetUtilizationRates(gpu).gpu,
                "gpu_power": nvml.nvmlDeviceGetPowerUsage(gpu) / 1000.0,
                "gpu_throttled": [
                    name
                    for name in _SLOWDOWNS
                    if reasons & getattr(nvml, f"nvmlClocksThrottleReason{name}")
                ],
            }
        except nvml.NVMLError:  # a laptop GPU without a power meter, a driver that went away
            return {}


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
