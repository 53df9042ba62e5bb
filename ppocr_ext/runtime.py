"""What must be set before ``import paddle``: the processor's fast path and its threads."""

from __future__ import annotations

import os
import platform
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]


def cpu_vendor() -> str:
    """``AuthenticAMD``, ``GenuineIntel`` or whatever the processor calls itself."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.startswith("vendor_id"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor()  # Windows: "AMD64 Family 25 Model 33 Stepping 2, AuthenticAMD"


def prepare_cpu(threads: int | None = None) -> None:
    """Set the environment that Paddle's MKL reads once, at import; children inherit it.

    On AMD processors the wheel's MKL takes its slow path unless ``MKL_DEBUG_CPU_TYPE`` is 5
    (a 1024x1024 matmul: 45-62 ms against 12 ms). On Intel it must never be set.
    """
    if "AuthenticAMD" in cpu_vendor():
        os.environ.setdefault("MKL_DEBUG_CPU_TYPE", "5")
    os.environ.setdefault("GLOG_minloglevel", "2")  # Paddle's own start-up chatter
    warnings.filterwarnings("ignore", message="No ccache found")
    if threads is not None:
        os.environ["OMP_NUM_THREADS"] = str(threads)
        os.environ["MKL_NUM_THREADS"] = str(threads)


def mkl_fix_is_on() -> bool | None:
    """Whether MKL's AMD fix is set; ``None`` on a processor that does not need it."""
    if "AuthenticAMD" not in cpu_vendor():
        return None
    return os.environ.get("MKL_DEBUG_CPU_TYPE") == "5"


def has_gpu_paddle() -> bool:
    """Whether the installed Paddle is the CUDA build, told without importing it."""
    try:
        version("paddlepaddle-gpu")
    except PackageNotFoundError:
        return False
    return True
