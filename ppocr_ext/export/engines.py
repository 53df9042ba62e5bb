"""What runs a model folder: onnxruntime, or Paddle's own inference engine.

An engine is a function of float32 images [B, 3, 48, W] in -1..1 to probabilities
[B, T, classes], and may be called from several threads at once. onnxruntime computes each call on
the calling thread: two lines on two threads are faster than one line spread over both (measured
x1.2). Paddle's engine keeps the interpreter locked, so its calls take turns and spread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ppocr_ext.errors import UserError

Engine = Callable[[np.ndarray], np.ndarray]
ENGINES = ("onnxruntime", "onnxruntime-int8", "paddle")
INT8_FILE = "inference_int8.onnx"
_ONNX_FILES = {"onnxruntime": "inference.onnx", "onnxruntime-int8": INT8_FILE}
_PROVIDERS = ("CUDAExecutionProvider", "CPUExecutionProvider")  # TensorRT plans for each width
_SHAPES = 256  # widths that oneDNN keeps its plans for; with its own 10, a line costs half more


def open_engine(folder: Path, name: str = "onnxruntime", threads: int = 1) -> Engine:
    """Open the ``.onnx`` file, or ``inference.json`` + ``.pdiparams``, of a model folder.

    ``threads`` are those of one call of Paddle's engine. Raises :class:`UserError` when the
    folder lacks the files of that engine or they are damaged.
    """
    if name not in ENGINES:
        raise UserError(f"engine {name!r} is not known", "one of " + ", ".join(ENGINES))
    if name == "paddle":
        return _open_paddle(Path(folder), threads)
    return _open_onnxruntime(Path(folder) / _ONNX_FILES[name])


def _require(path: Path) -> Path:
    if not path.is_file():
        raise UserError(
            f"{path} does not exist",
            f"inference.onnx for onnxruntime, {INT8_FILE} for onnxruntime-int8, "
            "inference.json + .pdiparams for paddle",
            "choose another engine with --engine, or export again with tools/export_model.py "
            "(--int8 writes the 8-bit file)",
        )
    return path


def _open_onnxruntime(path: Path) -> Engine:
    try:
        return run_onnx(_require(path).read_bytes())
    except UserError:
        raise
    except Exception as error:  # onnxruntime's own exceptions share no base class
        raise UserError(
            f"{path} cannot be opened: {str(error).splitlines()[0]}",
            "an ONNX model",
            "export it again with tools/export_model.py",
        ) from None


def run_onnx(model: bytes, threads: int = 1) -> Engine:
    """What computes the one result of an ONNX model; ``threads`` of one call, 0 for all cores."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3  # errors; warnings would speak of absent GPUs
    options.enable_mem_pattern = False  # plans memory per input shape, and widths vary
    available = onnxruntime.get_available_providers()
    providers = [provider for provider in _PROVIDERS if provider in available]
    session = onnxruntime.InferenceSession(model, options, providers=providers)
    entry = session.get_inputs()[0].name
    return lambda images: session.run(None, {entry: images})[0]


def _open_paddle(folder: Path, threads: int) -> Engine:
    import paddle
    from paddle import inference

    program = folder / "inference.json"
    program = _require(program if program.is_file() else folder / "inference.pdmodel")
    config = inference.Config(str(program), str(_require(folder / "inference.pdiparams")))
    config.disable_glog_info()
    if paddle.device.is_compiled_with_cuda() and paddle.device.cuda.device_count():
        config.enable_use_gpu(500, 0)  # MB taken at once; it grows as needed
    else:
        config.disable_gpu()
        config.enable_mkldnn()
        config.set_mkldnn_cache_capacity(_SHAPES)
        config.set_cpu_math_library_num_threads(threads)
    predictor, turn = inference.create_predictor(config), threading.Lock()

    def run(images: np.ndarray) -> np.ndarray:
        with turn:
            entry = predictor.get_input_handle(predictor.get_input_names()[0])
            entry.copy_from_cpu(images)
            predictor.run()
            return predictor.get_output_handle(predictor.get_output_names()[0]).copy_to_cpu()

    return run
