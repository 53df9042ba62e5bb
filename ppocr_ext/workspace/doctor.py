"""Possible problems of this machine, each finding with its cure."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from ppocr_ext import __version__
from ppocr_ext.console import setup_command
from ppocr_ext.runtime import (
    IS_CLONE,
    REPOSITORY,
    cpu_vendor,
    has_gpu_paddle,
    installed,
    mkl_fix_is_on,
    prepare_cpu,
    usable_processors,
)
from ppocr_ext.workspace.environment import Environment

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


READING = ("cv2", "onnxruntime")  # what reads needs no other


def probe_imports(names: Iterable[str] = PROBES) -> dict[str, tuple[str, bool]]:
    """name → (version and what else it says, or its last line of error; whether it works)."""
    children = {name: _start(PROBES[name]) for name in names}
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


OK, WARNING, PROBLEM = "OK", "warning", "problem"
OPENCV = (
    "opencv-python",
    "opencv-contrib-python",
    "opencv-python-headless",
    "opencv-contrib-python-headless",
)
GIB = 1024**3


class Finding(NamedTuple):
    """One thing that was looked at."""

    name: str
    value: str
    level: str = OK
    cure: str = ""


def _setup(*words: str) -> str:
    return setup_command("train", *words)


def examine(environment: Environment) -> int:
    """Print every finding; returns 1 when one of them is a problem, else 0."""
    prepare_cpu()
    findings = [finding for check in CHECKS for finding in check(environment)]
    show(findings)
    counts = [sum(f.level == level for f in findings) for level in (OK, WARNING, PROBLEM)]
    print("{} OK, {} warnings, {} problems".format(*counts))
    return 1 if counts[-1] else 0


def show(findings: list[Finding]) -> None:
    """As a table where rich is installed, else as plain lines."""
    if importlib.util.find_spec("rich") is None:
        for finding in findings:
            print(f"{finding.level:<8} {finding.name:<14} {finding.value}")
            if finding.cure:
                print(f"{'':<23} cure: {finding.cure}")
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    colours = {OK: "green", WARNING: "yellow", PROBLEM: "bold red"}
    table = Table("", "what", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("found, and the cure", overflow="fold")
    for finding in findings:
        told = Text(finding.value)
        if finding.cure:
            told.append(f"\ncure: {finding.cure}", style=colours[finding.level])
        table.add_row(Text(finding.level, style=colours[finding.level]), finding.name, told)
    Console().print(table)


def check_environment(environment: Environment) -> Iterator[Finding]:
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    yield Finding("python", f"{platform.python_version()} on {system}")
    if not IS_CLONE:
        yield Finding("package", f"ppocr-ext {__version__} in {sys.prefix}")
    elif not environment.python.exists():
        yield Finding("environment", "missing", PROBLEM, _setup())
    elif environment.is_ready():
        told = f"; it reads, scores and reports; to train: {_setup()}" * environment.only_reads()
        yield Finding("environment", f"{environment.folder}{told}")
    else:
        yield Finding(
            "environment", "incomplete, or older than requirements.txt", WARNING, _setup()
        )


def check_imports(environment: Environment) -> Iterator[Finding]:
    if IS_CLONE and not environment.is_current():
        return
    is_light = environment.only_reads() if IS_CLONE else not installed("paddleocr")
    for name, (told, works) in probe_imports(READING if is_light else PROBES).items():
        cure = "" if works else _setup("--clear")
        yield Finding(name, told, OK if works else PROBLEM, cure)


def check_opencv(environment: Environment) -> Iterator[Finding]:
    """Distributions of different versions overwrite each other's files in ``cv2``."""
    found = {name: held for name in OPENCV if (held := installed(name))}
    told = ", ".join(f"{name} {held}" for name, held in found.items())
    if len(set(found.values())) > 1:
        yield Finding("one OpenCV", told, PROBLEM, f"never install another; {_setup('--clear')}")
    elif found:
        yield Finding("one OpenCV", told)


def check_device(environment: Environment) -> Iterator[Finding]:
    both = installed("paddlepaddle") and installed("paddlepaddle-gpu")
    if both:
        yield Finding(
            "paddle build", "paddlepaddle and paddlepaddle-gpu", PROBLEM, _setup("--clear")
        )
    gpus, driver, newest_cuda = nvidia()
    told = "; ".join(gpus) or "no NVIDIA GPU, or no driver for it"
    if gpus:
        told += f"; driver {driver}, CUDA up to {newest_cuda}"
    if gpus and installed("paddlepaddle") and not both:
        cure = _setup("--device", "gpu")
        yield Finding("GPU", f"{told}; Paddle here is the CPU build", WARNING, cure)
    elif has_gpu_paddle() and not usable_gpus():
        cure = "install an NVIDIA driver for the CUDA of Paddle's build, or: "
        cure += _setup("--device", "cpu")
        yield Finding("GPU", f"{told}; Paddle's GPU build cannot use one", PROBLEM, cure)
    else:
        yield Finding("GPU", told)


def check_cpu(environment: Environment) -> Iterator[Finding]:
    yield Finding("processor", f"{cpu_vendor()}, {usable_processors()} cores for this process")
    fix, variable = mkl_fix_is_on(), os.environ.get("MKL_DEBUG_CPU_TYPE")
    if fix:
        yield Finding("MKL on AMD", f"fast path on (every tool sets MKL_DEBUG_CPU_TYPE={variable})")
    elif variable is not None:
        cure = "unset the environment variable MKL_DEBUG_CPU_TYPE: the tools set what is right"
        yield Finding("MKL", f"MKL_DEBUG_CPU_TYPE={variable} slows training", WARNING, cure)


def check_memory(environment: Environment) -> Iterator[Finding]:
    if importlib.util.find_spec("psutil") is None:
        return
    import psutil

    free, total = (psutil.virtual_memory().available, psutil.virtual_memory().total)
    told = f"{free / GIB:.1f} of {total / GIB:.1f} GiB free"
    if free < 4 * GIB:
        cure = "close other programs, or lower Train.loader.batch_size_per_card"
        yield Finding("memory", told, WARNING, cure)
    else:
        yield Finding("memory", told)


def check_disk(environment: Environment) -> Iterator[Finding]:
    free = shutil.disk_usage(REPOSITORY).free
    is_there = environment.python.exists() or not IS_CLONE
    needed = 2 * GIB if is_there else 7 * GIB  # the environment takes 2 to 5
    told = f"{free / GIB:.1f} GiB free for {REPOSITORY}"
    if free < needed:
        cure = f"free some space: at least {needed // GIB} GiB are needed"
        yield Finding("disk", told, PROBLEM, cure)
    else:
        yield Finding("disk", told)


def check_output(environment: Environment) -> Iterator[Finding]:
    folder = REPOSITORY / "output" if IS_CLONE else REPOSITORY  # where the tools make it
    try:
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            yield Finding("output folder", f"{folder} can be written")
    except OSError as error:
        cure = "change its owner or rights, or move the repository"
        yield Finding("output folder", f"{folder}: {error.strerror}", PROBLEM, cure)


def check_console(environment: Environment) -> Iterator[Finding]:
    encoding = sys.stdout.encoding or "none"
    try:
        "ế Ữ ₫".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        cure = "set the environment variable PYTHONUTF8=1 (files are UTF-8 in any case)"
        told = f"{encoding}: Vietnamese letters show as ?"
        yield Finding("console", told, WARNING, cure)
    else:
        yield Finding("console", f"{encoding}: shows Vietnamese")


def check_long_paths(environment: Environment) -> Iterator[Finding]:
    if sys.platform != "win32":
        return
    import winreg

    key = r"SYSTEM\CurrentControlSet\Control\FileSystem"
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
            enabled = winreg.QueryValueEx(opened, "LongPathsEnabled")[0] == 1
    except OSError:
        enabled = False
    if enabled:
        yield Finding("long paths", "enabled")
    else:
        cure = rf"as administrator: reg add HKLM\{key} /v LongPathsEnabled /t REG_DWORD /d 1 /f"
        yield Finding("long paths", "paths end at 260 characters", WARNING, cure)


def nvidia() -> tuple[list[str], str, str]:
    """(GPUs with their memory, driver version, newest CUDA the driver runs)."""
    if importlib.util.find_spec("pynvml") is None:
        return [], "", ""
    import pynvml

    try:
        pynvml.nvmlInit()
        handles = [pynvml.nvmlDeviceGetHandleByIndex(i) for i in range(pynvml.nvmlDeviceGetCount())]
        gpus = [
            f"{pynvml.nvmlDeviceGetName(each)}, "
            f"{pynvml.nvmlDeviceGetMemoryInfo(each).total / GIB:.0f} GiB"
            for each in handles
        ]
        cuda = pynvml.nvmlSystemGetCudaDriverVersion()
        return gpus, pynvml.nvmlSystemGetDriverVersion(), f"{cuda // 1000}.{cuda % 1000 // 10}"
    except pynvml.NVMLError:  # no NVIDIA driver here
        return [], "", ""


Check = Callable[[Environment], Iterator[Finding]]
CHECKS: tuple[Check, ...] = (
    check_environment,
    check_imports,
    check_opencv,
    check_device,
    check_cpu,
    check_memory,
    check_disk,
    check_output,
    check_console,
    check_long_paths,
)
