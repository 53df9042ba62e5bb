"""Which of PaddlePaddle's package indexes fits the NVIDIA driver of this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from ppocr_ext.console import setup_command
from ppocr_ext.errors import CURE_BREAK, UserError

# One index for each CUDA that 3.3 is built for; as public install scripts name them on 2026-11-30,
# not contacted from here. `--index-url` takes another.
# Read from the newest down: the CUDA that the driver must run, the oldest GPU (its compute
# capability: CUDA 13 dropped those before Turing), the index.
BUILDS = (
    ((13, 0), (7, 5), "https://www.paddlepaddle.org.cn/packages/stable/cu130/"),
    ((12, 9), (5, 0), "https://www.paddlepaddle.org.cn/packages/stable/cu129/"),
    ((12, 6), (5, 0), "https://www.paddlepaddle.org.cn/packages/stable/cu126/"),
    ((11, 8), (3, 5), "https://www.paddlepaddle.org.cn/packages/stable/cu118/"),
)
_CUDA = re.compile(r"CUDA (?:\w+ )?Version\s*:\s*(\d+)\.(\d+)")
_CAPABILITY = re.compile(r"(?m)^(\d+)\.(\d+)\s*$")


def paddle_index() -> str:
    """The address for the newest CUDA that the driver and every GPU here run.

    Raises:
        UserError: no driver, or one that is too old for every build.
    """
    cuda = _CUDA.search(_nvidia_smi())
    if cuda is None:
        raise _refused("no NVIDIA driver was found: nvidia-smi does not run, or names no CUDA")
    driver = int(cuda[1]), int(cuda[2])
    listed = _CAPABILITY.findall(_nvidia_smi("--query-gpu=compute_cap", "--format=csv,noheader"))
    oldest = min([(int(major), int(minor)) for major, minor in listed], default=(99, 0))
    for needed, capability, index in BUILDS:
        if driver >= needed and oldest >= capability:
            return index
    raise _refused(f"the NVIDIA driver or GPU is too old: it runs CUDA up to {cuda[1]}.{cuda[2]}")


def _refused(found: str) -> UserError:
    oldest = BUILDS[-1][0]
    return UserError(
        found,
        f"an NVIDIA GPU, and a driver for CUDA {oldest[0]}.{oldest[1]} or newer",
        "install NVIDIA's newest driver for this GPU, restart, then run the same command again"
        f"{CURE_BREAK}or name an index yourself: "
        f"{setup_command('train', '--device', 'gpu', '--index-url', 'URL')}"
        f"{CURE_BREAK}or train on the processor: {setup_command('train', '--device', 'cpu')}",
    )


def _nvidia_smi(*options: str) -> str:
    """What the driver's own program prints; empty where there is none or it fails."""
    windows = Path(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "nvidia-smi.exe")
    program = shutil.which("nvidia-smi") or (str(windows) if windows.is_file() else "")
    if not program:
        return ""
    try:
        done = subprocess.run(
            [program, *options], capture_output=True, encoding="utf-8", errors="replace", timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
