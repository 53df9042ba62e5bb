"""From a checkpoint to a model folder that PaddleOCR 3.x, RapidOCR and our reader load."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import paddle

from ppocr_ext.checkpoint import run_folder
from ppocr_ext.errors import UserError
from ppocr_ext.export.engines import Engine, fastest_engine, open_engine
from ppocr_ext.export.onnx_model import write_onnx
from ppocr_ext.export.publish import replacing_folder
from ppocr_ext.export.settings import ModelSettings
from ppocr_ext.export.trained import Reader, TrainedModel, write_program
from ppocr_ext.export.verify import Calibration, Comparison, Lines, calibrate, compare, load_lines
from ppocr_ext.models.build import ARCHITECTURES
from ppocr_ext.outputs import instead
from ppocr_ext.runs.run import seal_model
from ppocr_ext.text.codec import CTCCodec

VERIFIED_LINES = 32
CALIBRATION_LINES = 400


@dataclass(frozen=True)
class ExportOptions:
    """model_name: PaddleOCR's, whose loader wants a listed one (default: that of the network).
    labels: a label file to verify and calibrate with (default: the run's evaluation set)."""

    model_name: str | None = None
    labels: Path | None = None
    onnx: bool = True
    calibration: bool = True


@dataclass(frozen=True)
class Exported:
    """What was written and how it compared with the checkpoint, per engine."""

    folder: Path
    name: str
    lines: str
    comparisons: dict[str, Comparison]
    calibration: Calibration | None
    is_decoder: bool

    def describe(self) -> str:
        """What was proved, for people."""
        rows = [f"exported {self.name} to {self.folder}"]
        for engine, found in self.comparisons.items():
            rows.append(
                f"  {engine}: {found.same_texts} of {found.lines} texts the same as the "
                f"checkpoint's, largest difference {found.largest_difference:.1e}"
            )
        rows.append(f"  verified on {self.lines}")
        if self.is_decoder:
            rows.append(
                "  without inference.onnx: an attention decoder runs on Paddle's engine alone"
            )
        if self.calibration:
            fitted = self.calibration
            rows.append(
                f"  confidences divided by temperature {fitted.temperature:.2f}: calibration error "
                f"of {fitted.characters:,} characters {fitted.ece_before:.4f} -> "
                f"{fitted.ece_after:.4f}"
            )
        return "\n".join(rows)


def export_model(model: TrainedModel, folder: Path, options: ExportOptions) -> Exported:
    """Write, verify, and only then put in place ``inference.json/.pdiparams/.yml/.onnx``.

    Raises :class:`UserError` when the exported model does not read as the checkpoint does, or no
    listed model has its backbone and none is named.
    """
    if not (name := options.model_name or model.name):
        raise UserError(
            f"no PaddleOCR model has the backbone of {model.weights}",
            "the listed model that stands for it: one of " + ", ".join(ARCHITECTURES),
            instead("--model-name", Path(next(iter(ARCHITECTURES)))),
        )
    codec = CTCCodec(model.charset)
    count = CALIBRATION_LINES if options.calibration else VERIFIED_LINES
    lines = load_lines(model.config, options.labels, count)
    with replacing_folder(folder) as temporary:
        engines = _write(model, temporary, options)
        calibration = None
        if options.calibration and lines.texts:
            outputs = [engines[0][1](image)[0] for image in lines.images]
            calibration = calibrate(outputs, lines.texts, codec)
        temperature = calibration.temperature if calibration else 1.0
        if temperature != 1.0:
            engines = _write(model, temporary, options, temperature)
        if len(engines) > 1 and fastest_engine() == "openvino":
            engines.append(("openvino", open_engine(temporary, "openvino")))
        comparisons = _verify(model, engines, temperature, lines, codec)
        facts = _facts(model, lines, comparisons, calibration)
        ModelSettings(name, model.charset, facts).write(temporary)
        seal_model(temporary)
    return Exported(folder, name, lines.source, comparisons, calibration, model.is_decoder)


def _write(
    model: TrainedModel, folder: Path, options: ExportOptions, temperature: float = 1.0
) -> list[tuple[str, Engine]]:
    """Write the model files; returns the engines that run them, the fastest first."""
    write_program(model.network, folder, temperature)
    engines = [("paddle", open_engine(folder, "paddle"))]
    if options.onnx and not model.is_decoder:
        write_onnx(folder, model.charset)
        engines.insert(0, ("onnxruntime", open_engine(folder, "onnxruntime")))
    return engines


def _verify(
    model: TrainedModel,
    engines: list[tuple[str, Engine]],
    temperature: float,
    lines: Lines,
    codec: CTCCodec,
) -> dict[str, Comparison]:
    reader = Reader(model.network, temperature)
    reader.eval()

    def reference(images: np.ndarray) -> np.ndarray:
        with paddle.no_grad():
            return reader(paddle.to_tensor(images)).numpy()

    step = max(1, len(lines.images) // VERIFIED_LINES)
    images = lines.images[::step][:VERIFIED_LINES]
    comparisons = {}
    for name, engine in engines:
        comparisons[name] = compare(reference, engine, images, codec)
        if name != "openvino":  # of the same file as onnxruntime, but rounded: reported, not judged
            comparisons[name].require(name)
    return comparisons


def _facts(
    model: TrainedModel,
    lines: Lines,
    comparisons: dict[str, Comparison],
    calibration: Calibration | None,
) -> dict[str, Any]:
    """What a person, or a cache, wants to know of a model folder."""
    facts: dict[str, Any] = {
        "weights": f"{run_folder(model.weights).name}/{model.weights.name}",
        "weights_sha256": model.weights_sha256,
        "global_step": model.global_step,
        "paddle": paddle.__version__,
        "python": platform.python_version(),
        **({"decoder": "attention"} if model.is_decoder else {}),
        "verified_on": lines.source,
        "verified": {
            engine: {
                "lines": found.lines,
                "largest_difference": float(f"{found.largest_difference:.2e}"),
                "same_texts": found.same_texts,
            }
            for engine, found in comparisons.items()
        },
    }
    if calibration:
        facts["calibration"] = {
            "temperature": calibration.temperature,
            "characters": calibration.characters,
            "ece_before": round(calibration.ece_before, 4),
            "ece_after": round(calibration.ece_after, 4),
        }
    return facts
