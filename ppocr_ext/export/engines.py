"""What runs a model folder: onnxruntime, OpenVINO, or Paddle's own inference engine.

An engine is a function of float32 images [B, 3, 48, W] in -1..1 to probabilities
[B, T, classes], and may be called from several threads at once. onnxruntime and OpenVINO compute a
call on one thread: two lines on two threads are faster than one line spread over both (measured
x1.2). Paddle's engine keeps the interpreter locked, so its calls take turns and spread.

onnxruntime and Paddle compute in float32. OpenVINO rounds products to bfloat16 where the processor
multiplies that natively, in 60 % of the time; a few lines in a hundred are then read differently,
as many better as worse (output/LOG.md).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from ppocr_ext.errors import UserError
from ppocr_ext.narrow import readable
from ppocr_ext.packages import require_package
from ppocr_ext.runs.run import (
    ONNX_FILE,
    PROGRAM_FILE,
    WEIGHTS_FILE,
    how_to_make,
    require_intact_model,
)
from ppocr_ext.runtime import IS_CLONE, PUBLISHED, installed

Engine = Callable[[np.ndarray], np.ndarray]
ENGINES = ("auto", "float32", "onnxruntime", "openvino", "paddle")
_FILES = dict.fromkeys(ENGINES, (ONNX_FILE,)) | {"paddle": (PROGRAM_FILE, WEIGHTS_FILE)}
CPU = "CPUExecutionProvider"
_PROVIDERS = ("CUDAExecutionProvider", CPU)  # TensorRT plans for each width
BATCHES = {"openvino": 4}  # lines of one width that are computed fastest together, where not alone
_FIRST_CALL = threading.Lock()  # by two threads at once it locks up OpenVINO's Python binding
_SHAPES = 256  # widths that oneDNN keeps its plans for; with its own 10, a line costs half more


def open_engine(folder: Path, name: str = "onnxruntime", threads: int = 1) -> Engine:
    """Open the ``.onnx`` file, or ``inference.json`` + ``.pdiparams``, of a model folder.

    ``auto`` is the fastest, ``float32`` reads the same on every machine: of an ONNX file if there
    is one, else Paddle's.
    ``threads``: calls that OpenVINO computes at once; threads of one call of Paddle's engine.
    Raises :class:`UserError` when the folder lacks the files of that engine or they are damaged:
    those that it has a record of are hashed first.
    """
    if name not in ENGINES:
        raise UserError(f"unknown engine {name!r}", "one of " + ", ".join(ENGINES))
    folder = Path(folder)
    chosen = engine_for(folder, name)
    if chosen == "paddle" and not IS_CLONE and folder.is_relative_to(PUBLISHED):
        raise UserError(
            f"the installed package holds its model as {ONNX_FILE} alone, which Paddle cannot read",
            "onnxruntime or openvino, of which auto chooses the fastest",
            "leave out --engine, or engine= in Python",
        )
    require_intact_model(folder, *dict.fromkeys((*_FILES[name], *_FILES[chosen])))
    if chosen == "paddle":
        return _open_paddle(folder, threads)
    model = _require(folder / ONNX_FILE)
    return _open_openvino(model, threads) if chosen == "openvino" else _open_onnxruntime(model)


def engine_for(folder: Path, name: str) -> str:
    """What ``auto`` and ``float32`` stand for with a model folder; other names as they are."""
    if name not in ("auto", "float32"):
        return name
    if not (folder / ONNX_FILE).is_file():
        return "paddle"
    return fastest_engine() if name == "auto" else "onnxruntime"


def fastest_engine() -> str:
    """The fastest one for an ONNX file on this machine, of those that are installed.

    Without bfloat16 OpenVINO is no faster than onnxruntime, and compiles for each width.
    """
    return "openvino" if not installed("onnxruntime-gpu") and has_bfloat16() else "onnxruntime"


def has_bfloat16() -> bool:
    """Whether OpenVINO multiplies bfloat16 natively: on AMD's since Zen 4, Xeons since 2020."""
    if not installed("openvino"):
        return False
    return "BF16" in _openvino().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


@cache
def _openvino() -> Any:
    """OpenVINO's core, one for the process.

    Each gives its thread another stack for signal handlers and, as it goes, the one before it: of
    two that go in the order in which they came the second gives back the first one's, which is
    freed, and the next Ctrl-C or SIGTERM that Python handles ends the process (2026.4).
    """
    require_package("openvino")
    import openvino

    return openvino.Core()


def _require(path: Path) -> Path:
    if not path.is_file():
        raise UserError(
            f"{path} does not exist",
            f"{ONNX_FILE} for onnxruntime and openvino, inference.json + .pdiparams for paddle",
            f"choose another engine with --engine, or {how_to_make(path.parent)}",
        )
    return path


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """A damaged file as :class:`UserError`; the libraries' exceptions share no base class."""
    try:
        yield
    except UserError:  # a library that is not installed
        raise
    except Exception as error:
        raise UserError(
            f"{path} cannot be opened: {str(error).strip().splitlines()[0]}",
            "the model as it was exported",
            how_to_make(path.parent),
        ) from None


def onnx_engine(
    model: bytes, threads: int, providers: Sequence[str] = (CPU,), spins: bool = True
) -> Engine:
    """A serialized ONNX model in onnxruntime, ``threads`` for one call; 0: one a processor.

    spins: idle threads wait at full speed, which is right where nothing else computes.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors; warnings would speak of absent GPUs
    options.enable_mem_pattern = False  # plans memory per input shape, and widths vary
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spins)))
    session = onnxruntime.InferenceSession(model, options, providers=list(providers))
    entry = session.get_inputs()[0].name
    return lambda images: session.run(None, {entry: images})[0]


def _open_onnxruntime(path: Path) -> Engine:
    import onnxruntime

    available = onnxruntime.get_available_providers()
    providers = [provider for provider in _PROVIDERS if provider in available]
    with _explained(path):
        return onnx_engine(path.read_bytes(), 1, providers)


def _open_openvino(path: Path, threads: int) -> Engine:
    with _explained(path):
        return openvino_engine(path.read_bytes(), threads, (1, 3, 48, 32))


def openvino_engine(model: bytes, threads: int, shape: tuple[int, ...]) -> Engine:
    """A serialized ONNX model in OpenVINO, ``threads`` calls at once. shape: of an input."""
    settings = {
        "INFERENCE_PRECISION_HINT": "bf16" if has_bfloat16() else "f32",
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": threads,
        "ENABLE_CPU_PINNING": False,  # else several processes share the first cores
    }
    core = _openvino()
    compiled = core.compile_model(core.read_model(model), "CPU", settings)
    idle: SimpleQueue[Any] = SimpleQueue()
    for _ in range(threads):
        idle.put(compiled.create_infer_request())

    def run(images: np.ndarray) -> np.ndarray:
        request = idle.get()
        try:
            return np.concatenate([request.infer([each])[0] for each in _parts(images)])
        finally:
            idle.put(request)

    with _FIRST_CALL:
        run(np.zeros(shape, np.float32))
    return run


def _parts(images: np.ndarray) -> Iterator[np.ndarray]:
    """Four together, the rest one by one: OpenVINO compiles, and keeps in memory, each shape."""
    size, whole = BATCHES["openvino"], len(images) - len(images) % BATCHES["openvino"]
    yield from (images[start : start + size] for start in range(0, whole, size))
    yield from (images[place : place + 1] for place in range(whole, len(images)))


def _open_paddle(folder: Path, threads: int) -> Engine:
    from paddle import inference

    program = folder / PROGRAM_FILE
    program = _require(program if program.is_file() else folder / "inference.pdmodel")
    weights = _require(folder / WEIGHTS_FILE)
    with readable(folder, "inference.*") as place, _explained(program):
        config = inference.Config(str(place / program.name), str(place / weights.name))
        _set_up(config, threads)
        predictor = inference.create_predictor(config)
    turn = threading.Lock()

    def run(images: np.ndarray) -> np.ndarray:
        with turn:
            entry = predictor.get_input_handle(predictor.get_input_names()[0])
            entry.copy_from_cpu(images)
            predictor.run()
            return predictor.get_output_handle(predictor.get_output_names()[0]).copy_to_cpu()

    return run


def _set_up(config: Any, threads: int) -> None:
    import paddle

    config.disable_glog_info()
    if paddle.device.is_compiled_with_cuda() and paddle.device.cuda.device_count():
        config.enable_use_gpu(500, 0)  # MB taken at once; it grows as needed
    else:
        config.disable_gpu()
        config.enable_mkldnn()
        config.set_mkldnn_cache_capacity(_SHAPES)
        config.set_cpu_math_library_num_threads(threads)
