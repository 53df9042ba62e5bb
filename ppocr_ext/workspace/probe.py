"""Import the packages that matter, each in a process of its own.

An extension module that does not fit the machine ends the process that imports it (an
illegal instruction, say): so that is never the process that asks.
"""

from __future__ import annotations

import subprocess
import sys

from ppocr_ext.runtime import REPOSITORY

PROBES = {
    "paddle": """
import paddle
built = f"built for CUDA {paddle.version.cuda()}" if paddle.is_compiled_with_cuda() else "CPU build"
print(paddle.__version__, built, sep=", ")
""",
    "paddleocr": "import paddleocr; print(paddleocr.__version__)",
    "ppocr": """
from ppocr_ext import upstream
upstream.ppocr_module("modeling")
print(upstream.ppocr_home())
""",
    "cv2": "import cv2; print(cv2.__version__)",
    "onnxruntime": "import onnxruntime; print(onnxruntime.__version__)",
    "openvino": """
import openvino
from ppocr_ext.export.engines import fastest_engine, has_bfloat16
precision = "bfloat16" if has_bfloat16() else "no bfloat16"
print(openvino.__version__, f"{precision} here; images are read by {fastest_engine()}", sep=", ")
""",
}


def probe_imports() -> dict[str, tuple[str, bool]]:
    """name → (version and what else it says, or its last line of error; whether it works)."""
    children = {name: _start(code) for name, code in PROBES.items()}
    return {name: _outcome(child) for name, child in children.items()}


def usable_gpus() -> int:
    """How many GPUs the installed Paddle can use."""
    told, works = _outcome(_start("import paddle; print(paddle.device.cuda.device_count())"))
    return int(told) if works else 0


def _start(code: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )


def _outcome(child: subprocess.Popen[str]) -> tuple[str, bool]:
    out, err = child.communicate()
    lines = (err if child.returncode else out).strip().splitlines()
    return lines[-1] if lines else f"ended with code {child.returncode}", child.returncode == 0
