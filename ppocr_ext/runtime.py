"""Settings made before ``import paddle``: the processor's fast path and its threads."""

from __future__ import annotations

import os
import platform
import signal
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from pathlib import Path
from typing import NamedTuple

_ABOVE = Path(__file__).resolve().parents[1]
IS_CLONE = (_ABOVE / "tools" / "workspace.py").is_file()  # else pip installed a wheel
REPOSITORY = _ABOVE if IS_CLONE else Path.cwd()  # the tools write below its output/


def resource(*parts: str) -> Path:
    """A file that comes with the product: of the clone, where there is one, else of the wheel.

    ``parts`` are its path in the clone: ``resource("dicts", "vi_dict.txt")``. A wheel holds what
    pyproject.toml lists for it: ``configs/``, ``dicts/`` and what reads of the published model.
    """
    return (_ABOVE if IS_CLONE else Path(__file__).parent / "resources").joinpath(*parts)


def environment_python(root: Path = REPOSITORY) -> Path:
    """The interpreter of the environment that ``workspace.py setup`` makes, there or not."""
    return root / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def shipped(path: Path, name: str = "") -> Path:
    """``path``, or, where it is missing and pip installed a wheel, what that holds as ``name``."""
    held = resource(name or path.as_posix())
    return path if IS_CLONE or path.exists() or not held.exists() else held


PUBLISHED = resource("output", "vi_PP-OCRv6_small_rec")  # the model


def cpu_vendor() -> str:
    """``AuthenticAMD``, ``GenuineIntel`` or another name that the processor reports."""
    # Windows: "AMD64 Family 25 Model 33 Stepping 2, AuthenticAMD"
    return _cpuinfo("vendor_id") or platform.processor()


def cpu_name() -> str:
    """The processor's product name, where the system gives it."""
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def has_avx512() -> bool:
    """Whether the processor has the AVX-512 sets that MKL's kernels for Skylake-X use."""
    if os.name == "nt":
        import ctypes

        pf_avx512f = 41  # AMD's processors that have this set have the others, too
        return bool(ctypes.windll.kernel32.IsProcessorFeaturePresent(pf_avx512f))  # type: ignore[attr-defined]
    return set(_cpuinfo("flags").split()) >= _AVX512


_AVX512 = {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}


def _cpuinfo(key: str) -> str:
    """A value of the first processor in ``/proc/cpuinfo``; empty where there is none."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.startswith(key):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return ""


def mkl_cpu_type() -> str | None:
    """The MKL_DEBUG_CPU_TYPE that this processor needs; ``None`` for none.

    On AMD processors the wheel's MKL takes its slow path although they can do more. One thread of
    an EPYC multiplies matrices with 50 GFLOP/s by default, 140 when set to use AVX2 (5), 265 when
    set to use AVX-512 (7). On Intel MKL chooses right, and the variable must never be set.
    """
    if "AuthenticAMD" not in cpu_vendor():
        return None
    return "7" if has_avx512() else "5"


class Launched(NamedTuple):
    """This process among those that ``paddle.distributed.launch`` has started; alone without it.

    rank: its number. world: how many there are. local: how many of them on this machine.
    """

    rank: int
    world: int
    local: int


def launched() -> Launched:
    names = {"PADDLE_TRAINER_ID": 0, "PADDLE_TRAINERS_NUM": 1, "PADDLE_LOCAL_SIZE": 1}
    return Launched(*(int(os.environ.get(name, alone)) for name, alone in names.items()))


def usable_processors() -> int:
    """Processors that this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def prepare_cpu(threads: int | None = None) -> None:
    """Set the environment that Paddle's MKL reads once, at import; children inherit it."""
    if (fast := mkl_cpu_type()) is not None:
        os.environ.setdefault("MKL_DEBUG_CPU_TYPE", fast)
    os.environ.setdefault("GLOG_minloglevel", "2")  # Paddle's own start-up chatter
    warnings.filterwarnings("ignore", message="No ccache found")
    if threads is not None:
        os.environ["OMP_NUM_THREADS"] = str(threads)
        os.environ["MKL_NUM_THREADS"] = str(threads)


def mkl_fix_is_on() -> bool | None:
    """Whether MKL's AMD fix is set; ``None`` on a processor that does not need it."""
    fast = mkl_cpu_type()
    return None if fast is None else os.environ.get("MKL_DEBUG_CPU_TYPE") == fast


def installed(distribution: str) -> str:
    """The installed version of ``distribution``; empty when it is not there."""
    from importlib.metadata import PackageNotFoundError, version  # brings the e-mail parser

    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def has_gpu_paddle() -> bool:
    """Whether the installed Paddle is the CUDA build, found without importing it."""
    return bool(installed("paddlepaddle-gpu"))


@contextmanager
def interrupts_held() -> Iterator[None]:
    """While processes are started, Ctrl-C waits until the block ends.

    Else one that is half started is left behind, and each that still imports prints a traceback:
    POSIX children inherit the blocked signal; what starts in them has to ignore it everywhere.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: held.append(number))
    posix = hasattr(signal, "pthread_sigmask")
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if posix else set()
    try:
        yield
    finally:
        if posix:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
    if held:
        raise KeyboardInterrupt


def end_with_parent() -> None:
    """In a worker process: deaf to Ctrl-C, on which the parent decides, and gone when it is gone.

    A killed parent would leave its workers waiting for ever.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
